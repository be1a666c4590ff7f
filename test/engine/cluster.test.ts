import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GpuCluster } from "../../components/cluster/gpuCluster";
import type { GpuClusterArgs } from "../../components/cluster/gpuClusterArgs";
import { instinct } from "../unit/cluster/poolFixtures";
import { type Program, TestEngine } from "./support/engine";
import { describeEngine } from "./support/engineTests";
import { changesOf, expectAllSame, expectDone, expectReverseOrder, leftOver } from "./support/steps";

// What this file does not prove: that AWS takes the inputs, or answers other changes as the stand-in's table says.

const [a, b] = ["us-east-1a", "us-east-1b"] as const;
const small = { instanceType: "g6.2xlarge", max: 4, capacity: "spot", zones: [a] } as const;
const dev: GpuClusterArgs = {
  purpose: "dev",
  network: { zones: { [a]: {}, [b]: {} }, controlPlaneZones: [a, b], natZone: a },
  access: { path: "public", fromCidrs: ["203.0.113.0/24"] },
  accessEntries: {
    admins: { principalArn: "arn:aws:iam::123456789012:role/admins", policy: "cluster-admin" },
  },
  pools: { small: { ...small, zones: [a] } },
};

const program =
  (change: Partial<GpuClusterArgs> = {}): Program =>
  () => {
    new GpuCluster("dev", { ...dev, ...change });
    return {};
  };

const config = { "aws:region": "us-east-1" };
const smallWith = (change: object): Partial<GpuClusterArgs> => ({
  pools: { small: { ...small, zones: [a], ...change } },
});

describeEngine("a GPU cluster, through the engine", () => {
  let base: TestEngine;
  let engine: TestEngine | undefined;
  beforeAll(async () => {
    base = await TestEngine.create({ config });
    expectDone(await base.up(program()));
  });
  afterAll(() => base.close());
  afterEach(() => engine?.close());

  it.each<[string, Partial<GpuClusterArgs>, string[]]>([
    ["another kind of capacity", smallWith({ capacity: "on-demand" }), ["NodeGroup dev-small-us-east-1a"]],
    ["another image", smallWith({ ami: "BOTTLEROCKET_x86_64_NVIDIA" }), ["NodeGroup dev-small-us-east-1a"]],
    ["another network of Services", { serviceCidr: "172.21.0.0/16" }, ["Cluster dev-eksCluster"]],
    ["another name", { clusterName: "other" }, ["Cluster dev-eksCluster", "LogGroup dev"]],
    [
      "another network of a zone",
      {
        network: {
          zones: { [a]: { privateCidr: "10.0.64.0/20" }, [b]: {} },
          controlPlaneZones: [a, b],
          natZone: a,
        },
      },
      ["Subnet dev-private-us-east-1a", "NodeGroup dev-small-us-east-1a", "NodeGroup dev-system-us-east-1a"],
    ],
  ])("says that AWS would make anew for %s", async (_, change, expected) => {
    const replaced = changesOf(expectDone(await base.preview(program(change)))).filter((each) =>
      each.startsWith("replace "),
    );
    expect(replaced).toEqual(expect.arrayContaining(expected.map((each) => `replace ${each}`)));
  });

  it.each<[string, Partial<GpuClusterArgs>]>([
    ["instance type", smallWith({ instanceType: "g6.4xlarge" })],
    ["number of nodes", smallWith({ max: 8 })],
    ["disk", smallWith({ disk: { size: 400 } })],
    ["label", smallWith({ labels: { tier: "gold" } })],
    ["retention of logs", { logRetentionDays: 30 }],
  ])("makes nothing anew for another %s", async (_, change) => {
    const changes = changesOf(expectDone(await base.preview(program(change))));
    expect(changes.length).toBeGreaterThan(1);
    expect(changes.filter((each) => each.startsWith("replace") || each.startsWith("delete"))).toEqual([]);
  });

  it("sees what somebody changed by hand", async () => {
    engine = await base.copy();
    const group = engine.objects().find(({ urn }) => urn.endsWith("NodeGroup::dev-small-us-east-1a"));
    if (group === undefined) {
      throw new Error("there is no such node group");
    }
    engine.drift(group, { labels: { by: "hand" } });
    expect(changesOf(expectDone(await engine.refresh()))).toEqual(["update NodeGroup dev-small-us-east-1a"]);
  });
});

describeEngine("a protected GPU cluster, through the engine", () => {
  it("is destroyed only after its protection was taken away, and nothing of it before", async () => {
    const engine = await TestEngine.create({ config });
    try {
      expectDone(await engine.up(program({ deletionProtection: true })));
      const before = engine.journal();
      const refused = await engine.destroyByCommand();
      expect(refused).toMatchObject({
        ok: false,
        said: expect.stringMatching(/dev-eksCluster" cannot be deleted\s+because it is protected/),
      });
      expect(engine.journal()).toEqual(before);
      const replacing = { deletionProtection: true, serviceCidr: "172.21.0.0/16" };
      expect(await engine.up(program(replacing))).toMatchObject({
        ok: false,
        errors: expect.stringContaining("unable to replace resource"),
      });
      expect(engine.objects().filter(({ type }) => type.startsWith("aws:eks/"))).not.toEqual([]);
      expect(engine.journal().filter(({ op }) => op === "delete")).toEqual([]);
      expectDone(await engine.up(program()));
      expect(await engine.destroyByCommand()).toMatchObject({ ok: true });
      expect(leftOver(engine)).toEqual([]);
    } finally {
      engine.close();
    }
  });
});

describe.each<[string, Partial<GpuClusterArgs>]>([
  ["managed groups", {}],
  ["Karpenter", { compute: "karpenter" }],
  ["EKS Auto Mode", { compute: "auto-mode" }],
  [
    "hosts outside AWS",
    {
      hybrid: { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.85.0.0/16"] },
      access: { path: "vpc", fromCidrs: ["10.9.0.0/16"] },
      pools: {
        instinct: {
          max: 4,
          accelerator: instinct,
          hybrid: { credentials: "ssm", activationExpires: "2027-01-31T00:00:00Z" },
        },
      },
    },
  ],
])("a cluster with %s", (name, change) => {
  describeEngine(`a cluster with ${name}, through the engine`, () => {
    it("is made, stays the same and is taken down in reverse order", async () => {
      const engine = await TestEngine.create({ config });
      try {
        expectDone(await engine.up(program(change)));
        expectAllSame(await engine.up(program(change)));
        const dependencies = await engine.dependencies();
        expectDone(await engine.destroy());
        expect(leftOver(engine)).toEqual([]);
        expectReverseOrder(engine, dependencies);
      } finally {
        engine.close();
      }
    });
  });
});
