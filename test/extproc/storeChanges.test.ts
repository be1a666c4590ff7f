import { beforeEach, expect, it } from "vitest";
import type { Ledger } from "../../extproc/ledger/ledger";
import { budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { describeStores, type TestClock } from "./ledger/support/stores";
import { startStore } from "./store/startStore";
import { decide, hour, policyOf, type Recorder, settle } from "./store/support";

/** What docs/ledger.md says under "Changing a budget", line by line. */
describeStores("a budget that changes in the middle of its window", (stores) => {
  let clock: TestClock;
  let ledger: Ledger;
  let told: Recorder;
  let store: BudgetStore;
  beforeEach(async () => {
    ({ clock, ledger, told, store } = await startStore(stores));
  });

  const ann = { user: "ann", team: "search" };
  const policy = (budget: object, name = "a") => policyOf({ [name]: { ...hour, ...budget } });
  /** Spends under one version of the budget. */
  const spend = async (budget: object, amount: number, id: string) => {
    await decide(store, policy(budget), 0, id, ann);
    await settle(store, policy(budget), id, amount, "exact", ann);
  };
  /** Where a version of the budget finds its counter. */
  const found = async (budget: object, name = "a") => {
    const decision = await decide(store, policy(budget, name), 0, undefined, ann);
    return "states" in decision ? decision.states.map(({ limit, used }) => ({ limit, used })) : decision;
  };

  it("limit: counts from the next request on, and what was spent stays", async () => {
    await spend({}, 60, "r");
    expect(await found({ limit: { tokens: 150 } })).toEqual([{ limit: 150, used: 60 }]);
    expect(await decide(store, policy({ limit: { tokens: 150 } }), 91)).toMatchObject({ admitted: false });
    expect(await decide(store, policy({ limit: { tokens: 150 } }), 90)).toMatchObject({ admitted: true });
  });

  it("limit, lowered below what was spent: nothing is admitted until the window ends", async () => {
    await spend({}, 60, "r");
    const lower = policy({ limit: { tokens: 50 } });
    expect(await decide(store, lower, 1)).toMatchObject({
      admitted: false,
      retryAtMs: clock.nowMs + 3_600_000,
      obstacle: { used: 60, limit: 50 },
    });
    clock.nowMs += 3_600_000;
    expect(await decide(store, lower, 50)).toMatchObject({ admitted: true });
  });

  it("limit, in a rollout: each replica goes by its own, and all agree on what is spent", async () => {
    const other = budgetStore({ ledger, telemetry: told });
    const [old, next] = [policy({}), policy({ limit: { tokens: 50 } })];
    await decide(store, old, 30, "1");
    await decide(other, next, 20, "2");
    expect(await decide(other, next, 1)).toMatchObject({
      admitted: false,
      obstacle: { held: 50, limit: 50 },
    });
    expect(await decide(store, old, 50, "3")).toMatchObject({ admitted: true });
    for (const id of ["1", "2", "3"]) {
      await settle(id === "2" ? store : other, id === "2" ? old : next, id, 20);
    }
    expect(await found({})).toEqual([{ limit: 100, used: 60 }]);
    expect(await decide(other, next, 0)).toMatchObject({
      admitted: false,
      obstacle: { used: 60, limit: 50 },
    });
  });

  it("period: starts at 0; the old window keeps what was spent, and is charged what it had admitted", async () => {
    await decide(store, policy({}), 60, "open");
    expect(await found({ period: "day" })).toEqual([{ limit: 100, used: 0 }]);
    await settle(store, policy({ period: "day" }), "open", 50);
    expect(await found({ period: "day" })).toEqual([{ limit: 100, used: 0 }]);
    expect(await found({})).toEqual([{ limit: 100, used: 50 }]);
  });

  it("fixed or sliding, and burst: starts at 0", async () => {
    await spend({}, 60, "r");
    const sliding = { window: "sliding" };
    expect(await found(sliding)).toEqual([{ limit: 100, used: 0 }]);
    await spend(sliding, 70, "s");
    expect(await found({ ...sliding, burst: 40 })).toEqual([{ limit: 40, used: 0 }]);
    expect(await found(sliding)).toEqual([{ limit: 100, used: 70 }]);
  });

  it("limit or burst of a bucket: what is spent stays, and comes back at the new rate from then on", async () => {
    const bucket = { window: "sliding", period: "minute", burst: 60 };
    await spend({ ...bucket, limit: { tokens: 60 } }, 60, "r");
    clock.nowMs += 10_000;
    expect(await found({ ...bucket, limit: { tokens: 60 } })).toEqual([{ limit: 60, used: 50 }]);
    await spend({ ...bucket, limit: { tokens: 600 }, burst: 55 }, 1, "s");
    clock.nowMs += 1_000;
    const faster = { ...bucket, limit: { tokens: 600 }, burst: 55 };
    expect(await found(faster)).toEqual([{ limit: 55, used: 41 }]);
    clock.nowMs += 4_000;
    expect(await found(faster)).toEqual([{ limit: 55, used: 1 }]);
  });

  it("time zone: a window of the same name goes on with what was spent", async () => {
    const month = { period: "month" };
    await spend({ ...month, timeZone: "UTC" }, 60, "r");
    const name = (timeZone: string) =>
      new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "numeric" }).format(clock.nowMs);
    const isSame = name("UTC") === name("Europe/Berlin");
    const used = isSame ? 60 : 0;
    expect(await found({ ...month, timeZone: "Europe/Berlin" })).toEqual([{ limit: 100, used }]);
  });

  it("unit, per, or name: starts at 0", async () => {
    await spend({}, 60, "r");
    expect(await found({ limit: { outputTokens: 100 } })).toEqual([{ limit: 100, used: 0 }]);
    expect(await found({ per: ["user"] })).toEqual([{ limit: 100, used: 0 }]);
    expect(await found({}, "b")).toEqual([{ limit: 100, used: 0 }]);
    expect(await found({})).toEqual([{ limit: 100, used: 60 }]);
  });

  it("models, hold, atLimit, shadow, whenStoreIsDown: the counter goes on", async () => {
    await spend({}, 60, "r");
    const changed = { models: ["m"], hold: "strict", shadow: true, whenStoreIsDown: "closed" };
    expect(await found(changed)).toEqual([{ limit: 100, used: 60 }]);
  });

  it("removed: what it had admitted is still charged; back again: it goes on", async () => {
    await decide(store, policy({}), 60, "r");
    const charges = [{ account: "a:tokens:", budget: "a", amount: 45 }];
    const without = policyOf({ b: hour });
    await store.settle({ id: "r", charges, kind: "exact", reason: "log", policy: without });
    expect(told.of("failure")).toEqual([]);
    expect(await found({})).toEqual([{ limit: 100, used: 45 }]);
  });

  it("warnAt: told when the new amount is higher than all that were told", async () => {
    await spend({ warnAt: [0.5] }, 60, "r");
    await spend({ warnAt: [0.4, 0.55] }, 1, "s");
    await spend({ warnAt: [0.4] }, 1, "t");
    expect(told.of("warned")).toEqual([
      ["a", 0.5, true],
      ["a", 0.55, true],
    ]);
  });
});
