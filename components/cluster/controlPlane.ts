import * as aws from "@pulumi/aws";
import * as eks from "@pulumi/eks";
import * as pulumi from "@pulumi/pulumi";
import { cidrKey } from "./cidr";
import { withProxy } from "./clusterAccess";
import { type ClusterParts, named } from "./clusterParts";
import { AccessPolicy, ApiPath } from "./gpuClusterArgs";
import type { Network } from "./network";
import { ClusterCompute } from "./poolPlace";
import type { ResolvedAccessEntry, ResolvedGpuCluster } from "./resolvedGpuCluster";

/** The control plane of a cluster. */
export interface ControlPlane {
  readonly cluster: eks.Cluster;
  /**
   * Its name, known once it exists. What takes its name from here waits for the control plane on the way up and goes
   * before it on the way down, which depending on the component would not give: it is made in another process.
   */
  readonly clusterName: pulumi.Output<string>;
  readonly securityGroupId: pulumi.Output<string>;
  /** JSON; a secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Without these rules nobody outside the nodes reaches the API server. */
  readonly rules: readonly pulumi.Resource[];
}

const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Makes the control plane. `autoModeRoleArn`: the role of nodes with EKS Auto Mode. */
export function createControlPlane(
  parts: ClusterParts,
  plan: ResolvedGpuCluster,
  network: Network,
  autoModeRoleArn: pulumi.Input<string> | undefined,
  waitFor: readonly pulumi.Resource[],
): ControlPlane {
  const { name, parent, tags } = parts;
  const isPublic = plan.access.path === ApiPath.Public;
  const cluster = new eks.Cluster(
    name,
    {
      // By way of the log group: EKS would make one of its own, which is kept for ever and outlives the cluster.
      name: createLogGroup(parts, plan).name.apply(() => plan.clusterName),
      version: plan.kubernetesVersion,
      vpcId: network.vpcId,
      privateSubnetIds: plan.network.controlPlaneZones.map((zone) => network.subnetIds[zone] ?? ""),
      kubernetesServiceIpAddressRange: plan.serviceCidr,
      endpointPrivateAccess: true,
      endpointPublicAccess: isPublic,
      ...(isPublic ? { publicAccessCidrs: [...plan.access.fromCidrs] } : {}),
      authenticationMode: eks.AuthenticationMode.Api,
      accessEntries: accessEntries(plan),
      encryptionConfigKeyArn: plan.kmsKeyArn ?? createKey(parts, plan).arn,
      enabledClusterLogTypes: logTypes,
      // Extended support would cost six times as much, without a word, once a version is old.
      upgradePolicy: { supportType: "STANDARD" },
      deletionProtection: plan.deletionProtection,
      ...computeArgs(plan, autoModeRoleArn),
      ...credentials(plan),
      tags,
    },
    { parent, dependsOn: [...waitFor], transforms: clusterTransforms(plan) },
  );
  const securityGroupId = pulumi.output(cluster.clusterSecurityGroupId);
  return {
    cluster,
    clusterName: securityGroupId.apply(() => plan.clusterName),
    securityGroupId,
    kubeconfig: pulumi.secret(kubeconfigOf(cluster, plan)),
    rules: createRules(parts, plan, securityGroupId),
  };
}

/** Nodes, add-ons and their versions are resources of our own: those of the component take the newest each day. */
function computeArgs(
  plan: ResolvedGpuCluster,
  autoModeRoleArn: pulumi.Input<string> | undefined,
): Partial<eks.ClusterArgs> {
  const nothingOfItsOwn = {
    skipDefaultNodeGroup: true,
    skipDefaultSecurityGroups: true,
    createInstanceRole: false,
    createOidcProvider: false,
    useDefaultVpcCni: true,
    kubeProxyAddonOptions: { enabled: false },
    corednsAddonOptions: { enabled: false },
  };
  if (plan.compute !== ClusterCompute.AutoMode) {
    return { ...nothingOfItsOwn, bootstrapSelfManagedAddons: false };
  }
  const nodes = autoModeRoleArn === undefined ? {} : { nodeRoleArn: autoModeRoleArn };
  return {
    ...nothingOfItsOwn,
    autoMode: {
      enabled: true,
      createNodeRole: false,
      computeConfig: { nodePools: ["general-purpose", "system"], ...nodes },
    },
  };
}

function credentials({ access }: ResolvedGpuCluster): Partial<eks.ClusterArgs> {
  const { roleArn, profileName } = access;
  if (roleArn === undefined && profileName === undefined) {
    return {};
  }
  return {
    providerCredentialOpts: {
      ...(roleArn === undefined ? {} : { roleArn }),
      ...(profileName === undefined ? {} : { profileName }),
    },
  };
}

function createLogGroup(parts: ClusterParts, plan: ResolvedGpuCluster): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    parts.name,
    {
      name: `/aws/eks/${plan.clusterName}/cluster`,
      retentionInDays: plan.logRetentionDays,
      tags: named(parts, parts.name),
    },
    { parent: parts.parent },
  );
}

function createKey(parts: ClusterParts, plan: ResolvedGpuCluster): aws.kms.Key {
  return new aws.kms.Key(
    parts.name,
    {
      description: `Secrets of the cluster ${plan.clusterName}`,
      enableKeyRotation: true,
      deletionWindowInDays: 30,
      tags: named(parts, parts.name),
    },
    { parent: parts.parent },
  );
}

const policyNames: Readonly<Record<AccessPolicy, string>> = {
  [AccessPolicy.ClusterAdmin]: "AmazonEKSClusterAdminPolicy",
  [AccessPolicy.Admin]: "AmazonEKSAdminPolicy",
  [AccessPolicy.Edit]: "AmazonEKSEditPolicy",
  [AccessPolicy.View]: "AmazonEKSViewPolicy",
};

function accessEntries(plan: ResolvedGpuCluster): NonNullable<eks.ClusterArgs["accessEntries"]> {
  return Object.fromEntries(
    plan.accessEntries.map((entry) => [
      entry.key,
      {
        principalArn: entry.principalArn,
        ...(entry.kubernetesGroups.length === 0 ? {} : { kubernetesGroups: [...entry.kubernetesGroups] }),
        ...accessPolicies(entry, plan.partition),
      },
    ]),
  );
}

function accessPolicies({ policy, namespaces }: ResolvedAccessEntry, partition: string) {
  if (policy === undefined) {
    return {};
  }
  const accessScope =
    namespaces.length === 0 ? { type: "cluster" } : { type: "namespace", namespaces: [...namespaces] };
  const policyArn = `arn:${partition}:eks::aws:cluster-access-policy/${policyNames[policy]}`;
  return { accessPolicies: { [policy]: { policyArn, accessScope } } };
}

/** What the cluster inside `eks.Cluster` needs and the component has no argument for. */
function clusterTransforms(plan: ResolvedGpuCluster): pulumi.ResourceTransform[] {
  return [
    ...(plan.hybrid === undefined ? [] : [remoteNetworks(plan)]),
    ...(plan.deletionProtection ? [keptByPulumi] : []),
  ];
}

const innerClusterType = "aws:eks/cluster:Cluster";

/**
 * AWS's own protection answers at the very end of a destruction, when all that lived in the cluster has gone. Pulumi's
 * answers in the preview. The cluster alone: of a protected component no access entry could be taken out any more.
 */
export const keptByPulumi: pulumi.ResourceTransform = ({ type, props, opts }) =>
  type === innerClusterType ? { props, opts: { ...opts, protect: true } } : undefined;

/** The networks of hybrid nodes. */
export function remoteNetworks({ hybrid }: Pick<ResolvedGpuCluster, "hybrid">): pulumi.ResourceTransform {
  return ({ type, props, opts }) => {
    if (type !== innerClusterType || hybrid === undefined) {
      return undefined;
    }
    const remoteNetworkConfig = {
      remoteNodeNetworks: { cidrs: [...hybrid.nodeCidrs] },
      remotePodNetworks: { cidrs: [...hybrid.podCidrs] },
    };
    return { props: { ...props, remoteNetworkConfig }, opts };
  };
}

function kubeconfigOf(cluster: eks.Cluster, { access }: ResolvedGpuCluster): pulumi.Output<string> {
  const { proxyUrl } = access;
  const kubeconfig = pulumi.output(cluster.kubeconfigJson);
  return proxyUrl === undefined ? kubeconfig : kubeconfig.apply((text) => withProxy(text, proxyUrl));
}

/** Who may reach the private API server, and hybrid nodes and their pods, which do not wear the security group. */
function createRules(
  parts: ClusterParts,
  plan: ResolvedGpuCluster,
  securityGroupId: pulumi.Input<string>,
): readonly pulumi.Resource[] {
  const callers = plan.access.path === ApiPath.Public ? [] : plan.access.fromCidrs;
  const hybrid = plan.hybrid === undefined ? [] : [...plan.hybrid.nodeCidrs, ...plan.hybrid.podCidrs];
  const rules = [
    ...callers.map((cidr) => ({ key: "api", cidr, description: "API server" })),
    ...hybrid.map((cidr) => ({ key: "hybrid", cidr, description: "API server for hybrid nodes" })),
  ];
  return rules.map(({ key, cidr, description }) => {
    const ruleName = `${parts.name}-${key}-${cidrKey(cidr)}`;
    return new aws.vpc.SecurityGroupIngressRule(
      ruleName,
      {
        securityGroupId,
        description,
        cidrIpv4: cidr,
        ipProtocol: "tcp",
        fromPort: 443,
        toPort: 443,
        tags: named(parts, ruleName),
      },
      { parent: parts.parent },
    );
  });
}
