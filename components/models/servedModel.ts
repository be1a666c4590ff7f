import type { ResolvedModel } from "./resolved";

/** What objects of a model are named and labelled by, and the name that its server goes by. */
export type ServedModel = Pick<ResolvedModel, "key" | "objectName" | "namespace" | "upstreamName">;

/** What tells the pods of a model that take requests from all others. */
export function servingLabels(model: ServedModel) {
  return { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": model.objectName };
}

/** The images' own user; group 0 owns what it has to write. Weights in a volume are made writable for it. */
export const imageUser = { runAsNonRoot: true, runAsUser: 2000, runAsGroup: 0, fsGroup: 2000 };
