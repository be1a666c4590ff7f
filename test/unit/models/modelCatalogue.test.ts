import { describe, expect, it } from "vitest";
import { modelCatalogue, modelNamed, nearestModel } from "../../../components/models/modelCatalogue";
import type { AttentionLayers, ModelShape } from "../../../components/models/modelShape";

const model = (name: string): ModelShape => {
  const found = modelNamed(name);
  if (found === undefined) {
    throw new Error(`${name} is not in the catalogue`);
  }
  return found;
};

const ofKind = <Kind extends AttentionLayers["kind"]>({ attention }: ModelShape, kind: Kind) =>
  attention.filter((group): group is Extract<AttentionLayers, { kind: Kind }> => group.kind === kind);

const perToken = (layers: number, kvHeads: number, headSize: number) => 2 * layers * kvHeads * headSize * 2;

/** Bytes per token in 16 bits of the layers that keep every token. */
function fullBytes(shape: ModelShape): number {
  const heads = ofKind(shape, "full").map((group) => perToken(group.layers, group.kvHeads, group.headSize));
  // The first vector is that of the context, a second one the index of sparse attention.
  const [latent] = ofKind(shape, "latent");
  return heads.reduce((sum, bytes) => sum + bytes, 0) + (latent ? latent.layers * latent.width * 2 : 0);
}

/** The same if every layer, of whatever kind, kept every token as those do that keep all. */
function allBytes(shape: ModelShape): number {
  const [full] = ofKind(shape, "full");
  const layers = shape.attention.reduce((sum, group) => sum + group.layers, 0);
  return full === undefined ? fullBytes(shape) : perToken(layers, full.kvHeads, full.headSize);
}

// Bytes of keys and values per token in 16 bits, as aiconfigurator's configurations give them (2026-08-21): layers
// that keep all tokens, then all layers.
const published: readonly (readonly [string, number, number?])[] = [
  ["meta-llama/Llama-3.2-1B-Instruct", 32_768],
  ["meta-llama/Llama-3.2-3B-Instruct", 114_688],
  ["meta-llama/Llama-3.1-8B-Instruct", 131_072],
  ["meta-llama/Llama-3.3-70B-Instruct", 327_680],
  ["meta-llama/Llama-3.1-405B-Instruct", 516_096],
  ["meta-llama/Llama-4-Scout-17B-16E-Instruct", 196_608],
  ["Qwen/Qwen2.5-7B-Instruct", 57_344],
  ["Qwen/Qwen2.5-14B-Instruct", 196_608],
  ["Qwen/Qwen2.5-32B-Instruct", 262_144],
  ["Qwen/Qwen2.5-Coder-32B-Instruct", 262_144],
  ["Qwen/Qwen2.5-72B-Instruct", 327_680],
  ["Qwen/Qwen3-1.7B", 114_688],
  ["Qwen/Qwen3-4B", 147_456],
  ["Qwen/Qwen3-8B", 147_456],
  ["Qwen/Qwen3-8B-FP8", 147_456],
  ["Qwen/Qwen3-14B", 163_840],
  ["Qwen/Qwen3-32B", 262_144],
  ["Qwen/Qwen3-32B-AWQ", 262_144],
  ["Qwen/Qwen3-32B-FP8", 262_144],
  ["Qwen/Qwen3-30B-A3B", 98_304],
  ["Qwen/Qwen3-30B-A3B-FP8", 98_304],
  ["Qwen/Qwen3-235B-A22B", 192_512],
  ["Qwen/Qwen3-235B-A22B-FP8", 192_512],
  ["Qwen/Qwen3-235B-A22B-Instruct-2507", 192_512],
  ["Qwen/Qwen3-Coder-480B-A35B-Instruct", 253_952],
  ["Qwen/Qwen3.5-27B", 65_536, 262_144],
  ["Qwen/Qwen3.6-27B", 65_536, 262_144],
  ["Qwen/Qwen3.5-35B-A3B", 20_480, 81_920],
  ["Qwen/Qwen3.6-35B-A3B", 20_480, 81_920],
  ["Qwen/Qwen3.5-122B-A10B", 24_576, 98_304],
  ["Qwen/Qwen3.5-397B-A17B", 30_720, 122_880],
  ["openai/gpt-oss-20b", 24_576, 49_152],
  ["openai/gpt-oss-120b", 36_864, 73_728],
  ["mistralai/Mistral-7B-Instruct-v0.3", 131_072],
  ["mistralai/Mistral-Small-3.1-24B-Instruct-2503", 163_840],
  ["mistralai/Mistral-Small-3.2-24B-Instruct-2506", 163_840],
  ["mistralai/Devstral-Small-2507", 163_840],
  ["mistralai/Mixtral-8x7B-Instruct-v0.1", 131_072],
  ["mistralai/Mixtral-8x22B-Instruct-v0.1", 229_376],
  ["deepseek-ai/DeepSeek-V3", 70_272],
  ["deepseek-ai/DeepSeek-V3-0324", 70_272],
  ["deepseek-ai/DeepSeek-R1", 70_272],
  ["deepseek-ai/DeepSeek-R1-0528", 70_272],
  ["deepseek-ai/DeepSeek-V3.1", 70_272],
  ["deepseek-ai/DeepSeek-V3.2", 70_272],
  ["deepseek-ai/DeepSeek-R1-Distill-Llama-8B", 131_072],
  ["deepseek-ai/DeepSeek-R1-Distill-Llama-70B", 327_680],
  ["deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", 57_344],
  ["deepseek-ai/DeepSeek-R1-Distill-Qwen-14B", 196_608],
  ["deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", 262_144],
  ["google/gemma-3-4b-it", 20_480, 139_264],
  ["google/gemma-3-12b-it", 65_536, 393_216],
  ["google/gemma-3-27b-it", 81_920, 507_904],
  // The sliding layers have other heads (16 of 256), so the second figure is not one that was published.
  ["google/gemma-4-31B-it", 81_920, 491_520],
  ["microsoft/phi-4", 204_800],
  ["zai-org/GLM-4.5", 376_832],
  ["zai-org/GLM-4.5-FP8", 376_832],
  ["zai-org/GLM-4.6", 376_832],
  ["zai-org/GLM-4.6-FP8", 376_832],
  ["zai-org/GLM-4.5-Air", 188_416],
  ["zai-org/GLM-4.5-Air-FP8", 188_416],
  ["zai-org/GLM-5-FP8", 89_856],
  ["moonshotai/Kimi-K2-Instruct", 70_272],
  ["moonshotai/Kimi-K2-Thinking", 70_272],
  ["moonshotai/Kimi-K2.5", 70_272],
  ["moonshotai/Kimi-K2.6", 70_272],
  ["MiniMaxAI/MiniMax-M2", 253_952],
  ["MiniMaxAI/MiniMax-M2.5", 253_952],
  ["MiniMaxAI/MiniMax-M2.7", 253_952],
  ["BAAI/bge-m3", 0],
  ["intfloat/multilingual-e5-large", 0],
  ["BAAI/bge-reranker-v2-m3", 0],
  ["Qwen/Qwen3-Embedding-0.6B", 114_688],
  ["Qwen/Qwen3-Embedding-4B", 147_456],
  ["Qwen/Qwen3-Embedding-8B", 147_456],
  ["Qwen/Qwen3-Reranker-0.6B", 114_688],
  ["Qwen/Qwen3-Reranker-4B", 147_456],
  ["Qwen/Qwen3-Reranker-8B", 147_456],
];

describe("the catalogue of models", () => {
  it.each(published.map(([name, full, all = full]) => [name, full, all] as const))(
    "keeps for a token of %s what was published",
    (name, full, all) => {
      expect(fullBytes(model(name))).toBe(full);
      expect(allBytes(model(name))).toBe(all);
    },
  );

  it("is compared as a whole, and has each repository once", () => {
    const names = modelCatalogue.map(({ name }) => name);
    expect([...names].sort()).toEqual(published.map(([name]) => name).sort());
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(45);
    expect(names.filter((name) => !/^[\w.-]+\/[\w.-]+$/.test(name))).toEqual([]);
  });

  // GiB of the weights as published, with the tolerance of their rounding.
  it.each<readonly [string, number, number]>([
    ["meta-llama/Llama-3.1-8B-Instruct", 15, 0.01],
    ["meta-llama/Llama-3.3-70B-Instruct", 131.5, 0.01],
    ["meta-llama/Llama-3.1-405B-Instruct", 756, 0.01],
    ["Qwen/Qwen3-235B-A22B", 438, 0.01],
    ["Qwen/Qwen3.5-397B-A17B", 740, 0.01],
    ["mistralai/Mixtral-8x7B-Instruct-v0.1", 87, 0.01],
    ["google/gemma-3-27b-it", 51, 0.01],
    ["zai-org/GLM-4.5", 661, 0.01],
    ["openai/gpt-oss-20b", 13, 0.03],
    ["openai/gpt-oss-120b", 61, 0.03],
    ["deepseek-ai/DeepSeek-R1", 640, 0.03],
    ["moonshotai/Kimi-K2-Instruct", 960, 0.03],
    ["moonshotai/Kimi-K2-Thinking", 560, 0.03],
    ["MiniMaxAI/MiniMax-M2", 214, 0.01],
    ["zai-org/GLM-4.5-Air-FP8", 99, 0.03],
  ])("has as many bytes of %s as were published", (name, gib, tolerance) => {
    const { parametersB, weights, weightBytes } = model(name);
    const bytes = weightBytes ?? parametersB * 1e9 * (weights === "bf16" ? 2 : 1);
    expect(weights === "bf16" || weights === "fp8" || weightBytes !== undefined).toBe(true);
    expect(Math.abs(bytes / 2 ** 30 / gib - 1)).toBeLessThan(tolerance);
  });

  it("splits layers by kind as the models do", () => {
    expect(model("openai/gpt-oss-20b").attention).toEqual([
      { kind: "full", layers: 12, kvHeads: 8, headSize: 64 },
      { kind: "sliding", layers: 12, kvHeads: 8, headSize: 64, window: 128 },
    ]);
    for (const name of ["google/gemma-3-4b-it", "google/gemma-3-12b-it", "google/gemma-3-27b-it"]) {
      const [full, sliding] = model(name).attention;
      // Each sixth layer is a full one.
      expect(full?.layers).toBe(Math.floor(((full?.layers ?? 0) + (sliding?.layers ?? 0)) / 6));
      expect(sliding).toMatchObject({ kind: "sliding", window: 1_024 });
    }
    expect(model("deepseek-ai/DeepSeek-V3.2").attention).toEqual([
      { kind: "latent", layers: 61, width: 576 },
      { kind: "latent", layers: 61, width: 66 },
    ]);
    // 48 heads of 128 x 128 numbers of 4 bytes, and 3 x 10,240 of 2 bytes, in each of 48 layers.
    expect(model("Qwen/Qwen3.5-27B").attention[1]).toEqual({
      kind: "state",
      layers: 48,
      bytesPerSequence: 48 * (48 * 65_536 + 61_440),
    });
  });

  it("says of every model what the checks need", () => {
    for (const { name, activeParametersB, parametersB, heads, gated, licence } of modelCatalogue) {
      expect(activeParametersB, name).toBeLessThanOrEqual(parametersB);
      expect(heads, name).toBeGreaterThan(0);
      expect(gated, name).toBe(/^(meta-llama|google\/gemma-3)/.test(name));
      expect(licence, name).not.toBe("not stated");
    }
    expect(
      modelCatalogue.filter(({ remoteCode }) => remoteCode).map(({ name }) => name.split("/")[0]),
    ).toEqual(expect.arrayContaining(["moonshotai", "MiniMaxAI"]));
    const heads = modelCatalogue.flatMap((shape) =>
      ofKind(shape, "full").map(({ kvHeads }) => (shape.heads ?? 0) % kvHeads),
    );
    expect(new Set(heads)).toEqual(new Set([0]));
  });

  it("marks what was not seen at its source", () => {
    expect(modelCatalogue.filter(({ verified }) => !verified).map(({ name }) => name)).toEqual([
      "mistralai/Devstral-Small-2507",
    ]);
  });

  it("names vLLM's parsers", () => {
    const parsers = (name: string) => [model(name).toolParser, model(name).reasoningParser];
    expect(parsers("openai/gpt-oss-20b")).toEqual(["openai", "openai_gptoss"]);
    expect(parsers("Qwen/Qwen3-8B")).toEqual(["hermes", "qwen3"]);
    expect(parsers("Qwen/Qwen3-235B-A22B-Instruct-2507")).toEqual(["hermes", undefined]);
    expect(parsers("deepseek-ai/DeepSeek-R1-0528")).toEqual(["deepseek_v3", "deepseek_r1"]);
    expect(parsers("microsoft/phi-4")).toEqual([undefined, undefined]);
  });

  it("knows a repository by its nearest name", () => {
    expect(modelNamed("qwen/qwen3-8b")).toBeUndefined();
    expect(nearestModel("Qwen/Qwen3-8b")).toBe("Qwen/Qwen3-8B");
    expect(nearestModel("acme/secret-model")).toBeUndefined();
  });
});
