import type { Input } from "@pulumi/pulumi";
import type { HelmValues } from "../gateway/installArgs";

/** The service account of the autoscaler, to which its role is bound. */
export const autoscalerAccount = { namespace: "kube-system", name: "cluster-autoscaler" } as const;

/** Values of the autoscaler's chart. */
export function clusterAutoscalerValues({
  clusterName,
  region,
}: {
  readonly clusterName: Input<string>;
  readonly region: string;
}): HelmValues {
  return {
    fullnameOverride: autoscalerAccount.name,
    cloudProvider: "aws",
    // Pods do not reach the metadata service of their node.
    awsRegion: region,
    autoDiscovery: { clusterName },
    rbac: { serviceAccount: { create: true, name: autoscalerAccount.name } },
    priorityClassName: "system-cluster-critical",
    extraArgs: {
      expander: "least-waste",
      // Each zone of a pool is a group of its own.
      "balance-similar-node-groups": "true",
      // A running model is never moved to save a part of a node: its weights live on the node's disk.
      "skip-nodes-with-local-storage": "true",
      "skip-nodes-with-system-pods": "false",
    },
  };
}

/**
 * What the autoscaler may do (kubernetes/autoscaler, AWS provider, 2026): look at everything, change the groups of
 * this cluster only. EKS puts the tag on each group.
 */
export function clusterAutoscalerPolicy(clusterName: string): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "autoscaling:DescribeAutoScalingGroups",
          "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeLaunchConfigurations",
          "autoscaling:DescribeScalingActivities",
          "autoscaling:DescribeTags",
          "ec2:DescribeImages",
          "ec2:DescribeInstanceTypes",
          "ec2:DescribeLaunchTemplateVersions",
          "ec2:GetInstanceTypesFromInstanceRequirements",
          "eks:DescribeNodegroup",
        ],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        Resource: "*",
        Condition: {
          StringEquals: { [`aws:ResourceTag/k8s.io/cluster-autoscaler/${clusterName}`]: "owned" },
        },
      },
    ],
  };
}
