import * as k8s from "@pulumi/kubernetes";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { getVersion } from "@pulumi/kubernetes/utilities";
import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import type { CrdArgs } from "./crds/crdResource";
import { customResources } from "./crds/generated/resources";
import type { Manifest, RenderedObject } from "./manifest";
import { referenceOf, referencesIn } from "./references";

type ObjectClass = new (name: string, args: never, opts?: CustomResourceOptions) => Resource;

/** Groups of pods that serve as one, of the LeaderWorkerSet project. */
class LeaderWorkerSet extends CustomResource {
  constructor(name: string, args: CrdArgs<object>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "leaderworkerset.x-k8s.io/v1", kind: "LeaderWorkerSet", ...args }, opts);
  }
}

/** What KEDA changes the number of replicas by. */
class ScaledObject extends CustomResource {
  constructor(name: string, args: CrdArgs<object>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", ...args }, opts);
  }
}

/** What the Prometheus operator gives Prometheus to watch for. */
class PrometheusRule extends CustomResource {
  constructor(name: string, args: CrdArgs<object>, opts?: CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", ...args }, opts);
  }
}

/** Kinds of Kubernetes itself that the package makes. */
const nativeKinds: Readonly<Record<string, () => ObjectClass>> = {
  "v1/Namespace": () => k8s.core.v1.Namespace,
  "v1/Secret": () => k8s.core.v1.Secret,
  "v1/Service": () => k8s.core.v1.Service,
  "v1/ConfigMap": () => k8s.core.v1.ConfigMap,
  "v1/PersistentVolumeClaim": () => k8s.core.v1.PersistentVolumeClaim,
  "v1/ServiceAccount": () => k8s.core.v1.ServiceAccount,
  "apps/v1/Deployment": () => k8s.apps.v1.Deployment,
  "batch/v1/Job": () => k8s.batch.v1.Job,
  "autoscaling/v2/HorizontalPodAutoscaler": () => k8s.autoscaling.v2.HorizontalPodAutoscaler,
  "networking.k8s.io/v1/NetworkPolicy": () => k8s.networking.v1.NetworkPolicy,
  "policy/v1/PodDisruptionBudget": () => k8s.policy.v1.PodDisruptionBudget,
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding": () => k8s.rbac.v1.ClusterRoleBinding,
  "rbac.authorization.k8s.io/v1/Role": () => k8s.rbac.v1.Role,
  "rbac.authorization.k8s.io/v1/RoleBinding": () => k8s.rbac.v1.RoleBinding,
  "keda.sh/v1alpha1/ScaledObject": () => ScaledObject,
  "leaderworkerset.x-k8s.io/v1/LeaderWorkerSet": () => LeaderWorkerSet,
  "monitoring.coreos.com/v1/PrometheusRule": () => PrometheusRule,
};

/** Resources by the object that they stand for, as `referenceOf` spells it. */
export type ResourcesByReference = ReadonlyMap<string, Resource>;

/**
 * Creates a resource for each object, named after the user's key, and waiting for those that it refers to.
 * Objects that are referred to come first in the list, or are among those that were made `before`. Returns them all.
 */
export function createObjects(
  name: string,
  objects: readonly RenderedObject[],
  opts: CustomResourceOptions,
  before: ResourcesByReference = new Map(),
): ResourcesByReference {
  const made = new Map(before);
  // The classes would add it by merging all options anew, which at thousands of objects costs seconds.
  const version = getVersion();
  for (const { key, manifest, after = [], ignoreChanges } of objects) {
    const dependsOn = [...referencesIn(manifest), ...after].flatMap((reference) => made.get(reference) ?? []);
    const childName = key === "" ? name : `${name}-${key}`;
    const own = ignoreChanges === undefined ? {} : { ignoreChanges: [...ignoreChanges] };
    made.set(
      referenceOf(manifest),
      createObject(childName, manifest, { ...opts, ...own, version, dependsOn }),
    );
  }
  return made;
}

/** Creates the resource of one object through the class of its kind. */
export function createObject(name: string, manifest: Manifest, opts: CustomResourceOptions): Resource {
  const { apiVersion, kind, ...args } = manifest;
  const id = `${apiVersion}/${kind}`;
  const Kind = customResources[id] ?? nativeKinds[id]?.();
  if (Kind === undefined) {
    throw new Error(`no resource class for ${id}; add it to createObjects`);
  }
  return new Kind(name, args as never, opts);
}
