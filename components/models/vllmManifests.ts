import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import { referenceOf } from "../shared/references";
import { autoscaler } from "./autoscalingManifests";
import { endpointPickerObjects } from "./endpointPickerManifests";
import { modelMetadata } from "./modelMetadata";
import { podIdentityReference } from "./podIdentityReference";
import type { ResolvedVllm } from "./resolvedVllm";
import { type ServedModel, servingLabels } from "./servedModel";
import { groupName, serviceName } from "./serviceName";
import { mirrorJob } from "./vllmDownloads";
import { vllmPort } from "./vllmFlags";
import { leaderWorkerSet } from "./vllmGroup";
import { fixedReplicas, mayBeSeveral, podSeconds, podSpec } from "./vllmPod";

/** The objects of a model's pods with what each waits for. */
export function vllmObjects(model: ServedModel, vllm: ResolvedVllm): readonly RenderedObject[] {
  const manifests = vllmManifests(model, vllm);
  const of = (...kinds: readonly string[]) =>
    manifests.filter(({ kind }) => kinds.includes(kind)).map(referenceOf);
  const identity =
    vllm.s3?.podIdentity === undefined ? [] : [...of("ServiceAccount"), podIdentityReference(model)];
  const before: Readonly<Record<string, readonly string[]>> = {
    Job: identity,
    Deployment: [...identity, ...of("Job")],
    LeaderWorkerSet: [...identity, ...of("Job", "PersistentVolumeClaim")],
  };
  const objects = manifests.map((manifest) => {
    const after = before[manifest.kind] ?? [];
    const isScaled = vllm.autoscaling !== undefined && workloads.includes(manifest.kind);
    return {
      key: model.key,
      manifest,
      ...(after.length === 0 ? {} : { after }),
      ...(isScaled ? { ignoreChanges: ["spec.replicas"] } : {}),
    };
  });
  const { picker } = vllm;
  return [...objects, ...(picker === undefined ? [] : endpointPickerObjects(model, vllm, picker))];
}

/** What has a number of replicas. */
const workloads: readonly string[] = ["Deployment", "LeaderWorkerSet"];

/** The pods of a model that this platform serves itself, what they need, and the Service in front of them. */
export function vllmManifests(model: ServedModel, vllm: ResolvedVllm): readonly Manifest[] {
  const job = mirrorJob(model, vllm);
  const { autoscaling } = vllm;
  const workload =
    vllm.nodes > 1
      ? leaderWorkerSet(model, vllm, { ...metadata(model), name: groupName(model.objectName) })
      : deployment(model, vllm);
  return [
    ...(vllm.s3?.podIdentity === undefined ? [] : [serviceAccount(model)]),
    ...(vllm.cacheStorageClass === undefined ? [] : [claim(model, vllm, vllm.cacheStorageClass)]),
    ...(job === undefined ? [] : [job]),
    workload,
    ...(autoscaling === undefined ? [] : [autoscaler(model, autoscaling, workload)]),
    ...(mayBeSeveral(vllm) ? [disruptionBudget(model)] : []),
    service(model, vllm),
  ];
}

function metadata(model: ServedModel) {
  const base = modelMetadata(model);
  return { ...base, labels: { ...base.labels, ...servingLabels(model) } };
}

function serviceAccount(model: ServedModel): Manifest {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: modelMetadata(model),
    automountServiceAccountToken: false,
  };
}

function claim(model: ServedModel, vllm: ResolvedVllm, storageClassName: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: metadata(model),
    spec: {
      accessModes: [vllm.cacheAccessMode],
      storageClassName,
      resources: { requests: { storage: vllm.cacheSize } },
    },
  };
}

/**
 * Of one replica it has an address; of several it is headless, so that Envoy knows each pod: it then spreads requests
 * and not connections, and its health checks tell pods apart.
 */
function service(model: ServedModel, vllm: ResolvedVllm): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...metadata(model),
      name: serviceName(model.objectName),
      // Pulumi would wait ten minutes for a pod that is ready; the Deployment is what is waited for.
      annotations: { ...modelMetadata(model).annotations, "pulumi.com/skipAwait": "true" },
    },
    spec: {
      ...(mayBeSeveral(vllm) ? { clusterIP: "None" } : {}),
      selector: servingLabels(model),
      ports: [{ name: "http", port: vllmPort, targetPort: "http", protocol: "TCP" }],
    },
  };
}

/** One pod at a time may be moved. "At least one" would never let the node of a single pod go. */
function disruptionBudget(model: ServedModel): Manifest {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(model),
    spec: { maxUnavailable: 1, selector: { matchLabels: servingLabels(model) } },
  };
}

function deployment(model: ServedModel, vllm: ResolvedVllm): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      ...metadata(model),
      annotations: {
        ...modelMetadata(model).annotations,
        // Pulumi gives a Deployment ten minutes unless told otherwise; weights take longer, and pods go one by one.
        "pulumi.com/timeoutSeconds": String(podSeconds(vllm) * Math.max(1, vllm.replicas)),
      },
    },
    spec: {
      ...fixedReplicas(vllm),
      // A surge pod would ask for a GPU that is not there and wait for ever.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      progressDeadlineSeconds: podSeconds(vllm),
      selector: { matchLabels: servingLabels(model) },
      template: {
        metadata: { labels: { ...managedLabels, ...servingLabels(model) } },
        spec: podSpec(model, vllm),
      },
    },
  };
}
