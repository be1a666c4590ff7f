import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import type { BudgetDocument } from "../../../extproc/contract";
import { endpoint, objectsOf, resolvedOf } from "../models/support";
import { documentOf, policyOf, price, priced, withBudget } from "./support";

const budgetOf = (args: BudgetArgs, more: Partial<ModelGatewayArgs> = {}) =>
  documentOf(withBudget(args, more)).budgets?.["b"];

describe("budgets in the policy document", () => {
  const decided = { atLimit: "reject", status: 429, hold: "adaptive", shadow: false } as const;
  const counted = { ...decided, whenStoreIsDown: "open", onExpiry: "release" } as const;
  const windowed = { ...counted, window: "fixed", settle: "log" } as const;

  it.each<readonly [string, BudgetArgs, BudgetDocument]>([
    [
      "of tokens",
      { limit: { tokens: 20_000 }, period: "minute" },
      { limit: { tokens: 20_000 }, period: "minute", ...windowed },
    ],
    [
      "of input tokens",
      { limit: { inputTokens: 5 }, period: "second" },
      { limit: { inputTokens: 5 }, period: "second", ...windowed },
    ],
    [
      "of output tokens",
      { limit: { outputTokens: 5 }, period: "hour" },
      { limit: { outputTokens: 5 }, period: "hour", ...windowed },
    ],
    [
      "of requests, by the day of UTC",
      { limit: { requests: 5 }, period: "day" },
      { limit: { requests: 5 }, period: "day", timeZone: "UTC", ...windowed },
    ],
    ["of requests at a time", { limit: { concurrency: 5 } }, { limit: { concurrency: 5 }, ...counted }],
    [
      "of dollars, which are held and settled with more care",
      { limit: { usd: 1500 }, period: "month" },
      {
        limit: { nanodollars: 1_500_000_000_000 },
        period: "month",
        timeZone: "UTC",
        ...decided,
        window: "fixed",
        whenStoreIsDown: "closed",
        settle: "stream",
        onExpiry: "floor",
      },
    ],
    [
      "that slide and have a burst, in dollars",
      { limit: { usd: 0.5 }, period: "hour", window: "sliding", burst: 0.000000001, holdCeiling: 0.25 },
      {
        limit: { nanodollars: 500_000_000 },
        period: "hour",
        ...decided,
        window: "sliding",
        burst: 1,
        holdCeiling: 250_000_000,
        whenStoreIsDown: "closed",
        settle: "stream",
        onExpiry: "floor",
      },
    ],
    [
      "a day of which slides, and so has no time zone",
      { limit: { tokens: 5 }, period: "day", window: "sliding" },
      { limit: { tokens: 5 }, period: "day", ...windowed, window: "sliding" },
    ],
    [
      "with everything said",
      {
        per: " team , model",
        models: ["m"],
        teams: ["search"],
        users: ["ann"],
        limit: { tokens: 10 },
        period: "quarter",
        timeZone: "Pacific/Apia",
        warnAt: [1, 0.5, 0.001],
        atLimit: "shrink",
        status: 402,
        hold: "adaptive",
        holdCeiling: 10,
        whenStoreIsDown: "local",
        settle: "stream",
        onExpiry: "floor",
        shadow: true,
        enforcedBy: "processor",
      },
      {
        per: ["team", "model"],
        models: ["m"],
        teams: ["search"],
        users: ["ann"],
        limit: { tokens: 10 },
        period: "quarter",
        window: "fixed",
        timeZone: "Pacific/Apia",
        warnAt: [0.001, 0.5, 1],
        atLimit: "shrink",
        status: 402,
        hold: "adaptive",
        holdCeiling: 10,
        whenStoreIsDown: "local",
        settle: "stream",
        onExpiry: "floor",
        shadow: true,
      },
    ],
  ])("%s", (_, args, expected) => {
    expect(budgetOf(args)).toEqual(expected);
  });

  it("say what the processor's own defaults say", () => {
    const units: readonly BudgetArgs[] = [
      { limit: { usd: 5 }, period: "month" },
      { limit: { tokens: 5 }, period: "day" },
      { limit: { requests: 5 }, period: "minute" },
      { limit: { concurrency: 5 } },
    ];
    for (const args of units) {
      const document = documentOf(withBudget(args));
      const written = document.budgets?.["b"];
      const least = { limit: written?.limit, ...(written?.period && { period: written.period }) };
      const bare = { ...document, budgets: { b: least } };
      expect(policyOf(bare).budgets).toEqual(policyOf(document).budgets);
    }
  });

  it("lead to a tier whose name any header takes", () => {
    const spare: ModelArgs = { ...priced("spare.example.com"), public: false };
    const overflow: BudgetArgs = { models: ["m"], limit: { tokens: 5 }, period: "hour", atLimit: "overflow" };
    const models = { m: priced(), "Qwen/Spare": spare };
    const document = documentOf(withBudget({ ...overflow, overflowTo: "Qwen/Spare" }, { models }));
    const [name] = Object.keys(document.models["m"]?.tiers ?? {});
    expect(name).toMatch(/^qwen-spare-x[0-9a-f]{8}$/);
    expect(document.budgets?.["b"]).toMatchObject({ overflowTo: name, returnBelow: 0.8, dwellSeconds: 60 });
    expect(document.tierHeader).toBe("x-ai-gateway-tier");
  });
});

describe("models in the policy document", () => {
  const budget: BudgetArgs = { limit: { tokens: 5 }, period: "hour" };
  const modelsOf = (models: Record<string, ModelArgs>, more: Partial<ModelGatewayArgs> = {}) =>
    documentOf(withBudget(budget, { models, ...more })).models;

  it("are all public ones, with whatever may answer, as the gateway reports it", () => {
    const models = {
      "Qwen/Qwen3": { ...priced(), fallback: ["b"] },
      b: endpoint("b.example.com"),
      hidden: { ...endpoint("c.example.com"), public: false },
      alias: { route: { targets: { b: {} }, fallback: ["hidden"] } },
    };
    const found = modelsOf(models);
    expect(Object.keys(found)).toEqual(["Qwen/Qwen3", "alias", "b"]);
    expect(found["alias"]).toEqual({
      backends: { "ai-gateway/b": {}, "ai-gateway/hidden": {} },
      maxOutputTokens: 4096,
    });
    const [fallback, qwen] = Object.keys(found["Qwen/Qwen3"]?.backends ?? {});
    expect(fallback).toBe("ai-gateway/b");
    expect(qwen).toMatch(/^ai-gateway\/qwen-qwen3-x[0-9a-f]{8}$/);
  });

  it("name backends by the namespace of the route, as the gateway does wherever they stand", () => {
    const models = { m: { ...endpoint(), namespace: "other" } };
    const cluster = modelsOf(models, { target: "cluster", processor: { image: "processor:1" } });
    expect(Object.keys(cluster["m"]?.backends ?? {})).toEqual(["ai-gateway/m"]);
    expect(Object.keys(modelsOf(models)["m"]?.backends ?? {})).toEqual(["ai-gateway/m"]);
  });

  it("take the longest input and output of those that may answer", () => {
    const models: Record<string, ModelArgs> = {
      own: { vllm: { source: "a/b", maxModelLen: 16_384 }, fallback: ["wide"] },
      wide: { ...endpoint("w.example.com"), contextTokens: 200_000, maxOutputTokens: 64_000 },
      capped: { vllm: { source: "a/b", maxModelLen: 16_384 }, maxOutputTokens: 1_000 },
      unknown: endpoint("u.example.com"),
      mixed: { route: { targets: { capped: {}, unknown: {} } } },
      context: { ...endpoint("c.example.com"), contextTokens: 32_000 },
    };
    const limits = Object.fromEntries(
      Object.entries(modelsOf(models)).map(([key, { maxInputTokens, maxOutputTokens }]) => [
        key,
        [maxInputTokens, maxOutputTokens],
      ]),
    );
    expect(limits).toEqual({
      own: [200_000, 64_000],
      wide: [200_000, 64_000],
      capped: [16_384, 1_000],
      unknown: [undefined, 4_096],
      mixed: [undefined, 4_096],
      context: [32_000, 4_096],
    });
  });

  it("have prices of whole nanodollars, without the classes that cost what others cost", () => {
    const full = {
      usdPerMillionInputTokens: 3,
      usdPerMillionCachedInputTokens: 0.3,
      usdPerMillionCacheWrite5mTokens: 3.75,
      usdPerMillionCacheWrite1hTokens: 6,
      usdPerMillionOutputTokens: 15,
      usdPerMillionReasoningTokens: 16,
      usdPerMillionAudioInputTokens: 10,
      usdPerMillionAudioOutputTokens: 20,
      usdPerImage: 0.04,
      usdPerRequest: 0.000000001,
      contextTiers: {
        400001: { usdPerMillionInputTokens: 12, usdPerMillionOutputTokens: 45 },
        200001: { usdPerMillionInputTokens: 6, usdPerMillionOutputTokens: 22.5 },
      },
    };
    const priceOf = (args: ModelArgs["price"]) =>
      modelsOf({ m: { ...endpoint(), ...(args && { price: args }) } })["m"]?.backends["ai-gateway/m"]?.price;
    expect(priceOf(full)).toEqual({
      input: 3_000_000_000,
      cachedInput: 300_000_000,
      cacheWrite5m: 3_750_000_000,
      cacheWrite1h: 6_000_000_000,
      output: 15_000_000_000,
      reasoning: 16_000_000_000,
      audioIn: 10_000_000_000,
      audioOut: 20_000_000_000,
      image: 40_000_000,
      request: 1,
      tiers: [
        { fromInputTokens: 200_001, input: 6_000_000_000, output: 22_500_000_000 },
        { fromInputTokens: 400_001, input: 12_000_000_000, output: 45_000_000_000 },
      ],
    });
    expect(priceOf({ usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 15 })).toEqual({
      input: 3_000_000_000,
      output: 15_000_000_000,
    });
    expect(priceOf(undefined)).toBeUndefined();
  });
});

describe("the policy document as a whole", () => {
  const budget: BudgetArgs = { limit: { usd: 5 }, period: "month" };

  it("is the same to the byte whatever the order of the declaration", () => {
    const text = (args: ModelGatewayArgs) => resolvedOf(args).policy;
    const args = withBudget(budget, { budgets: { b: budget, a: { limit: { concurrency: 5 } } } });
    const turned = {
      ...args,
      models: Object.fromEntries(Object.entries(args.models).reverse()),
      budgets: Object.fromEntries(Object.entries(args.budgets ?? {}).reverse()),
    };
    expect(text(turned)).toBe(text(args));
    expect(text(args)).toMatch(/^\{"access":\{"keyHeader":"[^"]*"\},"budgets":\{"a":/);
  });

  it("says how many processors run at most, and where warnings go", () => {
    const processor = {
      image: "processor:1",
      autoscaling: { min: 2, max: 7 },
      webhook: { url: "https://hooks.example.com", timeoutMs: 900 },
    };
    expect(documentOf(withBudget(budget, { target: "cluster", processor }))).toMatchObject({
      version: 1,
      replicas: 7,
      webhook: { url: "https://hooks.example.com", timeoutMs: 900 },
    });
    expect(documentOf(withBudget(budget))).toMatchObject({ replicas: 1 });
  });

  it("is refused where a ConfigMap does not take it", () => {
    const models = Object.fromEntries(
      Array.from({ length: 5_500 }, (_, i) => [`model-${"x".repeat(40)}-${i}`, { ...priced(), price }]),
    );
    const args = withBudget(budget, { models, target: "cluster", processor: { image: "processor:1" } });
    expect(() => resolvedOf(args)).toThrow(
      /budgets: has [0-9,]+ bytes, and a ConfigMap takes 1,000,000; spread the models over several gateways/,
    );
  }, 60_000);

  it("is not there without budgets, nor is anything that belongs to it", () => {
    const plain = { models: { m: endpoint() } };
    expect(resolvedOf(plain).policy).toBeUndefined();
    for (const target of ["cluster", "local"] as const) {
      const objects = objectsOf({ ...plain, target });
      expect(objectsOf({ ...plain, target, budgets: {} })).toEqual(objects);
      const text = JSON.stringify(objects);
      expect(text).not.toMatch(/EnvoyExtensionPolicy|requestBuffer|filterOrder|x-ai-gateway-|ALS/);
    }
  });
});
