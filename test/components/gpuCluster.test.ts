import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { keptByPulumi, remoteNetworks } from "../../components/cluster/controlPlane";
import { GpuCluster } from "../../components/cluster/gpuCluster";
import type { GpuClusterArgs } from "../../components/cluster/gpuClusterArgs";
import { interfaceServices } from "../../components/cluster/vpcEndpoints";
import { defaultReleaseSet, releaseSets } from "../../components/gateway/releases";
import { awsPermissions } from "../../tools/generate/awsPermissions";
import { clusterState, testKubeconfig } from "../support/clusterAnswers";
import {
  kindAndName,
  type Registration,
  recordResources,
  resolved,
  wireSecret,
} from "../support/recordResources";

// What this file does not prove: that AWS takes these inputs, what the EKS component makes of its own, that the
// engine deletes in the order of the dependencies, or that the API server holds the volume guard.

const zones = ["us-east-1a", "us-east-1b"];
const network = {
  zones: { "us-east-1a": {}, "us-east-1b": {} },
  controlPlaneZones: zones,
  natZone: "us-east-1a",
};
const access = { path: "vpc", fromCidrs: ["10.9.0.0/16"] } as const;
const dev: GpuClusterArgs = {
  purpose: "dev",
  network,
  access: { ...access, fromCidrs: [...access.fromCidrs] },
};
const { natZone: _, ...perZone } = network;
const prod: GpuClusterArgs = { ...dev, purpose: "prod", network: perZone };
const small = { instanceType: "g6.2xlarge", max: 4, zones: ["us-east-1a"] };
const hybrid = { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.85.0.0/16"] };

type All = readonly Registration[];

const record = (args: GpuClusterArgs, name = "dev"): Promise<All> =>
  recordResources(() => new GpuCluster(name, args), {
    state: clusterState,
    call: (token) => {
      if (token === "aws:index/getCallerIdentity:getCallerIdentity") {
        return { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/test" };
      }
      throw new Error(`nobody expected a call of ${token}`);
    },
  });

function one(all: All, kind: string, name: string): Registration {
  const found = all.filter((each) => each.kind === kind && each.name === name);
  expect(found.map(({ urn }) => urn)).toHaveLength(1);
  return found[0] as Registration;
}

const namesOf = (all: All, kind: string): string[] =>
  all.filter((each) => each.kind === kind).map(({ name }) => name);

/** Registrations by URN, without the component, whose inputs are the whole declaration. */
const shown = (all: All) =>
  new Map(
    all
      .filter(({ type }) => type !== "ai-gateway:index:GpuCluster")
      .map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]),
  );

/** URNs of `before` that are gone or have other inputs in `after`. */
function touched(before: All, after: All): string[] {
  const now = shown(after);
  return [...shown(before)].filter(([urn, inputs]) => now.get(urn) !== inputs).map(([urn]) => urn);
}

const conflicts = { resolveConflictsOnCreate: "OVERWRITE", resolveConflictsOnUpdate: "OVERWRITE" };

describe("the network of a GpuCluster", () => {
  it("is a VPC with a private and a public subnet in each zone, and one NAT gateway in development", async () => {
    const all = await record(dev);
    expect(one(all, "Vpc", "dev").inputs).toEqual({
      cidrBlock: "10.0.0.0/16",
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: "dev" },
    });
    expect(namesOf(all, "Subnet")).toEqual([
      "dev-private-us-east-1a",
      "dev-private-us-east-1b",
      "dev-public-us-east-1a",
      "dev-public-us-east-1b",
    ]);
    expect(one(all, "Subnet", "dev-private-us-east-1b").inputs).toEqual({
      vpcId: "dev-id",
      availabilityZone: "us-east-1b",
      cidrBlock: "10.0.32.0/20",
      mapPublicIpOnLaunch: false,
      tags: {
        Name: "dev-private-us-east-1b",
        "kubernetes.io/role/internal-elb": "1",
        "kubernetes.io/cluster/dev": "shared",
      },
    });
    expect(one(all, "Subnet", "dev-public-us-east-1a").inputs).toEqual({
      vpcId: "dev-id",
      availabilityZone: "us-east-1a",
      cidrBlock: "10.0.31.0/24",
      mapPublicIpOnLaunch: false,
      tags: {
        Name: "dev-public-us-east-1a",
        "kubernetes.io/role/elb": "1",
        "kubernetes.io/cluster/dev": "shared",
      },
    });
    expect(namesOf(all, "NatGateway")).toEqual(["dev-nat-us-east-1a"]);
    expect(one(all, "NatGateway", "dev-nat-us-east-1a")).toMatchObject({
      inputs: {
        allocationId: "dev-nat-us-east-1a-id",
        subnetId: "dev-public-us-east-1a-id",
        tags: { Name: "dev-nat-us-east-1a" },
      },
      dependencies: expect.arrayContaining([
        "Route dev-public",
        "RouteTableAssociation dev-public-us-east-1a",
      ]),
    });
    expect(one(all, "Route", "dev-private-us-east-1b").inputs).toEqual({
      routeTableId: "dev-private-us-east-1b-id",
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: "dev-nat-us-east-1a-id",
    });
    expect(one(all, "Route", "dev-public").inputs).toEqual({
      routeTableId: "dev-public-id",
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: "dev-id",
    });
  });

  it("reaches S3 without NAT, and other services only by choice", async () => {
    const all = await record(dev);
    expect(namesOf(all, "VpcEndpoint")).toEqual(["dev-s3"]);
    expect(one(all, "VpcEndpoint", "dev-s3").inputs).toEqual({
      vpcId: "dev-id",
      serviceName: "com.amazonaws.us-east-1.s3",
      vpcEndpointType: "Gateway",
      tags: { Name: "dev-s3" },
    });
    expect(one(all, "VpcEndpointRouteTableAssociation", "dev-s3-us-east-1a").inputs).toEqual({
      vpcEndpointId: "dev-s3-id",
      routeTableId: "dev-private-us-east-1a-id",
    });
  });

  it("has a NAT gateway in each zone and endpoints of all services in production", async () => {
    const all = await record(prod);
    expect(namesOf(all, "NatGateway")).toEqual(zones.map((zone) => `dev-nat-${zone}`));
    expect(one(all, "Route", "dev-private-us-east-1b").inputs.natGatewayId).toBe("dev-nat-us-east-1b-id");
    expect(namesOf(all, "VpcEndpoint")).toEqual(
      ["dev-s3", ...interfaceServices.map((each) => `dev-${each}`)].sort(),
    );
    expect(one(all, "VpcEndpoint", "dev-ecr.dkr").inputs).toEqual({
      vpcId: "dev-id",
      serviceName: "com.amazonaws.us-east-1.ecr.dkr",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      securityGroupIds: ["dev-endpoints-id"],
      tags: { Name: "dev-ecr.dkr" },
    });
    expect(namesOf(all, "VpcEndpointSubnetAssociation")).toHaveLength(interfaceServices.length * 2);
    expect(one(all, "VpcEndpointSubnetAssociation", "dev-sts-us-east-1b").inputs).toEqual({
      vpcEndpointId: "dev-sts-id",
      subnetId: "dev-private-us-east-1b-id",
    });
    expect(one(all, "SecurityGroupIngressRule", "dev-endpoints").inputs).toEqual({
      securityGroupId: "dev-endpoints-id",
      description: "HTTPS from the VPC",
      cidrIpv4: "10.0.0.0/16",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: { Name: "dev-endpoints" },
    });
  });

  it("has no way to the internet without NAT", async () => {
    const all = await record({ ...prod, network: { ...perZone, nat: "none" } });
    for (const kind of ["NatGateway", "Eip", "InternetGateway", "Route"]) {
      expect(namesOf(all, kind)).toEqual([]);
    }
    expect(namesOf(all, "Subnet")).toEqual(zones.map((zone) => `dev-private-${zone}`));
    expect(namesOf(all, "VpcEndpoint")).toHaveLength(interfaceServices.length + 1);
  });

  it("can be somebody else's, and then nothing of it is made", async () => {
    const all = await record({
      access: dev.access,
      existingNetwork: {
        vpcId: "vpc-0a",
        privateSubnetIds: { "us-east-1a": "subnet-0a", "us-east-1b": "subnet-0b" },
        controlPlaneZones: zones,
      },
    });
    for (const kind of ["Vpc", "Subnet", "NatGateway", "RouteTable", "VpcEndpoint"]) {
      expect(namesOf(all, kind)).toEqual([]);
    }
    expect(one(all, "Cluster", "dev").inputs).toMatchObject({
      vpcId: "vpc-0a",
      privateSubnetIds: ["subnet-0a", "subnet-0b"],
    });
    expect(one(all, "NodeGroup", "dev-system-us-east-1b").inputs.subnetIds).toEqual(["subnet-0b"]);
  });
});

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

describe("the nodes and add-ons of a GpuCluster", () => {
  it("are a system node group in each zone, from one template", async () => {
    const all = await record(dev);
    expect(namesOf(all, "NodeGroup")).toEqual(["dev-system-us-east-1a", "dev-system-us-east-1b"]);
    expect(one(all, "NodeGroup", "dev-system-us-east-1a").inputs).toEqual({
      clusterName: "dev",
      nodeRoleArn: "arn:aws:iam::123456789012:role/test",
      subnetIds: ["dev-private-us-east-1a-id"],
      version: "1.35",
      amiType: "AL2023_x86_64_STANDARD",
      capacityType: "ON_DEMAND",
      instanceTypes: ["m7i.large"],
      launchTemplate: { id: "dev-system-id", version: "3" },
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 },
      updateConfig: { maxUnavailable: 1 },
      nodeRepairConfig: { enabled: true },
      labels: { "ai-gateway/role": "system" },
      tags: { Name: "dev-system-us-east-1a" },
    });
    expect(one(all, "LaunchTemplate", "dev-system").inputs).toEqual({
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: { volumeType: "gp3", volumeSize: 50, encrypted: "true", deleteOnTermination: "true" },
        },
      ],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      tagSpecifications: [
        { resourceType: "instance", tags: { Name: "dev-system" } },
        { resourceType: "volume", tags: { Name: "dev-system" } },
      ],
      tags: { Name: "dev-system" },
    });
    const role = one(all, "Role", "dev-node").inputs;
    expect(JSON.parse(role.assumeRolePolicy).Statement[0].Principal).toEqual({
      Service: "ec2.amazonaws.com",
    });
    expect(namesOf(all, "RolePolicyAttachment").filter((name) => name.startsWith("dev-node-"))).toEqual([
      "dev-node-AmazonEC2ContainerRegistryPullOnly",
      "dev-node-AmazonEKSWorkerNodePolicy",
      "dev-node-AmazonSSMManagedInstanceCore",
    ]);
  });

  it("come in an order that works: network, first add-ons, nodes, the other add-ons", async () => {
    const all = await record(dev);
    const group = one(all, "NodeGroup", "dev-system-us-east-1a");
    expect(group.dependencies).toEqual(
      expect.arrayContaining([
        "Addon dev-vpc-cni",
        "Addon dev-kube-proxy",
        "Addon dev-eks-pod-identity-agent",
        "Route dev-private-us-east-1a",
        "RouteTableAssociation dev-private-us-east-1a",
        "RolePolicyAttachment dev-node-AmazonEKSWorkerNodePolicy",
      ]),
    );
    for (const name of ["coredns", "aws-ebs-csi-driver", "eks-node-monitoring-agent", "metrics-server"]) {
      expect(one(all, "Addon", `dev-${name}`).dependencies).toEqual(
        expect.arrayContaining(["NodeGroup dev-system-us-east-1a", "NodeGroup dev-system-us-east-1b"]),
      );
      expect(group.dependencies).not.toContain(`Addon dev-${name}`);
    }
  });

  it("have pinned versions, and identities of their own where they call AWS", async () => {
    const all = await record(dev);
    const { addOns } = releaseSets[defaultReleaseSet].eks;
    expect(namesOf(all, "Addon")).toEqual(
      Object.keys(addOns)
        .map((name) => `dev-${name}`)
        .sort(),
    );
    const base = (name: keyof typeof addOns) => ({
      clusterName: "dev",
      addonName: name,
      addonVersion: addOns[name],
      ...conflicts,
      tags: { Name: `dev-${name}` },
    });
    const identity = (serviceAccount: string) => ({
      podIdentityAssociations: [{ roleArn: "arn:aws:iam::123456789012:role/test", serviceAccount }],
    });
    for (const name of ["kube-proxy", "coredns", "eks-node-monitoring-agent", "metrics-server"] as const) {
      expect(one(all, "Addon", `dev-${name}`).inputs).toEqual(base(name));
    }
    expect(one(all, "Addon", "dev-vpc-cni").inputs).toEqual({
      ...base("vpc-cni"),
      configurationValues: '{"enableNetworkPolicy":"true"}',
      ...identity("aws-node"),
    });
    expect(one(all, "Addon", "dev-aws-ebs-csi-driver").inputs).toEqual({
      ...base("aws-ebs-csi-driver"),
      ...identity("ebs-csi-controller-sa"),
    });
    expect(
      one(all, "RolePolicyAttachment", "dev-aws-ebs-csi-driver-AmazonEBSCSIDriverPolicy").inputs.policyArn,
    ).toBe("arn:aws:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy");
    const trust = JSON.parse(one(all, "Role", "dev-vpc-cni").inputs.assumeRolePolicy);
    expect(trust.Statement[0]).toEqual({
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    });
  });

  it("include an encrypted default class of volumes", async () => {
    const all = await record(dev);
    expect(one(all, "StorageClass", "dev-gp3").inputs).toEqual({
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: {
        name: "gp3",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
    });
  });

  it("carry the user's tags, whose name wins", async () => {
    const all = await record({ ...dev, tags: { Name: "mine", team: "search" } });
    for (const [kind, name] of [
      ["Vpc", "dev"],
      ["NodeGroup", "dev-system-us-east-1a"],
      ["Addon", "dev-coredns"],
      ["Role", "dev-node"],
    ] as const) {
      expect(one(all, kind, name).inputs.tags).toEqual({ Name: "mine", team: "search" });
    }
    expect(one(all, "Cluster", "dev").inputs.tags).toEqual({ Name: "mine", team: "search" });
  });
});

describe("a GpuCluster whose nodes are made by others", () => {
  it("has EKS Auto Mode with a role of ours, and metrics as the only add-on", async () => {
    const all = await record({ ...prod, compute: "auto-mode" });
    expect(one(all, "Cluster", "dev").inputs.autoMode).toEqual({
      enabled: true,
      createNodeRole: false,
      computeConfig: {
        nodePools: ["general-purpose", "system"],
        nodeRoleArn: "arn:aws:iam::123456789012:role/test",
      },
    });
    expect(one(all, "Cluster", "dev").inputs).not.toHaveProperty("bootstrapSelfManagedAddons");
    expect(namesOf(all, "NodeGroup")).toEqual([]);
    expect(namesOf(all, "LaunchTemplate")).toEqual([]);
    expect(namesOf(all, "Addon")).toEqual(["dev-metrics-server"]);
    expect(one(all, "StorageClass", "dev-gp3").inputs.provisioner).toBe("ebs.csi.eks.amazonaws.com");
    expect(namesOf(all, "RolePolicyAttachment").filter((name) => name.startsWith("dev-node-"))).toEqual([
      "dev-node-AmazonEC2ContainerRegistryPullOnly",
      "dev-node-AmazonEKSWorkerNodeMinimalPolicy",
    ]);
  });

  it("has Karpenter on the system nodes, with a role for its nodes that may join", async () => {
    const all = await record({ ...prod, compute: "karpenter" });
    const { chart, crdChart } = releaseSets[defaultReleaseSet].karpenter;
    expect(namesOf(all, "NodeGroup")).toEqual(["dev-system-us-east-1a", "dev-system-us-east-1b"]);
    expect(one(all, "Release", "dev-karpenter-crds").inputs).toMatchObject({
      name: "karpenter-crd",
      chart: crdChart.chart,
      version: crdChart.version,
      namespace: "kube-system",
    });
    expect(one(all, "Release", "dev-karpenter").inputs).toMatchObject({
      name: "karpenter",
      chart: chart.chart,
      version: chart.version,
      skipCrds: true,
      values: {
        serviceAccount: { name: "karpenter" },
        settings: { clusterName: "dev", interruptionQueue: "queue-name" },
        nodeSelector: { "kubernetes.io/os": "linux", "ai-gateway/role": "system" },
      },
    });
    expect(one(all, "Release", "dev-karpenter").dependencies).toContain("Release dev-karpenter-crds");
    expect(one(all, "AccessEntry", "dev-karpenter-node").inputs).toEqual({
      clusterName: "dev",
      principalArn: "arn:aws:iam::123456789012:role/test",
      type: "EC2_LINUX",
      tags: { Name: "dev-karpenter-node" },
    });
    expect(one(all, "PodIdentityAssociation", "dev-karpenter").inputs).toEqual({
      clusterName: "dev",
      namespace: "kube-system",
      serviceAccount: "karpenter",
      roleArn: "arn:aws:iam::123456789012:role/test",
      tags: { Name: "dev-karpenter" },
    });
    expect(namesOf(all, "EventTarget")).toEqual([
      "dev-karpenter-health",
      "dev-karpenter-rebalance",
      "dev-karpenter-spot",
      "dev-karpenter-state",
    ]);
    const policy = JSON.parse(one(all, "RolePolicy", "dev-karpenter").inputs.policy);
    // IAM takes 10,240 characters in the policies that stand in a role.
    expect(JSON.stringify(policy).length).toBeLessThan(10_240);
    const anywhere = policy.Statement.filter(
      (each: { Resource: unknown; Condition?: unknown }) => each.Resource === "*" && !each.Condition,
    );
    expect(anywhere.map((each: { Action: unknown }) => each.Action)).toEqual([
      "iam:ListInstanceProfiles",
      "pricing:GetProducts",
    ]);
  });
});

describe("the destruction of a GpuCluster", () => {
  /** "Kind name" of the provider of each resource that names one. */
  const providerOf = new Map<string, string>();
  const original = MockMonitor.prototype.registerResource;

  beforeAll(() => {
    MockMonitor.prototype.registerResource = function (this: MockMonitor, req, done) {
      const provider = req.getProvider();
      if (provider !== "") {
        providerOf.set(
          `${req.getType().split(":").at(-1)} ${req.getName()}`,
          kindAndName(provider.split("::").slice(0, -1).join("::")),
        );
      }
      return original.call(this, req, done);
    };
  });

  afterAll(() => {
    MockMonitor.prototype.registerResource = original;
  });

  /** Everything that outlives a resource when all is deleted: what it waits for, and its provider, and so on. */
  function outliving(all: All, from: Registration): Set<string> {
    const byKey = new Map(all.map((each) => [`${each.kind} ${each.name}`, each]));
    const found = new Set<string>();
    const visit = (key: string, { dependencies }: Registration): void => {
      for (const next of [...dependencies, ...[providerOf.get(key) ?? []].flat()]) {
        const registration = byKey.get(next);
        if (!found.has(next) && registration !== undefined) {
          found.add(next);
          visit(next, registration);
        }
      }
    };
    visit(`${from.kind} ${from.name}`, from);
    return found;
  }

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "takes the users' objects first: their provider waits for all that works for them (%s)",
    async (compute) => {
      const all = await record({ ...prod, compute, pools: { small } });
      const provider = one(all, "kubernetes", "dev");
      const outlive = outliving(all, provider);
      const rest = all
        .filter(({ urn, type }) => urn !== provider.urn && type !== "ai-gateway:index:GpuCluster")
        .filter(({ kind, name }) => !outlive.has(`${kind} ${name}`));
      // The autoscaler reads the tags of a group only to start nodes.
      expect(rest.filter(({ kind }) => kind !== "Tag").map(({ kind, name }) => `${kind} ${name}`)).toEqual(
        [],
      );
      expect(outlive).toContain("kubernetes dev-system");
    },
  );

  it.each([
    ["one NAT gateway", network],
    ["no NAT gateway", { ...perZone, nat: "none", publicSubnets: true }],
  ] as const)("keeps the clients' way to load balancers in every zone, with %s", async (_, given) => {
    const all = await record({ ...dev, network: { ...given, controlPlaneZones: zones }, pools: { small } });
    const outlive = outliving(all, one(all, "kubernetes", "dev"));
    const ways = zones.map((zone) => `RouteTableAssociation dev-public-${zone}`);
    expect([...outlive]).toEqual(expect.arrayContaining(["Route dev-public", ...ways]));
  });

  it("leaves the way to the API server open until the last object has gone", async () => {
    const all = await record(prod);
    const outlive = outliving(all, one(all, "StorageClass", "dev-gp3"));
    expect(outlive).toContain("SecurityGroupIngressRule dev-api-10-9-0-0-16");
    expect(outlive).toContain("Cluster dev");
    expect(outlive).toContain("Vpc dev");
  });

  it("holds the guard of volumes between pools and driver", async () => {
    const all = await record({ ...prod, pools: { small } });
    const guard = one(all, "ConfigMap", "dev-volume-guard");
    expect(guard.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "ai-gateway-volume-guard", namespace: "kube-system" },
      data: {},
    });
    const waits = outliving(all, guard);
    expect(waits).toContain("Addon dev-aws-ebs-csi-driver");
    expect(waits).toContain("ValidatingAdmissionPolicyBinding dev-volume-guard");
    expect(waits).toContain("ValidatingAdmissionPolicy dev-volume-guard");
    const groups = all.filter(({ kind, name }) => kind === "NodeGroup" && name.includes("small"));
    expect(groups).toHaveLength(1);
    for (const group of groups) {
      expect(group.dependencies).toContain("ConfigMap dev-volume-guard");
    }
    expect([...waits].some((key) => key.includes("small"))).toBe(false);
  });

  it("has a guard that looks at every volume whose disk would be deleted", async () => {
    const all = await record(dev);
    const { spec } = one(all, "ValidatingAdmissionPolicy", "dev-volume-guard").inputs;
    expect(spec).toMatchObject({
      failurePolicy: "Ignore",
      paramKind: { apiVersion: "v1", kind: "PersistentVolume" },
      matchConstraints: {
        resourceRules: [
          { operations: ["DELETE"], resources: ["configmaps"], resourceNames: ["ai-gateway-volume-guard"] },
        ],
      },
    });
    expect(spec.validations[0].expression).toBe("params.spec.persistentVolumeReclaimPolicy != 'Delete'");
    expect(one(all, "ValidatingAdmissionPolicyBinding", "dev-volume-guard").inputs.spec).toMatchObject({
      policyName: "ai-gateway-volume-guard",
      validationActions: ["Deny"],
      paramRef: { parameterNotFoundAction: "Allow" },
    });
  });
});

describe("a change of a GpuCluster", () => {
  const third = { ...perZone, zones: { ...perZone.zones, "us-east-1c": {} } };
  const first = { ...perZone, controlPlaneZones: ["us-east-1b", "us-east-1c"] };

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "that adds a zone touches nothing that is there (%s)",
    async (compute) => {
      const before = await record({ ...prod, compute, pools: { small } });
      const after = await record({ ...prod, compute, network: third, pools: { small } });
      expect(touched(before, after)).toEqual([]);
      expect(after.length).toBeGreaterThan(before.length + 10);
    },
  );

  it("that adds a zone in front of the others touches nothing either", async () => {
    const later = { "us-east-1b": {}, "us-east-1c": {} };
    const pools = { small: { ...small, zones: ["us-east-1b"] } };
    const before = await record({ ...prod, network: { ...first, zones: later }, pools });
    const after = await record({
      ...prod,
      network: { ...first, zones: { "us-east-1a": {}, ...later } },
      pools,
    });
    expect(touched(before, after)).toEqual([]);
  });

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "that adds a pool touches nothing that is there (%s)",
    async (compute) => {
      const before = await record({ ...prod, compute, pools: { small } });
      const large = { instanceType: "g6e.12xlarge", max: 2, zones: ["us-east-1b"] };
      const after = await record({ ...prod, compute, pools: { large, small } });
      expect(touched(before, after)).toEqual([]);
      expect(after.filter(({ name }) => name.includes("large")).length).toBeGreaterThan(0);
    },
  );
});

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
