import type { AcceleratorShape } from "../cluster/acceleratorShape";
import {
  type Batching,
  defaultBatching,
  type EngineTraits,
  engineMinor,
  engineTraits,
  smallSteps,
  visibleBytes,
} from "./engineMemory";
import { blocksOf, type KvLayout, kvLayout, requestBytes } from "./kvCache";
import type { ModelShape } from "./modelShape";
import { type LoraSlots, overheadBytes } from "./overhead";
import { KvCacheFormat, type SizingOptions } from "./sizingArgs";
import { type Split, weightBytesPerGpu } from "./weightBytes";

/** Share of a GPU that vLLM takes by itself (since v0.17; 0.9 before). */
export const defaultUtilization = 0.92;
/** Tokens that a model must hold at least where no context length is asked for. */
export const leastContext = 4_096;

/** Models with states may need fewer sequences still. */
const stateSteps: readonly Batching[] = [64, 16].map((sequences) => ({ ...smallSteps, sequences }));

/** How a GPU's memory is used with one way to split the model and one size of steps. */
export interface MemoryPlan {
  readonly split: Split;
  readonly batching: Batching;
  /** What vLLM takes of the GPU. */
  readonly budgetBytes: number;
  readonly weightBytes: number;
  readonly overheadBytes: number;
  /** What is left for the KV cache; negative when weights and computing take more than there is. */
  readonly poolBytes: number;
  readonly layout: KvLayout;
  /** Tokens of each request that has to fit. */
  readonly tokens: number;
  /** Requests that have to fit at the same time. */
  readonly requests: number;
  /** Bytes of those requests. */
  readonly neededBytes: number;
}

/** Whether a plan holds what was asked for. */
export function isEnough({ poolBytes, neededBytes, layout, batching }: MemoryPlan): boolean {
  // A model without a KV cache only has to fit itself.
  if (layout.groups.length === 0) {
    return poolBytes >= 0;
  }
  // vLLM ends at start when a model with states has fewer blocks than sequences (vllm-project/recipes, 831).
  return (
    poolBytes >= neededBytes && (!hasStates(layout) || blocksOf(layout, poolBytes) >= batching.sequences)
  );
}

function hasStates({ groups }: KvLayout): boolean {
  return groups.some(({ kind }) => kind === "state");
}

/** What the options say, with defaults; the same for every node. */
export interface PlanInputs {
  readonly options: SizingOptions;
  readonly format: KvCacheFormat;
  readonly utilization: number;
  readonly minor: number;
  readonly engine: EngineTraits;
  readonly lora: LoraSlots;
  readonly tokens: number;
  readonly requests: number;
  readonly hasStates: boolean;
}

export function planInputs(model: ModelShape, options: SizingOptions): PlanInputs {
  const minor = engineMinor(options.engineVersion);
  return {
    options,
    format: options.kvCacheFormat ?? KvCacheFormat.Auto,
    utilization: options.gpuMemoryUtilization ?? defaultUtilization,
    minor,
    engine: engineTraits(minor),
    lora: { slots: options.loraSlots ?? 0, rank: options.loraRank ?? 16 },
    tokens: options.contextLength ?? Math.min(leastContext, model.contextTokens),
    requests: Math.max(1, options.concurrency ?? 1),
    hasStates: model.attention.some(({ kind }) => kind === "state"),
  };
}

/** Sizes of steps to try, largest first: what was asked for, else vLLM's own, else smaller ones. */
export function batchingChoices(node: AcceleratorShape, inputs: PlanInputs): readonly Batching[] {
  const { maxSequences, maxBatchedTokens } = inputs.options;
  if (maxSequences !== undefined && maxBatchedTokens !== undefined) {
    return [{ sequences: maxSequences, tokens: maxBatchedTokens }];
  }
  const own = defaultBatching(node, inputs.minor);
  const choices = own.sequences > smallSteps.sequences ? [own, smallSteps] : [own];
  const fewer = inputs.hasStates ? stateSteps : [];
  return [...choices, ...fewer].map(({ sequences, tokens }) => ({
    sequences: maxSequences ?? Math.max(sequences, Math.ceil(inputs.requests)),
    tokens: maxBatchedTokens ?? tokens,
  }));
}

/** The first size of steps that is enough, else the plan of the smallest. */
export function planMemory(
  model: ModelShape,
  node: AcceleratorShape,
  split: Split,
  inputs: PlanInputs,
  choices: readonly Batching[],
): MemoryPlan {
  const { engine, lora, tokens, requests } = inputs;
  const budgetBytes = visibleBytes(node) * inputs.utilization;
  const weightBytes = weightBytesPerGpu(model, split, inputs.options.weightFormat);
  const layout = kvLayout(model.attention, split, inputs.format);
  let plan: MemoryPlan | undefined;
  for (const batching of choices) {
    const beside = overheadBytes(model, node, split, batching, engine, weightBytes, lora);
    plan = {
      split,
      batching,
      budgetBytes,
      weightBytes,
      overheadBytes: beside,
      poolBytes: budgetBytes - weightBytes - beside,
      layout,
      tokens,
      requests,
      neededBytes: requests * requestBytes(layout, tokens, batching.tokens),
    };
    if (isEnough(plan)) {
      return plan;
    }
  }
  if (plan === undefined) {
    throw new Error("no size of steps was given");
  }
  return plan;
}
