import fc from "fast-check";
import { expect, it } from "vitest";
import type { Claim, Ledger, Period, ReserveRequest } from "../../extproc/ledger/ledger";
import { Model } from "./ledger/model";
import { hours, running } from "./ledger/support/claims";
import { describeStores, TestClock } from "./ledger/support/stores";

const sliding: Period = { kind: "sliding", lengthMs: 10_000 };
const bucket: Period = { kind: "bucket", lengthMs: 7_000, burst: 40 };
const bucketLimit = 33;

const accounts = ["team", "user", "slots", "slide", "bucket"] as const;
type Account = (typeof accounts)[number];

function periodOf(account: Account, nowMs: number): Period {
  const periods = { team: hours(nowMs), user: hours(nowMs), slots: running, slide: sliding, bucket };
  return periods[account];
}

const id = fc.integer({ min: 0, max: 25 }).map((n) => `r${n}`);
const amount = fc.integer({ min: 0, max: 60 });
const claims = fc.uniqueArray(
  fc.record({
    account: fc.constantFrom(...accounts),
    amount,
    limit: fc.constantFrom(80, 100, 100, 120),
    share: fc.integer({ min: 0, max: 2 }),
    shadow: fc.constantFrom(false, false, false, true),
  }),
  { selector: (claim) => claim.account, minLength: 1, maxLength: 4 },
);
const charges = fc.uniqueArray(
  fc.record({ account: fc.constantFrom(...accounts), amount, isPlaced: fc.boolean() }),
  {
    selector: (charge) => charge.account,
    maxLength: 4,
  },
);
const holdMs = fc.integer({ min: 1, max: 30_000 });

/** A crash is a reservation that nobody settles: most are, since ids are drawn at random. */
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("reserve" as const),
      id,
      candidates: fc.array(claims, { minLength: 1, maxLength: 2 }),
      holdMs,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("settle" as const),
      id,
      charges,
      kind: fc.constantFrom("exact" as const, "estimated" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("renew" as const), ids: fc.array(id, { maxLength: 5 }), holdMs }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("adjust" as const),
      account: fc.constantFrom("team" as const, "user" as const, "slide" as const, "bucket" as const),
      amount: fc.integer({ min: -50, max: 50 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(1, 500, 3_000, 9_999, 20_000, 3_600_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("inspect" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const reclaimAtMost = 2;

class Run {
  readonly model: Model;
  /** Whoever repeats an id repeats the call. */
  readonly #admitted = new Map<string, ReserveRequest>();
  #adjustments = 0;

  constructor(
    private readonly ledger: Ledger,
    private readonly clock: TestClock,
  ) {
    this.model = new Model(clock.read, reclaimAtMost, bucketLimit);
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case "wait":
        this.clock.nowMs += step.ms;
        return;
      case "reserve": {
        const request = this.#admitted.get(step.id) ?? {
          ...step,
          candidates: step.candidates.map((all) => all.map((claim) => this.#claim(claim))),
        };
        const answer = await this.ledger.reserve(request);
        expect(answer).toMatchObject(this.model.reserve(request));
        if (answer.admitted && !answer.replayed) {
          this.#admitted.set(step.id, request);
          for (const account of answer.accounts.filter(({ shadow }) => !shadow)) {
            expect(account.used + account.held).toBeLessThanOrEqual(account.limit);
          }
        }
        return;
      }
      case "settle": {
        const settlement = {
          ...step,
          reason: "test",
          charges: step.charges.map((charge) => this.#charge(charge)),
        };
        expect(await this.ledger.settle(settlement)).toMatchObject(this.model.settle(settlement));
        return;
      }
      case "renew":
        expect(await this.ledger.renew(step.ids, step.holdMs)).toEqual(
          this.model.renew(step.ids, step.holdMs),
        );
        return;
      case "adjust": {
        this.#adjustments += 1;
        const period = periodOf(step.account, this.clock.nowMs);
        const call = {
          ...step,
          id: `${this.#adjustments}`,
          period,
          limit: bucketLimit,
          by: "test",
          reason: "test",
        };
        expect(await this.ledger.adjust(call)).toMatchObject(
          this.model.adjust(step.account, period, step.amount),
        );
        return;
      }
      case "inspect":
        await this.compare();
    }
  }

  /** The ledger's figures are the model's, and the model's are the sums of its records. */
  async compare(): Promise<void> {
    this.model.reclaim(Number.POSITIVE_INFINITY);
    const queries = accounts.map((account) => {
      return {
        account,
        period: periodOf(account, this.clock.nowMs),
        limit: account === "bucket" ? bucketLimit : 100,
      };
    });
    const expected = queries.map((query) => ({ used: this.model.used(query), held: this.model.held(query) }));
    const open = [...this.model.entries.values()].filter((entry) => entry.state === "open");
    const found = await this.ledger.inspect(queries);
    expect(found).toMatchObject({ accounts: expected, liveHolds: open.length });
    for (const { used, held } of found.accounts) {
      expect(Math.min(used, held)).toBeGreaterThanOrEqual(0);
    }
    for (const [name, cell] of this.model.cells) {
      if (cell.period.kind !== "bucket") {
        expect(cell.used).toBe(this.model.charged(name) + cell.beside);
      }
    }
  }

  #claim({
    share,
    limit,
    ...claim
  }: {
    account: Account;
    amount: number;
    limit: number;
    share: number;
    shadow: boolean;
  }): Claim {
    const isCount = claim.account === "slots";
    const held = isCount ? Math.ceil(claim.amount / 30) : claim.amount;
    return {
      ...claim,
      amount: held,
      period: periodOf(claim.account, this.clock.nowMs),
      limit: isCount ? 3 : claim.account === "bucket" ? bucketLimit : limit,
      chargeOnExpiry: isCount ? 0 : Math.floor((held * share) / 2),
    };
  }

  #charge({ account, amount, isPlaced }: { account: Account; amount: number; isPlaced: boolean }) {
    const place = { period: periodOf(account, this.clock.nowMs), limit: bucketLimit };
    return { account, amount: account === "slots" ? 0 : amount, ...(isPlaced ? place : {}) };
  }
}

describeStores("a ledger agrees with the model", (store) => {
  const [numRuns, maxLength] = store.name === "memory" ? [1_000, 120] : [100, 80];
  // Both stores are to remember everything here: the test's clock runs for days, Redis's expiry for a second.
  const longMs = 30 * 86_400_000;

  it("after any calls in any order, and holds nothing once all deadlines are over", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength, size: "max" }), async (steps) => {
        const clock = new TestClock();
        const settings = { reclaimAtMost, keepSettledMs: longMs, keepExpiredMs: longMs };
        const ledger = await store.make(clock, settings);
        const run = new Run(ledger, clock);
        for (const one of steps) {
          await run.take(one);
        }
        await run.compare();
        clock.nowMs += 30_000;
        await run.compare();
        const { accounts: rest, liveHolds } = await ledger.inspect(
          accounts.map((account) => ({ account, period: periodOf(account, clock.nowMs), limit: 100 })),
        );
        expect([liveHolds, ...rest.map(({ held }) => held)]).toEqual([0, 0, 0, 0, 0, 0]);
        await ledger.close();
      }),
      { numRuns },
    );
  });
});
