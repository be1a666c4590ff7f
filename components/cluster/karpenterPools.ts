import { poolLabel } from "../shared/gpuNodes";
import { type Manifest, managedLabels } from "../shared/manifest";
import { efaInterfaces } from "./efaInterfaces";
import { PoolAmi } from "./poolArgs";
import { type NodeClassParts, nodePoolManifest, selectorTerms } from "./poolObjects";
import type { PoolPlace } from "./poolPlace";
import type { ResolvedPool } from "./resolvedPool";

const nodeClass = { group: "karpenter.k8s.aws", kind: "EC2NodeClass" } as const;

/** The objects of a pool whose nodes Karpenter makes: the class of its nodes, then the pool. */
export function karpenterManifests(
  pool: ResolvedPool,
  place: Pick<PoolPlace, "subnetIds" | "clusterSecurityGroupId" | "nodeRole">,
  parts: NodeClassParts,
): readonly Manifest[] {
  return [nodeClassManifest(pool, place, parts), nodePoolManifest(pool, nodeClass)];
}

function nodeClassManifest(
  pool: ResolvedPool,
  place: Pick<PoolPlace, "subnetIds" | "clusterSecurityGroupId" | "nodeRole">,
  { placementGroup, tags }: NodeClassParts,
): Manifest {
  return {
    apiVersion: `${nodeClass.group}/v1`,
    kind: nodeClass.kind,
    metadata: { name: pool.name, labels: managedLabels },
    spec: {
      ...image(pool),
      role: place.nodeRole.name,
      ...selectorTerms(pool, place),
      blockDeviceMappings: blockDevices(pool),
      metadataOptions: {
        httpEndpoint: "enabled",
        httpProtocolIPv6: "disabled",
        httpPutResponseHopLimit: 1,
        httpTokens: "required",
      },
      tags: { ...tags, [poolLabel]: pool.name },
      ...(pool.instanceStore && { instanceStorePolicy: "RAID0" }),
      ...(placementGroup !== undefined && { placementGroupSelector: { name: placementGroup } }),
      ...(pool.efa && { networkInterfaces: efaInterfaces(pool.shape) }),
    },
  };
}

/** Karpenter takes the NVIDIA variant of an alias by itself when the instance type has such GPUs. */
function image(pool: ResolvedPool): Readonly<Record<string, unknown>> {
  const { ami, amiId, amiRelease = "latest", userData } = pool;
  if (amiId === undefined) {
    const family = ami === PoolAmi.BottlerocketNvidia ? "bottlerocket" : "al2023";
    return { amiSelectorTerms: [{ alias: `${family}@${amiRelease}` }] };
  }
  return {
    // Of the family depends who writes the user data: Karpenter with AL2023, nobody with Custom.
    amiFamily: userData === undefined ? "AL2023" : "Custom",
    amiSelectorTerms: [{ id: amiId }],
    ...(userData !== undefined && { userData }),
  };
}

function blockDevices({ ami, disk }: ResolvedPool): readonly object[] {
  const encryption = {
    encrypted: true,
    deleteOnTermination: true,
    ...(disk.kmsKeyId !== undefined && { kmsKeyID: disk.kmsKeyId }),
  };
  const data = {
    ...encryption,
    volumeType: "gp3",
    volumeSize: `${disk.size}Gi`,
    throughput: disk.throughput,
    iops: disk.iops,
  };
  return ami === PoolAmi.BottlerocketNvidia
    ? [
        { deviceName: "/dev/xvda", ebs: { ...encryption, volumeType: "gp3", volumeSize: "4Gi" } },
        { deviceName: "/dev/xvdb", ebs: data },
      ]
    : [{ deviceName: "/dev/xvda", ebs: data }];
}
