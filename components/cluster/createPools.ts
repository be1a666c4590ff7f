import * as k8s from "@pulumi/kubernetes";
import {
  all,
  type CustomResourceOptions,
  type Input,
  type Output,
  type Resource,
  secret,
} from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { partitionOf } from "../shared/partition";
import { autoModeManifests } from "./autoModePools";
import { createAutoscalerRole } from "./createAutoscalerRole";
import { createChart } from "./createChart";
import { createHybridPool } from "./createHybridPool";
import { createNodeGroups } from "./createNodeGroups";
import { deviceConfigManifest } from "./devicePlugins";
import { karpenterManifests } from "./karpenterPools";
import { amdNamespace, type PoolChart, poolCharts } from "./poolCharts";
import { createPlacementGroup, type PoolParts, type PoolsOptions } from "./poolParts";
import type { PoolPlace } from "./poolPlace";
import { PoolKind, type ResolvedPool } from "./resolvedPool";
import { regionOf } from "./zones";

/** What was made for pools. */
export interface CreatedPools {
  /** All resources, by what follows the component's name in theirs: "small", "small-us-east-1a", "cilium". */
  readonly resources: ReadonlyMap<string, Resource>;
  /** Configurations of hybrid hosts for `nodeadm`, a secret: by pool ("ssm") or by pool and host ("pool/host"). */
  readonly nodeConfigs: Output<Record<string, string>>;
}

/** Makes the nodes of pools, and what has to run on them. */
export function createPools(
  name: string,
  pools: readonly ResolvedPool[],
  place: PoolPlace,
  options: PoolsOptions,
): CreatedPools {
  const region = regionOf(Object.keys(place.subnetIds));
  const parts = { name, place, region, partition: partitionOf(region), options, made: new Map() };
  const charts = poolCharts(pools, options.release, {
    clusterName: place.clusterName,
    region,
    hybridNetworks: options.hybridNetworks,
    certManager: options.certManager,
  });
  createCharts(parts, charts);
  const configs = pools.map((pool) => createPool(parts, pool));
  return {
    resources: parts.made,
    nodeConfigs: secret(
      all(configs).apply((each) => Object.fromEntries(each.flatMap((config) => Object.entries(config)))),
    ),
  };
}

/** Returns the configurations of the pool's hosts, where Pulumi does not make them. */
function createPool(parts: PoolParts, pool: ResolvedPool): Input<Record<string, string>> {
  switch (pool.kind) {
    case PoolKind.Managed:
      createNodeGroups(parts, pool);
      return {};
    case PoolKind.Karpenter:
      createNodeObjects(parts, pool, karpenterManifests);
      return {};
    case PoolKind.AutoMode:
      createNodeObjects(parts, pool, autoModeManifests);
      return {};
    case PoolKind.Hybrid:
      return createHybridPool(parts, pool);
  }
}

function createNodeObjects(parts: PoolParts, pool: ResolvedPool, render: typeof karpenterManifests): void {
  const { place, options } = parts;
  const placementGroup = createPlacementGroup(parts, pool)?.name;
  const [nodeClass, nodePool] = render(pool, place, { placementGroup, tags: options.tags });
  if (nodeClass === undefined || nodePool === undefined) {
    return;
  }
  // The pool goes first when all is deleted: a class with nodes is not let go.
  const first = createObject(parts, `${pool.name}-nodes`, nodeClass, [...place.before]);
  createObject(parts, pool.name, nodePool, [first]);
}

function createCharts(parts: PoolParts, charts: readonly PoolChart[]): void {
  for (const chart of charts) {
    if (chart.key === "cluster-autoscaler") {
      createAutoscalerRole(parts);
    }
    createPoolChart(parts, chart);
  }
  const operator = parts.made.get("amd-gpu-operator");
  if (operator !== undefined) {
    createObject(parts, "amd-device-config", deviceConfigManifest(amdNamespace), [operator]);
  }
}

function createPoolChart({ name, place, options, made }: PoolParts, chart: PoolChart): void {
  const after = chart.after.flatMap((key) => made.get(key) ?? []);
  const dependsOn = [...place.before, ...after];
  const opts = { parent: options.parent, provider: place.provider, dependsOn };
  made.set(chart.key, createChart(`${name}-${chart.key}`, chart, opts));
}

function createObject(
  { name, place, options, made }: PoolParts,
  key: string,
  manifest: Manifest,
  dependsOn: Resource[],
): Resource {
  const opts: CustomResourceOptions = { parent: options.parent, provider: place.provider, dependsOn };
  const object = new k8s.apiextensions.CustomResource(`${name}-${key}`, { ...manifest }, opts);
  made.set(key, object);
  return object;
}
