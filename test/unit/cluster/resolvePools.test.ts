import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PoolAmi, type PoolArgs, PoolCapacity } from "../../../components/cluster/poolArgs";
import { ClusterCompute } from "../../../components/cluster/poolPlace";
import { ephemeralGiB, PoolKind } from "../../../components/cluster/resolvedPool";
import { instinct, problemsOf, resolved, zones } from "./poolFixtures";

const l4: PoolArgs = { instanceType: "g6.2xlarge", max: 4 };
const h200: PoolArgs = { instanceType: "p5en.48xlarge", max: 1, zones: ["us-east-1a"] };
const reservation = "cr-0123456789abcdef0";
const hosts: PoolArgs = { accelerator: { ...instinct }, max: 2, hybrid: { credentials: "ssm" } };

/** A refusal: what is declared, and the whole sentences that answer it. */
type Refusal = readonly [name: string, args: object, expected: readonly string[]];

const refusals: readonly Refusal[] = [
  [
    "no instance type",
    { max: 1 },
    [".instanceType: is missing; name an instance type of EC2, or declare hosts of your own with hybrid"],
  ],
  [
    "an unknown type",
    { instanceType: "g6.2xlrge", max: 1 },
    [
      `.instanceType: "g6.2xlrge" is not in the table of instance types; did you mean "g6.2xlarge"? If not, give its numbers as accelerator`,
    ],
  ],
  [
    "a fraction of a GPU",
    { instanceType: "g6f.large", max: 1 },
    [
      `.instanceType: "g6f.large" has a fraction of an L4, which EC2 counts as no GPU, so that a pod cannot ask for it; use g6.xlarge or larger`,
    ],
  ],
  [
    "ARM processors",
    { instanceType: "g5g.xlarge", max: 1 },
    [
      `.instanceType: "g5g.xlarge" has ARM processors, and the images are built for x86; use g5.xlarge or g6.xlarge`,
    ],
  ],
  [
    "a GPU that is too old",
    { instanceType: "p3.2xlarge", max: 1 },
    [
      `.instanceType: "p3.2xlarge" has V100 GPUs of compute capability 7.0, and vLLM needs 7.5; use g4dn.xlarge or g6.xlarge`,
    ],
  ],
  [
    "an UltraServer",
    { instanceType: "p6e-gb200.36xlarge", max: 1 },
    [
      `.instanceType: "p6e-gb200.36xlarge" is an UltraServer of ARM hosts that is sold by Capacity Blocks; use p6-b200.48xlarge or p6-b300.48xlarge`,
    ],
  ],
  [
    "G7 with an image of EKS",
    { instanceType: "g7.2xlarge", max: 1 },
    [
      `.instanceType: "g7.2xlarge" needs NVIDIA's driver 595 or newer, and the AMIs of EKS have 580; give an AMI of your own, or use g7e.2xlarge`,
    ],
  ],
  [
    "an AMD GPU with NVIDIA's image",
    { instanceType: "g4ad.xlarge", max: 1, ami: "AL2023_x86_64_NVIDIA" },
    [
      `.ami: AL2023_x86_64_NVIDIA has no driver for the Radeon Pro V520 of "g4ad.xlarge"; give amiId, an image of your own with AMD's driver, or declare hybrid hosts`,
    ],
  ],
  [
    "an AMD GPU with the image that is the default",
    { instanceType: "g4ad.xlarge", max: 1 },
    [
      `.ami: the image of EKS has no driver for the Radeon Pro V520 of "g4ad.xlarge"; give amiId, an image of your own with AMD's driver, or declare hybrid hosts`,
    ],
  ],
  ["min above max", { ...l4, min: 5 }, [".min: 5 is more than max, 4; lower it or raise max"]],
  ["a negative min", { ...l4, min: -1 }, [".min: -1 is not a whole number from 0 to 1,000"]],
  [
    "no room for a node",
    { ...l4, max: 0 },
    [".max: 0 is not a whole number from 1 to 1,000; a pool that may grow from none needs room for one node"],
  ],
  [
    "a max that is no number",
    { ...l4, max: Number.NaN },
    [
      ".max: NaN is not a whole number from 1 to 1,000; a pool that may grow from none needs room for one node",
    ],
  ],
  [
    "a key of disks that is none",
    { ...l4, disk: { kmsKeyId: "my-key" } },
    [`.disk.kmsKeyId: "my-key" is no key of KMS; give its ARN, its id, or "alias/" and its name`],
  ],
  ["no max", { instanceType: "g6.2xlarge" }, [".max: is missing; give a number"]],
  ["a max in quotes", { ...l4, max: "4" }, [".max: is text, not a number; write it without quotes"]],
  [
    "a misspelled member",
    { ...l4, capcity: "spot" },
    [`.capcity: is not a member that anything reads; did you mean "capacity"?`],
  ],
  [
    "an unknown capacity",
    { ...l4, capacity: "cheap" },
    [`.capacity: "cheap" is not known; use one of "on-demand", "spot", "reserved", "capacity-block"`],
  ],
  [
    "spot from a Capacity Block",
    { ...l4, capacity: "spot", reservationId: reservation },
    [`.reservationId: is not used with capacity "spot"; use "reserved" or "capacity-block", or leave it out`],
  ],
  [
    "a Capacity Block without its id",
    { ...h200, capacity: "capacity-block" },
    [`.reservationId: is missing with capacity "capacity-block"; give the id of the reservation, cr-...`],
  ],
  [
    "a reservation without its id",
    { ...h200, capacity: "reserved" },
    [`.reservationId: is missing with capacity "reserved"; give the id of the reservation, cr-...`],
  ],
  [
    "an id that is none",
    { ...h200, capacity: "reserved", reservationId: "my-block" },
    [`.reservationId: "my-block" is no id of a reservation, cr-...`],
  ],
  [
    "a Capacity Block in two zones",
    {
      ...h200,
      max: 2,
      capacity: "capacity-block",
      reservationId: reservation,
      zones: ["us-east-1a", "us-east-1b"],
    },
    [
      ".zones: names 2 zones, and a reservation is in one zone; name it, and declare a pool for each further reservation",
    ],
  ],
  [
    "a reservation in no zone",
    { instanceType: "g6.2xlarge", max: 4, capacity: "reserved", reservationId: reservation },
    [
      ".zones: is missing, and a reservation is in one zone; name it, and declare a pool for each further reservation",
    ],
  ],
  [
    "nodes before the block starts",
    { ...h200, min: 1, capacity: "capacity-block", reservationId: reservation },
    [
      ".min: 1 nodes cannot start before the block does; leave it out, and the autoscaler starts them when it has",
    ],
  ],
  [
    "a type that is not sold by the hour",
    { instanceType: "p5e.48xlarge", max: 1 },
    [`.capacity: "p5e.48xlarge" is not sold by the hour; use "capacity-block" with a block that was bought`],
  ],
  [
    "a zone of another region",
    { ...l4, zones: ["eu-west-1a"] },
    [`.zones: "eu-west-1a" is no zone of the cluster; use "us-east-1a", "us-east-1b", "us-east-1c"`],
  ],
  [
    "a zone twice",
    { ...l4, zones: ["us-east-1a", "us-east-1a"] },
    [`.zones: names "us-east-1a" twice; keep one`],
  ],
  ["no zone", { ...l4, zones: [] }, [".zones: is empty; name a zone or leave it out"]],
  [
    "more zones than nodes",
    { ...l4, max: 2, zones: [...zones] },
    [".zones: names 3 zones and max is 2, so some would never have a node; name 2 or raise max"],
  ],
  [
    "EFA on a type without it",
    { ...l4, efa: true },
    [`.efa: "g6.2xlarge" has no interface of EFA; leave it out or use a larger type`],
  ],
  [
    "EFA over zones",
    { ...h200, max: 2, efa: true, zones: ["us-east-1a", "us-east-1b"] },
    [
      ".zones: names 2 zones and interfaces of EFA reach only their own; name one, and declare a pool for each zone",
    ],
  ],
  [
    "a disk that is too small",
    { ...l4, disk: { size: 20 } },
    [".disk.size: 20 is not a whole number from 100 to 65,536 GiB; images and weights need them"],
  ],
  [
    "a disk that is too slow",
    { ...l4, disk: { throughput: 125 } },
    [
      ".disk.throughput: 125 is not a whole number from 600 to 2,000 MiB/s; a slower disk makes each start of a model wait for its image",
    ],
  ],
  [
    "too few operations for the throughput",
    { ...l4, disk: { throughput: 1_000 } },
    [".disk.iops: 3000 is too few for 1000 MiB/s; use 4000 or more"],
  ],
  [
    "NVMe disks on a type without any",
    {
      instanceType: "x9.large",
      max: 1,
      instanceStore: true,
      accelerator: { ...instinct },
      amiId: "ami-0123456789",
    },
    [`.instanceStore: "x9.large" has no NVMe disk of its own; leave it out`],
  ],
  [
    "an image of one's own without its id",
    { ...l4, ami: "CUSTOM" },
    ['.amiId: is missing with ami "CUSTOM"; give it, or leave ami out'],
  ],
  [
    "two images",
    { ...l4, ami: "BOTTLEROCKET_x86_64_NVIDIA", amiId: "ami-0123456789" },
    ['.amiId: is not used with ami "BOTTLEROCKET_x86_64_NVIDIA"; leave one of the two out'],
  ],
  [
    "an id of an image that is none",
    { ...l4, amiId: "rocm-latest" },
    ['.amiId: "rocm-latest" is no id of an image, ami-...'],
  ],
  [
    "user data for an image of EKS",
    { ...l4, userData: "#!/bin/sh" },
    [".userData: is used with amiId only, since EKS writes that of its images; leave it out"],
  ],
  [
    "a release of somebody else's image",
    { ...l4, amiId: "ami-0123456789", amiRelease: "1.35.2-20261105" },
    [".amiRelease: is not used with amiId; leave it out"],
  ],
  [
    "a second device plugin",
    { ...l4, ami: "BOTTLEROCKET_x86_64_NVIDIA", devicePlugin: true },
    [".devicePlugin: is part of Bottlerocket, and a second one would hand out each GPU twice; leave it out"],
  ],
  [
    "a label that is none",
    { ...l4, labels: { "team name": "search" } },
    [
      `.labels["team name"]: "team name" cannot be a key; write it as "name" or "example.com/name", the name with at most 63 letters, digits, "-", "_" and "."`,
    ],
  ],
  [
    "a value of a label that is none",
    { ...l4, labels: { team: "search & ads" } },
    [
      `.labels["team"]: "search & ads" cannot be a value; use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
    ],
  ],
  [
    "a label of Kubernetes",
    { ...l4, labels: { "node-role.kubernetes.io/gpu": "true" } },
    [
      `.labels["node-role.kubernetes.io/gpu"]: begins with "kubernetes.io", which is reserved; use a prefix of your own, or none`,
    ],
  ],
  [
    "a label of this package",
    { ...l4, labels: { "ai-gateway/pool": "other" } },
    [
      `.labels["ai-gateway/pool"]: begins with "ai-gateway", which is reserved; use a prefix of your own, or none`,
    ],
  ],
  [
    "the taint that is there anyway",
    { ...l4, taints: { "nvidia.com/gpu": {} } },
    [`.taints["nvidia.com/gpu"]: is set by this package for every node with such GPUs; leave it out`],
  ],
  [
    "a taint that is none",
    { ...l4, taints: { "-team": { value: "a b", effect: "Never" } } },
    [
      `.taints["-team"]: "-team" cannot be a key; write it as "name" or "example.com/name", the name with at most 63 letters, digits, "-", "_" and "."`,
      `.taints["-team"].value: "a b" cannot be a value; use at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends`,
      `.taints["-team"].effect: "Never" is not known; use one of "NoSchedule", "PreferNoSchedule", "NoExecute"`,
    ],
  ],
  [
    "a taint longer than EKS takes",
    { ...l4, taints: { [`example.com/${"t".repeat(60)}`]: {} } },
    [
      `.taints["example.com/${"t".repeat(60)}"]: has 72 characters and EKS takes 63 for the key of a taint; shorten it`,
    ],
  ],
  [
    "hybrid hosts with an instance type",
    { ...hosts, instanceType: "g6.2xlarge" },
    ['.instanceType: "g6.2xlarge" is of EC2, and hybrid hosts are not; leave it out'],
  ],
  [
    "hybrid hosts that offer nothing",
    { max: 1, hybrid: { credentials: "ssm" } },
    [".accelerator: is missing; say what a hybrid host offers"],
  ],
  [
    "hybrid hosts bought at spot prices in a zone",
    { ...hosts, capacity: "spot", zones: ["us-east-1a"] },
    [
      ".capacity: is about instances of EC2, and hybrid hosts are not; leave it out",
      ".zones: is about instances of EC2, and hybrid hosts are not; leave it out",
    ],
  ],
  [
    "hybrid hosts that somebody has to start",
    { ...hosts, min: 1 },
    [".min: 1 cannot be had: hybrid hosts join by themselves; leave it out"],
  ],
  [
    "unknown credentials",
    { ...hosts, hybrid: { credentials: "password" } },
    ['.hybrid.credentials: "password" is not known; use one of "ssm", "roles-anywhere"'],
  ],
  [
    "an end of an activation that is no time",
    { ...hosts, hybrid: { credentials: "ssm", activationExpires: "tomorrow" } },
    ['.hybrid.activationExpires: "tomorrow" is no time; write it as "2027-01-31T00:00:00Z"'],
  ],
  [
    "certificates with an activation",
    { ...hosts, hybrid: { credentials: "ssm", hosts: ["a"], caCertificate: "PEM" } },
    [
      '.hybrid.caCertificate: is used with credentials "roles-anywhere" only; leave it out',
      '.hybrid.hosts: is used with credentials "roles-anywhere" only; leave it out',
    ],
  ],
  [
    "certificates that nobody signed, of no host",
    { ...hosts, hybrid: { credentials: "roles-anywhere" } },
    [
      ".hybrid: has 0 authorities; give privateCaArn or caCertificate, exactly one of them",
      ".hybrid.hosts: is empty; name the hosts, as their certificates do",
    ],
  ],
  [
    "more hosts than may join, one of them twice, one without a name",
    {
      ...hosts,
      hybrid: { credentials: "roles-anywhere", caCertificate: "PEM", hosts: ["a", "a", "Host 1"] },
    },
    [
      ".hybrid.hosts: names 3 hosts and max is 2; raise max",
      '.hybrid.hosts: names "a" twice; keep one',
      `.hybrid.hosts: "Host 1" is no name of a host; use at most 64 lower-case letters, digits, "-" and "."`,
    ],
  ],
];

describe("a pool is refused at preview", () => {
  it("in at least thirty ways", () => {
    expect(refusals.length).toBeGreaterThanOrEqual(30);
  });

  it.each(refusals)("%s", (_, args, expected) => {
    expect(problemsOf({ small: args })).toEqual(expected.map((each) => `pools["small"]${each}`));
  });

  it.each([
    [
      "Small",
      'is no name of a pool; use lower-case letters, digits and "-", with a letter or digit at both ends',
    ],
    ["system", "is the name of the cluster's own nodes; choose another one"],
    [
      "auto",
      "is what models write for the cheapest pool, so that none could name this one; choose another one",
    ],
    [
      "a-pool-with-a-name-that-is-a-lot-too-long",
      "makes the names of node groups 64 characters long and EKS takes 63; shorten it by 1",
    ],
  ])("with the name %s", (name, expected) => {
    expect(problemsOf({ [name]: l4 })).toEqual([`pools["${name}"]: ${expected}`]);
  });

  it("without networks of hybrid hosts", () => {
    expect(problemsOf({ own: hosts }, { hasHybridNetworks: false })).toEqual([
      'pools["own"].hybrid: needs hybrid of the cluster: the networks of the hosts and of the pods on them',
    ]);
  });

  it.each([ClusterCompute.Karpenter, ClusterCompute.AutoMode])("for what %s does not take", (compute) => {
    expect(problemsOf({ small: { ...l4, min: 1, nodeRepair: false } }, { compute })).toEqual([
      `pools["small"].min: 1 cannot be had where nodes follow pods (compute "${compute}"); leave it out: the replicas of a model keep their nodes`,
      'pools["small"].nodeRepair: is a setting of managed node groups; leave it out',
    ]);
  });

  it("for images, disks and plugins that EKS Auto Mode chooses", () => {
    const args = {
      ...l4,
      ami: PoolAmi.Al2023Nvidia,
      devicePlugin: true,
      disk: { throughput: 1_200, iops: 4_800 },
    };
    expect(problemsOf({ small: args }, { compute: ClusterCompute.AutoMode })).toEqual([
      'pools["small"].devicePlugin: is part of EKS Auto Mode, and a second one would hand out each GPU twice; leave it out',
      'pools["small"].ami: is chosen by EKS Auto Mode; leave it out',
      'pools["small"].disk.throughput: 1200 is not a whole number from 600 to 1,000 MiB/s; a slower disk makes each start of a model wait for its image',
    ]);
    expect(
      problemsOf({ small: { instanceType: "g4ad.xlarge", max: 1 } }, { compute: ClusterCompute.AutoMode }),
    ).toEqual([
      'pools["small"].ami: the image of EKS has no driver for the Radeon Pro V520 of "g4ad.xlarge"; EKS Auto Mode takes no other image; use a cluster with managed groups or Karpenter',
    ]);
  });

  it("with a reservation that another pool uses elsewhere", () => {
    const reserved = { ...h200, capacity: "reserved", reservationId: reservation };
    const elsewhere = (pool: string) =>
      `pools["${pool}"].reservationId: "${reservation}" is the pool "a"'s too, with another instance type or zone, and a reservation is for one of each; give the id of its own`;
    expect(problemsOf({ a: reserved, b: reserved })).toEqual([]);
    expect(problemsOf({ a: reserved, b: { ...reserved, zones: ["us-east-1b"] } })).toEqual([elsewhere("b")]);
    expect(problemsOf({ a: reserved, b: { ...reserved, instanceType: "p5.48xlarge" }, c: reserved })).toEqual(
      [elsewhere("b")],
    );
  });

  it("with the faults of all pools together", () => {
    expect(problemsOf({ a: { ...l4, min: 9 }, b: { ...l4, efa: true }, c: l4 })).toHaveLength(2);
  });
});

describe("a pool gets", () => {
  it("the defaults", () => {
    const pool = resolved(l4);
    expect(pool).toMatchObject({
      kind: PoolKind.Managed,
      min: 0,
      max: 4,
      capacity: PoolCapacity.OnDemand,
      ami: PoolAmi.Al2023Nvidia,
      devicePlugin: "chart",
      disk: { size: 250, throughput: 600, iops: 3_000 },
      instanceStore: true,
      efa: false,
      nodeRepair: true,
      taints: [{ key: "nvidia.com/gpu", value: "true", effect: "NoSchedule" }],
    });
    expect(pool.labels).toEqual({
      "ai-gateway/pool": "small",
      "ai-gateway/gpu-vendor": "nvidia",
      "ai-gateway/device-plugin": "chart",
      "k8s.amazonaws.com/accelerator": "nvidia-l4",
    });
  });

  it("a disk that holds the largest weights of its GPUs beside images", () => {
    expect(resolved({ instanceType: "p5en.48xlarge", max: 1 }).disk.size).toBeGreaterThanOrEqual(200 + 1_100);
    expect(resolved({ instanceType: "g4dn.xlarge", max: 1 }).disk.size).toBeGreaterThanOrEqual(200);
  });

  it("room for pods from its own disks where it uses them, else from its volume", () => {
    expect(ephemeralGiB(resolved(l4))).toBe(Math.floor((450e9 / 2 ** 30) * 0.85));
    expect(ephemeralGiB(resolved({ ...l4, instanceStore: false, disk: { size: 400 } }))).toBe(340);
  });

  it("AMD's taint, labels and plugin with an image of one's own", () => {
    const pool = resolved({ instanceType: "g4ad.xlarge", max: 1, amiId: "ami-0123456789" });
    expect(pool.ami).toBe(PoolAmi.Custom);
    expect(pool.taints).toEqual([{ key: "amd.com/gpu", value: "true", effect: "NoSchedule" }]);
    expect(pool.labels).toMatchObject({
      "ai-gateway/gpu-vendor": "amd",
      "k8s.amazonaws.com/accelerator": "amd-radeon-pro-v520",
    });
  });

  it("no accelerator label where no Cluster Autoscaler reads it", () => {
    for (const compute of [ClusterCompute.Karpenter, ClusterCompute.AutoMode]) {
      expect(resolved(l4, { compute }).labels).not.toHaveProperty("k8s.amazonaws.com/accelerator");
    }
  });

  it("as many zones as it can have nodes in, by name", () => {
    expect(resolved({ ...l4, max: 2 }).zones.map(({ zone }) => zone)).toEqual(["us-east-1a", "us-east-1b"]);
    expect(resolved({ ...h200, zones: undefined, max: 3, efa: true }).zones).toEqual([
      { zone: "us-east-1a", min: 0, max: 3 },
    ]);
  });

  it("shares of min and max that add up, and differ by one at most", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 3, max: 60 }),
        fc.shuffledSubarray([...zones], { minLength: 1 }),
        (least, most, chosen) => {
          const pool = resolved({ ...l4, min: Math.min(least, most), max: most, zones: chosen });
          const sum = (member: "min" | "max") => pool.zones.reduce((total, zone) => total + zone[member], 0);
          expect(sum("min")).toBe(Math.min(least, most));
          expect(sum("max")).toBe(most);
          for (const { min, max } of pool.zones) {
            expect(min).toBeLessThanOrEqual(max);
            expect(most / chosen.length - max).toBeLessThan(1);
            expect(max).toBeGreaterThanOrEqual(1);
          }
        },
      ),
    );
  });
});
