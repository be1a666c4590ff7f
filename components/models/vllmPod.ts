import { GpuVendor, gpuResources, poolLabel } from "../shared/gpuNodes";
import type { ResolvedVllm } from "./resolvedVllm";
import { vllmHealthPath } from "./resolveVllm";
import { claimPath } from "./resolveWeights";
import { imageUser, type ServedModel, servingLabels } from "./servedModel";
import { fetchAdapters } from "./vllmDownloads";
import { vllmFlags, vllmPort } from "./vllmFlags";

/** Seconds that a stopping pod still takes new requests, until every Envoy has heard that it is going. */
export const endpointSeconds = 15;
const readySeconds = 10;

/** Whether there may be more than one replica at a time: then pods are told apart, spread, and moved one by one. */
export function mayBeSeveral(vllm: ResolvedVllm): boolean {
  return vllm.replicas > 1;
}

/** The number of replicas, where nothing else changes it: two writers would undo one another's work. */
export function fixedReplicas({ autoscaling, replicas }: ResolvedVllm): { readonly replicas?: number } {
  return autoscaling === undefined ? { replicas } : {};
}

/** How long one pod may take to be ready, with time to pull the image. */
export function podSeconds(vllm: ResolvedVllm): number {
  return vllm.startupSeconds + 600;
}

/** Longer than the wait for Envoy and the drain of requests together: then nothing is killed. */
export function graceSeconds(vllm: ResolvedVllm): number {
  return endpointSeconds + vllm.shutdownSeconds + 30;
}

/** What a pod does in a replica of several nodes. */
export const PodRole = { Only: "only", Leader: "leader", Worker: "worker" } as const;
export type PodRole = (typeof PodRole)[keyof typeof PodRole];

/** The pod of a server, or of one of the nodes that a server spans. */
export function podSpec(model: ServedModel, vllm: ResolvedVllm, role: PodRole = PodRole.Only) {
  const adapters = fetchAdapters(vllm);
  return {
    // vLLM reads VLLM_* variables, and service links would make some up.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: graceSeconds(vllm),
    ...(vllm.s3 === undefined ? {} : { serviceAccountName: vllm.s3.serviceAccount }),
    // Code of a model's repository has no business with the cluster.
    automountServiceAccountToken: false,
    securityContext: podSecurity(vllm),
    ...(vllm.pool === undefined ? {} : { nodeSelector: { [poolLabel]: vllm.pool } }),
    tolerations: [{ key: gpuResources[vllm.accelerator], operator: "Exists", effect: "NoSchedule" }],
    ...(role === PodRole.Only && mayBeSeveral(vllm) ? { topologySpreadConstraints: spread(model) } : {}),
    ...(adapters === undefined ? {} : { initContainers: [adapters] }),
    containers: [container(model, vllm, role)],
    volumes: [
      { name: "cache", ...cacheVolume(model, vllm) },
      { name: "shm", emptyDir: { medium: "Memory", sizeLimit: vllm.sharedMemory } },
      ...(vllm.weights.kind === "claim"
        ? [
            {
              name: "weights",
              persistentVolumeClaim: { claimName: vllm.weights.claimName, readOnly: true },
            },
          ]
        : []),
    ],
  };
}

/** Replicas apart where there is room; a scarce GPU is taken where it is. */
function spread(model: ServedModel) {
  return ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: servingLabels(model) },
    // Without it the pods of the version that goes would count.
    matchLabelKeys: ["pod-template-hash"],
  }));
}

/** AMD's runtime makes calls that the default profile refuses, and its device files need root or their groups. */
function podSecurity(vllm: ResolvedVllm) {
  const seccompProfile = { type: vllm.accelerator === GpuVendor.Amd ? "Unconfined" : "RuntimeDefault" };
  return vllm.runAsRoot ? { seccompProfile } : { seccompProfile, ...imageUser };
}

function cacheVolume(model: ServedModel, vllm: ResolvedVllm) {
  return vllm.cacheStorageClass === undefined
    ? { emptyDir: { sizeLimit: vllm.cacheSize } }
    : { persistentVolumeClaim: { claimName: model.objectName } };
}

function container(model: ServedModel, vllm: ResolvedVllm, role: PodRole) {
  return {
    name: "vllm",
    image: vllm.image,
    command: ["vllm", "serve"],
    args: [...vllmFlags(vllm, model.upstreamName), ...roleFlags(vllm, role), ...vllm.extraArgs],
    env: environment(vllm, role),
    ...(role === PodRole.Worker
      ? {}
      : { ports: [{ name: "http", containerPort: vllmPort, protocol: "TCP" }] }),
    resources: {
      requests: { cpu: vllm.cpu, memory: vllm.memory, ...devices(vllm), ...disk(vllm) },
      limits: { memory: vllm.memory, ...devices(vllm) },
    },
    ...(role === PodRole.Worker ? {} : probes(vllm)),
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds(vllm, role) } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      // Root without any capability could not write to a volume that belongs to somebody else.
      ...(vllm.runAsRoot ? {} : { capabilities: { drop: ["ALL"] } }),
    },
    volumeMounts: [
      { name: "cache", mountPath: "/cache" },
      { name: "shm", mountPath: "/dev/shm" },
      ...(vllm.weights.kind === "claim" ? [{ name: "weights", mountPath: claimPath, readOnly: true }] : []),
    ],
  };
}

/** A worker stops after its leader has drained: without it the requests under way would fail. */
function preStopSeconds(vllm: ResolvedVllm, role: PodRole): number {
  return role === PodRole.Worker ? endpointSeconds + vllm.shutdownSeconds : endpointSeconds;
}

/** The LeaderWorkerSet controller sets these variables in every container. */
function roleFlags(vllm: ResolvedVllm, role: PodRole): readonly string[] {
  if (role === PodRole.Only) {
    return [];
  }
  const place = ["--nnodes", String(vllm.nodes), "--node-rank", "$(LWS_WORKER_INDEX)"];
  const meet = ["--master-addr", "$(LWS_LEADER_ADDRESS)"];
  return [...place, ...meet, ...(role === PodRole.Worker ? ["--headless"] : [])];
}

function environment(vllm: ResolvedVllm, role: PodRole) {
  return [
    // Compilers and libraries keep caches in the home folder.
    { name: "HOME", value: "/cache" },
    { name: "HF_HOME", value: "/cache/huggingface" },
    { name: "VLLM_CACHE_ROOT", value: "/cache/vllm" },
    { name: "VLLM_ENGINE_READY_TIMEOUT_S", value: String(vllm.startupSeconds) },
    ...(role === PodRole.Only
      ? []
      : [{ name: "VLLM_HOST_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }]),
    ...vllm.env,
    ...(vllm.s3 === undefined ? [] : [{ name: "AWS_REGION", value: vllm.s3.region }]),
    ...(vllm.hfToken === undefined
      ? []
      : [{ name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: vllm.hfToken.name, key: "token" } } }]),
  ];
}

function probes(vllm: ResolvedVllm) {
  // A busy server answers late; killing it would cut every stream.
  const probe = {
    httpGet: { path: vllmHealthPath, port: "http" },
    periodSeconds: readySeconds,
    timeoutSeconds: 5,
  };
  return {
    startupProbe: { ...probe, failureThreshold: Math.ceil(vllm.startupSeconds / readySeconds) },
    readinessProbe: { ...probe, failureThreshold: 2 },
    livenessProbe: { ...probe, failureThreshold: 12 },
  };
}

function devices(vllm: ResolvedVllm): Readonly<Record<string, string>> {
  return { [gpuResources[vllm.accelerator]]: String(vllm.gpus) };
}

/** Weights on the node's own disk have to fit there. */
function disk(vllm: ResolvedVllm): Readonly<Record<string, string>> {
  return vllm.cacheStorageClass === undefined ? { "ephemeral-storage": vllm.cacheSize } : {};
}
