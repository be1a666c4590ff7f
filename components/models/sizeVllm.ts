import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { GpuVendor } from "../shared/gpuNodes";
import type { Problems } from "../shared/problems";
import { readConfigFile } from "./configFile";
import type { ModelShape } from "./modelShape";
import { WeightFormat } from "./modelShape";
import { isOnlineFp8 } from "./quantization";
import { isRepository } from "./repositoryName";
import type { ResolvedLoras } from "./resolvedVllm";
import { resolveModelShape } from "./resolveModelShape";
import { sizeModel } from "./sizing";
import { type Sizing, SizingIssue, type SizingOptions } from "./sizingArgs";
import { gib, optionProblems } from "./sizingProblems";
import type { VllmArgs } from "./vllmArgs";
import type { VllmLayout } from "./vllmParallel";

/** Share of vLLM's memory below which a declaration that fits is worth a warning. */
const tightShare = 0.1;
/** The first compute capability that computes in bf16 (NVIDIA's A100). */
const bf16Capability = 8;

/** The numbers of a model; `undefined` with a problem when they are wrong, or needed and not known. */
export function modelShapeOf(
  path: string,
  { source, shape }: VllmArgs,
  isNeeded: boolean,
  problems: Problems,
): ModelShape | undefined {
  // What is no repository is reported where it is checked.
  if ((shape === undefined && !isNeeded) || !isRepository(source)) {
    return undefined;
  }
  const file = shape?.configFile;
  const before = problems.count;
  const config = file === undefined ? undefined : readConfigFile(`${path}.shape.configFile`, file, problems);
  return problems.count > before
    ? undefined
    : resolveModelShape(`${path}.shape`, source, shape, config, problems);
}

/** Whether the GPUs of a node cannot compute in bf16, as most models are published. */
export function needsHalf({ vendor, computeCapability = 0 }: AcceleratorShape): boolean {
  return vendor === GpuVendor.Nvidia && computeCapability < bf16Capability;
}

/** What a declaration asks of the sizing. */
export function sizingOptions(
  args: VllmArgs,
  layout: VllmLayout,
  loras: ResolvedLoras | undefined,
  node: AcceleratorShape | undefined,
): SizingOptions {
  const { maxModelLen, concurrency, kvCacheFormat, gpuMemoryUtilization, maxSequences, quantization } = args;
  return {
    tensorParallel: layout.tensorParallel,
    pipelineParallel: layout.pipelineParallel,
    ...(maxModelLen === undefined ? {} : { contextLength: maxModelLen }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(kvCacheFormat === undefined ? {} : { kvCacheFormat }),
    ...(gpuMemoryUtilization === undefined ? {} : { gpuMemoryUtilization }),
    ...(maxSequences === undefined ? {} : { maxSequences }),
    ...(isOnlineFp8(quantization) ? { weightFormat: WeightFormat.Fp8 } : {}),
    ...(loras === undefined ? {} : { loraSlots: loras.slots, loraRank: loras.rank }),
    ...(node !== undefined && needsHalf(node) ? { half: true } : {}),
  };
}

/** Members of `vllm` that a problem of size is about. */
const memberOf: Readonly<Record<SizingIssue, string>> = {
  gpu: "pool",
  weightFormat: "source",
  kvCacheFormat: "kvCacheFormat",
  tensorParallel: "gpus",
  pipelineParallel: "pipelineParallel",
  contextLength: "maxModelLen",
  weights: "gpus",
  kvCache: "maxModelLen",
  option: "concurrency",
};

/** Sizes a model on the node of its pool; reports what does not fit, and warns of what nearly does not. */
export function sizeVllm(
  path: string,
  model: ModelShape,
  node: AcceleratorShape,
  options: SizingOptions,
  report: {
    readonly problems: Problems;
    readonly warn: (sentence: string) => void;
    /** Shapes that work in its place, as the end of a sentence. */
    readonly alternatives: () => string;
  },
): Sizing {
  const sizing = sizeModel(model, node, options);
  // What a request longer than the model's own context would need says nothing.
  const isTooLong = sizing.problems.some(({ what }) => what === SizingIssue.ContextLength);
  const found = sizing.problems.filter(({ what }) => !isTooLong || what !== SizingIssue.KvCache);
  const isTooLarge = found.some(({ what }) => isOfSize(what));
  const instead = isTooLarge ? report.alternatives() : "";
  for (const { what, sentence } of found) {
    const written = asMembers(sentence);
    const end = instead === "" || !isOfSize(what) ? "" : `; ${instead}`;
    const isChosen = what === SizingIssue.WeightFormat && options.weightFormat !== undefined;
    report.problems.add(`${path}.${isChosen ? "quantization" : memberOf[what]}`, `${written}${end}`);
  }
  const tight = sizing.fits ? tightness(sizing, options) : undefined;
  if (tight !== undefined) {
    report.warn(`${path}: ${model.name} fits on ${node.name}, but ${tight}`);
  }
  return sizing;
}

/** Reports what is wrong with a declaration wherever it runs, while nobody knows where that is. */
export function reportOptions(
  path: string,
  model: ModelShape,
  options: SizingOptions,
  problems: Problems,
): void {
  for (const { what, sentence } of optionProblems(model, options)) {
    problems.add(`${path}.${memberOf[what]}`, asMembers(sentence));
  }
}

function isOfSize(what: SizingIssue): boolean {
  return what === SizingIssue.Weights || what === SizingIssue.KvCache || what === SizingIssue.Gpu;
}

/** The sizing names options by its own words. */
function asMembers(sentence: string): string {
  return sentence.replaceAll("tensorParallel", "gpus").replaceAll("weightFormat", "quantization");
}

/** What is left beside the requests that were asked for, where it is little. */
function tightness(sizing: Sizing, { contextLength, concurrency }: SizingOptions): string | undefined {
  // As long as fits, nothing is ever left.
  if (contextLength === undefined) {
    return undefined;
  }
  const { weightBytesPerGpu, overheadBytesPerGpu, freeBytesPerGpu, kvTokens, kvBytesPerTokenPerGpu } = sizing;
  const total = weightBytesPerGpu + overheadBytesPerGpu + kvTokens * kvBytesPerTokenPerGpu;
  if (total === 0 || freeBytesPerGpu >= total * tightShare) {
    return undefined;
  }
  const percent = Math.floor((freeBytesPerGpu / total) * 100);
  const wanted = concurrency === undefined || concurrency === 1 ? "one request" : `${concurrency} requests`;
  return `with ${wanted} of ${contextLength.toLocaleString("en")} tokens only ${gib(freeBytesPerGpu)} of a GPU (${percent} %) are left, and the numbers are estimates; give it more room, or a shorter maxModelLen`;
}
