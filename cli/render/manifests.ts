import type { Evaluation, PlanResource } from "../evaluate/evaluation";
import { isKubernetesObject, namedObject } from "../evaluate/outputs";
import { isRecord, unknownPlaceholder } from "../evaluate/values";
import { compareText, inDependencyOrder } from "./order";
import { isKubernetesSecret, maskedInputs } from "./secrets";

/** A Kubernetes object, ready to be written. */
export type KubernetesObject = Record<string, unknown>;

/** The objects of a file, in apply order. */
export interface ManifestFile {
  /** Without extension: the namespace, or "cluster". */
  readonly name: string;
  readonly objects: readonly KubernetesObject[];
}

/** Kinds that others need, in the order in which they are applied; all others come after, by name. */
const kindOrder = [
  "Namespace",
  "CustomResourceDefinition",
  "StorageClass",
  "PriorityClass",
  "GatewayClass",
  "ServiceAccount",
  "Secret",
  "ConfigMap",
  "PersistentVolume",
  "PersistentVolumeClaim",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Service",
  "Deployment",
];

const clusterKinds = new Set([
  "Namespace",
  "CustomResourceDefinition",
  "StorageClass",
  "PriorityClass",
  "GatewayClass",
  "PersistentVolume",
  "IngressClass",
  "RuntimeClass",
  "APIService",
  "CSIDriver",
  "Node",
  "NodePool",
  "EC2NodeClass",
  "NodeClass",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);

/** Names that the command's own files have. */
const reservedNames = new Set(["cluster", "charts", "plan"]);

/** The Kubernetes objects of a program by namespace: "cluster" first, then the namespaces by name. */
export function manifestFiles(evaluation: Evaluation): ManifestFile[] {
  const byUrn = new Map(evaluation.resources.map((resource) => [resource.urn, resource]));
  const files = new Map<string, KubernetesObject[]>();
  for (const resource of inDependencyOrder(evaluation.resources, compareForApply)) {
    if (!isManifest(resource)) {
      continue;
    }
    const object = manifest(resource, byUrn);
    const file = fileName(object);
    const objects = files.get(file) ?? [];
    objects.push(object);
    files.set(file, objects);
  }
  return [...files]
    .map(([name, objects]) => ({ name, objects }))
    .sort((a, b) => rank(a.name) - rank(b.name) || compareText(a.name, b.name));
}

/** Objects whose manifest is only part of one that exists already; they stay in the plan alone. */
export function isPatch({ type, inputs }: PlanResource): boolean {
  return type.endsWith("Patch") && type.split(":")[2] === `${String(inputs["kind"])}Patch`;
}

function isManifest(resource: PlanResource): boolean {
  return isKubernetesObject(resource) && !isPatch(resource);
}

function rank(file: string): number {
  return file === "cluster" ? 0 : 1;
}

function compareForApply(a: PlanResource, b: PlanResource): number {
  return (
    kindRank(a) - kindRank(b) ||
    compareText(String(a.inputs["kind"]), String(b.inputs["kind"])) ||
    compareText(objectName(a), objectName(b)) ||
    compareText(a.urn, b.urn)
  );
}

/** What is not an object (components, providers) goes first: it only lets others follow. */
function kindRank(resource: PlanResource): number {
  const kind = resource.inputs["kind"];
  if (!resource.type.startsWith("kubernetes:") || typeof kind !== "string") {
    return -1;
  }
  const index = kindOrder.indexOf(kind);
  return index < 0 ? kindOrder.length : index;
}

function objectName({ inputs, name }: PlanResource): string {
  const metadata = inputs["metadata"];
  return isRecord(metadata) && typeof metadata["name"] === "string" ? metadata["name"] : name;
}

function manifest(resource: PlanResource, byUrn: ReadonlyMap<string, PlanResource>): KubernetesObject {
  const { apiVersion, kind, metadata, ...rest } = maskedInputs({
    ...resource,
    inputs: namedObject(resource),
  });
  const content = isKubernetesSecret(resource) ? withStringData(rest) : rest;
  return { apiVersion, kind, metadata: inNamespace(metadata, String(kind), resource, byUrn), ...content };
}

/** The mask is no base64, so masked `data` is written as `stringData`. */
function withStringData({ data, stringData, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const values = { ...(isRecord(data) ? data : {}), ...(isRecord(stringData) ? stringData : {}) };
  const keys = Object.keys(values).sort();
  return keys.length === 0
    ? rest
    : { ...rest, stringData: Object.fromEntries(keys.map((key) => [key, values[key]])) };
}

/** The provider's namespace goes to objects that name none. */
function inNamespace(
  metadata: unknown,
  kind: string,
  resource: PlanResource,
  byUrn: ReadonlyMap<string, PlanResource>,
): unknown {
  if (!isRecord(metadata) || metadata["namespace"] !== undefined || isClusterKind(kind)) {
    return metadata;
  }
  const namespace = byUrn.get(resource.provider ?? "")?.inputs["namespace"];
  return typeof namespace === "string" ? { ...metadata, namespace } : metadata;
}

function isClusterKind(kind: string): boolean {
  return clusterKinds.has(kind) || kind.startsWith("Cluster");
}

function fileName({ kind, metadata }: KubernetesObject): string {
  const namespace = isRecord(metadata) ? metadata["namespace"] : undefined;
  if (isClusterKind(String(kind))) {
    return "cluster";
  }
  if (typeof namespace !== "string") {
    return "default";
  }
  if (namespace === unknownPlaceholder || !/^[a-z0-9][-a-z0-9]*$/.test(namespace)) {
    return "namespace-unknown";
  }
  return reservedNames.has(namespace) ? `namespace-${namespace}` : namespace;
}
