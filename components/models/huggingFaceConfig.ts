import { isPlainObject } from "../shared/plainObject";
import { configAttention } from "./configAttention";
import { knownFamilies } from "./configFamilies";
import { type ConfigObject, modelConfig, numberOf, textOf, textsOf, wholeOf } from "./configNumbers";
import { configParameters, totalParameters } from "./configParameters";
import { configWeights, quantizedBytes } from "./configQuantization";
import type { ModelShape } from "./modelShape";

type Told =
  | "parametersB"
  | "activeParametersB"
  | "attention"
  | "heads"
  | "hiddenSize"
  | "expertSize"
  | "contextTokens"
  | "weights"
  | "weightBytes"
  | "task"
  | "remoteCode";

/** What a `config.json` tells; `undefined` for what it does not. */
export type ConfigShape = { readonly [Member in Told]: ModelShape[Member] | undefined };

/** Members of a shape that no model can do without. */
export const neededMembers = [
  "parametersB",
  "attention",
  "heads",
  "hiddenSize",
  "contextTokens",
  "weights",
] as const satisfies readonly Told[];
export type NeededMember = (typeof neededMembers)[number];

export interface ConfigReading {
  readonly shape: ConfigShape;
  /** Why the file does not tell a member that is needed. */
  readonly reasons: Readonly<Partial<Record<NeededMember, string>>>;
}

/**
 * Reads a Hugging Face `config.json`, parsed. Nothing is guessed: what a file or its model type does not tell has a
 * reason, and must come from the user.
 */
export function readHuggingFaceConfig(parsed: unknown): ConfigReading {
  // What is no object has none of the members.
  const config = modelConfig(isPlainObject(parsed) ? parsed : {});
  const { text, whole, family } = config;
  const attention = told(configAttention(config));
  const counts = told(configParameters(config));
  const weights = told(configWeights(config));
  const hint = family === undefined ? `; known are ${knownFamilies.join(", ")}` : "";
  const shape: ConfigShape = {
    parametersB: counts.value && totalParameters(counts.value) / 1e9,
    activeParametersB:
      counts.value &&
      (totalParameters(counts.value) - counts.value.experts * (1 - counts.value.activeShare)) / 1e9,
    attention: attention.value,
    heads: wholeOf(text, "num_attention_heads"),
    hiddenSize: wholeOf(text, "hidden_size"),
    expertSize: family?.experts && wholeOf(text, family.experts.size),
    contextTokens: contextOf(text),
    weights: weights.value?.format,
    weightBytes: counts.value && weights.value && quantizedBytes(counts.value, weights.value),
    task: taskOf(whole),
    remoteCode: family?.remoteCode ?? isPlainObject(whole["auto_map"]),
  };
  return {
    shape,
    reasons: {
      parametersB: counts.reason && counts.reason + hint,
      attention: attention.reason && attention.reason + hint,
      heads: "num_attention_heads is missing",
      hiddenSize: "hidden_size is missing",
      contextTokens: "max_position_embeddings is missing",
      weights: weights.reason,
    },
  };
}

/** A value, or the reason why there is none. */
function told<Value extends object>(found: Value | string): { value?: Value; reason?: string } {
  return typeof found === "string" ? { reason: found } : { value: found };
}

/**
 * Longest context. YaRN stretches the length that the model was trained with; the other kinds of scaling are already
 * part of `max_position_embeddings`.
 */
function contextOf(text: ConfigObject): number | undefined {
  const positions = wholeOf(text, "max_position_embeddings");
  const scaling = [text["rope_scaling"], text["rope_parameters"]].find(isPlainObject);
  if (scaling === undefined || textOf(scaling, "rope_type", "type") !== "yarn") {
    return positions;
  }
  const trained = wholeOf(scaling, "original_max_position_embeddings") ?? positions;
  const factor = numberOf(scaling, "factor");
  return trained === undefined || factor === undefined ? positions : Math.round(trained * factor);
}

/** From the class that the repository names; nothing where it names none. */
function taskOf(whole: ConfigObject): ConfigShape["task"] {
  const [architecture] = textsOf(whole, "architectures") ?? [];
  if (architecture?.endsWith("ForSequenceClassification")) {
    return "rerank";
  }
  return architecture === undefined ? undefined : architecture.endsWith("Model") ? "embed" : "generate";
}
