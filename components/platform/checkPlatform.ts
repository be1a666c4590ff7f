import { EnforcedBy } from "../budgets/budgetArgs";
import { ProcessorStore } from "../budgets/processorArgs";
import { TaintEffect } from "../cluster/poolArgs";
import { needsCertManager } from "../cluster/poolCharts";
import type { ResolvedGpuCluster } from "../cluster/resolvedGpuCluster";
import { ephemeralGiB, PoolKind, type ResolvedPool } from "../cluster/resolvedPool";
import { InstallMode } from "../gateway/installArgs";
import { defaultReleaseSet } from "../gateway/releases";
import type { ResolvedModel } from "../models/resolved";
import type { AiPlatformArgs } from "../platformArgs";
import { gpuResources } from "../shared/gpuNodes";
import { isPlainObject } from "../shared/plainObject";
import { at, type Problems } from "../shared/problems";
import { bytesOf } from "../shared/quantities";
import { hasCertManager } from "./platformParts";

/** Reports what the parts of a declaration have to agree on, before any of them is looked at. */
export function checkParts(args: AiPlatformArgs, problems: Problems): void {
  const { cluster, pools, install, release } = args;
  if (cluster !== undefined && pools !== undefined) {
    problems.add(
      "pools",
      "is given beside cluster, whose own pools are known; declare them in cluster.pools",
    );
  }
  if (install === undefined) {
    return;
  }
  if (!isPlainObject(install)) {
    problems.add("install", "is not an object; write it as { ... }, or leave it out");
    return;
  }
  if (install.release !== undefined && install.release !== (release ?? defaultReleaseSet)) {
    problems.add(
      "install.release",
      `is "${install.release}", and the rest of the platform is of "${release ?? defaultReleaseSet}"; give release alone, which is for all of it`,
    );
  }
  checkRedis(args, problems);
}

/** The processor counts in the installation's own Redis unless it is told of another one. */
function checkRedis({ install, budgets, processor }: AiPlatformArgs, problems: Problems): void {
  const redis = install?.redis;
  const mode = redis?.mode ?? (redis?.url === undefined ? InstallMode.Install : InstallMode.External);
  const counts = Object.values(isPlainObject(budgets) ? budgets : {}).some(
    (budget) => isPlainObject(budget) && budget.enforcedBy !== EnforcedBy.Gateway,
  );
  const isTold = processor?.redis !== undefined || processor?.store === ProcessorStore.Memory;
  if (mode !== InstallMode.Install && counts && !isTold) {
    problems.add(
      "processor.redis",
      `is missing, and with install.redis.mode "${mode}" there is no Redis of the installation for budgets to be counted in; give its address, or store: "memory" for one pod`,
    );
  }
}

/** A cluster has one cert-manager, and what needs it in the cluster comes before the installation. */
export function checkCertManager(
  { certManager, pools }: ResolvedGpuCluster,
  { install }: AiPlatformArgs,
  problems: Problems,
): void {
  const mode = install?.certManager?.mode ?? InstallMode.Install;
  const isSecond = mode === InstallMode.Install || mode === InstallMode.Adopt;
  if (!hasCertManager(install) || install?.aiGateway?.webhookSecretName !== undefined || !isSecond) {
    return;
  }
  const needing = pools.find(needsCertManager);
  if (certManager !== undefined) {
    problems.add(
      "install.certManager",
      `stands beside cluster.certManager "${certManager}", and a cluster has one; leave one of the two out`,
    );
  } else if (needing !== undefined) {
    problems.add(
      "install.certManager",
      `is installed after the pools, and AMD's GPU operator, which the pool "${needing.name}" brings along, needs it before; leave it out, and the cluster installs it`,
    );
  }
}

/** Reports models that their pools would never start. */
export function checkPools(
  pools: readonly ResolvedPool[],
  models: readonly ResolvedModel[],
  problems: Problems,
): void {
  for (const pool of pools) {
    const here = models.filter(({ vllm }) => vllm?.pool === pool.name);
    checkRoom(pool, here, problems);
    checkTaints(pool, here, problems);
    checkDisk(pool, here, problems);
  }
}

/**
 * Models that share a pool: each alone is held to it where models are checked. What an autoscaler may add and finds no
 * node for waits, which is no fault; what always runs has to have one.
 */
function checkRoom(pool: ResolvedPool, models: readonly ResolvedModel[], problems: Problems): void {
  const needs = models.flatMap(({ key, vllm }) =>
    vllm === undefined
      ? []
      : [{ key, gpus: (vllm.autoscaling?.min ?? vllm.replicas) * vllm.gpus * vllm.nodes }],
  );
  const needed = needs.reduce((sum, { gpus }) => sum + gpus, 0);
  const most = pool.max * pool.shape.gpus;
  if (needs.length > 1 && needed > most) {
    const list = needs.map(({ key, gpus }) => `"${key}" ${gpus}`).join(", ");
    problems.add(
      `${at("cluster.pools", pool.name)}.max`,
      `${counted(pool.max, "node")} ${pool.max === 1 ? "has" : "have"} ${counted(most, "GPU")}, and the models that run there take ${needed} (${list}); use at least ${Math.ceil(needed / pool.shape.gpus)}, or fewer replicas`,
    );
  }
}

/**
 * A pool that keeps pods on its root volume. NVMe disks are known from the instance type, so models are held to those
 * where they are checked, and nobody knows the disks of hybrid hosts.
 */
function checkDisk(pool: ResolvedPool, models: readonly ResolvedModel[], problems: Problems): void {
  if (pool.kind === PoolKind.Hybrid || pool.instanceStore) {
    return;
  }
  const left = ephemeralGiB(pool);
  for (const { key, vllm } of models) {
    const bytes = vllm === undefined || vllm.cacheStorageClass !== undefined ? 0 : bytesOf(vllm.cacheSize);
    if (vllm !== undefined && bytes !== undefined && bytes > left * 2 ** 30) {
      problems.add(
        `${at("cluster.pools", pool.name)}.disk.size`,
        `${pool.disk.size} GiB leave ${left} for pods, and "${key}" asks for ${vllm.cacheSize} (cache.size); use ${Math.ceil(bytes / 2 ** 30 / 0.85)} or more`,
      );
    }
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Pods of models tolerate the taint of GPUs and no other. */
function checkTaints(pool: ResolvedPool, models: readonly ResolvedModel[], problems: Problems): void {
  const keys = pool.taints
    .filter(({ key, effect }) => effect !== TaintEffect.PreferNoSchedule && !isGpuTaint(key))
    .map(({ key }) => key);
  for (const { key } of models) {
    for (const taint of keys) {
      problems.add(
        `${at("models", key)}.vllm.pool`,
        `"${pool.name}" has the taint "${taint}", which keeps the pods of models away; take it out of cluster.pools, or name another pool`,
      );
    }
  }
}

function isGpuTaint(key: string): boolean {
  return Object.values(gpuResources).includes(key);
}
