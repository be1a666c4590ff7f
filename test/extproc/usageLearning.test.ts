import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Endpoint } from "../../extproc/usage/endpoint";
import { LearnedValues } from "../../extproc/usage/learnedValues";
import { ModelLearning } from "../../extproc/usage/modelLearning";
import { readRequest } from "../../extproc/usage/readRequest";
import { noUsage } from "../../extproc/usage/usage";

describe("LearnedValues", () => {
  it("says nothing of a few observations, and ignores what is no number", () => {
    const values = new LearnedValues();
    for (let count = 0; count < 19; count += 1) {
      values.observe(5);
      values.observe(Number.NaN);
      values.observe(-1);
      values.observe(Number.POSITIVE_INFINITY);
    }
    expect(values.quantile(0.5)).toBeUndefined();
    values.observe(5);
    expect(values.quantile(0.5)).toBeGreaterThanOrEqual(5);
    expect(values.quantile(0.5)).toBeLessThan(5.5);
  });

  it("finds quantiles to 9 %, never too low", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 1e6, noNaN: true }), { minLength: 25, maxLength: 60 }),
        fc.constantFrom(0.1, 0.5, 0.95),
        (all, share) => {
          const values = new LearnedValues();
          for (const value of all) {
            values.observe(value);
          }
          const sorted = [...all].sort((a, b) => a - b);
          const found = values.quantile(share) ?? 0;
          // Older observations weigh a little less: one rank either way.
          const rank = Math.ceil(share * all.length) - 1;
          expect(found).toBeGreaterThanOrEqual((sorted[Math.max(0, rank - 2)] ?? 0) * 0.9999);
          expect(found).toBeLessThanOrEqual((sorted[Math.min(all.length - 1, rank + 2)] ?? 0) * 1.0901);
        },
      ),
    );
  });

  it("forgets what is long ago", () => {
    const values = new LearnedValues();
    for (let count = 0; count < 40_000; count += 1) {
      values.observe(count < 30_000 ? 1000 : 10);
    }
    expect(values.quantile(0.95)).toBeLessThan(11);
  });

  it("is the same after it was stored and restored", () => {
    const values = new LearnedValues();
    for (let count = 1; count < 500; count += 1) {
      values.observe(count);
    }
    const other = new LearnedValues();
    expect(other.restore(JSON.parse(JSON.stringify(values.learned())))).toBe(true);
    expect(other.quantile(0.9)).toBe(values.quantile(0.9));
    expect(other.restore([1, 2])).toBe(false);
    expect(other.restore(values.learned().map(() => Number.NaN))).toBe(false);
  });
});

describe("ModelLearning", () => {
  const body = Buffer.from(JSON.stringify({ model: "m", messages: "x".repeat(1000), n: 2 }));
  const request = readRequest(Endpoint.Chat, undefined, body).request;

  it("learns bytes to a token on the careful side, and the length of a choice", () => {
    const learning = new ModelLearning();
    expect(learning.learned()).toEqual({ bytesPerToken: undefined, outputTokens: undefined });
    for (let count = 0; count < 100 && request !== undefined; count += 1) {
      learning.observe(request, { ...noUsage, inputFresh: body.length / 4, outputText: 2 * (100 + count) });
    }
    const { bytesPerToken, outputTokens } = learning.learned();
    expect(bytesPerToken).toBeLessThanOrEqual(4);
    expect(bytesPerToken).toBeGreaterThan(3.6);
    expect(outputTokens).toBeGreaterThanOrEqual(190);
    expect(outputTokens).toBeLessThan(220);
    const other = new ModelLearning();
    expect(other.restore(JSON.parse(JSON.stringify(learning.snapshot())))).toBe(true);
    expect(other.learned()).toEqual(learning.learned());
  });
});
