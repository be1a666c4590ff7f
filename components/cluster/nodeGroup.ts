import type * as aws from "@pulumi/aws";
import type { Input } from "@pulumi/pulumi";
import { PoolCapacity, TaintEffect } from "./poolArgs";
import type { PoolPlace } from "./poolPlace";
import type { PoolZone, ResolvedPool } from "./resolvedPool";

/** The version of a launch template that a node group uses. */
export interface LaunchTemplateVersion {
  readonly id: Input<string>;
  readonly version: Input<string>;
}

const capacityTypes: Readonly<Record<PoolCapacity, string>> = {
  [PoolCapacity.OnDemand]: "ON_DEMAND",
  [PoolCapacity.Spot]: "SPOT",
  // The launch template names the reservation; EKS has no word for it.
  [PoolCapacity.Reserved]: "ON_DEMAND",
  [PoolCapacity.CapacityBlock]: "CAPACITY_BLOCK",
};

const effects: Readonly<Record<TaintEffect, string>> = {
  [TaintEffect.NoSchedule]: "NO_SCHEDULE",
  [TaintEffect.PreferNoSchedule]: "PREFER_NO_SCHEDULE",
  [TaintEffect.NoExecute]: "NO_EXECUTE",
};

/** The managed node group of a pool in one of its zones. */
export function nodeGroupInputs(
  pool: ResolvedPool,
  { zone, min, max }: PoolZone,
  place: Pick<PoolPlace, "clusterName" | "nodeRole" | "subnetIds" | "kubernetesVersion">,
  launchTemplate: LaunchTemplateVersion,
  tags: Readonly<Record<string, Input<string>>>,
): aws.eks.NodeGroupArgs {
  const subnetId = place.subnetIds[zone];
  return {
    clusterName: place.clusterName,
    nodeRoleArn: place.nodeRole.arn,
    subnetIds: subnetId === undefined ? [] : [subnetId],
    capacityType: capacityTypes[pool.capacity],
    // With an image in the template EKS refuses these.
    ...(pool.amiId === undefined && {
      amiType: pool.ami,
      version: place.kubernetesVersion,
      ...(pool.amiRelease !== undefined && { releaseVersion: pool.amiRelease }),
    }),
    launchTemplate: { id: launchTemplate.id, version: launchTemplate.version },
    scalingConfig: { minSize: min, maxSize: max, desiredSize: min },
    labels: { ...pool.labels },
    taints: pool.taints.map(({ key, value, effect }) => ({ key, value, effect: effects[effect] })),
    // The default starts new nodes before it ends old ones, and there may be no further GPU to be had.
    updateConfig: { maxUnavailable: 1, updateStrategy: "MINIMAL" },
    nodeRepairConfig: { enabled: pool.nodeRepair },
    tags: { ...tags },
  };
}
