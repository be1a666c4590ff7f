import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { defaultReleaseSet, releaseSets } from "../gateway/releases";
import { accessNotice } from "./clusterAccess";
import { createInside, createProvider } from "./clusterInside";
import type { ClusterParts } from "./clusterParts";
import { createControlPlane } from "./controlPlane";
import { createPools } from "./createPools";
import type { GpuClusterArgs } from "./gpuClusterArgs";
import { autoModeNodePolicies, createRole, nodePolicies, type ReadyRole, trustInstances } from "./iamRoles";
import { createNetwork } from "./network";
import { ClusterCompute } from "./poolPlace";
import type { ResolvedGpuCluster } from "./resolvedGpuCluster";
import { resolveGpuCluster } from "./resolveGpuCluster";

interface Children {
  readonly provider: k8s.Provider;
  readonly pools: ReadonlyMap<string, pulumi.Resource>;
}

const childrenOf = new WeakMap<GpuCluster, Children>();

/**
 * An EKS cluster for models: VPC, control plane, system nodes, add-ons and pools of GPU nodes. Private by default.
 *
 * Give its `provider` to everything that lives in the cluster. Such objects are then deleted first, while the nodes,
 * drivers and controllers that have to take down their load balancers and volumes still run.
 *
 * @example
 * const cluster = new GpuCluster("dev", {
 *   purpose: "dev",
 *   network: {
 *     zones: { "us-east-1a": {}, "us-east-1b": {} },
 *     controlPlaneZones: ["us-east-1a", "us-east-1b"],
 *     natZone: "us-east-1a",
 *   },
 *   access: { path: "public", fromCidrs: ["203.0.113.0/24"] },
 *   pools: { small: { instanceType: "g6.2xlarge", max: 4, capacity: "spot" } },
 * });
 * const install = new GatewayInstall("gateway", {}, { provider: cluster.provider });
 */
export class GpuCluster extends pulumi.ComponentResource {
  /** Physical name of the cluster, known once it exists. */
  readonly clusterName: pulumi.Output<string>;
  /** Kubeconfig as JSON, a secret. It calls the AWS CLI for a token. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Id of the VPC. */
  readonly vpcId: pulumi.Output<string>;
  /** Ids of the private subnets by zone. */
  readonly subnetIds: pulumi.Output<Record<string, string>>;
  /** Ids of the private subnets' route tables by zone, for routes of your own; empty for a VPC that exists. */
  readonly routeTableIds: pulumi.Output<Record<string, string>>;
  /** ARN of the role that the nodes of pools run with. */
  readonly nodeRoleArn: pulumi.Output<string>;
  /** Id of the security group of control plane and nodes. */
  readonly securityGroupId: pulumi.Output<string>;
  /** What `nodeadm` needs on hybrid hosts, a secret: by pool, or by "pool/host" with certificates. */
  readonly nodeConfigs: pulumi.Output<Record<string, string>>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: GpuClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = resolveGpuCluster(name, args);
    super("ai-gateway:index:GpuCluster", name, args, opts);
    sayHowToReach(plan, this);
    const parts: ClusterParts = { name, parent: this, tags: plan.tags };
    const network = createNetwork(parts, plan.clusterName, plan.network);
    const nodeRole = createNodeRole(parts, plan);
    const autoModeRoleArn = plan.compute === ClusterCompute.AutoMode ? nodeRole.role.arn : undefined;
    const waitFor = plan.compute === ClusterCompute.AutoMode ? [...network.ways, ...nodeRole.ready] : [];
    const controlPlane = createControlPlane(parts, plan, network, autoModeRoleArn, waitFor);
    const place = createInside(parts, plan, network, controlPlane, nodeRole);
    const pools = createPools(name, plan.pools, place, {
      parent: this,
      release: releaseSets[defaultReleaseSet],
      hybridNetworks: plan.hybrid,
      tags: plan.tags,
      certManager: plan.certManager,
    });
    const before = [...place.before, ...pools.resources.values()];
    childrenOf.set(this, {
      provider: createProvider(parts, name, controlPlane, before),
      pools: pools.resources,
    });

    this.clusterName = controlPlane.clusterName;
    this.kubeconfig = controlPlane.kubeconfig;
    this.vpcId = pulumi.output(network.vpcId);
    this.subnetIds = pulumi.output(network.subnetIds);
    this.routeTableIds = pulumi.output(network.routeTableIds);
    this.nodeRoleArn = pulumi.output(place.nodeRole.arn);
    this.securityGroupId = controlPlane.securityGroupId;
    this.nodeConfigs = pools.nodeConfigs;
    this.registerOutputs({
      clusterName: this.clusterName,
      kubeconfig: this.kubeconfig,
      vpcId: this.vpcId,
      subnetIds: this.subnetIds,
      routeTableIds: this.routeTableIds,
      nodeRoleArn: this.nodeRoleArn,
      securityGroupId: this.securityGroupId,
      nodeConfigs: this.nodeConfigs,
    });
  }

  /** The provider for everything that lives in the cluster. */
  get provider(): k8s.Provider {
    const children = childrenOf.get(this);
    if (children === undefined) {
      throw new Error("the cluster was not made by its constructor");
    }
    return children.provider;
  }

  /** The resources of pools by what follows the cluster's name in theirs ("small-us-east-1a", "cert-manager"). */
  get poolResources(): ReadonlyMap<string, pulumi.Resource> {
    return childrenOf.get(this)?.pools ?? new Map();
  }
}

/** The preview says what the choice of `access` means, and what is left to do for hybrid nodes. */
function sayHowToReach(plan: ResolvedGpuCluster, resource: pulumi.Resource): void {
  const { message, warning } = accessNotice(plan.clusterName, plan.access);
  void (warning ? pulumi.log.warn(message, resource) : pulumi.log.info(message, resource));
  if (plan.hybrid !== undefined) {
    const cidrs = [...plan.hybrid.nodeCidrs, ...plan.hybrid.podCidrs].join(", ");
    void pulumi.log.info(
      `Routes from the private subnets to ${cidrs} are yours to make, through a transit or VPN gateway; ` +
        `"routeTableIds" are the tables.`,
      resource,
    );
  }
}

/** Nodes of EKS Auto Mode have fewer rights: AWS does for them what agents do on others. */
function createNodeRole(parts: ClusterParts, { compute, partition }: ResolvedGpuCluster): ReadyRole {
  const policies = compute === ClusterCompute.AutoMode ? autoModeNodePolicies : nodePolicies;
  return createRole(parts, "node", trustInstances, partition, policies);
}
