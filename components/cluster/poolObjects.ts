import type { Input } from "@pulumi/pulumi";
import { gpuResources } from "../shared/gpuNodes";
import { type Manifest, managedLabels } from "../shared/manifest";
import type { PoolCapacity } from "./poolArgs";
import type { PoolPlace } from "./poolPlace";
import { isReservation } from "./poolZones";
import type { ResolvedPool } from "./resolvedPool";

/** The class of nodes that a NodePool refers to. */
export interface NodeClassReference {
  readonly group: string;
  readonly kind: string;
}

/** What the objects of a pool refer to that is made for it. */
export interface NodeClassParts {
  /** Name of the placement group of a pool with EFA. */
  readonly placementGroup: Input<string> | undefined;
  readonly tags: Readonly<Record<string, Input<string>>>;
}

/**
 * The NodePool of a pool, for Karpenter and for EKS Auto Mode, which is built on it. Nodes go only when they are empty:
 * moving a model to save a part of a node cuts its streams and loads its weights again.
 */
export function nodePoolManifest(pool: ResolvedPool, { group, kind }: NodeClassReference): Manifest {
  const requirements: Readonly<Record<string, readonly string[]>> = {
    "node.kubernetes.io/instance-type": [pool.shape.name],
    "karpenter.sh/capacity-type": [capacityType(pool.capacity)],
    "topology.kubernetes.io/zone": pool.zones.map(({ zone }) => zone),
  };
  return {
    apiVersion: "karpenter.sh/v1",
    kind: "NodePool",
    metadata: { name: pool.name, labels: managedLabels },
    spec: {
      template: {
        metadata: { labels: pool.labels },
        spec: {
          nodeClassRef: { group, kind, name: pool.name },
          requirements: Object.entries(requirements).map(([key, values]) => ({
            key,
            operator: "In",
            values,
          })),
          taints: pool.taints,
        },
      },
      disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "5m", budgets: [{ nodes: "1" }] },
      // The number of nodes cannot be limited, that of their GPUs can.
      limits: { [gpuResources[pool.shape.vendor]]: String(pool.max * pool.shape.gpus) },
    },
  };
}

function capacityType(capacity: PoolCapacity): string {
  // Karpenter has one word for both, and takes the block's end into account by itself.
  return isReservation(capacity) ? "reserved" : capacity;
}

/** Terms by which a class of nodes finds subnets, security group and reservation. */
export function selectorTerms(
  pool: ResolvedPool,
  place: Pick<PoolPlace, "subnetIds" | "clusterSecurityGroupId">,
): Readonly<Record<string, unknown>> {
  return {
    subnetSelectorTerms: pool.zones.flatMap(({ zone }) => {
      const id = place.subnetIds[zone];
      return id === undefined ? [] : [{ id }];
    }),
    securityGroupSelectorTerms: [{ id: place.clusterSecurityGroupId }],
    ...(pool.reservationId !== undefined && {
      capacityReservationSelectorTerms: [{ id: pool.reservationId }],
    }),
  };
}
