import { managedLabels } from "../shared/manifest";
import type { ResolvedProcessorPods } from "./resolvedProcessor";

/** What the pods are found by. */
export function podSelector(pods: ResolvedProcessorPods) {
  return { "app.kubernetes.io/name": "ai-gateway-processor", "app.kubernetes.io/instance": pods.objectName };
}

/** Name and labels of each of the processor's objects. */
export function processorMetadata(pods: ResolvedProcessorPods) {
  return {
    name: pods.objectName,
    namespace: pods.namespace,
    labels: { ...managedLabels, ...podSelector(pods) },
    annotations: { "pulumi-ai-gateway/gateway": `${pods.gateway.namespace}/${pods.gateway.name}` },
  };
}
