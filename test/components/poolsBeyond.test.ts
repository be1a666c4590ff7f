import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { HybridCredentials, type PoolArgs } from "../../components/cluster/poolArgs";
import { ClusterCompute } from "../../components/cluster/poolPlace";
import { inputsOf, makePools, namesOf } from "../support/makePools";
import { instinct } from "../unit/cluster/poolFixtures";

const zone = "us-east-1a";
const l4: PoolArgs = { instanceType: "g6.2xlarge", max: 3, zones: [zone] };
const reservationId = "cr-0123456789abcdef0";
const nodeFlags = (pool: string) => [
  `--node-labels=ai-gateway/pool=${pool},ai-gateway/gpu-vendor=amd,ai-gateway/device-plugin=chart`,
  "--register-with-taints=amd.com/gpu=true:NoSchedule",
];
const amdCharts = [
  "DeviceConfig dev-amd-device-config",
  "Release dev-amd-gpu-operator",
  "Release dev-cert-manager",
  "Release dev-cilium",
];

describe("a pool of hybrid hosts with Systems Manager", () => {
  const pool: PoolArgs = {
    accelerator: { ...instinct },
    max: 3,
    hybrid: { credentials: HybridCredentials.Ssm, activationExpires: "2027-01-31T00:00:00Z" },
  };

  it("is a role, an access entry, an activation and the charts of AMD and Cilium", async () => {
    const made = await makePools({ own: pool });
    expect(namesOf(made)).toEqual(
      [
        "AccessEntry dev-own-hybrid",
        "Activation dev-own",
        "Role dev-own-hybrid",
        "RolePolicy dev-own-hybrid",
        "RolePolicyAttachment dev-own-hybrid-AmazonEC2ContainerRegistryPullOnly",
        "RolePolicyAttachment dev-own-hybrid-AmazonSSMManagedInstanceCore",
        ...amdCharts,
      ].sort(),
    );
    expect(inputsOf(made, "AccessEntry", "dev-own-hybrid")).toEqual({
      clusterName: "dev",
      principalArn: "arn:aws:iam::123456789012:role/role",
      type: "HYBRID_LINUX",
      tags: { owner: "ml" },
    });
    expect(inputsOf(made, "Activation", "dev-own")).toEqual({
      description: 'Hosts of the pool "own"',
      iamRole: "role",
      registrationLimit: 3,
      expirationDate: "2027-01-31T00:00:00Z",
      tags: { owner: "ml", EKSClusterARN: "arn:aws:eks:us-east-1:123456789012:cluster/dev" },
    });
  });

  it("lets Systems Manager of this account take on the role, and a host take out only itself", async () => {
    const made = await makePools({ own: pool });
    expect(JSON.parse(inputsOf(made, "Role", "dev-own-hybrid").assumeRolePolicy).Statement).toEqual([
      {
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": "123456789012" },
          ArnEquals: { "aws:SourceArn": "arn:aws:ssm:us-east-1:123456789012:*" },
        },
      },
    ]);
    const { Statement } = JSON.parse(inputsOf(made, "RolePolicy", "dev-own-hybrid").policy);
    expect(Statement.map(({ Action }: { Action: string }) => Action)).toEqual([
      "eks:DescribeCluster",
      "eks-auth:AssumeRoleForPodIdentity",
      "ssm:DescribeInstanceInformation",
      "ssm:DeregisterManagedInstance",
    ]);
    expect(Statement.at(-1).Condition).toEqual({
      StringEquals: { "ssm:resourceTag/EKSClusterARN": "arn:aws:eks:us-east-1:123456789012:cluster/dev" },
    });
  });

  it("keeps the code secret, and gives nodeadm's configuration as a secret", async () => {
    const made = await makePools({ own: pool });
    expect(made.options.get("Activation dev-own")?.secretOutputs).toEqual(["activationCode"]);
    expect(made.nodeConfigsAreSecret).toBe(true);
    expect(Object.keys(made.nodeConfigs)).toEqual(["own"]);
    expect(parse(made.nodeConfigs["own"] ?? "")).toEqual({
      apiVersion: "node.eks.aws/v1alpha1",
      kind: "NodeConfig",
      spec: {
        cluster: { name: "dev", region: "us-east-1" },
        kubelet: { flags: nodeFlags("own") },
        hybrid: { ssm: { activationCode: "code-0123456789", activationId: "dev-own-id" } },
      },
    });
    expect(JSON.stringify(made.all)).not.toContain("code-0123456789");
  });

  it("installs Cilium on hybrid hosts only, without waiting for the first", async () => {
    const made = await makePools({ own: pool });
    expect(inputsOf(made, "Release", "dev-cilium")).toMatchObject({
      chart: "oci://public.ecr.aws/eks/cilium/cilium",
      namespace: "kube-system",
      atomic: false,
      skipAwait: true,
      values: {
        ipam: {
          mode: "cluster-pool",
          operator: { clusterPoolIPv4MaskSize: 25, clusterPoolIPv4PodCIDRList: ["10.81.0.0/16"] },
        },
        operator: { unmanagedPodWatcher: { restart: false } },
        envoy: { enabled: false },
      },
    });
    const { affinity, operator } = inputsOf(made, "Release", "dev-cilium").values;
    for (const each of [affinity, operator.affinity]) {
      expect(each.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms).toEqual([
        {
          matchExpressions: [{ key: "eks.amazonaws.com/compute-type", operator: "In", values: ["hybrid"] }],
        },
      ]);
    }
  });
});

describe("a pool of hybrid hosts with Roles Anywhere", () => {
  const pool: PoolArgs = {
    accelerator: { ...instinct },
    max: 2,
    hybrid: { credentials: "roles-anywhere", caCertificate: "PEM", hosts: ["mi300-1", "mi300-2"] },
  };

  it("is a role, an access entry, a trust anchor and a profile", async () => {
    const made = await makePools({ own: pool });
    expect(namesOf(made)).toEqual(
      [
        "AccessEntry dev-own-hybrid",
        "Profile dev-own",
        "Role dev-own-hybrid",
        "RolePolicy dev-own-hybrid",
        "RolePolicyAttachment dev-own-hybrid-AmazonEC2ContainerRegistryPullOnly",
        "TrustAnchor dev-own",
        ...amdCharts,
      ].sort(),
    );
    expect(inputsOf(made, "TrustAnchor", "dev-own")).toEqual({
      enabled: true,
      source: { sourceType: "CERTIFICATE_BUNDLE", sourceData: { x509CertificateData: "PEM" } },
      tags: { owner: "ml" },
    });
    expect(inputsOf(made, "Profile", "dev-own")).toEqual({
      enabled: true,
      acceptRoleSessionName: true,
      roleArns: ["arn:aws:iam::123456789012:role/role"],
      tags: { owner: "ml" },
    });
  });

  it("takes a private authority of AWS in place of a certificate", async () => {
    const hybrid = { credentials: HybridCredentials.RolesAnywhere, privateCaArn: "arn:ca", hosts: ["a"] };
    const made = await makePools({ own: { ...pool, hybrid } });
    expect(inputsOf(made, "TrustAnchor", "dev-own").source).toEqual({
      sourceType: "AWS_ACM_PCA",
      sourceData: { acmPcaArn: "arn:ca" },
    });
  });

  it("lets a host take on the role under the name of its certificate only", async () => {
    const made = await makePools({ own: pool });
    const { Statement } = JSON.parse(inputsOf(made, "Role", "dev-own-hybrid").assumeRolePolicy);
    expect(Statement).toHaveLength(2);
    expect(Statement.at(-1)).toEqual({
      Effect: "Allow",
      Principal: { Service: "rolesanywhere.amazonaws.com" },
      Action: "sts:AssumeRole",
      Condition: {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM.
        StringEquals: { "sts:RoleSessionName": "${aws:PrincipalTag/x509Subject/CN}" },
        ArnEquals: { "aws:SourceArn": "arn:anchor" },
      },
    });
    const policy = JSON.parse(inputsOf(made, "RolePolicy", "dev-own-hybrid").policy);
    expect(JSON.stringify(policy)).not.toContain("ssm:");
  });

  it("gives a configuration for each host", async () => {
    const made = await makePools({ own: pool });
    expect(made.nodeConfigsAreSecret).toBe(true);
    expect(Object.keys(made.nodeConfigs)).toEqual(["own/mi300-1", "own/mi300-2"]);
    expect(parse(made.nodeConfigs["own/mi300-2"] ?? "").spec.hybrid).toEqual({
      iamRolesAnywhere: {
        nodeName: "mi300-2",
        trustAnchorArn: "arn:anchor",
        profileArn: "arn:profile",
        roleArn: "arn:aws:iam::123456789012:role/role",
        certificatePath: "/etc/iam/pki/server.pem",
        privateKeyPath: "/etc/iam/pki/server.key",
      },
    });
  });
});

const nodePool = (group: string, kind: string, over: object = {}) => ({
  apiVersion: "karpenter.sh/v1",
  kind: "NodePool",
  metadata: { name: "small", labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" } },
  spec: {
    template: {
      metadata: {
        labels: {
          "ai-gateway/pool": "small",
          "ai-gateway/gpu-vendor": "nvidia",
          "ai-gateway/device-plugin": kind === "NodeClass" ? "image" : "chart",
        },
      },
      spec: {
        nodeClassRef: { group, kind, name: "small" },
        requirements: [
          { key: "node.kubernetes.io/instance-type", operator: "In", values: ["g6.2xlarge"] },
          { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
          { key: "topology.kubernetes.io/zone", operator: "In", values: [zone] },
        ],
        taints: [{ key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" }],
      },
    },
    disruption: { consolidationPolicy: "WhenEmpty", consolidateAfter: "5m", budgets: [{ nodes: "1" }] },
    limits: { "nvidia.com/gpu": "3" },
    ...over,
  },
});

describe("a pool with Karpenter", () => {
  const make = (pool: PoolArgs) => makePools({ small: pool }, ClusterCompute.Karpenter);

  it("is a class of nodes and a pool of them, with NVIDIA's charts and no Cluster Autoscaler", async () => {
    expect(namesOf(await make(l4))).toEqual([
      "EC2NodeClass dev-small-nodes",
      "NodePool dev-small",
      "Release dev-dcgm-exporter",
      "Release dev-nvidia-device-plugin",
    ]);
  });

  it("has exactly these objects", async () => {
    const made = await make(l4);
    expect(inputsOf(made, "EC2NodeClass", "dev-small-nodes")).toEqual({
      apiVersion: "karpenter.k8s.aws/v1",
      kind: "EC2NodeClass",
      metadata: { name: "small", labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" } },
      spec: {
        amiSelectorTerms: [{ alias: "al2023@latest" }],
        role: "nodes",
        subnetSelectorTerms: [{ id: "subnet-us-east-1a" }],
        securityGroupSelectorTerms: [{ id: "sg-1" }],
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: {
              encrypted: true,
              deleteOnTermination: true,
              volumeType: "gp3",
              volumeSize: "250Gi",
              throughput: 600,
              iops: 3_000,
            },
          },
        ],
        metadataOptions: {
          httpEndpoint: "enabled",
          httpProtocolIPv6: "disabled",
          httpPutResponseHopLimit: 1,
          httpTokens: "required",
        },
        tags: { owner: "ml", "ai-gateway/pool": "small" },
        instanceStorePolicy: "RAID0",
      },
    });
    expect(inputsOf(made, "NodePool", "dev-small")).toEqual(nodePool("karpenter.k8s.aws", "EC2NodeClass"));
  });

  it("deletes the pool before its class", async () => {
    const made = await make(l4);
    expect(made.all.find(({ kind }) => kind === "NodePool")?.dependencies).toEqual([
      "EC2NodeClass dev-small-nodes",
    ]);
  });

  it.each(["reserved", "capacity-block"] as const)("selects what was bought with %s", async (capacity) => {
    const made = await make({ ...l4, capacity, reservationId });
    expect(inputsOf(made, "EC2NodeClass", "dev-small-nodes").spec.capacityReservationSelectorTerms).toEqual([
      { id: reservationId },
    ]);
    expect(inputsOf(made, "NodePool", "dev-small").spec.template.spec.requirements[1].values).toEqual([
      "reserved",
    ]);
  });

  it("takes Bottlerocket, a pinned release, and images of one's own", async () => {
    const bottlerocket = await make({ ...l4, ami: "BOTTLEROCKET_x86_64_NVIDIA", amiRelease: "v1.50.0" });
    const spec = inputsOf(bottlerocket, "EC2NodeClass", "dev-small-nodes").spec;
    expect(spec.amiSelectorTerms).toEqual([{ alias: "bottlerocket@v1.50.0" }]);
    expect(spec.blockDeviceMappings.map((each: { deviceName: string }) => each.deviceName)).toEqual([
      "/dev/xvda",
      "/dev/xvdb",
    ]);
    const own = { ...l4, amiId: "ami-0123456789abcdef0" };
    expect(inputsOf(await make(own), "EC2NodeClass", "dev-small-nodes").spec).toMatchObject({
      amiFamily: "AL2023",
      amiSelectorTerms: [{ id: "ami-0123456789abcdef0" }],
    });
    const custom = inputsOf(await make({ ...own, userData: "text" }), "EC2NodeClass", "dev-small-nodes").spec;
    expect(custom).toMatchObject({ amiFamily: "Custom", userData: "text" });
    expect(custom).not.toHaveProperty("instanceStorePolicy");
  });

  it("has EFA's interfaces in a placement group", async () => {
    const made = await make({ instanceType: "g6e.24xlarge", max: 2, zones: [zone], efa: true });
    const { spec } = inputsOf(made, "EC2NodeClass", "dev-small-nodes");
    expect(spec.placementGroupSelector).toEqual({ name: "group" });
    expect(spec.networkInterfaces).toEqual([
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
      { networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only" },
      { networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa-only" },
    ]);
    expect(inputsOf(made, "NodePool", "dev-small").spec.limits).toEqual({ "nvidia.com/gpu": "8" });
  });
});

describe("a pool with EKS Auto Mode", () => {
  const make = (pool: PoolArgs) => makePools({ small: pool }, ClusterCompute.AutoMode);

  it("has exactly these objects, and no device plugin", async () => {
    const made = await make(l4);
    expect(namesOf(made)).toEqual([
      "NodeClass dev-small-nodes",
      "NodePool dev-small",
      "Release dev-dcgm-exporter-image",
    ]);
    expect(inputsOf(made, "NodeClass", "dev-small-nodes")).toEqual({
      apiVersion: "eks.amazonaws.com/v1",
      kind: "NodeClass",
      metadata: { name: "small", labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" } },
      spec: {
        role: "nodes",
        subnetSelectorTerms: [{ id: "subnet-us-east-1a" }],
        securityGroupSelectorTerms: [{ id: "sg-1" }],
        ephemeralStorage: { size: "250Gi", iops: 3_000, throughput: 600 },
        tags: { owner: "ml", "ai-gateway/pool": "small" },
      },
    });
    expect(inputsOf(made, "NodePool", "dev-small")).toEqual(nodePool("eks.amazonaws.com", "NodeClass"));
  });

  it("has EFA's interfaces, the first with addresses for pods", async () => {
    const made = await make({ instanceType: "g6e.12xlarge", max: 2, zones: [zone], efa: true });
    expect(inputsOf(made, "NodeClass", "dev-small-nodes").spec.advancedNetworking).toEqual({
      networkInterfaces: [
        { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", secondaryIPv4PrefixCount: 1 },
        { networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only" },
      ],
    });
  });
});

describe("charts of pools", () => {
  it("NVIDIA's plugin runs on nodes of pools that lack one, with feature discovery and without EFA's devices", async () => {
    const made = await makePools({ small: l4 });
    expect(inputsOf(made, "Release", "dev-nvidia-device-plugin")).toMatchObject({
      chart: "nvidia-device-plugin",
      version: "0.20.0",
      repositoryOpts: { repo: "https://nvidia.github.io/k8s-device-plugin" },
      values: {
        gfd: { enabled: true },
        mofedEnabled: false,
        tolerations: [{ operator: "Exists" }],
        nfd: { worker: { tolerations: [{ operator: "Exists" }] } },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: "ai-gateway/gpu-vendor", operator: "In", values: ["nvidia"] },
                    { key: "ai-gateway/device-plugin", operator: "In", values: ["chart"] },
                  ],
                },
              ],
            },
          },
        },
      },
    });
  });

  it("the Cluster Autoscaler may change groups of this cluster only, and waits for its role", async () => {
    const made = await makePools({ small: l4 });
    const { Statement } = JSON.parse(inputsOf(made, "RolePolicy", "dev-cluster-autoscaler").policy);
    expect(Statement.at(-1)).toEqual({
      Effect: "Allow",
      Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
      Resource: "*",
      Condition: { StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/dev": "owned" } },
    });
    expect(inputsOf(made, "PodIdentityAssociation", "dev-cluster-autoscaler")).toMatchObject({
      namespace: "kube-system",
      serviceAccount: "cluster-autoscaler",
    });
    const chart = made.all.find(({ kind, name }) => kind === "Release" && name === "dev-cluster-autoscaler");
    expect(chart?.dependencies).toContain("PodIdentityAssociation dev-cluster-autoscaler");
    expect(chart?.inputs.values).toMatchObject({
      awsRegion: "us-east-1",
      autoDiscovery: { clusterName: "dev" },
      rbac: { serviceAccount: { name: "cluster-autoscaler" } },
      extraArgs: { "skip-nodes-with-local-storage": "true", "balance-similar-node-groups": "true" },
    });
  });
});

describe("a pool that is added", () => {
  const first: Readonly<Record<string, PoolArgs>> = {
    small: l4,
    rocm: { instanceType: "g4ad.xlarge", max: 1, zones: [zone], amiId: "ami-0123456789abcdef0" },
    own: { accelerator: { ...instinct }, max: 2, hybrid: { credentials: "ssm" } },
  };
  const second: Readonly<Record<string, PoolArgs>> = {
    large: { instanceType: "p5.48xlarge", max: 4, zones: ["us-east-1b"], efa: true, taints: { team: {} } },
    rocket: { ...l4, ami: "BOTTLEROCKET_x86_64_NVIDIA" },
    rented: {
      accelerator: { ...instinct },
      max: 1,
      hybrid: { credentials: "roles-anywhere", caCertificate: "PEM", hosts: ["a"] },
    },
    fixed: { ...l4, min: 3, labels: { team: "search" } },
  };

  it("touches no other resource", async () => {
    const before = await makePools(first);
    const after = await makePools({ ...second, ...first });
    const found = new Map(after.all.map((each) => [each.urn, each]));
    expect(before.all.length).toBeGreaterThan(25);
    for (const each of before.all) {
      expect(found.get(each.urn)).toEqual(each);
    }
    expect(after.all.length).toBeGreaterThan(before.all.length + 20);
  });

  it("touches no other object where Karpenter or Auto Mode makes the nodes", async () => {
    for (const compute of [ClusterCompute.Karpenter, ClusterCompute.AutoMode]) {
      const before = await makePools({ small: l4 }, compute);
      const after = await makePools({ large: { ...l4, max: 9, efa: false }, small: l4 }, compute);
      const found = new Map(after.all.map((each) => [each.urn, each]));
      for (const each of before.all) {
        expect(found.get(each.urn)).toEqual(each);
      }
      expect(after.all).toHaveLength(before.all.length + 2);
    }
  });
});
