import { describe, expect, it } from "vitest";
import { defaultReleaseSet, releaseSets } from "../../components/gateway/releases";
import { conflicts, dev, namesOf, one, prod, record } from "../support/gpuClusters";

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
