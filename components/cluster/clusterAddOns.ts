import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import type { Input, Resource } from "@pulumi/pulumi";
import type { AddOnPlan } from "./addOnPlans";
import { type ClusterParts, named } from "./clusterParts";
import { createRole, trustPods } from "./iamRoles";
import { ClusterCompute } from "./poolPlace";

/** Makes add-ons of EKS, by name. */
export function createAddOns(
  parts: ClusterParts,
  clusterName: Input<string>,
  partition: string,
  plans: readonly AddOnPlan[],
  before: readonly Resource[],
): ReadonlyMap<string, aws.eks.Addon> {
  return new Map(
    plans.map((plan) => [plan.name, createAddOn(parts, clusterName, partition, plan, before)] as const),
  );
}

function createAddOn(
  parts: ClusterParts,
  clusterName: Input<string>,
  partition: string,
  { name, version, configuration, identity }: AddOnPlan,
  before: readonly Resource[],
): aws.eks.Addon {
  const addOnName = `${parts.name}-${name}`;
  const role = identity && createRole(parts, name, trustPods, partition, [identity.policy]);
  return new aws.eks.Addon(
    addOnName,
    {
      clusterName,
      addonName: name,
      addonVersion: version,
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      ...(Object.keys(configuration).length === 0
        ? {}
        : { configurationValues: JSON.stringify(configuration) }),
      ...(role === undefined || identity === undefined
        ? {}
        : {
            podIdentityAssociations: [{ roleArn: role.role.arn, serviceAccount: identity.serviceAccount }],
          }),
      tags: named(parts, addOnName),
    },
    { parent: parts.parent, dependsOn: [...before, ...(role?.ready ?? [])] },
  );
}

/** Name of the class that volumes get when they name none. */
export const storageClassName = "gp3";

/** Makes the default class of volumes: encrypted, and in the zone of the pod that asks. */
export function createStorageClass(
  parts: ClusterParts,
  compute: ClusterCompute,
  provider: k8s.Provider,
  before: readonly Resource[],
): k8s.storage.v1.StorageClass {
  return new k8s.storage.v1.StorageClass(
    `${parts.name}-${storageClassName}`,
    {
      metadata: {
        name: storageClassName,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: compute === ClusterCompute.AutoMode ? "ebs.csi.eks.amazonaws.com" : "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
    },
    { parent: parts.parent, provider, dependsOn: [...before] },
  );
}
