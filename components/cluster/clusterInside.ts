import type * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import type { Input, Resource } from "@pulumi/pulumi";
import { AddOnStage, addOnPlans } from "./addOnPlans";
import { createAddOns, createStorageClass } from "./clusterAddOns";
import type { ClusterParts } from "./clusterParts";
import type { ControlPlane } from "./controlPlane";
import type { ReadyRole } from "./iamRoles";
import { createKarpenter } from "./karpenter";
import type { Network } from "./network";
import { ClusterCompute, type PoolPlace } from "./poolPlace";
import type { ResolvedGpuCluster } from "./resolvedGpuCluster";
import { createSystemNodes } from "./systemNodes";
import { createVolumeGuard } from "./volumeGuard";

/**
 * Makes what a cluster needs before pools and users' objects, in the order in which it works, and returns where pools
 * go. Deletion runs backwards, so everything here is still at work while pools and users' objects are deleted.
 */
export function createInside(
  parts: ClusterParts,
  plan: ResolvedGpuCluster,
  network: Network,
  controlPlane: ControlPlane,
  nodeRole: ReadyRole,
): PoolPlace {
  const { clusterName } = controlPlane;
  const provider = createProvider(parts, `${parts.name}-system`, controlPlane, controlPlane.rules);
  const plans = addOnPlans(plan);
  const early = plans.filter(({ stage }) => stage === AddOnStage.BeforeNodes);
  const late = plans.filter(({ stage }) => stage === AddOnStage.AfterNodes);
  const first = createAddOns(parts, clusterName, plan.partition, early, []);
  const nodes = createNodes(parts, plan, clusterName, network, nodeRole, [...first.values()]);
  const second = createAddOns(parts, clusterName, plan.partition, late, nodes);
  const addOns = [...first.values(), ...second.values()];
  const volumes = createStorageClass(parts, plan.compute, provider, addOns);
  const guard = createVolumeGuard(parts, provider, [volumes]);
  const before: readonly Resource[] = [
    ...network.ways,
    ...nodeRole.ready,
    ...nodes,
    ...addOns,
    volumes,
    guard,
  ];
  const place = {
    clusterName,
    subnetIds: network.subnetIds,
    kubernetesVersion: plan.kubernetesVersion,
    clusterSecurityGroupId: controlPlane.securityGroupId,
    provider,
    compute: plan.compute,
  };
  if (plan.compute !== ClusterCompute.Karpenter) {
    return { ...place, nodeRole: nameAndArn(nodeRole.role), before };
  }
  const karpenter = createKarpenter(parts, {
    clusterName,
    plainName: plan.clusterName,
    partition: plan.partition,
    region: plan.network.region,
    provider,
    before,
  });
  return { ...place, nodeRole: nameAndArn(karpenter.nodeRole), before: [...before, ...karpenter.ready] };
}

/**
 * Makes a provider of Kubernetes that waits for `before`, and so outlives none of it: whatever uses the provider is
 * gone before the provider is, and the provider before what it waits for.
 */
export function createProvider(
  { parent }: ClusterParts,
  providerName: string,
  { kubeconfig }: ControlPlane,
  before: readonly Resource[],
): k8s.Provider {
  return new k8s.Provider(
    providerName,
    {
      kubeconfig,
      // Definitions of a gateway that was taken out stay, and meet the next one.
      upsertExistingObjects: true,
      // Else a raised budget or another key would take the object away for a moment, and who reads it finds nothing.
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    },
    { parent, dependsOn: [...before] },
  );
}

function createNodes(
  parts: ClusterParts,
  { systemNodes, kubernetesVersion }: ResolvedGpuCluster,
  clusterName: Input<string>,
  network: Network,
  { role, ready }: ReadyRole,
  addOns: readonly Resource[],
): readonly aws.eks.NodeGroup[] {
  if (systemNodes === undefined) {
    return [];
  }
  return createSystemNodes(parts, systemNodes, {
    clusterName,
    kubernetesVersion,
    nodeRoleArn: role.arn,
    subnetIds: network.subnetIds,
    before: [...network.ways, ...ready, ...addOns],
  });
}

function nameAndArn({ name, arn }: aws.iam.Role): PoolPlace["nodeRole"] {
  return { name, arn };
}
