import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientPlan } from "../../extproc/ledger/redisClient";
import { readSettings, type Settings } from "../../extproc/service/settings";
import { allSettings, flagOf } from "../../extproc/service/settingsTable";
import { makeCertificate } from "./support/certificates";

const folder = mkdtempSync(join(tmpdir(), "processor-settings-"));
const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const least = { POLICY_FILE: "/etc/processor/policy.json" };

function settings(env: Record<string, string>, ...args: string[]): Settings {
  const read = readSettings({ ...least, ...env }, args);
  if (read.kind !== "settings") {
    throw new Error(JSON.stringify(read));
  }
  return read.settings;
}

function problems(env: Record<string, string>, ...args: string[]): readonly string[] {
  const read = readSettings({ ...least, ...env }, args);
  return read.kind === "problems" ? read.problems : [];
}

/** What the Redis client makes of the settings. */
function redis(env: Record<string, string>): Record<string, unknown> {
  const { store } = settings(env);
  if (store.kind !== "redis") {
    throw new Error("memory");
  }
  const plan = clientPlan(store.connection);
  return { ...plan, options: { ...plan.options } };
}

describe("settings", () => {
  it("have these defaults", () => {
    expect(settings({})).toEqual({
      port: 9002,
      healthPort: 9003,
      host: undefined,
      tls: undefined,
      policyFile: "/etc/processor/policy.json",
      store: { kind: "memory" },
      ledgerName: "budgets",
      storeTimeoutMs: 20,
      holdMs: 60_000,
      drainDelayMs: 5_000,
      drainMs: 300_000,
      logWaitMs: 10_000,
      maxBodyBytes: 33_554_432,
      lifetimeSignal: true,
      logLevel: "info",
      allowJump: false,
      genAiMetrics: false,
      statusPage: true,
    });
  });

  it("are taken from variables and from flags, which count more", () => {
    const env = {
      PORT: "1",
      HOST: "127.0.0.1",
      HOLD_SECONDS: "30",
      STORE_TIMEOUT_MS: "50",
      ALLOW_JUMP: "true",
      LIFETIME_SIGNAL: "false",
      MAX_BODY_MB: "1",
    };
    expect(settings(env, "--port", "2", "--drain-seconds=0", "--log-level", "debug")).toMatchObject({
      port: 2,
      host: "127.0.0.1",
      holdMs: 30_000,
      storeTimeoutMs: 50,
      drainMs: 0,
      logLevel: "debug",
      allowJump: true,
      lifetimeSignal: false,
      maxBodyBytes: 1_048_576,
    });
  });

  it("take an empty variable for none", () => {
    expect(settings({ PORT: "", REDIS_URL: "" })).toMatchObject({ port: 9002, store: { kind: "memory" } });
  });

  it("are refused with all problems at once", () => {
    const env = {
      POLICY_FILE: "",
      PORT: "70000",
      HEALTH_PORT: "9003.5",
      HOLD_SECONDS: "1",
      LOG_LEVEL: "loud",
      ALLOW_JUMP: "yes",
      LEDGER_NAME: "a{b}",
      STORE: "postgres",
      TLS_CERT_FILE: "/nowhere.pem",
    };
    expect(problems(env, "--drain", "5", "--host", "surplus")).toEqual([
      "--drain: is unknown; see --help",
      "argument 2: belongs to no flag; see --help",
      'PORT: "70000" is not a whole number from 0 to 65535',
      'HEALTH_PORT: "9003.5" is not a whole number from 0 to 65535',
      "TLS_CERT_FILE: and TLS_KEY_FILE need each other; give both or none",
      "POLICY_FILE: is missing; name the policy document",
      'STORE: "postgres" is unknown; use one of memory, redis',
      'LEDGER_NAME: "a{b}" is not 1 to 128 letters, digits and ._:-',
      'HOLD_SECONDS: "1" is not a whole number from 5 to 3600',
      'LOG_LEVEL: "loud" is unknown; use one of debug, info, warn, error',
      'ALLOW_JUMP: "yes" is unknown; use one of true, false',
    ]);
  });

  it.each([
    [["--port"], "--port: has no value"],
    [["--port="], "--port: has no value"],
    [["-p", "1"], "-p: is unknown; see --help"],
    [
      ["--redis-password", "hunter2"],
      "--redis-password: is no flag, since every user of this machine could read it; set REDIS_PASSWORD",
    ],
    [
      ["--redis-url", "redis://:hunter2@cache"],
      "--redis-url: holds a user or a password, which every user of this machine can read; set REDIS_USERNAME and REDIS_PASSWORD",
    ],
  ])("refuse %j", (args, problem) => {
    const found = problems({}, ...args);
    expect(found).toContain(problem);
    expect(found.join()).not.toContain("hunter2");
  });

  it("give no two ports the same number, unless any will do", () => {
    expect(problems({ PORT: "9003" })).toEqual(["HEALTH_PORT: 9003 is PORT already; use another"]);
    expect(settings({ PORT: "0", HEALTH_PORT: "0" })).toMatchObject({ port: 0, healthPort: 0 });
  });
});

describe("the help", () => {
  it.each(["--help", "-h"])("comes with %s, whatever else is wrong", (flag) => {
    const read = readSettings({ PORT: "x" }, ["--nonsense", flag]);
    expect(read.kind).toBe("help");
  });

  it("names every setting with its default, in lines of at most 120 characters", () => {
    const read = readSettings({}, ["--help"]);
    const text = read.kind === "help" ? read.text : "";
    for (const { env, meaning, fallback } of allSettings) {
      const line = text.split("\n").find((one) => one.startsWith(`  ${env}=`));
      expect(line).toContain(meaning);
      expect(line?.includes("default: ")).toBe(fallback !== undefined);
    }
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(text).toMatch(/REDIS_PASSWORD=TEXT .*\(no flag\)/);
  });

  it("shows defaults that are those of the code", () => {
    const shown = Object.fromEntries(
      allSettings
        .filter(({ fallback }) => /^\d+$/.test(fallback ?? ""))
        .map((row) => [row.env, row.fallback]),
    );
    const { port, healthPort, storeTimeoutMs, holdMs, drainDelayMs, drainMs, logWaitMs } = settings({});
    expect(shown).toEqual({
      PORT: String(port),
      HEALTH_PORT: String(healthPort),
      STORE_TIMEOUT_MS: String(storeTimeoutMs),
      HOLD_SECONDS: String(holdMs / 1000),
      DRAIN_DELAY_SECONDS: String(drainDelayMs / 1000),
      DRAIN_SECONDS: String(drainMs / 1000),
      LOG_WAIT_SECONDS: String(logWaitMs / 1000),
      MAX_BODY_MB: String(settings({}).maxBodyBytes / 1024 / 1024),
    });
  });

  it("is what the documentation says", () => {
    const text = readFileSync(join(__dirname, "../../docs/processor.md"), "utf8");
    const rows = allSettings.map(
      ({ env, value, fallback = "", meaning }) =>
        `| \`${env}\` | \`${value.replaceAll("|", "\\|")}\` | ${fallback} | ${meaning} |`,
    );
    expect(text).toContain(`\n${rows.join("\n")}\n\n`);
  });

  it("spells flags like variables", () => {
    expect(flagOf("DRAIN_DELAY_SECONDS")).toBe("drain-delay-seconds");
  });
});

describe("Redis", () => {
  it("is the store when it is given, with the password from its own variable or file", () => {
    const expected = { host: "cache", port: 6380, username: "app", password: "p%41/@:ss", tls: {} };
    const url = { REDIS_URL: "rediss://cache:6380", REDIS_USERNAME: "app" };
    expect(redis({ ...url, REDIS_PASSWORD: "p%41/@:ss" })).toMatchObject({
      kind: "single",
      options: expected,
    });
    const path = file("password", "p%41/@:ss\n");
    expect(redis({ ...url, REDIS_PASSWORD_FILE: path })).toMatchObject({ kind: "single", options: expected });
  });

  it("may have the credentials in its address", () => {
    expect(redis({ REDIS_URL: "redis://app:p%2541@cache/3" })).toMatchObject({
      options: { username: "app", password: "p%41", db: 3 },
    });
  });

  it("is a cluster, with credentials for all nodes", () => {
    const env = { REDIS_CLUSTER: "redis://n1:7001, redis://n2:7002", REDIS_PASSWORD: "secret" };
    expect(redis(env)).toMatchObject({
      kind: "cluster",
      nodes: [
        { host: "n1", port: 7001 },
        { host: "n2", port: 7002 },
      ],
      options: { redisOptions: { password: "secret" } },
    });
  });

  it("is found by sentinels", () => {
    const env = {
      REDIS_SENTINEL: "s1:26380,s2,[::1]:26381",
      REDIS_SENTINEL_MASTER: "budgets",
      REDIS_SENTINEL_TLS: "true",
      REDIS_SENTINEL_PASSWORD: "theirs",
      REDIS_PASSWORD: "ours",
      REDIS_SERVERNAME: "redis.example.com",
    };
    expect(redis(env)).toMatchObject({
      kind: "single",
      options: {
        name: "budgets",
        sentinels: [
          { host: "s1", port: 26_380 },
          { host: "s2", port: 26_379 },
          { host: "::1", port: 26_381 },
        ],
        sentinelPassword: "theirs",
        password: "ours",
        tls: { servername: "redis.example.com" },
        sentinelTLS: { servername: "redis.example.com" },
      },
    });
  });

  it("has the certificates of files", () => {
    const env = {
      REDIS_URL: "rediss://cache",
      REDIS_CA_FILE: file("ca.pem", "CA"),
      REDIS_CERT_FILE: file("cert.pem", "CERT"),
      REDIS_KEY_FILE: file("key.pem", "KEY"),
    };
    expect(redis(env)).toMatchObject({ options: { tls: { ca: "CA", cert: "CERT", key: "KEY" } } });
  });

  const wrong: [Record<string, string>, string[]][] = [
    [
      { STORE: "redis" },
      ["STORE: redis needs exactly one of REDIS_URL, REDIS_CLUSTER, REDIS_SENTINEL; none is given"],
    ],
    [
      { REDIS_URL: "redis://a", REDIS_CLUSTER: "redis://b" },
      [
        "STORE: redis needs exactly one of REDIS_URL, REDIS_CLUSTER, REDIS_SENTINEL; REDIS_URL and REDIS_CLUSTER is given",
      ],
    ],
    [
      { STORE: "memory", REDIS_URL: "redis://a" },
      ["REDIS_URL: is given, but STORE is memory; remove one of them"],
    ],
    [{ REDIS_URL: "http://a" }, ['REDIS_URL: protocol "http:" is neither redis: nor rediss:']],
    [
      { REDIS_URL: "a secret" },
      ["REDIS_URL: not a URL; write redis://host:6379 or rediss://user:password@host:6379"],
    ],
    [{ REDIS_CLUSTER: "redis://n1/2" }, ["REDIS_CLUSTER: database 2: a cluster has database 0 only"]],
    [
      { REDIS_SENTINEL: "s1:0,http://s2" },
      [
        "REDIS_SENTINEL_MASTER: is missing; say what the sentinels call the master",
        "REDIS_SENTINEL: holds an address that is not HOST:PORT; separate several by commas",
        "REDIS_SENTINEL: holds an address that is not HOST:PORT; separate several by commas",
      ],
    ],
    [
      { REDIS_SENTINEL: ",", REDIS_SENTINEL_MASTER: "m" },
      ["REDIS_SENTINEL: names no sentinel; write HOST:PORT,HOST:PORT"],
    ],
    [{ REDIS_URL: "redis://a", REDIS_SENTINEL_MASTER: "m" }, ["REDIS_SENTINEL_MASTER: needs REDIS_SENTINEL"]],
    [
      { REDIS_URL: "redis://:hunter2@a", REDIS_PASSWORD: "hunter3" },
      ["REDIS_URL: holds a password, and REDIS_PASSWORD another; give one of them"],
    ],
    [
      { REDIS_URL: "redis://a", REDIS_PASSWORD: "hunter2", REDIS_PASSWORD_FILE: "/nowhere" },
      ["REDIS_PASSWORD_FILE: is given beside REDIS_PASSWORD; give one of them"],
    ],
    [
      { REDIS_URL: "redis://a", REDIS_PASSWORD_FILE: "/nowhere" },
      ['REDIS_PASSWORD_FILE: "/nowhere" cannot be read (ENOENT); give a file that is there and may be read'],
    ],
    [
      { REDIS_URL: "redis://a", REDIS_USERNAME: "app" },
      ["REDIS_USERNAME: has no password; give REDIS_PASSWORD or REDIS_PASSWORD_FILE"],
    ],
    [
      { REDIS_URL: "redis://a", REDIS_SERVERNAME: "b" },
      ["REDIS_SERVERNAME: has no meaning without TLS; use rediss:// or REDIS_SENTINEL_TLS"],
    ],
  ];
  it.each(wrong)("is refused with %j", (env, expected) => {
    const found = problems(env);
    expect(found).toEqual(expected);
    expect(found.join()).not.toMatch(/hunter|a secret/);
  });
});

describe("TLS of the gRPC port", () => {
  let certFile = "";
  let keyFile = "";
  let otherKeyFile = "";
  beforeAll(async () => {
    const [one, other] = await Promise.all([makeCertificate("processor"), makeCertificate("other")]);
    certFile = file("tls.crt", one.cert);
    keyFile = file("tls.key", one.key);
    otherKeyFile = file("other.key", other.key);
  });

  it("names the files, since they are read again when they change", () => {
    const env = { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CLIENT_CA_FILE: certFile };
    expect(settings(env).tls).toEqual({ certFile, keyFile, clientCaFile: certFile });
  });

  it("is refused when key and certificate do not belong together", () => {
    expect(problems({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: otherKeyFile })).toEqual([
      "TLS_CERT_FILE: and TLS_KEY_FILE do not make a certificate (ERR_OSSL_X509_KEY_VALUES_MISMATCH)",
    ]);
  });

  it("is refused when a file holds no PEM, without repeating it", () => {
    const found = problems({ TLS_CERT_FILE: file("bad.crt", "hunter2"), TLS_KEY_FILE: keyFile });
    expect(found).toEqual([expect.stringContaining("do not make a certificate")]);
    expect(found.join()).not.toContain("hunter2");
  });

  it("is refused when authorities of clients are given alone", () => {
    expect(problems({ TLS_CLIENT_CA_FILE: certFile })).toEqual([
      "TLS_CLIENT_CA_FILE: needs TLS_CERT_FILE and TLS_KEY_FILE",
    ]);
  });

  it("is refused when a file cannot be read", () => {
    expect(problems({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: folder })).toContain(
      `TLS_KEY_FILE: "${folder}" cannot be read (EISDIR); give a file that is there and may be read`,
    );
  });
});
