import { referenceTo } from "../shared/references";
import type { ServedModel } from "./servedModel";

/** What pods wait for: credentials are handed to those that start after the association exists. */
export function podIdentityReference({ objectName, namespace }: ServedModel): string {
  return referenceTo("PodIdentityAssociation", namespace, objectName);
}
