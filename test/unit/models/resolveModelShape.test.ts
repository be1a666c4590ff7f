import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readConfigFile } from "../../../components/models/configFile";
import { modelCatalogue, modelNamed } from "../../../components/models/modelCatalogue";
import type { ModelShapeArgs } from "../../../components/models/modelShapeArgs";
import { resolveModelShape } from "../../../components/models/resolveModelShape";
import { Problems } from "../../../components/shared/problems";
import { configs } from "./configFixtures";

const resolve = (name: string, args?: ModelShapeArgs, config?: unknown) => {
  const problems = new Problems();
  return { shape: resolveModelShape("s", name, args, config, problems), problems: problems.all };
};
const own: ModelShapeArgs = {
  parametersB: 12,
  attention: { full: { layers: 40, kvHeads: 8, headSize: 128 } },
  heads: 32,
  hiddenSize: 5_120,
  contextTokens: 32_768,
  weights: "bf16",
};

describe("the size of a model", () => {
  it("is in the catalogue for a known repository", () => {
    for (const known of modelCatalogue) {
      expect(resolve(known.name)).toEqual({ shape: known, problems: [] });
      expect(resolve(known.name, {})).toEqual({ shape: known, problems: [] });
    }
  });

  it("is what the user says of a model of one's own", () => {
    expect(resolve("acme/own", own)).toEqual({
      problems: [],
      shape: {
        name: "acme/own",
        parametersB: 12,
        activeParametersB: 12,
        attention: [{ kind: "full", layers: 40, kvHeads: 8, headSize: 128 }],
        heads: 32,
        hiddenSize: 5_120,
        expertSize: undefined,
        contextTokens: 32_768,
        weights: "bf16",
        weightBytes: undefined,
        task: "generate",
        licence: "not stated",
        gated: false,
        toolParser: undefined,
        reasoningParser: undefined,
        remoteCode: false,
        rocmNote: undefined,
        verified: true,
      },
    });
    const mixed: ModelShapeArgs["attention"] = {
      sliding: { layers: 5, kvHeads: 8, headSize: 64, window: 128 },
      latent: { layers: 2, width: 576 },
      state: { layers: 3, bytesPerSequence: 1_000 },
    };
    expect(resolve("acme/own", { ...own, attention: mixed }).shape?.attention).toEqual([
      { kind: "sliding", layers: 5, kvHeads: 8, headSize: 64, window: 128 },
      { kind: "latent", layers: 2, width: 576 },
      { kind: "state", layers: 3, bytesPerSequence: 1_000 },
    ]);
    expect(resolve("acme/encoder", { ...own, attention: {}, task: "embed" }).shape?.attention).toEqual([]);
  });

  it("is corrected number by number", () => {
    const known = modelNamed("Qwen/Qwen3-8B-FP8");
    const { shape } = resolve("Qwen/Qwen3-8B-FP8", { contextTokens: 131_072, toolParser: "qwen3_xml" });
    expect(shape).toEqual({ ...known, contextTokens: 131_072, toolParser: "qwen3_xml" });
    // Bytes of the old parameters, or of the old format, are not those of the new ones.
    expect(resolve("Qwen/Qwen3-8B-FP8", { parametersB: 9 }).shape).toMatchObject({
      parametersB: 9,
      activeParametersB: 9,
      weightBytes: undefined,
    });
    expect(resolve("Qwen/Qwen3-8B-FP8", { weights: "bf16" }).shape?.weightBytes).toBeUndefined();
    expect(resolve("Qwen/Qwen3-30B-A3B", { parametersB: 31 }).shape?.activeParametersB).toBe(3.3);
  });

  it("comes from a config.json for a repository that nobody knows", () => {
    const { shape, problems } = resolve("acme/fine-tuned", undefined, configs["Qwen/Qwen3-32B-AWQ"]);
    expect(problems).toEqual([]);
    expect(shape).toMatchObject({
      name: "acme/fine-tuned",
      attention: [{ kind: "full", layers: 64, kvHeads: 8, headSize: 128 }],
      weights: "int4",
      weightBytes: 19_323_944_960,
      licence: "not stated",
      verified: true,
    });
    expect(
      resolve("acme/fine-tuned", { licence: "own", contextTokens: 8_192 }, configs["Qwen/Qwen3-8B"]).shape,
    ).toMatchObject({ licence: "own", contextTokens: 8_192 });
  });

  it("takes the file's word before the catalogue's, and the catalogue's where the file has none", () => {
    const config = { ...configs["Qwen/Qwen3-8B"], max_position_embeddings: 65_536 };
    expect(resolve("Qwen/Qwen3-8B", {}, config).shape).toMatchObject({
      contextTokens: 65_536,
      toolParser: "hermes",
      licence: "Apache-2.0",
    });
    // A file without a quantisation has no bytes, though the catalogue has some.
    expect(resolve("Qwen/Qwen3-8B-FP8", {}, configs["Qwen/Qwen3-8B"]).shape).toMatchObject({
      weights: "bf16",
      weightBytes: undefined,
    });
    const unknown = { ...configs["Qwen/Qwen3-8B"], model_type: "qwen9" };
    expect(resolve("Qwen/Qwen3-8B", {}, unknown).shape?.parametersB).toBe(8.19);
  });

  it.each<readonly [string, string, ModelShapeArgs | undefined, string, string]>([
    [
      "a misspelled repository",
      "Qwen/Qwen3-8b",
      undefined,
      "s",
      '"Qwen/Qwen3-8b" is not in the catalogue of models; did you mean "Qwen/Qwen3-8B"? If not, give its numbers here, or the path of its config.json as configFile',
    ],
    ["an unknown repository", "acme/own", undefined, "s", "catalogue of models; give its numbers here"],
    [
      "no parameters",
      "acme/own",
      { ...own, parametersB: 0 },
      "s.parametersB",
      "0 is not a number from 0.001",
    ],
    [
      "parameters by the piece",
      "acme/own",
      { ...own, parametersB: 12e9 },
      "s.parametersB",
      "is not a number from 0.001 to 100,000; give all parameters in billions, for example 8.19",
    ],
    [
      "more active than there are",
      "acme/own",
      { ...own, activeParametersB: 13 },
      "s.activeParametersB",
      "13 is more than the 12 billion parameters there are; make it at most that",
    ],
    [
      "half a head",
      "acme/own",
      { ...own, heads: 1.5 },
      "s.heads",
      "1.5 is not a whole number from 1 to 1,024",
    ],
    [
      "a layer without heads",
      "acme/own",
      { ...own, attention: { full: { layers: 40, kvHeads: 0, headSize: 128 } } },
      "s.attention.full.kvHeads",
      "0 is not a whole number from 1 to 1,024; give the heads of keys and values",
    ],
    [
      "a window of nothing",
      "acme/own",
      { ...own, attention: { sliding: { layers: 40, kvHeads: 8, headSize: 128, window: 0 } } },
      "s.attention.sliding.window",
      "0 is not a whole number",
    ],
  ])("refuses %s", (_, name, args, path, reason) => {
    const { shape, problems } = resolve(name, args);
    expect(shape).toBeUndefined();
    expect(problems).toEqual([{ path, reason: expect.stringContaining(reason) }]);
  });

  it("refuses words that it does not know, for callers without types", () => {
    const args: ModelShapeArgs = JSON.parse(
      JSON.stringify({ ...own, weights: "fp7", task: "paint", attention: { latent: { layers: 3 } } }),
    );
    const { shape, problems } = resolve("acme/own", args);
    expect(shape).toBeUndefined();
    expect(problems.map(({ path }) => path)).toEqual(["s.weights", "s.task", "s.attention.latent.width"]);
    expect(problems[0]?.reason).toBe(
      '"fp7" is not known; use one of bf16, fp16, fp8, int8, int4, nvfp4, mxfp4',
    );
  });

  it("asks for every number that it lacks, with the reason that the file gives", () => {
    expect(resolve("acme/own", {}).problems).toHaveLength(6);
    const { shape, problems } = resolve(
      "acme/own",
      {},
      { ...configs["Qwen/Qwen3-8B"], model_type: "mamba9" },
    );
    expect(shape).toBeUndefined();
    expect(problems.map(({ path }) => path)).toEqual(["s.parametersB", "s.attention"]);
    expect(problems[0]?.reason).toMatch(
      /^cannot be told from config\.json: model_type "mamba9" is not understood; known are .*; give all parameters in billions, for example 8\.19$/,
    );
    const given = { parametersB: 8, attention: own.attention ?? {} };
    const told = resolve("acme/own", given, { ...configs["Qwen/Qwen3-8B"], model_type: "mamba9" });
    expect(told.problems).toEqual([]);
    expect(told.shape).toMatchObject({ parametersB: 8, hiddenSize: 4_096, weights: "bf16" });
  });
});

describe("the file of a config.json", () => {
  const folder = mkdtempSync(join(tmpdir(), "config-file-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (file: string) => {
    const problems = new Problems();
    return { value: readConfigFile("s.configFile", file, problems), problems: problems.all };
  };

  it("is parsed", () => {
    const file = join(folder, "config.json");
    writeFileSync(file, JSON.stringify(configs["Qwen/Qwen3-8B"]));
    expect(read(file)).toEqual({ value: configs["Qwen/Qwen3-8B"], problems: [] });
  });

  it("is refused when it is not there or no JSON", () => {
    const missing = join(folder, "none.json");
    expect(read(missing)).toEqual({
      value: undefined,
      problems: [
        {
          path: "s.configFile",
          reason: `"${missing}" cannot be read (ENOENT); give the path of a model's config.json`,
        },
      ],
    });
    const page = join(folder, "page.json");
    writeFileSync(page, "<html>");
    expect(read(page).problems[0]?.reason).toContain("is not JSON");
  });
});
