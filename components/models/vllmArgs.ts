import type { Input } from "@pulumi/pulumi";

/** Maker of the GPUs that a model runs on. */
export const Accelerator = { Nvidia: "nvidia", Amd: "amd" } as const;
export type Accelerator = (typeof Accelerator)[keyof typeof Accelerator];

/** How a claim for weights is mounted. */
export const CacheAccessMode = {
  /** By the pods of one node. */
  ReadWriteOnce: "ReadWriteOnce",
  /** By pods of many nodes. */
  ReadWriteMany: "ReadWriteMany",
} as const;
export type CacheAccessMode = (typeof CacheAccessMode)[keyof typeof CacheAccessMode];

/** A model that this platform serves itself with vLLM. */
export interface VllmArgs {
  /** Hugging Face repository, for example `Qwen/Qwen3-1.7B`. */
  source: string;
  /** Git revision of the repository. Default: its main branch. */
  revision?: string;
  /** Name of the node pool to run on (node label `ai-gateway/pool`). Default: any node that has the GPU. */
  pool?: string;
  /** Maker of the GPU: decides the image and the resource that is asked for. Default: `nvidia`. */
  accelerator?: Accelerator;
  /** GPUs of one replica, 1 to 16; the model is split over them (tensor parallelism). Default: 1. */
  gpus?: number;
  /** Pods that serve the model, 0 to 1,000. Default: 1. */
  replicas?: number;
  /** Context length in tokens. Default: the longest that fits, found by vLLM at start. */
  maxModelLen?: number;
  /** vLLM image. Default: the one of the release set for the accelerator. */
  image?: Input<string>;
  /** Hugging Face token for gated repositories, a secret output. */
  hfToken?: Input<string>;
  /** Name of an existing Secret with the token under `token`. */
  hfTokenSecretName?: Input<string>;
  /** Where weights are kept. Default: a volume that lives and dies with the pod. */
  cache?: VllmCacheArgs;
  /** CPU and memory of a pod. Default: 4 CPUs and 16Gi for each GPU; both are requests, memory is the limit too. */
  resources?: VllmResourceArgs;
  /** Seconds that loading may take before the pod is given up, 60 to 7,200. Default: 1,800. */
  startupSeconds?: number;
  /** Seconds that running requests get to finish when a pod stops, 0 to 3,600. Default: 300. */
  shutdownSeconds?: number;
  /**
   * Whether the server runs as root. Default: false on NVIDIA, where it runs as user 2000; true on AMD, whose
   * device files belong to groups that differ from host to host.
   */
  runAsRoot?: boolean;
  /** Further arguments of `vllm serve`. Flags that this package sets itself are refused. */
  extraArgs?: string[];
}

/** The volume that holds downloaded weights. */
export interface VllmCacheArgs {
  /** Size of the volume, for example `100Gi`. Default: `100Gi`. */
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
