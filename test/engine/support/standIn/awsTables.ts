// Data on AWS as its Pulumi provider (7.48, bridged from hashicorp/terraform-provider-aws) and its API treat it.

/**
 * Members whose change makes a new object: those with `ForceNew` or `RequiresReplace` in the schema of the Terraform
 * resource, in Pulumi's spelling, as far as this package could change them. eks_node_group and eks_cluster were read
 * line by line in internal/service/eks (2025); the others follow the API, which has no call to change these members
 * (AWS API references of EC2, IAM, CloudWatch Logs, EventBridge, SQS, Auto Scaling, Systems Manager, 2026).
 */
export const awsReplacedBy: Readonly<Record<string, readonly string[]>> = {
  "aws:autoscaling/tag:Tag": ["autoscalingGroupName", "tag.key"],
  "aws:cloudwatch/eventRule:EventRule": ["name", "namePrefix", "eventBusName"],
  "aws:cloudwatch/eventTarget:EventTarget": ["rule", "targetId", "eventBusName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name", "namePrefix", "logGroupClass"],
  "aws:ec2/eip:Eip": ["domain"],
  // Moves to another VPC in place: it is detached and attached.
  "aws:ec2/internetGateway:InternetGateway": [],
  "aws:ec2/launchTemplate:LaunchTemplate": ["name", "namePrefix"],
  "aws:ec2/natGateway:NatGateway": ["allocationId", "subnetId", "connectivityType"],
  "aws:ec2/placementGroup:PlacementGroup": ["name", "strategy", "partitionCount", "spreadLevel"],
  "aws:ec2/route:Route": ["routeTableId", "destinationCidrBlock"],
  "aws:ec2/routeTable:RouteTable": ["vpcId"],
  "aws:ec2/routeTableAssociation:RouteTableAssociation": ["subnetId", "gatewayId"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "namePrefix", "vpcId"],
  "aws:ec2/subnet:Subnet": ["availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock", "ipv4IpamPoolId"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["serviceName", "vpcEndpointType", "vpcId"],
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": [
    "routeTableId",
    "vpcEndpointId",
  ],
  "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": ["subnetId", "vpcEndpointId"],
  "aws:eks/accessEntry:AccessEntry": ["clusterName", "principalArn", "type"],
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": [
    "accessScope",
    "clusterName",
    "policyArn",
    "principalArn",
  ],
  "aws:eks/addon:Addon": ["addonName", "clusterName"],
  "aws:eks/cluster:Cluster": [
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    "bootstrapSelfManagedAddons",
    "kubernetesNetworkConfig.ipFamily",
    "kubernetesNetworkConfig.serviceIpv4Cidr",
    "name",
    "roleArn",
  ],
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
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": ["clusterName", "namespace", "serviceAccount"],
  "aws:iam/role:Role": ["name", "namePrefix", "path"],
  "aws:iam/rolePolicy:RolePolicy": ["name", "namePrefix", "role"],
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ["policyArn", "role"],
  "aws:kms/key:Key": ["customerMasterKeySpec", "keyUsage", "multiRegion"],
  "aws:rolesanywhere/profile:Profile": [],
  "aws:rolesanywhere/trustAnchor:TrustAnchor": [],
  "aws:sqs/queue:Queue": ["fifoQueue", "name", "namePrefix"],
  "aws:sqs/queuePolicy:QueuePolicy": ["queueUrl"],
  "aws:ssm/activation:Activation": ["description", "expirationDate", "iamRole", "name", "registrationLimit"],
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
