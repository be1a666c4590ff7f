import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nanodollars } from "../../extproc/contract";

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
