import type { PoolArgs } from "../../../components/cluster/poolArgs";
import { ClusterCompute } from "../../../components/cluster/poolPlace";
import type { ResolvedPool } from "../../../components/cluster/resolvedPool";
import { type PoolContext, resolvePools } from "../../../components/cluster/resolvePools";
import { Problems } from "../../../components/shared/problems";

export const zones = ["us-east-1a", "us-east-1b", "us-east-1c"] as const;

const context: PoolContext = {
  name: "dev",
  compute: ClusterCompute.ManagedGroups,
  zones,
  hasHybridNetworks: true,
};

/** What is found wrong with pools, as "path: reason". */
export function problemsOf(
  pools: Readonly<Record<string, unknown>>,
  over: Partial<PoolContext> = {},
): readonly string[] {
  const problems = new Problems();
  // Some cases are what a caller without types writes.
  resolvePools(pools as Record<string, PoolArgs>, { ...context, ...over }, problems);
  return problems.all.map(({ path, reason }) => `${path}: ${reason}`);
}

/** A pool without faults, resolved. */
export function resolved(args: PoolArgs, over: Partial<PoolContext> = {}, name = "small"): ResolvedPool {
  const problems = new Problems();
  const [pool] = resolvePools({ [name]: args }, { ...context, ...over }, problems);
  problems.throwIfAny("test");
  if (pool === undefined) {
    throw new Error("no pool");
  }
  return pool;
}

/** A host with eight MI300X, as its owner declares it. */
export const instinct = {
  gpu: "MI300X",
  gpus: 8,
  vcpus: 256,
  memoryGiB: 2_048,
  allocatableMiB: 2_000_000,
  networkGbps: 400,
} as const;
