import * as aws from "@pulumi/aws";
import type { Input, Resource } from "@pulumi/pulumi";
import { type ClusterParts, named } from "./clusterParts";

/**
 * Services that nodes, add-ons and autoscalers call. Images and registration of nodes, pod identity, disks, logs,
 * Session Manager (the last two).
 */
export const interfaceServices = [
  "ecr.api",
  "ecr.dkr",
  "sts",
  "ec2",
  "eks",
  "eks-auth",
  "logs",
  "autoscaling",
  "ssm",
  "ssmmessages",
] as const;

/** Where endpoints go. */
export interface EndpointPlace {
  readonly vpcId: Input<string>;
  readonly vpcCidr: string;
  readonly region: string;
  readonly subnetIds: Readonly<Record<string, Input<string>>>;
  readonly routeTableIds: Readonly<Record<string, Input<string>>>;
  /** Whether there are endpoints that cost money. */
  readonly interfaces: boolean;
}

/**
 * Makes the endpoints of a VPC. Zones are associated one by one instead of listed at the endpoint, so that another
 * zone changes no resource that exists.
 */
export function createEndpoints(parts: ClusterParts, place: EndpointPlace): readonly Resource[] {
  const { name, parent } = parts;
  const { vpcId, region } = place;
  // Layers of images in ECR and weights come from S3: through a NAT gateway each GB would cost.
  const s3 = new aws.ec2.VpcEndpoint(
    `${name}-s3`,
    {
      vpcId,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: "Gateway",
      tags: named(parts, `${name}-s3`),
    },
    { parent },
  );
  const routes = Object.entries(place.routeTableIds).map(
    ([zone, routeTableId]) =>
      new aws.ec2.VpcEndpointRouteTableAssociation(
        `${name}-s3-${zone}`,
        { vpcEndpointId: s3.id, routeTableId },
        { parent },
      ),
  );
  return place.interfaces ? [...routes, ...createInterfaces(parts, place)] : routes;
}

function createInterfaces(parts: ClusterParts, place: EndpointPlace): readonly Resource[] {
  const { name, parent } = parts;
  const { vpcId, region } = place;
  const groupName = `${name}-endpoints`;
  const group = new aws.ec2.SecurityGroup(
    groupName,
    { vpcId, description: "Calls of AWS services from inside the VPC", tags: named(parts, groupName) },
    { parent },
  );
  const https = new aws.vpc.SecurityGroupIngressRule(
    groupName,
    {
      securityGroupId: group.id,
      description: "HTTPS from the VPC",
      cidrIpv4: place.vpcCidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: named(parts, groupName),
    },
    { parent },
  );
  const associations = interfaceServices.flatMap((service) => {
    const endpointName = `${name}-${service}`;
    const endpoint = new aws.ec2.VpcEndpoint(
      endpointName,
      {
        vpcId,
        serviceName: `com.amazonaws.${region}.${service}`,
        vpcEndpointType: "Interface",
        privateDnsEnabled: true,
        securityGroupIds: [group.id],
        tags: named(parts, endpointName),
      },
      { parent },
    );
    return Object.entries(place.subnetIds).map(
      ([zone, subnetId]) =>
        new aws.ec2.VpcEndpointSubnetAssociation(
          `${endpointName}-${zone}`,
          { vpcEndpointId: endpoint.id, subnetId },
          { parent },
        ),
    );
  });
  return [https, ...associations];
}
