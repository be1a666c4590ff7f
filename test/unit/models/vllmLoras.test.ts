import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { endpoint, expectProblems, objectsOf, resolvedOf, specOf } from "./support";

const s3 = { bucket: "acme-models", region: "us-west-2", podIdentity: { clusterName: "prod" } };
const loras = {
  "qwen-support": { source: "acme/qwen3-support", rank: 16 },
  "qwen-sql": { s3Path: "adapters/sql", rank: 24 },
};
const base: VllmArgs = { source: "Qwen/Qwen3-8B", maxModelLen: 8_192, loras, s3 };
const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 2 };
const declared = (vllm: VllmArgs, more: Partial<ModelArgs> = {}) => ({
  models: { qwen: { vllm, price, ...more } },
});
const podOf = (vllm: VllmArgs) => specOf(objectsOf(declared(vllm)), "Deployment", "qwen").template.spec;
const at = (name: string) => `models["qwen"].vllm.loras["${name}"]`;

describe("adapters", () => {
  it("are served by the pods of their model, with room for all", () => {
    const { args } = podOf(base).containers[0];
    expect(args.slice(args.indexOf("--enable-lora"))).toEqual([
      "--enable-lora",
      ...["--max-loras", "2", "--max-lora-rank", "32", "--max-cpu-loras", "2", "--lora-modules"],
      '{"name":"qwen-support","path":"acme/qwen3-support"}',
      '{"name":"qwen-sql","path":"/cache/adapters/adapters/sql"}',
    ]);
  });

  it("in the bucket are copied to the pod before the server starts", () => {
    const [init, ...others] = podOf(base).initContainers;
    expect(others).toEqual([]);
    expect(init.env).toEqual([
      { name: "HOME", value: "/cache" },
      { name: "AWS_REGION", value: "us-west-2" },
      { name: "BUCKET", value: "acme-models" },
      { name: "FOLDERS", value: "adapters/sql" },
      { name: "TARGET", value: "/cache/adapters" },
    ]);
    const { s3: _s3, ...hub } = base;
    const only: VllmArgs = { ...hub, loras: { "qwen-support": loras["qwen-support"] } };
    expect(podOf(only)).not.toHaveProperty("initContainers");
  });

  it("are models of their own to clients, on one Service", () => {
    const objects = objectsOf(declared(base));
    const routeOf = (name: string) => specOf(objects, "AIGatewayRoute", name);
    for (const name of ["qwen-support", "qwen-sql"]) {
      const [rule] = routeOf(name).rules;
      expect(rule.matches[0].headers[0]).toMatchObject({ name: "x-ai-eg-model", value: name });
      // Without an override the server gets the name that clients call, which is the one it knows.
      expect(rule.backendRefs).toEqual([expect.objectContaining({ name })]);
      expect(rule.backendRefs[0]).not.toHaveProperty("modelNameOverride");
      expect(specOf(objects, "Backend", name)).toEqual(specOf(objects, "Backend", "qwen"));
    }
    const count = (kind: string) => objects.filter(({ manifest }) => manifest.kind === kind).length;
    expect([
      count("Deployment"),
      count("Service"),
      count("AIServiceBackend"),
      count("AIGatewayRoute"),
    ]).toEqual([1, 1, 3, 3]);
  });

  it("have their model's limits and price", () => {
    const { models } = resolvedOf(declared(base));
    expect(models.map(({ key }) => key)).toEqual(["qwen", "qwen-support", "qwen-sql"]);
    for (const model of models) {
      expect(model).toMatchObject({
        contextTokens: 8_192,
        engineLimits: { contextTokens: 8_192, concurrency: undefined },
        price: models[0]?.price,
      });
    }
  });

  it("have the limits that were computed for their model", () => {
    const { maxModelLen: _, ...vllm } = base;
    const args = { pools: { p: { instanceType: "g6e.xlarge" } }, ...declared({ ...vllm, pool: "p" }) };
    const [qwen, support] = resolvedOf(args).models;
    expect(qwen?.contextTokens).toBe(40_960);
    expect(support?.contextTokens).toBe(40_960);
    expect(support?.engineLimits).toEqual(qwen?.engineLimits);
  });

  it("can be targets of aliases, and need not be public", () => {
    const hidden = { ...base, loras: { ...loras, "qwen-sql": { ...loras["qwen-sql"], public: false } } };
    const more = { timeouts: { request: "30m" }, ownedBy: "us" };
    const models = { ...declared(hidden, more).models, sql: { route: { targets: { "qwen-sql": {} } } } };
    const { routes } = resolvedOf({ models });
    expect(routes.map(({ key }) => key)).toEqual(["qwen", "qwen-support", "sql"]);
    const [rule] = specOf(objectsOf({ models }), "AIGatewayRoute", "sql").rules;
    expect(rule.backendRefs).toEqual([
      expect.objectContaining({ name: "qwen-sql", modelNameOverride: "qwen-sql" }),
    ]);
  });

  it("can be public while their model is not", () => {
    const { routes } = resolvedOf(declared(base, { public: false }));
    expect(routes.map(({ key }) => key)).toEqual(["qwen-support", "qwen-sql"]);
  });

  it("take GPU memory for each slot", () => {
    const freeOf = (loraSlots: number) => {
      const pools = { p: { instanceType: "g6.2xlarge" } };
      const { models } = resolvedOf({ pools, ...declared({ ...base, pool: "p", loraSlots }) });
      return models[0]?.vllm?.sizing?.freeBytesPerGpu ?? 0;
    };
    expect(freeOf(2)).toBeLessThan(freeOf(1));
  });

  it("are eight to a batch at most, unless somebody says otherwise", () => {
    const many = Object.fromEntries(
      Array.from({ length: 12 }, (_, i) => [`lora-${i}`, { source: "a/b", rank: 8 }]),
    );
    const { s3: _s3, ...hub } = base;
    const slotsOf = (vllm: VllmArgs) => {
      const { args } = podOf(vllm).containers[0];
      return [args[args.indexOf("--max-loras") + 1], args[args.indexOf("--max-cpu-loras") + 1]];
    };
    expect(slotsOf({ ...hub, loras: many })).toEqual(["8", "12"]);
    expect(slotsOf({ ...hub, loras: many, loraSlots: 12 })).toEqual(["12", "12"]);
  });
});

describe("wrong adapters", () => {
  const one = (lora: object): VllmArgs => ({
    source: "a/b",
    loras: { x: { source: "a/x", rank: 8, ...lora } },
  });

  it.each([
    ["a rank of 0", one({ rank: 0 }), `${at("x")}.rank`, /^0 is not a whole number from 1 to 512$/],
    ["a rank of 1,024", one({ rank: 1_024 }), `${at("x")}.rank`, /^1024 is not/],
    ["no place", one({ source: undefined }), at("x"), /^gives neither of source and s3Path/],
    [
      "a repository that is none",
      one({ source: "x" }),
      `${at("x")}.source`,
      /is not a Hugging Face repository/,
    ],
    [
      "a folder without a bucket",
      one({ source: undefined, s3Path: "a/b" }),
      `${at("x")}.s3Path`,
      /^has no bucket to be read from; give s3/,
    ],
    [
      "more slots than adapters",
      { ...one({}), loraSlots: 2 },
      'models["qwen"].vllm.loraSlots',
      /^2 slots are more than the 1 loras/,
    ],
    [
      "slots for nothing",
      { source: "a/b", loraSlots: 2 },
      'models["qwen"].vllm.loraSlots',
      /there are no loras/,
    ],
    [
      "100 slots",
      { ...one({}), loraSlots: 65 },
      'models["qwen"].vllm.loraSlots',
      /^65 is not a whole number from 1 to 64/,
    ],
  ] as const)("%s", (_, vllm, path, sentence) => {
    const found = path.endsWith("loraSlots") && /65/.test(sentence.source) ? 2 : 1;
    const rest: [string, RegExp][] = found === 2 ? [[path, /65 slots are more/]] : [];
    expectProblems(declared(vllm as VllmArgs), [[path, sentence], ...rest]);
  });

  it("names that clients know already", () => {
    const models = {
      taken: endpoint(),
      a: {
        vllm: {
          source: "a/b",
          loras: { taken: { source: "a/x", rank: 8 }, twice: { source: "a/x", rank: 8 } },
        },
      },
      b: { vllm: { source: "a/b", loras: { twice: { source: "a/x", rank: 8 } } } },
    };
    expectProblems({ models }, [
      [
        'models["a"].vllm.loras["taken"]',
        /^a model has this name already, and clients call both by it; rename one$/,
      ],
      ['models["b"].vllm.loras["twice"]', /^"a" has an adapter of this name already/],
    ]);
  });
});
