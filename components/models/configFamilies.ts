/** Where a family of models keeps the numbers of its experts. */
export interface ExpertMembers {
  readonly count: string;
  readonly size: string;
}

/** What a `model_type` means: how its parameters and its cache follow from the numbers of `config.json`. */
export interface ConfigFamily {
  /** Whether keys and values are compressed to one vector (DeepSeek) or kept for each head. */
  readonly latent: boolean;
  readonly experts: ExpertMembers | undefined;
  /** What the class of `transformers` fills in where the file is silent. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Whether vLLM still needs code of the repository. */
  readonly remoteCode: boolean;
}

const dense: ConfigFamily = {
  latent: false,
  experts: undefined,
  defaults: { tie_word_embeddings: false },
  remoteCode: false,
};
const experts = (count: string, size: string): ConfigFamily => ({ ...dense, experts: { count, size } });
const deepSeek: ConfigFamily = { ...experts("n_routed_experts", "moe_intermediate_size"), latent: true };

/** Defaults of `Gemma3TextConfig`, which the published files of Gemma 3 rely on. */
const gemma3: ConfigFamily = {
  ...dense,
  defaults: {
    tie_word_embeddings: true,
    num_attention_heads: 8,
    num_key_value_heads: 4,
    head_dim: 256,
    vocab_size: 262_208,
    max_position_embeddings: 131_072,
    sliding_window_pattern: 6,
  },
};

const families: Readonly<Record<string, ConfigFamily>> = {
  llama: dense,
  mistral: dense,
  qwen2: dense,
  qwen3: dense,
  phi3: dense,
  gemma3_text: gemma3,
  gemma3,
  mixtral: experts("num_local_experts", "intermediate_size"),
  minimax_m2: { ...experts("num_local_experts", "intermediate_size"), remoteCode: true },
  gpt_oss: experts("num_local_experts", "intermediate_size"),
  qwen3_moe: experts("num_experts", "moe_intermediate_size"),
  glm4_moe: experts("n_routed_experts", "moe_intermediate_size"),
  deepseek_v3: deepSeek,
  deepseek_v32: deepSeek,
  kimi_k2: { ...deepSeek, remoteCode: true },
};

/** Model types that are understood, for sentences. */
export const knownFamilies: readonly string[] = Object.keys(families);

export function familyOf(modelType: string | undefined): ConfigFamily | undefined {
  return modelType !== undefined && Object.hasOwn(families, modelType) ? families[modelType] : undefined;
}
