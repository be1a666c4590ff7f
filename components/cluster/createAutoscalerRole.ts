import * as aws from "@pulumi/aws";
import { output } from "@pulumi/pulumi";
import { autoscalerAccount, clusterAutoscalerPolicy } from "./clusterAutoscaler";
import { trustPods } from "./iamRoles";
import type { PoolParts } from "./poolParts";

/** Makes the role of the Cluster Autoscaler. It must be bound to the service account before the first pod starts. */
export function createAutoscalerRole({ name, place, options, made }: PoolParts): void {
  const { parent } = options;
  const roleName = `${name}-cluster-autoscaler`;
  const role = new aws.iam.Role(
    roleName,
    { assumeRolePolicy: JSON.stringify(trustPods), tags: { ...options.tags } },
    { parent },
  );
  const policy = new aws.iam.RolePolicy(
    roleName,
    {
      role: role.name,
      policy: output(place.clusterName).apply((cluster) => JSON.stringify(clusterAutoscalerPolicy(cluster))),
    },
    { parent },
  );
  const association = new aws.eks.PodIdentityAssociation(
    roleName,
    {
      clusterName: place.clusterName,
      namespace: autoscalerAccount.namespace,
      serviceAccount: autoscalerAccount.name,
      roleArn: role.arn,
      tags: { ...options.tags },
    },
    { parent, dependsOn: [policy] },
  );
  made.set("cluster-autoscaler-role", association);
}
