import type * as aws from "@pulumi/aws";
import type { Input } from "@pulumi/pulumi";
import { poolLabel } from "../shared/gpuNodes";
import { efaInterfaces } from "./efaInterfaces";
import { PoolAmi, PoolCapacity } from "./poolArgs";
import type { PoolPlace } from "./poolPlace";
import type { ResolvedPool } from "./resolvedPool";

/** What a launch template needs that is made for the pool. */
export interface LaunchTemplateParts {
  /** In base64. */
  readonly userData: Input<string> | undefined;
  /** Name of the placement group of a pool with EFA. */
  readonly placementGroup: Input<string> | undefined;
  /** On everything that is made. */
  readonly tags: Readonly<Record<string, Input<string>>>;
}

/**
 * The launch template of a pool. It holds the instance type, so that another one rolls the nodes instead of replacing
 * their group, and because a Capacity Block needs it here.
 */
export function launchTemplateInputs(
  pool: ResolvedPool,
  place: Pick<PoolPlace, "clusterSecurityGroupId">,
  { userData, placementGroup, tags }: LaunchTemplateParts,
): aws.ec2.LaunchTemplateArgs {
  const ours = { ...tags, [poolLabel]: pool.name };
  return {
    instanceType: pool.shape.name,
    updateDefaultVersion: true,
    blockDeviceMappings: blockDevices(pool),
    // One hop ends at the node itself: pods get their credentials by pod identity, never the node's.
    metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    tags: ours,
    tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
      resourceType,
      tags: ours,
    })),
    ...(pool.amiId !== undefined && { imageId: pool.amiId }),
    ...(userData !== undefined && { userData }),
    ...(pool.reservationId !== undefined && {
      capacityReservationSpecification: {
        capacityReservationTarget: { capacityReservationId: pool.reservationId },
      },
    }),
    ...(pool.capacity === PoolCapacity.CapacityBlock && {
      instanceMarketOptions: { marketType: "capacity-block" },
    }),
    ...(placementGroup !== undefined && { placement: { groupName: placementGroup } }),
    ...(pool.efa && {
      // EKS adds the cluster's security group to templates without interfaces only.
      networkInterfaces: efaInterfaces(pool.shape).map((each) => ({
        ...each,
        securityGroups: [place.clusterSecurityGroupId],
        deleteOnTermination: "true",
      })),
    }),
  };
}

/** Bottlerocket keeps the system on the first volume, as large as its image, and everything else on the second. */
function blockDevices({ ami, disk }: ResolvedPool): aws.types.input.ec2.LaunchTemplateBlockDeviceMapping[] {
  const encryption = {
    encrypted: "true",
    deleteOnTermination: "true",
    ...(disk.kmsKeyId !== undefined && { kmsKeyId: disk.kmsKeyId }),
  };
  const data = {
    ...encryption,
    volumeType: "gp3",
    volumeSize: disk.size,
    throughput: disk.throughput,
    iops: disk.iops,
  };
  return ami === PoolAmi.BottlerocketNvidia
    ? [
        { deviceName: "/dev/xvda", ebs: { ...encryption, volumeType: "gp3" } },
        { deviceName: "/dev/xvdb", ebs: data },
      ]
    : [{ deviceName: "/dev/xvda", ebs: data }];
}
