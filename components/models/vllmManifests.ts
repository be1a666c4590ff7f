import type { Manifest } from "../shared/manifest";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedModel, ResolvedVllm } from "./resolved";
import { serviceName, vllmPort } from "./resolveModel";
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
      accessModes: [vllm.replicas > 1 ? "ReadWriteMany" : "ReadWriteOnce"],
      storageClassName,
      resources: { requests: { storage: vllm.cacheSize } },
    },
  };
}

function service(model: ResolvedModel): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadata(model), name: serviceName(model.objectName) },
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
        // Pulumi gives a Deployment ten minutes unless told otherwise; weights take longer.
        "pulumi.com/timeoutSeconds": String(vllm.startupSeconds + 600),
      },
    },
    spec: {
      replicas: vllm.replicas,
      // A surge pod would ask for a GPU that is not there and wait for ever.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      progressDeadlineSeconds: vllm.startupSeconds + 600,
      selector: { matchLabels: selector(model) },
      template: {
        metadata: { labels: { ...metadata(model).labels } },
        spec: podSpec(model, vllm),
      },
    },
  };
}

function podSpec(model: ResolvedModel, vllm: ResolvedVllm) {
  return {
    // vLLM reads VLLM_* variables, and service links would make some up.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: endpointSeconds + vllm.shutdownSeconds + 30,
    securityContext: { seccompProfile: { type: "RuntimeDefault" } },
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
  const probe = { httpGet: { path: "/health", port: "http" }, periodSeconds: readySeconds };
  return {
    name: "vllm",
    image: vllm.image,
    args: vllmArgs(model, vllm),
    env: [
      { name: "HF_HOME", value: "/cache/huggingface" },
      { name: "VLLM_CACHE_ROOT", value: "/cache/vllm" },
      { name: "VLLM_ENGINE_READY_TIMEOUT_S", value: String(vllm.startupSeconds) },
      ...(vllm.hfToken === undefined
        ? []
        : [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: vllm.hfToken.name, key: "token" } } }]),
    ],
    ports: [{ name: "http", containerPort: vllmPort, protocol: "TCP" }],
    resources: {
      requests: { cpu: vllm.cpu, memory: vllm.memory, [gpuResource[vllm.accelerator]]: String(vllm.gpus) },
      limits: { memory: vllm.memory, [gpuResource[vllm.accelerator]]: String(vllm.gpus) },
    },
    startupProbe: { ...probe, failureThreshold: Math.ceil(vllm.startupSeconds / readySeconds) },
    readinessProbe: { ...probe, failureThreshold: 2 },
    livenessProbe: { ...probe, failureThreshold: 6 },
    lifecycle: { preStop: { sleep: { seconds: endpointSeconds } } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [
      { name: "cache", mountPath: "/cache" },
      { name: "shm", mountPath: "/dev/shm" },
    ],
  };
}

/** The image's entry point is the server itself, so these are the arguments of `vllm serve`. */
function vllmArgs(model: ResolvedModel, vllm: ResolvedVllm): readonly string[] {
  return [
    "--model",
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
