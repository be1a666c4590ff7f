import type { CostedCluster, CostedDisk, CostedModel, CostedPool, CountRange } from "./costedCluster";
import {
  autoModePrice,
  type FoundPrice,
  gp3Free,
  listedPrice,
  nodePrice,
  PriceItem,
  type PriceLookup,
  systemNodePrice,
} from "./prices";
import { PoolKind } from "./resolvedPool";

/** Hours of a month, as AWS counts them. */
export const hoursPerMonth = 730;

/** What a cluster costs beyond these lines. */
export const costLeavesOut =
  "Not counted: traffic between zones and to the internet, load balancers, logs, keys, S3 and taxes.";

/** What a line is about. */
export const CostKind = {
  ControlPlane: "control-plane",
  SystemNodes: "system-nodes",
  Pool: "pool",
  AutoMode: "auto-mode",
  Hybrid: "hybrid",
  Disks: "disks",
  Nat: "nat",
  Endpoints: "endpoints",
  /** A model's share of its pool: part of the pool's line and not on top of it. */
  Model: "model",
} as const;
export type CostKind = (typeof CostKind)[keyof typeof CostKind];

export interface UsdRange {
  readonly least: number;
  readonly most: number;
}

/** One line of a bill. An unknown cost has no numbers, and a note that says why: it is never 0. */
export interface CostLine {
  readonly kind: CostKind;
  readonly what: string;
  readonly usdPerHour: UsdRange | undefined;
  readonly usdPerMonth: UsdRange | undefined;
  readonly note: string | undefined;
  /** Whether every price in it was seen at its source. */
  readonly verified: boolean;
}

/** What a cluster and its models cost, line by line. */
export function costOf(cluster: CostedCluster, lookup?: PriceLookup): readonly CostLine[] {
  const { region, controlPlane, systemNodes, natGateways, natGB, endpointZones } = cluster;
  const lines: CostLine[] = [];
  if (controlPlane !== undefined) {
    const item = controlPlane === "extended" ? PriceItem.ControlPlaneExtended : PriceItem.ControlPlane;
    const price = listedPrice(item, region, lookup);
    lines.push(hourly(CostKind.ControlPlane, `control plane (${controlPlane} support)`, price, always(1)));
  }
  if (systemNodes !== undefined) {
    const { instanceType, nodes, disk } = systemNodes;
    const price = systemNodePrice(instanceType, region, lookup);
    const what = `system nodes (${nodes} x ${instanceType})`;
    lines.push(hourly(CostKind.SystemNodes, what, price, always(nodes)));
    lines.push(disks("disks of system nodes", disk, always(nodes), region, lookup));
  }
  lines.push(...cluster.pools.flatMap((pool) => poolLines(pool, region, lookup)));
  for (const { what, disk, count } of cluster.volumes) {
    lines.push(disks(what, disk, count, region, lookup));
  }
  if (natGateways > 0) {
    const gateway = listedPrice(PriceItem.NatGateway, region, lookup);
    lines.push(hourly(CostKind.Nat, `NAT gateways (${natGateways})`, gateway, always(natGateways)));
    lines.push(natTraffic(natGB, listedPrice(PriceItem.NatTraffic, region, lookup)));
  }
  if (endpointZones > 0) {
    const endpoint = listedPrice(PriceItem.InterfaceEndpoint, region, lookup);
    const what = `interface endpoints (${endpointZones}, counted by zone)`;
    lines.push(hourly(CostKind.Endpoints, what, endpoint, always(endpointZones)));
  }
  lines.push(...cluster.models.map((model) => modelLine(model, cluster, lookup)));
  return lines;
}

/** The sum of the lines. */
export interface CostTotal {
  readonly usdPerHour: UsdRange;
  readonly usdPerMonth: UsdRange;
  /** Lines that have no numbers: the sum is without them. */
  readonly unknown: readonly string[];
}

/** Adds up what is paid: models are shares of their pools, and add nothing. */
export function totalCost(lines: readonly CostLine[]): CostTotal {
  const paid = lines.filter(({ kind }) => kind !== CostKind.Model);
  const sum = (period: "usdPerHour" | "usdPerMonth") => ({
    least: paid.reduce((total, line) => total + (line[period]?.least ?? 0), 0),
    most: paid.reduce((total, line) => total + (line[period]?.most ?? 0), 0),
  });
  return {
    usdPerHour: sum("usdPerHour"),
    usdPerMonth: sum("usdPerMonth"),
    unknown: paid.filter((line) => line.usdPerHour === undefined).map(({ what }) => what),
  };
}

function poolLines(pool: CostedPool, region: string, lookup: PriceLookup | undefined): readonly CostLine[] {
  const { name, kind, shape, min, max, capacity, disk } = pool;
  const nodes = { least: min, most: max };
  const count = min === max ? `${max}` : `${min} to ${max}`;
  const price = nodePrice(shape, capacity, region, lookup);
  const isReserved = capacity === "reserved";
  const billed = isReserved ? "a reservation is billed in full, whether or not nodes run in it" : undefined;
  const what = `pool ${name} (${count} x ${shape.name}, ${kind === PoolKind.Hybrid ? "own hosts" : capacity})`;
  const line = hourly(CostKind.Pool, what, price, nodes, billed);
  if (kind === PoolKind.Hybrid) {
    const cpu = listedPrice(PriceItem.HybridVcpu, region, lookup);
    const cpus = { least: min * shape.vcpus, most: max * shape.vcpus };
    const tiers = "at the rate of the first tier, the highest";
    return [line, hourly(CostKind.Hybrid, `EKS fee of hybrid pool ${name}`, cpu, cpus, tiers)];
  }
  const volumes = disks(`disks of pool ${name}`, disk, nodes, region, lookup);
  if (kind === PoolKind.AutoMode) {
    const fee = autoModePrice(shape, region, lookup);
    return [line, hourly(CostKind.AutoMode, `Auto Mode for pool ${name}`, fee, nodes), volumes];
  }
  return [line, volumes];
}

function modelLine(model: CostedModel, cluster: CostedCluster, lookup: PriceLookup | undefined): CostLine {
  const { name, pool: poolName, gpus, replicas } = model;
  const what = `model ${name}`;
  const pool = cluster.pools.find((candidate) => candidate.name === poolName);
  if (pool === undefined) {
    const note = `nothing is known of the nodes of pool "${poolName}"`;
    return hourly(CostKind.Model, what, { usd: undefined, note, verified: false }, always(1));
  }
  const share = gpus / pool.shape.gpus;
  const price = nodePrice(pool.shape, pool.capacity, cluster.region, lookup);
  const counts = { least: replicas.least * share, most: replicas.most * share };
  const part = gpus > pool.shape.gpus ? `${share} nodes` : `${gpus} of ${pool.shape.gpus} GPUs of a node`;
  const note = `${part} for each replica; part of pool ${poolName}`;
  return hourly(CostKind.Model, what, price, counts, note);
}

function disks(
  what: string,
  { size, throughput, iops }: CostedDisk,
  count: CountRange,
  region: string,
  lookup: PriceLookup | undefined,
): CostLine {
  const parts = [
    [PriceItem.Gp3Storage, size],
    [PriceItem.Gp3Throughput, Math.max(0, throughput - gp3Free.throughput)],
    [PriceItem.Gp3Iops, Math.max(0, iops - gp3Free.iops)],
  ] as const;
  // What a volume has none of need not have a price.
  const found = parts.flatMap(([item, amount]) =>
    amount === 0 ? [] : [{ amount, price: listedPrice(item, region, lookup) }],
  );
  const lacking = found.find(({ price }) => price.usd === undefined);
  const usd = found.reduce((sum, { amount, price }) => sum + amount * (price.usd ?? 0), 0);
  const price: FoundPrice = lacking?.price ?? {
    usd: usd / hoursPerMonth,
    note: found[0]?.price.note,
    verified: found.every((part) => part.price.verified),
  };
  return hourly(CostKind.Disks, `${what} (${size} GiB gp3 each)`, price, count);
}

function natTraffic(gb: number | undefined, price: FoundPrice): CostLine {
  const what = "traffic through NAT gateways";
  if (gb === undefined) {
    const rate = price.usd === undefined ? "" : `; a GB is ${price.usd} USD`;
    const note = `it depends on what is loaded, weights from a hub above all${rate}`;
    return hourly(CostKind.Nat, what, { ...price, usd: undefined, note }, always(1));
  }
  return hourly(CostKind.Nat, `${what} (${gb} GB a month)`, price, always(gb / hoursPerMonth));
}

function always(count: number): CountRange {
  return { least: count, most: count };
}

/** A line from the price of an hour of one, and how many there are. */
function hourly(kind: CostKind, what: string, price: FoundPrice, count: CountRange, more?: string): CostLine {
  const { usd, verified } = price;
  const times = (hours: number) =>
    usd === undefined ? undefined : { least: usd * count.least * hours, most: usd * count.most * hours };
  const notes = [usd === undefined ? `unknown: ${price.note}` : price.note, more];
  const note = notes.filter((text) => text !== undefined).join("; ");
  return {
    kind,
    what,
    usdPerHour: times(1),
    usdPerMonth: times(hoursPerMonth),
    note: note === "" ? undefined : note,
    verified,
  };
}
