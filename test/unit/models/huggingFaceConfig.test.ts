import { describe, expect, it } from "vitest";
import { readHuggingFaceConfig } from "../../../components/models/huggingFaceConfig";
import { modelNamed } from "../../../components/models/modelCatalogue";
import { configs } from "./configFixtures";

const read = (config: unknown) => readHuggingFaceConfig(config).shape;
const qwen3 = configs["Qwen/Qwen3-8B"];
const gptOss = configs["openai/gpt-oss-20b"];

describe("a config.json", () => {
  it.each(Object.entries(configs))("of %s gives what the catalogue has", (name, config) => {
    const known = modelNamed(name);
    const shape = read(config);
    expect(shape.attention).toEqual(known?.attention);
    expect(Math.abs((shape.parametersB ?? 0) / (known?.parametersB ?? 1) - 1)).toBeLessThan(0.02);
    const { heads, hiddenSize, expertSize, contextTokens, weights, task, remoteCode } = shape;
    expect({ heads, hiddenSize, expertSize, contextTokens, weights, task, remoteCode }).toEqual({
      heads: known?.heads,
      hiddenSize: known?.hiddenSize,
      expertSize: known?.expertSize,
      contextTokens: known?.contextTokens,
      weights: known?.weights,
      task: known?.task,
      remoteCode: known?.remoteCode,
    });
  });

  it.each([
    ["Qwen/Qwen3-8B-FP8", 0],
    ["Qwen/Qwen3-32B-FP8", 0],
    ["Qwen/Qwen3-32B-AWQ", 0],
    ["Qwen/Qwen3-30B-A3B-FP8", 0],
    ["zai-org/GLM-4.5-Air-FP8", 0],
    ["moonshotai/Kimi-K2-Thinking", 0],
    // Published sizes, with the biases that are left out.
    ["openai/gpt-oss-20b", 0.002],
    ["openai/gpt-oss-120b", 0.002],
  ] as const)("of %s gives the bytes of its mixed weights", (name, tolerance) => {
    const bytes = read(configs[name]).weightBytes ?? 0;
    const known = modelNamed(name)?.weightBytes ?? 1;
    expect(Math.abs(bytes / known - 1)).toBeLessThanOrEqual(tolerance);
  });

  it("gives no bytes where all weights are alike: they follow from their number", () => {
    expect(read(qwen3)).toHaveProperty("weightBytes", undefined);
    expect(read(configs["openai/gpt-oss-20b"]).weightBytes).toBeDefined();
  });

  // Published totals of parameters: what a table of tokens that is shared, experts and images make of them.
  it.each([
    ["meta-llama/Llama-3.2-1B-Instruct", 1_235_814_400],
    ["meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248],
    ["meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496],
    ["Qwen/Qwen2.5-7B-Instruct", 7_615_616_512],
    ["Qwen/Qwen3-8B", 8_190_735_360],
    ["mistralai/Mistral-7B-Instruct-v0.3", 7_248_023_552],
    ["mistralai/Mixtral-8x7B-Instruct-v0.1", 46_702_792_704],
    ["google/gemma-3-4b-it", 4_300_079_472],
    ["google/gemma-3-27b-it", 27_432_406_640],
    ["microsoft/phi-4", 14_659_507_200],
  ] as const)("of %s counts all but norms and biases", (name, total) => {
    const counted = (read(configs[name]).parametersB ?? 0) * 1e9;
    expect(counted / total).toBeLessThanOrEqual(1);
    expect(counted / total).toBeGreaterThan(0.998);
  });

  it("tells apart the parameters that a token passes", () => {
    // 4 of 32 experts of 3 x 2880 x 2880 in 24 layers.
    const { parametersB = 0, activeParametersB = 0 } = read(gptOss);
    expect((parametersB - activeParametersB) * 1e9).toBeCloseTo(24 * 28 * 3 * 2880 * 2880, -1);
    expect(read(qwen3).activeParametersB).toBe(read(qwen3).parametersB);
  });

  it("of a family without layer_types is split as its class does", () => {
    const { layer_types: _, ...without } = gptOss;
    expect(read(without).attention).toEqual(read(gptOss).attention);
    expect(
      read({ ...qwen3, use_sliding_window: true, sliding_window: 4096, max_window_layers: 30 }),
    ).toMatchObject({
      attention: [
        { kind: "full", layers: 30 },
        { kind: "sliding", layers: 6, window: 4096 },
      ],
    });
    const { sliding_window: __, ...mistral } = configs["mistralai/Mistral-7B-Instruct-v0.3"];
    expect(read({ ...mistral, sliding_window: 4096 }).attention).toEqual([
      { kind: "sliding", layers: 32, kvHeads: 8, headSize: 128, window: 4096 },
    ]);
    expect(
      read({ ...configs["deepseek-ai/DeepSeek-R1"], model_type: "deepseek_v32", index_head_dim: 128 }),
    ).toMatchObject({ attention: modelNamed("deepseek-ai/DeepSeek-V3.2")?.attention });
  });

  it.each([
    [{ quant_method: "gptq", bits: 4, group_size: 128 }, "int4"],
    [{ quant_method: "gptq", bits: 8, group_size: 128 }, "int8"],
    [{ quant_method: "fbgemm_fp8" }, "fp8"],
    [{ quant_method: "modelopt", quant_algo: "NVFP4" }, "nvfp4"],
    [{ quant_method: "modelopt", quant_algo: "FP8" }, "fp8"],
    [compressed({ num_bits: 4, type: "float", group_size: 16 }), "nvfp4"],
    [compressed({ num_bits: 8, type: "int" }), "int8"],
    [compressed({ num_bits: 4, type: "int", group_size: 128 }), "int4"],
  ])("reads the quantisation %j", (quantization, format) => {
    const {
      weights,
      weightBytes = 0,
      parametersB = 0,
    } = read({ ...qwen3, quantization_config: quantization });
    expect(weights).toBe(format);
    // Table of tokens and output layer have 16 bits: 1.245 of 8.19 billion parameters.
    const bits = format === "fp8" || format === "int8" ? 1 : 0.5;
    const plain = 2 * 151_936 * 4_096;
    const least = plain * 2 + (parametersB * 1e9 - plain) * bits;
    expect(weightBytes).toBeGreaterThanOrEqual(least - 1);
    expect(weightBytes).toBeLessThan(least * 1.1);
  });

  it.each([
    [{ quant_method: "bitsandbytes" }, 'quant_method "bitsandbytes" is not understood'],
    [{ quant_method: "awq", bits: 3 }, "awq with 3 bits is not understood"],
    [{ quant_method: "compressed-tensors" }, "compressed-tensors without config_groups"],
    [compressed({ num_bits: 2, type: "int" }), "compressed-tensors with int of 2 bits"],
    [{ quant_method: "modelopt", quant_algo: "W4A8" }, 'quant_algo "W4A8" is not understood'],
  ])("has no weights for %j", (quantization, reason) => {
    const { shape, reasons } = readHuggingFaceConfig({ ...qwen3, quantization_config: quantization });
    expect(shape.weights).toBeUndefined();
    expect(reasons.weights).toContain(reason);
  });

  it.each<readonly [string, object, "parametersB" | "attention" | "weights", RegExp]>([
    [
      "another family",
      { ...qwen3, model_type: "mamba9" },
      "parametersB",
      /^model_type "mamba9" is not.*known are llama/,
    ],
    ["another family's cache", { ...qwen3, model_type: "mamba9" }, "attention", /"mamba9"/],
    [
      "layers of another kind",
      { ...qwen3, layer_types: Array(36).fill("linear_attention") },
      "attention",
      /other kinds/,
    ],
    [
      "too few layer types",
      { ...qwen3, layer_types: ["full_attention"] },
      "attention",
      /not one for each layer/,
    ],
    [
      "a window without a size",
      { ...gptOss, sliding_window: null },
      "attention",
      /sliding_window is missing/,
    ],
    [
      "heads that do not come out",
      { ...qwen3, head_dim: null, num_attention_heads: 3 },
      "attention",
      /head_dim/,
    ],
    ["no vocabulary", { ...qwen3, vocab_size: null }, "parametersB", /vocabulary is missing/],
    ["no inner layer", { ...qwen3, intermediate_size: -1 }, "parametersB", /intermediate_size is missing/],
    ["no experts", { ...gptOss, num_local_experts: undefined }, "parametersB", /num_local_experts.*missing/],
    ["eyes of another kind", { ...qwen3, vision_config: { model_type: "eye" } }, "parametersB", /"eye"/],
    ["no type of numbers", { ...qwen3, torch_dtype: undefined }, "weights", /torch_dtype is missing/],
    [
      "a type of numbers that nobody knows",
      { ...qwen3, torch_dtype: "int7" },
      "weights",
      /"int7" is not understood/,
    ],
  ])("does not guess with %s", (_, config, member, reason) => {
    const { shape, reasons } = readHuggingFaceConfig(config);
    expect(shape[member]).toBeUndefined();
    expect(reasons[member]).toMatch(reason);
  });

  it("of experts in some layers only, or of dense layers beyond the last, has no count", () => {
    const moe = configs["Qwen/Qwen3-30B-A3B-FP8"];
    expect(read({ ...moe, decoder_sparse_step: 2 }).parametersB).toBeUndefined();
    expect(read({ ...moe, mlp_only_layers: Array(49).fill(0) }).parametersB).toBeUndefined();
    const oneDense = read({ ...moe, mlp_only_layers: [0] }).parametersB ?? 0;
    const expertsLess = 3 * 2048 * (128 * 768 - 6144) + 128 * 2048;
    expect((read(moe).parametersB ?? 0) * 1e9 - oneDense * 1e9).toBeCloseTo(expertsLess, -1);
  });

  it("stretches the context by YaRN and by nothing else", () => {
    const context = (rope: object) => read({ ...qwen3, rope_scaling: rope }).contextTokens;
    expect(context({ rope_type: "yarn", factor: 4, original_max_position_embeddings: 32768 })).toBe(131072);
    expect(context({ type: "yarn", factor: 4 })).toBe(163840);
    expect(context({ rope_type: "linear", factor: 4 })).toBe(40960);
    expect(read({ ...qwen3, rope_parameters: { rope_type: "yarn", factor: 2 } }).contextTokens).toBe(81920);
    expect(read({ ...qwen3, max_position_embeddings: undefined }).contextTokens).toBeUndefined();
  });

  it("tells the task from the class, and code from auto_map where the family is not known", () => {
    expect(read({ ...qwen3, architectures: ["Qwen3ForSequenceClassification"] }).task).toBe("rerank");
    expect(read({ ...qwen3, architectures: ["XLMRobertaModel"] }).task).toBe("embed");
    expect(read({ ...qwen3, architectures: undefined }).task).toBeUndefined();
    expect(read({ model_type: "x", auto_map: {} }).remoteCode).toBe(true);
    expect(read({ model_type: "x" }).remoteCode).toBe(false);
  });

  it.each([[null], ["text"], [[]], [42], [{}], [{ text_config: 7 }]])("is not fooled by %j", (config) => {
    const { shape, reasons } = readHuggingFaceConfig(config);
    expect(Object.values(shape).filter((value) => value !== undefined && value !== false)).toEqual([]);
    expect(reasons.parametersB).toMatch(/^model_type null is not understood/);
  });
});

function compressed(weights: object): object {
  return { quant_method: "compressed-tensors", config_groups: { group_0: { weights } } };
}
