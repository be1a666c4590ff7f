import type { AcceleratorShape } from "../cluster/acceleratorShape";
import type { Batching, EngineTraits } from "./engineMemory";
import { modelFacts } from "./modelFacts";
import { type ModelShape, WeightFormat } from "./modelShape";
import type { Split } from "./weightBytes";

/** Copies of a step's hidden states at a dense model's peak: 0.77 GiB for CodeLlama-7B and 8,192 tokens. */
const hiddenCopies = 12.3;
/**
 * Experts that a token goes to at most in the models known here, and what each takes: its input and what comes out
 * of its inner layer. 0.5 GiB for a hidden layer of 2,048 and 8,192 tokens; 0.3 to 0.5 GiB were measured.
 */
const expertsOfToken = 8;
const expertBuffers = 2;

/** Adapters of an engine. */
export interface LoraSlots {
  readonly slots: number;
  readonly rank: number;
}

/** Bytes that a GPU needs beside weights and KV cache. */
export function overheadBytes(
  model: ModelShape,
  node: AcceleratorShape,
  split: Split,
  batching: Batching,
  engine: EngineTraits,
  weightsOnGpu: number,
  lora: LoraSlots,
): number {
  const isJoined = split.tensorParallel > 1;
  const outside = isJoined ? (node.nvlink ? engine.joined.fabric : engine.joined.pcie) : engine.alone;
  const graphs = engine.graphs + engine.graphsOfWeights * weightsOnGpu;
  return activationBytes(model, batching, engine) + outside + graphs + loraBytes(model, lora, split);
}

/** Peak of the profiling run. Neither tensor nor pipeline parallelism makes it smaller on the fullest GPU. */
function activationBytes(model: ModelShape, { sequences, tokens }: Batching, engine: EngineTraits): number {
  const { vocabulary, hasExperts } = modelFacts(model);
  const hidden = 2 * tokens * model.hiddenSize;
  const logits = 4 * sequences * vocabulary;
  const sampling = model.task === "generate" ? engine.logitCopies * logits + hidden : 0;
  // The kernels for MXFP4 experts need no buffers of their own: 2.87 GiB for gpt-oss-20b is its sampling.
  const hasBuffers = hasExperts && model.weights !== WeightFormat.Mxfp4;
  const experts = hasBuffers ? expertsOfToken * expertBuffers * hidden : 0;
  return Math.max(sampling, hiddenCopies * hidden) + experts;
}

/** Adapters in 16 bits. The larger half of one is on every GPU, so it is not divided by tensor parallelism. */
function loraBytes(model: ModelShape, { slots, rank }: LoraSlots, { pipelineParallel }: Split): number {
  return (2 * slots * rank * modelFacts(model).loraWidths) / pipelineParallel;
}
