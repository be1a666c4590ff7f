import { isPlainObject } from "../shared/plainObject";
import { dimensions, type ModelConfig, textOf, wholeOf } from "./configNumbers";

/** Parameters of a model by what quantisation treats apart. Norms and biases, below 0.1 %, are left out. */
export interface ParameterCounts {
  /** Tables of tokens, routers of experts and the part that sees images: they stay in 16 bits. */
  readonly plain: number;
  readonly attention: number;
  /** Dense layers, and experts that every token passes. */
  readonly dense: number;
  /** Experts of which a token passes some. */
  readonly experts: number;
  /** The share of `experts` that a token passes, 0 to 1. */
  readonly activeShare: number;
}

/** The counts, or why they cannot be told. */
export function configParameters(config: ModelConfig): ParameterCounts | string {
  const { family, modelType, text } = config;
  if (family === undefined) {
    return `model_type ${JSON.stringify(modelType ?? null)} is not understood`;
  }
  const layers = wholeOf(text, "num_hidden_layers");
  const hidden = wholeOf(text, "hidden_size");
  const vocabulary = wholeOf(text, "vocab_size");
  const attention = family.latent ? latentAttention(config) : groupedAttention(config);
  if (layers === undefined || hidden === undefined || vocabulary === undefined || attention === undefined) {
    return "a size of its layers, its heads or its vocabulary is missing";
  }
  const layerCounts = feedForward(config, layers, hidden);
  if (typeof layerCounts === "string") {
    return layerCounts;
  }
  const vision = visionParameters(config, hidden);
  if (typeof vision === "string") {
    return vision;
  }
  const tables = text["tie_word_embeddings"] === true ? 1 : 2;
  const { router, ...counts } = layerCounts;
  return { ...counts, plain: tables * vocabulary * hidden + router + vision, attention: layers * attention };
}

/** Parameters of all kinds. */
export function totalParameters({ plain, attention, dense, experts }: ParameterCounts): number {
  return plain + attention + dense + experts;
}

function groupedAttention(config: ModelConfig): number | undefined {
  const sizes = dimensions(config);
  if (sizes === undefined) {
    return undefined;
  }
  const { hiddenSize, heads, kvHeads, headSize } = sizes;
  return 2 * hiddenSize * headSize * (heads + kvHeads);
}

function latentAttention({ text }: ModelConfig): number | undefined {
  const hidden = wholeOf(text, "hidden_size");
  const heads = wholeOf(text, "num_attention_heads");
  const content = wholeOf(text, "kv_lora_rank");
  const position = wholeOf(text, "qk_rope_head_dim");
  const plain = wholeOf(text, "qk_nope_head_dim");
  const value = wholeOf(text, "v_head_dim");
  if (
    hidden === undefined ||
    heads === undefined ||
    content === undefined ||
    position === undefined ||
    plain === undefined ||
    value === undefined
  ) {
    return undefined;
  }
  const queryRank = wholeOf(text, "q_lora_rank");
  const queries = heads * (plain + position);
  const query = queryRank === undefined ? hidden * queries : queryRank * (hidden + queries);
  const keysAndValues = hidden * (content + position) + content * heads * (plain + value);
  return query + keysAndValues + heads * value * hidden;
}

type LayerParameters = Omit<ParameterCounts, "plain" | "attention"> & { readonly router: number };

function feedForward(
  { family, text }: ModelConfig,
  layers: number,
  hidden: number,
): LayerParameters | string {
  const denseSize = wholeOf(text, "intermediate_size");
  if (family?.experts === undefined) {
    return denseSize === undefined
      ? "intermediate_size is missing"
      : { dense: layers * 3 * hidden * denseSize, experts: 0, activeShare: 1, router: 0 };
  }
  const { count, size } = family.experts;
  const experts = wholeOf(text, count);
  const expertSize = wholeOf(text, size);
  const chosen = wholeOf(text, "num_experts_per_tok", "experts_per_token");
  if (experts === undefined || expertSize === undefined || chosen === undefined || experts === 0) {
    return `${count}, ${size} or num_experts_per_tok is missing`;
  }
  if ((wholeOf(text, "decoder_sparse_step", "moe_layer_freq") ?? 1) !== 1) {
    return "only some of its layers have experts";
  }
  const listed = text["mlp_only_layers"];
  const denseLayers = wholeOf(text, "first_k_dense_replace") ?? (Array.isArray(listed) ? listed.length : 0);
  if (denseLayers > layers || (denseLayers > 0 && denseSize === undefined)) {
    return "first_k_dense_replace, mlp_only_layers or intermediate_size does not fit the layers";
  }
  const sparse = layers - denseLayers;
  const shared = wholeOf(text, "n_shared_experts") ?? 0;
  return {
    dense: 3 * hidden * (denseLayers * (denseSize ?? 0) + sparse * shared * expertSize),
    experts: sparse * experts * 3 * hidden * expertSize,
    activeShare: Math.min(1, chosen / experts),
    router: sparse * experts * hidden,
  };
}

/** Matrices of a layer's inner part, by the type of the model that sees images. */
const visionMatrices: Readonly<Record<string, number>> = { siglip_vision_model: 2, pixtral: 3 };

function visionParameters({ whole }: ModelConfig, textHidden: number): number | string {
  const vision = whole["vision_config"];
  if (!isPlainObject(vision)) {
    return 0;
  }
  const type = textOf(vision, "model_type") ?? "";
  const matrices = Object.hasOwn(visionMatrices, type) ? visionMatrices[type] : undefined;
  const layers = wholeOf(vision, "num_hidden_layers");
  const hidden = wholeOf(vision, "hidden_size");
  const inner = wholeOf(vision, "intermediate_size");
  if (matrices === undefined || layers === undefined || hidden === undefined || inner === undefined) {
    return `its vision_config (${JSON.stringify(type)}) is not understood`;
  }
  // Layers, and the matrix that leads to the language model; what cuts an image to pieces is small.
  return layers * hidden * (4 * hidden + matrices * inner) + hidden * textHidden;
}
