import * as aws from "@pulumi/aws";
import type { Input, Resource } from "@pulumi/pulumi";
import type { Release } from "../gateway/releases";
import type { ClusterCertManager } from "./gpuClusterArgs";
import type { ResolvedHybridNetworks } from "./hybridNetworks";
import type { PoolPlace } from "./poolPlace";
import { isReservation } from "./poolZones";
import type { ResolvedPool } from "./resolvedPool";

/** What pools are made with beside their place. */
export interface PoolsOptions {
  readonly parent: Resource;
  readonly release: Release;
  /** On everything in AWS that takes tags. */
  readonly tags: Readonly<Record<string, Input<string>>>;
  /** Networks of hybrid hosts; pools of such hosts need them. */
  readonly hybridNetworks: ResolvedHybridNetworks | undefined;
  /** Who installs cert-manager; `undefined`: it comes with the first pool that needs it. */
  readonly certManager: ClusterCertManager | undefined;
}

/** What the makers of pools share. */
export interface PoolParts {
  readonly name: string;
  readonly place: PoolPlace;
  readonly region: string;
  readonly partition: string;
  readonly options: PoolsOptions;
  readonly made: Map<string, Resource>;
}

/**
 * Nodes with EFA stand close to each other. Those of a reservation are where it is: in a placement group they could
 * only start if it had been made for that very group.
 */
export function createPlacementGroup(
  { name, options, made }: PoolParts,
  pool: ResolvedPool,
): aws.ec2.PlacementGroup | undefined {
  if (!pool.efa || isReservation(pool.capacity)) {
    return undefined;
  }
  const key = `${pool.name}-placement`;
  const group = new aws.ec2.PlacementGroup(
    `${name}-${key}`,
    { strategy: "cluster", tags: { ...options.tags } },
    { parent: options.parent },
  );
  made.set(key, group);
  return group;
}
