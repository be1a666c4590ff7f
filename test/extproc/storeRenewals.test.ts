import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Ledger } from "../../extproc/ledger/ledger";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { budgetStore } from "../../extproc/service/budgetStore";
import { Renewals } from "../../extproc/service/renewals";
import type { BudgetStore } from "../../extproc/service/store";
import { running } from "./ledger/support/claims";
import { FlakyLedger } from "./store/flakyLedger";
import { decide, policyOf, Recorder, settle } from "./store/support";

const holdMs = 3_000;
const policy = policyOf({
  slots: { limit: { concurrency: 1_000 }, whenStoreIsDown: "local" },
});

const held = async (ledger: Ledger) => {
  const { accounts, liveHolds } = await ledger.inspect([
    { account: "slots:concurrency:", period: running, limit: 1_000 },
  ]);
  return { held: accounts[0]?.held, liveHolds };
};

describe("holds of requests that are under way", () => {
  let ledger: FlakyLedger;
  let told: Recorder;
  let store: BudgetStore;
  beforeEach(() => {
    vi.useFakeTimers();
    ledger = new FlakyLedger(memoryLedger());
    told = new Recorder();
    store = budgetStore({ ledger, telemetry: told, holdMs });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const renewals = () => ledger.calls.filter((name) => name === "renew").length;
  const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  it("live until they are forgotten, renewed together every third of their life", async () => {
    for (let n = 0; n < 50; n += 1) {
      await decide(store, policy, 1, `r${n}`);
      store.keep(`r${n}`);
    }
    await wait(10 * holdMs);
    expect(await held(ledger.inner)).toEqual({ held: 50, liveHolds: 50 });
    expect(renewals()).toBe(30);
    for (let n = 0; n < 50; n += 1) {
      store.forget(`r${n}`);
    }
    await wait(holdMs);
    expect(await held(ledger.inner)).toEqual({ held: 0, liveHolds: 0 });
    const before = renewals();
    await wait(10 * holdMs);
    expect(renewals()).toBe(before);
    expect(told.of("failure")).toEqual([]);
  });

  it("of requests that are soon over are never renewed", async () => {
    await decide(store, policy, 1, "long");
    store.keep("long");
    await wait(holdMs / 3 - 1);
    await decide(store, policy, 1, "short");
    store.keep("short");
    const asked = vi.spyOn(ledger.inner, "renew");
    await wait(2);
    expect(asked.mock.calls).toEqual([[["long"], holdMs]]);
    store.forget("short");
    await wait(holdMs);
    expect(asked.mock.calls.flatMap(([ids]) => ids)).not.toContain("short");
  });

  it("survive a store that is away for almost as long", async () => {
    await decide(store, policy, 1, "r");
    store.keep("r");
    await wait(holdMs / 3 + 1);
    ledger.weather = "away";
    await wait(holdMs - 500);
    ledger.weather = "fine";
    await wait(499);
    expect(await held(ledger.inner)).toEqual({ held: 1, liveHolds: 1 });
    await wait(5 * holdMs);
    expect(await held(ledger.inner)).toEqual({ held: 1, liveHolds: 1 });
    expect(told.of("failure")).toEqual([]);
  });

  it("that fell due are told, not renewed any more, and settled late", async () => {
    await decide(store, policy, 1, "r");
    store.keep("r");
    ledger.weather = "away";
    await wait(3 * holdMs);
    expect(await held(ledger.inner)).toEqual({ held: 0, liveHolds: 0 });
    ledger.weather = "fine";
    await wait(holdMs);
    expect(told.of("failure")).toEqual([
      ["hold_expired", "1 holds fell due before their requests ended; they are charged late"],
    ]);
    const before = renewals();
    await wait(3 * holdMs);
    expect(renewals()).toBe(before);
    expect(await settle(store, policy, "r", 0)).toMatchObject({ outcome: "late" });
  });

  it("that the ledger has lost are told; those that somebody else has settled are not", async () => {
    await decide(store, policy, 1, "settled");
    await ledger.inner.settle({ id: "settled", charges: [], kind: "exact", reason: "log" });
    store.keep("settled");
    store.keep("lost");
    await wait(holdMs);
    expect(told.of("failure")).toEqual([
      ["hold_lost", "1 holds are unknown to the ledger; their requests are charged when they end"],
    ]);
  });

  it("that were made without the store live on in this replica's share, and are not missed in the ledger", async () => {
    ledger.weather = "away";
    const few = policyOf({ slots: { limit: { concurrency: 2 }, whenStoreIsDown: "local" } });
    for (const id of ["r", "s"]) {
      expect(await decide(store, few, 1, id)).toMatchObject({ admitted: true, by: "local" });
      store.keep(id);
    }
    await wait(5 * holdMs);
    expect(await decide(store, few, 1)).toMatchObject({ admitted: false, by: "local" });
    store.forget("r");
    await wait(holdMs);
    expect(await decide(store, few, 1)).toMatchObject({ admitted: true, by: "local" });
    ledger.weather = "fine";
    await wait(holdMs);
    expect(told.of("failure")).toEqual([]);
  });
});

describe("renewals", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("go in batches of 1,000, and are bounded", async () => {
    const told = new Recorder();
    const batches: number[] = [];
    const renewals = new Renewals({
      telemetry: told,
      holdMs,
      limit: 2_500,
      isUnheld: () => false,
      renew: async (ids) => {
        batches.push(ids.length);
        return ids.map(() => "open");
      },
    });
    for (let n = 0; n < 2_600; n += 1) {
      renewals.keep(`r${n}`);
    }
    expect(renewals.size).toBe(2_500);
    expect(told.of("failure")).toEqual([["holds_full", "2500 holds are renewed; no more are"]]);
    await vi.advanceTimersByTimeAsync(holdMs / 3);
    expect(batches).toEqual([1_000, 1_000, 500]);
    renewals.stop();
    await vi.advanceTimersByTimeAsync(5 * holdMs);
    expect(batches).toHaveLength(3);
  });
});
