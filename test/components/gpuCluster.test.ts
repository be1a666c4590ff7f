import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { GpuCluster } from "../../components/cluster/gpuCluster";
import { awsPermissions } from "../../tools/generate/awsPermissions";
import { clusterState, testKubeconfig } from "../support/clusterAnswers";
import { dev, hybrid, one, prod, record, small } from "../support/gpuClusters";
import { recordResources, resolved, wireSecret } from "../support/recordResources";

describe("what a GpuCluster gives to others", () => {
  it("is a name, ids and a provider, and the kubeconfig is a secret", async () => {
    let cluster: GpuCluster | undefined;
    const values: unknown[] = [];
    const all = await recordResources(
      () => {
        const made = new GpuCluster("dev", dev);
        cluster = made;
        return made;
      },
      { state: clusterState },
    );
    if (cluster === undefined) {
      throw new Error("no cluster was made");
    }
    for (const output of [cluster.clusterName, cluster.vpcId, cluster.nodeRoleArn, cluster.securityGroupId]) {
      values.push(await resolved<string>(output));
    }
    expect(values).toEqual(["dev", "dev-id", "arn:aws:iam::123456789012:role/test", "sg-cluster"]);
    expect(await resolved(cluster.subnetIds)).toEqual({
      "us-east-1a": "dev-private-us-east-1a-id",
      "us-east-1b": "dev-private-us-east-1b-id",
    });
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    expect(await resolved(cluster.kubeconfig)).toBe(testKubeconfig);
    expect(one(all, "kubernetes", "dev").inputs).toMatchObject({
      kubeconfig: wireSecret(testKubeconfig),
      upsertExistingObjects: "true",
      enableConfigMapMutable: "true",
      enableSecretMutable: "true",
    });
    expect(await resolved(cluster.provider.urn)).toBe(one(all, "kubernetes", "dev").urn);
  });

  it("shows no secret in clear", async () => {
    const all = await record({ ...prod, compute: "karpenter", hybrid, pools: { small } });
    for (const { inputs, kind, name } of all) {
      const clear = JSON.stringify(inputs, (_key, value) =>
        typeof value === "object" && value !== null && "4dabf18193072939515e22adb298388d" in value
          ? "[secret]"
          : value,
      );
      expect(clear, `${kind} ${name}`).not.toContain("example.eks.amazonaws.com");
      expect(clear, `${kind} ${name}`).not.toContain("activation-code");
    }
  });

  it("reaches a private API server through a proxy where asked", async () => {
    const all = await record({
      ...dev,
      access: { path: "proxy", fromCidrs: ["10.0.0.0/16"], proxyUrl: "socks5://localhost:1080" },
    });
    const { kubeconfig } = one(all, "kubernetes", "dev").inputs;
    expect(JSON.parse(kubeconfig.value).clusters[0].cluster).toEqual({
      server: "https://example.eks.amazonaws.com",
      "proxy-url": "socks5://localhost:1080",
    });
  });
});

describe("the permissions page", () => {
  it("has a row for every type of AWS that clusters and pools register", async () => {
    const pools = {
      small,
      racks: {
        max: 4,
        hybrid: { credentials: "ssm" as const },
        accelerator: {
          vendor: "amd" as const,
          gpu: "MI300X",
          gpus: 8,
          vcpus: 192,
          memoryGiB: 2048,
          allocatableMiB: 2_000_000,
          networkGbps: 400,
        },
      },
    };
    const registered = [
      ...(await record({ ...prod, hybrid, pools })),
      ...(await record({ ...prod, compute: "karpenter", pools: { small } })),
      ...(await record({ ...prod, compute: "auto-mode", pools: { small } })),
    ];
    const types = new Set(registered.map(({ type }) => type).filter((type) => type.startsWith("aws:")));
    expect(types.size).toBeGreaterThan(25);
    expect([...types].filter((type) => !awsPermissions.has(type))).toEqual([]);
  });
});
