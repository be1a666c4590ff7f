import { poolLabel } from "../shared/gpuNodes";
import { type Manifest, managedLabels } from "../shared/manifest";
import { efaInterfaces } from "./efaInterfaces";
import { type NodeClassParts, nodePoolManifest, selectorTerms } from "./poolObjects";
import type { PoolPlace } from "./poolPlace";
import type { ResolvedPool } from "./resolvedPool";

const nodeClass = { group: "eks.amazonaws.com", kind: "NodeClass" } as const;

/** The objects of a pool whose nodes EKS Auto Mode makes: the class of its nodes, then the pool. */
export function autoModeManifests(
  pool: ResolvedPool,
  place: Pick<PoolPlace, "subnetIds" | "clusterSecurityGroupId" | "nodeRole">,
  { placementGroup, tags }: NodeClassParts,
): readonly Manifest[] {
  const { disk } = pool;
  const nodes: Manifest = {
    apiVersion: `${nodeClass.group}/v1`,
    kind: nodeClass.kind,
    metadata: { name: pool.name, labels: managedLabels },
    spec: {
      role: place.nodeRole.name,
      ...selectorTerms(pool, place),
      // Encrypted always; metadata with one hop and a token too. Neither can be changed.
      ephemeralStorage: {
        size: `${disk.size}Gi`,
        iops: disk.iops,
        throughput: disk.throughput,
        ...(disk.kmsKeyId !== undefined && { kmsKeyID: disk.kmsKeyId }),
      },
      tags: { ...tags, [poolLabel]: pool.name },
      ...(placementGroup !== undefined && { placementGroupSelector: { name: placementGroup } }),
      ...(pool.efa && { advancedNetworking: { networkInterfaces: interfaces(pool) } }),
    },
  };
  return [nodes, nodePoolManifest(pool, nodeClass)];
}

/** Auto Mode adds no addresses to such nodes later, so the first interface gets those of its pods at once: 16. */
function interfaces({ shape }: ResolvedPool): readonly object[] {
  return efaInterfaces(shape).map((each) =>
    each.interfaceType === "interface" ? { ...each, secondaryIPv4PrefixCount: 1 } : each,
  );
}
