import { stringify } from "yaml";
import { kubeletFlags } from "./nodeUserData";
import { HybridCredentials } from "./poolArgs";
import type { ResolvedHybridPool, ResolvedPool } from "./resolvedPool";

/** What a host's configuration says of its cluster. */
export interface HybridCluster {
  readonly name: string;
  readonly region: string;
}

/** Credentials of a host; only one of the two kinds. */
export type HybridHostCredentials =
  | { readonly activationCode: string; readonly activationId: string }
  | {
      readonly nodeName: string;
      readonly trustAnchorArn: string;
      readonly profileArn: string;
      readonly roleArn: string;
    };

/** Where `nodeadm` looks for a host's certificate and key unless told otherwise (AWS EKS user guide, 2026). */
const pki = {
  certificatePath: "/etc/iam/pki/server.pem",
  privateKeyPath: "/etc/iam/pki/server.key",
} as const;

/** The configuration with which `nodeadm init` makes a host a node of a pool, as YAML. With "ssm" it is a secret. */
export function hybridNodeConfig(
  pool: ResolvedPool,
  cluster: HybridCluster,
  credentials: HybridHostCredentials,
): string {
  return stringify({
    apiVersion: "node.eks.aws/v1alpha1",
    kind: "NodeConfig",
    spec: {
      cluster: { name: cluster.name, region: cluster.region },
      kubelet: { flags: kubeletFlags(pool) },
      hybrid:
        "activationCode" in credentials
          ? { ssm: credentials }
          : { iamRolesAnywhere: { ...credentials, ...pki } },
    },
  });
}

/** What the role of hybrid hosts may do beside pulling images, and being managed by Systems Manager with "ssm". */
export function hybridPolicy(place: HybridPlace, hybrid: ResolvedHybridPool): object {
  const describe = { Effect: "Allow", Action: "eks:DescribeCluster", Resource: clusterArn(place) };
  // For pods on the host; the agent of pod identity asks in the host's name.
  const podIdentity = {
    Effect: "Allow",
    Action: "eks-auth:AssumeRoleForPodIdentity",
    Resource: clusterArn(place),
  };
  const leave = [
    { Effect: "Allow", Action: "ssm:DescribeInstanceInformation", Resource: "*" },
    {
      Effect: "Allow",
      Action: "ssm:DeregisterManagedInstance",
      Resource: `arn:${place.partition}:ssm:${place.region}:${place.accountId}:managed-instance/*`,
      Condition: { StringEquals: { [`ssm:resourceTag/${clusterTag}`]: clusterArn(place) } },
    },
  ];
  return {
    Version: "2012-10-17",
    Statement: [describe, podIdentity, ...(hybrid.credentials === HybridCredentials.Ssm ? leave : [])],
  };
}

/** Where hybrid hosts belong. */
export interface HybridPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly clusterName: string;
}

/** Tag of an activation, and so of the hosts that join by it: they may take only themselves out. */
export const clusterTag = "EKSClusterARN";

export function clusterArn({ partition, region, accountId, clusterName }: HybridPlace): string {
  return `arn:${partition}:eks:${region}:${accountId}:cluster/${clusterName}`;
}

/** Who may take on the role of hybrid hosts with "ssm": Systems Manager, for hosts of this account and region. */
export function ssmTrust({ partition, region, accountId }: HybridPlace): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: "ssm.amazonaws.com" },
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "aws:SourceAccount": accountId },
          ArnEquals: { "aws:SourceArn": `arn:${partition}:ssm:${region}:${accountId}:*` },
        },
      },
    ],
  };
}

/** With "roles-anywhere": a host whose certificate this authority signed, under the name that stands in it only. */
export function rolesAnywhereTrust(trustAnchorArn: string): object {
  const principal = { Service: "rolesanywhere.amazonaws.com" };
  const anchor = { "aws:SourceArn": trustAnchorArn };
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: principal,
        Action: ["sts:TagSession", "sts:SetSourceIdentity"],
        Condition: { ArnEquals: anchor },
      },
      {
        Effect: "Allow",
        Principal: principal,
        Action: "sts:AssumeRole",
        Condition: {
          StringEquals: { "sts:RoleSessionName": `\${aws:PrincipalTag/x509Subject/CN}` },
          ArnEquals: anchor,
        },
      },
    ],
  };
}
