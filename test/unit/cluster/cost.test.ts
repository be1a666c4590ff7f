import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AcceleratorShape } from "../../../components/cluster/acceleratorShape";
import { acceleratorNamed, accelerators } from "../../../components/cluster/accelerators";
import { type CostLine, costOf, totalCost } from "../../../components/cluster/cost";
import type { CostedCluster, CostedPool } from "../../../components/cluster/costedCluster";
import { PoolCapacity } from "../../../components/cluster/poolArgs";
import {
  listPrices,
  type PriceLookup,
  type PriceQuery,
  systemNodePrices,
} from "../../../components/cluster/prices";
import { PoolKind } from "../../../components/cluster/resolvedPool";

const node = (name: string): AcceleratorShape => {
  const found = acceleratorNamed(name);
  if (found === undefined) {
    throw new Error(`${name} is not in the table`);
  }
  return found;
};
const free = { size: 100, throughput: 125, iops: 3_000 };
const pool = (more: Partial<CostedPool> = {}): CostedPool => ({
  name: "small",
  kind: PoolKind.Managed,
  shape: node("g6.2xlarge"),
  min: 1,
  max: 4,
  capacity: PoolCapacity.OnDemand,
  disk: free,
  ...more,
});
const cluster = (more: Partial<CostedCluster> = {}): CostedCluster => ({
  region: "us-east-1",
  controlPlane: undefined,
  systemNodes: undefined,
  pools: [],
  models: [],
  volumes: [],
  natGateways: 0,
  natGB: undefined,
  endpointZones: 0,
  ...more,
});
const lines = (more: Partial<CostedCluster>, lookup?: PriceLookup) => costOf(cluster(more), lookup);
const only = (more: Partial<CostedCluster>, kind: string, lookup?: PriceLookup): CostLine => {
  const [line, another] = lines(more, lookup).filter((candidate) => candidate.kind === kind);
  if (line === undefined || another !== undefined) {
    throw new Error(`not exactly one line of ${kind}`);
  }
  return line;
};
const about = (least: number, most = least) => ({
  least: expect.closeTo(least, 9),
  most: expect.closeTo(most, 9),
});

describe("what a cluster costs", () => {
  it("is a line for everything that is paid", () => {
    const all = lines({
      controlPlane: "standard",
      systemNodes: { instanceType: "m7i.large", nodes: 3, disk: { ...free, size: 50 } },
      pools: [pool()],
      models: [{ name: "qwen", pool: "small", gpus: 1, replicas: { least: 1, most: 2 } }],
      volumes: [{ what: "weights of qwen", count: { least: 1, most: 2 }, disk: free }],
      natGateways: 2,
      natGB: 1_000,
      endpointZones: 24,
    });
    expect(all.map(({ what, usdPerHour }) => [what, usdPerHour])).toEqual([
      ["control plane (standard support)", about(0.1)],
      ["system nodes (3 x m7i.large)", about(0.3024)],
      ["disks of system nodes (50 GiB gp3 each)", about((3 * 50 * 0.08) / 730)],
      ["pool small (1 to 4 x g6.2xlarge, on-demand)", about(0.978, 3.912)],
      ["disks of pool small (100 GiB gp3 each)", about(8 / 730, 32 / 730)],
      ["weights of qwen (100 GiB gp3 each)", about(8 / 730, 16 / 730)],
      ["NAT gateways (2)", about(0.09)],
      ["traffic through NAT gateways (1000 GB a month)", about(45 / 730)],
      ["interface endpoints (24, counted by zone)", about(0.24)],
      ["model qwen", about(0.978, 1.956)],
    ]);
    for (const { usdPerHour, usdPerMonth } of all) {
      expect(usdPerMonth).toEqual(about((usdPerHour?.least ?? 0) * 730, (usdPerHour?.most ?? 0) * 730));
    }
    const total = totalCost(all);
    const fixed = 73 + 220.752 + 12 + 65.7 + 45 + 175.2;
    expect(total).toEqual({
      usdPerHour: about((fixed + 713.94 + 16) / 730, (fixed + 2_855.76 + 48) / 730),
      usdPerMonth: about(fixed + 713.94 + 16, fixed + 2_855.76 + 48),
      unknown: [],
    });
  });

  it("is nothing for nothing", () => {
    expect(lines({})).toEqual([]);
    expect(totalCost([])).toEqual({ usdPerHour: about(0), usdPerMonth: about(0), unknown: [] });
  });

  it("is six times the control plane in extended support", () => {
    expect(only({ controlPlane: "extended" }, "control-plane").usdPerHour).toEqual(about(0.6));
  });

  it("counts throughput and operations of disks beyond what is free", () => {
    const disk = { size: 500, throughput: 625, iops: 5_000 };
    // 500 x 0.08 + 500 x 0.04 + 2,000 x 0.005
    expect(only({ pools: [pool({ min: 2, max: 2, disk })] }, "disks").usdPerMonth).toEqual(about(140));
  });

  it.each<readonly [string, Partial<CostedPool>, string]>([
    [
      "spot",
      { capacity: "spot" },
      "unknown: spot prices change from hour to hour; on demand a node is 0.978 USD an hour",
    ],
    ["a Capacity Block", { capacity: "capacity-block" }, "unknown: a Capacity Block is paid up front"],
    [
      "a type without a price by the hour",
      { shape: node("p5e.48xlarge") },
      'unknown: nobody has given a price by the hour for "p5e.48xlarge"',
    ],
  ])("is unknown, and not 0, for %s", (_, more, note) => {
    const models = [{ name: "m", pool: "small", gpus: 1, replicas: { least: 1, most: 1 } }];
    for (const kind of ["pool", "model"]) {
      const line = only({ pools: [pool(more)], models }, kind);
      expect(line).toMatchObject({ usdPerHour: undefined, usdPerMonth: undefined, verified: false });
      expect(line.note).toContain(note);
    }
    expect(totalCost(lines({ pools: [pool(more)], models })).unknown).toHaveLength(1);
  });

  it("is unknown for system nodes, traffic and pools that nobody knows", () => {
    const systemNodes = { instanceType: "z9.large", nodes: 1, disk: free };
    expect(only({ systemNodes }, "system-nodes")).toMatchObject({
      usdPerHour: undefined,
      note: 'unknown: "z9.large" is not in the table of prices; give a lookup',
    });
    expect(lines({ natGateways: 1 })[1]).toMatchObject({
      what: "traffic through NAT gateways",
      usdPerHour: undefined,
      note: "unknown: it depends on what is loaded, weights from a hub above all; a GB is 0.045 USD",
    });
    const models = [{ name: "m", pool: "none", gpus: 1, replicas: { least: 1, most: 1 } }];
    expect(only({ models }, "model").note).toBe('unknown: nothing is known of the nodes of pool "none"');
  });

  it("says that a reservation is paid whether it is used or not", () => {
    expect(only({ pools: [pool({ capacity: "reserved" })] }, "pool")).toMatchObject({
      usdPerHour: about(0.978, 3.912),
      note: "a reservation is billed in full, whether or not nodes run in it",
    });
  });

  it("adds Auto Mode's fee of the on-demand price, for spot too", () => {
    const auto = pool({ kind: PoolKind.AutoMode, capacity: "spot" });
    expect(only({ pools: [auto] }, "auto-mode")).toMatchObject({
      usdPerHour: about(0.11736, 0.46944),
      note: "about 12 % of the on-demand price",
      verified: false,
    });
    expect(lines({ pools: [pool()] }).some(({ kind }) => kind === "auto-mode")).toBe(false);
  });

  it("has EKS's fee for CPUs of hybrid hosts, and what the user says of the hosts", () => {
    const shape = { ...node("g6.2xlarge"), name: "rack", vcpus: 192, usdPerHour: 12 };
    const hybrid = pool({ kind: PoolKind.Hybrid, shape, min: 0, max: 2 });
    expect(lines({ pools: [hybrid] }).map(({ what, usdPerHour }) => [what, usdPerHour])).toEqual([
      ["pool small (0 to 2 x rack, own hosts)", about(0, 24)],
      ["EKS fee of hybrid pool small", about(0, 7.68)],
    ]);
  });

  it("shares a node between models by GPUs", () => {
    const pools = [pool({ shape: node("g6e.48xlarge"), min: 1, max: 1 })];
    const models = [
      { name: "a", pool: "small", gpus: 2, replicas: { least: 1, most: 1 } },
      { name: "b", pool: "small", gpus: 4, replicas: { least: 0, most: 1 } },
      { name: "two-nodes", pool: "small", gpus: 16, replicas: { least: 1, most: 1 } },
    ];
    const shares = lines({ pools, models }).filter(({ kind }) => kind === "model");
    expect(shares.map(({ usdPerHour }) => usdPerHour)).toEqual([
      about(30.131 / 4),
      about(0, 30.131 / 2),
      about(30.131 * 2),
    ]);
    expect(shares[0]?.note).toBe("2 of 8 GPUs of a node for each replica; part of pool small");
    expect(shares[2]?.note).toBe("2 nodes for each replica; part of pool small");
    expect(totalCost(lines({ pools, models })).usdPerHour.most).toBeCloseTo(30.131 + 8 / 730, 9);
  });

  it("says so where prices of one region stand for another's", () => {
    const note = "at prices of us-east-1; eu-west-1 differs";
    const all = {
      controlPlane: "standard",
      pools: [pool()],
      natGateways: 1,
      natGB: 10,
      endpointZones: 3,
    } as const;
    for (const line of lines({ ...all, region: "eu-west-1" })) {
      expect(line.note).toContain(note);
    }
    for (const line of lines(all)) {
      expect(line.note).toBeUndefined();
    }
    const shape = { ...node("g6.2xlarge"), usdPerHour: 1.1 };
    expect(only({ region: "eu-west-1", pools: [pool({ shape })] }, "pool")).toMatchObject({
      note: undefined,
      verified: true,
    });
  });

  it("marks prices that nobody has looked up", () => {
    expect(only({ pools: [pool({ shape: node("p5.48xlarge") })] }, "pool").verified).toBe(true);
    expect(only({ controlPlane: "standard" }, "control-plane").verified).toBe(true);
    expect(only({ pools: [pool()] }, "disks").verified).toBe(true);
    const unverified = Object.entries(listPrices).filter(([, { verified }]) => !verified);
    expect(unverified.map(([item]) => item)).toEqual(["hybrid-vcpu"]);
    expect(Object.values(systemNodePrices).every((usd) => usd > 0)).toBe(true);
    expect(Object.values(listPrices).every(({ usd }) => usd > 0)).toBe(true);
  });
});

describe("a lookup of prices", () => {
  it("goes before the tables, and is asked with all that a price depends on", () => {
    const asked: PriceQuery[] = [];
    const lookup: PriceLookup = (query) => {
      asked.push(query);
      return query.item === "instance" && query.capacity === "spot" ? 0.25 : undefined;
    };
    const spot = { region: "eu-west-1", pools: [pool({ capacity: "spot" })] };
    expect(only(spot, "pool", lookup)).toMatchObject({
      usdPerHour: about(0.25, 1),
      note: undefined,
      verified: true,
    });
    expect(asked[0]).toEqual({
      item: "instance",
      instanceType: "g6.2xlarge",
      capacity: "spot",
      region: "eu-west-1",
    });
    expect(only({ controlPlane: "standard" }, "control-plane", () => 0.2).usdPerHour).toEqual(about(0.2));
    expect(only({ pools: [pool({ max: 1 })] }, "disks", () => 730).usdPerHour).toEqual(about(100));
  });

  it("is not asked about hosts of one's own", () => {
    const shape = { ...node("g6.2xlarge"), name: "rack", usdPerHour: 12 };
    expect(only({ pools: [pool({ shape, min: 1, max: 1 })] }, "pool", () => 99).usdPerHour).toEqual(
      about(12),
    );
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("leaves unknown what it answers with %d", (usd) => {
    for (const line of lines({ controlPlane: "standard", pools: [pool()], endpointZones: 1 }, () => usd)) {
      expect(line).toMatchObject({
        usdPerHour: undefined,
        note: `unknown: the price lookup answered ${usd}`,
      });
    }
  });

  it("never turns an unknown price to 0, and keeps ranges in order", () => {
    const answer = fc.option(fc.double({ min: 0.01, max: 1_000, noNaN: true }), { nil: undefined });
    const somePool = fc.record({
      name: fc.constantFrom("a", "b"),
      kind: fc.constantFrom(...Object.values(PoolKind)),
      shape: fc.constantFrom(...accelerators),
      min: fc.nat(3),
      max: fc.integer({ min: 3, max: 9 }),
      capacity: fc.constantFrom(...Object.values(PoolCapacity)),
      disk: fc.constant(free),
    });
    let unknown = 0;
    fc.assert(
      fc.property(fc.array(somePool, { maxLength: 4 }), answer, (pools, usd) => {
        const all = lines({ pools }, usd === undefined ? undefined : () => usd);
        for (const { usdPerHour, usdPerMonth, note } of all) {
          expect(usdPerHour === undefined).toBe(usdPerMonth === undefined);
          expect(usdPerHour === undefined).toBe(note?.startsWith("unknown: ") ?? false);
          expect(usdPerHour?.most ?? 1).toBeGreaterThan(0);
          expect(usdPerHour?.least ?? 0).toBeLessThanOrEqual(usdPerHour?.most ?? 0);
          unknown += Number(usdPerHour === undefined);
        }
      }),
    );
    expect(unknown).toBeGreaterThan(0);
  });
});
