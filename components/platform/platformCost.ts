import { type CostLine, costLeavesOut, costOf, totalCost, type UsdRange } from "../cluster/cost";
import type { CostedCluster, CostedModel, CostedVolumes } from "../cluster/costedCluster";
import { gp3Free, listPriceSource, type PriceLookup } from "../cluster/prices";
import type { ResolvedGpuCluster } from "../cluster/resolvedGpuCluster";
import { interfaceServices } from "../cluster/vpcEndpoints";
import type { ResolvedModel } from "../models/resolved";
import { bytesOf } from "../shared/quantities";

/** Name of the class of gp3 volumes that a cluster makes. */
const gp3Class = "gp3";

/** All of a cluster and its models that costs. */
export function costedCluster(
  { network, systemNodes, pools }: ResolvedGpuCluster,
  models: readonly ResolvedModel[],
): CostedCluster {
  const zones = network.own?.zones ?? [];
  return {
    region: network.region,
    controlPlane: "standard",
    systemNodes: systemNodes && {
      instanceType: systemNodes.instanceType,
      nodes: systemNodes.nodesPerZone * systemNodes.zones.length,
      disk: { size: systemNodes.diskGiB, ...gp3Free },
    },
    pools,
    models: models.flatMap(costedModel),
    volumes: models.flatMap(costedVolume),
    natGateways: new Set(zones.flatMap(({ natZone }) => natZone ?? [])).size,
    natGB: undefined,
    endpointZones: network.own?.interfaceEndpoints === true ? interfaceServices.length * zones.length : 0,
  };
}

function costedModel({ key, vllm }: ResolvedModel): readonly CostedModel[] {
  return vllm?.pool === undefined
    ? []
    : [
        {
          name: key,
          pool: vllm.pool,
          gpus: vllm.gpus * vllm.nodes,
          replicas: { least: vllm.autoscaling?.min ?? vllm.replicas, most: vllm.replicas },
        },
      ];
}

function costedVolume({ key, vllm }: ResolvedModel): readonly CostedVolumes[] {
  const bytes = vllm?.cacheStorageClass === gp3Class ? bytesOf(vllm.cacheSize) : undefined;
  return bytes === undefined
    ? []
    : [
        {
          what: `volume of model ${key}`,
          count: { least: 1, most: 1 },
          disk: { size: Math.ceil(bytes / 2 ** 30), ...gp3Free },
        },
      ];
}

/** What a month costs, for whoever reads the preview. */
export function costSummary(
  cluster: ResolvedGpuCluster,
  models: readonly ResolvedModel[],
  lookup?: PriceLookup,
): string {
  const lines = costOf(costedCluster(cluster, models), lookup);
  const { usdPerMonth, unknown } = totalCost(lines);
  const without = unknown.length === 0 ? "" : `, without ${unknown.join(", ")}`;
  return [
    `Costs of "${cluster.clusterName}" in USD a month, from list prices of ${listPriceSource.region}, ${listPriceSource.date}:`,
    ...lines.map(lineText),
    `  together: ${usd(usdPerMonth)}${without}. ${costLeavesOut}`,
  ].join("\n");
}

function lineText({ what, usdPerMonth, note, verified }: CostLine): string {
  const amount = usdPerMonth === undefined ? "unknown" : usd(usdPerMonth);
  const doubts = usdPerMonth === undefined || verified ? [] : ["price not looked up"];
  const notes = [...(note === undefined ? [] : [note.replace(/^unknown: /, "")]), ...doubts];
  return `  ${what}: ${amount}${notes.length === 0 ? "" : ` (${notes.join("; ")})`}`;
}

function usd({ least, most }: UsdRange): string {
  const text = (amount: number) =>
    amount.toLocaleString("en-US", {
      maximumFractionDigits: amount < 10 ? 2 : 0,
    });
  return least === most ? text(most) : `${text(least)} to ${text(most)}`;
}
