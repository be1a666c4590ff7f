import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { LedgerCallError, StoreDownError } from "../../../extproc/ledger/errors";
import type { Ledger, Period } from "../../../extproc/ledger/ledger";
import { admitted, claim, figures, hourMs, hours, refused, reserve, running, settle } from "./support/claims";
import { type Store, TestClock } from "./support/stores";

/** What every ledger does, whatever it is kept in. */
export function conformance(store: Store): void {
  let clock: TestClock;
  let ledger: Ledger;
  beforeEach(async () => {
    clock = new TestClock();
    ledger = await store.make(clock);
  });

  describe("reserve", () => {
    it("holds the amounts and says what remains, this request counted", async () => {
      const answer = admitted(await reserve(ledger, [claim(ledger, "a", 30, 100), claim(ledger, "b", 5, 7)]));
      const windowId = `h${clock.nowMs / hourMs}`;
      const shared = { windowId, used: 0, resetAtMs: clock.nowMs + hourMs, fits: true, shadow: false };
      expect(answer).toEqual({
        admitted: true,
        candidate: 0,
        replayed: false,
        state: "open",
        passedOver: [],
        crossings: [],
        nowMs: clock.nowMs,
        accounts: [
          { ...shared, account: "a", limit: 100, held: 30, remaining: 70 },
          { ...shared, account: "b", limit: 7, held: 5, remaining: 2 },
        ],
      });
    });

    it("holds all or nothing, and names the account in the way", async () => {
      await reserve(ledger, [claim(ledger, "b", 5, 7)]);
      const answer = refused(await reserve(ledger, [claim(ledger, "a", 30, 100), claim(ledger, "b", 3, 7)]));
      expect(answer.obstacle).toMatchObject({ candidate: 0, cause: "held", retryAtMs: undefined });
      expect(answer.obstacle.state).toMatchObject({ account: "b", remaining: 2, held: 5, limit: 7 });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
    });

    it("admits up to the limit itself and not one more", async () => {
      expect((await reserve(ledger, [claim(ledger, "a", 100, 100)])).admitted).toBe(true);
      expect((await reserve(ledger, [claim(ledger, "a", 0, 100)])).admitted).toBe(true);
      expect((await reserve(ledger, [claim(ledger, "a", 1, 100)])).admitted).toBe(false);
    });

    it("says when what is spent is in the way, and until when", async () => {
      await reserve(ledger, [claim(ledger, "a", 90, 100)], "r");
      await settle(ledger, "r", { a: 95 });
      const answer = refused(await reserve(ledger, [claim(ledger, "a", 6, 100)]));
      expect(answer.obstacle).toMatchObject({ cause: "used", retryAtMs: clock.nowMs + hourMs });
    });

    it("says that a claim larger than its limit never fits", async () => {
      const answer = refused(await reserve(ledger, [claim(ledger, "b", 1, 2), claim(ledger, "a", 101, 100)]));
      expect(answer.obstacle).toMatchObject({
        cause: "never",
        retryAtMs: undefined,
        state: { account: "a" },
      });
    });

    it("takes the first candidate that fits and says what stood in the way of the others", async () => {
      await reserve(ledger, [claim(ledger, "first", 10, 10)]);
      const shared = claim(ledger, "team", 4, 10);
      const pools = [
        [shared, claim(ledger, "first", 4, 10)],
        [shared, claim(ledger, "second", 4, 10)],
      ];
      const answer = admitted(await reserve(ledger, pools));
      expect(answer).toMatchObject({
        candidate: 1,
        passedOver: [{ candidate: 0, state: { account: "first" } }],
      });
      expect(await figures(ledger, "team")).toEqual({ used: 0, held: 4 });
      expect(await figures(ledger, "first")).toEqual({ used: 0, held: 10 });
    });

    it("of several refused candidates names the one that is free first", async () => {
      await reserve(ledger, [claim(ledger, "busy", 10, 10)]);
      const pools = [[claim(ledger, "small", 4, 3)], [claim(ledger, "busy", 4, 10)]];
      expect(refused(await reserve(ledger, pools)).obstacle).toMatchObject({ candidate: 1, cause: "held" });
    });

    it("counts shadow claims and reports them, but never refuses for them", async () => {
      const shadow = claim(ledger, "shadow", 8, 10, { shadow: true });
      expect(admitted(await reserve(ledger, [shadow])).accounts[0]).toMatchObject({
        fits: true,
        shadow: true,
      });
      const second = admitted(await reserve(ledger, [shadow, claim(ledger, "a", 1, 1)]));
      expect(second.accounts[0]).toMatchObject({ fits: false, held: 16, remaining: 0 });
      expect(refused(await reserve(ledger, [shadow, claim(ledger, "a", 1, 1)])).obstacle.state.account).toBe(
        "a",
      );
      expect(await figures(ledger, "shadow")).toEqual({ used: 0, held: 16 });
    });

    it("answers a repeated id as the first time and holds nothing twice", async () => {
      const claims = [claim(ledger, "a", 30, 100)];
      const first = admitted(await reserve(ledger, claims, "r"));
      await reserve(ledger, [claim(ledger, "a", 50, 100)]);
      clock.nowMs += 10;
      const { passedOver: _, ...figuresOfThen } = { ...first, replayed: true };
      expect(await reserve(ledger, claims, "r")).toMatchObject(figuresOfThen);
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 80 });
      await settle(ledger, "r", { a: 30 });
      expect(await reserve(ledger, claims, "r")).toMatchObject({ replayed: true, state: "exact" });
      expect(await figures(ledger, "a")).toEqual({ used: 30, held: 50 });
    });

    it("asks anew after a refusal", async () => {
      await reserve(ledger, [claim(ledger, "a", 100, 100)], "blocker");
      expect((await reserve(ledger, [claim(ledger, "a", 1, 100)], "r")).admitted).toBe(false);
      await settle(ledger, "blocker", { a: 0 });
      expect((await reserve(ledger, [claim(ledger, "a", 1, 100)], "r")).admitted).toBe(true);
    });

    it("counts live holds for concurrency", async () => {
      const one = () => claim(ledger, "slots", 1, 2, { period: running });
      await reserve(ledger, [one()], "r1");
      await reserve(ledger, [one()], "r2");
      const third = refused(await reserve(ledger, [one()]));
      expect(third.obstacle).toMatchObject({
        cause: "held",
        state: { used: 0, held: 2, resetAtMs: undefined },
      });
      await settle(ledger, "r1", {});
      expect((await reserve(ledger, [one()])).admitted).toBe(true);
      expect(await figures(ledger, "slots", running)).toEqual({ used: 0, held: 2 });
    });

    it("keeps accounts and window ids apart whatever they are spelt like", async () => {
      const at = (id: string): Period => ({
        kind: "windows",
        windows: [{ id, startMs: clock.nowMs, endMs: clock.nowMs + hourMs }],
      });
      const names = [
        ["a", "w"],
        ["#a", "w"],
        ["a", "w#"],
        ["w#a", ""],
        ["a}", "w"],
        ["{a", "w%23"],
        ["é\u0000\n", "w"],
      ];
      for (const [account = "", id = ""] of names) {
        await reserve(ledger, [claim(ledger, account, 1, 100, { period: at(`${id}!`) })]);
      }
      for (const [account = "", id = ""] of names) {
        expect(await figures(ledger, account, at(`${id}!`))).toEqual({ used: 0, held: 1 });
      }
    });
  });

  describe("settle", () => {
    it("replaces the hold by what was spent, in the window of admission", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r");
      const then = hours(clock.nowMs);
      clock.nowMs += hourMs - 1;
      await ledger.renew(["r"], 60_000);
      clock.nowMs += 2;
      expect(await settle(ledger, "r", { a: 20 })).toEqual({
        outcome: "settled",
        accounts: [
          {
            account: "a",
            windowId: `h${(clock.nowMs - 1) / hourMs - 1}`,
            charged: 20,
            added: 20,
            used: 20,
            held: 0,
            limit: 100,
          },
        ],
        unplaced: [],
        crossings: [],
      });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
      clock.nowMs -= hourMs;
      expect(await figures(ledger, "a", then)).toEqual({ used: 20, held: 0 });
    });

    it("may pass the limit and charges accounts that are not named nothing", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100), claim(ledger, "b", 1, 100)], "r");
      await settle(ledger, "r", { a: 250 });
      expect(await figures(ledger, "a")).toEqual({ used: 250, held: 0 });
      expect(await figures(ledger, "b")).toEqual({ used: 0, held: 0 });
      const answer = refused(await reserve(ledger, [claim(ledger, "a", 0, 100)]));
      expect(answer.obstacle.state.remaining).toBe(0);
    });

    const first = { estimated: 40, exact: 25 } as const;
    const second = { estimated: 99, exact: 10 } as const;
    const table = [
      ["estimated", "estimated", "repeated", 40],
      ["estimated", "exact", "corrected", 10],
      ["exact", "estimated", "repeated", 25],
      ["exact", "exact", "repeated", 25],
    ] as const;
    it.each(table)("%s, then %s: %s", async (before, after, outcome, charged) => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r");
      await settle(ledger, "r", { a: first[before] }, before);
      const answer = await settle(ledger, "r", { a: second[after] }, after);
      expect(answer).toMatchObject({
        outcome,
        accounts: [{ account: "a", charged, used: charged, held: 0 }],
      });
      expect(await figures(ledger, "a")).toEqual({ used: charged, held: 0 });
    });

    it("charges an unknown id by the periods sent along, once, and names what it cannot place", async () => {
      const period = hours(clock.nowMs);
      const charges = [
        { account: "a", amount: 7, period, limit: 100 },
        { account: "b", amount: 5 },
      ];
      const orphan = { id: "lost", charges, kind: "estimated", reason: "log" } as const;
      expect(await ledger.settle(orphan)).toMatchObject({ outcome: "orphan", unplaced: ["b"] });
      expect(await ledger.settle(orphan)).toMatchObject({ outcome: "repeated" });
      const exact = { ...orphan, kind: "exact", charges: [{ account: "a", amount: 4 }] } as const;
      expect(await ledger.settle(exact)).toMatchObject({ outcome: "corrected" });
      expect(await figures(ledger, "a")).toEqual({ used: 4, held: 0 });
      expect(await reserve(ledger, [claim(ledger, "a", 1, 100)], "lost")).toMatchObject({
        state: "exact",
        accounts: [],
      });
      expect(await figures(ledger, "a")).toEqual({ used: 4, held: 0 });
    });

    it("keeps nothing of an unknown id that it can charge nowhere, so that a better report may follow", async () => {
      const lost = { id: "lost", kind: "exact", reason: "log" } as const;
      const nowhere = { ...lost, charges: [{ account: "a", amount: 7 }] };
      const empty = { accounts: [], crossings: [] };
      expect(await ledger.settle(nowhere)).toEqual({ ...empty, outcome: "orphan", unplaced: ["a"] });
      expect(await ledger.settle(nowhere)).toEqual({ ...empty, outcome: "orphan", unplaced: ["a"] });
      const placed = {
        ...lost,
        charges: [{ account: "a", amount: 7, period: hours(clock.nowMs), limit: 9 }],
      };
      expect(await ledger.settle(placed)).toMatchObject({ outcome: "orphan", accounts: [{ charged: 7 }] });
      expect(await ledger.settle(nowhere)).toMatchObject({ outcome: "repeated" });
    });

    it("keeps an unknown id that is charged nothing, so that a reserve that comes late holds nothing", async () => {
      await settle(ledger, "refused", {});
      expect(await reserve(ledger, [claim(ledger, "a", 30, 100)], "refused")).toMatchObject({
        state: "exact",
      });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
    });

    it("charges by the time of the spend: a window of then, a bucket that has not refilled since", async () => {
      const bucket: Period = { kind: "bucket", lengthMs: 60_000, burst: 20 };
      const sliding: Period = { kind: "sliding", lengthMs: 60_000 };
      const periods = { a: hours(clock.nowMs), s: sliding, fast: bucket, slow: bucket };
      const atMs = clock.nowMs;
      clock.nowMs += hourMs;
      const charges = Object.entries(periods).map(([account, period]) => {
        return { account, amount: 7, period, limit: account === "slow" ? 0 : 60, atMs };
      });
      const answer = await ledger.settle({ id: "lost", charges, kind: "exact", reason: "log" });
      expect(answer).toMatchObject({ outcome: "orphan", unplaced: [] });
      expect(answer.accounts.map(({ account }) => account)).toEqual(["a", "s", "slow"]);
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
      expect(await figures(ledger, "s", sliding)).toEqual({ used: 0, held: 0 });
      expect(await figures(ledger, "fast", bucket, 60)).toEqual({ used: 0, held: 0 });
      expect(await figures(ledger, "slow", bucket, 0)).toEqual({ used: 7, held: 0 });
      clock.nowMs = atMs;
      expect(await figures(ledger, "a", periods.a)).toEqual({ used: 7, held: 0 });
      expect(await figures(ledger, "s", sliding)).toEqual({ used: 7, held: 0 });
    });

    it("charges accounts that the reservation did not have, where a period says how", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r");
      const charges = [
        { account: "a", amount: 1 },
        { account: "fallback", amount: 9, period: hours(clock.nowMs), limit: 50 },
      ];
      await ledger.settle({ id: "r", charges, kind: "exact", reason: "test" });
      expect(await figures(ledger, "fallback")).toEqual({ used: 9, held: 0 });
    });
  });

  describe("holds that fall due", () => {
    it("are given back without a settle, and a late report is still charged", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r", 1_000);
      clock.nowMs += 999;
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 30 });
      clock.nowMs += 1;
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
      expect(await settle(ledger, "r", { a: 20 })).toMatchObject({ outcome: "late" });
      expect(await settle(ledger, "r", { a: 20 })).toMatchObject({ outcome: "repeated" });
      expect(await figures(ledger, "a")).toEqual({ used: 20, held: 0 });
    });

    it("charge what was agreed, and a late report only the difference", async () => {
      const claims = [claim(ledger, "a", 30, 100, { chargeOnExpiry: 12 }), claim(ledger, "b", 1, 100)];
      await reserve(ledger, claims, "r", 1_000);
      clock.nowMs += 1_000;
      expect(await figures(ledger, "a")).toEqual({ used: 12, held: 0 });
      await settle(ledger, "r", { a: 20 }, "estimated");
      expect(await figures(ledger, "a")).toEqual({ used: 20, held: 0 });
      await settle(ledger, "r", { a: 9 });
      expect(await figures(ledger, "a")).toEqual({ used: 9, held: 0 });
    });

    it("never cause a refusal, however many there are", async () => {
      const few = await store.make(clock, { reclaimAtMost: 1 });
      for (let n = 0; n < 20; n += 1) {
        await reserve(few, [claim(few, "a", 5, 100)], `r${n}`, 1_000);
      }
      expect((await reserve(few, [claim(few, "a", 1, 100)])).admitted).toBe(false);
      clock.nowMs += 1_000;
      expect(admitted(await reserve(few, [claim(few, "a", 100, 100)])).accounts[0]).toMatchObject({
        held: 100,
      });
    });

    it("never send a request to another pool", async () => {
      const few = await store.make(clock, { reclaimAtMost: 1 });
      await reserve(few, [claim(few, "a", 50, 100)], "r", 1_000);
      await reserve(few, [claim(few, "a", 50, 100)], "s", 1_000);
      clock.nowMs += 1_000;
      const pools = [[claim(few, "a", 80, 100)], [claim(few, "b", 80, 100)]];
      expect(admitted(await reserve(few, pools)).candidate).toBe(0);
    });

    it("are reclaimed a few at a time by admissions", async () => {
      const few = await store.make(clock, { reclaimAtMost: 2 });
      for (let n = 0; n < 5; n += 1) {
        await reserve(few, [claim(few, "a", 1, 100)], `r${n}`, 1_000 + n);
      }
      clock.nowMs += 2_000;
      expect(admitted(await reserve(few, [claim(few, "a", 1, 100)])).accounts[0]).toMatchObject({ held: 4 });
      expect(admitted(await reserve(few, [claim(few, "a", 1, 100)])).accounts[0]).toMatchObject({ held: 3 });
    });

    it("live as long as they are renewed", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r", 1_000);
      await reserve(ledger, [claim(ledger, "a", 1, 100)], "gone", 1_000);
      await reserve(ledger, [claim(ledger, "a", 1, 100)], "done", 1_000);
      await settle(ledger, "done", { a: 1 });
      for (let n = 0; n < 5; n += 1) {
        clock.nowMs += 900;
        expect(await ledger.renew(["r"], 1_000)).toEqual(["open"]);
      }
      expect(await ledger.renew(["r"], 10)).toEqual(["open"]);
      clock.nowMs += 999;
      expect(await figures(ledger, "a")).toEqual({ used: 1, held: 30 });
      expect(await ledger.renew(["never", "done", "r", "gone"], 1_000)).toEqual([
        "unknown",
        "exact",
        "open",
        "expired",
      ]);
    });

    it("free their slots of concurrency", async () => {
      const one = () => claim(ledger, "slots", 1, 1, { period: running });
      await reserve(ledger, [one()], "crashed", 1_000);
      clock.nowMs += 1_000;
      expect((await reserve(ledger, [one()])).admitted).toBe(true);
      expect((await reserve(ledger, [one()])).admitted).toBe(false);
    });
  });

  describe("windows", () => {
    it("start at nothing: there is no reset and nothing is carried over", async () => {
      await reserve(ledger, [claim(ledger, "a", 100, 100)], "r");
      await settle(ledger, "r", { a: 180 });
      const both = hours(clock.nowMs);
      clock.nowMs += hourMs;
      // The caller still sends the windows of an hour ago: this one and the next.
      expect((await reserve(ledger, [claim(ledger, "a", 100, 100, { period: both })])).admitted).toBe(true);
    });

    it("are the store's choice; a store in none of them says so", async () => {
      const period = hours(clock.nowMs);
      clock.nowMs += 2 * hourMs;
      const call = reserve(ledger, [claim(ledger, "a", 1, 100, { period })]);
      await expect(call).rejects.toThrow(StoreDownError);
      await expect(call).rejects.toMatchObject({ code: "store_clock" });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
    });

    it("take a store that is a moment behind the caller", async () => {
      const period = hours(clock.nowMs);
      clock.nowMs -= 5_000;
      expect((await reserve(ledger, [claim(ledger, "a", 1, 100, { period })])).admitted).toBe(true);
      clock.nowMs -= 1;
      await expect(reserve(ledger, [claim(ledger, "a", 1, 100, { period })])).rejects.toThrow("store_clock");
    });

    it("go by the limit of each call when it changes in the middle", async () => {
      await reserve(ledger, [claim(ledger, "a", 60, 100)], "r");
      await settle(ledger, "r", { a: 60 });
      const lower = refused(await reserve(ledger, [claim(ledger, "a", 1, 50)]));
      expect(lower.obstacle).toMatchObject({ cause: "used", state: { used: 60, limit: 50, remaining: 0 } });
      expect(admitted(await reserve(ledger, [claim(ledger, "a", 80, 150)])).accounts[0]).toMatchObject({
        remaining: 10,
      });
    });

    it("start anew when the period changes; open holds are charged to the window that admitted them", async () => {
      await reserve(ledger, [claim(ledger, "a", 60, 100)], "r");
      const day: Period = {
        kind: "windows",
        windows: [{ id: "day", startMs: clock.nowMs - hourMs, endMs: clock.nowMs + hourMs }],
      };
      expect((await reserve(ledger, [claim(ledger, "a", 90, 100, { period: day })], "s")).admitted).toBe(
        true,
      );
      await settle(ledger, "r", { a: 50 });
      expect(await figures(ledger, "a")).toEqual({ used: 50, held: 0 });
      expect(await figures(ledger, "a", day)).toEqual({ used: 0, held: 90 });
    });
  });

  describe("sliding limits", () => {
    const sliding: Period = { kind: "sliding", lengthMs: 60_000 };
    const spend = async (id: string, amount: number) => {
      admitted(await reserve(ledger, [claim(ledger, "a", amount, 100, { period: sliding })], id));
      await settle(ledger, id, { a: amount });
    };

    it("count the share of the interval before that the last minute still covers", async () => {
      await spend("r", 80);
      clock.nowMs += 60_000;
      expect(await figures(ledger, "a", sliding)).toEqual({ used: 80, held: 0 });
      clock.nowMs += 15_000;
      expect(await figures(ledger, "a", sliding)).toEqual({ used: 60, held: 0 });
      await spend("s", 40);
      const answer = refused(await reserve(ledger, [claim(ledger, "a", 20, 100, { period: sliding })]));
      expect(answer.obstacle.cause).toBe("used");
      expect(answer.obstacle.retryAtMs).toBeGreaterThan(clock.nowMs);
      clock.nowMs = answer.obstacle.retryAtMs ?? 0;
      expect((await reserve(ledger, [claim(ledger, "a", 20, 100, { period: sliding })])).admitted).toBe(true);
    });

    it("forget what is two intervals old, and still count holds of the last one", async () => {
      await spend("r", 80);
      await reserve(ledger, [claim(ledger, "a", 20, 100, { period: sliding })], "s", 300_000);
      clock.nowMs += 60_000;
      expect(await figures(ledger, "a", sliding)).toEqual({ used: 80, held: 20 });
      clock.nowMs += 60_000;
      expect(await figures(ledger, "a", sliding)).toEqual({ used: 0, held: 0 });
    });

    it("are exact for large amounts", async () => {
      const limit = Number.MAX_SAFE_INTEGER;
      const most = { period: sliding };
      await reserve(ledger, [claim(ledger, "a", limit, limit, most)], "r");
      await settle(ledger, "r", { a: limit });
      clock.nowMs += 90_000;
      expect(await figures(ledger, "a", sliding, limit)).toEqual({ used: 2 ** 52, held: 0 });
    });
  });

  describe("buckets", () => {
    const bucket: Period = { kind: "bucket", lengthMs: 60_000, burst: 20 };
    const take = (amount: number, id?: string) =>
      reserve(ledger, [claim(ledger, "a", amount, 60, { period: bucket })], id);

    it("admit a burst, then what comes back evenly", async () => {
      admitted(await take(20, "r"));
      await settle(ledger, "r", { a: 20 });
      const answer = refused(await take(5));
      expect(answer.obstacle).toMatchObject({ cause: "used", retryAtMs: clock.nowMs + 5_000 });
      clock.nowMs += 4_999;
      expect((await take(5)).admitted).toBe(false);
      clock.nowMs += 1;
      expect(admitted(await take(5)).accounts[0]).toMatchObject({
        limit: 20,
        used: 15,
        held: 5,
        remaining: 0,
      });
    });

    it("lose nothing to rounding, however often they are looked at", async () => {
      const slow: Period = { kind: "bucket", lengthMs: 86_400_000, burst: 1_000 };
      await reserve(ledger, [claim(ledger, "s", 1_000, 1_001, { period: slow })], "r");
      await settle(ledger, "r", { s: 1_000 });
      for (let n = 0; n < 40; n += 1) {
        clock.nowMs += 60_000;
        await ledger.adjust({
          id: `${n}`,
          account: "s",
          period: slow,
          limit: 1_001,
          amount: 0,
          by: "t",
          reason: "look",
        });
      }
      const back = Math.floor((40 * 60_000 * 1_001) / 86_400_000);
      expect(await figures(ledger, "s", slow, 1_001)).toEqual({ used: 1_000 - back, held: 0 });
    });

    it("refund what a hold took too much", async () => {
      admitted(await take(20, "r"));
      expect((await take(1)).admitted).toBe(false);
      await settle(ledger, "r", { a: 3 });
      expect(admitted(await take(17)).accounts[0]).toMatchObject({ used: 3, held: 17 });
    });
  });

  describe("warnings", () => {
    const warned = (amount: number, limit = 100) => claim(ledger, "a", amount, limit, { warnAt: [50, 80] });
    const crossing = (amount: number) => ({
      account: "a",
      windowId: `h${Math.floor(clock.nowMs / hourMs)}`,
      amount,
    });

    it("are told once per window, by the settle that crosses", async () => {
      expect(admitted(await reserve(ledger, [warned(60)], "r1")).crossings).toEqual([]);
      expect((await settle(ledger, "r1", { a: 49 })).crossings).toEqual([]);
      await reserve(ledger, [warned(10)], "r2");
      expect((await settle(ledger, "r2", { a: 31 })).crossings).toEqual([crossing(50), crossing(80)]);
      expect((await settle(ledger, "r2", { a: 31 })).crossings).toEqual([]);
      expect((await reserve(ledger, [warned(1)])).crossings).toEqual([]);
      clock.nowMs += hourMs;
      await reserve(ledger, [warned(60)], "r3");
      expect((await settle(ledger, "r3", { a: 60 })).crossings).toEqual([crossing(50)]);
    });

    it("are told by the next reserve, refused or not, where nothing was settled", async () => {
      const period = hours(clock.nowMs);
      await ledger.adjust({
        id: "1",
        account: "a",
        period,
        limit: 100,
        amount: 60,
        by: "me",
        reason: "import",
      });
      expect((await reserve(ledger, [warned(1)])).crossings).toEqual([crossing(50)]);
      await ledger.adjust({
        id: "2",
        account: "a",
        period,
        limit: 100,
        amount: 60,
        by: "me",
        reason: "import",
      });
      expect(refused(await reserve(ledger, [warned(1)])).crossings).toEqual([crossing(80)]);
      expect(refused(await reserve(ledger, [warned(1)])).crossings).toEqual([]);
    });

    it("are told once where an account stands in several candidates", async () => {
      await ledger.adjust({
        id: "1",
        account: "a",
        period: hours(clock.nowMs),
        limit: 100,
        amount: 60,
        by: "me",
        reason: "x",
      });
      await reserve(ledger, [claim(ledger, "full", 1, 1)]);
      const answer = admitted(
        await reserve(ledger, [
          [warned(1), claim(ledger, "full", 1, 1)],
          [claim(ledger, "a", 1, 100), claim(ledger, "free", 1, 1)],
        ]),
      );
      expect(answer).toMatchObject({ candidate: 1, crossings: [crossing(50)] });
      expect((await reserve(ledger, [warned(1)])).crossings).toEqual([]);
    });

    it("follow a limit that changes: higher amounts are told, passed ones not again", async () => {
      await reserve(ledger, [warned(60)], "r");
      await settle(ledger, "r", { a: 60 });
      const lower = claim(ledger, "a", 1, 50, { warnAt: [25, 40] });
      expect((await reserve(ledger, [lower])).crossings).toEqual([]);
      const other = claim(ledger, "a", 1, 70, { warnAt: [35, 56] });
      expect((await reserve(ledger, [other])).crossings).toEqual([crossing(56)]);
    });
  });

  describe("adjust", () => {
    const adjust = (id: string, amount: number, more = {}) =>
      ledger.adjust({
        id,
        account: "a",
        period: hours(clock.nowMs),
        limit: 100,
        amount,
        by: "ops",
        reason: "why",
        ...more,
      });

    it("changes what was spent, is recorded, and cuts a credit at 0", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r");
      await settle(ledger, "r", { a: 30 });
      const windowId = `h${clock.nowMs / hourMs}`;
      const shared = { account: "a", windowId, by: "ops", reason: "why" };
      const first = { ...shared, id: "1", amount: 12, applied: 12, used: 42, atMs: clock.nowMs };
      expect(await adjust("1", 12)).toEqual(first);
      clock.nowMs += 1;
      const second = { ...shared, id: "0", amount: -50, applied: -42, used: 0, atMs: clock.nowMs };
      expect(await adjust("0", -50)).toEqual(second);
      expect(await adjust("1", 12)).toEqual(first);
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
      expect(await ledger.adjustments("a")).toEqual([first, second]);
      expect(await ledger.adjustments("b")).toEqual([]);
    });

    it("is exact to the largest amount and goes no further", async () => {
      const most = Number.MAX_SAFE_INTEGER;
      expect(await adjust("1", most - 1)).toMatchObject({ applied: most - 1, used: most - 1 });
      expect(await adjust("2", 5)).toMatchObject({ applied: 1, used: most });
      expect(await adjust("3", -most)).toMatchObject({ applied: -most, used: 0 });
    });

    it("never makes a later correction of a request fall below 0", async () => {
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "r");
      await settle(ledger, "r", { a: 30 }, "estimated");
      await adjust("1", -30);
      await settle(ledger, "r", { a: 10 });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
    });
  });

  it("counts amounts up to 2^53 - 1 exactly", async () => {
    const most = Number.MAX_SAFE_INTEGER;
    await reserve(ledger, [claim(ledger, "a", most - 10, most)], "r");
    expect((await reserve(ledger, [claim(ledger, "a", 11, most)])).admitted).toBe(false);
    expect(admitted(await reserve(ledger, [claim(ledger, "a", 9, most)])).accounts[0]).toMatchObject({
      remaining: 1,
    });
    await settle(ledger, "r", { a: most - 10 });
    expect(await figures(ledger, "a")).toEqual({ used: most - 10, held: 9 });
  });

  it("refuses what it could not count, and says what", async () => {
    const bad = [
      claim(ledger, "a", 1.5, 100),
      claim(ledger, "a", -1, 100),
      claim(ledger, "a", 2 ** 53, 100),
      claim(ledger, "a", 1, Number.NaN),
      claim(ledger, "", 1, 100),
      claim(ledger, "a", 1, 100, { period: { kind: "sliding", lengthMs: 86_400_001 } }),
      claim(ledger, "a", 1, 100, { period: { kind: "windows", windows: [] } }),
      claim(ledger, "a", 1, 100, { period: { kind: "bucket", lengthMs: 1_000, burst: 0.5 } }),
      claim(ledger, "a", 1, 100, { chargeOnExpiry: -1 }),
      claim(ledger, "a", 1, 100, { chargeOnExpiry: 2 }),
      claim(ledger, "a", 1, 100, { warnAt: [0.5] }),
    ];
    for (const one of bad) {
      await expect(reserve(ledger, [one])).rejects.toThrow(LedgerCallError);
    }
    const twice = [claim(ledger, "a", 1, 100), claim(ledger, "a", 1, 100)];
    await expect(reserve(ledger, twice)).rejects.toThrow(/claim on a: a second one/);
    await expect(settle(ledger, "r", { a: -1 })).rejects.toThrow(/charge to a: -1 is not a whole number/);
    await expect(ledger.renew(["r"], 0)).rejects.toThrow(/holdMs: 0/);
    expect(await figures(ledger, "a")).toEqual({ used: 0, held: 0 });
  });

  it("says how many reservations are open", async () => {
    await reserve(ledger, [claim(ledger, "a", 1, 100)], "r", 1_000);
    await reserve(ledger, [claim(ledger, "a", 1, 100)], "s", 2_000);
    await reserve(ledger, [claim(ledger, "a", 1, 100)], "t", 3_000);
    await settle(ledger, "t", {});
    expect((await ledger.inspect([])).liveHolds).toBe(2);
    clock.nowMs += 1_000;
    expect((await ledger.inspect([])).liveHolds).toBe(1);
  });

  it("admits exactly what fits of many calls at once, also for an account that nobody has seen", async () => {
    const calls = Array.from({ length: 200 }, () => {
      const claims = [claim(ledger, "new", 10, 100), claim(ledger, "slots", 1, 50, { period: running })];
      return reserve(ledger, claims, randomUUID());
    });
    const answers = await Promise.all(calls);
    expect(answers.filter((answer) => answer.admitted)).toHaveLength(10);
    expect(await figures(ledger, "new")).toEqual({ used: 0, held: 100 });
    expect(await figures(ledger, "slots", running)).toEqual({ used: 0, held: 10 });
  });
}
