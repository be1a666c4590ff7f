import type * as aws from "@pulumi/aws";

/** What the policy of Karpenter's controller is about. */
export interface KarpenterScope {
  readonly partition: string;
  readonly region: string;
  readonly clusterName: string;
  readonly nodeRoleArn: string;
  readonly queueArn: string;
}

type Statement = aws.iam.PolicyStatement;

/**
 * What Karpenter's controller may do: start and end instances that carry the cluster's tag, and no others. As in
 * Karpenter's own CloudFormation template (1.14, 2026), with any account in the ARNs of instance profiles, which are
 * of this one anyway.
 */
export function karpenterPolicy(scope: KarpenterScope): aws.iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [...instances(scope), ...profiles(scope), ...reads(scope)],
  };
}

function instances({ partition, region, clusterName }: KarpenterScope): Statement[] {
  const ec2 = (...kinds: string[]) => kinds.map((kind) => `arn:${partition}:ec2:${region}:*:${kind}/*`);
  const launched = [
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "launch-template",
    "spot-instances-request",
  ];
  const owned = { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: "owned" };
  const requested = {
    [`aws:RequestTag/kubernetes.io/cluster/${clusterName}`]: "owned",
    "aws:RequestTag/eks:eks-cluster-name": clusterName,
  };
  const ofPool = { "aws:ResourceTag/karpenter.sh/nodepool": "*" };
  const forPool = { "aws:RequestTag/karpenter.sh/nodepool": "*" };
  return [
    {
      Sid: "AllowScopedEC2InstanceAccessActions",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: [
        `arn:${partition}:ec2:${region}::image/*`,
        `arn:${partition}:ec2:${region}::snapshot/*`,
        ...ec2("security-group", "subnet", "capacity-reservation"),
      ],
    },
    {
      Sid: "AllowScopedEC2LaunchTemplateAccessActions",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet"],
      Resource: ec2("launch-template"),
      Condition: { StringEquals: owned, StringLike: ofPool },
    },
    {
      Sid: "AllowScopedEC2InstanceActionsWithTags",
      Effect: "Allow",
      Action: ["ec2:RunInstances", "ec2:CreateFleet", "ec2:CreateLaunchTemplate"],
      Resource: ec2(...launched, "capacity-reservation"),
      Condition: { StringEquals: requested, StringLike: forPool },
    },
    {
      Sid: "AllowScopedResourceCreationTagging",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2(...launched),
      Condition: {
        StringEquals: {
          ...requested,
          "ec2:CreateAction": ["RunInstances", "CreateFleet", "CreateLaunchTemplate"],
        },
        StringLike: forPool,
      },
    },
    {
      Sid: "AllowScopedResourceTagging",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2("instance"),
      Condition: {
        StringEquals: owned,
        StringLike: ofPool,
        StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": clusterName },
        "ForAllValues:StringEquals": {
          "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
        },
      },
    },
    {
      Sid: "AllowScopedDeletion",
      Effect: "Allow",
      Action: ["ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"],
      Resource: ec2("instance", "launch-template"),
      Condition: { StringEquals: owned, StringLike: ofPool },
    },
  ];
}

function profiles({ partition, region, clusterName, nodeRoleArn }: KarpenterScope): Statement[] {
  const Resource = `arn:${partition}:iam::*:instance-profile/*`;
  const tagsOf = (kind: "ResourceTag" | "RequestTag") => ({
    [`aws:${kind}/kubernetes.io/cluster/${clusterName}`]: "owned",
    [`aws:${kind}/topology.kubernetes.io/region`]: region,
  });
  const requested = { ...tagsOf("RequestTag"), "aws:RequestTag/eks:eks-cluster-name": clusterName };
  const ofClass = { "aws:ResourceTag/karpenter.k8s.aws/ec2nodeclass": "*" };
  const forClass = { "aws:RequestTag/karpenter.k8s.aws/ec2nodeclass": "*" };
  return [
    {
      Sid: "AllowPassingInstanceRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: nodeRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": "ec2.amazonaws.com" } },
    },
    {
      Sid: "AllowScopedInstanceProfileCreationActions",
      Effect: "Allow",
      Action: "iam:CreateInstanceProfile",
      Resource,
      Condition: { StringEquals: requested, StringLike: forClass },
    },
    {
      Sid: "AllowScopedInstanceProfileTagActions",
      Effect: "Allow",
      Action: "iam:TagInstanceProfile",
      Resource,
      Condition: {
        StringEquals: { ...tagsOf("ResourceTag"), ...requested },
        StringLike: { ...ofClass, ...forClass },
      },
    },
    {
      Sid: "AllowScopedInstanceProfileActions",
      Effect: "Allow",
      Action: [
        "iam:AddRoleToInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile",
        "iam:DeleteInstanceProfile",
      ],
      Resource,
      Condition: { StringEquals: tagsOf("ResourceTag"), StringLike: ofClass },
    },
    { Sid: "AllowInstanceProfileReadActions", Effect: "Allow", Action: "iam:GetInstanceProfile", Resource },
    {
      Sid: "AllowUnscopedInstanceProfileListAction",
      Effect: "Allow",
      Action: "iam:ListInstanceProfiles",
      Resource: "*",
    },
  ];
}

function reads({ partition, region, clusterName, queueArn }: KarpenterScope): Statement[] {
  return [
    {
      Sid: "AllowAPIServerEndpointDiscovery",
      Effect: "Allow",
      Action: "eks:DescribeCluster",
      Resource: `arn:${partition}:eks:${region}:*:cluster/${clusterName}`,
    },
    {
      Sid: "AllowInterruptionQueueActions",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: queueArn,
    },
    {
      Sid: "AllowRegionalReadActions",
      Effect: "Allow",
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": region } },
    },
    {
      Sid: "AllowSSMReadActions",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: `arn:${partition}:ssm:${region}::parameter/aws/service/*`,
    },
    { Sid: "AllowPricingReadActions", Effect: "Allow", Action: "pricing:GetProducts", Resource: "*" },
  ];
}
