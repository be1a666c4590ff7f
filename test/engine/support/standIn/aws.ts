import { randomBytes } from "node:crypto";
import { awsRelations, awsReplacedBy, ec2Ids, mappedAddresses, type Relation } from "./awsTables";
import { checkShape, type ShapeTable } from "./checkShape";
import type { ObjectStore, StoredObject } from "./objectStore";
import type { Behaviour, Change } from "./provider";
import { at, type Properties, plainProperties, textAt } from "./wire";

const account = "123456789012";
const clusterType = "aws:eks/cluster:Cluster";
const nodeGroupType = "aws:eks/nodeGroup:NodeGroup";

/** AWS, as far as this package uses it. */
export class AwsBehaviour implements Behaviour {
  constructor(
    private readonly store: ObjectStore,
    private readonly shapes: ShapeTable,
  ) {}

  check(type: string, inputs: Properties) {
    return checkShape(this.shapes, type, inputs);
  }

  replacedBy(type: string) {
    return awsReplacedBy[type] ?? [];
  }

  isNamed(type: string, inputs: Properties): boolean {
    return ["name", `${type.split(":").at(-1)}Name`].some((member) => inputs[lower(member)] !== undefined);
  }

  whyNotMake({ type, inputs }: Change): string | undefined {
    for (const relation of awsRelations.filter((each) => each.type === type)) {
      const missing = namesIn(inputs, relation).find((name) => this.target(relation, name) === undefined);
      if (missing !== undefined) {
        return `${relation.member}: ${relation.target} "${missing}" does not exist`;
      }
    }
    return undefined;
  }

  whyNotDelete(object: StoredObject): string | undefined {
    if (object.inputs["deletionProtection"] === true) {
      return `InvalidRequestException: cluster ${object.id} has deletion protection`;
    }
    const holder = this.holderOf(object) ?? this.gatewayUser(object) ?? this.insider(object);
    return holder && `DependencyViolation: ${object.type} ${object.id} is in use by ${holder.urn}`;
  }

  changedByUpdate(type: string) {
    return type === "aws:ec2/launchTemplate:LaunchTemplate" ? ["latestVersion", "defaultVersion"] : [];
  }

  takesOver() {
    return false;
  }

  idOf({ type, name, inputs }: Change): string {
    const prefix = ec2Ids[type];
    if (prefix !== undefined) {
      return `${prefix}-0${hex(8)}`;
    }
    if (type === clusterType) {
      return textAt(inputs, "name") || name;
    }
    const group = textAt(inputs, "clusterName");
    return group === "" ? physicalName(name, inputs) : `${group}:${physicalName(name, inputs)}`;
  }

  outputsOf(change: Change, id: string): Properties {
    const { type, name, inputs, previous } = change;
    const before = plainProperties(previous?.outputs ?? {});
    const own = textAt(before, "name") || physicalName(name, inputs, id);
    const [service = "aws"] = (type.split(":")[1] ?? "").split("/");
    const shared = {
      arn: type === "aws:iam/role:Role" ? `arn:aws:iam::${account}:role/${own}` : arnOf(service, id),
      ...(nameless.has(type) ? {} : { name: own }),
    };
    return { ...shared, ...outputsByType(type, id, own, before, inputs) };
  }

  invoke = (token: string, args: Properties): Properties => {
    if (token === "aws:index/getCallerIdentity:getCallerIdentity") {
      return { accountId: account, arn: `arn:aws:iam::${account}:user/test`, id: account, userId: "AIDA" };
    }
    const cluster =
      token === "aws:eks/getCluster:getCluster" && this.named(clusterType, textAt(args, "name"));
    if (cluster) {
      const { endpoint, arn } = plainProperties(cluster.outputs);
      return {
        ...args,
        arn,
        endpoint,
        certificateAuthorities: [{ data: "Q0E=" }],
        kubernetesNetworkConfigs: [{ serviceIpv4Cidr: "172.20.0.0/16", ipFamily: "ipv4" }],
      };
    }
    throw new Error(`nobody expected a call of ${token} with ${JSON.stringify(args)}`);
  };

  /** What AWS keeps an object for. */
  private holderOf(object: StoredObject): StoredObject | undefined {
    const relations = awsRelations.filter(({ target, holds }) => holds && target === object.type);
    return this.store
      .all()
      .find((other) =>
        relations.some(
          (relation) =>
            relation.type === other.type &&
            namesIn(plainProperties(other.inputs), relation).includes(nameBy(object, relation.by)),
        ),
      );
  }

  private gatewayUser(object: StoredObject): StoredObject | undefined {
    if (object.type !== "aws:ec2/internetGateway:InternetGateway") {
      return undefined;
    }
    const vpcId = textAt(plainProperties(object.inputs), "vpcId");
    const subnets = this.store
      .all()
      .filter(({ type, inputs }) => type === mappedAddresses.subnet && inputs["vpcId"] === vpcId);
    return this.store
      .all()
      .find(
        ({ type, inputs }) =>
          type === mappedAddresses.holder && subnets.some(({ id }) => id === inputs["subnetId"]),
      );
  }

  /** Objects in a cluster would be left behind, with their disks and load balancers. Definitions go with it. */
  private insider(object: StoredObject): StoredObject | undefined {
    return object.type !== clusterType
      ? undefined
      : this.store
          .all()
          .find(({ type }) => type.startsWith("kubernetes:") && !type.endsWith(":CustomResourceDefinition"));
  }

  private target({ target, by }: Relation, name: string): StoredObject | undefined {
    return this.store.all().find((object) => object.type === target && nameBy(object, by) === name);
  }

  private named(type: string, name: string): StoredObject | undefined {
    return this.store.all().find((object) => object.type === type && nameBy(object, "name") === name);
  }
}

/** Types without a name of their own. */
const nameless: ReadonlySet<string> = new Set(
  Object.keys(ec2Ids).filter((type) => !/SecurityGroup$|LaunchTemplate$/.test(type)),
);

function outputsByType(
  type: string,
  id: string,
  name: string,
  before: Properties,
  inputs: Properties,
): Properties {
  switch (type) {
    case "aws:ec2/launchTemplate:LaunchTemplate": {
      const version = Number(before["latestVersion"] ?? 0) + 1;
      return { latestVersion: version, defaultVersion: version };
    }
    case nodeGroupType:
      return {
        nodeGroupName: name,
        status: "ACTIVE",
        resources: [{ autoscalingGroups: [{ name: `eks-${name}` }] }],
      };
    case clusterType: {
      const own = {
        clusterSecurityGroupId: textAt(before, "vpcConfig.clusterSecurityGroupId") || `sg-0${hex(8)}`,
      };
      return {
        endpoint: `https://${id}.gr7.us-east-1.eks.amazonaws.com`,
        certificateAuthority: { data: "Q0E=" },
        identities: [{ oidcs: [{ issuer: `https://oidc.eks.us-east-1.amazonaws.com/id/${id}` }] }],
        status: "ACTIVE",
        vpcConfig: { ...(at(inputs, "vpcConfig") as Properties), ...own },
      };
    }
    case "aws:kms/key:Key":
      return { keyId: id };
    case "aws:sqs/queue:Queue":
      return { url: `https://sqs.us-east-1.amazonaws.com/${account}/${name}` };
    case "aws:ec2/eip:Eip":
      return { publicIp: "203.0.113.10", allocationId: id };
    case "aws:ssm/activation:Activation":
      return { activationCode: textAt(before, "activationCode") || hex(10) };
    default:
      return {};
  }
}

/** What an object is called in a way of naming. */
function nameBy({ id, outputs }: StoredObject, by: Relation["by"]): string {
  return by === "id" ? id : textAt(plainProperties(outputs), by);
}

/** Names at a relation's member. */
function namesIn(inputs: Properties, { member }: Relation): readonly string[] {
  const found = at(inputs, member);
  return (Array.isArray(found) ? found : [found]).filter((name): name is string => typeof name === "string");
}

/** The name in the inputs, that of an object which exists, or one that the provider makes up. */
function physicalName(name: string, inputs: Properties, id?: string): string {
  const given = textAt(inputs, "name") || textAt(inputs, "addonName") || textAt(inputs, "nodeGroupName");
  return given || id?.split(":").at(-1) || `${name}-${hex(3)}`;
}

const arnOf = (service: string, id: string) => `arn:aws:${service}:us-east-1:${account}:${id}`;
const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const lower = (text: string) => `${text[0]?.toLowerCase()}${text.slice(1)}`;
