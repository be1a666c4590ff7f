import type { Input } from "@pulumi/pulumi";
import type { GpuVendor } from "../shared/gpuNodes";
import type { AutoscalingArgs } from "./autoscalingArgs";
import type { EndpointPickerArgs } from "./endpointPickerArgs";
import type { ModelShapeArgs } from "./modelShapeArgs";
import type { KvCacheFormat } from "./sizingArgs";
import type { VllmLoraArgs } from "./vllmLoraArgs";
import type { VllmS3Args, VllmWeightsArgs } from "./vllmWeightsArgs";

/** How a claim for weights is mounted. */
export const CacheAccessMode = {
  /** By the pods of one node. */
  ReadWriteOnce: "ReadWriteOnce",
  /** By pods of many nodes. */
  ReadWriteMany: "ReadWriteMany",
} as const;
export type CacheAccessMode = (typeof CacheAccessMode)[keyof typeof CacheAccessMode];

/** Takes the cheapest of the known pools that satisfies the declaration, in place of a pool's name. */
export const autoPool = "auto";
/** Switches a parser off that the catalogue of models names. */
export const noParser = "none";

/**
 * A model that this platform serves itself with vLLM. Where the node of its pool is known (`pools`), the declaration
 * is checked against it, and defaults follow from the model and the node; elsewhere nothing is computed.
 */
export interface VllmArgs {
  // The model
  /** Hugging Face repository, for example `Qwen/Qwen3-1.7B`. */
  source: string;
  /** Git revision of the repository. Default: its main branch. */
  revision?: string;
  /** Hugging Face token for gated repositories, a secret output. */
  hfToken?: Input<string>;
  /** Name of an existing Secret with the token under `token`. */
  hfTokenSecretName?: Input<string>;
  /** Numbers of a model that the catalogue does not know, or its `config.json`. Default: the catalogue's of `source`. */
  shape?: ModelShapeArgs;

  // What it is to do
  /** Context length in tokens. Default: the longest that fits, found by vLLM at start. */
  maxModelLen?: number;
  /**
   * Requests of the full context length that one replica has to hold at the same time, 1 to 10,000; checked where
   * the pool's node is known. Default: 1.
   */
  concurrency?: number;
  /** Pods that serve the model, 0 to 1,000; with several nodes to a replica, groups of them. Default: 1. */
  replicas?: number;
  /** The number of replicas by their load, in place of `replicas`. Default: it is fixed. */
  autoscaling?: AutoscalingArgs;
  /**
   * Whether an endpoint picker chooses the replica of each request, by its line, its KV cache and the prompts that it
   * has seen, in place of round robin. Then the model shares no rule: no fallback, no shares, no changes to requests.
   * Default: false.
   */
  endpointPicker?: boolean;
  /** The pod that chooses. */
  picker?: EndpointPickerArgs;

  // Where it runs
  /**
   * Name of the node pool to run on (node label `ai-gateway/pool`), or `auto` for the cheapest of the known pools
   * that satisfies the context length and concurrency. Default: any node that has the GPU.
   */
  pool?: string;
  /** Maker of the GPU: decides the image and the resource that is asked for. Default: that of the pool, else `nvidia`. */
  accelerator?: GpuVendor;
  /** GPUs that a replica has on each of its nodes, 1 to 16; the model is split over them. Default: 1. */
  gpus?: number;
  /**
   * Nodes of one replica, 1 to 16. Several need LeaderWorkerSet v1 in the cluster and a network between them that
   * is up to it. Default: 1.
   */
  nodes?: number;
  /**
   * Stages that the model's layers are cut into, at least `nodes`; each stage is split over the remaining GPUs (tensor
   * parallelism). Better than tensor parallelism where GPUs have no NVLink. Default: `nodes`.
   */
  pipelineParallel?: number;

  // The engine
  /** vLLM image. Default: the one of the release set for the accelerator. */
  image?: Input<string>;
  /** Digest that the image has to have, `sha256:` and 64 hex digits. Default: none, the tag decides. */
  imageDigest?: string;
  /**
   * How vLLM quantizes weights when loading them, for example `fp8`. Sizes count with FP8 weights for the ways that end
   * there, and with the published ones for all others. Default: as the repository says.
   */
  quantization?: string;
  /** How keys and values of tokens are stored on the GPU; in 8 bits it holds twice as many. Default: `auto`. */
  kvCacheFormat?: KvCacheFormat;
  /** Share of a GPU's memory that vLLM takes, 0.1 to 0.99. Default: vLLM's own, 0.92 since its release 0.21. */
  gpuMemoryUtilization?: number;
  /** Most requests in one batch, 1 to 100,000. Default: vLLM's own, or fewer where that makes the model fit. */
  maxSequences?: number;
  /** vLLM's parser of tool calls, or `none`. Default: the catalogue's where the pool's node is known, else none. */
  toolParser?: string;
  /** vLLM's parser of reasoning, or `none`. Default: the catalogue's where the pool's node is known, else none. */
  reasoningParser?: string;
  /**
   * Whether every chunk of a stream carries the tokens so far, so that a stream that a client cuts is charged exactly.
   * Clients that add up usage over chunks count too much then. Default: true where the pool's node is known.
   */
  usageInEveryChunk?: boolean;
  /** Adapters by the public name that clients call them by; they share the pods of this model. Default: none. */
  loras?: Record<string, VllmLoraArgs>;
  /** Adapters that one batch may mix, 1 to 64; each takes GPU memory. Default: as many as there are, at most 8. */
  loraSlots?: number;
  /** Further arguments of `vllm serve`. Flags that this package sets itself are refused. */
  extraArgs?: string[];

  // Weights and memory
  /** Where weights come from. Default: Hugging Face. */
  weights?: VllmWeightsArgs;
  /** The bucket that weights or adapters are read from. Default: none. */
  s3?: VllmS3Args;
  /** Where downloaded weights are kept. Default: a volume that lives and dies with the pod. */
  cache?: VllmCacheArgs;
  /**
   * CPU and memory of a pod. Default: 4 CPUs and 16Gi for each GPU, or what the node has for them where it is known;
   * both are requests, memory is the limit too.
   */
  resources?: VllmResourceArgs;

  // Life of a pod
  /**
   * Seconds that loading may take before the pod is given up, 60 to 7,200. Default: 1,800, or what follows from the
   * weights and the node's disk where both are known.
   */
  startupSeconds?: number;
  /** Seconds that running requests get to finish when a pod stops, 0 to 3,600. Default: 300. */
  shutdownSeconds?: number;
  /**
   * Whether the server runs as root. Default: false on NVIDIA, where it runs as user 2000; true on AMD, whose
   * device files belong to groups that differ from host to host.
   */
  runAsRoot?: boolean;
}

/** The volume that holds downloaded weights. */
export interface VllmCacheArgs {
  /** Size of the volume, for example `100Gi`. Default: `100Gi`, on AMD `200Gi`, more where the weights need it. */
  size?: string;
  /** Storage class of a persistent claim that outlives the pod. Default: none, the node's own disk is used. */
  storageClassName?: string;
  /**
   * How the claim is mounted; more than one replica needs `ReadWriteMany` and a class that can do it. A change
   * replaces the claim, and the weights are loaded anew. Default: `ReadWriteOnce`.
   */
  accessMode?: CacheAccessMode;
}

/** CPU and memory of a vLLM pod. */
export interface VllmResourceArgs {
  /** CPUs that are asked for, for example `4`. */
  cpu?: string;
  /** Memory that is asked for, and the limit, for example `16Gi`. */
  memory?: string;
}
