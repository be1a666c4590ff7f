import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type RedisLedger, redisLedger } from "../../extproc/ledger/redisLedger";
import {
  admitted,
  claimOf,
  figuresOf,
  hours,
  lasting,
  reserve,
  running,
  settle,
} from "./ledger/support/claims";
import { type RedisServer, startRedis, whyNoServer } from "./ledger/support/redisServer";

// On the real clock an hour may end in the middle of a test.
const claim = claimOf(lasting);
const figures = figuresOf(lasting);

const missing = whyNoServer();
if (missing !== undefined) {
  console.warn(`skipped: the ledger in a Redis cluster: ${missing}`);
}

/** Three nodes with a third of the slots each: a call whose keys are not all in one slot is refused here. */
describe.skipIf(missing !== undefined)(
  `the ledger in a Redis cluster${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    let servers: RedisServer[] = [];
    let nodes: Redis[] = [];
    const open: RedisLedger[] = [];
    const connected = async (name: string) => {
      const ledger = redisLedger({ cluster: servers.map(({ url }) => url) }, { name, timeoutMs: 5_000 });
      open.push(ledger);
      await ledger.ready(10_000);
      return ledger;
    };

    beforeAll(async () => {
      const settings = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
      servers = await Promise.all([0, 1, 2].map(() => startRedis(...settings)));
      nodes = servers.map(({ url }) => new Redis(url));
      const bounds = [0, 5_461, 10_922, 16_384];
      for (const [n, node] of nodes.entries()) {
        await node.call("CLUSTER", "ADDSLOTSRANGE", String(bounds[n] ?? 0), String((bounds[n + 1] ?? 0) - 1));
        await node.call("CLUSTER", "SET-CONFIG-EPOCH", String(n + 1));
        await nodes[0]?.call("CLUSTER", "MEET", "127.0.0.1", new URL(servers[n]?.url ?? "").port);
      }
      const isWhole = async () => {
        for (const node of nodes) {
          expect(await node.call("CLUSTER", "INFO")).toMatch(/cluster_state:ok.*cluster_known_nodes:3/s);
        }
      };
      await vi.waitFor(isWhole, { timeout: 60_000, interval: 50 });
    });
    afterAll(async () => {
      await Promise.all(open.map((ledger) => ledger.close()));
      for (const node of nodes) {
        node.disconnect();
      }
      await Promise.all(servers.map((server) => server.stop()));
    });

    it("keeps all that belongs together in one slot, whatever accounts are called", async () => {
      const name = `test-${randomUUID()}`;
      const ledger = await connected(name);
      const accounts = ["a", "{b}", "}{", "user:é", "budget|team=x"];
      const claims = () => [
        ...accounts.map((account) => claim(ledger, account, 1, 10)),
        claim(ledger, "slots", 1, 10, { period: running }),
        claim(ledger, "slide", 1, 10, { period: { kind: "sliding", lengthMs: 1_000 } }),
        claim(ledger, "bucket", 1, 10, { period: { kind: "bucket", lengthMs: 1_000, burst: 5 } }),
      ];
      for (const id of ["{1}", "2}", "3"]) {
        admitted(await reserve(ledger, [...claims()], id, id === "3" ? 1 : 60_000));
      }
      await settle(ledger, "{1}", { a: 1, "{b}": 1 });
      expect(await ledger.renew(["{1}", "2}"], 60_000)).toEqual(["exact", "open"]);
      const period = hours(ledger.nowMs());
      await ledger.adjust({ id: "x", account: "}{", period, limit: 10, amount: 1, by: "me", reason: "test" });
      await vi.waitFor(async () => expect((await ledger.inspect([])).liveHolds).toBe(1));
      const keys = (await Promise.all(nodes.map((node) => node.keys("*")))).flat();
      expect(keys.length).toBeGreaterThan(10);
      const slots = await Promise.all(keys.map((key) => nodes[0]?.call("CLUSTER", "KEYSLOT", key)));
      expect(new Set(slots).size).toBe(1);
    });

    it("spreads ledgers with different names over the nodes, and each holds its budget", async () => {
      // Fixed names, on servers of their own: they fall on all three nodes every time.
      const names = Array.from({ length: 12 }, (_, n) => `ledger-${n}`);
      for (const name of names) {
        const ledger = await connected(name);
        const answers = await Promise.all(
          Array.from({ length: 100 }, () =>
            reserve(ledger, [claim(ledger, "a", 10, 100), claim(ledger, "b", 1, 1_000)]),
          ),
        );
        expect(answers.filter((answer) => answer.admitted)).toHaveLength(10);
        expect(await figures(ledger, "b")).toEqual({ used: 0, held: 10 });
      }
      const sizes = await Promise.all(nodes.map((node) => node.dbsize()));
      expect(Math.min(...sizes)).toBeGreaterThan(0);
    });
  },
);
