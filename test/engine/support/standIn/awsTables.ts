// Data on AWS as its Pulumi provider (7.48, bridged from hashicorp/terraform-provider-aws) and its API treat it.

/**
 * Members whose change makes a new object: those with `ForceNew` or `RequiresReplace` in the schema of the Terraform
 * resource, in Pulumi's spelling, as far as this package could change them. Read in November 2026 in two sources, and
 * each row names its own:
 * - a file of internal/service in hashicorp/terraform-provider-aws, with the commit of the version that was read (of
 *   2023 to 2026; of the older ones the schema is the same in the typings of @pulumi/aws 7.48);
 * - "CFN": `createOnlyProperties` of the resource's CloudFormation schema, as pulumi/pulumi-aws-native keeps it
 *   (2026-08-07): what AWS itself cannot change in place.
 */
export const awsReplacedBy: Readonly<Record<string, readonly string[]>> = {
  // autoscaling/group_tag.go, 050ac11.
  "aws:autoscaling/tag:Tag": ["autoscalingGroupName", "tag.key"],
  // events/rule.go, 0cdab4a. CFN replaces for the name alone, and for the bus on condition.
  "aws:cloudwatch/eventRule:EventRule": ["name", "namePrefix", "eventBusName"],
  // Not read: EventBridge knows a target by these three (API reference, RemoveTargets).
  "aws:cloudwatch/eventTarget:EventTarget": ["rule", "targetId", "eventBusName"],
  // logs/group.go, 0073593.
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix", "logGroupClass"],
  // ec2/ec2_eip.go, 0160692.
  "aws:ec2/eip:Eip": ["domain"],
  // ec2/vpc_internet_gateway.go, 08923b6: moves to another VPC in place, it is detached and attached.
  "aws:ec2/internetGateway:InternetGateway": [],
  // CFN.
  "aws:ec2/launchTemplate:LaunchTemplate": ["name", "namePrefix"],
  // ec2/vpc_nat_gateway.go, 04088ea, and CFN.
  "aws:ec2/natGateway:NatGateway": ["allocationId", "subnetId", "connectivityType", "privateIp"],
  // ec2/ec2_placement_group.go, 05e34de.
  "aws:ec2/placementGroup:PlacementGroup": ["name", "strategy", "partitionCount", "spreadLevel"],
  // CFN.
  "aws:ec2/route:Route": ["routeTableId", "destinationCidrBlock"],
  // CFN.
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  // ec2/vpc_route_table_association.go, 0be71be: another table is taken in place.
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "gatewayId"],
  // CFN.
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "namePrefix", "vpcId"],
  // CFN.
  "aws:ec2/subnet:Subnet": ["availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"],
  // CFN.
  "aws:ec2/vpc:Vpc": ["cidrBlock", "ipv4IpamPoolId"],
  // CFN. By its documentation the provider replaces for privateDnsEnabled, too, but of interface endpoints not.
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType", "vpcId"],
  // ec2/vpc_endpoint_route_table_association.go, 16e7665.
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": [
    "routeTableId",
    "vpcEndpointId",
  ],
  // ec2/vpc_endpoint_subnet_association.go, 07e0d0b.
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": ["subnetId", "vpcEndpointId"],
  // eks/access_entry.go, 01f4311, and CFN.
  "aws:eks/accessEntry:AccessEntry": ["clusterName", "principalArn", "type"],
  // eks/access_policy_association.go, 01f4311.
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
    "accessScope",
    "clusterName",
    "policyArn",
    "principalArn",
  ],
  // CFN.
  "aws:eks/addon:Addon": ["addonName", "clusterName", "namespaceConfig"],
  // eks/cluster.go (2025), and CFN, which replaces for the key of encryption, too.
  "aws:eks/cluster:Cluster": [
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    "bootstrapSelfManagedAddons",
    "kubernetesNetworkConfig.ipFamily",
    "kubernetesNetworkConfig.serviceIpv4Cidr",
    "name",
    "roleArn",
  ],
  // eks/node_group.go (2025), and CFN.
  "aws:eks/nodeGroup:NodeGroup": [
    "amiType",
    "capacityType",
    "clusterName",
    "diskSize",
    "instanceTypes",
    "launchTemplate.id",
    "launchTemplate.name",
    "nodeGroupName",
    "nodeGroupNamePrefix",
    "nodeRoleArn",
    "remoteAccess",
    "subnetIds",
  ],
  // eks/pod_identity_association.go, 00a3530, and CFN.
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["clusterName", "namespace", "serviceAccount"],
  // CFN.
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  // iam/role_policy.go, 02f97af, and CFN.
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  // iam/role_policy_attachment.go, 04c7984.
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  // kms/key.go, 00a3530.
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  // rolesanywhere/profile.go, 05a2569.
  "aws:rolesanywhere/profile:Profile": [],
  // rolesanywhere/trust_anchor.go, 0e98077, and CFN.
  "aws:rolesanywhere/trustAnchor:TrustAnchor": [],
  // CFN.
  "aws:sqs/queue:Queue": ["fifoQueue", "name", "namePrefix"],
  // sqs/queue_policy.go, 0148137.
  "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
  // ssm/activation.go, 013f173: nothing of it is changed in place, its tags neither.
  "aws:ssm/activation:Activation": [
    "description",
    "expirationDate",
    "iamRole",
    "name",
    "registrationLimit",
    "tags",
  ],
  // ec2/vpc_security_group_ingress_rule.go, 00a3220. A source of another kind replaces, too; ours stay of one kind.
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ["securityGroupId"],
};

/** A member that names another object. */
export interface Relation {
  readonly type: string;
  /** A text or a list of texts. */
  readonly member: string;
  readonly target: string;
  /** What of the target it names. */
  readonly by: "id" | "name" | "arn" | "url";
  /** Whether AWS keeps the target while this is there. */
  readonly holds: boolean;
}

const inVpc = ["Subnet", "InternetGateway", "RouteTable", "SecurityGroup", "VpcEndpoint"].map(
  (kind): Relation => {
    const file = `${kind[0]?.toLowerCase()}${kind.slice(1)}`;
    return {
      type: `aws:ec2/${file}:${kind}`,
      member: "vpcId",
      target: "aws:ec2/vpc:Vpc",
      by: "id",
      holds: true,
    };
  },
);

const inCluster = [
  "nodeGroup:NodeGroup",
  "addon:Addon",
  "accessEntry:AccessEntry",
  "accessPolicyAssociation:AccessPolicyAssociation",
  "podIdentityAssociation:PodIdentityAssociation",
].map(
  (kind): Relation => ({
    type: `aws:eks/${kind}`,
    member: "clusterName",
    target: "aws:eks/cluster:Cluster",
    by: "name",
    // AWS itself keeps a cluster with node groups only; the rest would fail when its own turn came.
    holds: true,
  }),
);

const vpc = "aws:ec2/vpc:Vpc";
const subnet = "aws:ec2/subnet:Subnet";
const role = "aws:iam/role:Role";
const routeTable = "aws:ec2/routeTable:RouteTable";
const endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** Who names whom. What is named must exist, and with `holds` it cannot go first. */
export const awsRelations: readonly Relation[] = [
  ...inVpc,
  ...inCluster,
  { type: "aws:ec2/natGateway:NatGateway", member: "subnetId", target: subnet, by: "id", holds: true },
  {
    type: "aws:ec2/natGateway:NatGateway",
    member: "allocationId",
    target: "aws:ec2/eip:Eip",
    by: "id",
    holds: true,
  },
  { type: "aws:ec2/route:Route", member: "routeTableId", target: routeTable, by: "id", holds: false },
  {
    type: "aws:ec2/route:Route",
    member: "gatewayId",
    target: "aws:ec2/internetGateway:InternetGateway",
    by: "id",
    holds: false,
  },
  {
    type: "aws:ec2/route:Route",
    member: "natGatewayId",
    target: "aws:ec2/natGateway:NatGateway",
    by: "id",
    holds: false,
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    member: "routeTableId",
    target: routeTable,
    by: "id",
    holds: true,
  },
  {
    type: "aws:ec2/routeTableAssociation:RouteTableAssociation",
    member: "subnetId",
    target: subnet,
    by: "id",
    holds: false,
  },
  {
    type: "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
    member: "subnetId",
    target: subnet,
    by: "id",
    holds: true,
  },
  {
    type: "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation",
    member: "vpcEndpointId",
    target: endpoint,
    by: "id",
    holds: false,
  },
  {
    type: "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation",
    member: "vpcEndpointId",
    target: endpoint,
    by: "id",
    holds: false,
  },
  {
    type: endpoint,
    member: "securityGroupIds",
    target: "aws:ec2/securityGroup:SecurityGroup",
    by: "id",
    holds: true,
  },
  { type: "aws:eks/cluster:Cluster", member: "vpcConfig.subnetIds", target: subnet, by: "id", holds: true },
  { type: "aws:eks/cluster:Cluster", member: "roleArn", target: role, by: "arn", holds: false },
  { type: "aws:eks/nodeGroup:NodeGroup", member: "subnetIds", target: subnet, by: "id", holds: true },
  { type: "aws:eks/nodeGroup:NodeGroup", member: "nodeRoleArn", target: role, by: "arn", holds: false },
  {
    type: "aws:eks/nodeGroup:NodeGroup",
    member: "launchTemplate.id",
    target: "aws:ec2/launchTemplate:LaunchTemplate",
    by: "id",
    // EC2 lets it go, and EKS calls the group degraded then: nothing of ours may come to that.
    holds: true,
  },
  {
    type: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
    member: "roleArn",
    target: role,
    by: "arn",
    holds: false,
  },
  { type: "aws:iam/rolePolicy:RolePolicy", member: "role", target: role, by: "name", holds: true },
  {
    type: "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    member: "role",
    target: role,
    by: "name",
    holds: true,
  },
  {
    type: "aws:cloudwatch/eventTarget:EventTarget",
    member: "rule",
    target: "aws:cloudwatch/eventRule:EventRule",
    by: "name",
    holds: true,
  },
  {
    type: "aws:sqs/queuePolicy:QueuePolicy",
    member: "queueUrl",
    target: "aws:sqs/queue:Queue",
    by: "url",
    holds: false,
  },
];

/** What keeps a VPC's internet gateway: addresses that are mapped through it (EC2 API, DetachInternetGateway). */
export const mappedAddresses = { holder: "aws:ec2/natGateway:NatGateway", subnet, vpc } as const;

/** The beginnings of ids that EC2 hands out. */
export const ec2Ids: Readonly<Record<string, string>> = {
  "aws:ec2/eip:Eip": "eipalloc",
  "aws:ec2/internetGateway:InternetGateway": "igw",
  "aws:ec2/launchTemplate:LaunchTemplate": "lt",
  "aws:ec2/natGateway:NatGateway": "nat",
  "aws:ec2/route:Route": "r",
  "aws:ec2/routeTable:RouteTable": "rtb",
  "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
  "aws:ec2/securityGroup:SecurityGroup": "sg",
  "aws:ec2/subnet:Subnet": "subnet",
  "aws:ec2/vpc:Vpc": "vpc",
  "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
};
