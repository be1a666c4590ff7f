import { beforeEach, describe, expect, it, vi } from "vitest";
import { LedgerCallError, StoreDownError } from "../../extproc/ledger/errors";
import { type PendingSettlement, SettleQueue } from "../../extproc/service/settleQueue";
import { policyOf, Recorder } from "./store/support";

const policy = policyOf({ a: { limit: { tokens: 1 }, period: "hour" } });

function pending(id: string, amount = 1, kind: "exact" | "estimated" = "exact"): PendingSettlement {
  const settlement = { id, charges: [{ account: "a", amount }], kind, reason: "test" };
  return { settlement, policy, reportedAtMs: 0, uncertainSinceMs: undefined };
}

describe("settlements that wait for the ledger", () => {
  let told: Recorder;
  /** What the ledger took, in order: `id amount kind`. */
  let taken: string[];
  let tries: number;
  /** What is wrong with an id; nothing: the ledger takes it. */
  let trouble: (id: string) => Error | undefined;
  let isUp: boolean;
  let queue: SettleQueue;
  const make = (limit = 1_000) =>
    new SettleQueue({
      telemetry: told,
      limit,
      isUp: () => isUp,
      retryMs: { first: 5, most: 20 },
      settle: async ({ settlement: { id, charges, kind } }) => {
        tries += 1;
        const error = trouble(id);
        if (error !== undefined) {
          throw error;
        }
        taken.push(`${id} ${charges[0]?.amount} ${kind}`);
      },
    });
  const away = () => new StoreDownError("store_unreachable", "away");
  const refused = () => new StoreDownError("store_refused", "no");
  beforeEach(() => {
    [told, taken, tries, isUp] = [new Recorder(), [], 0, true];
    trouble = away;
    queue = make();
    return () => queue.close(0);
  });

  it("are told in order of age, once, as soon as it takes them", async () => {
    for (let n = 0; n < 100; n += 1) {
      queue.add(pending(`r${n}`));
    }
    await vi.waitFor(() => expect(tries).toBeGreaterThan(0));
    expect([taken, queue.size]).toEqual([[], 100]);
    trouble = () => undefined;
    await vi.waitFor(() => expect(queue.size).toBe(0));
    expect(taken).toEqual(Array.from({ length: 100 }, (_, n) => `r${n} 1 exact`));
    expect(told.events).toEqual([]);
  });

  it("are one for each reservation: the exact one, or the first", async () => {
    queue.add(pending("r", 1, "estimated"));
    queue.add(pending("r", 2, "estimated"));
    queue.add(pending("r", 3, "exact"));
    queue.add(pending("r", 4, "exact"));
    queue.add(pending("r", 5, "estimated"));
    queue.add(pending("s", 6, "estimated"));
    trouble = () => undefined;
    await queue.flush();
    expect(taken).toEqual(["r 3 exact", "s 6 estimated"]);
  });

  it("are not taken out by an answer to what was told before them", async () => {
    let answer = () => {};
    const slow = new SettleQueue({
      telemetry: told,
      limit: 10,
      isUp: () => true,
      retryMs: { first: 5, most: 5 },
      settle: async ({ settlement }) => {
        taken.push(`${settlement.id} ${settlement.kind}`);
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      },
    });
    slow.add(pending("r", 1, "estimated"));
    const flushed = slow.flush();
    slow.add(pending("r", 2, "exact"));
    answer();
    await vi.waitFor(() => expect(taken).toEqual(["r estimated", "r exact"]));
    answer();
    await flushed;
    expect(slow.size).toBe(0);
  });

  it("are never more than the limit: the oldest is dropped, and told", async () => {
    queue = make(3);
    for (const id of ["1", "2", "3", "4", "5"]) {
      queue.add(pending(id));
    }
    expect(queue.size).toBe(3);
    expect(told.of("failure")).toEqual([
      ["settle_dropped", "more than 3 settlements wait for the ledger"],
      ["settle_dropped", "more than 3 settlements wait for the ledger"],
    ]);
    trouble = () => undefined;
    await queue.flush();
    expect(taken).toEqual(["3 1 exact", "4 1 exact", "5 1 exact"]);
  });

  it("wait longer after each attempt, and not at all for a store that is known to be down", async () => {
    queue.add(pending("r"));
    await new Promise((resolve) => setTimeout(resolve, 200));
    // 5, 10, 20, 20, ... ms.
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThanOrEqual(11);
    isUp = false;
    await new Promise((resolve) => setTimeout(resolve, 30));
    const before = tries;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(tries).toBe(before);
  });

  it("that no ledger can carry out are given up at once, and told", async () => {
    trouble = (id) => (id === "bad" ? new LedgerCallError("bad amount") : undefined);
    queue.add(pending("bad"));
    queue.add(pending("good"));
    await queue.flush();
    expect([taken, queue.size]).toEqual([["good 1 exact"], 0]);
    expect(told.of("failure")).toEqual([["settle_rejected", "bad amount"]]);
  });

  it("that the store refuses hold up no others, and are given up while it takes those", async () => {
    trouble = (id) => (id === "bad" ? refused() : undefined);
    queue.add(pending("bad"));
    for (let n = 0; n < 25; n += 1) {
      queue.add(pending(`r${n}`));
      await queue.flush();
      expect(taken.at(-1)).toBe(`r${n} 1 exact`);
    }
    expect(queue.size).toBe(0);
    expect(told.of("failure")).toEqual([["settle_dropped", "store_refused: no"]]);
  });

  it("are all kept while the store refuses everything", async () => {
    trouble = refused;
    queue.add(pending("r"));
    queue.add(pending("s"));
    for (let n = 0; n < 50; n += 1) {
      await queue.flush();
    }
    expect(queue.size).toBe(2);
    expect(told.events).toEqual([]);
  });

  it("are told before the end, if there is time; those that are left are counted", async () => {
    queue.add(pending("r"));
    setTimeout(() => {
      trouble = () => undefined;
    }, 60);
    await queue.close(2_000);
    expect(taken).toEqual(["r 1 exact"]);
    expect(told.events).toEqual([]);

    trouble = away;
    const other = make();
    other.add(pending("s"));
    other.add(pending("t"));
    const began = performance.now();
    await other.close(100);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(told.of("failure")).toEqual([["settle_dropped", "2 settlements were not told to the ledger"]]);
  });
});
