import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { clientPlan, type RedisConnection } from "../../extproc/ledger/redisClient";
import { redisLedger } from "../../extproc/ledger/redisLedger";
import { storeError } from "../../extproc/ledger/redisScripts";

describe("the Redis client's options", () => {
  const table: [string, RedisConnection, object][] = [
    ["a plain URL", { url: "redis://cache" }, { host: "cache", port: 6379 }],
    ["port and database", { url: "redis://cache:7000/3" }, { host: "cache", port: 7000, db: 3 }],
    ["an IPv6 address", { url: "redis://[::1]:7000" }, { host: "::1", port: 7000 }],
    [
      "user, password and TLS",
      { url: "rediss://us%40er:p%3Ass@cache:6380", tls: { ca: "PEM", servername: "redis.internal" } },
      {
        host: "cache",
        port: 6380,
        username: "us@er",
        password: "p:ss",
        tls: { ca: "PEM", servername: "redis.internal" },
      },
    ],
    ["a password alone", { url: "redis://:secret@cache" }, { host: "cache", port: 6379, password: "secret" }],
    [
      "sentinels",
      {
        sentinel: {
          name: "budgets",
          sentinels: [{ host: "s1", port: 26379 }],
          sentinelPassword: "watch",
          password: "secret",
          tls: true,
        },
        tls: { ca: "PEM" },
      },
      {
        name: "budgets",
        role: "master",
        sentinels: [{ host: "s1", port: 26379 }],
        sentinelPassword: "watch",
        password: "secret",
        tls: { ca: "PEM" },
        sentinelTLS: { ca: "PEM" },
        enableTLSForSentinelMode: true,
      },
    ],
  ];
  it.each(table)("%s", (_title, connection, expected) => {
    const plan = clientPlan(connection);
    expect(plan.kind).toBe("single");
    expect(plan.options).toMatchObject(expected);
  });

  it("set no credentials and no TLS that the URL does not", () => {
    const { options } = clientPlan({ url: "redis://cache", tls: { ca: "PEM" } });
    expect(Object.keys(options).filter((key) => /tls|user|pass|db/i.test(key))).toEqual([]);
  });

  it("send nothing twice and queue nothing while there is no connection", () => {
    const once = { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0 };
    const single = clientPlan({ url: "redis://cache" });
    expect(single.options).toMatchObject(once);
    const cluster = clientPlan({ cluster: ["redis://n1"] });
    expect(cluster.options).toMatchObject({ enableOfflineQueue: false, redisOptions: once });
  });

  it("of a cluster: nodes, with the credentials and TLS of the first", () => {
    const plan = clientPlan({
      cluster: ["rediss://app:secret@n1:7001", "rediss://n2:7002"],
      connectTimeoutMs: 500,
    });
    expect(plan).toMatchObject({
      kind: "cluster",
      nodes: [
        { host: "n1", port: 7001 },
        { host: "n2", port: 7002 },
      ],
      options: { redisOptions: { username: "app", password: "secret", tls: {}, connectTimeout: 500 } },
    });
    const addresses: unknown[] = [];
    if (plan.kind === "cluster") {
      expect(plan.options.redisOptions).not.toHaveProperty("host");
      plan.options.dnsLookup?.("n1", (_error, address) => addresses.push(address));
    }
    expect(addresses).toEqual(["n1"]);
  });

  it("wait longer between attempts, up to a second", () => {
    const plan = clientPlan({ url: "redis://cache" });
    const waits = plan.kind === "single" ? [1, 2, 5, 100].map((n) => plan.options.retryStrategy?.(n)) : [];
    expect(waits).toEqual([100, 200, 1_000, 1_000]);
  });

  const wrong: [RedisConnection, RegExp][] = [
    [{}, /exactly one of url, cluster and sentinel/],
    [{ url: "redis://a", cluster: ["redis://b"] }, /exactly one/],
    [{ url: "cache:6379" }, /redis\.url: protocol "cache:" is neither/],
    [{ url: "http://cache" }, /protocol "http:" is neither redis: nor rediss:/],
    [{ url: "not a url with secret" }, /redis\.url: not a URL; write/],
    [{ url: "redis://cache/books" }, /DATABASE-NUMBER/],
    [{ cluster: [] }, /at least one node/],
    [{ cluster: ["redis://n1/2"] }, /database 2: a cluster has database 0 only/],
    [{ sentinel: { name: "m", sentinels: [] } }, /at least one sentinel/],
  ];
  it.each(wrong)("refuse %o", (connection, message) => {
    expect(() => clientPlan(connection)).toThrow(message);
  });
});

describe("a ledger's name", () => {
  it.each(["", "a{b", "a}b", "a#b", "x".repeat(129)])("is not %j", (name) => {
    expect(() => redisLedger({ url: "redis://localhost:1" }, { name })).toThrow(/hash tag of all keys/);
  });
});

describe("an error of the store", () => {
  const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
  it.each([
    [reply("LOADING Redis is loading the dataset in memory"), false],
    [reply("ERR user_script:12: attempt to index a nil value"), false],
    [new Error("Stream isn't writeable and enableOfflineQueue options is false"), false],
    [new Error("Cluster isn't ready and enableOfflineQueue options is false"), false],
    [new Error("Connection is closed."), true],
    [new Error("Reached the max retries per request limit (which is 0)."), true],
  ])("%s: had its effect, perhaps: %s", (error, mayHaveCounted) => {
    expect(storeError("reserve", error).mayHaveCounted).toBe(mayHaveCounted);
  });

  it("says nothing of the call's arguments, which name users", () => {
    const error = Object.assign(reply("ERR no"), { command: { name: "evalsha", args: ["user=ann"] } });
    expect(inspect(storeError("reserve", error), { depth: 9, showHidden: true })).not.toContain("ann");
  });

  it.each([
    [reply("WRONGTYPE Operation against a key"), "store_refused"],
    [reply("OOM command not allowed when used memory > 'maxmemory'."), "store_refused"],
    [reply("ERR user_script:12: attempt to index a nil value"), "store_refused"],
    [reply("NOAUTH Authentication required."), "store_refused"],
    [reply("LOADING Redis is loading the dataset in memory"), "store_unreachable"],
    [reply("READONLY You can't write against a read only replica."), "store_unreachable"],
    [reply("CLUSTERDOWN The cluster is down"), "store_unreachable"],
    [new Error("Connection is closed."), "store_unreachable"],
    ["a text", "store_unreachable"],
  ])("%s is %s", (error, code) => {
    expect(storeError("reserve", error)).toMatchObject({ name: "StoreDownError", code });
  });
});
