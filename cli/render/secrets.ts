import type { PlanResource } from "../evaluate/evaluation";
import { isRecord, maskedSecret, maskValue, revealValue } from "../evaluate/values";

const secretFields = ["data", "stringData"] as const;

/**
 * A resource's inputs, fit to be written down: secrets masked, keys sorted.
 *
 * Of a Kubernetes Secret every value is masked, also one that the program did not mark as secret; its keys are
 * shown, since other objects refer to them.
 */
export function maskedInputs(resource: PlanResource): Record<string, unknown> {
  const masked = maskValue(resource.inputs) as Record<string, unknown>;
  if (!isKubernetesSecret(resource)) {
    return masked;
  }
  for (const field of secretFields) {
    const content = revealValue(resource.inputs[field]);
    if (isRecord(content)) {
      const keys = Object.keys(content).sort();
      masked[field] = Object.fromEntries(keys.map((key) => [key, maskedSecret]));
    }
  }
  return masked;
}

/** Whether the resource is a Secret of the Kubernetes core API. */
export function isKubernetesSecret({ type, inputs }: PlanResource): boolean {
  return type.startsWith("kubernetes:") && inputs["kind"] === "Secret" && inputs["apiVersion"] === "v1";
}
