import type { Manifest } from "../shared/manifest";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedModel, ResolvedVllm } from "./resolved";
import { serviceName, vllmPort } from "./resolveModel";
import { vllmHealthPath } from "./resolveVllm";
import type { Accelerator } from "./vllmArgs";

/** Extended resource by which Kubernetes hands out GPUs. */
const gpuResource: Readonly<Record<Accelerator, string>> = { nvidia: "nvidia.com/gpu", amd: "amd.com/gpu" };

/** Node label of a pool; the cluster's node groups carry it. */
export const poolLabel = "ai-gateway/pool";

/** Seconds that a stopping pod still takes new requests, until every Envoy has heard that it is going. */
const endpointSeconds = 15;
const readySeconds = 10;

/** The pods of a model that this platform serves itself, and the Service in front of them. */
export function vllmManifests(model: ResolvedModel, vllm: ResolvedVllm): readonly Manifest[] {
  return [
    ...(vllm.cacheStorageClass === undefined ? [] : [claim(model, vllm, vllm.cacheStorageClass)]),
    deployment(model, vllm),
    service(model),
  ];
}

function selector(model: ResolvedModel) {
  return { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": model.objectName };
}

function metadata(model: ResolvedModel) {
  const base = modelMetadata(model);
  return { ...base, labels: { ...base.labels, ...selector(model) } };
}

function claim(model: ResolvedModel, vllm: ResolvedVllm, storageClassName: string): Manifest {
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

function service(model: ResolvedModel): Manifest {
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
      selector: selector(model),
      ports: [{ name: "http", port: vllmPort, targetPort: "http", protocol: "TCP" }],
    },
  };
}

function deployment(model: ResolvedModel, vllm: ResolvedVllm): Manifest {
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
      replicas: vllm.replicas,
      // A surge pod would ask for a GPU that is not there and wait for ever.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      progressDeadlineSeconds: podSeconds(vllm),
      selector: { matchLabels: selector(model) },
      template: {
        metadata: { labels: { ...metadata(model).labels } },
        spec: podSpec(model, vllm),
      },
    },
  };
}

/** How long one pod may take to be ready, with time to pull the image. */
function podSeconds(vllm: ResolvedVllm): number {
  return vllm.startupSeconds + 600;
}

/** The image's own user; group 0 owns what it has to write. Weights in a volume are made writable for it. */
const imageUser = { runAsNonRoot: true, runAsUser: 2000, runAsGroup: 0, fsGroup: 2000 };

/** AMD's runtime makes calls that the default profile refuses, and its device files need root or their groups. */
function podSecurity(vllm: ResolvedVllm) {
  const seccompProfile = { type: vllm.accelerator === "amd" ? "Unconfined" : "RuntimeDefault" };
  return vllm.runAsRoot ? { seccompProfile } : { seccompProfile, ...imageUser };
}

function podSpec(model: ResolvedModel, vllm: ResolvedVllm) {
  return {
    // vLLM reads VLLM_* variables, and service links would make some up.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: endpointSeconds + vllm.shutdownSeconds + 30,
    // Code of a model's repository has no business with the cluster.
    automountServiceAccountToken: false,
    securityContext: podSecurity(vllm),
    ...(vllm.pool === undefined ? {} : { nodeSelector: { [poolLabel]: vllm.pool } }),
    tolerations: [{ key: gpuResource[vllm.accelerator], operator: "Exists", effect: "NoSchedule" }],
    containers: [container(model, vllm)],
    volumes: [
      { name: "cache", ...cacheVolume(model, vllm) },
      { name: "shm", emptyDir: { medium: "Memory", sizeLimit: vllm.gpus > 1 ? "8Gi" : "2Gi" } },
    ],
  };
}

function cacheVolume(model: ResolvedModel, vllm: ResolvedVllm) {
  return vllm.cacheStorageClass === undefined
    ? { emptyDir: { sizeLimit: vllm.cacheSize } }
    : { persistentVolumeClaim: { claimName: model.objectName } };
}

function container(model: ResolvedModel, vllm: ResolvedVllm) {
  // A busy server answers late; killing it would cut every stream.
  const probe = {
    httpGet: { path: vllmHealthPath, port: "http" },
    periodSeconds: readySeconds,
    timeoutSeconds: 5,
  };
  return {
    name: "vllm",
    image: vllm.image,
    command: ["vllm", "serve"],
    args: vllmArgs(model, vllm),
    env: [
      // Compilers and libraries keep caches in the home folder.
      { name: "HOME", value: "/cache" },
      { name: "HF_HOME", value: "/cache/huggingface" },
      { name: "VLLM_CACHE_ROOT", value: "/cache/vllm" },
      { name: "VLLM_ENGINE_READY_TIMEOUT_S", value: String(vllm.startupSeconds) },
      ...(vllm.hfToken === undefined
        ? []
        : [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: vllm.hfToken.name, key: "token" } } }]),
    ],
    ports: [{ name: "http", containerPort: vllmPort, protocol: "TCP" }],
    resources: {
      requests: { cpu: vllm.cpu, memory: vllm.memory, ...devices(vllm), ...disk(vllm) },
      limits: { memory: vllm.memory, ...devices(vllm) },
    },
    startupProbe: { ...probe, failureThreshold: Math.ceil(vllm.startupSeconds / readySeconds) },
    readinessProbe: { ...probe, failureThreshold: 2 },
    livenessProbe: { ...probe, failureThreshold: 12 },
    lifecycle: { preStop: { sleep: { seconds: endpointSeconds } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      // Root without any capability could not write to a volume that belongs to somebody else.
      ...(vllm.runAsRoot ? {} : { capabilities: { drop: ["ALL"] } }),
    },
    volumeMounts: [
      { name: "cache", mountPath: "/cache" },
      { name: "shm", mountPath: "/dev/shm" },
    ],
  };
}

function devices(vllm: ResolvedVllm): Readonly<Record<string, string>> {
  return { [gpuResource[vllm.accelerator]]: String(vllm.gpus) };
}

/** Weights on the node's own disk have to fit there. */
function disk(vllm: ResolvedVllm): Readonly<Record<string, string>> {
  return vllm.cacheStorageClass === undefined ? { "ephemeral-storage": vllm.cacheSize } : {};
}

/** Arguments of `vllm serve`: the model comes first, by position. */
function vllmArgs(model: ResolvedModel, vllm: ResolvedVllm): readonly string[] {
  return [
    vllm.source,
    ...(vllm.revision === undefined ? [] : ["--revision", vllm.revision]),
    "--served-model-name",
    model.upstreamName,
    "--port",
    String(vllmPort),
    "--max-model-len",
    vllm.maxModelLen === undefined ? "auto" : String(vllm.maxModelLen),
    ...(vllm.gpus > 1 ? ["--tensor-parallel-size", String(vllm.gpus)] : []),
    "--shutdown-timeout",
    String(vllm.shutdownSeconds),
    // Without it usage does not tell cached input tokens apart.
    "--enable-prompt-tokens-details",
    ...vllm.extraArgs,
  ];
}
