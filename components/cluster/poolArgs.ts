import type { Input } from "@pulumi/pulumi";
import type { AcceleratorArgs } from "./acceleratorArgs";

/** How the instances of a pool are bought. */
export const PoolCapacity = {
  /** At the list price, whenever AWS has one. */
  OnDemand: "on-demand",
  /** Cheaper, and taken back with two minutes' notice. */
  Spot: "spot",
  /** From an On-Demand Capacity Reservation that exists. */
  Reserved: "reserved",
  /** From a Capacity Block for ML that was bought. Nodes start when the block does, and are gone before it ends. */
  CapacityBlock: "capacity-block",
} as const;
export type PoolCapacity = (typeof PoolCapacity)[keyof typeof PoolCapacity];

/** The operating system of a pool's nodes. */
export const PoolAmi = {
  /** Amazon Linux 2023 of EKS with NVIDIA's driver; the device plugin comes as a chart. */
  Al2023Nvidia: "AL2023_x86_64_NVIDIA",
  /** Bottlerocket of EKS with NVIDIA's driver and device plugin. */
  BottlerocketNvidia: "BOTTLEROCKET_x86_64_NVIDIA",
  /** An image of one's own, `amiId`. */
  Custom: "CUSTOM",
} as const;
export type PoolAmi = (typeof PoolAmi)[keyof typeof PoolAmi];

/** What a taint does to pods that do not tolerate it. */
export const TaintEffect = {
  /** New ones go elsewhere. */
  NoSchedule: "NoSchedule",
  /** New ones go elsewhere where they can. */
  PreferNoSchedule: "PreferNoSchedule",
  /** New ones go elsewhere, running ones have to leave. */
  NoExecute: "NoExecute",
} as const;
export type TaintEffect = (typeof TaintEffect)[keyof typeof TaintEffect];

/** Where a host outside AWS gets its credentials from. */
export const HybridCredentials = {
  /** A hybrid activation of Systems Manager: a code that each host uses once. */
  Ssm: "ssm",
  /** IAM Roles Anywhere: a certificate on each host. */
  RolesAnywhere: "roles-anywhere",
} as const;
export type HybridCredentials = (typeof HybridCredentials)[keyof typeof HybridCredentials];

/** The root volume of a node (the data volume with Bottlerocket): gp3, encrypted. */
export interface PoolDiskArgs {
  /**
   * Size in GiB, 100 to 65,536. Default: 200 for images and logs and as much as the GPUs of a node hold together,
   * since no weights that run there are larger, in steps of 50.
   */
  size?: number;
  /**
   * Throughput in MiB/s, 600 to 2,000 (1,000 with EKS Auto Mode). AWS gives 125 unless told otherwise, with which an
   * image of 20 GB takes minutes. Default: 600.
   */
  throughput?: number;
  /** Operations a second, 3,000 to 80,000 (16,000 with EKS Auto Mode), at least four for each MiB/s. Default: 3,000. */
  iops?: number;
  /** Key of KMS. Default: the account's own key for EBS. */
  kmsKeyId?: Input<string>;
}

/** A taint beyond the one that keeps pods without a GPU away. */
export interface PoolTaintArgs {
  /** Value, at most 63 characters. Default: "true". */
  value?: string;
  /** Default: "NoSchedule". */
  effect?: TaintEffect;
}

/** Hosts of one's own, outside AWS, as nodes (EKS Hybrid Nodes). Pulumi does not make them: see `nodeConfigs`. */
export interface HybridPoolArgs {
  /** Where hosts get their credentials from: "ssm" or "roles-anywhere". */
  credentials: HybridCredentials;
  /**
   * With "ssm": when the activation ends, as in "2027-01-31T00:00:00Z", at most 30 days ahead. Hosts that joined stay.
   * A change makes a new activation. Default: 24 hours after it was made.
   */
  activationExpires?: string;
  /** With "roles-anywhere": ARN of the private authority of AWS that signs the hosts' certificates. */
  privateCaArn?: Input<string>;
  /** With "roles-anywhere": certificate in PEM of an authority of one's own. A public authority is refused by AWS. */
  caCertificate?: Input<string>;
  /** With "roles-anywhere": names of the hosts, each the common name of the host's certificate. */
  hosts?: string[];
}

/** Addresses outside AWS, for the whole cluster. Private ones (RFC 1918) that no other network of the cluster has. */
export interface HybridNetworksArgs {
  /** Networks of the hosts, for example `["10.80.0.0/16"]`. */
  nodeCidrs: string[];
  /** Networks of the pods on them, which Cilium hands out. They cannot be changed once pods have addresses. */
  podCidrs: string[];
  /** Size of the piece of `podCidrs` that each host gets, as a prefix length, 20 to 28. Default: 25, 128 addresses. */
  podMaskSize?: number;
}

/** Nodes with the same GPU. The key of the map is the pool's name and the value of the label `ai-gateway/pool`. */
export interface PoolArgs {
  /**
   * Instance type of EC2, for example `g6.2xlarge`. One that this package has no numbers of needs `accelerator` too.
   * A change rolls the nodes, one at a time.
   */
  instanceType?: string;
  /** What a node offers: for hybrid hosts, and for instance types that this package does not know. */
  accelerator?: AcceleratorArgs;
  /** Fewest nodes, 0 to 1,000. Default: 0. */
  min?: number;
  /** Most nodes in all zones together, 1 to 1,000; with hybrid hosts, how many may join. */
  max: number;
  /** How instances are bought. A change replaces the node groups. Default: "on-demand". */
  capacity?: PoolCapacity;
  /** Id of the reservation ("reserved") or of the block ("capacity-block"), `cr-...`. */
  reservationId?: Input<string>;
  /**
   * Zones of the nodes, for example `["us-east-1a"]`; each gets a node group and an even share of `min` and `max`.
   * Default: the cluster's zones, in order of name, as many as `max` nodes can be in; one zone with `efa`.
   */
  zones?: string[];
  disk?: PoolDiskArgs;
  /**
   * Whether images, pod volumes and logs live on the node's own NVMe disks, striped, in place of the root volume.
   * What is there is gone with the node. With `userData`: whether that does it.
   * Default: true where the instance type has such disks, false with `userData`.
   */
  instanceStore?: boolean;
  /** Further taints by key. `nvidia.com/gpu=true:NoSchedule` or `amd.com/gpu=true:NoSchedule` is always there. */
  taints?: Record<string, PoolTaintArgs>;
  /** Further labels of the nodes. */
  labels?: Record<string, string>;
  /**
   * Operating system. A change replaces the node groups.
   * Default: "CUSTOM" with `amiId`, else "AL2023_x86_64_NVIDIA".
   */
  ami?: PoolAmi;
  /** Image of one's own, `ami-...`: what AMD's instances need, since EKS has no image with AMD's driver. */
  amiId?: Input<string>;
  /**
   * Release of the EKS image, for example "1.35.2-20261105" ("v20261105" with Karpenter).
   * Default: the newest when the nodes are made; with Karpenter always the newest, so nodes are replaced for it.
   */
  amiRelease?: string;
  /**
   * User data for `amiId`, as text. Default: what `nodeadm` of Amazon Linux 2023 needs to join the cluster.
   */
  userData?: Input<string>;
  /**
   * Whether nodes get all interfaces of the Elastic Fabric Adapter that the type has, close to each other in one
   * zone, for models over several nodes. Default: false.
   */
  efa?: boolean;
  /** Whether EKS reboots or replaces nodes whose GPU, disk or network fails. Default: true. */
  nodeRepair?: boolean;
  /**
   * Whether the maker's device plugin is installed for these nodes. Default: true where the image lacks it. False for
   * an image of one's own that brings it along.
   */
  devicePlugin?: boolean;
  /** Hosts of one's own outside AWS in place of instances of EC2. */
  hybrid?: HybridPoolArgs;
}

/** The defaults of `PoolArgs`, applied in `resolvePools` only. */
export const poolDefaults = Object.freeze({
  min: 0,
  capacity: PoolCapacity.OnDemand,
  throughput: 600,
  iops: 3_000,
  /** GiB for images, their unpacked layers and logs: two vLLM images side by side take about 100. */
  imageGiB: 200,
  podMaskSize: 25,
});
