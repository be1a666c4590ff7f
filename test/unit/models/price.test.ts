import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import { endpoint, problemsOf, resolvedOf, type Wrong } from "./support";

const price = (args: ModelArgs["price"]) =>
  resolvedOf({ models: { m: { ...endpoint(), ...(args && { price: args }) } } }).models[0]?.price;
const least = { usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 15 };

describe("prices", () => {
  it("are whole nanodollars; a class without a price of its own costs as those that it belongs to", () => {
    expect(price(least)).toEqual({
      input: 3_000_000_000,
      cachedInput: 3_000_000_000,
      cacheWrite5m: 3_000_000_000,
      cacheWrite1h: 3_000_000_000,
      output: 15_000_000_000,
      reasoning: 15_000_000_000,
      audioIn: 3_000_000_000,
      audioOut: 15_000_000_000,
      image: 0,
      request: 0,
      tiers: [],
    });
    expect(price({ ...least, usdPerMillionCacheWrite5mTokens: 3.75 })).toMatchObject({
      cacheWrite5m: 3_750_000_000,
      cacheWrite1h: 3_750_000_000,
    });
    expect(price({ ...least, usdPerMillionOutputTokens: 0 })).toMatchObject({ output: 0, reasoning: 0 });
    expect(price(undefined)).toBeUndefined();
  });

  it("of long prompts are ordered by length, and have classes of their own", () => {
    const tiers = {
      400001: least,
      200001: { ...least, usdPerMillionCachedInputTokens: 0.6 },
    };
    expect(price({ ...least, contextTiers: tiers })?.tiers).toMatchObject([
      { fromInputTokens: 200_001, input: 3_000_000_000, cachedInput: 600_000_000 },
      { fromInputTokens: 400_001, input: 3_000_000_000, cachedInput: 3_000_000_000 },
    ]);
  });

  it.each<readonly [string, Wrong, string, string]>([
    [
      "the price of output alone",
      { usdPerMillionOutputTokens: 1 },
      "usdPerMillionInputTokens",
      "is missing; give the price of input tokens too",
    ],
    [
      "the price of input alone",
      { usdPerMillionInputTokens: 1 },
      "usdPerMillionOutputTokens",
      "is missing; give the price of output tokens too",
    ],
    [
      "a price below nothing",
      { ...least, usdPerMillionReasoningTokens: -1 },
      "usdPerMillionReasoningTokens",
      "-1 is not a price; give US dollars from 0 with at most nine decimals",
    ],
    [
      "a price in another unit",
      { ...least, usdPerMillionInputTokens: 3_000_000 },
      "usdPerMillionInputTokens",
      "3000000 is above 10,000 US dollars for a million tokens, which nobody asks; check the unit",
    ],
    [
      "an image for more than a thousand",
      { ...least, usdPerImage: 1_001 },
      "usdPerImage",
      "1001 is above 1,000 US dollars, which nobody asks; check the unit",
    ],
    [
      "a call for half a nanodollar",
      { ...least, usdPerRequest: 0.0000000005 },
      "usdPerRequest",
      "5e-10 is not a price; give US dollars from 0 with at most nine decimals",
    ],
    [
      "a length in words",
      { ...least, contextTiers: { "200k": least } },
      'contextTiers["200k"]',
      "is not a number of input tokens from 1 to 1,000,000,000; write for example { 200_001: {...} }",
    ],
    [
      "a tier without a price of output",
      { ...least, contextTiers: { 200001: { usdPerMillionInputTokens: 6 } } },
      'contextTiers["200001"].usdPerMillionOutputTokens',
      "is missing; give the price of output tokens too",
    ],
  ])("are refused: %s", (_, args, member, reason) => {
    expect(problemsOf({ models: { m: { ...endpoint(), price: args } } })).toEqual([
      { path: `models["m"].price.${member}`, reason },
    ]);
  });
});

describe("lengths of input and output", () => {
  const limits = (model: ModelArgs) => {
    const [resolved] = resolvedOf({ models: { m: model } }).models;
    return [resolved?.contextTokens, resolved?.maxOutputTokens];
  };

  it("follow from the context length of a model of one's own, and are not known of others", () => {
    expect(limits({ vllm: { source: "a/b", maxModelLen: 16_384 } })).toEqual([16_384, 16_384]);
    expect(limits({ vllm: { source: "a/b", maxModelLen: 16_384 }, maxOutputTokens: 4 })).toEqual([16_384, 4]);
    expect(limits({ vllm: { source: "a/b" } })).toEqual([undefined, undefined]);
    expect(limits({ ...endpoint(), contextTokens: 8, maxOutputTokens: 4 })).toEqual([8, 4]);
  });

  it.each<readonly [string, Wrong, string, string]>([
    [
      "half a token",
      { ...endpoint(), maxOutputTokens: 0.5 },
      "maxOutputTokens",
      "0.5 is not a whole number from 1 to 1,000,000,000",
    ],
    [
      "a context that vLLM is told elsewhere",
      { vllm: { source: "a/b" }, contextTokens: 8 },
      "contextTokens",
      "8 is vllm.maxModelLen for a model of your own; write it there",
    ],
    [
      "more output than context",
      { ...endpoint(), contextTokens: 8, maxOutputTokens: 9 },
      "maxOutputTokens",
      "9 is more than the 8 tokens that the model takes at all; make it at most that",
    ],
  ])("are refused: %s", (_, model, member, reason) => {
    expect(problemsOf({ models: { m: model } })).toEqual([{ path: `models["m"].${member}`, reason }]);
  });
});
