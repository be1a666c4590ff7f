import { objectName } from "../shared/names";

/**
 * The Service of a model. Its name starts with a letter, unlike other objects' names, and is not "vllm": Kubernetes
 * gives pods a VLLM_PORT variable for such a Service, which vLLM then reads as its own.
 */
export function serviceName(name: string): string {
  return name === "vllm" || /^[0-9]/.test(name) ? objectName(`service ${name}`) : name;
}

/**
 * The LeaderWorkerSet of a model. Its controller makes a headless Service of the same name, by which pods of a group
 * find each other before they are ready, so the name starts with a letter and is not that of the model's own Service.
 */
export function groupName(name: string): string {
  return objectName(`group ${name}`);
}
