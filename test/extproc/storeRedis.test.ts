import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Period } from "../../extproc/ledger/ledger";
import { type RedisLedger, redisLedger } from "../../extproc/ledger/redisLedger";
import type { Policy } from "../../extproc/policy/policy";
import { budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { figures } from "./ledger/support/claims";
import { type RedisServer, startRedis, whyNoServer } from "./ledger/support/redisServer";
import { claimsOf, decide, policyOf, Recorder } from "./store/support";
import { Traffic } from "./store/traffic";

const missing = whyNoServer();
if (missing !== undefined) {
  console.warn(`skipped: budgets on Redis: ${missing}`);
}

const holdMs = 2_000;
const rules = ["open", "closed", "local"] as const;
const limit = 50_000_000;
/** The share of each of the two replicas is 1,000. */
const share = 1_000;
const policies = Object.fromEntries(
  rules.map((whenStoreIsDown) => {
    const tokens = whenStoreIsDown === "local" ? 2 * share : limit;
    const budget = { limit: { tokens }, period: "year", whenStoreIsDown };
    return [whenStoreIsDown, policyOf({ [whenStoreIsDown]: budget }, { replicas: 2 })];
  }),
) as Record<(typeof rules)[number], Policy>;
const year = (): Period => {
  const id = new Date().getUTCFullYear();
  const [startMs, endMs] = [Date.UTC(id, 0), Date.UTC(id + 1, 0)];
  return { kind: "windows", windows: [{ id: String(id), startMs, endMs }] };
};

describe.skipIf(missing !== undefined)(
  `budgets on Redis${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    let server: RedisServer;
    let name: string;
    let stores: BudgetStore[];
    let told: Recorder;
    let watcher: RedisLedger;
    beforeAll(async () => {
      server = await startRedis("--appendonly", "yes", "--appendfsync", "always");
    });
    afterAll(() => server.stop());
    beforeEach(async () => {
      name = `test-${randomUUID()}`;
      told = new Recorder();
      stores = [await replica(20), await replica(20)];
      watcher = redisLedger({ url: server.url }, { name, timeoutMs: 5_000 });
      await watcher.ready();
      return () => Promise.all([...stores.map((store) => store.close(0)), watcher.close()]);
    });
    const replica = async (timeoutMs: number) => {
      const ledger = redisLedger({ url: server.url }, { name, timeoutMs });
      await ledger.ready();
      return budgetStore({
        ledger,
        telemetry: told,
        holdMs,
        probeMs: 200,
        retryMs: { first: 20, most: 200 },
      });
    };

    /** Used and held in Redis itself. */
    const inLedger = (budget: string) => figures(watcher, `${budget}:tokens:`, year(), limit);

    /** Everything that was delivered has been charged once, and nothing is held. */
    async function isBalanced(traffic: Traffic): Promise<void> {
      await vi.waitFor(
        async () => {
          for (const rule of rules) {
            expect([rule, await inLedger(rule)]).toEqual([rule, { used: traffic.delivered(rule), held: 0 }]);
          }
        },
        { timeout: holdMs + 1_500, interval: 50 },
      );
      // Nothing comes after that: no second charge, no hold that was forgotten.
      await wait(holdMs);
      for (const rule of rules) {
        expect([rule, await inLedger(rule)]).toEqual([rule, { used: traffic.delivered(rule), held: 0 }]);
      }
      expect(told.of("failure")).toEqual([]);
    }

    /** What each budget says about a store that does not answer, of requests in a time when it did not. */
    function rulesWereHonoured(traffic: Traffic, fromMs: number, untilMs: number): void {
      const [open, closed, local] = rules.map((rule) => traffic.of(rule, fromMs, untilMs));
      expect(open?.length).toBeGreaterThan(20);
      expect(open?.filter(({ decision }) => !(decision.admitted && decision.by === "open"))).toEqual([]);
      expect(closed?.length).toBeGreaterThan(20);
      expect(new Set(closed?.map(({ decision }) => JSON.stringify(decision)))).toEqual(
        new Set([JSON.stringify({ admitted: false, reason: "storeDown", budget: "closed" })]),
      );
      expect(local?.length).toBeGreaterThan(20);
      expect(local?.filter(({ decision }) => !("by" in decision && decision.by === "local"))).toEqual([]);
      const delivered = local?.reduce((sum, one) => sum + one.delivered, 0) ?? 0;
      expect(delivered).toBeGreaterThan(0);
      expect(delivered).toBeLessThanOrEqual(2 * share);
    }

    it("admits exactly 10 of 1,000 at once over two replicas, 10 times", async () => {
      const patient = [await replica(10_000), await replica(10_000)];
      stores.push(...patient);
      for (let round = 0; round < 10; round += 1) {
        const policy = policyOf({ [`ten-${round}`]: { limit: { tokens: 100 }, period: "year" } });
        const decisions = await Promise.all(
          Array.from({ length: 500 }, () => patient).flatMap((both) =>
            both.map((store) => decide(store, policy, 10)),
          ),
        );
        expect(decisions.filter(({ admitted }) => admitted)).toHaveLength(10);
        expect(new Set(decisions.map((decision) => "by" in decision && decision.by))).toEqual(
          new Set(["store"]),
        );
      }
    });

    it("answers by every budget's rule while Redis is stopped for 5 seconds, and is right afterwards", async () => {
      const traffic = new Traffic(stores, Object.values(policies));
      await wait(500);
      server.pause();
      const pausedMs = performance.now();
      await wait(5_000);
      const resumedMs = performance.now();
      server.resume();
      await vi.waitFor(() => expect(stores.every(({ isUp }) => isUp)).toBe(true), 5_000);
      await wait(500);
      await traffic.stop();
      rulesWereHonoured(traffic, pausedMs, resumedMs);
      expect(traffic.of("open", pausedMs + 1_000, resumedMs).length).toBeGreaterThan(100);
      // Nobody waits for a store that is known to be down.
      const waits = traffic.of("open", pausedMs + 1_000, resumedMs).map(({ decideMs }) => decideMs);
      expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(10);
      await isBalanced(traffic);
      expect(told.of("storeState").filter(([isUp]) => isUp === false)).toContainEqual([
        false,
        "store_timeout",
      ]);
      expect(told.of("storeState").at(-1)).toEqual([true, ""]);
    });

    it("is right after Redis was killed and came back with what it had written", async () => {
      const traffic = new Traffic(stores, Object.values(policies));
      await wait(500);
      for (let round = 0; round < 3; round += 1) {
        await server.restart();
        await vi.waitFor(() => expect(stores.every(({ isUp }) => isUp)).toBe(true), 5_000);
        await wait(300);
      }
      await traffic.stop();
      expect(traffic.of("closed").filter(({ decision }) => decision.admitted).length).toBeGreaterThan(50);
      await isBalanced(traffic);
    });

    it("goes on by every budget's rule without Redis, and tells it everything when it is there again", async () => {
      const traffic = new Traffic(stores, Object.values(policies));
      await wait(300);
      await server.kill();
      const goneMs = performance.now();
      await wait(2_000);
      await traffic.stop();
      rulesWereHonoured(traffic, goneMs, Number.POSITIVE_INFINITY);
      expect(stores.map(({ isUp }) => isUp)).toEqual([false, false]);
      await server.restart();
      await isBalanced(traffic);
      expect(stores.map(({ isUp }) => isUp)).toEqual([true, true]);
    });

    it("forgets the holds of a replica that is killed one deadline later, and charges what they agreed", async () => {
      const [survivor, victim] = [await replica(5_000), await replica(5_000)] as const;
      stores.push(survivor, victim);
      for (let n = 0; n < 20; n += 1) {
        const store = n < 10 ? survivor : victim;
        const candidates = [claimsOf(policies.closed, 10, {}, { chargeOnExpiry: 3 })];
        await store.decide({ id: `r${n}`, policy: policies.closed, candidates });
        store.keep(`r${n}`);
      }
      expect(await inLedger("closed")).toEqual({ used: 0, held: 200 });
      // As a crash leaves it: nobody settles or renews for it any more.
      for (let n = 10; n < 20; n += 1) {
        victim.forget(`r${n}`);
      }
      await wait(holdMs + 100);
      expect(await inLedger("closed")).toEqual({ used: 30, held: 100 });
    });
  },
);
