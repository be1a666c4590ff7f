import { isPlainObject } from "../shared/plainObject";
import { type ConfigFamily, familyOf } from "./configFamilies";

export type ConfigObject = Readonly<Record<string, unknown>>;

/** A `config.json`, and the part of it that describes the language model. */
export interface ModelConfig {
  readonly whole: ConfigObject;
  /** `text_config` where there is one, with the defaults of its family. */
  readonly text: ConfigObject;
  readonly modelType: string | undefined;
  readonly family: ConfigFamily | undefined;
}

export function modelConfig(config: ConfigObject): ModelConfig {
  const nested = config["text_config"];
  const text = isPlainObject(nested) ? nested : config;
  const modelType = textOf(text, "model_type") ?? textOf(config, "model_type");
  const family = familyOf(modelType);
  const tied = config["tie_word_embeddings"];
  return {
    whole: config,
    text: { ...family?.defaults, ...(tied === undefined ? {} : { tie_word_embeddings: tied }), ...text },
    modelType,
    family,
  };
}

/** The first of the members that is a whole number of 0 or more. */
export function wholeOf(config: ConfigObject, ...members: readonly string[]): number | undefined {
  const found = members.map((member) => config[member]).find((value) => Number.isSafeInteger(value));
  return typeof found === "number" && found >= 0 ? found : undefined;
}

export function numberOf(config: ConfigObject, member: string): number | undefined {
  const value = config[member];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function textOf(config: ConfigObject, ...members: readonly string[]): string | undefined {
  const found = members.map((member) => config[member]).find((value) => typeof value === "string");
  return typeof found === "string" ? found : undefined;
}

export function textsOf(config: ConfigObject, member: string): readonly string[] | undefined {
  const value = config[member];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : undefined;
}

/** Sizes that both the cache and the parameters follow from. */
export interface Dimensions {
  readonly layers: number;
  readonly hiddenSize: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
}

/** `undefined` where a size is missing or does not come out whole. */
export function dimensions({ text }: ModelConfig): Dimensions | undefined {
  const layers = wholeOf(text, "num_hidden_layers");
  const hiddenSize = wholeOf(text, "hidden_size");
  const heads = wholeOf(text, "num_attention_heads");
  if (layers === undefined || hiddenSize === undefined || heads === undefined || heads === 0) {
    return undefined;
  }
  const headSize = wholeOf(text, "head_dim") ?? hiddenSize / heads;
  const kvHeads = wholeOf(text, "num_key_value_heads") ?? heads;
  return Number.isInteger(headSize) ? { layers, hiddenSize, heads, kvHeads, headSize } : undefined;
}
