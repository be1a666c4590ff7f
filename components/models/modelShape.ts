/** How numbers of weights or of the KV cache are stored. */
export const WeightFormat = {
  Bf16: "bf16",
  Fp16: "fp16",
  Fp8: "fp8",
  Int8: "int8",
  /** 4 bits with scales, as AWQ and GPTQ store them. */
  Int4: "int4",
  Nvfp4: "nvfp4",
  Mxfp4: "mxfp4",
} as const;
export type WeightFormat = (typeof WeightFormat)[keyof typeof WeightFormat];

/** Layers that keep keys and values in the same way. A model has one group of them or several. */
export type AttentionLayers =
  /** Every token of the context is kept. */
  | { readonly kind: "full"; readonly layers: number; readonly kvHeads: number; readonly headSize: number }
  /** The last `window` tokens are kept. */
  | {
      readonly kind: "sliding";
      readonly layers: number;
      readonly kvHeads: number;
      readonly headSize: number;
      readonly window: number;
    }
  /** One compressed vector per token, the same on every GPU (DeepSeek's multi-head latent attention). */
  | { readonly kind: "latent"; readonly layers: number; readonly width: number }
  /** A state of fixed size per sequence (Mamba, gated delta nets), in bytes of all these layers together. */
  | { readonly kind: "state"; readonly layers: number; readonly bytesPerSequence: number };

/** What the size of a model depends on. */
export interface ModelShape {
  /** Hugging Face repository, for example `Qwen/Qwen3-8B`, or the user's own name. */
  readonly name: string;
  /** All parameters, in billions; every expert counts. */
  readonly parametersB: number;
  /** Parameters that a token passes, in billions: the same for a dense model. */
  readonly activeParametersB: number;
  readonly attention: readonly AttentionLayers[];
  /** Attention heads for queries; `undefined` for models without such heads. */
  readonly heads: number | undefined;
  readonly hiddenSize: number;
  /** Width of an expert's inner layer; `undefined` for a dense model, or where it is not known. */
  readonly expertSize: number | undefined;
  /** Longest context in tokens. */
  readonly contextTokens: number;
  readonly weights: WeightFormat;
  /** Bytes of the weights as they are published, where somebody has summed them up; otherwise they are computed. */
  readonly weightBytes: number | undefined;
  /** `chat`, or what is served without generating: embeddings and scores. */
  readonly task: "generate" | "embed" | "rerank";
  readonly licence: string;
  /** Whether Hugging Face asks for a token of an account that has agreed to the licence. */
  readonly gated: boolean;
  /** Names of vLLM's parsers; `undefined` where there is none. */
  readonly toolParser: string | undefined;
  readonly reasoningParser: string | undefined;
  /** Whether the repository brings code that has to be trusted. */
  readonly remoteCode: boolean;
  /** What has to be known before it is run on AMD; `undefined` when nothing is. */
  readonly rocmNote: string | undefined;
  readonly verified: boolean;
}
