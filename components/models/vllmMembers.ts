import type { AutoscalingArgs, AutoscalingPrometheusArgs } from "./autoscalingArgs";
import type { EndpointPickerArgs, EndpointPickerObjectiveArgs } from "./endpointPickerArgs";
import { type MembersOf, requiring } from "./memberShapes";
import { modelShapeMembers } from "./modelShapeArgs";
import type { VllmArgs, VllmCacheArgs, VllmResourceArgs } from "./vllmArgs";
import type { VllmLoraArgs } from "./vllmLoraArgs";
import type {
  VllmClaimArgs,
  VllmMirrorArgs,
  VllmPodIdentityArgs,
  VllmS3Args,
  VllmS3WeightsArgs,
  VllmWeightsArgs,
} from "./vllmWeightsArgs";

const cache: MembersOf<VllmCacheArgs> = { size: "text", storageClassName: "text", accessMode: "text" };
const resources: MembersOf<VllmResourceArgs> = { cpu: "text", memory: "text" };
const lora = requiring<VllmLoraArgs>(
  { source: "text", s3Path: "text", rank: "number", public: "flag" },
  "rank",
);
const claim = requiring<VllmClaimArgs>({ name: "input", path: "text" }, "name");
const mirror: MembersOf<VllmMirrorArgs> = { disk: "text" };
const s3Weights: MembersOf<VllmS3WeightsArgs> = { path: "text", mirror };
const weights: MembersOf<VllmWeightsArgs> = { claim, s3: s3Weights };
const podIdentity: MembersOf<VllmPodIdentityArgs> = { clusterName: "input", roleArn: "input" };
const s3 = requiring<VllmS3Args>(
  { bucket: "input", region: "text", podIdentity, serviceAccountName: "text" },
  "bucket",
  "region",
);

const prometheus = requiring<AutoscalingPrometheusArgs>(
  {
    url: "input",
    labels: { eachOf: "text" },
    triggerAuthenticationName: "input",
    authModes: "text",
    awsRegion: "text",
  },
  "url",
);
const autoscaling = requiring<AutoscalingArgs>(
  {
    min: "number",
    max: "number",
    by: "text",
    waitingRequests: "number",
    kvCacheUsage: "number",
    cooldownSeconds: "number",
    prometheus,
    scaleToZero: "flag",
    wakeQuery: "text",
  },
  "max",
);
const objective = requiring<EndpointPickerObjectiveArgs>({ priority: "number" }, "priority");
const picker: MembersOf<EndpointPickerArgs> = {
  image: "input",
  cpu: "text",
  memory: "text",
  metrics: "flag",
  objectives: { eachOf: objective },
};

/** Every member of a model that this platform serves itself, and what it must be. */
export const vllmMembers: MembersOf<VllmArgs> = {
  source: "text",
  revision: "text",
  hfToken: "secret",
  hfTokenSecretName: "input",
  shape: modelShapeMembers,
  maxModelLen: "number",
  concurrency: "number",
  replicas: "number",
  autoscaling,
  endpointPicker: "flag",
  picker,
  pool: "text",
  accelerator: "text",
  gpus: "number",
  nodes: "number",
  pipelineParallel: "number",
  image: "input",
  imageDigest: "text",
  quantization: "text",
  kvCacheFormat: "text",
  gpuMemoryUtilization: "number",
  maxSequences: "number",
  toolParser: "text",
  reasoningParser: "text",
  usageInEveryChunk: "flag",
  loras: { eachOf: lora },
  loraSlots: "number",
  extraArgs: { listOf: "text" },
  weights,
  s3,
  cache,
  resources,
  startupSeconds: "number",
  shutdownSeconds: "number",
  runAsRoot: "flag",
};
