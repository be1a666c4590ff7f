import { objectName } from "../shared/names";
import { referenceTo } from "../shared/references";
import type { ServedModel } from "./servedModel";

/** Ports of the picker, its defaults: what Envoy asks, its health, its metrics. */
export const pickerPorts = { grpc: 9_002, health: 9_003, metrics: 9_090 } as const;

/** The picker's Deployment, Service, account and role. The name starts with a letter, as that of a Service must. */
export function pickerName(model: Pick<ServedModel, "objectName">): string {
  return objectName(`picker ${model.objectName}`);
}

/** The user's key that the picker's Pulumi names are made from. */
export function pickerKey({ key }: Pick<ServedModel, "key">): string {
  return `${key}/picker`;
}

/** The picker's pods, for what must not come before them: a pool without them answers nothing. */
export function pickerReference(namespace: string, pool: string): string {
  return referenceTo("Deployment", namespace, pickerName({ objectName: pool }));
}

/** The group of InferencePool, in routes and grants. */
export const poolKind = { group: "inference.networking.k8s.io", kind: "InferencePool" } as const;
