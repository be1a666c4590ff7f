import type { WeightFormat } from "./modelShape";

/** How keys and values are stored. */
export const KvCacheFormat = {
  /** In the model's own 16 bits. */
  Auto: "auto",
  /** In 8 bits. */
  Fp8: "fp8",
} as const;
export type KvCacheFormat = (typeof KvCacheFormat)[keyof typeof KvCacheFormat];

/** What a model is sized for. Nothing is needed: what is left out is chosen, and the result says how. */
export interface SizingOptions {
  /** GPUs that share every layer. Default: the fewest of one node that are enough. */
  readonly tensorParallel?: number;
  /** Stages that the layers are cut into. Default: 1, or the nodes of a replica where one node is too small. */
  readonly pipelineParallel?: number;
  /** Nodes that a replica may take when nobody gives `pipelineParallel`. Default: 1. */
  readonly maxNodes?: number;
  /** Tokens of one request, prompt and answer. Default: as many as fit, and at least 4,096. */
  readonly contextLength?: number;
  /** Requests of that length at the same time. Default: 1. */
  readonly concurrency?: number;
  /** Default: `auto`. */
  readonly kvCacheFormat?: KvCacheFormat;
  /** Share of a GPU's memory that vLLM takes, 0.1 to 0.99. Default: 0.92. */
  readonly gpuMemoryUtilization?: number;
  /** Format that weights are brought to while they are loaded; only `fp8`. Default: as they are published. */
  readonly weightFormat?: WeightFormat;
  /** Whether a bf16 model computes in fp16 (`--dtype half`), as GPUs before compute capability 8.0 need. Default: false. */
  readonly half?: boolean;
  /** LoRA adapters that are on the GPU at the same time. Default: 0. */
  readonly loraSlots?: number;
  /** Largest rank of an adapter. Default: 16. */
  readonly loraRank?: number;
  /** Tokens of one step. Default: vLLM's own for the GPU, or 2,048 where that is what makes the model fit. */
  readonly maxBatchedTokens?: number;
  /** Requests of one step. Default: vLLM's own for the GPU, or 256 where that is what makes the model fit. */
  readonly maxSequences?: number;
  /** vLLM's version, which decides what it reserves. Default: the newest that is known here. */
  readonly engineVersion?: string;
}

/** What is wrong with a model on a node. */
export const SizingIssue = {
  /** The GPU is not one that vLLM runs on. */
  Gpu: "gpu",
  /** The GPU cannot compute with the weights as they are. */
  WeightFormat: "weightFormat",
  /** The GPU cannot keep keys and values in 8 bits. */
  KvCacheFormat: "kvCacheFormat",
  /** The GPUs cannot share the model in this way. */
  TensorParallel: "tensorParallel",
  PipelineParallel: "pipelineParallel",
  /** Longer than the model's own context. */
  ContextLength: "contextLength",
  /** The weights leave no room. */
  Weights: "weights",
  /** The weights fit, but not the requests beside them. */
  KvCache: "kvCache",
  /** An option that no GPU can satisfy. */
  Option: "option",
} as const;
export type SizingIssue = (typeof SizingIssue)[keyof typeof SizingIssue];

/** One reason why a model does not run on a node. */
export interface SizingProblem {
  readonly what: SizingIssue;
  /** What is wrong, with the numbers. */
  readonly fact: string;
  /** The fact, and what to do about it. */
  readonly sentence: string;
}

/** What a model needs on a node, and what it leaves. Bytes are those of the fullest GPU. */
export interface Sizing {
  readonly fits: boolean;
  readonly problems: readonly SizingProblem[];
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
  /** Nodes of one replica. */
  readonly nodes: number;
  readonly gpusPerReplica: number;
  readonly weightBytesPerGpu: number;
  /** What one more token of a long request takes. */
  readonly kvBytesPerTokenPerGpu: number;
  /** What computing takes beside the weights: activations, CUDA graphs, buffers, adapters. */
  readonly overheadBytesPerGpu: number;
  /** Tokens that the KV cache holds, as vLLM counts them: requests of `contextLength` times its tokens. */
  readonly kvTokens: number;
  /** Longest context when there is one request; 0 when there is room for none. */
  readonly maxContext: number;
  /** Requests of `contextLength` at the same time, in hundredths, rounded down. */
  readonly concurrency: number;
  /** What is left of vLLM's share after the requests that were asked for; negative where it does not fit. */
  readonly freeBytesPerGpu: number;
  readonly contextLength: number;
  /** For `--max-num-seqs`: the sizing holds for this value. */
  readonly maxSequences: number;
  /** For `--max-num-batched-tokens`: the sizing holds for this value. */
  readonly maxBatchedTokens: number;
}
