import type { ObjectMeta } from "../manifest";
import type { Kinds } from "./generated/types";

/** A kind that the field table knows. */
export type KnownKind = keyof Kinds;

/**
 * A manifest of a kind whose spec the compiler checks: `const route: ManifestOf<"AIGatewayRoute"> = {...}`.
 * It takes what either release set takes; `checkManifest` knows the difference.
 */
export type ManifestOf<Kind extends KnownKind> = {
  readonly apiVersion: Kinds[Kind]["apiVersion"];
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Kinds[Kind]["spec"];
};
