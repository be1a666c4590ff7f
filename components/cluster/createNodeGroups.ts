import * as aws from "@pulumi/aws";
import { interpolate } from "@pulumi/pulumi";
import { autoscalingTags, tagName } from "./autoscalingTags";
import { launchTemplateInputs } from "./launchTemplate";
import { nodeGroupInputs } from "./nodeGroup";
import { clusterConnection, needsConnection, nodeUserData } from "./nodeUserData";
import { createPlacementGroup, type PoolParts } from "./poolParts";
import { isAutoscaled, type PoolZone, type ResolvedPool } from "./resolvedPool";

/** Makes a launch template for a pool, a node group for each of its zones, and the tags of each group. */
export function createNodeGroups(parts: PoolParts, pool: ResolvedPool): void {
  const { name, place, options, made } = parts;
  const { parent, tags } = options;
  const connection = needsConnection(pool)
    ? clusterConnection(place.clusterName, aws.eks.getClusterOutput({ name: place.clusterName }, { parent }))
    : undefined;
  const template = new aws.ec2.LaunchTemplate(
    `${name}-${pool.name}`,
    launchTemplateInputs(pool, place, {
      userData: nodeUserData(pool, connection),
      placementGroup: createPlacementGroup(parts, pool)?.name,
      tags,
    }),
    { parent },
  );
  made.set(pool.name, template);
  for (const zone of pool.zones) {
    createNodeGroup(parts, pool, zone, template);
  }
}

function createNodeGroup(
  { name, place, options, made }: PoolParts,
  pool: ResolvedPool,
  zone: PoolZone,
  template: aws.ec2.LaunchTemplate,
): void {
  const key = `${pool.name}-${zone.zone}`;
  const version = { id: template.id, version: interpolate`${template.latestVersion}` };
  const group = new aws.eks.NodeGroup(
    `${name}-${key}`,
    nodeGroupInputs(pool, zone, place, version, options.tags),
    {
      parent: options.parent,
      dependsOn: [...place.before],
      // The autoscaler writes it, and an update would take away nodes that models run on.
      ...(isAutoscaled(zone) && { ignoreChanges: ["scalingConfig.desiredSize"] }),
    },
  );
  made.set(key, group);
  if (isAutoscaled(zone)) {
    createTags({ name, key, options }, pool, group);
  }
}

/** EKS does not hand the tags of a node group on to its Auto Scaling group. */
function createTags(
  { name, key, options }: Pick<PoolParts, "name" | "options"> & { readonly key: string },
  pool: ResolvedPool,
  group: aws.eks.NodeGroup,
): void {
  const autoscalingGroupName = group.resources.apply(
    (resources) => resources[0]?.autoscalingGroups[0]?.name ?? "",
  );
  for (const tag of autoscalingTags(pool)) {
    new aws.autoscaling.Tag(
      `${name}-${key}-${tagName(tag)}`,
      { autoscalingGroupName, tag: { ...tag, propagateAtLaunch: false } },
      { parent: options.parent },
    );
  }
}
