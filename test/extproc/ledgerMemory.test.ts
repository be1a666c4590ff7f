import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { defaultSettings as ledgerSettings } from "../../extproc/ledger/limits";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { createLog } from "../../extproc/service/log";
import { keepSettledMsOf, openLedger } from "../../extproc/service/openLedger";
import { defaultSettings } from "../../extproc/service/settings";
import { claim, figures, hourMs, reserve, running, settle } from "./ledger/support/claims";
import { TestClock } from "./ledger/support/stores";

describe("the ledger in memory", () => {
  it("admits exactly 10 of 1,000 calls at once, 100 times", async () => {
    for (let round = 0; round < 100; round += 1) {
      const ledger = memoryLedger();
      const answers = await Promise.all(
        Array.from({ length: 1_000 }, () => reserve(ledger, [claim(ledger, "a", 10, 100)])),
      );
      expect(answers.filter(({ admitted }) => admitted)).toHaveLength(10);
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 100 });
    }
  });

  it("forgets windows that are over, reservations that were settled and holds that nobody renewed", async () => {
    const clock = new TestClock();
    const ledger = memoryLedger({ now: clock.read });
    let most = 0;
    for (let n = 0; n < 20_000; n += 1) {
      clock.nowMs += 500;
      const id = randomUUID();
      const bucket = { kind: "bucket", lengthMs: 1_000, burst: 10 } as const;
      await reserve(
        ledger,
        [
          claim(ledger, `user-${n}`, 1, 10, { period: { kind: "sliding", lengthMs: 1_000 } }),
          claim(ledger, `bucket-${n}`, 1, 10, { period: bucket }),
          claim(ledger, `slots-${n}`, 1, 10, { period: running }),
          claim(ledger, "team", 1, 100_000),
        ],
        id,
      );
      if (n % 10 > 0) {
        await settle(ledger, id, { [`user-${n}`]: 1, [`bucket-${n}`]: 1, team: 1 });
      }
      most = Math.max(most, ledger.size().cells);
    }
    // Two minutes of settled reservations and an hour of expired ones at two calls a second, not 20,000 calls.
    expect(most).toBeLessThan(1_000);
    expect(ledger.size().reservations).toBeLessThan(1_200);
    clock.nowMs += 24 * hourMs;
    await ledger.inspect([]);
    // Holds that fell due with that call are remembered for an hour.
    clock.nowMs += 2 * hourMs;
    for (let n = 0; n < 100; n += 1) {
      await ledger.inspect([]);
    }
    expect(ledger.size()).toEqual({ cells: 0, reservations: 0 });
  });
});

describe("the processor's own ledger in memory", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  // What a busy processor keeps in memory is as many reservations as it settles in that time.
  it("remembers what it has settled for half a minute, where one in Redis does for two", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ledger = openLedger(defaultSettings, createLog({ level: "error" }));
    const id = randomUUID();
    await reserve(ledger, [claim(ledger, "a", 10, 100)], id);
    await settle(ledger, id, { a: 5 });
    vi.advanceTimersByTime(29_000);
    expect((await settle(ledger, id, { a: 5 })).outcome).toBe("repeated");
    vi.advanceTimersByTime(2_000);
    expect((await settle(ledger, id, {})).outcome).toBe("orphan");
    expect(keepSettledMsOf(defaultSettings)).toBe(30_000);
    const redis = { kind: "redis", connection: { url: "redis://127.0.0.1:6379" } } as const;
    expect(keepSettledMsOf({ store: redis })).toBe(ledgerSettings.keepSettledMs);
    expect(ledgerSettings.keepSettledMs).toBe(120_000);
  });
});
