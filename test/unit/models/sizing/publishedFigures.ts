import type { AcceleratorShape } from "../../../../components/cluster/acceleratorShape";
import { acceleratorNamed } from "../../../../components/cluster/accelerators";
import { modelNamed } from "../../../../components/models/modelCatalogue";
import type { ModelShape } from "../../../../components/models/modelShape";
import { WeightFormat } from "../../../../components/models/modelShape";
import { KvCacheFormat, type SizingOptions } from "../../../../components/models/sizingArgs";

/** A start of vLLM that somebody published, on a GPU that the fit table has. */
export interface PublishedStart {
  readonly source: string;
  readonly model: ModelShape;
  /** Instance type with this GPU. */
  readonly node: AcceleratorShape;
  readonly options: SizingOptions;
}

/** A start that ended with a number of tokens in the log. */
export interface PublishedTokens extends PublishedStart {
  readonly tokens: number;
  /** Bound in percent where it is not 10: what is known to be missed, with the reason. */
  readonly miss?: { readonly percent: number; readonly reason: string };
}

export function shape(name: string, changes: Partial<ModelShape> = {}): ModelShape {
  const found = modelNamed(name);
  if (found === undefined) {
    throw new Error(`${name} is not in the catalogue`);
  }
  return { ...found, ...changes };
}

export function instance(name: string, changes: Partial<AcceleratorShape> = {}): AcceleratorShape {
  const found = acceleratorNamed(name);
  if (found === undefined) {
    throw new Error(`${name} is not in the table of instance types`);
  }
  return { ...found, ...changes };
}

const lmCache = "https://github.com/LMCache/LMCache/pull/1769";
const vllmBenchmarking = "https://github.com/dennislee22/vLLM-benchmarking/tree/main/log";
const kaito = "https://github.com/kaito-project/kaito/pull/2156";
const gemmaForge = "https://kenrollins.github.io/gemma-forge/adr/0015-gemma-4-model-lineup/";
/** In April 2026 the document was removed from the branch: this is the last commit that has it. */
const profiling =
  "https://github.com/llm-d/llm-d-benchmark/blob/0fa12aa9788aae02df8307a0305c223949b58cd4/config_explorer/empirical-vllm-memory-results.md";

/** The draft was rewritten for a newer version of vLLM: each commit has its own log. */
function tokenkaki(commit: string): string {
  return `https://github.com/dariustanrd/tokenkaki/blob/${commit}/blogposts/content/1_vllm/yy-mm-dd-behind-the-api-1-vllm-draft.md`;
}

/** Kaito's A10 of Azure has 24 GB and no error correction, its H100 is the NVL with 94 GB. */
const azureA10 = { gpuMemoryMiB: 24_512 };
const h100Nvl = { gpuMemoryMiB: 95_830, gpus: 2, name: "a node of two H100 NVL" };

/**
 * None of these was used to find the constants of `engineMemory.ts` and `overhead.ts`, nor the two blocks of a state in
 * `kvCache.ts`.
 */
export const publishedTokens: readonly PublishedTokens[] = [
  {
    source: lmCache,
    model: shape("Qwen/Qwen3-8B"),
    node: instance("p5.4xlarge"),
    options: { engineVersion: "0.11.0", gpuMemoryUtilization: 0.9, tensorParallel: 1, contextLength: 40_960 },
    tokens: 366_400,
  },
  {
    source: lmCache,
    model: shape("Qwen/Qwen3-32B"),
    node: instance("p5.48xlarge"),
    options: { engineVersion: "0.11.0", gpuMemoryUtilization: 0.9, tensorParallel: 2, contextLength: 40_960 },
    tokens: 275_760,
  },
  {
    source: lmCache,
    // Llama-3.1-70B there: the same shape.
    model: shape("meta-llama/Llama-3.3-70B-Instruct"),
    node: instance("p5.48xlarge"),
    options: {
      engineVersion: "0.11.0",
      gpuMemoryUtilization: 0.9,
      tensorParallel: 4,
      contextLength: 131_072,
    },
    tokens: 420_208,
  },
  {
    source: tokenkaki("3a2eabb8ea758452e875efa47396a184c7f1eb41"),
    model: shape("Qwen/Qwen3-8B"),
    node: instance("p4d.24xlarge"),
    options: { engineVersion: "0.9.2", gpuMemoryUtilization: 0.9, tensorParallel: 1, contextLength: 40_960 },
    tokens: 136_080,
  },
  {
    source: tokenkaki("02862f7eed9088742d6e24cc413c3bcb9e97ba58"),
    model: shape("Qwen/Qwen3-8B"),
    node: instance("p4d.24xlarge"),
    options: { engineVersion: "0.19.1", gpuMemoryUtilization: 0.9, tensorParallel: 1, contextLength: 40_960 },
    tokens: 140_960,
  },
  {
    source: vllmBenchmarking,
    // Qwen2-7B there: the same shape.
    model: shape("Qwen/Qwen2.5-7B-Instruct"),
    node: instance("p4de.24xlarge"),
    options: { engineVersion: "0.10.1", gpuMemoryUtilization: 0.5, tensorParallel: 1, contextLength: 16_384 },
    tokens: 464_848,
  },
  {
    source: vllmBenchmarking,
    model: shape("Qwen/Qwen2.5-7B-Instruct"),
    node: instance("p4de.24xlarge"),
    options: { engineVersion: "0.10.1", gpuMemoryUtilization: 0.5, tensorParallel: 2, contextLength: 16_384 },
    tokens: 1_192_160,
  },
  {
    source: vllmBenchmarking,
    model: shape("Qwen/Qwen2.5-7B-Instruct"),
    node: instance("p4de.24xlarge"),
    options: {
      engineVersion: "0.10.1",
      gpuMemoryUtilization: 0.25,
      tensorParallel: 1,
      contextLength: 16_384,
    },
    tokens: 93_872,
    miss: {
      percent: 20,
      reason:
        "0.9 GiB too much is reserved of a cache of 5 GiB: FlashInfer was installed, whose sampler needs less",
    },
  },
  {
    source: vllmBenchmarking,
    model: shape("openai/gpt-oss-120b"),
    node: instance("p4de.24xlarge"),
    options: { engineVersion: "0.10.1", gpuMemoryUtilization: 0.8, tensorParallel: 4, contextLength: 16_384 },
    // Logged as 2,640,144 tokens, which this version halved for two groups of layers, and as 284.25 requests.
    tokens: Math.floor(284.25 * 16_384),
  },
  {
    source: "https://github.com/vllm-project/vllm/issues/21348",
    model: shape("Qwen/Qwen3-235B-A22B-FP8"),
    node: instance("p5.48xlarge"),
    options: { engineVersion: "0.9.2", gpuMemoryUtilization: 0.9, tensorParallel: 4, contextLength: 40_960 },
    tokens: 178_880,
    miss: {
      percent: 15,
      reason: "the version is not named, and a connector for the KV cache takes memory, too",
    },
  },
  {
    source: kaito,
    model: shape("Qwen/Qwen3-8B"),
    node: instance("g5.xlarge", azureA10),
    options: { engineVersion: "0.22.1", gpuMemoryUtilization: 0.84, tensorParallel: 1 },
    tokens: 20_272,
  },
  {
    source: kaito,
    model: shape("Qwen/Qwen3-14B"),
    node: instance("g5.xlarge", azureA10),
    options: {
      engineVersion: "0.22.1",
      gpuMemoryUtilization: 0.84,
      tensorParallel: 1,
      pipelineParallel: 2,
      contextLength: 40_960,
    },
    tokens: 55_952,
  },
  {
    source: kaito,
    model: shape("MiniMaxAI/MiniMax-M2.7"),
    node: instance("p5.48xlarge", h100Nvl),
    options: {
      engineVersion: "0.22.1",
      gpuMemoryUtilization: 0.7,
      tensorParallel: 2,
      pipelineParallel: 2,
      contextLength: 117_264,
    },
    tokens: 117_264,
  },
  {
    source: kaito,
    model: shape("MiniMaxAI/MiniMax-M2.7"),
    node: instance("p5.48xlarge", h100Nvl),
    options: {
      engineVersion: "0.22.1",
      gpuMemoryUtilization: 0.75,
      tensorParallel: 2,
      pipelineParallel: 2,
      contextLength: 195_968,
    },
    tokens: 195_968,
  },
  {
    source: kaito,
    model: shape("google/gemma-4-31B-it"),
    node: instance("p5.48xlarge", h100Nvl),
    options: {
      engineVersion: "0.22.1",
      gpuMemoryUtilization: 0.84,
      tensorParallel: 2,
      contextLength: 262_144,
    },
    tokens: 764_825,
  },
];

/** Starts that were published as failed for want of memory. */
export const publishedFailures: readonly PublishedStart[] = [
  {
    source: gemmaForge,
    model: shape("google/gemma-4-31B-it"),
    node: instance("g6.xlarge"),
    options: { engineVersion: "0.19.0", tensorParallel: 1 },
  },
  {
    source: gemmaForge,
    model: shape("google/gemma-4-31B-it"),
    node: instance("g6.12xlarge"),
    options: { engineVersion: "0.19.0", tensorParallel: 2 },
  },
  {
    source: gemmaForge,
    // NVIDIA's checkpoint leaves attention in bf16: 31 GB of files, 22 GiB of which a text model loads.
    model: shape("google/gemma-4-31B-it", { weights: WeightFormat.Nvfp4, weightBytes: 22 * 2 ** 30 }),
    node: instance("g6.xlarge"),
    options: { engineVersion: "0.19.0", tensorParallel: 1, contextLength: 4_096 },
  },
  {
    source:
      "https://github.com/oracle-samples/oci-data-science-ai-samples/blob/main/ai-quick-actions/troubleshooting-tips.md",
    model: shape("meta-llama/Llama-3.1-8B-Instruct"),
    node: instance("g5.xlarge"),
    options: { engineVersion: "0.7.3", gpuMemoryUtilization: 0.9, tensorParallel: 1, contextLength: 131_072 },
  },
  {
    source: "https://github.com/InternLM/lmdeploy/issues/2960",
    // LMDeploy on eight H800 with 80 GB (comment of 31 January 2025): the weights alone are more, whatever the engine.
    model: shape("deepseek-ai/DeepSeek-V3"),
    node: instance("p5.48xlarge"),
    options: { engineVersion: "0.11.0", gpuMemoryUtilization: 0.9, tensorParallel: 8 },
  },
  {
    source: "https://github.com/vllm-project/vllm/issues/23278",
    // No flags but the model (20 August 2025): -2.14 GiB were left. The steps are what vLLM takes on an H100.
    model: shape("openai/gpt-oss-120b"),
    node: instance("p5.4xlarge"),
    options: {
      engineVersion: "0.10.1",
      gpuMemoryUtilization: 0.9,
      tensorParallel: 1,
      contextLength: 131_072,
      maxSequences: 1_024,
      maxBatchedTokens: 8_192,
    },
  },
  {
    source: "https://github.com/vllm-project/vllm/issues/27508",
    // Comment of 31 October 2025: 1.71 GiB were left, too little for the context. The version is that of the month.
    model: shape("openai/gpt-oss-120b"),
    node: instance("p5.4xlarge"),
    options: {
      engineVersion: "0.11.0",
      gpuMemoryUtilization: 0.95,
      tensorParallel: 1,
      contextLength: 131_072,
      maxSequences: 1_024,
      maxBatchedTokens: 1_024,
    },
  },
  {
    source: kaito,
    model: shape("MiniMaxAI/MiniMax-M2.7"),
    node: instance("p5.48xlarge", h100Nvl),
    options: {
      engineVersion: "0.22.1",
      gpuMemoryUtilization: 0.7,
      tensorParallel: 2,
      pipelineParallel: 2,
      contextLength: 196_608,
    },
  },
];

/** Failed starts of the document whose other rows gave the constants: tested, but no evidence. */
export const failuresOfCalibration: readonly PublishedStart[] = [
  {
    source: profiling,
    model: shape("meta-llama/Llama-3.3-70B-Instruct", {
      weights: WeightFormat.Fp8,
      weightBytes: 67.72 * 2 ** 30,
    }),
    node: instance("p5.4xlarge"),
    options: {
      engineVersion: "0.11.0",
      gpuMemoryUtilization: 0.9,
      tensorParallel: 1,
      contextLength: 16_000,
      maxSequences: 1_024,
      maxBatchedTokens: 8_192,
    },
  },
  {
    source: profiling,
    model: shape("deepseek-ai/DeepSeek-R1"),
    node: instance("p5.4xlarge"),
    options: { engineVersion: "0.11.0", gpuMemoryUtilization: 0.9, tensorParallel: 1, contextLength: 16_000 },
  },
];

/** Starts that were published as working, without a number of tokens. */
export const publishedSuccesses: readonly PublishedStart[] = [
  {
    source: gemmaForge,
    model: shape("google/gemma-4-31B-it"),
    node: instance("g6.12xlarge"),
    options: { engineVersion: "0.19.0", tensorParallel: 4 },
  },
  {
    source: gemmaForge,
    model: shape("google/gemma-4-31B-it", { weights: WeightFormat.Nvfp4, weightBytes: 22 * 2 ** 30 }),
    node: instance("g6.12xlarge"),
    options: {
      engineVersion: "0.19.0",
      tensorParallel: 2,
      contextLength: 4_096,
      kvCacheFormat: KvCacheFormat.Fp8,
    },
  },
];

/**
 * `vram_minimum_gb` of vLLM's recipes (https://github.com/vllm-project/recipes, 21 August 2026): about 1.2 times the
 * weights, for all GPUs together.
 */
export const recipeMinimums: readonly (readonly [string, number])[] = [
  ["Qwen/Qwen3-8B", 20],
  ["Qwen/Qwen3-32B", 77],
  ["Qwen/Qwen3-32B-FP8", 39],
  ["Qwen/Qwen3-30B-A3B", 74],
  ["Qwen/Qwen3-235B-A22B-Instruct-2507", 564],
  ["Qwen/Qwen3-Coder-480B-A35B-Instruct", 1_152],
  ["Qwen/Qwen3.5-27B", 65],
  ["Qwen/Qwen3.5-35B-A3B", 84],
  ["Qwen/Qwen3.5-122B-A10B", 293],
  ["Qwen/Qwen3.5-397B-A17B", 953],
  ["openai/gpt-oss-20b", 16],
  ["openai/gpt-oss-120b", 80],
  ["meta-llama/Llama-3.1-8B-Instruct", 20],
  ["meta-llama/Llama-3.3-70B-Instruct", 170],
  ["meta-llama/Llama-4-Scout-17B-16E-Instruct", 262],
  ["deepseek-ai/DeepSeek-R1", 805],
  ["deepseek-ai/DeepSeek-V3.2", 805],
  ["google/gemma-4-31B-it", 75],
  ["zai-org/GLM-4.5", 859],
  ["zai-org/GLM-4.6-FP8", 428],
  ["moonshotai/Kimi-K2-Instruct", 1_200],
  ["moonshotai/Kimi-K2.5", 714],
  ["MiniMaxAI/MiniMax-M2.7", 276],
];
