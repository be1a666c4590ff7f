/** The actions of IAM that a resource's provider calls. */
export interface TypePermissions {
  readonly create: readonly string[];
  readonly read: readonly string[];
  readonly update: readonly string[];
  readonly delete: readonly string[];
}

type Row = readonly [create: string, read: string, update: string, deletion: string];

/**
 * Actions by Pulumi's type, as the AWS provider (7.48, 2026) calls them. EC2 has one pair of actions for tags, added
 * below. Types that the EKS component makes are here too: it calls AWS with the same credentials.
 *
 * Every row was compared in November 2026 with what AWS asks of who makes the type by CloudFormation
 * (`handlers.*.permissions` of its schemas, pulumi/pulumi-aws-native, 2026-08-07), and where there is no such type, or
 * the two differ, with the resource in hashicorp/terraform-provider-aws (the files that the engine tests name in
 * `awsTables.ts`). Event targets have neither a type in CloudFormation nor was their source to be had.
 */
const rows: Readonly<Record<string, Row>> = {
  "aws:autoscaling/tag:Tag": [
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DescribeTags",
    "autoscaling:CreateOrUpdateTags",
    "autoscaling:DeleteTags",
  ],
  "aws:cloudwatch/eventRule:EventRule": [
    "events:PutRule events:TagResource",
    "events:DescribeRule events:ListTagsForResource",
    "events:PutRule events:TagResource events:UntagResource",
    "events:DeleteRule",
  ],
  "aws:cloudwatch/eventTarget:EventTarget": [
    "events:PutTargets",
    "events:ListTargetsByRule",
    "events:PutTargets",
    "events:RemoveTargets",
  ],
  "aws:cloudwatch/logGroup:LogGroup": [
    "logs:CreateLogGroup logs:PutRetentionPolicy logs:TagResource",
    "logs:DescribeLogGroups logs:ListTagsForResource",
    "logs:PutRetentionPolicy logs:DeleteRetentionPolicy logs:TagResource logs:UntagResource",
    "logs:DeleteLogGroup",
  ],
  "aws:ec2/eip:Eip": [
    "ec2:AllocateAddress",
    "ec2:DescribeAddresses ec2:DescribeAddressesAttribute",
    "",
    "ec2:ReleaseAddress ec2:DisassociateAddress",
  ],
  "aws:ec2/internetGateway:InternetGateway": [
    "ec2:CreateInternetGateway ec2:AttachInternetGateway",
    "ec2:DescribeInternetGateways",
    "ec2:AttachInternetGateway ec2:DetachInternetGateway",
    "ec2:DetachInternetGateway ec2:DeleteInternetGateway",
  ],
  "aws:ec2/launchTemplate:LaunchTemplate": [
    "ec2:CreateLaunchTemplate",
    "ec2:DescribeLaunchTemplates ec2:DescribeLaunchTemplateVersions",
    "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate",
    "ec2:DeleteLaunchTemplate",
  ],
  "aws:ec2/natGateway:NatGateway": [
    "ec2:CreateNatGateway",
    "ec2:DescribeNatGateways",
    "",
    "ec2:DeleteNatGateway",
  ],
  "aws:ec2/placementGroup:PlacementGroup": [
    "ec2:CreatePlacementGroup",
    "ec2:DescribePlacementGroups",
    "",
    "ec2:DeletePlacementGroup",
  ],
  "aws:ec2/route:Route": [
    "ec2:CreateRoute",
    "ec2:DescribeRouteTables",
    "ec2:ReplaceRoute",
    "ec2:DeleteRoute",
  ],
  "aws:ec2/routeTable:RouteTable": [
    "ec2:CreateRouteTable",
    "ec2:DescribeRouteTables",
    "",
    "ec2:DeleteRouteTable",
  ],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": [
    "ec2:AssociateRouteTable",
    "ec2:DescribeRouteTables",
    "ec2:ReplaceRouteTableAssociation",
    "ec2:DisassociateRouteTable",
  ],
  "aws:ec2/securityGroup:SecurityGroup": [
    "ec2:CreateSecurityGroup ec2:RevokeSecurityGroupEgress",
    "ec2:DescribeSecurityGroups",
    "",
    "ec2:DeleteSecurityGroup ec2:DescribeNetworkInterfaces",
  ],
  "aws:ec2/subnet:Subnet": [
    "ec2:CreateSubnet ec2:ModifySubnetAttribute",
    "ec2:DescribeSubnets ec2:DescribeAvailabilityZones",
    "ec2:ModifySubnetAttribute",
    "ec2:DeleteSubnet ec2:DescribeNetworkInterfaces",
  ],
  "aws:ec2/vpc:Vpc": [
    "ec2:CreateVpc ec2:ModifyVpcAttribute",
    "ec2:DescribeVpcs ec2:DescribeVpcAttribute ec2:DescribeNetworkAcls ec2:DescribeRouteTables ec2:DescribeSecurityGroups",
    "ec2:ModifyVpcAttribute",
    "ec2:DeleteVpc",
  ],
  "aws:ec2/vpcEndpoint:VpcEndpoint": [
    "ec2:CreateVpcEndpoint",
    "ec2:DescribeVpcEndpoints ec2:DescribePrefixLists",
    "ec2:ModifyVpcEndpoint",
    "ec2:DeleteVpcEndpoints",
  ],
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": [
    "ec2:ModifyVpcEndpoint",
    "ec2:DescribeVpcEndpoints",
    "",
    "ec2:ModifyVpcEndpoint",
  ],
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": [
    "ec2:ModifyVpcEndpoint",
    "ec2:DescribeVpcEndpoints",
    "",
    "ec2:ModifyVpcEndpoint",
  ],
  "aws:eks/accessEntry:AccessEntry": [
    "eks:CreateAccessEntry eks:TagResource",
    "eks:DescribeAccessEntry",
    "eks:UpdateAccessEntry eks:TagResource eks:UntagResource",
    "eks:DeleteAccessEntry",
  ],
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
    "eks:AssociateAccessPolicy",
    "eks:ListAssociatedAccessPolicies",
    "",
    "eks:DisassociateAccessPolicy",
  ],
  "aws:eks/addon:Addon": [
    "eks:CreateAddon eks:CreatePodIdentityAssociation eks:TagResource iam:PassRole iam:GetRole",
    "eks:DescribeAddon eks:DescribePodIdentityAssociation eks:ListPodIdentityAssociations",
    "eks:UpdateAddon eks:DescribeUpdate eks:CreatePodIdentityAssociation eks:UpdatePodIdentityAssociation eks:DeletePodIdentityAssociation eks:TagResource eks:UntagResource iam:PassRole iam:GetRole",
    "eks:DeleteAddon eks:DeletePodIdentityAssociation",
  ],
  "aws:eks/cluster:Cluster": [
    "eks:CreateCluster eks:TagResource iam:PassRole iam:GetRole iam:ListAttachedRolePolicies iam:CreateServiceLinkedRole kms:CreateGrant kms:DescribeKey ec2:DescribeSubnets ec2:DescribeSecurityGroups ec2:DescribeVpcs",
    "eks:DescribeCluster",
    "eks:UpdateClusterConfig eks:UpdateClusterVersion iam:PassRole eks:AssociateEncryptionConfig eks:DescribeUpdate eks:TagResource eks:UntagResource",
    "eks:DeleteCluster",
  ],
  "aws:eks/nodeGroup:NodeGroup": [
    "eks:CreateNodegroup eks:TagResource iam:PassRole iam:GetRole iam:ListAttachedRolePolicies iam:CreateServiceLinkedRole ec2:RunInstances ec2:CreateTags ec2:DescribeLaunchTemplates ec2:DescribeLaunchTemplateVersions ec2:DescribeRouteTables ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcs",
    "eks:DescribeNodegroup",
    "eks:UpdateNodegroupConfig eks:UpdateNodegroupVersion iam:PassRole iam:GetRole ec2:RunInstances ec2:DescribeLaunchTemplateVersions eks:DescribeUpdate eks:TagResource eks:UntagResource",
    "eks:DeleteNodegroup",
  ],
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": [
    "eks:CreatePodIdentityAssociation eks:TagResource iam:PassRole iam:GetRole",
    "eks:DescribePodIdentityAssociation",
    "eks:UpdatePodIdentityAssociation eks:TagResource eks:UntagResource iam:PassRole iam:GetRole",
    "eks:DeletePodIdentityAssociation",
  ],
  "aws:iam/role:Role": [
    "iam:CreateRole iam:TagRole",
    "iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies",
    "iam:UpdateAssumeRolePolicy iam:UpdateRole iam:TagRole iam:UntagRole",
    "iam:DeleteRole iam:ListInstanceProfilesForRole iam:RemoveRoleFromInstanceProfile",
  ],
  "aws:iam/rolePolicy:RolePolicy": [
    "iam:PutRolePolicy",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
  ],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": [
    "iam:AttachRolePolicy",
    "iam:ListAttachedRolePolicies",
    "",
    "iam:DetachRolePolicy",
  ],
  "aws:kms/key:Key": [
    "kms:CreateKey kms:EnableKeyRotation kms:TagResource",
    "kms:DescribeKey kms:GetKeyPolicy kms:GetKeyRotationStatus kms:ListResourceTags",
    "kms:UpdateKeyDescription kms:EnableKeyRotation kms:DisableKeyRotation kms:PutKeyPolicy kms:TagResource kms:UntagResource",
    "kms:ScheduleKeyDeletion",
  ],
  "aws:rolesanywhere/profile:Profile": [
    "rolesanywhere:CreateProfile rolesanywhere:TagResource iam:PassRole iam:GetRole",
    "rolesanywhere:GetProfile rolesanywhere:ListTagsForResource",
    "rolesanywhere:UpdateProfile rolesanywhere:EnableProfile rolesanywhere:DisableProfile rolesanywhere:TagResource rolesanywhere:UntagResource iam:PassRole",
    "rolesanywhere:DeleteProfile",
  ],
  "aws:rolesanywhere/trustAnchor:TrustAnchor": [
    "rolesanywhere:CreateTrustAnchor rolesanywhere:TagResource iam:CreateServiceLinkedRole",
    "rolesanywhere:GetTrustAnchor rolesanywhere:ListTagsForResource",
    "rolesanywhere:UpdateTrustAnchor rolesanywhere:EnableTrustAnchor rolesanywhere:DisableTrustAnchor rolesanywhere:TagResource rolesanywhere:UntagResource",
    "rolesanywhere:DeleteTrustAnchor",
  ],
  "aws:sqs/queue:Queue": [
    "sqs:CreateQueue sqs:TagQueue",
    "sqs:GetQueueAttributes sqs:GetQueueUrl sqs:ListQueueTags",
    "sqs:SetQueueAttributes sqs:TagQueue sqs:UntagQueue",
    "sqs:DeleteQueue",
  ],
  "aws:sqs/queuePolicy:QueuePolicy": [
    "sqs:SetQueueAttributes",
    "sqs:GetQueueAttributes",
    "sqs:SetQueueAttributes",
    "sqs:SetQueueAttributes",
  ],
  "aws:ssm/activation:Activation": [
    "ssm:CreateActivation ssm:AddTagsToResource iam:PassRole",
    "ssm:DescribeActivations",
    "",
    "ssm:DeleteActivation",
  ],
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": [
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DescribeSecurityGroupRules",
    "ec2:ModifySecurityGroupRules",
    "ec2:RevokeSecurityGroupIngress",
  ],
};

/** Types of EC2 whose tags are on the resource; the others' tags are on something else. */
const untagged = [
  "aws:ec2/route:Route",
  "aws:ec2/routeTableAssociation:RouteTableAssociation",
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
];

/** Actions by Pulumi's type of each AWS resource that this package makes. */
export const awsPermissions: ReadonlyMap<string, TypePermissions> = new Map(
  Object.entries(rows).map(([type, [create, read, update, deletion]]) => {
    const tagged = /^aws:(ec2|vpc)\//.test(type) && !untagged.includes(type);
    const tags = tagged ? "ec2:CreateTags " : "";
    return [
      type,
      {
        create: words(`${tags}${create}`),
        read: words(read),
        update: words(`${tags}${tagged ? "ec2:DeleteTags " : ""}${update}`),
        delete: words(deletion),
      },
    ];
  }),
);

/** Actions of the functions that the package calls before anything is made. */
export const functionPermissions: ReadonlyMap<string, readonly string[]> = new Map([
  // STS answers it to everybody.
  ["aws:index/getCallerIdentity:getCallerIdentity", []],
  ["aws:eks/getCluster:getCluster", ["eks:DescribeCluster"]],
]);

/** All actions that `pulumi up`, `refresh` and `destroy` need, in order of name. */
export function allActions(): readonly string[] {
  const ofTypes = [...awsPermissions.values()].flatMap((each) => [
    ...each.create,
    ...each.read,
    ...each.update,
    ...each.delete,
  ]);
  return [...new Set([...ofTypes, ...[...functionPermissions.values()].flat()])].sort();
}

function words(text: string): readonly string[] {
  return [...new Set(text.split(" ").filter((word) => word !== ""))].sort();
}
