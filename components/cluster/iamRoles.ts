import * as aws from "@pulumi/aws";
import type { Resource } from "@pulumi/pulumi";
import { type ClusterParts, named } from "./clusterParts";

/** A role, and what has to be there before it can be used. */
export interface ReadyRole {
  readonly role: aws.iam.Role;
  readonly ready: readonly Resource[];
}

/** Makes a role that a service takes on, with policies of AWS. `policies`: the path of each below "policy/". */
export function createRole(
  parts: ClusterParts,
  key: string,
  trust: aws.iam.PolicyDocument,
  partition: string,
  policies: readonly string[],
): ReadyRole {
  const { parent } = parts;
  const roleName = `${parts.name}-${key}`;
  const role = new aws.iam.Role(
    roleName,
    { assumeRolePolicy: JSON.stringify(trust), tags: named(parts, roleName) },
    { parent },
  );
  const attachments = policies.map((policy) => {
    const policyName = policy.split("/").at(-1) ?? policy;
    return new aws.iam.RolePolicyAttachment(
      `${roleName}-${policyName}`,
      { role: role.name, policyArn: `arn:${partition}:iam::aws:policy/${policy}` },
      { parent },
    );
  });
  return { role, ready: attachments };
}

/** Instances of EC2 may take on the role. */
export const trustInstances: aws.iam.PolicyDocument = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

/** Pods may take on the role, by an association with their service account. */
export const trustPods: aws.iam.PolicyDocument = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    },
  ],
};

/** Policies of a node. The network plugin has a role of its own, so that nodes cannot change their addresses. */
export const nodePolicies = [
  "AmazonEKSWorkerNodePolicy",
  "AmazonEC2ContainerRegistryPullOnly",
  "AmazonSSMManagedInstanceCore",
] as const;

/** Policies of a node of EKS Auto Mode, which has no agent of Systems Manager. */
export const autoModeNodePolicies = [
  "AmazonEKSWorkerNodeMinimalPolicy",
  "AmazonEC2ContainerRegistryPullOnly",
] as const;
