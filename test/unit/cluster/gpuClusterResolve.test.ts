import { describe, expect, it } from "vitest";
import { accessNotice, withProxy } from "../../../components/cluster/clusterAccess";
import type { GpuClusterArgs } from "../../../components/cluster/gpuClusterArgs";
import { resolveGpuCluster } from "../../../components/cluster/resolveGpuCluster";
import { defaultReleaseSet, releaseSets } from "../../../components/gateway/releases";
import { DeclarationError } from "../../../components/shared/problems";

const zones = ["us-east-1a", "us-east-1b"];
const network = { zones: { "us-east-1a": {}, "us-east-1b": {} }, controlPlaneZones: zones };
const access = { path: "vpc", fromCidrs: ["10.9.0.0/16"] } as const;
const sound: GpuClusterArgs = { network, access: { ...access, fromCidrs: [...access.fromCidrs] } };
const existing = {
  vpcId: "vpc-0a1b2c",
  privateSubnetIds: { "us-east-1a": "subnet-0a", "us-east-1b": "subnet-0b" },
  controlPlaneZones: zones,
};
const admin = { principalArn: "arn:aws:iam::123456789012:role/admin", policy: "cluster-admin" } as const;

/** Arguments as a caller without types may give them. */
const resolve = (args: object, name = "dev") => resolveGpuCluster(name, args as GpuClusterArgs);

function problemsOf(args: object, name?: string): readonly string[] {
  try {
    resolve(args, name);
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems.map(({ path, reason }) => `${path}: ${reason}`);
    }
    throw error;
  }
  return [];
}

const inNetwork = (members: object) => ({ ...sound, network: { ...network, ...members } });
const inExisting = (members: object) => ({ access, existingNetwork: { ...existing, ...members } });
const inAccess = (members: object) => ({ ...sound, access: { ...access, ...members } });
const inSystem = (members: object) => ({ ...sound, systemNodes: members });
const withEntry = (entry: object) => ({ ...sound, accessEntries: { ops: entry } });
const hybrid = { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.85.0.0/16"] };

const wrong: readonly (readonly [string, object, string])[] = [
  ["no arguments", {}, `access: is missing; say where`],
  ["no network", { access }, `network: is missing; give it, for example`],
  [
    "two networks",
    { ...sound, existingNetwork: existing },
    `existingNetwork: stands beside network; give exactly one`,
  ],
  [
    "an unknown member",
    { ...sound, comput: "karpenter" },
    `comput: is not a member that anything reads; did you mean "compute"?`,
  ],
  [
    "an unknown purpose",
    { ...sound, purpose: "staging" },
    `purpose: "staging" is no purpose; use "dev" or "prod"`,
  ],
  [
    "an unknown compute",
    { ...sound, compute: "fargate" },
    `compute: "fargate" is nothing that makes nodes; use "managed-groups", "auto-mode", "karpenter"`,
  ],
  ["a bad name", { ...sound, clusterName: "-dev" }, `clusterName: "-dev" cannot be the name of a cluster`],
  [
    "a name of 101 characters",
    { ...sound, clusterName: "a".repeat(101) },
    `cannot be the name of a cluster; use at most 100`,
  ],
  [
    "one zone",
    inNetwork({ zones: { "us-east-1a": {} } }),
    `network.zones: has one zone; EKS needs at least two`,
  ],
  ["no zone", inNetwork({ zones: {} }), `network.zones: has no zone; EKS needs at least two`],
  [
    "a local zone",
    inNetwork({ zones: { ...network.zones, "us-west-2-lax-1a": {} } }),
    `network.zones["us-west-2-lax-1a"]: "us-west-2-lax-1a" is no availability zone`,
  ],
  [
    "two regions",
    inNetwork({ zones: { ...network.zones, "us-west-2a": {} } }),
    `network.zones: are of us-east-1 and us-west-2; a cluster is in one region`,
  ],
  [
    "a partition with other names",
    inNetwork({
      zones: { "us-iso-east-1a": {}, "us-iso-east-1b": {} },
      controlPlaneZones: ["us-iso-east-1a", "us-iso-east-1b"],
    }),
    `network.zones["us-iso-east-1a"]: "us-iso-east-1a" is in the partition "aws-iso"`,
  ],
  [
    "China",
    inNetwork({
      zones: { "cn-north-1a": {}, "cn-north-1b": {} },
      controlPlaneZones: ["cn-north-1a", "cn-north-1b"],
    }),
    `network.zones["cn-north-1a"]: "cn-north-1a" is in China`,
  ],
  [
    "one zone of the control plane",
    inNetwork({ controlPlaneZones: ["us-east-1a"] }),
    `network.controlPlaneZones: names 1 zones; EKS needs at least two`,
  ],
  [
    "a zone of the control plane twice",
    inNetwork({ controlPlaneZones: ["us-east-1a", "us-east-1a"] }),
    `network.controlPlaneZones: names "us-east-1a" twice`,
  ],
  [
    "a zone of the control plane elsewhere",
    inNetwork({ controlPlaneZones: [...zones, "us-east-1c"] }),
    `network.controlPlaneZones: "us-east-1c" is none of the zones; use those of "us-east-1a", "us-east-1b"`,
  ],
  [
    "no zones of the control plane",
    inNetwork({ controlPlaneZones: undefined }),
    `network.controlPlaneZones: is missing; give a list`,
  ],
  [
    "a VPC of no network",
    inNetwork({ cidr: "10.0.0.1/16" }),
    `network.cidr: "10.0.0.1/16" cannot be the VPC's network`,
  ],
  ["a VPC that is too large", inNetwork({ cidr: "10.0.0.0/15" }), `use a /16 to /20 inside`],
  ["a public VPC", inNetwork({ cidr: "8.8.0.0/16" }), `network.cidr: "8.8.0.0/16" cannot be`],
  [
    "an unknown NAT",
    inNetwork({ nat: "two" }),
    `network.nat: "two" is no way out; use "none", "one" or "per-zone"`,
  ],
  [
    "one NAT nowhere",
    inNetwork({ nat: "one" }),
    `network.natZone: is missing with nat: "one"; give the gateway's zone: "us-east-1a", "us-east-1b"`,
  ],
  [
    "a NAT of the default nowhere",
    { ...sound, purpose: "dev" },
    `network.natZone: is missing with nat: "one", which is what purpose "dev" gets; give`,
  ],
  [
    "a NAT elsewhere",
    inNetwork({ nat: "one", natZone: "us-east-1f" }),
    `network.natZone: "us-east-1f" is none of the zones`,
  ],
  [
    "a zone for NATs of all zones",
    inNetwork({ natZone: "us-east-1a" }),
    `network.natZone: "us-east-1a" is not used with nat: "per-zone"; leave it out`,
  ],
  [
    "no NAT and no endpoints",
    inNetwork({ nat: "none", interfaceEndpoints: false }),
    `network.interfaceEndpoints: false with nat: "none" leaves nodes without a way to join`,
  ],
  [
    "a NAT without public subnets",
    inNetwork({ publicSubnets: false }),
    `network.publicSubnets: false with nat: "per-zone" leaves NAT gateways without a place`,
  ],
  [
    "a subnet outside",
    inNetwork({ zones: { ...network.zones, "us-east-1a": { privateCidr: "10.1.0.0/20" } } }),
    `network.zones["us-east-1a"].privateCidr: "10.1.0.0/20" is outside the VPC's 10.0.0.0/16`,
  ],
  [
    "subnets that overlap",
    inNetwork({ zones: { ...network.zones, "us-east-1b": { privateCidr: "10.0.0.0/18" } } }),
    `network.zones["us-east-1b"].privateCidr: "10.0.0.0/18" overlaps network.zones["us-east-1a"].privateCidr`,
  ],
  [
    "a subnet that is too small",
    inNetwork({ zones: { ...network.zones, "us-east-1a": { publicCidr: "10.0.30.0/29" } } }),
    `"10.0.30.0/29" is no subnet; use a network of /28 or larger`,
  ],
  [
    "a public subnet that nobody makes",
    inNetwork({ nat: "none", zones: { ...network.zones, "us-east-1a": { publicCidr: "10.0.30.0/24" } } }),
    `publicCidr: "10.0.30.0/24" is not used without public subnets`,
  ],
  [
    "a VPC that is none",
    inExisting({ vpcId: "my-vpc" }),
    `existingNetwork.vpcId: "my-vpc" is no VPC; give an id such as`,
  ],
  [
    "a subnet that is none",
    inExisting({ privateSubnetIds: { ...existing.privateSubnetIds, "us-east-1a": "10.0.0.0/20" } }),
    `existingNetwork.privateSubnetIds["us-east-1a"]: "10.0.0.0/20" is no subnet`,
  ],
  ["a given network that is none", inExisting({ cidr: "ten" }), `existingNetwork.cidr: "ten" is no network`],
  [
    "one given subnet",
    inExisting({ privateSubnetIds: { "us-east-1a": "subnet-0a" } }),
    `existingNetwork.privateSubnetIds: has one zone; EKS needs at least two`,
  ],
  [
    "no path",
    inAccess({ path: undefined }),
    `access.path: is missing; say how \`pulumi up\` reaches the API server: "vpc", "proxy", "public"`,
  ],
  [
    "a role of the kubeconfig that is none",
    inAccess({ roleArn: "deployer" }),
    `access.roleArn: "deployer" is no ARN of it; write it as "arn:aws:iam::123456789012:role/name"`,
  ],
  [
    "a key that is none",
    { ...sound, kmsKeyArn: "alias/eks" },
    `kmsKeyArn: "alias/eks" is no ARN of it; write it as "arn:aws:kms:us-east-1:`,
  ],
  [
    "an unknown path",
    inAccess({ path: "private" }),
    `access.path: "private" is no path; use "vpc", "proxy", "public"`,
  ],
  [
    "a path for nobody",
    inAccess({ fromCidrs: [] }),
    `access.fromCidrs: is empty, so nobody could reach the API server`,
  ],
  [
    "a path for everybody",
    inAccess({ path: "public", fromCidrs: ["0.0.0.0/0"] }),
    `access.fromCidrs: "0.0.0.0/0" is open to more than a company`,
  ],
  [
    "a private network on the internet",
    inAccess({ path: "public" }),
    `access.fromCidrs: "10.9.0.0/16" is private and never arrives over the internet`,
  ],
  [
    "a public network in the VPC",
    inAccess({ fromCidrs: ["203.0.113.0/24"] }),
    `access.fromCidrs: "203.0.113.0/24" is public and never arrives at a private API server`,
  ],
  [
    "no network at all",
    inAccess({ fromCidrs: ["office"] }),
    `access.fromCidrs: "office" is no network; write it as`,
  ],
  ["a proxy that is missing", inAccess({ path: "proxy" }), `access.proxyUrl: is missing with path "proxy"`],
  [
    "a proxy that is not used",
    inAccess({ proxyUrl: "http://a:1" }),
    `access.proxyUrl: is not used with path "vpc"`,
  ],
  [
    "a proxy without a port",
    inAccess({ path: "proxy", proxyUrl: "http://proxy" }),
    `access.proxyUrl: "http://proxy" is no proxy`,
  ],
  [
    "a proxy with a password",
    inAccess({ path: "proxy", proxyUrl: "http://me:hunter2@proxy:1" }),
    `access.proxyUrl: holds a user or a password, which the stack's state would show`,
  ],
  [
    "hybrid nodes in public",
    { ...inAccess({ path: "public", fromCidrs: ["203.0.113.0/24"] }), hybrid },
    `access.path: "public" beside hybrid networks`,
  ],
  [
    "hybrid hosts in the VPC",
    { ...sound, hybrid: { ...hybrid, nodeCidrs: ["10.0.128.0/20"] } },
    `hybrid.nodeCidrs[0]: "10.0.128.0/20" overlaps the VPC's network, "10.0.0.0/16"`,
  ],
  [
    "hybrid pods among Services",
    { ...sound, hybrid: { ...hybrid, podCidrs: ["172.20.0.0/20"] } },
    `hybrid.podCidrs[0]: "172.20.0.0/20" overlaps serviceCidr, "172.20.0.0/16"`,
  ],
  [
    "Services in the VPC",
    { ...sound, serviceCidr: "10.0.128.0/20" },
    `serviceCidr: "10.0.128.0/20" overlaps the VPC's "10.0.0.0/16"`,
  ],
  [
    "too few Services",
    { ...sound, serviceCidr: "172.20.0.0/25" },
    `serviceCidr: "172.20.0.0/25" cannot be the Services' network; use a /12 to /24`,
  ],
  [
    "a principal that is none",
    withEntry({ ...admin, principalArn: "ops" }),
    `accessEntries["ops"].principalArn: "ops" is no role or user`,
  ],
  [
    "an unknown policy",
    withEntry({ ...admin, policy: "root" }),
    `accessEntries["ops"].policy: "root" is no policy; use "cluster-admin", "admin", "edit", "view"`,
  ],
  [
    "an entry for nothing",
    withEntry({ principalArn: admin.principalArn }),
    `accessEntries["ops"]: has no policy and no kubernetesGroups`,
  ],
  [
    "an administrator of a namespace",
    withEntry({ ...admin, namespaces: ["a"] }),
    `accessEntries["ops"].namespaces: is not used with policy "cluster-admin"`,
  ],
  [
    "no namespaces",
    withEntry({ ...admin, policy: "edit", namespaces: [] }),
    `accessEntries["ops"].namespaces: is empty`,
  ],
  [
    "a bad namespace",
    withEntry({ ...admin, policy: "edit", namespaces: ["A"] }),
    `accessEntries["ops"].namespaces: "A" is no namespace`,
  ],
  [
    "a group of Kubernetes",
    withEntry({ principalArn: admin.principalArn, kubernetesGroups: ["system:masters"] }),
    `accessEntries["ops"].kubernetesGroups: "system:masters" is Kubernetes' own`,
  ],
  [
    "a principal twice",
    { ...sound, accessEntries: { a: admin, b: admin } },
    `accessEntries: names "arn:aws:iam::123456789012:role/admin" twice`,
  ],
  [
    "system nodes of Auto Mode",
    { ...inSystem({}), compute: "auto-mode" },
    `systemNodes: is not used with compute "auto-mode"`,
  ],
  [
    "system nodes with GPUs",
    inSystem({ instanceType: "g6.xlarge" }),
    `systemNodes.instanceType: "g6.xlarge" has accelerators`,
  ],
  [
    "system nodes without memory",
    inSystem({ instanceType: "t3.micro" }),
    `systemNodes.instanceType: "t3.micro" is too small`,
  ],
  [
    "system nodes of no type",
    inSystem({ instanceType: "large" }),
    `systemNodes.instanceType: "large" is no instance type`,
  ],
  [
    "system nodes elsewhere",
    inSystem({ zones: ["us-east-1f"] }),
    `systemNodes.zones: "us-east-1f" is no zone of the cluster`,
  ],
  ["system nodes nowhere", inSystem({ zones: [] }), `systemNodes.zones: is empty`],
  [
    "no system node",
    inSystem({ nodesPerZone: 0 }),
    `systemNodes.nodesPerZone: 0 is not a whole number from 1 to 20`,
  ],
  [
    "half a GiB",
    inSystem({ diskGiB: 20.5 }),
    `systemNodes.diskGiB: 20.5 is not a whole number from 20 to 1,024`,
  ],
  [
    "a version of no form",
    { ...sound, kubernetesVersion: "1.35.2" },
    `kubernetesVersion: "1.35.2" is no minor version`,
  ],
  [
    "an old version",
    { ...sound, kubernetesVersion: "1.31" },
    `kubernetesVersion: "1.31" is older than AI Gateway supports`,
  ],
  [
    "a version without add-ons",
    { ...sound, kubernetesVersion: "1.36" },
    `addOnVersions: lacks vpc-cni, kube-proxy, eks-pod-identity-agent, coredns, aws-ebs-csi-driver, eks-node-monitoring-agent, metrics-server for Kubernetes "1.36"`,
  ],
  [
    "an unknown add-on",
    { ...sound, addOnVersions: { "core-dns": "v1.14.2-eksbuild.4" } },
    `addOnVersions["core-dns"]: is no add-on of this package; did you mean "coredns"?`,
  ],
  [
    "an add-on of Auto Mode",
    { ...sound, compute: "auto-mode", addOnVersions: { coredns: "v1.14.2-eksbuild.4" } },
    `addOnVersions["coredns"]: is built into compute "auto-mode"`,
  ],
  [
    "a version of an add-on of no form",
    { ...sound, addOnVersions: { coredns: "latest" } },
    `addOnVersions["coredns"]: "latest" is no version of an add-on`,
  ],
  [
    "Karpenter without a way out",
    { ...inNetwork({ nat: "none" }), compute: "karpenter" },
    `compute: "karpenter" with network.nat "none"`,
  ],
  [
    "a retention that CloudWatch lacks",
    { ...sound, logRetentionDays: 100 },
    `logRetentionDays: 100 is no retention of CloudWatch`,
  ],
  ["a tag of AWS", { ...sound, tags: { "aws:cost": "x" } }, `tags["aws:cost"]: cannot be the key of a tag`],
  [
    "a tag that is too long",
    { ...sound, tags: { cost: "x".repeat(257) } },
    `tags["cost"]: has a value of 257 characters; AWS takes 256`,
  ],
  [
    "too many tags",
    { ...sound, tags: Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`t${i}`, "x"])) },
    `tags: has 41 tags; use at most 40`,
  ],
  [
    "a pool of no type",
    { ...sound, pools: { small: { instanceType: "g99.huge", max: 1 } } },
    `pools["small"]`,
  ],
];

describe("resolveGpuCluster", () => {
  it.each(wrong)("refuses %s", (_, args, sentence) => {
    const problems = problemsOf(args);
    expect(problems.filter((problem) => problem.includes(sentence))).toHaveLength(1);
  });

  it("repeats no password", () => {
    const problems = problemsOf(inAccess({ path: "proxy", proxyUrl: "http://me:hunter2@proxy:1" }));
    expect(problems.join()).not.toContain("hunter2");
  });

  it("refuses a component's name that the cluster cannot have", () => {
    expect(problemsOf(sound, "my cluster")).toEqual([
      'name: "my cluster" cannot be the name of a cluster; use at most 100 letters, digits, "-" and "_", beginning with a letter or digit',
    ]);
  });

  it.each([
    ["managed-groups", 37, "roles", 64],
    ["karpenter", 36, "rules", 64],
    ["auto-mode", 43, "roles", 64],
  ] as const)("refuses a component's name that %s makes too long", (compute, longest, what, most) => {
    expect(problemsOf({ ...sound, compute }, "a".repeat(longest))).toEqual([]);
    expect(problemsOf({ ...sound, compute }, "a".repeat(longest + 2))).toEqual([
      `name: "${"a".repeat(longest + 2)}" makes the names of ${what} ${most + 2} characters long and AWS takes ${most}; shorten the component's name by 2`,
    ]);
  });

  it("counts the longest zone in a component's name", () => {
    const far = ["ap-southeast-2a", "ap-southeast-2b"];
    const args = {
      ...sound,
      network: { zones: Object.fromEntries(far.map((zone) => [zone, {}])), controlPlaneZones: far },
    };
    expect(problemsOf(args, "a".repeat(32))).toEqual([]);
    expect(problemsOf(args, "a".repeat(33))).toEqual([
      expect.stringContaining("makes the names of node groups 64 characters long and AWS takes 63"),
    ]);
  });

  it("names all problems at once", () => {
    const problems = problemsOf({
      ...inAccess({ fromCidrs: [] }),
      network: { ...network, nat: "two" },
      compute: "fargate",
      pools: { A: { instanceType: "g6.xlarge", max: 1 } },
      systemNodes: { diskGiB: 1 },
    });
    for (const path of ["access.fromCidrs", "network.nat", "compute", 'pools["A"]', "systemNodes.diskGiB"]) {
      expect(problems.filter((problem) => problem.startsWith(`${path}:`))).toHaveLength(1);
    }
  });

  it("gives a production cluster what costs and what protects", () => {
    const plan = resolve(sound);
    expect(plan).toMatchObject({
      clusterName: "dev",
      partition: "aws",
      compute: "managed-groups",
      kubernetesVersion: releaseSets[defaultReleaseSet].eks.kubernetesVersion,
      addOns: releaseSets[defaultReleaseSet].eks.addOns,
      serviceCidr: "172.20.0.0/16",
      deletionProtection: true,
      logRetentionDays: 90,
      systemNodes: {
        instanceType: "m7i.large",
        amiType: "AL2023_x86_64_STANDARD",
        nodesPerZone: 1,
        zones,
        diskGiB: 50,
      },
    });
    expect(plan.network.own).toEqual({
      cidr: "10.0.0.0/16",
      nat: "per-zone",
      interfaceEndpoints: true,
      zones: [
        { zone: "us-east-1a", privateCidr: "10.0.0.0/20", publicCidr: "10.0.31.0/24", natZone: "us-east-1a" },
        {
          zone: "us-east-1b",
          privateCidr: "10.0.32.0/20",
          publicCidr: "10.0.63.0/24",
          natZone: "us-east-1b",
        },
      ],
    });
  });

  it("gives a development cluster less, by purpose alone", () => {
    const plan = resolve({ ...inNetwork({ natZone: "us-east-1b" }), purpose: "dev" });
    expect(plan).toMatchObject({ deletionProtection: false, logRetentionDays: 14 });
    expect(plan.network.own).toMatchObject({ nat: "one", interfaceEndpoints: false });
    expect(plan.network.own?.zones.map(({ natZone }) => natZone)).toEqual(["us-east-1b", "us-east-1b"]);
  });

  it("makes no public subnet without a NAT gateway, unless asked", () => {
    const publicOf = (members: object) =>
      resolve(inNetwork({ nat: "none", ...members })).network.own?.zones.map(({ publicCidr }) => publicCidr);
    expect(publicOf({})).toEqual([undefined, undefined]);
    expect(publicOf({ publicSubnets: true })).toEqual(["10.0.31.0/24", "10.0.63.0/24"]);
  });

  it.each([
    ["m7i.large", "AL2023_x86_64_STANDARD"],
    ["m7g.large", "AL2023_ARM_64_STANDARD"],
    ["c8gd.xlarge", "AL2023_ARM_64_STANDARD"],
    ["r7iz.large", "AL2023_x86_64_STANDARD"],
    ["t4g.medium", "AL2023_ARM_64_STANDARD"],
    ["m7i-flex.large", "AL2023_x86_64_STANDARD"],
  ])("finds the image for %s", (instanceType, amiType) => {
    expect(resolve(inSystem({ instanceType })).systemNodes?.amiType).toBe(amiType);
  });

  it("finds the partition of GovCloud", () => {
    const govZones = ["us-gov-west-1a", "us-gov-west-1b"];
    const args = {
      ...sound,
      network: { zones: { "us-gov-west-1a": {}, "us-gov-west-1b": {} }, controlPlaneZones: govZones },
    };
    expect(resolve(args)).toMatchObject({ partition: "aws-us-gov", network: { region: "us-gov-west-1" } });
  });

  it("takes all versions for another Kubernetes", () => {
    const addOnVersions = Object.fromEntries(
      Object.keys(releaseSets[defaultReleaseSet].eks.addOns).map((name) => [name, "v9.9.9-eksbuild.9"]),
    );
    expect(resolve({ ...sound, kubernetesVersion: "1.36", addOnVersions }).addOns).toEqual(addOnVersions);
  });
});

describe("accessNotice", () => {
  it.each([
    [
      "public",
      ["203.0.113.0/24"],
      undefined,
      true,
      'The API server of the cluster "dev" answers on the internet, to 203.0.113.0/24 only.',
    ],
    [
      "vpc",
      ["10.9.0.0/16"],
      undefined,
      false,
      `fails at the first Kubernetes object with "cluster unreachable"`,
    ],
    [
      "proxy",
      ["10.9.0.0/16"],
      "socks5://localhost:1080",
      false,
      "through the proxy socks5://localhost:1080, which must run before every preview",
    ],
  ] as const)("says what %s means", (path, fromCidrs, proxyUrl, warning, text) => {
    const access = { path, fromCidrs, proxyUrl, roleArn: undefined, profileName: undefined };
    const notice = accessNotice("dev", access);
    expect(notice.warning).toBe(warning);
    expect(notice.message).toContain(text);
  });
});

describe("withProxy", () => {
  it("sets the proxy of each cluster and changes nothing else", () => {
    const config = {
      apiVersion: "v1",
      clusters: [
        { name: "kubernetes", cluster: { server: "https://a", "certificate-authority-data": "Y2E=" } },
      ],
      users: [{ name: "aws", user: { exec: { command: "aws" } } }],
    };
    expect(JSON.parse(withProxy(JSON.stringify(config), "socks5://localhost:1080"))).toEqual({
      ...config,
      clusters: [
        {
          name: "kubernetes",
          cluster: {
            server: "https://a",
            "certificate-authority-data": "Y2E=",
            "proxy-url": "socks5://localhost:1080",
          },
        },
      ],
    });
  });
});
