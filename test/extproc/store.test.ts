import { beforeEach, describe, expect, it } from "vitest";
import type { Ledger } from "../../extproc/ledger/ledger";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { accountOf, ledgerPeriodOf } from "../../extproc/policy/claims";
import type { Policy } from "../../extproc/policy/policy";
import { budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { hourMs } from "./ledger/support/claims";
import { describeStores, type TestClock } from "./ledger/support/stores";
import { startStore } from "./store/startStore";
import { claimsOf, decide, hour, policyOf, Recorder, settle } from "./store/support";

describeStores("a budget store", (stores) => {
  let clock: TestClock;
  let ledger: Ledger;
  let told: Recorder;
  let store: BudgetStore;
  beforeEach(async () => {
    ({ clock, ledger, told, store } = await startStore(stores));
  });

  it("says where counters stand, and nothing where it is asked what no ledger can answer", async () => {
    const policy = policyOf({ a: hour, b: { per: ["user"], limit: { requests: 3 }, period: "day" } });
    await decide(store, policy, 30, "r", { user: "ann" });
    const queries = claimsOf(policy, 0, { user: "ann" }).map(({ binding: { budget, subject } }) => ({
      account: accountOf({ budget, subject }),
      period: ledgerPeriodOf(budget, clock.nowMs),
      limit: budget.limit,
    }));
    expect(await store.inspect(queries)).toMatchObject({
      accounts: [
        { account: "a:tokens:", used: 0, held: 30, remaining: 70 },
        { account: "b:requests:user=ann", used: 0, held: 1, remaining: 2 },
      ],
      nowMs: clock.nowMs,
    });
    expect(told.of("failure")).toEqual([]);
    expect(await store.inspect([{ account: "", period: { kind: "concurrency" }, limit: 1 }])).toBeUndefined();
    expect(told.of("failure")).toMatchObject([["inspect_failed", expect.stringContaining("account")]]);
    expect(store.isUp).toBe(true);
  });

  it("admits with one call, and says where each budget stands", async () => {
    const policy = policyOf({
      a: hour,
      b: { per: ["user"], limit: { requests: 3 }, period: "month", timeZone: "Europe/Berlin" },
      c: { per: ["team"], limit: { concurrency: 7 } },
    });
    const resetMs = clock.nowMs + hourMs;
    const decision = await decide(store, policy, 30, "r", { user: "ann", team: "x y" });
    expect(decision).toMatchObject({
      admitted: true,
      candidate: 0,
      by: "store",
      passedOver: [],
      nowMs: clock.nowMs,
    });
    const shared = { used: 0, shadow: false, fits: true };
    expect(decision).toHaveProperty("states", [
      {
        ...shared,
        budget: "a",
        unit: "tokens",
        period: "hour",
        limit: 100,
        held: 30,
        account: "a:tokens:",
        resetMs,
      },
      {
        ...shared,
        budget: "b",
        unit: "requests",
        period: "month",
        limit: 3,
        held: 1,
        account: "b:requests:user=ann",
        resetMs: expect.any(Number),
      },
      {
        ...shared,
        budget: "c",
        unit: "concurrency",
        period: undefined,
        limit: 7,
        held: 1,
        account: "c:concurrency:team=x%20y",
        resetMs: undefined,
      },
    ]);
    expect(told.of("storeCall")).toEqual([["reserve", true, expect.any(Number)]]);
    expect(told.of("standing")).toEqual([
      ["a", "tokens", 100, 0, 30],
      ["b", "requests", 3, 0, 1],
      ["c", "concurrency", 7, 0, 1],
    ]);
  });

  it("refuses all or nothing, names the tightest budget and when it fits", async () => {
    const policy = policyOf({ a: hour, b: { ...hour, limit: { tokens: 50 } } });
    await decide(store, policy, 40, "r");
    await settle(store, policy, "r", 40);
    expect(await decide(store, policy, 11)).toMatchObject({
      admitted: false,
      reason: "limit",
      by: "store",
      needed: 11,
      retryAtMs: clock.nowMs + hourMs,
      obstacle: { budget: "b", used: 40, held: 0, limit: 50, fits: false },
      states: [
        { budget: "a", used: 40, fits: true },
        { budget: "b", used: 40, fits: false },
      ],
    });
    expect(await decide(store, policy, 10)).toMatchObject({ admitted: true });
  });

  it("counts shadow budgets and never refuses for them", async () => {
    const policy = policyOf({ a: hour, b: { ...hour, limit: { tokens: 5 }, shadow: true } });
    expect(await decide(store, policy, 40)).toMatchObject({
      admitted: true,
      states: [
        { budget: "a", shadow: false, fits: true },
        { budget: "b", shadow: true, fits: false, held: 40, limit: 5 },
      ],
    });
  });

  it("takes the tier that a budget overflows to when it is full, and reads its counter there", async () => {
    const policy = policyOf({ a: hour, all: { ...hour, limit: { tokens: 1_000 } } });
    const [a, all] = claimsOf(policy, 60);
    const candidates = [
      [a, all],
      [{ ...a, isOverflow: true }, all],
    ] as never;
    await store.decide({ id: "1", policy, candidates });
    expect(await store.decide({ id: "2", policy, candidates })).toMatchObject({
      admitted: true,
      candidate: 1,
      passedOver: ["a:tokens:"],
      states: [
        { budget: "a", used: 0, held: 60, shadow: false },
        { budget: "all", held: 120 },
      ],
    });
  });

  it("reads the counter of a budget that is passed in a tier, and does not refuse for it", async () => {
    const policy = policyOf({ a: hour });
    await decide(store, policy, 100, "r");
    await settle(store, policy, "r", 150);
    const claims = claimsOf(policy, 60, {}, { isOverflow: true });
    expect(await store.decide({ id: "2", policy, candidates: [claims] })).toMatchObject({
      admitted: true,
      states: [{ budget: "a", used: 150, held: 0 }],
    });
  });

  it("settles once, corrects an estimate, and says what is left", async () => {
    const policy = policyOf({ a: hour });
    await decide(store, policy, 60, "r");
    expect(await settle(store, policy, "r", 20, "estimated")).toEqual({
      outcome: "settled",
      remaining: [{ account: "a:tokens:", used: 20, held: 0, added: 20 }],
    });
    expect(await settle(store, policy, "r", 25)).toMatchObject({
      outcome: "corrected",
      remaining: [{ used: 25, added: 5 }],
    });
    expect(await settle(store, policy, "r", 25)).toMatchObject({
      outcome: "repeated",
      remaining: [{ used: 25, added: 0 }],
    });
    expect(told.of("failure")).toEqual([]);
  });

  it("says of many requests with one call which of them nobody has settled", async () => {
    const policy = policyOf({ a: hour });
    const ids = ["open", "exact", "estimated", "unknown"];
    for (const id of ids.slice(0, 3)) {
      await decide(store, policy, 10, id);
    }
    const other = budgetStore({ ledger, telemetry: told });
    await settle(other, policy, "exact", 10);
    await settle(other, policy, "estimated", 10, "estimated");
    const calls = told.of("storeCall").length;
    expect(await store.unsettledOf(ids)).toEqual(new Set(["open", "unknown"]));
    expect(told.of("storeCall").slice(calls)).toEqual([["renew", true, expect.any(Number)]]);
  });

  it("charges what no reservation knows, in the window that it was admitted in", async () => {
    const policy = policyOf({ a: hour });
    const charge = { account: "a:tokens:", budget: "a", amount: 7 };
    const orphan = { charges: [charge], kind: "exact", reason: "log", policy } as const;
    expect(await store.settle({ ...orphan, id: "1" })).toMatchObject({
      outcome: "orphan",
      remaining: [{ used: 7 }],
    });
    const admittedAtMs = clock.nowMs - 1;
    expect(await store.settle({ ...orphan, id: "2", admittedAtMs })).toMatchObject({ outcome: "orphan" });
    expect(await decide(store, policy, 1)).toMatchObject({ states: [{ used: 7 }] });
    clock.nowMs -= 1;
    expect(await decide(store, policy, 1)).toMatchObject({ states: [{ used: 7 }] });
  });

  it("says what it cannot charge, since the policy no longer has the budget", async () => {
    const [before, after]: Policy[] = [policyOf({ a: hour, b: hour }), policyOf({ b: hour })];
    if (before === undefined || after === undefined) {
      throw new Error("no policy");
    }
    await decide(store, before, 10, "known");
    const charges = [{ account: "a:tokens:", budget: "a", amount: 7 }];
    const gone = { charges, kind: "exact", reason: "log", policy: after } as const;
    expect(await store.settle({ ...gone, id: "known" })).toMatchObject({ outcome: "settled" });
    expect(told.of("failure")).toEqual([]);
    expect(await store.settle({ ...gone, id: "unknown" })).toMatchObject({
      outcome: "orphan",
      remaining: [],
    });
    expect(told.of("failure")).toEqual([["charge_unplaced", "the policy no longer has a"]]);
    expect(await decide(store, before, 1)).toMatchObject({ states: [{ used: 7 }, { used: 0 }] });
  });

  it("tells what is spent beyond a limit, once, and not of shadow budgets", async () => {
    const policy = policyOf({ a: hour, b: { ...hour, shadow: true } });
    for (const [id, amount] of [
      ["1", 70],
      ["2", 90],
      ["3", 10],
    ] as const) {
      await decide(store, policy, 0, id);
      await settle(store, policy, id, amount, "estimated");
    }
    await settle(store, policy, "3", 10);
    await settle(store, policy, "3", 10);
    expect(told.of("overshoot")).toEqual([
      ["a", 60],
      ["a", 10],
    ]);
  });

  it("tells where a budget stands now, and not where one stood whose window is over", async () => {
    const policy = policyOf({ a: hour });
    await decide(store, policy, 60, "r");
    await decide(store, policy, 30, "s");
    await settle(store, policy, "s", 5);
    expect(told.of("standing").at(-1)).toEqual(["a", "tokens", 100, 5, 60]);
    clock.nowMs += hourMs;
    await decide(store, policy, 1, "t");
    await settle(store, policy, "r", 50);
    expect(told.of("standing").at(-1)).toEqual(["a", "tokens", 100, 0, 1]);
  });

  it("admits exactly 10 of 1,000 at once over two replicas", async () => {
    const policy = policyOf({ a: hour, b: { limit: { nanodollars: 1_000 }, period: "month" } });
    const other = budgetStore({ ledger, telemetry: told });
    const calls = Array.from({ length: 1_000 }, (_, n) => decide(n % 2 === 0 ? store : other, policy, 10));
    const decisions = await Promise.all(calls);
    expect(decisions.filter(({ admitted }) => admitted)).toHaveLength(10);
    expect(decisions.every((decision) => "by" in decision && decision.by === "store")).toBe(true);
  });

  it("closes its ledger", async () => {
    await store.close(100);
    expect(store.isUp).toBe(true);
    if (stores.name === "redis") {
      await expect(ledger.inspect([])).rejects.toMatchObject({ code: "store_unreachable" });
    }
  });
});

describe("a budget store", () => {
  it("never rejects, whatever it is asked: it lets nothing through that it cannot count", async () => {
    const told = new Recorder();
    const store = budgetStore({ ledger: memoryLedger(), telemetry: told });
    const policy = policyOf({ a: hour, b: hour });
    expect(await decide(store, policy, 0.5, "r")).toEqual({
      admitted: false,
      reason: "storeDown",
      budget: "a",
    });
    expect(told.of("failure")).toEqual([
      ["decide_failed", expect.stringContaining("0.5 is not a whole number")],
    ]);
    expect(store.isUp).toBe(true);
    expect(await settle(store, policy, "s", 0.5)).toEqual({ outcome: "queued", remaining: [] });
    await store.close(1_000);
    expect(told.of("failure").slice(1)).toEqual([
      ["settle_rejected", expect.stringContaining("0.5 is not a whole number")],
    ]);
  });
});
