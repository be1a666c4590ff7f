import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costOf, type Price, type TokenPrices } from "../../extproc/policy/price";
import { worstCostOf, worstUsageOf } from "../../extproc/policy/worstCase";
import { inputTokensOf, noUsage, outputTokensOf, type Usage, usageClasses } from "../../extproc/usage/usage";

const amount = fc.integer({ min: 0, max: 10_000_000_000_000 });
const tokenPrices: fc.Arbitrary<TokenPrices> = fc.record({
  input: amount,
  cachedInput: amount,
  cacheWrite5m: amount,
  cacheWrite1h: amount,
  output: amount,
  reasoning: amount,
  audioIn: amount,
  audioOut: amount,
});
const prices: fc.Arbitrary<Price> = fc
  .tuple(
    tokenPrices,
    fc.record({ image: fc.nat(1e9), request: fc.nat(1e9) }),
    fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 400_000 }), tokenPrices), {
      maxLength: 3,
      selector: ([from]) => from,
    }),
  )
  .map(([tokens, units, tiers]) => ({
    ...tokens,
    ...units,
    tiers: tiers.map(([fromInputTokens, tier]) => ({ fromInputTokens, ...tier })).sort(byStart),
  }));
const byStart = (a: { fromInputTokens: number }, b: { fromInputTokens: number }) =>
  a.fromInputTokens - b.fromInputTokens;
const count = fc.oneof(fc.nat(100), fc.nat(300_000));
const usages: fc.Arbitrary<Usage> = fc.tuple(...usageClasses.map(() => count)).map((counts) => ({
  ...noUsage,
  ...Object.fromEntries(usageClasses.map((name, i) => [name, counts[i] ?? 0])),
}));

/** The cost as a fraction over a million, in the plainest way. */
function reference(price: Price, usage: Usage): bigint {
  const inputTokens = inputTokensOf(usage);
  const reached = price.tiers.filter(({ fromInputTokens }) => fromInputTokens <= inputTokens);
  const at: TokenPrices = reached.at(-1) ?? price;
  const pairs: [number, number][] = [
    [usage.inputFresh, at.input],
    [usage.cachedRead, at.cachedInput],
    [usage.cacheWrite5m, at.cacheWrite5m],
    [usage.cacheWrite1h, at.cacheWrite1h],
    [usage.outputText, at.output],
    [usage.reasoning, at.reasoning],
    [usage.audioIn, at.audioIn],
    [usage.audioOut, at.audioOut],
  ];
  const tokens = pairs.reduce((sum, [n, each]) => sum + BigInt(n) * BigInt(each), 0n);
  return (
    tokens +
    1_000_000n * (BigInt(usage.images) * BigInt(price.image) + BigInt(usage.requests * price.request))
  );
}

describe("costOf", () => {
  const simple: Price = {
    input: 3_000_000_000,
    cachedInput: 300_000_000,
    cacheWrite5m: 3_750_000_000,
    cacheWrite1h: 6_000_000_000,
    output: 15_000_000_000,
    reasoning: 15_000_000_000,
    audioIn: 0,
    audioOut: 0,
    image: 40_000_000,
    request: 7,
    tiers: [],
  };

  it.each([
    [{ inputFresh: 1000 }, 3_000_000],
    [{ cachedRead: 1000 }, 300_000],
    [{ cacheWrite5m: 1000 }, 3_750_000],
    [{ cacheWrite1h: 1000 }, 6_000_000],
    [{ outputText: 10, reasoning: 90 }, 1_500_000],
    [{ images: 2, requests: 1 }, 80_000_007],
    [{}, 0],
  ])("%j costs %i", (usage, cost) => {
    expect(costOf(simple, { ...noUsage, ...usage })).toBe(cost);
  });

  it("prices the whole call at the tier that its input reaches", () => {
    const tiered: Price = {
      ...simple,
      tiers: [{ ...simple, fromInputTokens: 200_001, input: 6_000_000_000 }],
    };
    expect(costOf(tiered, { ...noUsage, inputFresh: 200_000 })).toBe(600_000_000);
    expect(costOf(tiered, { ...noUsage, inputFresh: 200_001 })).toBe(1_200_006_000);
    // What was read from a cache counts towards the tier too.
    expect(costOf(tiered, { ...noUsage, inputFresh: 1, cachedRead: 200_000 })).toBe(6000 + 60_000_000);
  });

  it("rounds up once, also next to a whole number that a float would take for it", () => {
    const one: Price = { ...simple, input: 1 };
    expect(costOf(one, { ...noUsage, inputFresh: 1 })).toBe(1);
    expect(costOf(one, { ...noUsage, inputFresh: 8_999_999_999_000_001 })).toBe(9_000_000_000);
  });

  it("is the exact fraction rounded up, for any price and usage", () => {
    fc.assert(
      fc.property(prices, usages, (price, usage) => {
        const exact = reference(price, usage);
        const rounded = exact / 1_000_000n + (exact % 1_000_000n === 0n ? 0n : 1n);
        const most = BigInt(Number.MAX_SAFE_INTEGER);
        expect(BigInt(costOf(price, usage))).toBe(rounded > most ? most : rounded);
      }),
      { numRuns: 5000 },
    );
  });
});

describe("worstCostOf", () => {
  it("is never below the real cost of a call that keeps within what was expected", () => {
    fc.assert(
      fc.property(
        fc.array(prices, { minLength: 1, maxLength: 4 }),
        usages,
        fc.nat(1000),
        (all, usage, more) => {
          const worst = {
            inputTokens: inputTokensOf(usage) + more,
            outputTokens: outputTokensOf(usage) + more,
            images: usage.images,
            audioIn: usage.audioIn > 0,
            audioOut: usage.audioOut > 0,
            cacheWrites: usage.cacheWrite5m + usage.cacheWrite1h > 0,
          };
          const real = { ...usage, requests: Math.min(usage.requests, 1) };
          for (const price of all) {
            expect(worstCostOf(all, worst)).toBeGreaterThanOrEqual(costOf(price, real));
          }
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("counts tokens as what a token budget would", () => {
    const usage = worstUsageOf({
      inputTokens: 10,
      outputTokens: 20,
      images: 1,
      audioIn: true,
      audioOut: false,
      cacheWrites: true,
    });
    expect([inputTokensOf(usage), outputTokensOf(usage), usage.requests]).toEqual([10, 20, 1]);
  });
});
