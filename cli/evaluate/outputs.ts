import type { PlanResource } from "./evaluation";
import { isRecord, isWireSecret, type WireValue, wireSecret, wireUnknown } from "./values";

/** What a preview can say about a resource that does not exist yet. */
interface Preview {
  /** Empty when only the provider can know it. */
  readonly id: string;
  readonly outputs: Readonly<Record<string, WireValue>>;
}

/**
 * The outputs of a resource in a preview: its inputs. Outputs that a provider computes (an ARN, an endpoint) stay
 * unknown; those declared secret stay secret as well. A Kubernetes object's id is its namespace and name.
 */
export function previewOutputs(resource: PlanResource): Preview {
  if (!resource.custom) {
    return { id: "", outputs: resource.inputs };
  }
  const outputs = isKubernetesObject(resource) ? namedObject(resource) : resource.inputs;
  const secretOutputs = (resource.options.additionalSecretOutputs ?? []).map((key) => [
    key,
    wireSecret(outputs[key] ?? wireUnknown),
  ]);
  return {
    id: kubernetesId(resource, outputs),
    outputs: secretOutputs.length > 0 ? { ...outputs, ...Object.fromEntries(secretOutputs) } : outputs,
  };
}

/** Whether the resource is an object of the Kubernetes API (not a chart, a file of objects, or a provider). */
export function isKubernetesObject(resource: PlanResource): boolean {
  const { custom, type, inputs, options } = resource;
  return (
    custom &&
    options.read === undefined &&
    type.startsWith("kubernetes:") &&
    typeof inputs["apiVersion"] === "string" &&
    typeof inputs["kind"] === "string"
  );
}

/**
 * The object with a name. An object without one gets its resource's name, where the provider would add random
 * characters.
 */
export function namedObject(resource: PlanResource): Record<string, WireValue> {
  const metadata = resource.inputs["metadata"] ?? {};
  if (
    !isRecord(metadata) ||
    isWireSecret(metadata) ||
    metadata["name"] !== undefined ||
    metadata["generateName"] !== undefined
  ) {
    return { ...resource.inputs };
  }
  return { ...resource.inputs, metadata: { ...metadata, name: resource.name } };
}

function kubernetesId(resource: PlanResource, outputs: Readonly<Record<string, WireValue>>): string {
  const metadata = outputs["metadata"];
  if (!isKubernetesObject(resource) || !isRecord(metadata) || typeof metadata["name"] !== "string") {
    return "";
  }
  const { name, namespace } = metadata;
  if (name === wireUnknown || namespace === wireUnknown) {
    return "";
  }
  return typeof namespace === "string" ? `${namespace}/${name}` : name;
}
