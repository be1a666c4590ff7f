import { describe, expect, it } from "vitest";
import { backendPrice } from "../../extproc/policy/backendPrice";
import { accountOf, heldAmount, ledgerPeriodOf, spentAmount } from "../../extproc/policy/claims";
import { parsePolicy } from "../../extproc/policy/parsePolicy";
import type { BudgetPolicy } from "../../extproc/policy/policy";
import { noUsage } from "../../extproc/usage/usage";

const price = { input: 3_000_000_000, output: 15_000_000_000 };
const dear = { input: 4_000_000_000, output: 20_000_000_000 };
const { policy, problems } = parsePolicy({
  version: 1,
  models: {
    m: {
      backends: { "default/a": { price }, plain: { price } },
      tiers: { more: { backends: { "default/b": { price: dear } } } },
    },
  },
  budgets: Object.fromEntries(
    ["nanodollars", "tokens", "inputTokens", "outputTokens", "requests"].map((unit) => [
      unit,
      { limit: { [unit]: 1000 }, period: "month", timeZone: "Europe/Berlin" },
    ]),
  ),
});
const budget = (name: string, members: Partial<BudgetPolicy> = {}): BudgetPolicy => {
  const found = policy?.budgets.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(JSON.stringify(problems));
  }
  return { ...found, ...members };
};
const worst = {
  inputTokens: 10,
  outputTokens: 20,
  images: 0,
  audioIn: false,
  audioOut: false,
  cacheWrites: false,
};
const prices = policy?.models.get("m")?.pools.flatMap((pool) => pool.prices) ?? [];

describe("accounts", () => {
  it("change with budget, unit and subject, and with nothing else", () => {
    const tokens = budget("tokens");
    expect(accountOf({ budget: tokens, subject: "user=ann" })).toBe("tokens:tokens:user=ann");
    const other: BudgetPolicy = { ...tokens, limit: 5, period: "day", hold: "strict", shadow: true };
    expect(accountOf({ budget: other, subject: "user=ann" })).toBe("tokens:tokens:user=ann");
    const money: BudgetPolicy = { ...tokens, unit: "nanodollars" };
    expect(accountOf({ budget: money, subject: "user=ann" })).not.toBe("tokens:tokens:user=ann");
  });

  it("fit the ledger, whatever a caller is called", () => {
    const long = (last: string) =>
      accountOf({ budget: budget("tokens"), subject: `user=${"a".repeat(9000)}${last}` });
    expect(long("x").length).toBeLessThan(1024);
    expect(long("x")).not.toBe(long("y"));
  });
});

describe("periods", () => {
  const now = Date.parse("2026-08-02T10:00:00Z");

  it("are windows, sliding, a bucket, or none", () => {
    expect(ledgerPeriodOf(budget("tokens"), now)).toMatchObject({
      kind: "windows",
      windows: [{ id: "2026-08" }, { id: "2026-09" }],
    });
    const minute: Partial<BudgetPolicy> = { period: "minute", window: "sliding" };
    expect(ledgerPeriodOf(budget("tokens", minute), now)).toEqual({ kind: "sliding", lengthMs: 60_000 });
    const bucket = { kind: "bucket", lengthMs: 60_000, burst: 9 };
    expect(ledgerPeriodOf(budget("tokens", { ...minute, burst: 9 }), now)).toEqual(bucket);
    expect(ledgerPeriodOf(budget("tokens", { period: undefined }), now)).toEqual({ kind: "concurrency" });
  });
});

describe("amounts", () => {
  it.each([
    // The dearest of the backends that may answer.
    ["nanodollars", 440_000, 77],
    ["tokens", 30, 12],
    ["inputTokens", 10, 5],
    ["outputTokens", 20, 7],
    ["requests", 1, 1],
  ])("in %s: %i held, %i spent", (name, held, spent) => {
    expect(heldAmount(budget(name), worst, prices)).toBe(held);
    const usage = { ...noUsage, inputFresh: 2, cachedRead: 3, outputText: 3, reasoning: 4, requests: 1 };
    expect(spentAmount(budget(name).unit, usage, 77)).toBe(spent);
    expect(spentAmount(budget(name).unit, noUsage, 0)).toBe(0);
  });

  it("have a ceiling when adaptive, and none when strict", () => {
    expect(heldAmount(budget("tokens", { holdCeiling: 25 }), worst, prices)).toBe(25);
    expect(heldAmount(budget("tokens", { holdCeiling: 25, hold: "strict" }), worst, prices)).toBe(30);
    expect(heldAmount(budget("tokens", { unit: "concurrency" }), worst, prices)).toBe(1);
    expect(spentAmount("concurrency", { ...noUsage, requests: 1 }, 5)).toBe(0);
  });
});

describe("the backend that answered", () => {
  const model = policy?.models.get("m");
  it.each([
    ["default/a", price.output, ""],
    ["default/b", dear.output, "more"],
    ["default/plain", price.output, ""],
    // Nobody knows it: never free, never too cheap.
    ["default/c", dear.output, undefined],
    [undefined, dear.output, undefined],
  ])("%s", (backend, output, tier) => {
    const found = model === undefined ? undefined : backendPrice(model, backend);
    expect(found).toMatchObject({ price: { output }, tier });
  });
});
