import * as aws from "@pulumi/aws";
import type { Input, Resource } from "@pulumi/pulumi";
import { type ClusterParts, named } from "./clusterParts";
import type { ResolvedSystemNodes } from "./resolvedGpuCluster";

/** Label of the nodes that run everything but models. */
export const systemNodeLabel = { "ai-gateway/role": "system" } as const;

/** Where system nodes go. */
export interface SystemNodePlace {
  readonly clusterName: Input<string>;
  readonly kubernetesVersion: string;
  readonly nodeRoleArn: Input<string>;
  readonly subnetIds: Readonly<Record<string, Input<string>>>;
  /** What must be there before a node can join. */
  readonly before: readonly Resource[];
}

/**
 * Makes the system nodes: a node group for each zone, since the subnets of a node group cannot change without
 * replacing its nodes.
 */
export function createSystemNodes(
  parts: ClusterParts,
  nodes: ResolvedSystemNodes,
  place: SystemNodePlace,
): readonly aws.eks.NodeGroup[] {
  const { parent } = parts;
  const systemName = `${parts.name}-system`;
  const template = createTemplate(parts, systemName, nodes);
  return nodes.zones.map((zone) => {
    const groupName = `${systemName}-${zone}`;
    return new aws.eks.NodeGroup(
      groupName,
      {
        clusterName: place.clusterName,
        nodeRoleArn: place.nodeRoleArn,
        subnetIds: [place.subnetIds[zone] ?? ""],
        version: place.kubernetesVersion,
        amiType: nodes.amiType,
        capacityType: "ON_DEMAND",
        instanceTypes: [nodes.instanceType],
        launchTemplate: { id: template.id, version: template.latestVersion.apply(String) },
        scalingConfig: {
          minSize: nodes.nodesPerZone,
          desiredSize: nodes.nodesPerZone,
          maxSize: nodes.nodesPerZone,
        },
        updateConfig: { maxUnavailable: 1 },
        nodeRepairConfig: { enabled: true },
        labels: systemNodeLabel,
        tags: named(parts, groupName),
      },
      { parent, dependsOn: [...place.before] },
    );
  });
}

function createTemplate(
  parts: ClusterParts,
  templateName: string,
  nodes: ResolvedSystemNodes,
): aws.ec2.LaunchTemplate {
  const tags = named(parts, templateName);
  return new aws.ec2.LaunchTemplate(
    templateName,
    {
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize: nodes.diskGiB,
            encrypted: "true",
            deleteOnTermination: "true",
          },
        },
      ],
      // Pods stay away from the node's role: a second hop is what a container would need.
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      tagSpecifications: [
        { resourceType: "instance", tags },
        { resourceType: "volume", tags },
      ],
      tags,
    },
    { parent: parts.parent },
  );
}
