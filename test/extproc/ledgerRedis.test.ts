import { randomUUID } from "node:crypto";
import { connect } from "node:net";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Ledger, Period } from "../../extproc/ledger/ledger";
import { type RedisLedgerOptions, redisLedger } from "../../extproc/ledger/redisLedger";
import {
  admitted,
  claimOf,
  figuresOf,
  hourMs,
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
  console.warn(`skipped: the ledger in Redis: ${missing}`);
}

describe.skipIf(missing !== undefined)(
  `the ledger in Redis${missing === undefined ? "" : `: ${missing}`}`,
  () => {
    let server: RedisServer;
    let admin: Redis;
    const open: Ledger[] = [];
    beforeAll(async () => {
      server = await startRedis("--appendonly", "yes", "--appendfsync", "always");
      admin = new Redis(server.url);
      admin.on("error", () => {});
    });
    afterAll(async () => {
      await Promise.all(open.map((ledger) => ledger.close()));
      admin.disconnect();
      await server.stop();
    });

    let name = "";
    beforeEach(() => {
      name = `test-${randomUUID()}`;
    });
    async function connected(options: RedisLedgerOptions = {}): Promise<Ledger> {
      const ledger = redisLedger({ url: server.url }, { name, timeoutMs: 5_000, ...options });
      open.push(ledger);
      await ledger.ready();
      return ledger;
    }

    /** What clients send to the server meanwhile, in order; what scripts call themselves is left out. */
    async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
      const { hostname, port } = new URL(server.url);
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      socket.write("MONITOR\r\n");
      await vi.waitFor(() => expect(text).toContain("+OK"));
      await work();
      await admin.echo("the end");
      await vi.waitFor(() => expect(text).toContain('"the end"'));
      socket.destroy();
      const commands = [...text.matchAll(/^\+[\d.]+ \[\d+ (\S+)\] "([^"]*)"/gm)];
      return commands.flatMap(([, source, command = ""]) => (source === "lua" ? [] : [command])).slice(0, -1);
    }

    it("admits exactly 10 of 1,000 calls at once over two connections, 20 times", async () => {
      const ledgers = [await connected(), await connected()];
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all(
          Array.from({ length: 500 }, () => ledgers).flatMap((both) =>
            both.map((ledger) => reserve(ledger, [claim(ledger, `a${round}`, 10, 100)])),
          ),
        );
        expect(answers.filter((answer) => answer.admitted)).toHaveLength(10);
        for (const ledger of ledgers) {
          expect(await figures(ledger, `a${round}`)).toEqual({ used: 0, held: 100 });
        }
      }
    });

    it.each([1, 20])("takes one round trip to reserve and one to settle with %i claims", async (count) => {
      const ledger = await connected();
      const accounts = Array.from({ length: count }, (_, n) => `a${n}`);
      const turn = async () => {
        const id = randomUUID();
        admitted(
          await reserve(
            ledger,
            accounts.map((account) => claim(ledger, account, 1, 1_000)),
            id,
          ),
        );
        await settle(ledger, id, Object.fromEntries(accounts.map((account) => [account, 1])));
      };
      await turn();
      const commands = await commandsDuring(async () => {
        for (let n = 0; n < 10; n += 1) {
          await turn();
        }
      });
      expect(commands).toEqual(Array.from({ length: 20 }, () => "evalsha"));
    });

    it("renews any number of holds in one round trip", async () => {
      const ledger = await connected();
      const ids = Array.from({ length: 50 }, (_, n) => `r${n}`);
      await Promise.all(ids.map((id) => reserve(ledger, [claim(ledger, "a", 1, 100)], id)));
      await ledger.renew(ids, 60_000);
      const commands = await commandsDuring(async () => {
        expect(new Set(await ledger.renew(ids, 90_000))).toEqual(new Set(["open"]));
      });
      expect(commands).toEqual(["evalsha"]);
    });

    it("sets a window's expiry once, to its end and as long again, whoever uses it", async () => {
      const ledger = await connected();
      const period = hours(ledger.nowMs());
      const windowId = period.kind === "windows" ? period.windows[0]?.id : "";
      const endMs = period.kind === "windows" ? (period.windows[0]?.endMs ?? 0) : 0;
      const key = `{${name}}:w:${windowId}#a`;
      await reserve(ledger, [claim(ledger, "a", 1, 100, { period })], "r");
      const first = Number(await admin.call("PEXPIRETIME", key));
      expect(Math.abs(first - (endMs + hourMs))).toBeLessThan(1_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await reserve(ledger, [claim(ledger, "a", 1, 100, { period })]);
      await settle(ledger, "r", { a: 1 });
      await ledger.adjust({ id: "1", account: "a", period, limit: 100, amount: 1, by: "me", reason: "test" });
      expect(Number(await admin.call("PEXPIRETIME", key))).toBe(first);
    });

    it("keeps an open reservation for as long as it takes, and a settled one for a while", async () => {
      const ledger = await connected({ keepSettledMs: 1_000, keepExpiredMs: 50 });
      await reserve(ledger, [claim(ledger, "a", 5, 100)], "r");
      expect(await admin.pttl(`{${name}}:r:r`)).toBe(-1);
      await settle(ledger, "r", { a: 5 });
      expect(await admin.pttl(`{${name}}:r:r`)).toBeGreaterThan(0);
      await vi.waitFor(async () => expect(await ledger.renew(["r"], 1_000)).toEqual(["unknown"]), 5_000);
    });

    it("leaves no key behind but windows and corrections when all is settled or due", async () => {
      const ledger = await connected({ keepSettledMs: 1, keepExpiredMs: 1 });
      const bucket: Period = { kind: "bucket", lengthMs: 1_000, burst: 10 };
      const claims = [
        claim(ledger, "slots", 1, 9, { period: running }),
        claim(ledger, "b", 1, 1_000, { period: bucket }),
      ];
      await reserve(ledger, claims, "settled");
      await reserve(ledger, claims, "due", 1);
      await settle(ledger, "settled", { b: 3 });
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect((await ledger.inspect([])).liveHolds).toBe(0);
      await vi.waitFor(async () => expect(await admin.keys(`{${name}}:*`)).toEqual([`{${name}}:b:b`]));
      expect(await admin.pttl(`{${name}}:b:b`)).toBeGreaterThan(0);
    });

    it("goes on when the server has lost its scripts", async () => {
      const ledger = await connected();
      await reserve(ledger, [claim(ledger, "a", 5, 100)], "r");
      await admin.script("FLUSH");
      expect((await reserve(ledger, [claim(ledger, "a", 5, 100)])).admitted).toBe(true);
      await admin.script("FLUSH");
      await settle(ledger, "r", { a: 4 });
      expect(await figures(ledger, "a")).toEqual({ used: 4, held: 5 });
    });

    it("takes the store's clock for windows, however wrong its own is", async () => {
      const skewed = vi
        .spyOn(Date, "now")
        .mockImplementation(() => performance.timeOrigin + performance.now() + 7_200_000);
      try {
        const ledger = await connected();
        const sliding: Period = { kind: "sliding", lengthMs: 60_000 };
        const answer = admitted(await reserve(ledger, [claim(ledger, "a", 5, 100, { period: sliding })]));
        expect(answer.accounts[0]).toMatchObject({ held: 5 });
        const [seconds] = await admin.time();
        expect(Math.abs(ledger.nowMs() - Number(seconds) * 1_000)).toBeLessThan(2_000);
        expect((await reserve(ledger, [claim(ledger, "b", 5, 100)])).admitted).toBe(true);
      } finally {
        skewed.mockRestore();
      }
    });

    it("says that there was no answer in time; the call repeated under its id counts once", async () => {
      const ledger = await connected({ timeoutMs: 40 });
      const claims = [claim(ledger, "a", 30, 100)];
      await reserve(ledger, [claim(ledger, "a", 1, 100)]);
      await admin.client("PAUSE", 200, "ALL");
      await expect(reserve(ledger, claims, "r")).rejects.toMatchObject({
        name: "StoreDownError",
        code: "store_timeout",
      });
      await admin.ping();
      expect(admitted(await reserve(ledger, claims, "r"))).toMatchObject({ replayed: true, state: "open" });
      expect(await figures(ledger, "a")).toEqual({ used: 0, held: 31 });

      await admin.client("PAUSE", 200, "ALL");
      await expect(settle(ledger, "r", { a: 20 })).rejects.toMatchObject({ code: "store_timeout" });
      await admin.ping();
      expect(await settle(ledger, "r", { a: 20 })).toMatchObject({ outcome: "repeated" });
      expect(await figures(ledger, "a")).toEqual({ used: 20, held: 1 });
    });

    it("tells an error of the store from a store that is not there", async () => {
      const ledger = await connected();
      const period = hours(ledger.nowMs());
      const windowId = period.kind === "windows" ? period.windows[0]?.id : "";
      await admin.set(`{${name}}:w:${windowId}#a`, "no figures");
      await expect(reserve(ledger, [claim(ledger, "a", 1, 100, { period })])).rejects.toMatchObject({
        code: "store_refused",
        message: expect.stringContaining("not a counter"),
      });
    });

    it("finds everything again after a crash and restart, and says it was away meanwhile", async () => {
      const ledger = await connected({ timeoutMs: 500 });
      await reserve(ledger, [claim(ledger, "a", 30, 100)], "settled");
      await settle(ledger, "settled", { a: 20 });
      await reserve(ledger, [claim(ledger, "a", 7, 100)], "open");
      const restarted = server.restart();
      await vi.waitFor(
        async () => {
          await expect(ledger.inspect([])).rejects.toMatchObject({ code: "store_unreachable" });
        },
        { interval: 1 },
      );
      await restarted;
      await vi.waitFor(async () => expect(await figures(ledger, "a")).toEqual({ used: 20, held: 7 }), 5_000);
      expect(await settle(ledger, "settled", { a: 20 })).toMatchObject({ outcome: "repeated" });
      expect(await settle(ledger, "open", { a: 5 })).toMatchObject({ outcome: "settled" });
      expect(await figures(ledger, "a")).toEqual({ used: 25, held: 0 });
    });

    it("is made where nobody listens, says so, and works as soon as somebody does", async () => {
      const late = await startRedis();
      await late.kill();
      const errors: Error[] = [];
      const ledger = redisLedger(
        { url: late.url },
        { onConnectionError: (error) => errors.push(error), timeoutMs: 1_000 },
      );
      open.push(ledger);
      await expect(ledger.ready(100)).rejects.toMatchObject({
        code: "store_unreachable",
        message: expect.stringContaining("ECONNREFUSED"),
      });
      expect(errors.length).toBeGreaterThan(0);
      const began = performance.now();
      await expect(reserve(ledger, [claim(ledger, "a", 1, 1)])).rejects.toMatchObject({
        code: "store_unreachable",
      });
      expect(performance.now() - began).toBeLessThan(500);
      await late.restart();
      await ledger.ready();
      expect((await reserve(ledger, [claim(ledger, "a", 1, 1)])).admitted).toBe(true);
      await late.stop();
    });
  },
);

describe.skipIf(missing !== undefined)("the ledger in a Redis that asks for a password", () => {
  it("gets in with it and not without", async () => {
    const server = await startRedis("--requirepass", "s3cret @/:");
    try {
      const url = new URL(server.url);
      url.password = encodeURIComponent("s3cret @/:");
      const ledger = redisLedger({ url: url.href }, { timeoutMs: 1_000 });
      await ledger.ready();
      expect((await reserve(ledger, [claim(ledger, "a", 1, 1)])).admitted).toBe(true);
      await ledger.close();
      const stranger = redisLedger({ url: server.url }, { timeoutMs: 1_000 });
      const call = stranger.ready(500).then(() => reserve(stranger, [claim(stranger, "a", 1, 1)]));
      await expect(call).rejects.toMatchObject({ name: "StoreDownError", code: "store_refused" });
      await stranger.close();
    } finally {
      await server.stop();
    }
  });
});
