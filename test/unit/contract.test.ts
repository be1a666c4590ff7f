import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { costInNanodollars, nanodollars } from "../../extproc/contract";

describe("nanodollars", () => {
  it.each([
    [0, 0],
    [3, 3_000_000_000],
    [0.3, 300_000_000],
    [0.1 + 0.2, 300_000_000],
    [3 * 1.1, 3_300_000_000],
    [0.000000001, 1],
    [1e-9, 1],
    [15.123456789, 15_123_456_789],
    [9_000_000, 9_000_000_000_000_000],
  ])("%d US dollars are %i", (usd, amount) => {
    expect(nanodollars(usd)).toBe(amount);
  });

  it.each([-1, -0.000000001, Number.NaN, Infinity, 1e-10, 0.0000000015, 9000.0000000005, 1e7, 1e300])(
    "%d is no exact amount",
    (usd) => {
      expect(nanodollars(usd)).toBeUndefined();
    },
  );

  it("is exact for every price of up to nine decimals, and takes none with more", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 100_000n * 10n ** 9n }),
        fc.integer({ min: 1, max: 9 }),
        (amount, rest) => {
          const text = `${amount / 10n ** 9n}.${String(amount % 10n ** 9n).padStart(9, "0")}`;
          expect(nanodollars(Number(text))).toBe(Number(amount));
          expect(nanodollars(Number(`${text}${rest}`))).toBeUndefined();
        },
      ),
    );
  });
});

describe("costInNanodollars", () => {
  const price = { inputTokens: 3_000_000_000, cachedInputTokens: 300_000_000, outputTokens: 15_000_000_000 };

  it.each([
    [{ inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }, 0],
    [{ inputTokens: 1_000_000, cachedInputTokens: 0, outputTokens: 0 }, 3_000_000_000],
    [{ inputTokens: 1_000_000, cachedInputTokens: 1_000_000, outputTokens: 0 }, 300_000_000],
    [{ inputTokens: 1000, cachedInputTokens: 200, outputTokens: 100 }, 2_400_000 + 60_000 + 1_500_000],
    // More cached tokens than tokens: only what was read can have been read from a cache.
    [{ inputTokens: 10, cachedInputTokens: 20, outputTokens: 0 }, 3_000],
  ])("%j costs %i", (usage, cost) => {
    expect(costInNanodollars(price, usage)).toBe(cost);
  });

  it("adds up exactly and rounds up once", () => {
    const amount = fc.integer({ min: 0, max: 100_000_000_000 });
    const count = fc.integer({ min: 0, max: 2_000_000 });
    fc.assert(
      fc.property(amount, amount, amount, count, count, count, (input, cached, output, a, b, c) => {
        const part = Math.min(a, b);
        const exact =
          BigInt(a - part) * BigInt(input) + BigInt(part) * BigInt(cached) + BigInt(c) * BigInt(output);
        const rounded = exact / 1_000_000n + (exact % 1_000_000n === 0n ? 0n : 1n);
        const cost = costInNanodollars(
          { inputTokens: input, cachedInputTokens: cached, outputTokens: output },
          { inputTokens: a, cachedInputTokens: b, outputTokens: c },
        );
        fc.pre(rounded <= BigInt(Number.MAX_SAFE_INTEGER));
        expect(BigInt(cost)).toBe(rounded);
      }),
    );
    const one = { inputTokens: 1, cachedInputTokens: 1, outputTokens: 1 };
    expect(costInNanodollars(one, { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1 })).toBe(1);
  });
});
