import type * as k8s from "@pulumi/kubernetes";
import type { Input, Resource } from "@pulumi/pulumi";

/** Who makes the nodes of a cluster. */
export const ClusterCompute = {
  /** EKS managed node groups, one for each pool and one of system nodes for each zone. */
  ManagedGroups: "managed-groups",
  /** EKS Auto Mode: AWS runs nodes, network, DNS, disks and load balancers, for a fee on top of each instance. */
  AutoMode: "auto-mode",
  /** Karpenter on the system nodes makes the nodes of pools. */
  Karpenter: "karpenter",
} as const;
export type ClusterCompute = (typeof ClusterCompute)[keyof typeof ClusterCompute];

/** The role that nodes of pools run with. */
export interface PoolNodeRole {
  readonly name: Input<string>;
  readonly arn: Input<string>;
}

/** Where pools are made: what a pool has to know of its cluster. */
export interface PoolPlace {
  readonly clusterName: Input<string>;
  readonly nodeRole: PoolNodeRole;
  /** Private subnets by the name of their zone. */
  readonly subnetIds: Readonly<Record<string, Input<string>>>;
  /** Minor version, such as "1.35". */
  readonly kubernetesVersion: string;
  /** The security group that EKS gives the control plane and, unless told otherwise, the nodes. */
  readonly clusterSecurityGroupId: Input<string>;
  /** For what pools make inside the cluster: it outlives the objects of the cluster's users when all is deleted. */
  readonly provider: k8s.Provider;
  readonly compute: ClusterCompute;
  /** What must be there before the first node of a pool starts, and stay until the last one has gone. */
  readonly before: readonly Resource[];
}
