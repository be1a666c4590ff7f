import type { ResolvedDisk, ResolvedPool } from "./resolvedPool";

/** From the fewest nodes or replicas to the most. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
}

/** The part of a gp3 volume that costs. */
export type CostedDisk = Pick<ResolvedDisk, "size" | "throughput" | "iops">;

/** The part of a `ResolvedPool` that costs. */
export interface CostedPool
  extends Pick<ResolvedPool, "name" | "kind" | "shape" | "min" | "max" | "capacity"> {
  readonly disk: CostedDisk;
}

export interface CostedModel {
  readonly name: string;
  /** Name of the pool that it runs in. */
  readonly pool: string;
  /** GPUs of one replica, on all its nodes together. */
  readonly gpus: number;
  readonly replicas: CountRange;
}

export interface CostedSystemNodes {
  readonly instanceType: string;
  readonly nodes: number;
  readonly disk: CostedDisk;
}

/** Volumes that outlive nodes, such as those of weights. */
export interface CostedVolumes {
  readonly what: string;
  readonly count: CountRange;
  readonly disk: CostedDisk;
}

/** All that costs. */
export interface CostedCluster {
  readonly region: string;
  /** `undefined` for a cluster that somebody else pays. */
  readonly controlPlane: "standard" | "extended" | undefined;
  readonly systemNodes: CostedSystemNodes | undefined;
  readonly pools: readonly CostedPool[];
  readonly models: readonly CostedModel[];
  readonly volumes: readonly CostedVolumes[];
  readonly natGateways: number;
  /** GB a month through NAT gateways; `undefined` where nobody knows. */
  readonly natGB: number | undefined;
  /** Interface endpoints, each counted once for every zone that it is in. */
  readonly endpointZones: number;
}
