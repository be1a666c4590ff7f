import { describe, expect, it } from "vitest";
import { interfaceServices } from "../../components/cluster/vpcEndpoints";
import { dev, namesOf, one, perZone, prod, record, zones } from "../support/gpuClusters";

describe("the network of a GpuCluster", () => {
  it("is a VPC with a private and a public subnet in each zone, and one NAT gateway in development", async () => {
    const all = await record(dev);
    expect(one(all, "Vpc", "dev").inputs).toEqual({
      cidrBlock: "10.0.0.0/16",
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: { Name: "dev" },
    });
    expect(namesOf(all, "Subnet")).toEqual([
      "dev-private-us-east-1a",
      "dev-private-us-east-1b",
      "dev-public-us-east-1a",
      "dev-public-us-east-1b",
    ]);
    expect(one(all, "Subnet", "dev-private-us-east-1b").inputs).toEqual({
      vpcId: "dev-id",
      availabilityZone: "us-east-1b",
      cidrBlock: "10.0.32.0/20",
      mapPublicIpOnLaunch: false,
      tags: {
        Name: "dev-private-us-east-1b",
        "kubernetes.io/role/internal-elb": "1",
        "kubernetes.io/cluster/dev": "shared",
      },
    });
    expect(one(all, "Subnet", "dev-public-us-east-1a").inputs).toEqual({
      vpcId: "dev-id",
      availabilityZone: "us-east-1a",
      cidrBlock: "10.0.31.0/24",
      mapPublicIpOnLaunch: false,
      tags: {
        Name: "dev-public-us-east-1a",
        "kubernetes.io/role/elb": "1",
        "kubernetes.io/cluster/dev": "shared",
      },
    });
    expect(namesOf(all, "NatGateway")).toEqual(["dev-nat-us-east-1a"]);
    expect(one(all, "NatGateway", "dev-nat-us-east-1a")).toMatchObject({
      inputs: {
        allocationId: "dev-nat-us-east-1a-id",
        subnetId: "dev-public-us-east-1a-id",
        tags: { Name: "dev-nat-us-east-1a" },
      },
      dependencies: expect.arrayContaining([
        "Route dev-public",
        "RouteTableAssociation dev-public-us-east-1a",
      ]),
    });
    expect(one(all, "Route", "dev-private-us-east-1b").inputs).toEqual({
      routeTableId: "dev-private-us-east-1b-id",
      destinationCidrBlock: "0.0.0.0/0",
      natGatewayId: "dev-nat-us-east-1a-id",
    });
    expect(one(all, "Route", "dev-public").inputs).toEqual({
      routeTableId: "dev-public-id",
      destinationCidrBlock: "0.0.0.0/0",
      gatewayId: "dev-id",
    });
  });

  it("reaches S3 without NAT, and other services only by choice", async () => {
    const all = await record(dev);
    expect(namesOf(all, "VpcEndpoint")).toEqual(["dev-s3"]);
    expect(one(all, "VpcEndpoint", "dev-s3").inputs).toEqual({
      vpcId: "dev-id",
      serviceName: "com.amazonaws.us-east-1.s3",
      vpcEndpointType: "Gateway",
      tags: { Name: "dev-s3" },
    });
    expect(one(all, "VpcEndpointRouteTableAssociation", "dev-s3-us-east-1a").inputs).toEqual({
      vpcEndpointId: "dev-s3-id",
      routeTableId: "dev-private-us-east-1a-id",
    });
  });

  it("has a NAT gateway in each zone and endpoints of all services in production", async () => {
    const all = await record(prod);
    expect(namesOf(all, "NatGateway")).toEqual(zones.map((zone) => `dev-nat-${zone}`));
    expect(one(all, "Route", "dev-private-us-east-1b").inputs.natGatewayId).toBe("dev-nat-us-east-1b-id");
    expect(namesOf(all, "VpcEndpoint")).toEqual(
      ["dev-s3", ...interfaceServices.map((each) => `dev-${each}`)].sort(),
    );
    expect(one(all, "VpcEndpoint", "dev-ecr.dkr").inputs).toEqual({
      vpcId: "dev-id",
      serviceName: "com.amazonaws.us-east-1.ecr.dkr",
      vpcEndpointType: "Interface",
      privateDnsEnabled: true,
      securityGroupIds: ["dev-endpoints-id"],
      tags: { Name: "dev-ecr.dkr" },
    });
    expect(namesOf(all, "VpcEndpointSubnetAssociation")).toHaveLength(interfaceServices.length * 2);
    expect(one(all, "VpcEndpointSubnetAssociation", "dev-sts-us-east-1b").inputs).toEqual({
      vpcEndpointId: "dev-sts-id",
      subnetId: "dev-private-us-east-1b-id",
    });
    expect(one(all, "SecurityGroupIngressRule", "dev-endpoints").inputs).toEqual({
      securityGroupId: "dev-endpoints-id",
      description: "HTTPS from the VPC",
      cidrIpv4: "10.0.0.0/16",
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: { Name: "dev-endpoints" },
    });
  });

  it("has no way to the internet without NAT", async () => {
    const all = await record({ ...prod, network: { ...perZone, nat: "none" } });
    for (const kind of ["NatGateway", "Eip", "InternetGateway", "Route"]) {
      expect(namesOf(all, kind)).toEqual([]);
    }
    expect(namesOf(all, "Subnet")).toEqual(zones.map((zone) => `dev-private-${zone}`));
    expect(namesOf(all, "VpcEndpoint")).toHaveLength(interfaceServices.length + 1);
  });

  it("can be somebody else's, and then nothing of it is made", async () => {
    const all = await record({
      access: dev.access,
      existingNetwork: {
        vpcId: "vpc-0a",
        privateSubnetIds: { "us-east-1a": "subnet-0a", "us-east-1b": "subnet-0b" },
        controlPlaneZones: zones,
      },
    });
    for (const kind of ["Vpc", "Subnet", "NatGateway", "RouteTable", "VpcEndpoint"]) {
      expect(namesOf(all, kind)).toEqual([]);
    }
    expect(one(all, "Cluster", "dev").inputs).toMatchObject({
      vpcId: "vpc-0a",
      privateSubnetIds: ["subnet-0a", "subnet-0b"],
    });
    expect(one(all, "NodeGroup", "dev-system-us-east-1b").inputs.subnetIds).toEqual(["subnet-0b"]);
  });
});
