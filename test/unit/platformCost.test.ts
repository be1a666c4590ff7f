import { describe, expect, it } from "vitest";
import { costOf } from "../../components/cluster/cost";
import type { GpuClusterArgs } from "../../components/cluster/gpuClusterArgs";
import { resolveGpuCluster } from "../../components/cluster/resolveGpuCluster";
import type { ModelArgs } from "../../components/models/modelArgs";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";
import { costedCluster, costSummary } from "../../components/platform/platformCost";

const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
const args: GpuClusterArgs = {
  network: { zones: Object.fromEntries(zones.map((zone) => [zone, {}])), controlPlaneZones: zones },
  access: { path: "vpc", fromCidrs: ["10.9.0.0/16"] },
  pools: {
    steady: { instanceType: "g6.2xlarge", min: 2, max: 2, zones: ["us-east-1a"] },
    cheap: { instanceType: "g6.2xlarge", max: 3, capacity: "spot" },
  },
};
const dev: GpuClusterArgs = {
  ...args,
  purpose: "dev",
  network: {
    zones: { "us-east-1a": {}, "us-east-1b": {} },
    controlPlaneZones: zones.slice(0, 2),
    natZone: "us-east-1a",
  },
  systemNodes: { zones: ["us-east-1a"], diskGiB: 100 },
  pools: { cheap: { instanceType: "g6.2xlarge", max: 3, capacity: "spot" } },
};

function parts(cluster: GpuClusterArgs, models: Record<string, ModelArgs> = {}) {
  const pools = Object.fromEntries(
    Object.keys(cluster.pools ?? {}).map((name) => [name, { instanceType: "g6.2xlarge" }]),
  );
  const qwen = { vllm: { source: "Qwen/Qwen3-1.7B", pool: "cheap", maxModelLen: 8_192 } };
  const declared = Object.keys(models).length === 0 ? { qwen } : models;
  return [
    resolveGpuCluster("acme", cluster),
    resolveModelGateway("acme", { models: declared, pools }).models,
  ] as const;
}

describe("what of a platform costs", () => {
  it("is the control plane, nodes, disks, NAT gateways and endpoints of three zones", () => {
    expect(costedCluster(...parts(args))).toMatchObject({
      region: "us-east-1",
      controlPlane: "standard",
      systemNodes: { instanceType: "m7i.large", nodes: 3, disk: { size: 50, throughput: 125, iops: 3_000 } },
      natGateways: 3,
      endpointZones: 30,
      models: [{ name: "qwen", pool: "cheap", gpus: 1, replicas: { least: 1, most: 1 } }],
      volumes: [],
    });
  });

  it("is one NAT gateway and no endpoint in development", () => {
    expect(costedCluster(...parts(dev))).toMatchObject({
      systemNodes: { nodes: 1, disk: { size: 100 } },
      natGateways: 1,
      endpointZones: 0,
    });
  });

  it("is nothing of a network that exists, and no system node of Auto Mode", () => {
    const existingNetwork = {
      vpcId: "vpc-0a1b2c",
      privateSubnetIds: { "us-east-1a": "subnet-0a", "us-east-1b": "subnet-0b" },
      controlPlaneZones: zones.slice(0, 2),
    };
    const { network: _, ...rest } = args;
    const given = parts({ ...rest, pools: dev.pools ?? {}, existingNetwork, compute: "auto-mode" });
    expect(costedCluster(...given)).toMatchObject({
      systemNodes: undefined,
      natGateways: 0,
      endpointZones: 0,
    });
  });

  it("is a volume of the cluster's own class for each model that keeps its weights on one", () => {
    const keep = (storageClassName: string): ModelArgs => ({
      vllm: { source: "Qwen/Qwen3-1.7B", pool: "cheap", cache: { storageClassName, size: "150Gi" } },
    });
    const { volumes } = costedCluster(...parts(dev, { own: keep("gp3"), theirs: keep("efs") }));
    expect(volumes).toEqual([
      {
        what: "volume of model own",
        count: { least: 1, most: 1 },
        disk: { size: 150, throughput: 125, iops: 3_000 },
      },
    ]);
  });
});

describe("the sentence about costs", () => {
  it("has a line for each cost, the sum, what the sum lacks and what it leaves out", () => {
    const [cluster, models] = parts(args);
    const lines = costSummary(cluster, models).split("\n");
    expect(lines).toHaveLength(costOf(costedCluster(cluster, models)).length + 2);
    expect(lines[0]).toBe('Costs of "acme" in USD a month, from list prices of us-east-1, 2026-08:');
    expect(lines[1]).toBe("  control plane (standard support): 73");
    expect(lines.find((line) => line.startsWith("  pool cheap"))).toMatch(/: unknown \(spot prices change/);
    expect(lines.find((line) => line.startsWith("  model qwen"))).toContain("part of pool cheap");
    expect(lines.at(-1)).toMatch(/^ {2}together: [\d,]+ to [\d,]+, without pool cheap \(0 to 3 x g6/);
    expect(lines.at(-1)).toContain("Not counted: traffic between zones");
  });

  it("takes prices that are looked up before its own", () => {
    const [cluster, models] = parts(args);
    const summary = costSummary(cluster, models, () => 1);
    expect(summary).toContain("control plane (standard support): 730");
    expect(summary).toContain("pool cheap (0 to 3 x g6.2xlarge, spot): 0 to 2,190");
    expect(summary).not.toContain("price not looked up");
  });
});
