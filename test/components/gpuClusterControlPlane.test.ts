import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { keptByPulumi, remoteNetworks } from "../../components/cluster/controlPlane";
import { conflicts, dev, hybrid, namesOf, one, prod, record } from "../support/gpuClusters";

describe("the control plane of a GpuCluster", () => {
  const common = {
    name: "dev",
    version: "1.35",
    vpcId: "dev-id",
    privateSubnetIds: ["dev-private-us-east-1a-id", "dev-private-us-east-1b-id"],
    kubernetesServiceIpAddressRange: "172.20.0.0/16",
    endpointPrivateAccess: true,
    endpointPublicAccess: false,
    authenticationMode: "API",
    accessEntries: {},
    encryptionConfigKeyArn: "arn:aws:kms:us-east-1:123456789012:test",
    enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
    upgradePolicy: { supportType: "STANDARD" },
    deletionProtection: true,
    skipDefaultNodeGroup: true,
    skipDefaultSecurityGroups: true,
    createInstanceRole: false,
    createOidcProvider: false,
    useDefaultVpcCni: true,
    // The resolutions are the SDK's own; nothing reads them where the add-on is off.
    kubeProxyAddonOptions: { enabled: false, ...conflicts },
    corednsAddonOptions: { enabled: false, ...conflicts },
    bootstrapSelfManagedAddons: false,
    tags: {},
  };

  it("is private, logged, encrypted and protected by default", async () => {
    const all = await record(prod);
    expect(one(all, "Cluster", "dev").inputs).toEqual(common);
    expect(one(all, "Key", "dev").inputs).toEqual({
      description: "Secrets of the cluster dev",
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: { Name: "dev" },
    });
    // EKS would make it, keep it for ever and leave it behind.
    expect(one(all, "LogGroup", "dev").inputs).toEqual({
      name: "/aws/eks/dev/cluster",
      retentionInDays: 90,
      tags: { Name: "dev" },
    });
    expect(one(all, "Cluster", "dev").dependencies).toContain("LogGroup dev");
    expect(namesOf(all, "SecurityGroupIngressRule")).toEqual(["dev-api-10-9-0-0-16", "dev-endpoints"]);
    expect(one(all, "SecurityGroupIngressRule", "dev-api-10-9-0-0-16").inputs).toEqual({
      securityGroupId: "sg-cluster",
      description: "API server",
      cidrIpv4: "10.9.0.0/16",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: { Name: "dev-api-10-9-0-0-16" },
    });
  });

  it("answers on the internet to the listed networks only, and the preview warns", async () => {
    const warn = vi.spyOn(pulumi.log, "warn");
    const all = await record({ ...prod, access: { path: "public", fromCidrs: ["203.0.113.0/24"] } });
    expect(one(all, "Cluster", "dev").inputs).toEqual({
      ...common,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
    expect(namesOf(all, "SecurityGroupIngressRule")).toEqual(["dev-endpoints"]);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringContaining("answers on the internet, to 203.0.113.0/24 only"),
      expect.anything(),
    );
    warn.mockRestore();
  });

  it("is not protected and keeps no key that is given", async () => {
    const all = await record({ ...dev, kmsKeyArn: "arn:aws:kms:us-east-1:1:key/own" });
    expect(one(all, "Cluster", "dev").inputs).toEqual({
      ...common,
      deletionProtection: false,
      encryptionConfigKeyArn: "arn:aws:kms:us-east-1:1:key/own",
    });
    expect(namesOf(all, "Key")).toEqual([]);
    expect(one(all, "LogGroup", "dev").inputs.retentionInDays).toBe(14);
  });

  it("lets in who is named, and gives the kubeconfig the role that is named", async () => {
    const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
    const all = await record({
      ...prod,
      access: { ...prod.access, roleArn: arn("deployer") },
      accessEntries: {
        ops: { principalArn: arn("ops"), policy: "cluster-admin" },
        search: { principalArn: arn("search"), policy: "edit", namespaces: ["models"] },
        sre: { principalArn: arn("sre"), kubernetesGroups: ["sre"] },
      },
    });
    const policyArn = (name: string) => `arn:aws:eks::aws:cluster-access-policy/${name}`;
    expect(one(all, "Cluster", "dev").inputs).toEqual({
      ...common,
      providerCredentialOpts: { roleArn: arn("deployer") },
      accessEntries: {
        ops: {
          principalArn: arn("ops"),
          accessPolicies: {
            "cluster-admin": {
              policyArn: policyArn("AmazonEKSClusterAdminPolicy"),
              accessScope: { type: "cluster" },
            },
          },
        },
        search: {
          principalArn: arn("search"),
          accessPolicies: {
            edit: {
              policyArn: policyArn("AmazonEKSEditPolicy"),
              accessScope: { type: "namespace", namespaces: ["models"] },
            },
          },
        },
        sre: { principalArn: arn("sre"), kubernetesGroups: ["sre"] },
      },
    });
  });

  it("opens to hybrid hosts and their pods, and has their networks set by a transform", async () => {
    const all = await record({ ...prod, hybrid });
    expect(namesOf(all, "SecurityGroupIngressRule").filter((name) => name.includes("hybrid"))).toEqual([
      "dev-hybrid-10-80-0-0-16",
      "dev-hybrid-10-85-0-0-16",
    ]);
    const transform = remoteNetworks({ hybrid: { ...hybrid, podMaskSize: 25 } });
    const args = (type: string) => ({ custom: true, type, name: "x", props: { version: "1.35" }, opts: {} });
    expect(await transform(args("aws:eks/cluster:Cluster"))).toEqual({
      props: {
        version: "1.35",
        remoteNetworkConfig: {
          remoteNodeNetworks: { cidrs: ["10.80.0.0/16"] },
          remotePodNetworks: { cidrs: ["10.85.0.0/16"] },
        },
      },
      opts: {},
    });
    expect(await transform(args("aws:iam/role:Role"))).toBeUndefined();
    expect(await remoteNetworks({ hybrid: undefined })(args("aws:eks/cluster:Cluster"))).toBeUndefined();
  });

  it("protects the cluster alone, not what goes with it", async () => {
    const args = (type: string) => ({
      custom: true,
      type,
      name: "x",
      props: { a: 1 },
      opts: { version: "7" },
    });
    expect(await keptByPulumi(args("aws:eks/cluster:Cluster"))).toEqual({
      props: { a: 1 },
      opts: { version: "7", protect: true },
    });
    expect(await keptByPulumi(args("aws:eks/accessEntry:AccessEntry"))).toBeUndefined();
  });
});
