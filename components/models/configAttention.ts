import { type Dimensions, dimensions, type ModelConfig, textsOf, wholeOf } from "./configNumbers";
import type { AttentionLayers } from "./modelShape";

/** Bytes of the scale of a key of sparse attention's index; its numbers have one byte each. */
const indexScaleBytes = 4;

/** The groups of layers, or why they cannot be told. */
export function configAttention(config: ModelConfig): readonly AttentionLayers[] | string {
  const { family, modelType, text } = config;
  if (family === undefined) {
    return `model_type ${JSON.stringify(modelType ?? null)} is not understood`;
  }
  if (family.latent) {
    return latentLayers(config);
  }
  const sizes = dimensions(config);
  if (sizes === undefined) {
    return "num_hidden_layers, hidden_size, num_attention_heads or head_dim is missing";
  }
  const types = textsOf(text, "layer_types");
  const counts = types === undefined ? countByWindow(modelType, config, sizes) : countByType(types, sizes);
  if (typeof counts === "string") {
    return counts;
  }
  const window = wholeOf(text, "sliding_window");
  if (counts.sliding > 0 && window === undefined) {
    return "sliding_window is missing";
  }
  const { kvHeads, headSize } = sizes;
  const groups: readonly AttentionLayers[] = [
    { kind: "full", layers: counts.full, kvHeads, headSize },
    { kind: "sliding", layers: counts.sliding, kvHeads, headSize, window: window ?? 0 },
  ];
  return groups.filter((group) => group.layers > 0);
}

function latentLayers({ text }: ModelConfig): readonly AttentionLayers[] | string {
  const layers = wholeOf(text, "num_hidden_layers");
  const content = wholeOf(text, "kv_lora_rank");
  const position = wholeOf(text, "qk_rope_head_dim");
  if (layers === undefined || content === undefined || position === undefined) {
    return "num_hidden_layers, kv_lora_rank or qk_rope_head_dim is missing";
  }
  const index = wholeOf(text, "index_head_dim");
  return [
    { kind: "latent", layers, width: content + position },
    // Counted in numbers of 16 bits.
    ...(index === undefined
      ? []
      : [{ kind: "latent", layers, width: (index + indexScaleBytes) / 2 } as const]),
  ];
}

interface LayerCounts {
  readonly full: number;
  readonly sliding: number;
}

function countByType(types: readonly string[], { layers }: Dimensions): LayerCounts | string {
  const full = types.filter((type) => type === "full_attention").length;
  const sliding = types.filter((type) => type === "sliding_attention").length;
  return full + sliding === layers && types.length === layers
    ? { full, sliding }
    : "layer_types has other kinds than full_attention and sliding_attention, or not one for each layer";
}

/** How the classes of `transformers` choose layers when the file does not list them. */
function countByWindow(
  modelType: string | undefined,
  { text }: ModelConfig,
  { layers }: Dimensions,
): LayerCounts {
  const allFull = { full: layers, sliding: 0 };
  if (wholeOf(text, "sliding_window") === undefined) {
    return allFull;
  }
  switch (modelType) {
    case "gpt_oss":
      return { full: Math.floor(layers / 2), sliding: Math.ceil(layers / 2) };
    case "gemma3":
    case "gemma3_text": {
      const full = Math.floor(layers / (wholeOf(text, "sliding_window_pattern") || 1));
      return { full, sliding: layers - full };
    }
    case "qwen2":
    case "qwen3":
    case "qwen3_moe": {
      if (text["use_sliding_window"] !== true) {
        return allFull;
      }
      const full = Math.min(layers, wholeOf(text, "max_window_layers") ?? 0);
      return { full, sliding: layers - full };
    }
    default:
      return { full: 0, sliding: layers };
  }
}
