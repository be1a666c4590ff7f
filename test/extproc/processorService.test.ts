import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { PolicyDocument } from "../../extproc/contract";
import {
  PolicyRefusedError,
  type RunningProcessor,
  type StartOptions,
  startProcessor,
} from "../../extproc/processor";
import { defaultSettings, type Settings } from "../../extproc/service/settings";
import type { RequestSummary } from "../../extproc/service/summary";
import { startRedis, whyNoServer } from "./ledger/support/redisServer";
import { makeCertificate } from "./support/certificates";
import { EnvoyClient, refusalOf } from "./support/envoyCalls";
import { LogLines } from "./support/logLines";
import { smallPolicy } from "./support/policies";
import { samplesOf } from "./support/scrapes";

const folder = mkdtempSync(join(tmpdir(), "processor-service-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

const testSettings: Settings = {
  ...defaultSettings,
  port: 0,
  healthPort: 0,
  host: "127.0.0.1",
  drainDelayMs: 0,
  drainMs: 10_000,
  logWaitMs: 300,
};

/** A processor with what it said. */
async function start(
  policy: PolicyDocument | undefined,
  settings: Partial<Settings> = {},
  more: Partial<StartOptions> = {},
) {
  const log = new LogLines();
  const summaries: RequestSummary[] = [];
  const running = await startProcessor({
    settings: { ...testSettings, ...settings },
    ...(policy === undefined ? {} : { policy }),
    log,
    onRequest: (summary) => summaries.push(summary),
    ...more,
  });
  closers.push(() => running.close());
  const client = new EnvoyClient(running.port);
  closers.push(() => client.close());
  return { running, client, log, summaries };
}

async function ready(running: RunningProcessor): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`http://127.0.0.1:${running.healthPort}/ready`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const metric = async (running: RunningProcessor, name: string) =>
  samplesOf(await running.metrics()).get(name);

/** So many requests a day; the answer is read, so that the end of it settles the request. */
const requestsADay = (requests: number): PolicyDocument => ({
  ...smallPolicy(),
  budgets: { calls: { limit: { requests }, period: "day", settle: "stream" } },
});

const chat = {
  model: "claude",
  max_tokens: 10,
  messages: [{ role: "user", content: "hunter2 is my prompt" }],
};

describe("a running processor", () => {
  it("decides, settles and tells of it, and its log holds nothing of anybody", async () => {
    const policy: PolicyDocument = {
      ...smallPolicy(),
      identities: { user: { header: "x-user-id" } },
      budgets: { "user-day": { per: ["user"], limit: { tokens: 10_000 }, period: "day", settle: "stream" } },
    };
    const { running, client, log, summaries } = await start(policy, { logLevel: "debug" });
    const call = client.call();
    expect(
      refusalOf(await call.request(chat, { "x-user-id": "alice", authorization: "Bearer hunter3" })),
    ).toBeUndefined();
    expect(await metric(running, "budget_holds_live")).toBe(1);
    expect(await metric(running, "budget_streams_open")).toBe(1);
    await call.answerBody("hunter4 is my answer", 12, 5);
    await call.end();
    await vi.waitFor(() => expect(summaries).toMatchObject([{ model: "claude", kind: "exact" }]));
    const samples = samplesOf(await running.metrics());
    expect(samples.get("budget_holds_live")).toBe(0);
    expect(samples.get('budget_settles_total{source="stream",kind="exact",model="claude"}')).toBe(1);
    expect(
      samples.get('budget_decisions_total{outcome="admitted",budget="",model="claude",tier="",by="store"}'),
    ).toBe(1);
    const told = log.text + (await running.metrics());
    expect(told).not.toMatch(/hunter|alice/);
    expect(log.codes()).toEqual(["policy_accepted", "started"]);
  });

  it("listens on the ports that it says, and is ready", async () => {
    const { running, log } = await start(smallPolicy());
    const { status, body } = await ready(running);
    expect([status, body["ready"], body["store"]]).toEqual([200, true, "up"]);
    expect(log.of("started")).toMatchObject([
      { port: running.port, healthPort: running.healthPort, store: "memory" },
    ]);
  });

  it("enforces another policy as soon as it is there", async () => {
    const { running, client } = await start(requestsADay(1));
    expect(refusalOf(await client.call().request(chat))).toBeUndefined();
    expect(refusalOf(await client.call().request(chat))).toBe(429);
    expect(running.update(requestsADay(2))).toEqual([]);
    expect(refusalOf(await client.call().request(chat))).toBeUndefined();
    expect(refusalOf(await client.call().request(chat))).toBe(429);
  });

  it("goes on with its policy when the next is wrong, stays ready and says so everywhere", async () => {
    const path = join(folder, "reload.json");
    writeFileSync(path, JSON.stringify(requestsADay(1)));
    const { running, client, log } = await start(undefined, { policyFile: path });
    const before = running.health().policy;
    writeFileSync(path, JSON.stringify({ ...requestsADay(5), version: 7 }));
    await vi.waitFor(() => expect(log.of("policy_refused")).toHaveLength(1), 5_000);
    expect(log.of("policy_refused")).toMatchObject([
      { policy: before, problems: [expect.stringMatching(/^version: 7 /)] },
    ]);
    expect(await ready(running)).toMatchObject({
      status: 200,
      body: { ready: true, policy: before, stalePolicy: [expect.stringMatching(/^version: 7 /)] },
    });
    expect(await metric(running, "budget_policy_stale")).toBe(1);
    expect(refusalOf(await client.call().request(chat))).toBeUndefined();
    expect(refusalOf(await client.call().request(chat))).toBe(429);

    writeFileSync(path, JSON.stringify(requestsADay(3)));
    await vi.waitFor(async () => expect(await metric(running, "budget_policy_stale")).toBe(0), 5_000);
    expect(refusalOf(await client.call().request(chat))).toBeUndefined();
    expect(running.health()).toMatchObject({ ready: true, stalePolicy: [] });
  });

  it("refuses a policy for several replicas while it counts in memory", async () => {
    const { running } = await start(smallPolicy());
    const problem = {
      path: "replicas",
      value: "2",
      remedy: "cannot share a store in memory: each would spend every budget anew; give a Redis, or run one",
    };
    expect(running.update(smallPolicy(20_000, { replicas: 2 }))).toEqual([problem]);
    await expect(start(smallPolicy(20_000, { replicas: 2 }))).rejects.toMatchObject({
      name: "PolicyRefusedError",
      problems: [problem],
    });
  });
});

describe("starting", () => {
  const freePort = async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    return { port, taken: server, release: () => new Promise((resolve) => server.close(resolve)) };
  };

  it("fails with all problems of a bad policy, and leaves nothing", async () => {
    const { port, release } = await freePort();
    await release();
    const wrong = { ...smallPolicy(), budgets: { a: { limit: {}, period: "day" } }, surplus: 1 };
    const failed = start(wrong as PolicyDocument, { port, healthPort: 0 });
    await expect(failed).rejects.toThrow(PolicyRefusedError);
    await expect(failed).rejects.toThrow(/budgets\["a"\]\.limit: .*\n {2}surplus: 1 is an unknown member/);
    await start(smallPolicy(), { port });
  });

  it("fails without a policy file, and without any policy", async () => {
    const path = join(folder, "nowhere.json");
    await expect(start(undefined, { policyFile: path })).rejects.toThrow(`${path}: cannot be read (ENOENT)`);
    await expect(start(undefined)).rejects.toThrow(PolicyRefusedError);
  });

  it.each(["port", "healthPort"] as const)(
    "fails when the %s is taken, and frees the other",
    async (name) => {
      const taken = await freePort();
      closers.push(taken.release);
      const other = await freePort();
      await other.release();
      const otherName = name === "port" ? "healthPort" : "port";
      const settings = { [name]: taken.port, [otherName]: other.port };
      await expect(start(smallPolicy(), settings)).rejects.toMatchObject({ code: "EADDRINUSE" });
      await start(smallPolicy(), { [otherName]: other.port });
    },
  );
});

describe("draining", () => {
  it("takes requests until endpoints are gone, lets running ones end with their holds, and settles them", async () => {
    const { running, client, log, summaries } = await start(requestsADay(10), {
      holdMs: 1_000,
      drainDelayMs: 500,
    });
    const call = client.call();
    await call.request(chat);
    const drained = running.drain();
    expect(await ready(running)).toMatchObject({ status: 503, body: { reasons: ["draining"] } });
    const late = client.call();
    expect(refusalOf(await late.request(chat))).toBeUndefined();
    await late.answerBody("hello", 1, 1);
    await late.end();

    // Three times the life of a hold that nobody renews.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await expect(new EnvoyClient(running.port).call().request(chat)).rejects.toThrow(/the stream ended: 14/);
    expect(await metric(running, "budget_holds_live")).toBe(1);
    expect(summaries).toHaveLength(1);
    await call.answerBody("hello", 12, 5);
    expect((await call.end()).code).toBe(0);
    await drained;
    expect(summaries).toMatchObject([{ kind: "exact" }, { kind: "exact" }]);
    await expect(fetch(`http://127.0.0.1:${running.healthPort}/live`)).rejects.toThrow();
    expect(log.codes()).toEqual(["policy_accepted", "started"]);
  });

  it("waits for log entries of requests that are over", async () => {
    const policy = {
      ...smallPolicy(),
      budgets: { all: { limit: { tokens: 5_000 }, period: "day" } },
    } as const;
    const { running, client, summaries } = await start(policy, { logWaitMs: 5_000 });
    const log = client.openLog();
    const call = client.call();
    const answer = await call.request(chat);
    const own = ownMetadata(answer);
    await call.end();
    const drained = running.drain();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(summaries).toEqual([]);
    log({ "aigw.budget": own, "io.envoy.ai_gateway": { llm_input_token: 12, llm_output_token: 5 } });
    await drained;
    expect(summaries).toMatchObject([{ kind: "exact", usage: { inputFresh: 12, outputText: 5 } }]);
  });

  it("cuts what runs when its time is over, and settles it", async () => {
    const { running, client, summaries } = await start(requestsADay(10), { drainMs: 400 });
    const call = client.call();
    await call.request(chat);
    await running.drain();
    expect((await call.ended()).code).toBe(14);
    expect(summaries).toHaveLength(1);
  });

  it("ends at once when it is asked for that meanwhile", async () => {
    const { running, client } = await start(requestsADay(10), { drainDelayMs: 60_000, drainMs: 60_000 });
    const call = client.call();
    await call.request(chat);
    const began = performance.now();
    const drained = running.drain();
    await running.close();
    await drained;
    expect(performance.now() - began).toBeLessThan(3_000);
    expect((await call.ended()).code).not.toBe(0);
  });
});

describe("TLS", () => {
  it("speaks with the certificate of its files, and with the new one once they change", async () => {
    const [first, second] = await Promise.all([makeCertificate("one"), makeCertificate("two")]);
    const [certFile, keyFile] = [join(folder, "tls.crt"), join(folder, "tls.key")];
    writeFileSync(certFile, first.cert);
    writeFileSync(keyFile, first.key);
    const { running, log } = await start(requestsADay(10), {
      tls: { certFile, keyFile, clientCaFile: undefined },
    });
    const speaks = async (ca: string) => {
      const client = new EnvoyClient(running.port, ca);
      closers.push(() => client.close());
      return refusalOf(await client.call().request(chat));
    };
    expect(await speaks(first.cert)).toBeUndefined();
    await expect(speaks(second.cert)).rejects.toThrow(/the stream ended: 14/);
    // One after the other: until both are there they do not fit.
    writeFileSync(certFile, second.cert);
    await vi.waitFor(() => expect(log.of("certificate_refused")).toHaveLength(1), 5_000);
    expect(await speaks(first.cert)).toBeUndefined();
    writeFileSync(keyFile, second.key);
    await vi.waitFor(() => expect(log.of("certificate_replaced")).toHaveLength(1), 5_000);
    expect(await speaks(second.cert)).toBeUndefined();
    await expect(speaks(first.cert)).rejects.toThrow(/the stream ended: 14/);
  });
});

const noRedis = whyNoServer();
describe.skipIf(noRedis !== undefined)(`Redis${noRedis === undefined ? "" : `: ${noRedis}`}`, () => {
  const closedWithout: PolicyDocument = {
    ...smallPolicy(),
    budgets: {
      calls: { limit: { requests: 2 }, period: "day", whenStoreIsDown: "closed", settle: "stream" },
    },
  };

  it("is shared by replicas, with its password, and every scrape tells the same holds", async () => {
    const redis = await startRedis("--requirepass", "hunter2");
    closers.push(redis.stop);
    const url = redis.url.replace("redis://", "redis://:hunter2@");
    const store = { kind: "redis", connection: { url } } as const;
    const [one, other] = [await start(closedWithout, { store }), await start(closedWithout, { store })];
    expect(refusalOf(await one.client.call().request(chat))).toBeUndefined();
    expect(refusalOf(await other.client.call().request(chat))).toBeUndefined();
    expect(refusalOf(await one.client.call().request(chat))).toBe(429);
    expect(await metric(one.running, "budget_holds_live")).toBe(2);
    expect(await metric(other.running, "budget_holds_live")).toBe(2);
    expect(await ready(one.running)).toMatchObject({ status: 200 });
    expect(one.log.text + other.log.text).not.toContain("hunter2");
  });

  it("with a wrong password keeps a replica from being ready, and the log says why", async () => {
    const redis = await startRedis("--requirepass", "hunter2");
    closers.push(redis.stop);
    const url = redis.url.replace("redis://", "redis://:hunter3@");
    const store = { kind: "redis", connection: { url } } as const;
    const { running, log } = await start(closedWithout, { store });
    expect(await ready(running)).toMatchObject({
      status: 503,
      body: { reasons: ["the store has not answered yet"], store: "down" },
    });
    // Though nobody has asked for anything, so that no call has failed.
    expect(await metric(running, "budget_degraded")).toBe(1);
    expect(log.of("store_connection")).toContainEqual(expect.objectContaining({ errorCode: "WRONGPASS" }));
    expect(log.text).not.toMatch(/hunter/);
    expect(await metric(running, "budget_holds_live")).toBeUndefined();
  });

  it("that comes late makes a replica ready, and one that goes leaves it so", async () => {
    const redis = await startRedis();
    closers.push(redis.stop);
    await redis.kill();
    const store = { kind: "redis", connection: { url: redis.url } } as const;
    const { running, client } = await start(closedWithout, { store });
    expect((await ready(running)).status).toBe(503);
    await redis.restart();
    await vi.waitFor(async () => expect((await ready(running)).status).toBe(200), 10_000);
    expect((await ready(running)).body).toMatchObject({ store: "up" });
    expect(await metric(running, "budget_degraded")).toBe(0);
    await redis.kill();
    await vi.waitFor(async () => {
      expect(refusalOf(await client.call().request(chat))).toBe(503);
      expect(await ready(running)).toMatchObject({ status: 200, body: { store: "down" } });
    }, 10_000);
    expect(await metric(running, "budget_degraded")).toBe(1);
  });
});

/** What the processor wrote for the access log in its answer to the body. */
function ownMetadata(answer: Readonly<Record<string, unknown>>): Record<string, string> {
  const { fields } = answer["dynamicMetadata"] as {
    fields: Record<string, { structValue: { fields: Record<string, { stringValue: string }> } }>;
  };
  const own = Object.entries(fields["aigw.budget"]?.structValue.fields ?? {});
  return Object.fromEntries(own.map(([name, { stringValue }]) => [name, stringValue]));
}
