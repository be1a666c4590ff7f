import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import { referenceOf } from "../shared/references";
import { pickerKey, pickerName, pickerPorts, poolKind } from "./endpointPickerNames";
import { pickerLabels, pickerPodSpec } from "./endpointPickerPod";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedEndpointPicker } from "./resolvedEndpointPicker";
import type { ResolvedVllm } from "./resolvedVllm";
import { type ServedModel, servingLabels } from "./servedModel";
import { vllmPort } from "./vllmFlags";

/**
 * The pool of a model's pods and what chooses among them. The picker is ready only once its pool exists, so the pool
 * comes first, and whatever leads to the pool waits for the picker.
 */
export function endpointPickerObjects(
  model: ServedModel,
  vllm: ResolvedVllm,
  picker: ResolvedEndpointPicker,
): readonly RenderedObject[] {
  const own = { ...modelMetadata(model), name: pickerName(model) };
  const pool = inferencePool(model);
  const account = serviceAccount(own);
  const rights = role(own);
  const binding = roleBinding(own);
  const ofPicker = (manifest: Manifest, ...after: readonly Manifest[]): RenderedObject => ({
    key: pickerKey(model),
    manifest,
    ...(after.length === 0 ? {} : { after: after.map(referenceOf) }),
  });
  return [
    ofPicker(account),
    ofPicker(rights),
    ofPicker(binding, rights, account),
    ...(picker.metrics ? [ofPicker(askWhoCalls(own), account)] : []),
    ofPicker(service(own)),
    { key: model.key, manifest: pool },
    ...Object.entries(picker.objectives).map(([name, priority]) => ({
      key: `${model.key}/${name}`,
      manifest: inferenceObjective(model, name, priority),
    })),
    ofPicker(deployment(model, own, picker, vllm), pool, binding),
  ];
}

type OwnMetadata = ReturnType<typeof modelMetadata>;

function inferencePool(model: ServedModel): ManifestOf<"InferencePool"> {
  return {
    apiVersion: "inference.networking.k8s.io/v1",
    kind: "InferencePool",
    metadata: modelMetadata(model),
    spec: {
      selector: { matchLabels: servingLabels(model) },
      targetPorts: [{ number: vllmPort }],
      endpointPickerRef: {
        group: "",
        kind: "Service",
        name: pickerName(model),
        port: { number: pickerPorts.grpc },
        // What AI Gateway does in any case.
        failureMode: "FailClose",
      },
    },
  };
}

function inferenceObjective(
  model: ServedModel,
  name: string,
  priority: number,
): ManifestOf<"InferenceObjective"> {
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha2",
    kind: "InferenceObjective",
    metadata: { ...modelMetadata(model), name },
    spec: { priority, poolRef: { ...poolKind, name: model.objectName } },
  };
}

function serviceAccount(metadata: OwnMetadata): Manifest {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata };
}

/** It looks at pods, pools and objectives of its own namespace, and no further. */
function role(metadata: OwnMetadata): Manifest {
  const reading = { verbs: ["get", "list", "watch"] };
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [
      { apiGroups: ["inference.networking.x-k8s.io"], resources: ["inferenceobjectives"], ...reading },
      { apiGroups: [poolKind.group], resources: ["inferencepools"], ...reading },
      { apiGroups: [""], resources: ["pods"], ...reading },
    ],
  };
}

function roleBinding(metadata: OwnMetadata): Manifest {
  const { name, namespace } = metadata;
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
}

/**
 * Its server of metrics asks the API server who a caller is and what that may do (inference extension v1.0.2). The name
 * is one of the whole cluster; a namespace holds no dot, so no two meet.
 */
function askWhoCalls({ name, namespace, ...metadata }: OwnMetadata): Manifest {
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { ...metadata, name: `${namespace}.${name}` },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
}

function service(metadata: OwnMetadata): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...metadata,
      // It has no pod until the pool exists, which is made after it.
      annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" },
    },
    spec: {
      selector: pickerLabels(metadata.name),
      ports: [
        { name: "grpc", port: pickerPorts.grpc, targetPort: "grpc", protocol: "TCP", appProtocol: "http2" },
      ],
    },
  };
}

function deployment(
  model: ServedModel,
  metadata: OwnMetadata,
  picker: ResolvedEndpointPicker,
  vllm: ResolvedVllm,
): Manifest {
  const labels = pickerLabels(metadata.name);
  const pool = { name: model.objectName, namespace: model.namespace };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
    spec: {
      // Of two pickers each would remember half of the prompts. With an election of a leader the second would never
      // be ready, and Pulumi would wait for it.
      replicas: 1,
      // The old one ends when the last answer through it does, which nobody should have to wait for.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels: { ...managedLabels, ...labels } },
        spec: pickerPodSpec(pool, metadata.name, picker, vllm),
      },
    },
  };
}
