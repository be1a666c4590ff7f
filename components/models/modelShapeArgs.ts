import type { NumberRule } from "../shared/numberRules";
import type { MembersOf } from "./memberShapes";
import type { WeightFormat } from "./modelShape";

/** What a model does. */
export const ModelTask = {
  /** Writes tokens. */
  Generate: "generate",
  /** Turns a text into a vector. */
  Embed: "embed",
  /** Scores texts against a question. */
  Rerank: "rerank",
} as const;
export type ModelTask = (typeof ModelTask)[keyof typeof ModelTask];

/** Layers that keep keys and values of every token. */
export interface FullAttentionArgs {
  /** Layers of this kind, 1 to 1,000. */
  layers: number;
  /** Heads of keys and values in a layer, 1 to 1,024 (`num_key_value_heads`). */
  kvHeads: number;
  /** Numbers of a head, 1 to 4,096 (`head_dim`). */
  headSize: number;
}

/** Layers that keep keys and values of the last tokens. */
export interface SlidingAttentionArgs {
  /** Layers of this kind, 1 to 1,000. */
  layers: number;
  /** Heads of keys and values in a layer, 1 to 1,024 (`num_key_value_heads`). */
  kvHeads: number;
  /** Numbers of a head, 1 to 4,096 (`head_dim`). */
  headSize: number;
  /** Tokens that are kept, 1 to 100,000,000 (`sliding_window`). */
  window: number;
}

/** Layers that keep one compressed vector for each token (multi-head latent attention). */
export interface LatentAttentionArgs {
  /** Layers of this kind, 1 to 1,000. */
  layers: number;
  /** Numbers of the vector, 1 to 65,536: `kv_lora_rank` and `qk_rope_head_dim` together. */
  width: number;
}

/** Layers that keep a state of fixed size (Mamba, gated delta nets). */
export interface StateLayersArgs {
  /** Layers of this kind, 1 to 1,000. */
  layers: number;
  /** Bytes of the states of all these layers together for one running request, 1 to 1,000,000,000,000. */
  bytesPerSequence: number;
}

/** A model's layers by what they keep of a context; a model has one kind or several. */
export interface AttentionArgs {
  /** Layers that keep every token. */
  full?: FullAttentionArgs;
  /** Layers that keep the last tokens. */
  sliding?: SlidingAttentionArgs;
  /** Layers that keep one vector for each token. */
  latent?: LatentAttentionArgs;
  /** Layers that keep a state of fixed size. */
  state?: StateLayersArgs;
}

/**
 * What the size of a model depends on: for models that the catalogue lacks, and to correct numbers that it has. What
 * is given here goes before the `config.json`, and that before the catalogue.
 */
export interface ModelShapeArgs {
  /** Path of the repository's `config.json` on this machine; most numbers come from it. */
  configFile?: string;
  /** All parameters in billions, 0.001 to 100,000; every expert counts. Required unless it is known. */
  parametersB?: number;
  /** Parameters that a token passes, in billions. Default: all of them. */
  activeParametersB?: number;
  /** Layers by what they keep of a context. Required unless it is known; an encoder has none: give `{}`. */
  attention?: AttentionArgs;
  /** Attention heads for queries, 1 to 1,024; a split over GPUs divides them. Required unless it is known. */
  heads?: number;
  /** Width of a layer, 1 to 1,000,000 (`hidden_size`). Required unless it is known. */
  hiddenSize?: number;
  /** Width of an expert's inner layer, 1 to 1,000,000. Default: not known, or a dense model. */
  expertSize?: number;
  /** Longest context in tokens, 1 to 100,000,000. Required unless it is known. */
  contextTokens?: number;
  /** How weights are stored. Required unless it is known. */
  weights?: WeightFormat;
  /** Bytes of the weights' files together. Default: computed from parameters and format. */
  weightBytes?: number;
  /** What the model does. Default: what the file or the catalogue says, else "generate". */
  task?: ModelTask;
  /** Licence, as documentation shows it. Default: "not stated". */
  licence?: string;
  /** Whether Hugging Face asks for a token of an account that has agreed to the licence. Default: false. */
  gated?: boolean;
  /** Name of vLLM's parser for calls of tools. Default: none. */
  toolParser?: string;
  /** Name of vLLM's parser for reasoning. Default: none. */
  reasoningParser?: string;
  /** Whether the repository brings code that has to be trusted. Default: what the file says, else false. */
  remoteCode?: boolean;
}

/** Every member of `ModelShapeArgs`, and what it must be. */
export const modelShapeMembers: MembersOf<ModelShapeArgs> = {
  configFile: "text",
  parametersB: "number",
  activeParametersB: "number",
  attention: {
    full: { layers: "number", kvHeads: "number", headSize: "number" },
    sliding: { layers: "number", kvHeads: "number", headSize: "number", window: "number" },
    latent: { layers: "number", width: "number" },
    state: { layers: "number", bytesPerSequence: "number" },
  },
  heads: "number",
  hiddenSize: "number",
  expertSize: "number",
  contextTokens: "number",
  weights: "text",
  weightBytes: "number",
  task: "text",
  licence: "text",
  gated: "flag",
  toolParser: "text",
  reasoningParser: "text",
  remoteCode: "flag",
};

const whole = (noun: string, most: number): NumberRule => ({ noun, least: 1, most, whole: true });

/** What the numbers of `ModelShapeArgs` must be. */
export const modelShapeNumbers = {
  parametersB: {
    noun: "all parameters in billions, for example 8.19",
    least: 0.001,
    most: 100_000,
    whole: false,
  },
  activeParametersB: {
    noun: "the parameters that a token passes, in billions",
    least: 0.001,
    most: 100_000,
    whole: false,
  },
  heads: whole("the attention heads for queries (num_attention_heads)", 1_024),
  hiddenSize: whole("the width of a layer (hidden_size)", 1_000_000),
  expertSize: whole("the width of an expert's inner layer (moe_intermediate_size)", 1_000_000),
  contextTokens: whole("the longest context in tokens (max_position_embeddings)", 100_000_000),
  weightBytes: whole("the bytes of the weights' files together", 1e15),
} satisfies Partial<Record<keyof ModelShapeArgs, NumberRule>>;

/** What the numbers of `AttentionArgs` must be. */
export const attentionNumbers: Readonly<Record<string, NumberRule>> = {
  layers: whole("the layers of this kind", 1_000),
  kvHeads: whole("the heads of keys and values (num_key_value_heads)", 1_024),
  headSize: whole("the numbers of a head (head_dim)", 4_096),
  window: whole("the tokens that are kept (sliding_window)", 100_000_000),
  width: whole("kv_lora_rank and qk_rope_head_dim together", 65_536),
  bytesPerSequence: whole("the bytes of the states of all these layers for one request", 1e12),
};
