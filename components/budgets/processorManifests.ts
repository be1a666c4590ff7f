import { type Input, secret } from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { type ProcessorParts, processorDeployment } from "./processorDeployment";
import { podSelector, processorMetadata } from "./processorMetadata";
import { networkManifests, processorService } from "./processorNetwork";
import { keysKey, keysSecretName, ownCredentials, policyKey } from "./processorSettings";
import type { ResolvedProcessorPods } from "./resolvedProcessor";

/** Every object of the processor in a cluster, in the order that they are needed. */
export function processorManifests(pods: ResolvedProcessorPods, parts: ProcessorParts): readonly Manifest[] {
  const credentials = ownCredentials(pods);
  return [
    serviceAccount(pods),
    ...(credentials === undefined ? [] : [credentialSecret(pods, credentials)]),
    ...(parts.keys === undefined ? [] : [keysSecret(pods, parts.keys)]),
    policyConfigMap(pods, parts.policy),
    processorDeployment(pods, parts),
    processorService(pods),
    ...(pods.scaling.min > 1 ? [disruptionBudget(pods)] : []),
    ...(pods.scaling.cpuPercent === undefined ? [] : [autoscaler(pods, pods.scaling.cpuPercent)]),
    ...networkManifests(pods),
  ];
}

function serviceAccount(pods: ResolvedProcessorPods): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: processorMetadata(pods),
    automountServiceAccountToken: false,
  };
}

function credentialSecret(
  pods: ResolvedProcessorPods,
  credentials: Readonly<Record<string, Input<string>>>,
): Manifest {
  const sealed = Object.entries(credentials).map(([key, value]) => [key, secret(value)] as const);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: processorMetadata(pods),
    type: "Opaque",
    stringData: Object.fromEntries(sealed),
  };
}

/** Not even hashes are shown: they say which keys are new. The pods see the new ones in their folder, too. */
function keysSecret(pods: ResolvedProcessorPods, keys: Input<string>): Manifest {
  const metadata = processorMetadata(pods);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { ...metadata, name: keysSecretName(pods) },
    type: "Opaque",
    stringData: { [keysKey]: secret(keys) },
  };
}

/** Under one name whatever it says: the pods see the new text in their folder and go on running. */
function policyConfigMap(pods: ResolvedProcessorPods, policy: Input<string>): Manifest {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: processorMetadata(pods),
    data: { [policyKey]: policy },
  };
}

function disruptionBudget(pods: ResolvedProcessorPods): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: processorMetadata(pods),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: podSelector(pods) },
      // A pod that never became ready must not hold up a node that is drained.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
}

function autoscaler(pods: ResolvedProcessorPods, averageUtilization: number): Manifest {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: processorMetadata(pods),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: pods.objectName },
      minReplicas: pods.scaling.min,
      maxReplicas: pods.scaling.max,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } },
      ],
    },
  };
}
