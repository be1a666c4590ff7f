import { vllmRefusal } from "../cluster/acceleratorRefusals";
import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { formatName, kvFormatRefusal, weightFormatRefusal } from "./formatSupport";
import { blocksOf, longestRequest } from "./kvCache";
import type { MemoryPlan } from "./memoryPlan";
import { type ModelShape, WeightFormat } from "./modelShape";
import { SizingIssue, type SizingOptions, type SizingProblem } from "./sizingArgs";
import { splitProblem, tensorParallelChoices } from "./tensorSplit";
import { isWide } from "./weightBytes";

function problem(what: SizingIssue, fact: string, remedy: string): SizingProblem {
  return { what, fact, sentence: `${fact}; ${remedy}` };
}

/** Bytes as a sentence shows them. */
export function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}

/** A number of tokens as a sentence shows it. */
export function tokens(count: number): string {
  return `${count.toLocaleString("en")} tokens`;
}

/** GPUs of a kind as a sentence shows them. */
export function gpus(count: number, node: AcceleratorShape): string {
  return `${count === 1 ? "one" : count} ${node.gpu}`;
}

/** What is wrong with the options, whatever the node. */
export function optionProblems(model: ModelShape, options: SizingOptions): readonly SizingProblem[] {
  const found: SizingProblem[] = [];
  const { contextLength, weightFormat, loraSlots = 0, concurrency = 1, maxSequences } = options;
  if (contextLength !== undefined && contextLength > model.contextTokens) {
    found.push(
      problem(
        SizingIssue.ContextLength,
        `a context of ${tokens(contextLength)} is longer than the ${tokens(model.contextTokens)} of ${model.name}`,
        `use at most ${model.contextTokens.toLocaleString("en")}`,
      ),
    );
  }
  if (weightFormat !== undefined && weightFormat !== model.weights) {
    if (weightFormat !== WeightFormat.Fp8 || !isWide(model.weights)) {
      found.push(
        problem(
          SizingIssue.Option,
          `weights in ${formatName(model.weights)} cannot be brought to ${formatName(weightFormat)} while they are loaded`,
          isWide(model.weights) ? "use fp8" : "leave weightFormat out",
        ),
      );
    }
  }
  if (maxSequences !== undefined && maxSequences < concurrency) {
    found.push(
      problem(
        SizingIssue.Option,
        `maxSequences ${maxSequences} is less than the ${concurrency} requests at the same time`,
        `use ${Math.ceil(concurrency)} or more`,
      ),
    );
  }
  if (loraSlots > 0 && model.task !== "generate") {
    found.push(
      problem(
        SizingIssue.Option,
        `${model.name} does not generate text, so it takes no adapters`,
        "remove them",
      ),
    );
  }
  return found;
}

/** What is wrong with the node for this model, whatever its memory. */
export function staticProblems(
  model: ModelShape,
  node: AcceleratorShape,
  options: SizingOptions,
): readonly SizingProblem[] {
  const found: SizingProblem[] = [];
  const unsupported = vllmRefusal(node);
  if (unsupported !== undefined) {
    const fact = `${node.name} ${unsupported}`;
    found.push({ what: SizingIssue.Gpu, fact, sentence: fact });
  }
  const weights = unsupported === undefined ? weightFormatRefusal(model, node, options) : undefined;
  if (weights !== undefined) {
    found.push(problem(SizingIssue.WeightFormat, weights.fact, weights.remedy));
  }
  const cache = unsupported === undefined ? kvFormatRefusal(node, options.kvCacheFormat) : undefined;
  if (cache !== undefined) {
    found.push(problem(SizingIssue.KvCacheFormat, cache.fact, cache.remedy));
  }
  return [...found, ...splitProblems(model, node, options)];
}

/** What is wrong with a split that was asked for. */
export function splitProblems(
  model: ModelShape,
  node: AcceleratorShape,
  { tensorParallel, pipelineParallel = 1 }: SizingOptions,
): readonly SizingProblem[] {
  const choices = tensorParallelChoices(model, node);
  const list = choices.join(", ");
  if (tensorParallel === undefined) {
    return choices.length > 0
      ? []
      : [problem(SizingIssue.TensorParallel, `${model.name} runs on no number of GPUs`, "check its numbers")];
  }
  if (tensorParallel > node.gpus) {
    const fact = `tensorParallel ${tensorParallel} is more than the ${node.gpus} GPUs of ${node.name}`;
    return [problem(SizingIssue.TensorParallel, fact, `use ${list}, and pipelineParallel for more nodes`)];
  }
  const found: SizingProblem[] = [];
  const wrong = splitProblem(model, tensorParallel);
  if (wrong !== undefined) {
    found.push(
      problem(SizingIssue.TensorParallel, `tensorParallel ${tensorParallel} ${wrong}`, `use ${list}`),
    );
  }
  if (tensorParallel * pipelineParallel > node.gpus && tensorParallel !== node.gpus) {
    found.push(
      problem(
        SizingIssue.PipelineParallel,
        `${pipelineParallel} stages of ${tensorParallel} GPUs need several nodes, and each has ${node.gpus} GPUs`,
        `use tensorParallel ${node.gpus}, so that a stage fills its node`,
      ),
    );
  }
  return found;
}

/** Why a plan is not enough. */
export function memoryProblem(model: ModelShape, node: AcceleratorShape, plan: MemoryPlan): SizingProblem {
  const { weightBytes, overheadBytes, poolBytes, neededBytes, budgetBytes, split, requests } = plan;
  const count = split.tensorParallel * split.pipelineParallel;
  const each = count === 1 ? "" : " each";
  const of = `${gib(budgetBytes)} usable${each}`;
  const needs = `${gib(weightBytes)} of weights and ${gib(overheadBytes)} for computing`;
  if (poolBytes <= 0) {
    const fact = `${model.name} needs ${needs}${count === 1 ? "" : " on each GPU"} on ${gpus(count, node)} with ${of}`;
    return problem(SizingIssue.Weights, fact, "use more GPUs, larger ones, or a smaller weight format");
  }
  if (poolBytes >= neededBytes) {
    const blocks = blocksOf(plan.layout, poolBytes);
    const fact = `${model.name} has states, of which the KV cache of ${gpus(count, node)} holds ${blocks}, and there are ${plan.batching.sequences} sequences in a step`;
    return problem(
      SizingIssue.KvCache,
      fact,
      `use maxSequences ${Math.max(1, blocks)} or fewer, or more GPUs`,
    );
  }
  const many = requests === 1 ? "one request" : `${requests} requests`;
  const longest = longestRequest(
    plan.layout,
    poolBytes / requests,
    plan.batching.tokens,
    model.contextTokens,
  );
  const fact =
    `${many} of ${tokens(plan.tokens)} ${requests === 1 ? "needs" : "need"} ${gib(neededBytes)} of KV cache, and ` +
    `${gib(poolBytes)} are left beside ${needs} of ${model.name} on ${gpus(count, node)} with ${of}`;
  const shorter = longest === 0 ? "" : `at most ${tokens(longest)}, `;
  return problem(
    SizingIssue.KvCache,
    fact,
    `use ${shorter}${requests === 1 ? "" : "fewer requests, "}an FP8 KV cache, or more GPUs`,
  );
}
