import type { Input } from "@pulumi/pulumi";
import type { HybridNetworksArgs, PoolArgs } from "./poolArgs";
import type { ClusterCompute } from "./poolPlace";

/** What a cluster is for: the defaults that cost money or protect it. */
export const ClusterPurpose = {
  /** One NAT gateway, no interface endpoints, may be deleted. */
  Dev: "dev",
  /** A NAT gateway in each zone, interface endpoints, protected from deletion. */
  Prod: "prod",
} as const;
export type ClusterPurpose = (typeof ClusterPurpose)[keyof typeof ClusterPurpose];

/** How `pulumi up` reaches the API server of a cluster. */
export const ApiPath = {
  /** The API server answers inside the VPC only, and `pulumi up` runs where it can be reached: there, or by VPN. */
  Vpc: "vpc",
  /** As "vpc", with an HTTP or SOCKS proxy in between, such as one behind a Session Manager port forwarding. */
  Proxy: "proxy",
  /** The API server answers on the internet too, to the networks of a list. */
  Public: "public",
} as const;
export type ApiPath = (typeof ApiPath)[keyof typeof ApiPath];

/** How nodes in private subnets reach the internet. */
export const NatMode = {
  /** Not at all: they reach the AWS services that have an endpoint in the VPC. */
  None: "none",
  /** Through one NAT gateway: cheaper, and its zone takes the others' way out with it when it fails. */
  One: "one",
  /** Through a NAT gateway in their own zone. */
  PerZone: "per-zone",
} as const;
export type NatMode = (typeof NatMode)[keyof typeof NatMode];

/** What an access entry may do. */
export const AccessPolicy = {
  /** Everything, in all namespaces. */
  ClusterAdmin: "cluster-admin",
  /** Everything in a namespace, its roles included. */
  Admin: "admin",
  /** Change objects, not roles. */
  Edit: "edit",
  /** Read objects, Secrets excepted. */
  View: "view",
} as const;
export type AccessPolicy = (typeof AccessPolicy)[keyof typeof AccessPolicy];

/** Who installs cert-manager, which AMD's GPU operator needs, and a gateway's webhook too. A cluster has one. */
export const ClusterCertManager = {
  /** The cluster, before its pools and from the beginning; a `GatewayInstall` in it is told `mode: "external"`. */
  Install: "install",
  /** Somebody else, before the first pool with AMD's GPUs is declared. */
  External: "external",
} as const;
export type ClusterCertManager = (typeof ClusterCertManager)[keyof typeof ClusterCertManager];

/** An availability zone of a VPC of our own. */
export interface ClusterZoneArgs {
  /**
   * Network of the private subnet, for nodes and pods. Default: half of the eighth of the VPC that belongs to the
   * zone's letter, a /20 of a /16. Changing it replaces the subnet and the nodes in it.
   */
  privateCidr?: string;
  /** Network of the public subnet. Default: the last of its eighth, a /24 of a /16. Changing it replaces the subnet. */
  publicCidr?: string;
}

/** A VPC that is made here. */
export interface ClusterNetworkArgs {
  /** Network of the VPC, /16 to /20 of RFC 1918. Default: "10.0.0.0/16". Changing it replaces everything. */
  cidr?: string;
  /**
   * Availability zones by name, such as "us-east-1a"; at least two, all of one region, with letters a to h. A zone
   * that is added touches no other.
   */
  zones: Record<string, ClusterZoneArgs>;
  /**
   * Zones with network interfaces of the control plane, at least two. EKS fixes them when the cluster is made, so
   * a zone that is added later serves nodes only.
   */
  controlPlaneZones: string[];
  /** Default: "per-zone" for purpose "prod", "one" for "dev". */
  nat?: NatMode;
  /** The zone of the NAT gateway, with `nat: "one"` only. */
  natZone?: string;
  /**
   * Whether every zone gets a public subnet, for NAT gateways and internet-facing load balancers; never for nodes.
   * Default: true, or false with `nat: "none"`.
   */
  publicSubnets?: boolean;
  /**
   * Whether ECR, STS, EC2, EKS, pod identity, CloudWatch Logs, Auto Scaling and Systems Manager get endpoints in the
   * VPC, which cost by the hour and zone. S3 always has one, free of charge. Default: true for purpose "prod" and
   * with `nat: "none"`, which needs them.
   */
  interfaceEndpoints?: boolean;
}

/** A VPC of your own. */
export interface ExistingNetworkArgs {
  /** Id of the VPC. */
  vpcId: Input<string>;
  /** Id of a private subnet by the name of its zone, such as "us-east-1a"; at least two. */
  privateSubnetIds: Record<string, Input<string>>;
  /** Zones with network interfaces of the control plane, at least two; fixed when the cluster is made. */
  controlPlaneZones: string[];
  /** Network of the VPC, for the check that nothing overlaps it. Default: that check is left out. */
  cidr?: string;
}

/** How the API server is reached. */
export interface ClusterAccessArgs {
  /** "vpc", "proxy" or "public": where `pulumi up` stands. */
  path: ApiPath;
  /**
   * Networks that may call the API server, at least one: with "public" on the internet, else those inside the VPC
   * or behind its VPN where `pulumi up`, the proxy and people's kubectl run. Nodes may always. "0.0.0.0/0" is refused.
   */
  fromCidrs: string[];
  /** With path "proxy": `http://`, `https://` or `socks5://` with host and port, without a password. */
  proxyUrl?: string;
  /** Role that the kubeconfig takes on. Default: the caller's own identity. */
  roleArn?: Input<string>;
  /** AWS profile that the kubeconfig names. Default: none. */
  profileName?: Input<string>;
}

/** An IAM principal that may use the cluster. Who creates the cluster is its administrator anyway. */
export interface ClusterAccessEntryArgs {
  /** ARN of a role or user. */
  principalArn: Input<string>;
  /** "cluster-admin", "admin", "edit" or "view". Default: none, for groups of your own. */
  policy?: AccessPolicy;
  /** Namespaces that the policy is for. Default: all. Not with "cluster-admin". */
  namespaces?: string[];
  /** Groups of Kubernetes that the principal is in, for role bindings of your own. Default: none. */
  kubernetesGroups?: string[];
}

/** The nodes for everything but models: DNS, drivers, the gateway and its proxies. One node group for each zone. */
export interface SystemNodesArgs {
  /** EC2 instance type without a GPU. Default: "m7i.large" (2 vCPU, 8 GiB). */
  instanceType?: string;
  /** Nodes of a zone, 1 to 20. Default: 1. */
  nodesPerZone?: number;
  /** Zones with system nodes, at least one. Default: all. */
  zones?: string[];
  /** Root disk in GiB (gp3, encrypted), 20 to 1024. Default: 50. */
  diskGiB?: number;
}

/** An EKS cluster with GPU nodes. */
export interface GpuClusterArgs {
  /** Physical name of the cluster, unique in account and region. Default: the component's name. Changing it replaces it. */
  clusterName?: string;
  /** "dev" or "prod": see the defaults of the other members. Default: "prod". */
  purpose?: ClusterPurpose;
  /** A VPC that is made here. Exactly one of `network` and `existingNetwork`. */
  network?: ClusterNetworkArgs;
  /** A VPC of your own. */
  existingNetwork?: ExistingNetworkArgs;
  access: ClusterAccessArgs;
  /** Who else may use the cluster, by a name of your own. */
  accessEntries?: Record<string, ClusterAccessEntryArgs>;
  /** Who makes the nodes: "managed-groups", "auto-mode" or "karpenter". Default: "managed-groups". */
  compute?: ClusterCompute;
  /** Not with "auto-mode", which has nodes of its own for this. */
  systemNodes?: SystemNodesArgs;
  /** Pools of GPU nodes by name. */
  pools?: Record<string, PoolArgs>;
  /**
   * "install" or "external". Default: in an `AiPlatform` "install", unless the gateway's installation says otherwise;
   * else it is installed with the first pool whose GPUs are AMD's.
   */
  certManager?: ClusterCertManager;
  /**
   * Networks of hosts outside AWS, reached by Direct Connect or VPN, whose routes are yours to make. Pools with
   * `hybrid` need it. EKS takes the change of a cluster that exists.
   */
  hybrid?: HybridNetworksArgs;
  /**
   * Kubernetes minor version, such as "1.35". Default: that of the release set. Another one needs `addOnVersions` for
   * every add-on. It goes up one at a time and never down.
   */
  kubernetesVersion?: string;
  /** Versions of EKS add-ons by AWS's names, such as `{ coredns: "v1.14.2-eksbuild.4" }`. Default: the release set's. */
  addOnVersions?: Record<string, string>;
  /** Network of Services, /12 to /24 of RFC 1918. Default: "172.20.0.0/16". Changing it replaces the cluster. */
  serviceCidr?: string;
  /** Whether Pulumi's preview and AWS refuse to delete the cluster. Default: true for purpose "prod". */
  deletionProtection?: boolean;
  /** KMS key for the cluster's Secrets. Default: a key of its own, rotated each year. */
  kmsKeyArn?: Input<string>;
  /** Days that CloudWatch keeps the control plane's logs. Default: 90 for purpose "prod", 14 for "dev". */
  logRetentionDays?: number;
  /** Tags on every AWS resource that takes them. */
  tags?: Record<string, Input<string>>;
}

/** What a declaration that says nothing gets. */
export const gpuClusterDefaults = {
  purpose: ClusterPurpose.Prod,
  cidr: "10.0.0.0/16",
  serviceCidr: "172.20.0.0/16",
  systemInstanceType: "m7i.large",
  systemNodesPerZone: 1,
  systemDiskGiB: 50,
  logRetentionDays: { [ClusterPurpose.Dev]: 14, [ClusterPurpose.Prod]: 90 },
} as const;
