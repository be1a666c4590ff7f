import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Period } from "../../extproc/ledger/ledger";
import { accountOf } from "../../extproc/policy/claims";
import { windowsAt } from "../../extproc/policy/windows";
import { budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { describeStores, TestClock } from "./ledger/support/stores";
import { FlakyLedger, type Weather } from "./store/flakyLedger";
import { claimsOf, policyOf, Recorder } from "./store/support";

const budget = { limit: { tokens: 300 }, period: "minute" };
const policy = policyOf(
  {
    closed: { ...budget, whenStoreIsDown: "closed" },
    local: { ...budget, limit: { tokens: 500 }, whenStoreIsDown: "local" },
    open: { ...budget, limit: { tokens: 1_000_000 }, whenStoreIsDown: "open" },
    shadow: { ...budget, limit: { tokens: 10 }, shadow: true },
    user: { ...budget, per: ["user"], whenStoreIsDown: "open" },
  },
  { replicas: 2 },
);
/** Requests that no closed budget binds, too: only those are admitted without the store. */
const openOnly = { ...policy, budgets: policy.budgets.filter(({ name }) => name !== "closed") };
const holdMs = 30_000;

const replica = fc.integer({ min: 0, max: 1 });
const id = fc.integer({ min: 0, max: 30 });
const amount = fc.integer({ min: 0, max: 60 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("decide" as const),
      replica,
      id,
      amount,
      spent: fc.record({ estimated: amount, exact: amount }),
      user: fc.constantFrom("ann", "bob"),
      isOpen: fc.boolean(),
      floor: fc.integer({ min: 0, max: 2 }),
    }),
  },
  // Who settles need not be who admitted, and may say it twice.
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      replica,
      id,
      isEstimate: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("weather" as const),
      replica,
      weather: fc.constantFrom<Weather>("fine", "fine", "away", "mute"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("jump" as const), ms: fc.constantFrom(1, 999, 7_000) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("breathe" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Request {
  readonly user: string;
  readonly bound: typeof policy;
  readonly atMs: number;
  /** The replica that knows that the request was admitted without the store; nobody else can settle it. */
  readonly owner: number | undefined;
  /** What every report of a kind says. */
  readonly spent: Readonly<Record<"estimated" | "exact", number>>;
  /** What is charged if nobody reports. */
  readonly floor: number;
  /** The best report so far. */
  reported: "estimated" | "exact" | undefined;
}

class Run {
  readonly told = new Recorder();
  readonly requests = new Map<number, Request | "refused">();
  readonly ledgers: readonly FlakyLedger[];
  readonly stores: readonly BudgetStore[];

  constructor(
    ledger: ConstructorParameters<typeof FlakyLedger>[0],
    private readonly clock: TestClock,
  ) {
    this.ledgers = [new FlakyLedger(ledger), new FlakyLedger(ledger)];
    const options = { telemetry: this.told, holdMs, probeMs: 5, retryMs: { first: 1, most: 3 } };
    this.stores = this.ledgers.map((flaky) => budgetStore({ ledger: flaky, ...options }));
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "jump":
        this.clock.nowMs += step.ms;
        return;
      case "breathe":
        await wait(3);
        return;
      case "weather":
        for (const ledger of this.ledgers.slice(step.replica, step.replica + 1)) {
          ledger.weather = step.weather;
        }
        return;
      case "decide":
        await this.#decide(step);
        return;
      case "settle":
        await this.#settle(step);
    }
  }

  async #decide(step: Extract<Step, { do: "decide" }>): Promise<void> {
    if (this.requests.has(step.id)) {
      return;
    }
    const { user, amount: held, spent } = step;
    const bound = step.isOpen ? openOnly : policy;
    const floor = Math.floor((held * step.floor) / 2);
    const candidates = [claimsOf(bound, held, { user }, { chargeOnExpiry: floor })];
    const decision = await this.#store(step.replica).decide({ id: `r${step.id}`, policy: bound, candidates });
    if (!decision.admitted) {
      this.requests.set(step.id, "refused");
      return;
    }
    for (const state of decision.states.filter(({ shadow }) => !shadow)) {
      expect(state.used + state.held).toBeLessThanOrEqual(state.limit);
    }
    const owner = decision.by === "store" ? undefined : step.replica;
    const { nowMs: atMs } = decision;
    this.requests.set(step.id, { user, bound, atMs, owner, spent, floor, reported: undefined });
  }

  async #settle(step: Extract<Step, { do: "settle" }>): Promise<void> {
    const request = this.requests.get(step.id);
    if (request === undefined || request === "refused") {
      return;
    }
    const kind = step.isEstimate ? "estimated" : "exact";
    const charges = claimsOf(request.bound, 0, { user: request.user }).map(({ binding }) => {
      return { account: accountOf(binding), budget: binding.budget.name, amount: request.spent[kind] };
    });
    await this.#store(request.owner ?? step.replica).settle({
      id: `r${step.id}`,
      charges,
      kind,
      reason: "test",
      policy: request.bound,
      admittedAtMs: request.atMs,
    });
    request.reported = request.reported === "exact" ? "exact" : kind;
  }

  #store(number: number): BudgetStore {
    const store = this.stores[number];
    if (store === undefined) {
      throw new Error(`no replica ${number}`);
    }
    return store;
  }
}

describeStores("a budget store, whatever happens to its ledger", (stores) => {
  const [numRuns, maxLength] = stores.name === "memory" ? [400, 100] : [40, 60];

  it("charges every request what was reported of it, once, in its window, and holds nothing in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength, size: "max" }), async (steps) => {
        const clock = new TestClock();
        const ledger = await stores.make(clock, { keepSettledMs: 86_400_000, keepExpiredMs: 86_400_000 });
        const run = new Run(ledger, clock);
        for (const one of steps) {
          await run.take(one);
        }
        for (const flaky of run.ledgers) {
          flaky.weather = "fine";
        }
        // Closing tells what waits; the ledger is asked behind their backs.
        for (const flaky of run.ledgers) {
          flaky.close = async () => {};
        }
        await Promise.all(run.stores.map((store) => store.close(5_000)));
        await isRight(run, ledger, clock);
        expect(run.told.of("failure").filter(([code]) => code !== "settle_unplaced")).toEqual([]);
        await ledger.close();
      }),
      { numRuns },
    );
  });
});

/** Compares what every account has spent in every window with the sum of the reports. */
async function isRight(run: Run, ledger: FlakyLedger["inner"], clock: TestClock): Promise<void> {
  // Nobody renews: all that was not settled falls due, and what was agreed is charged.
  clock.nowMs += holdMs;
  await ledger.inspect([]);
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  const starts = new Set<number>();
  for (const request of run.requests.values()) {
    if (request === "refused") {
      continue;
    }
    const { bound, user, atMs, spent, owner, floor, reported } = request;
    const { id: windowId, startMs } = windowsAt("minute", "UTC", atMs).current;
    starts.add(startMs);
    const charged = reported === undefined ? floor : spent[reported];
    // Without an answer nobody knows whether the store has held it.
    const isUnsure = reported === undefined && owner !== undefined;
    for (const { binding } of claimsOf(bound, 0, { user })) {
      const name = `${accountOf(binding)} ${windowId}`;
      least.set(name, (least.get(name) ?? 0) + (isUnsure ? 0 : charged));
      most.set(name, (most.get(name) ?? 0) + charged);
    }
  }
  const accounts = ["ann", "bob"].flatMap((user) =>
    claimsOf(policy, 0, { user }).map(({ binding }) => accountOf(binding)),
  );
  for (const startMs of starts) {
    const { current } = windowsAt("minute", "UTC", startMs);
    // The window of then, said to last until now: its counters are looked at, whatever the time is.
    const period: Period = { kind: "windows", windows: [{ ...current, endMs: clock.nowMs + 1 }] };
    const queries = [...new Set(accounts)].map((account) => ({ account, period, limit: 1 }));
    for (const { account, used, held } of (await ledger.inspect(queries)).accounts) {
      const name = `${account} ${current.id}`;
      expect([name, held]).toEqual([name, 0]);
      expect(used, name).toBeGreaterThanOrEqual(least.get(name) ?? 0);
      expect(used, name).toBeLessThanOrEqual(most.get(name) ?? 0);
    }
  }
}
