import * as aws from "@pulumi/aws";
import type { Input, Resource } from "@pulumi/pulumi";
import { type ClusterParts, named } from "./clusterParts";
import type { OwnNetwork, ResolvedNetwork, ZonePlan } from "./resolveNetwork";
import { createEndpoints } from "./vpcEndpoints";

/** Where nodes live. */
export interface Network {
  readonly vpcId: Input<string>;
  /** Private subnets by zone. */
  readonly subnetIds: Readonly<Record<string, Input<string>>>;
  /** Route tables of the private subnets by zone; empty for a VPC that exists. */
  readonly routeTableIds: Readonly<Record<string, Input<string>>>;
  /**
   * What must be there before a node can start and a load balancer can be made, and stays until they have gone: their
   * ways to the control plane, to images and to clients.
   */
  readonly ways: readonly Resource[];
}

/** Makes the VPC, or takes the one that exists. */
export function createNetwork(
  parts: ClusterParts,
  clusterName: string,
  { region, own, given }: ResolvedNetwork,
): Network {
  if (own !== undefined) {
    return createVpc(parts, clusterName, region, own);
  }
  return { vpcId: given?.vpcId ?? "", subnetIds: given?.subnetIds ?? {}, routeTableIds: {}, ways: [] };
}

/** The children of a zone carry its name, so that another zone changes none of them. */
function createVpc(parts: ClusterParts, clusterName: string, region: string, own: OwnNetwork): Network {
  const { name, parent } = parts;
  const vpc = new aws.ec2.Vpc(
    name,
    {
      cidrBlock: own.cidr,
      // Endpoints with private names and the API server's own need both.
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: named(parts, name),
    },
    { parent },
  );
  const shared: SharedParts = { ...parts, clusterName, vpcId: vpc.id };
  const publicTable = own.zones.some(({ publicCidr }) => publicCidr !== undefined)
    ? createPublicTable(shared)
    : undefined;
  const ways: Resource[] = [];
  const gateways = new Map<string, aws.ec2.NatGateway>();
  for (const zone of own.zones) {
    const place = publicTable && createPublicSubnet(shared, zone, publicTable);
    if (place === undefined) {
      continue;
    }
    // Also of a zone without a NAT gateway: load balancers are in all of them.
    ways.push(...place.ways);
    if (isNatZone(own, zone.zone)) {
      gateways.set(zone.zone, createNat(shared, zone.zone, place));
    }
  }
  const subnetIds: Record<string, Input<string>> = {};
  const routeTableIds: Record<string, Input<string>> = {};
  for (const plan of own.zones) {
    const made = createPrivateSubnet(shared, plan, gateways.get(plan.natZone ?? ""));
    subnetIds[plan.zone] = made.subnet.id;
    routeTableIds[plan.zone] = made.table.id;
    ways.push(...made.ways);
  }
  ways.push(
    ...createEndpoints(parts, {
      vpcId: vpc.id,
      vpcCidr: own.cidr,
      region,
      subnetIds,
      routeTableIds,
      interfaces: own.interfaceEndpoints,
    }),
  );
  return { vpcId: vpc.id, subnetIds, routeTableIds, ways };
}

function isNatZone(own: OwnNetwork, zone: string): boolean {
  return own.zones.some(({ natZone }) => natZone === zone);
}

interface SharedParts extends ClusterParts {
  readonly clusterName: string;
  readonly vpcId: Input<string>;
}

/** The route table that public subnets share, and its route to the internet. */
interface PublicTable {
  readonly table: aws.ec2.RouteTable;
  readonly route: aws.ec2.Route;
}

function createPublicTable(parts: SharedParts): PublicTable {
  const { name, parent, vpcId } = parts;
  const gateway = new aws.ec2.InternetGateway(name, { vpcId, tags: named(parts, name) }, { parent });
  const table = new aws.ec2.RouteTable(
    `${name}-public`,
    { vpcId, tags: named(parts, `${name}-public`) },
    { parent },
  );
  const route = new aws.ec2.Route(
    `${name}-public`,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    { parent },
  );
  return { table, route };
}

/** A public subnet, and what connects it to the internet. */
interface PublicPlace {
  readonly subnet: aws.ec2.Subnet;
  readonly ways: readonly Resource[];
}

function createPublicSubnet(
  parts: SharedParts,
  { zone, publicCidr }: ZonePlan,
  { table, route }: PublicTable,
): PublicPlace | undefined {
  if (publicCidr === undefined) {
    return undefined;
  }
  const { name, parent, vpcId } = parts;
  const subnetName = `${name}-public-${zone}`;
  const subnet = new aws.ec2.Subnet(
    subnetName,
    {
      vpcId,
      availabilityZone: zone,
      cidrBlock: publicCidr,
      // Only load balancers and NAT gateways live here, and they ask for their addresses themselves.
      mapPublicIpOnLaunch: false,
      tags: { ...named(parts, subnetName), ...discovery(parts.clusterName, "elb") },
    },
    { parent },
  );
  const association = new aws.ec2.RouteTableAssociation(
    subnetName,
    { subnetId: subnet.id, routeTableId: table.id },
    { parent },
  );
  return { subnet, ways: [association, route] };
}

function createNat(parts: SharedParts, zone: string, { subnet, ways }: PublicPlace): aws.ec2.NatGateway {
  const { name, parent } = parts;
  const natName = `${name}-nat-${zone}`;
  const address = new aws.ec2.Eip(natName, { domain: "vpc", tags: named(parts, natName) }, { parent });
  return new aws.ec2.NatGateway(
    natName,
    { allocationId: address.id, subnetId: subnet.id, tags: named(parts, natName) },
    // Without a way out it counts as failed; and the internet gateway cannot go before its address does.
    { parent, dependsOn: [...ways] },
  );
}

function createPrivateSubnet(
  parts: SharedParts,
  { zone, privateCidr }: ZonePlan,
  nat: aws.ec2.NatGateway | undefined,
): { subnet: aws.ec2.Subnet; table: aws.ec2.RouteTable; ways: Resource[] } {
  const { name, parent, vpcId } = parts;
  const privateName = `${name}-private-${zone}`;
  const subnet = new aws.ec2.Subnet(
    privateName,
    {
      vpcId,
      availabilityZone: zone,
      cidrBlock: privateCidr,
      mapPublicIpOnLaunch: false,
      tags: { ...named(parts, privateName), ...discovery(parts.clusterName, "internal-elb") },
    },
    { parent },
  );
  const table = new aws.ec2.RouteTable(privateName, { vpcId, tags: named(parts, privateName) }, { parent });
  const association = new aws.ec2.RouteTableAssociation(
    privateName,
    { subnetId: subnet.id, routeTableId: table.id },
    { parent },
  );
  if (nat === undefined) {
    return { subnet, table, ways: [association] };
  }
  const route = new aws.ec2.Route(
    privateName,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
    { parent },
  );
  return { subnet, table, ways: [association, route] };
}

/** By these tags the makers of load balancers find the subnets of a cluster. */
function discovery(clusterName: string, role: string): Record<string, string> {
  return { [`kubernetes.io/role/${role}`]: "1", [`kubernetes.io/cluster/${clusterName}`]: "shared" };
}
