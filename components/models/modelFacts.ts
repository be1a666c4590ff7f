import type { AttentionLayers, ModelShape } from "./modelShape";
import { vocabularySize } from "./vocabularySize";

/** What follows from a model's shape alone. */
export interface ModelFacts {
  /** All layers, whatever they keep. */
  readonly layers: number;
  /** Parameters of all experts and everything else. */
  readonly parameters: number;
  readonly vocabulary: number;
  /** Parameters of the embedding; as many again are in the output layer, which some models share with it. */
  readonly embeddingParameters: number;
  /** Parameters that turn tokens into queries, keys and values and back. */
  readonly attentionParameters: number;
  /** Sum of the widths that a LoRA adapter of rank 1 has parameters for, over all layers. */
  readonly loraWidths: number;
  readonly hasExperts: boolean;
}

const known = new WeakMap<ModelShape, ModelFacts>();

/** Remembered for each shape: placing looks at the same model on every kind of node. */
export function modelFacts(model: ModelShape): ModelFacts {
  const before = known.get(model);
  if (before !== undefined) {
    return before;
  }
  const facts = findFacts(model);
  known.set(model, facts);
  return facts;
}

function findFacts(model: ModelShape): ModelFacts {
  const { attention, hiddenSize, heads = 0 } = model;
  const layers = attention.reduce((sum, group) => sum + group.layers, 0);
  const parameters = model.parametersB * 1e9;
  const vocabulary = vocabularySize(model.name);
  const embeddingParameters = vocabulary * hiddenSize;
  let attentionParameters = 0;
  let loraWidths = 0;
  for (const group of attention) {
    const { queries, keys } = projectionWidths(group, heads, hiddenSize);
    attentionParameters += group.layers * 2 * hiddenSize * (queries + keys);
    // Query and output once each, key and value once each.
    loraWidths += group.layers * 2 * (2 * hiddenSize + queries + keys);
  }
  // Experts active for a token are a fraction of all: what is 10 % below the total has experts.
  const hasExperts = model.activeParametersB < 0.9 * model.parametersB;
  if (!hasExperts) {
    loraWidths += denseLoraWidths(model, layers, parameters, embeddingParameters, attentionParameters);
  }
  return {
    layers,
    parameters,
    vocabulary,
    embeddingParameters,
    attentionParameters,
    loraWidths,
    hasExperts,
  };
}

/** Width of all queries, and of all keys (or values), of one layer. */
function projectionWidths(group: AttentionLayers, heads: number, hiddenSize: number) {
  if (group.kind === "full" || group.kind === "sliding") {
    return { queries: heads * group.headSize, keys: group.kvHeads * group.headSize };
  }
  return { queries: hiddenSize, keys: group.kind === "latent" ? group.width : hiddenSize };
}

/** What is left of a dense model's parameters is its feed-forward layers: gate, up and down of one width. */
function denseLoraWidths(
  model: ModelShape,
  layers: number,
  parameters: number,
  embedding: number,
  attention: number,
): number {
  const rest = Math.max(0, parameters - 2 * embedding - attention);
  const inner = layers === 0 ? 0 : rest / (3 * layers * model.hiddenSize);
  return layers * 3 * (model.hiddenSize + inner);
}
