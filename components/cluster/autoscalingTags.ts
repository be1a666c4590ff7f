import { gpuResources } from "../shared/gpuNodes";
import { efaResource, ephemeralGiB, type ResolvedPool } from "./resolvedPool";

/** A tag of an Auto Scaling group. */
export interface AutoscalingTag {
  readonly key: string;
  readonly value: string;
}

const prefix = "k8s.io/cluster-autoscaler/node-template";

/**
 * What the Cluster Autoscaler reads from an Auto Scaling group that has no node to look at: without these a pool of
 * none never grows, for a pod that asks for a GPU would not fit on what the autoscaler thinks a node is. EKS itself
 * tags the group with the cluster's name.
 */
export function autoscalingTags(pool: ResolvedPool): readonly AutoscalingTag[] {
  const resources: Readonly<Record<string, string>> = {
    [gpuResources[pool.shape.vendor]]: String(pool.shape.gpus),
    "ephemeral-storage": `${ephemeralGiB(pool)}Gi`,
    ...(pool.efa && { [efaResource]: String(pool.shape.efaInterfaces) }),
  };
  return [
    ...entries("resources", resources),
    ...entries("label", pool.labels),
    ...pool.taints.map(({ key, value, effect }) => ({
      key: `${prefix}/taint/${key}`,
      value: `${value}:${effect}`,
    })),
  ];
}

function entries(kind: string, values: Readonly<Record<string, string>>): readonly AutoscalingTag[] {
  return Object.entries(values).map(([key, value]) => ({ key: `${prefix}/${kind}/${key}`, value }));
}

/** The part of a tag's key by which its Pulumi resource is named: "label/ai-gateway/pool". */
export function tagName({ key }: AutoscalingTag): string {
  return key.slice(prefix.length + 1);
}
