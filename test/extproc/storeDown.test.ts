import { beforeEach, describe, expect, it, vi } from "vitest";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { figures, hourMs } from "./ledger/support/claims";
import { TestClock } from "./ledger/support/stores";
import { FlakyLedger } from "./store/flakyLedger";
import { claimsOf, decide, hour, policyOf, Recorder, settle } from "./store/support";

const open = { ...hour, whenStoreIsDown: "open" };
const closed = { ...hour, whenStoreIsDown: "closed" };
const local = { ...hour, whenStoreIsDown: "local" };

let clock: TestClock;
let ledger: FlakyLedger;
let told: Recorder;
let store: BudgetStore;
beforeEach(() => {
  clock = new TestClock();
  ledger = new FlakyLedger(memoryLedger({ now: clock.read }));
  told = new Recorder();
  store = budgetStore({ ledger, telemetry: told, probeMs: 20, retryMs: { first: 10, most: 20 } });
  return () => store.close(0);
});

/** Used and held in the ledger itself. */
const inLedger = (budget: string) => figures(ledger.inner, `${budget}:tokens:`, hourOf());
const hourOf = () => ({
  kind: "windows" as const,
  windows: [0, 1].map((later) => {
    const startMs = Math.floor(clock.nowMs / hourMs) * hourMs + later * hourMs;
    return { id: `${new Date(startMs).toISOString().slice(0, 13)}Z`, startMs, endMs: startMs + hourMs };
  }),
});

describe.each(["away", "mute"] as const)("without the store (%s)", (weather) => {
  beforeEach(() => {
    ledger.weather = weather;
  });

  const rules = [
    [{ open }, "open"],
    [{ closed }, "closed"],
    [{ local }, "local"],
    [{ open, local }, "local"],
    [{ open, closed }, "closed"],
    [{ local, closed }, "closed"],
    [{ open, local, closed }, "closed"],
    [{ open, closed: { ...closed, shadow: true } }, "open"],
    [{ open, local: { ...local, shadow: true } }, "open"],
    [{ closed: { ...closed, shadow: true } }, "open"],
  ] as const;
  it.each(rules)("%j: %s", async (budgets, by) => {
    const policy = policyOf(budgets);
    // Larger than any limit: what is open does not look.
    const decision = await decide(store, policy, by === "open" ? 1_000 : 10);
    if (by === "closed") {
      expect(decision).toEqual({ admitted: false, reason: "storeDown", budget: "closed" });
    } else {
      expect(decision).toMatchObject({
        admitted: true,
        candidate: 0,
        by,
        passedOver: [],
        nowMs: clock.nowMs,
      });
    }
  });

  it("holds on a budget that is local a share of it, which is the same for each replica", async () => {
    const policy = policyOf({ open, local }, { replicas: 3 });
    expect(await decide(store, policy, 30)).toMatchObject({
      admitted: true,
      by: "local",
      states: [{ budget: "local", limit: 33, used: 0, held: 30, fits: true }],
    });
    expect(await decide(store, policy, 4)).toMatchObject({
      admitted: false,
      reason: "limit",
      by: "local",
      needed: 4,
      obstacle: { budget: "local", account: "local:tokens:", limit: 33, held: 30, fits: false },
      states: [{ budget: "local" }],
    });
    expect(await decide(store, policy, 3)).toMatchObject({ admitted: true, by: "local" });
  });

  it("closes a local budget of which there is not one for each replica", async () => {
    const policy = policyOf({ local: { ...local, limit: { tokens: 2 } } }, { replicas: 3 });
    expect(await decide(store, policy, 1)).toEqual({ admitted: false, reason: "storeDown", budget: "local" });
  });

  it("goes to the next tier when the share is spent", async () => {
    const policy = policyOf({ local });
    const claims = claimsOf(policy, 60);
    const candidates = [claims, claims.map((claim) => ({ ...claim, isOverflow: true }))];
    expect(await store.decide({ id: "1", policy, candidates })).toMatchObject({ candidate: 0 });
    expect(await store.decide({ id: "2", policy, candidates })).toMatchObject({
      candidate: 1,
      by: "local",
      passedOver: ["local:tokens:"],
    });
  });

  it("counts on the share at once what is settled, and in the ledger when it is back, once", async () => {
    const policy = policyOf({ open, local });
    await decide(store, policy, 60, "r");
    expect(await settle(store, policy, "r", 20, "estimated")).toEqual({ outcome: "queued", remaining: [] });
    expect(await settle(store, policy, "r", 25)).toEqual({ outcome: "queued", remaining: [] });
    expect(await decide(store, policy, 75, "s")).toMatchObject({ admitted: true, states: [{ used: 25 }] });
    ledger.weather = "fine";
    await vi.waitFor(async () => {
      for (const budget of ["open", "local"]) {
        expect((await inLedger(budget)).used).toBe(25);
      }
    });
    await settle(store, policy, "s", 5);
    for (const budget of ["open", "local"]) {
      expect(await inLedger(budget)).toEqual({ used: 30, held: 0 });
    }
  });

  it("charges what was spent meanwhile to the window of then", async () => {
    const policy = policyOf({ open });
    await decide(store, policy, 60, "r");
    clock.nowMs += hourMs + 1;
    await settle(store, policy, "r", 20);
    ledger.weather = "fine";
    await store.close(1_000);
    expect(await inLedger("open")).toEqual({ used: 0, held: 0 });
    clock.nowMs -= hourMs;
    expect(await inLedger("open")).toEqual({ used: 20, held: 0 });
  });

  it("gives back a hold that the store took although it did not say so", async () => {
    const policy = policyOf({ closed });
    await decide(store, policy, 60);
    expect(await inLedger("closed")).toEqual({ used: 0, held: weather === "mute" ? 60 : 0 });
    ledger.weather = "fine";
    await vi.waitFor(async () => expect(await inLedger("closed")).toEqual({ used: 0, held: 0 }));
    expect(await decide(store, policy, 100)).toMatchObject({ admitted: true, by: "store" });
  });
});

describe("the share of a replica", () => {
  it("is found as it was left when the store goes away again, until its window ends", async () => {
    const policy = policyOf({ local });
    ledger.weather = "away";
    await decide(store, policy, 70, "r");
    await settle(store, policy, "r", 70);
    ledger.weather = "fine";
    await decide(store, policy, 10, "s");
    await settle(store, policy, "s", 10);
    ledger.weather = "away";
    expect(await decide(store, policy, 31)).toMatchObject({ admitted: false, by: "local", needed: 31 });
    expect(await decide(store, policy, 30)).toMatchObject({
      admitted: true,
      states: [{ used: 70, held: 30 }],
    });
    clock.nowMs += hourMs;
    expect(await decide(store, policy, 100)).toMatchObject({ admitted: true, states: [{ used: 0 }] });
  });

  it("is a share of the burst as well", async () => {
    const bucket = { limit: { tokens: 100 }, period: "minute", window: "sliding", burst: 40 };
    const policy = policyOf({ local: { ...bucket, whenStoreIsDown: "local" } }, { replicas: 4 });
    ledger.weather = "away";
    expect(await decide(store, policy, 11)).toMatchObject({ admitted: false, obstacle: { limit: 10 } });
    expect(await decide(store, policy, 10)).toMatchObject({ admitted: true });
  });
});

describe("the breaker", () => {
  const policy = policyOf({ open });

  it("stops asking after 5 failures in a row, and asks again when a probe is answered", async () => {
    ledger.weather = "away";
    for (let n = 0; n < 50; n += 1) {
      expect(await decide(store, policy, 1)).toMatchObject({ by: "open" });
    }
    expect(ledger.calls).toEqual(Array.from({ length: 5 }, () => "reserve"));
    expect(store.isUp).toBe(false);
    await vi.waitFor(() => expect(ledger.calls.length).toBeGreaterThan(7));
    expect(ledger.calls.slice(5)).toEqual(ledger.calls.slice(5).map(() => "settle"));
    ledger.weather = "fine";
    await vi.waitFor(() => expect(store.isUp).toBe(true));
    expect(await decide(store, policy, 1)).toMatchObject({ by: "store" });
    expect(told.of("storeState")).toEqual([
      [false, "store_unreachable"],
      [true, ""],
    ]);
    expect(told.of("storeCall").at(-1)).toEqual(["reserve", true, expect.any(Number)]);
  });

  it("does not mind failures among answers", async () => {
    for (let n = 0; n < 10; n += 1) {
      ledger.weather = n % 5 === 4 ? "fine" : "mute";
      await decide(store, policy, 1);
    }
    expect(store.isUp).toBe(true);
    expect(told.of("storeState")).toEqual([]);
  });

  it("does not ask to settle either while it is open", async () => {
    ledger.weather = "away";
    await Promise.all(Array.from({ length: 5 }, () => decide(store, policy, 1)));
    const before = ledger.calls.filter((name) => name === "settle").length;
    for (let n = 0; n < 20; n += 1) {
      await settle(store, policy, `r${n}`, 1);
    }
    expect(ledger.calls.filter((name) => name === "settle").length - before).toBeLessThanOrEqual(1);
    ledger.weather = "fine";
    await vi.waitFor(async () => expect(await inLedger("open")).toEqual({ used: 20, held: 0 }));
  });
});

describe("after an outage in which the ledger forgets what it has settled", () => {
  const policy = policyOf({ open });
  const outageMs = 10 * 60_000;
  const settled = () => inLedger("open");
  /** The store is away for 10 minutes from now on, and all that waits is told when it is back. */
  const outage = async () => {
    ledger.weather = "away";
    clock.nowMs += outageMs;
    ledger.weather = "fine";
    await store.close(1_000);
  };

  it("what it had settled without being able to say so is not charged again", async () => {
    await decide(store, policy, 60, "r");
    ledger.weather = "mute";
    expect(await settle(store, policy, "r", 20)).toMatchObject({ outcome: "queued" });
    await outage();
    expect(await settled()).toEqual({ used: 20, held: 0 });
    expect(told.of("failure")).toEqual([
      ["settle_unplaced", expect.stringContaining("settled before, or is lost")],
    ]);
  });

  it("what another replica has settled is not charged again", async () => {
    await decide(store, policy, 60, "r");
    const other = budgetStore({ ledger: ledger.inner, telemetry: told });
    await settle(other, policy, "r", 20, "estimated");
    ledger.weather = "away";
    expect(await settle(store, policy, "r", 25)).toMatchObject({ outcome: "queued" });
    await outage();
    expect(await settled()).toEqual({ used: 20, held: 0 });
  });

  it("what it never heard of is charged late", async () => {
    await decide(store, policy, 60, "r");
    ledger.weather = "away";
    await settle(store, policy, "r", 20);
    await outage();
    expect(await settled()).toEqual({ used: 20, held: 0 });
    expect(told.of("failure")).toEqual([]);
  });

  it("what was admitted and settled without it is charged", async () => {
    ledger.weather = "away";
    await decide(store, policy, 60, "r");
    await settle(store, policy, "r", 19, "estimated");
    await settle(store, policy, "r", 20);
    await outage();
    expect(await settled()).toEqual({ used: 20, held: 0 });
    expect(told.of("failure")).toEqual([]);
  });

  it.each(["estimated", "exact"] as const)(
    "what was admitted without it and %s with it is charged once",
    async (kind) => {
      ledger.weather = "away";
      await decide(store, policy, 60, "r");
      ledger.weather = kind === "exact" ? "mute" : "fine";
      await settle(store, policy, "r", 20, kind);
      ledger.weather = "away";
      await settle(store, policy, "r", 25);
      await outage();
      expect(await settled()).toEqual({ used: 20, held: 0 });
    },
  );
});
