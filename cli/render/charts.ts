import type { Evaluation, PlanResource } from "../evaluate/evaluation";
import { isRecord, maskValue } from "../evaluate/values";
import { compareText, inDependencyOrder } from "./order";

/** A chart or a bundle of objects that stays a reference: the deployment fetches and expands it. */
export interface ChartReference {
  /** The Pulumi resource's name. */
  readonly name: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Fields of a chart's inputs that are shown; the rest is in the plan. */
const kinds: Readonly<Record<string, { readonly kind: string; readonly fields: readonly string[] }>> = {
  "kubernetes:helm.sh/v3:Release": {
    kind: "HelmRelease",
    fields: ["chart", "version", "namespace", "createNamespace", "skipCrds", "values"],
  },
  "kubernetes:helm.sh/v4:Chart": {
    kind: "HelmChart",
    fields: ["chart", "version", "namespace", "skipCrds", "values"],
  },
  "kubernetes:yaml/v2:ConfigFile": { kind: "ConfigFile", fields: ["file"] },
  "kubernetes:yaml/v2:ConfigGroup": { kind: "ConfigGroup", fields: ["files", "yaml", "objs"] },
  "kubernetes:kustomize/v2:Directory": { kind: "KustomizeDirectory", fields: ["directory", "namespace"] },
};

/** The charts and bundles of a program in the order in which they are installed. */
export function chartReferences(evaluation: Evaluation): ChartReference[] {
  return inDependencyOrder(evaluation.resources, (a, b) => compareText(a.urn, b.urn)).flatMap((resource) => {
    const known = kinds[resource.type];
    return known === undefined ? [] : [reference(resource, known.kind, known.fields)];
  });
}

function reference(resource: PlanResource, kind: string, fields: readonly string[]): ChartReference {
  const inputs = maskValue(resource.inputs) as Record<string, unknown>;
  const repository = isRecord(inputs["repositoryOpts"]) ? inputs["repositoryOpts"]["repo"] : undefined;
  const shown = fields.filter((field) => inputs[field] !== undefined).map((field) => [field, inputs[field]]);
  return {
    name: typeof inputs["name"] === "string" ? inputs["name"] : resource.name,
    kind,
    ...(repository === undefined ? {} : { repo: repository }),
    ...Object.fromEntries(shown),
  };
}
