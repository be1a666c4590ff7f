import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { modelFacts } from "./modelFacts";
import { type ModelShape, WeightFormat } from "./modelShape";

/** FP8 checkpoints have one scale for 128 times 128 weights; a block cannot lie on two GPUs. */
const scaleBlock = 128;
/** GLM-4.5 and 4.6 in FP8 have one scale for each output instead (HabanaAI/vllm-fork PR 1819, August 2025). */
const scaledByChannel = /^zai-org\/GLM-4/i;
/** vLLM fills the vocabulary up to a multiple of this. */
const vocabularyUnit = 64;

/** Why GPUs cannot share every layer of a model, as the rest of a sentence after `tensorParallel 3`. */
export function splitProblem(model: ModelShape, tensorParallel: number): string | undefined {
  const { heads, expertSize } = model;
  if (heads !== undefined && heads % tensorParallel !== 0) {
    return `does not divide ${heads} attention heads`;
  }
  for (const group of model.attention) {
    const kvHeads = group.kind === "full" || group.kind === "sliding" ? group.kvHeads : 1;
    if (kvHeads % tensorParallel !== 0 && tensorParallel % kvHeads !== 0) {
      return `neither divides ${kvHeads} key-value heads nor is a multiple of them`;
    }
  }
  if (model.weights === WeightFormat.Fp8 && expertSize !== undefined && !scaledByChannel.test(model.name)) {
    if ((expertSize / tensorParallel) % scaleBlock !== 0) {
      return `cuts experts of ${expertSize} into parts that are no multiple of FP8's ${scaleBlock}`;
    }
  }
  const { vocabulary } = modelFacts(model);
  const padded = Math.ceil(vocabulary / vocabularyUnit) * vocabularyUnit;
  return padded % tensorParallel === 0 ? undefined : `does not divide the vocabulary of ${vocabulary} tokens`;
}

const most = 16;

/** GPUs that can share every layer of a model, up to 16. */
const splits = new WeakMap<ModelShape, readonly number[]>();

function possibleSplits(model: ModelShape): readonly number[] {
  const before = splits.get(model);
  if (before !== undefined) {
    return before;
  }
  const counts = Array.from({ length: most }, (_, index) => index + 1);
  const possible = counts.filter((count) => splitProblem(model, count) === undefined);
  splits.set(model, possible);
  return possible;
}

/** GPUs of one node that can share every layer, fewest first. */
export function tensorParallelChoices(model: ModelShape, node: AcceleratorShape): readonly number[] {
  return possibleSplits(model).filter((count) => count <= node.gpus);
}
