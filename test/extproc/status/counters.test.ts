import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LastRefusals } from "../../../extproc/service/status/lastRefusals";
import { RecentTimes } from "../../../extproc/service/status/recentTimes";
import { rememberedSeconds, SecondCounts } from "../../../extproc/service/status/secondCounts";
import { Totals } from "../../../extproc/service/status/totals";

describe("requests per second", () => {
  it("are those of the last full minute, the oldest first", () => {
    const counts = new SecondCounts();
    for (const ms of [1_000, 1_999, 2_000, 4_500, 4_600, 4_700]) {
      counts.add(ms);
    }
    expect(counts.read(4_999).slice(-4)).toEqual([0, 2, 1, 0]);
    expect(counts.read(5_000).slice(-4)).toEqual([2, 1, 0, 3]);
    expect(counts.read(5_000)).toHaveLength(rememberedSeconds);
  });

  it("agree with a list of all of them, whatever the pauses", () => {
    const pauses = fc.array(fc.oneof(fc.nat(900), fc.nat(200_000)), { maxLength: 200 });
    fc.assert(
      fc.property(pauses, fc.nat(100_000), (gaps, wait) => {
        const counts = new SecondCounts();
        const times: number[] = [];
        let nowMs = 1_763_000_000_000;
        for (const gap of gaps) {
          nowMs += gap;
          times.push(nowMs);
          counts.add(nowMs);
        }
        nowMs += wait;
        const second = Math.floor(nowMs / 1000);
        const expected = Array.from(
          { length: rememberedSeconds },
          (_, at) => times.filter((ms) => Math.floor(ms / 1000) === second - rememberedSeconds + at).length,
        );
        expect(counts.read(nowMs)).toEqual(expected);
      }),
    );
  });

  it("stand still while a clock is set back, and lose nothing", () => {
    const counts = new SecondCounts();
    counts.add(10_000);
    counts.add(4_000);
    expect(counts.read(11_000).at(-1)).toBe(2);
  });
});

describe("recent times", () => {
  it("are not there before the first", () => {
    expect(new RecentTimes(0).read(0)).toBeUndefined();
  });

  it("have the quantiles of a sorted list, within 6 %", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 900_000 }), { minLength: 1, maxLength: 300 }),
        (times) => {
          const recent = new RecentTimes(0);
          for (const ms of times) {
            recent.add(ms, 0);
          }
          const sorted = times.toSorted((one, other) => one - other);
          const exact = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
          const read = recent.read(0);
          expect(read?.count).toBe(times.length);
          for (const [told, share] of [
            [read?.p50Ms, 0.5],
            [read?.p95Ms, 0.95],
          ] as const) {
            // Rounded to a millisecond besides.
            expect(Math.abs((told ?? 0) - exact(share))).toBeLessThanOrEqual(exact(share) * 0.06 + 0.5);
          }
        },
      ),
    );
  });

  it("are forgotten after five to ten minutes", () => {
    const minute = 60_000;
    const recent = new RecentTimes(0);
    recent.add(100, 0);
    recent.add(100, 6 * minute);
    expect(recent.read(9 * minute)?.count).toBe(2);
    expect(recent.read(11 * minute)?.count).toBe(1);
    expect(recent.read(30 * minute)).toBeUndefined();
  });

  it("take times beyond their last bucket, and none below a millisecond", () => {
    const recent = new RecentTimes(0);
    recent.add(1e12, 0);
    recent.add(0, 0);
    expect(recent.read(0)).toMatchObject({ count: 2, p50Ms: 1, p95Ms: 2 ** 20 });
  });
});

describe("the last refusals", () => {
  const refused = (budget: string, model = "m") => ({ outcome: "refused", model, budget });

  it("are there once for each reason, with their number, the newest first", () => {
    const last = new LastRefusals();
    last.add(refused("a"), 1);
    last.add(refused("b"), 2);
    last.add(refused("a"), 3);
    last.add(refused("a", "n"), 4);
    last.add({ outcome: "invalid", model: "", budget: "" }, 5);
    expect(
      last.read().map(({ outcome, budget, model, count, atMs }) => [outcome, budget, model, count, atMs]),
    ).toEqual([
      ["invalid", "", "", 1, 5],
      ["refused", "a", "n", 1, 4],
      ["refused", "a", "m", 2, 3],
      ["refused", "b", "m", 1, 2],
    ]);
  });

  it("forget the reason that was given longest ago", () => {
    const last = new LastRefusals(2);
    last.add(refused("a"), 1);
    last.add(refused("b"), 2);
    last.add(refused("a"), 3);
    last.add(refused("c"), 4);
    expect(last.read().map(({ budget }) => budget)).toEqual(["c", "a"]);
  });

  it("keep nothing else of what they are told", () => {
    const last = new LastRefusals();
    last.add({ ...refused("a"), user: "alice" } as Parameters<LastRefusals["add"]>[0], 1);
    expect(JSON.stringify(last.read())).not.toContain("alice");
  });
});

describe("totals", () => {
  const spend = (totals: Totals, name: string, nanodollars: number, requests = 1) => {
    const total = totals.of(name);
    total.nanodollars += nanodollars;
    total.requests += requests;
  };

  it("are ordered by what was spent, then by requests, then by name", () => {
    const totals = new Totals();
    for (const [name, spent, requests] of [
      ["b", 1, 5],
      ["a", 1, 5],
      ["c", 1, 6],
      ["d", 2, 1],
    ] as const) {
      spend(totals, name, spent, requests);
    }
    expect(totals.read(10).map(({ name }) => name)).toEqual(["d", "c", "a", "b"]);
  });

  it("lose nothing of what is not listed, nor of names beyond those that are kept", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(30), fc.nat(1_000))),
        fc.nat(12),
        fc.nat(8),
        (spends, kept, rows) => {
          const totals = new Totals(kept);
          for (const [name, amount] of spends) {
            spend(totals, `n${name}`, amount);
          }
          const read = totals.read(rows);
          expect(read.length).toBeLessThanOrEqual(rows + 1);
          const sum = (of: "nanodollars" | "requests") => read.reduce((all, one) => all + one[of], 0);
          expect(sum("nanodollars")).toBe(spends.reduce((all, [, amount]) => all + amount, 0));
          expect(sum("requests")).toBe(spends.length);
        },
      ),
    );
  });
});
