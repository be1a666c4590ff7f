import { nearest } from "../shared/nearest";
import { type AttentionLayers, type ModelShape, WeightFormat } from "./modelShape";

type Required = "name" | "parametersB" | "attention" | "heads" | "hiddenSize" | "contextTokens";
type Row = Pick<ModelShape, Required> & Partial<ModelShape>;
/** What several repositories of one architecture have in common. */
type Architecture = Pick<Row, "attention" | "heads" | "hiddenSize"> & Partial<Row>;

const full = (layers: number, kvHeads: number, headSize: number): AttentionLayers => ({
  kind: "full",
  layers,
  kvHeads,
  headSize,
});
const sliding = (layers: number, kvHeads: number, headSize: number, window: number): AttentionLayers => ({
  kind: "sliding",
  layers,
  kvHeads,
  headSize,
  window,
});
/** DeepSeek's attention: 512 numbers of content and 64 of position for each token. */
const latent = (layers: number): AttentionLayers => ({ kind: "latent", layers, width: 576 });
/**
 * The keys by which sparse attention chooses tokens: 128 bytes and a scale of 4 for each token and layer, which is as
 * much as 66 numbers of 16 bits.
 */
const sparseIndex = (layers: number): AttentionLayers => ({ kind: "latent", layers, width: 66 });
/**
 * Gated delta nets of Qwen3.5: for each sequence and layer a matrix of 128 x 128 numbers of 32 bits for each value
 * head, and three steps of the convolution over queries, keys (16 heads each) and values, in 16 bits.
 */
const deltaNets = (layers: number, valueHeads: number): AttentionLayers => ({
  kind: "state",
  layers,
  bytesPerSequence: layers * (valueHeads * 128 * 128 * 4 + (2 * 16 + valueHeads) * 128 * 3 * 2),
});

const unverified = { verified: false } as const;
const apache = { licence: "Apache-2.0", gated: false } as const;
const mit = { licence: "MIT", gated: false } as const;
const llama = (version: string) => ({ licence: `Llama ${version} Community`, gated: true }) as const;
const gemma = { licence: "Gemma", gated: true } as const;

const fp8Note =
  "MI210 and MI250 (gfx90a) cannot calculate in fp8; MI300X and newer can, in a variant that vLLM converts to.";
const fp8 = { weights: WeightFormat.Fp8, rocmNote: fp8Note } as const;

const llama3Tools = { toolParser: "llama3_json" } as const;
const llama8b: Architecture = { attention: [full(32, 8, 128)], heads: 32, hiddenSize: 4_096 };
const llama70b: Architecture = { attention: [full(80, 8, 128)], heads: 64, hiddenSize: 8_192 };

const hermes = { toolParser: "hermes" } as const;
const qwen2d5x7b: Architecture = { attention: [full(28, 4, 128)], heads: 28, hiddenSize: 3_584 };
const qwen2d5x14b: Architecture = { attention: [full(48, 8, 128)], heads: 40, hiddenSize: 5_120 };
const qwen2d5x32b: Architecture = { attention: [full(64, 8, 128)], heads: 40, hiddenSize: 5_120 };

const qwen3 = { ...apache, ...hermes, reasoningParser: "qwen3", contextTokens: 40_960 } as const;
const qwen3x4b: Architecture = { attention: [full(36, 8, 128)], heads: 32, hiddenSize: 2_560 };
const qwen3x8b: Architecture = { attention: [full(36, 8, 128)], heads: 32, hiddenSize: 4_096 };
const qwen3x32b: Architecture = { attention: [full(64, 8, 128)], heads: 64, hiddenSize: 5_120 };
const qwen3x30b: Architecture = {
  attention: [full(48, 4, 128)],
  heads: 32,
  hiddenSize: 2_048,
  expertSize: 768,
  activeParametersB: 3.3,
};
const qwen3x235b: Architecture = {
  attention: [full(94, 4, 128)],
  heads: 64,
  hiddenSize: 4_096,
  expertSize: 1_536,
  activeParametersB: 22,
};

const qwen3d5 = {
  ...apache,

  toolParser: "qwen3_coder",
  reasoningParser: "qwen3",
  contextTokens: 262_144,
} as const;
const qwen3d5x27b: Architecture = {
  attention: [full(16, 4, 256), deltaNets(48, 48)],
  heads: 24,
  hiddenSize: 5_120,
};
const qwen3d5x35b: Architecture = {
  attention: [full(10, 2, 256), deltaNets(30, 32)],
  heads: 16,
  hiddenSize: 2_048,
  expertSize: 512,
  activeParametersB: 3,
};

const gptOssNote =
  "MI300X or newer: set VLLM_ROCM_USE_AITER=1 and give --attention-backend ROCM_AITER_UNIFIED_ATTN --block-size=64, as vLLM's recipe does.";
const gptOss = {
  ...apache,
  weights: WeightFormat.Mxfp4,
  heads: 64,
  hiddenSize: 2_880,
  expertSize: 2_880,
  contextTokens: 131_072,
  toolParser: "openai",
  reasoningParser: "openai_gptoss",
  rocmNote: gptOssNote,
} as const;

const mistral = { ...apache, toolParser: "mistral" } as const;
const mistral24b = {
  ...mistral,

  parametersB: 23.6,
  attention: [full(40, 8, 128)],
  heads: 32,
  hiddenSize: 5_120,
  contextTokens: 131_072,
} as const;

const deepSeekV3 = {
  ...mit,
  ...fp8,
  parametersB: 671,
  activeParametersB: 37,
  attention: [latent(61)],
  heads: 128,
  hiddenSize: 7_168,
  expertSize: 2_048,
  contextTokens: 163_840,
} as const;
const deepSeekDistill = { contextTokens: 131_072, gated: false, reasoningParser: "deepseek_r1" } as const;

const glm45 = { ...mit, toolParser: "glm45", reasoningParser: "glm45" } as const;
const glm45x355b: Architecture = {
  attention: [full(92, 8, 128)],
  heads: 96,
  hiddenSize: 5_120,
  expertSize: 1_536,
  activeParametersB: 32,
};
const glm45Air: Architecture = {
  attention: [full(46, 8, 128)],
  heads: 96,
  hiddenSize: 4_096,
  expertSize: 1_408,
  activeParametersB: 12,
};

const kimiK2 = {
  licence: "Modified MIT",
  gated: false,
  parametersB: 1_026.4,
  activeParametersB: 32,
  attention: [latent(61)],
  heads: 64,
  hiddenSize: 7_168,
  expertSize: 2_048,
  toolParser: "kimi_k2",
  remoteCode: true,
} as const;
/** Experts of 4 bits in groups of 32, all else in 16 bits: summed up from the dimensions. */
const kimiInt4 = {
  ...kimiK2,
  contextTokens: 262_144,
  weights: WeightFormat.Int4,
  weightBytes: 594_203_246_592,
  reasoningParser: "kimi_k2",
} as const;

const miniMaxM2 = {
  licence: "MIT",
  gated: false,
  ...fp8,

  parametersB: 229,
  activeParametersB: 10,
  attention: [full(62, 8, 128)],
  heads: 48,
  hiddenSize: 3_072,
  expertSize: 1_536,
  contextTokens: 196_608,
  toolParser: "minimax_m2",
  reasoningParser: "minimax_m2",
  remoteCode: true,
} as const;

/** Encoders keep nothing between requests; published in 32 bits, which vLLM loads as 16. */
const xlmRobertaLarge = {
  weights: WeightFormat.Fp16,
  parametersB: 0.57,
  attention: [],
  heads: 16,
  hiddenSize: 1_024,
} as const;
const qwen3Embed = { ...apache, contextTokens: 32_768, task: "embed" } as const;
const qwen3Rerank = { ...qwen3Embed, task: "rerank" } as const;
const qwen3x600m: Architecture = { attention: [full(28, 8, 128)], heads: 16, hiddenSize: 1_024 };

/**
 * Sources, each row compared with one of them in November 2026, and its parameters with the sum of its dimensions:
 * - copies of `config.json` in ai-dynamo/aiconfigurator (2026-08-21): Llama 3.1 and 4, Qwen3, Qwen3.5 and 3.6, gpt-oss,
 *   Mixtral, DeepSeek, Gemma 4, GLM-5, Kimi, MiniMax M2.5 and M2.7;
 * - Lightning-AI/litgpt, `litgpt/config.py` (2026-06-29): Llama 3.2 and 3.3, Qwen2.5, Qwen3 of 4B and 14B, Gemma 3,
 *   Mistral 7B, phi-4, R1-Distill-Llama; contexts of Qwen2.5 in pytorch/torchtune (2026-04-23);
 * - NVIDIA-NeMo/Megatron-Bridge, `docs/models` (2026-08-22): GLM-4.5 and Air. GLM-4.6: `config.json` of
 *   RedHatAI/GLM-4.6-NVFP4;
 * - `config.json` on Hugging Face, of the repository or of copies that name it (November 2026): bge-m3, its reranker,
 *   multilingual-e5-large, R1-Distill-Qwen, Mistral Small 24B (2501, of which 3.1 says it is built on it, and a copy of
 *   3.2), Qwen3-Embedding-4B; QwenLM/Qwen3-Embedding (2025-06-13) for layers and contexts of its series;
 * - vLLM's recipes (2026-08-21): contexts, quantization and remote code of Kimi, GLM and MiniMax. Recipes trust remote
 *   code of DeepSeek, GLM and Qwen3.5, too, which have classes of their own in `transformers` or no code at all;
 * - vLLM's documentation for parsers, and its DeepseekV32IndexerCache for the index of sparse attention.
 * Where weights of different types are mixed, their bytes are those of the published files (gpt-oss) or are summed up
 * from the dimensions: `readHuggingFaceConfig` does the same, and a test compares the two. What nothing was found of is
 * marked as not verified.
 */
const rows: readonly Row[] = [
  {
    name: "meta-llama/Llama-3.2-1B-Instruct",
    ...llama("3.2"),
    ...llama3Tools,
    parametersB: 1.24,
    attention: [full(16, 8, 64)],
    heads: 32,
    hiddenSize: 2_048,
    contextTokens: 131_072,
  },
  {
    name: "meta-llama/Llama-3.2-3B-Instruct",
    ...llama("3.2"),
    ...llama3Tools,
    parametersB: 3.21,
    attention: [full(28, 8, 128)],
    heads: 24,
    hiddenSize: 3_072,
    contextTokens: 131_072,
  },
  {
    name: "meta-llama/Llama-3.1-8B-Instruct",
    ...llama("3.1"),
    ...llama3Tools,
    ...llama8b,
    parametersB: 8.03,
    contextTokens: 131_072,
  },
  {
    name: "meta-llama/Llama-3.3-70B-Instruct",
    ...llama("3.3"),
    ...llama3Tools,
    ...llama70b,
    parametersB: 70.6,
    contextTokens: 131_072,
  },
  {
    name: "meta-llama/Llama-3.1-405B-Instruct",
    ...llama("3.1"),
    ...llama3Tools,
    parametersB: 405.9,
    attention: [full(126, 8, 128)],
    heads: 128,
    hiddenSize: 16_384,
    contextTokens: 131_072,
  },
  {
    name: "meta-llama/Llama-4-Scout-17B-16E-Instruct",
    ...llama("4"),
    parametersB: 109,
    activeParametersB: 17,
    // Three layers of four attend to chunks of 8,192 tokens. vLLM does not always free what lies before the chunk, so
    // all layers count in full.
    attention: [full(48, 8, 128)],
    heads: 40,
    hiddenSize: 5_120,
    expertSize: 8_192,
    contextTokens: 10_485_760,
    toolParser: "llama4_pythonic",
  },
  {
    name: "Qwen/Qwen2.5-7B-Instruct",
    ...apache,
    ...hermes,
    ...qwen2d5x7b,
    parametersB: 7.62,
    contextTokens: 32_768,
  },
  {
    name: "Qwen/Qwen2.5-14B-Instruct",
    ...apache,
    ...hermes,
    ...qwen2d5x14b,
    parametersB: 14.8,
    contextTokens: 32_768,
  },
  {
    name: "Qwen/Qwen2.5-32B-Instruct",
    ...apache,
    ...hermes,
    ...qwen2d5x32b,
    parametersB: 32.8,
    contextTokens: 32_768,
  },
  {
    name: "Qwen/Qwen2.5-Coder-32B-Instruct",
    ...apache,
    ...hermes,
    ...qwen2d5x32b,
    parametersB: 32.8,
    contextTokens: 32_768,
  },
  {
    name: "Qwen/Qwen2.5-72B-Instruct",
    licence: "Qwen",
    gated: false,
    ...hermes,
    ...llama70b,
    parametersB: 72.7,
    contextTokens: 32_768,
  },
  {
    name: "Qwen/Qwen3-1.7B",
    ...qwen3,
    parametersB: 1.72,
    attention: [full(28, 8, 128)],
    heads: 16,
    hiddenSize: 2_048,
  },
  { name: "Qwen/Qwen3-4B", ...qwen3, ...qwen3x4b, parametersB: 4.02 },
  { name: "Qwen/Qwen3-8B", ...qwen3, ...qwen3x8b, parametersB: 8.19 },
  {
    name: "Qwen/Qwen3-8B-FP8",
    ...qwen3,
    ...qwen3x8b,
    ...fp8,
    parametersB: 8.19,
    weightBytes: 9_436_782_592,
  },
  {
    name: "Qwen/Qwen3-14B",
    ...qwen3,
    parametersB: 14.8,
    attention: [full(40, 8, 128)],
    heads: 40,
    hiddenSize: 5_120,
  },
  { name: "Qwen/Qwen3-32B", ...qwen3, ...qwen3x32b, parametersB: 32.8 },
  {
    name: "Qwen/Qwen3-32B-FP8",
    ...qwen3,
    ...qwen3x32b,
    ...fp8,
    parametersB: 32.8,
    weightBytes: 34_324_889_600,
  },
  {
    name: "Qwen/Qwen3-32B-AWQ",
    ...qwen3,
    ...qwen3x32b,
    parametersB: 32.8,
    weights: WeightFormat.Int4,
    weightBytes: 19_323_944_960,
  },
  { name: "Qwen/Qwen3-30B-A3B", ...qwen3, ...qwen3x30b, parametersB: 30.5 },
  {
    name: "Qwen/Qwen3-30B-A3B-FP8",
    ...qwen3,
    ...qwen3x30b,
    ...fp8,
    parametersB: 30.5,
    weightBytes: 31_174_123_520,
  },
  { name: "Qwen/Qwen3-235B-A22B", ...qwen3, ...qwen3x235b, parametersB: 235 },
  { name: "Qwen/Qwen3-235B-A22B-FP8", ...qwen3, ...qwen3x235b, ...fp8, parametersB: 235 },
  {
    name: "Qwen/Qwen3-235B-A22B-Instruct-2507",
    ...qwen3,
    ...qwen3x235b,
    parametersB: 235,
    contextTokens: 262_144,
    reasoningParser: undefined,
  },
  {
    name: "Qwen/Qwen3-Coder-480B-A35B-Instruct",
    ...apache,
    parametersB: 480,
    activeParametersB: 35,
    attention: [full(62, 8, 128)],
    heads: 96,
    hiddenSize: 6_144,
    expertSize: 2_560,
    contextTokens: 262_144,
    toolParser: "qwen3_coder",
  },
  { name: "Qwen/Qwen3.5-27B", ...qwen3d5, ...qwen3d5x27b, parametersB: 27 },
  { name: "Qwen/Qwen3.6-27B", ...qwen3d5, ...qwen3d5x27b, parametersB: 27 },
  { name: "Qwen/Qwen3.5-35B-A3B", ...qwen3d5, ...qwen3d5x35b, parametersB: 35 },
  { name: "Qwen/Qwen3.6-35B-A3B", ...qwen3d5, ...qwen3d5x35b, parametersB: 35 },
  {
    name: "Qwen/Qwen3.5-122B-A10B",
    ...qwen3d5,
    parametersB: 122,
    activeParametersB: 10,
    attention: [full(12, 2, 256), deltaNets(36, 64)],
    heads: 32,
    hiddenSize: 3_072,
    expertSize: 1_024,
  },
  {
    name: "Qwen/Qwen3.5-397B-A17B",
    ...qwen3d5,
    parametersB: 397,
    activeParametersB: 17,
    attention: [full(15, 2, 256), deltaNets(45, 64)],
    heads: 32,
    hiddenSize: 4_096,
    expertSize: 1_024,
  },
  {
    name: "openai/gpt-oss-20b",
    ...gptOss,
    parametersB: 20.9,
    activeParametersB: 3.6,
    attention: [full(12, 8, 64), sliding(12, 8, 64, 128)],
    weightBytes: 13_761_264_768,
  },
  {
    name: "openai/gpt-oss-120b",
    ...gptOss,
    parametersB: 116.8,
    activeParametersB: 5.1,
    attention: [full(18, 8, 64), sliding(18, 8, 64, 128)],
    weightBytes: 65_248_815_744,
  },
  {
    name: "mistralai/Mistral-7B-Instruct-v0.3",
    ...mistral,
    ...llama8b,
    parametersB: 7.25,
    contextTokens: 32_768,
  },
  { name: "mistralai/Mistral-Small-3.1-24B-Instruct-2503", ...mistral24b },
  { name: "mistralai/Mistral-Small-3.2-24B-Instruct-2506", ...mistral24b },
  { name: "mistralai/Devstral-Small-2507", ...mistral24b, ...unverified },
  {
    name: "mistralai/Mixtral-8x7B-Instruct-v0.1",
    ...mistral,
    ...llama8b,
    parametersB: 46.7,
    activeParametersB: 12.9,
    expertSize: 14_336,
    contextTokens: 32_768,
  },
  {
    name: "mistralai/Mixtral-8x22B-Instruct-v0.1",
    ...mistral,
    parametersB: 140.6,
    activeParametersB: 39,
    attention: [full(56, 8, 128)],
    heads: 48,
    hiddenSize: 6_144,
    expertSize: 16_384,
    contextTokens: 65_536,
  },
  { name: "deepseek-ai/DeepSeek-V3", ...deepSeekV3 },
  { name: "deepseek-ai/DeepSeek-V3-0324", ...deepSeekV3, toolParser: "deepseek_v3" },
  { name: "deepseek-ai/DeepSeek-R1", ...deepSeekV3, reasoningParser: "deepseek_r1" },
  {
    name: "deepseek-ai/DeepSeek-R1-0528",
    ...deepSeekV3,
    toolParser: "deepseek_v3",
    reasoningParser: "deepseek_r1",
  },
  {
    name: "deepseek-ai/DeepSeek-V3.1",
    ...deepSeekV3,
    toolParser: "deepseek_v31",
    reasoningParser: "deepseek_v3",
  },
  {
    name: "deepseek-ai/DeepSeek-V3.2",
    ...deepSeekV3,
    attention: [latent(61), sparseIndex(61)],
    toolParser: "deepseek_v32",
    reasoningParser: "deepseek_v3",
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Llama-8B",
    ...deepSeekDistill,
    ...llama8b,
    parametersB: 8.03,
    licence: "MIT and Llama 3.1 Community",
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Llama-70B",
    ...deepSeekDistill,
    ...llama70b,
    parametersB: 70.6,
    licence: "MIT and Llama 3.3 Community",
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B",
    ...deepSeekDistill,
    ...qwen2d5x7b,
    parametersB: 7.62,
    licence: "MIT and Apache-2.0",
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Qwen-14B",
    ...deepSeekDistill,
    ...qwen2d5x14b,
    parametersB: 14.8,
    licence: "MIT and Apache-2.0",
  },
  {
    name: "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B",
    ...deepSeekDistill,
    ...qwen2d5x32b,
    parametersB: 32.8,
    licence: "MIT and Apache-2.0",
  },
  {
    name: "google/gemma-3-4b-it",
    ...gemma,
    parametersB: 4.3,
    attention: [full(5, 4, 256), sliding(29, 4, 256, 1_024)],
    heads: 8,
    hiddenSize: 2_560,
    contextTokens: 131_072,
    toolParser: "pythonic",
  },
  {
    name: "google/gemma-3-12b-it",
    ...gemma,
    parametersB: 12.2,
    attention: [full(8, 8, 256), sliding(40, 8, 256, 1_024)],
    heads: 16,
    hiddenSize: 3_840,
    contextTokens: 131_072,
    toolParser: "pythonic",
  },
  {
    name: "google/gemma-3-27b-it",
    ...gemma,
    parametersB: 27.4,
    attention: [full(10, 16, 128), sliding(52, 16, 128, 1_024)],
    heads: 32,
    hiddenSize: 5_376,
    contextTokens: 131_072,
    toolParser: "pythonic",
  },
  {
    name: "google/gemma-4-31B-it",
    ...apache,
    parametersB: 31,
    attention: [full(10, 4, 512), sliding(50, 16, 256, 1_024)],
    heads: 32,
    hiddenSize: 5_376,
    contextTokens: 262_144,
    toolParser: "gemma4",
    reasoningParser: "gemma4",
  },
  {
    name: "microsoft/phi-4",
    ...mit,
    parametersB: 14.7,
    attention: [full(40, 10, 128)],
    heads: 40,
    hiddenSize: 5_120,
    contextTokens: 16_384,
  },
  { name: "zai-org/GLM-4.5", ...glm45, ...glm45x355b, parametersB: 355, contextTokens: 131_072 },
  { name: "zai-org/GLM-4.5-FP8", ...glm45, ...glm45x355b, ...fp8, parametersB: 355, contextTokens: 131_072 },
  { name: "zai-org/GLM-4.6", ...glm45, ...glm45x355b, parametersB: 355, contextTokens: 202_752 },
  { name: "zai-org/GLM-4.6-FP8", ...glm45, ...glm45x355b, ...fp8, parametersB: 355, contextTokens: 202_752 },
  { name: "zai-org/GLM-4.5-Air", ...glm45, ...glm45Air, parametersB: 106.9, contextTokens: 131_072 },
  {
    name: "zai-org/GLM-4.5-Air-FP8",
    ...glm45,
    ...glm45Air,
    ...fp8,
    parametersB: 106.9,
    contextTokens: 131_072,
    weightBytes: 108_116_312_064,
  },
  {
    name: "zai-org/GLM-5-FP8",
    ...mit,
    ...fp8,
    parametersB: 744,
    activeParametersB: 40,
    attention: [latent(78), sparseIndex(78)],
    heads: 64,
    hiddenSize: 6_144,
    expertSize: 2_048,
    contextTokens: 202_752,
    toolParser: "glm47",
    reasoningParser: "glm45",
  },
  { name: "moonshotai/Kimi-K2-Instruct", ...kimiK2, ...fp8, contextTokens: 131_072 },
  { name: "moonshotai/Kimi-K2-Thinking", ...kimiInt4 },
  { name: "moonshotai/Kimi-K2.5", ...kimiInt4 },
  { name: "moonshotai/Kimi-K2.6", ...kimiInt4 },
  { name: "MiniMaxAI/MiniMax-M2", ...miniMaxM2 },
  { name: "MiniMaxAI/MiniMax-M2.5", ...miniMaxM2 },
  { name: "MiniMaxAI/MiniMax-M2.7", ...miniMaxM2, contextTokens: 204_800 },
  { name: "BAAI/bge-m3", ...xlmRobertaLarge, ...mit, contextTokens: 8_192, task: "embed" },
  {
    name: "intfloat/multilingual-e5-large",
    ...xlmRobertaLarge,
    ...mit,
    contextTokens: 512,
    task: "embed",
  },
  { name: "BAAI/bge-reranker-v2-m3", ...xlmRobertaLarge, ...apache, contextTokens: 8_192, task: "rerank" },
  { name: "Qwen/Qwen3-Embedding-0.6B", ...qwen3Embed, ...qwen3x600m, parametersB: 0.6 },
  { name: "Qwen/Qwen3-Embedding-4B", ...qwen3Embed, ...qwen3x4b, parametersB: 4.02 },
  // Without the table of output tokens, which an embedding does not need.
  { name: "Qwen/Qwen3-Embedding-8B", ...qwen3Embed, ...qwen3x8b, parametersB: 7.57 },
  { name: "Qwen/Qwen3-Reranker-0.6B", ...qwen3Rerank, ...qwen3x600m, parametersB: 0.6 },
  { name: "Qwen/Qwen3-Reranker-4B", ...qwen3Rerank, ...qwen3x4b, parametersB: 4.02 },
  { name: "Qwen/Qwen3-Reranker-8B", ...qwen3Rerank, ...qwen3x8b, parametersB: 8.19 },
];

/** What a row means where it says nothing. */
const ordinary = {
  expertSize: undefined,
  weights: WeightFormat.Bf16,
  weightBytes: undefined,
  task: "generate",
  licence: "not stated",
  gated: false,
  toolParser: undefined,
  reasoningParser: undefined,
  remoteCode: false,
  rocmNote: undefined,
  verified: true,
} as const;

/** Models whose numbers are known. An open list: others are declared, or read from their `config.json`. */
export const modelCatalogue: readonly ModelShape[] = rows.map((row) => ({
  ...ordinary,
  activeParametersB: row.parametersB,
  ...row,
}));

const byName: ReadonlyMap<string, ModelShape> = new Map(modelCatalogue.map((shape) => [shape.name, shape]));

/** The model of a Hugging Face repository; `undefined` for one that the catalogue lacks. */
export function modelNamed(repository: string): ModelShape | undefined {
  return byName.get(repository);
}

/** The repository of the catalogue whose name is nearest, if one is near. */
export function nearestModel(repository: string): string | undefined {
  return nearest(repository, [...byName.keys()]);
}
