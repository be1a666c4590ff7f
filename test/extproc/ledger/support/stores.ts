import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import type { Ledger } from "../../../../extproc/ledger/ledger";
import type { LedgerSettings } from "../../../../extproc/ledger/limits";
import { memoryLedger } from "../../../../extproc/ledger/memoryLedger";
import { redisLedger } from "../../../../extproc/ledger/redisLedger";
import { anyRedis, whyNoRedis } from "./redisServer";

/** A clock that only the test moves. It starts at a whole hour, like the real one. */
export class TestClock {
  nowMs = Math.ceil(Date.now() / 3_600_000) * 3_600_000;
  readonly read = () => this.nowMs;
}

export interface Store {
  readonly name: "memory" | "redis";
  /** An empty ledger on the clock; without a clock, on the store's own. */
  make(clock?: TestClock, settings?: Partial<LedgerSettings>): Promise<Ledger>;
}

const memory: Store = {
  name: "memory",
  make: async (clock, settings) => memoryLedger({ ...settings, ...(clock && { now: clock.read }) }),
};

/** Runs the tests over both stores. Those over Redis are skipped where there is none, with the reason in their name. */
export function describeStores(title: string, body: (store: Store) => void): void {
  describe(`${title} (memory)`, () => body(memory));

  const missing = whyNoRedis();
  if (missing !== undefined) {
    console.warn(`skipped: ${title} (redis): ${missing}`);
  }
  describe.skipIf(missing !== undefined)(
    `${title} (redis${missing === undefined ? "" : `: ${missing}`})`,
    () => {
      let url = "";
      let stop = async () => {};
      const ledgers: Ledger[] = [];
      beforeAll(async () => {
        ({ url, stop } = await anyRedis());
      });
      afterAll(async () => {
        await Promise.all(ledgers.map((ledger) => ledger.close()));
        await stop();
      });
      body({
        name: "redis",
        async make(clock, settings) {
          const options = { name: `test-${randomUUID()}`, timeoutMs: 5_000, ...settings };
          const ledger = redisLedger({ url }, { ...options, ...(clock && { testClock: clock.read }) });
          await ledger.ready();
          ledgers.push(ledger);
          return ledger;
        },
      });
    },
  );
}
