import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { blocksOf, longestRequest, requestBytes } from "./kvCache";
import {
  batchingChoices,
  isEnough,
  type MemoryPlan,
  type PlanInputs,
  planInputs,
  planMemory,
} from "./memoryPlan";
import type { ModelShape } from "./modelShape";
import type { Sizing, SizingOptions, SizingProblem } from "./sizingArgs";
import { memoryProblem, optionProblems, staticProblems } from "./sizingProblems";
import { tensorParallelChoices } from "./tensorSplit";
import type { Split } from "./weightBytes";

/** What a model needs on nodes of one kind, and whether it runs there. */
export function sizeModel(model: ModelShape, node: AcceleratorShape, options: SizingOptions = {}): Sizing {
  const problems = [...optionProblems(model, options), ...staticProblems(model, node, options)];
  const plan = choosePlan(model, node, planInputs(model, options));
  if (!isEnough(plan)) {
    problems.push(memoryProblem(model, node, plan));
  }
  return describePlan(model, node, options, plan, problems);
}

/** The split with the fewest GPUs that is enough; the one with the most where none is. */
export function choosePlan(model: ModelShape, node: AcceleratorShape, inputs: PlanInputs): MemoryPlan {
  const batching = batchingChoices(node, inputs);
  let last: MemoryPlan | undefined;
  for (const split of splitChoices(model, node, inputs.options)) {
    last = planMemory(model, node, split, inputs, batching);
    if (isEnough(last)) {
      return last;
    }
  }
  return last ?? planMemory(model, node, { tensorParallel: 1, pipelineParallel: 1 }, inputs, batching);
}

/** Ways to split the model, fewest GPUs first; several nodes only with every GPU of each. */
function splitChoices(model: ModelShape, node: AcceleratorShape, options: SizingOptions): readonly Split[] {
  const { tensorParallel, pipelineParallel = 1, maxNodes = 1 } = options;
  if (tensorParallel !== undefined) {
    return [{ tensorParallel, pipelineParallel }];
  }
  const counts = tensorParallelChoices(model, node);
  const splits = counts.map((count) => ({ tensorParallel: count, pipelineParallel }));
  if (options.pipelineParallel === undefined && counts.includes(node.gpus)) {
    for (let stages = 2; stages <= maxNodes; stages++) {
      splits.push({ tensorParallel: node.gpus, pipelineParallel: stages });
    }
  }
  return splits;
}

/** A plan as its reader wants it. */
export function describePlan(
  model: ModelShape,
  node: AcceleratorShape,
  options: SizingOptions,
  plan: MemoryPlan,
  problems: readonly SizingProblem[],
): Sizing {
  const { split, batching, layout, poolBytes } = plan;
  const keepsNothing = layout.groups.length === 0;
  const maxContext = keepsNothing
    ? poolBytes >= 0
      ? model.contextTokens
      : 0
    : longestRequest(layout, poolBytes, batching.tokens, model.contextTokens);
  const contextLength = options.contextLength ?? maxContext;
  const requests = keepsNothing
    ? Number(poolBytes >= 0) * batching.sequences
    : requestsOf(plan, contextLength);
  const gpus = split.tensorParallel * split.pipelineParallel;
  return {
    fits: problems.length === 0,
    problems,
    tensorParallel: split.tensorParallel,
    pipelineParallel: split.pipelineParallel,
    nodes: Math.ceil(gpus / node.gpus),
    gpusPerReplica: gpus,
    weightBytesPerGpu: plan.weightBytes,
    kvBytesPerTokenPerGpu: layout.bytesPerToken,
    overheadBytesPerGpu: plan.overheadBytes,
    kvTokens: keepsNothing ? 0 : tokensOf(plan, contextLength, requests),
    maxContext,
    concurrency: Math.floor(Math.min(requests, batching.sequences) * 100) / 100,
    freeBytesPerGpu: poolBytes - plan.neededBytes,
    contextLength,
    maxSequences: batching.sequences,
    maxBatchedTokens: batching.tokens,
  };
}

/** Requests of a length that the KV cache holds. */
function requestsOf({ layout, poolBytes, batching }: MemoryPlan, tokens: number): number {
  return tokens === 0 ? 0 : Math.max(0, poolBytes / requestBytes(layout, tokens, batching.tokens));
}

/** As vLLM counts them: whole blocks where all layers keep everything, else what the requests amount to. */
function tokensOf({ layout, poolBytes }: MemoryPlan, tokens: number, requests: number): number {
  const [only] = layout.groups;
  if (layout.groups.length === 1 && only !== undefined && (only.kind === "full" || only.kind === "latent")) {
    return blocksOf(layout, poolBytes) * only.blockTokens;
  }
  return Math.floor(requests * tokens);
}
