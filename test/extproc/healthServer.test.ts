import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type PolicyDocument, parsePolicy } from "../../extproc/contract";
import { type Health, type HealthFacts, healthOf } from "../../extproc/service/health";
import { type HealthServer, type HealthSources, startHealthServer } from "../../extproc/service/healthServer";
import { smallPolicy } from "./support/policies";

const running: HealthServer[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

function policy(more: Partial<PolicyDocument> = {}) {
  return parsePolicy(smallPolicy(100, more)).policy;
}

const closed = policy({ budgets: { a: { limit: { tokens: 5 }, period: "day", whenStoreIsDown: "closed" } } });
const facts: HealthFacts = {
  policy: closed,
  problems: [],
  isServing: true,
  isDraining: false,
  storeIsUp: true,
  storeWasUp: true,
};

async function start(sources: Partial<HealthSources> = {}) {
  const errors: unknown[] = [];
  const server = await startHealthServer(
    {
      health: () => healthOf(facts),
      metrics: { contentType: "text/plain; version=0.0.4; charset=utf-8", scrape: async () => "a 1\n" },
      onError: (error) => errors.push(error),
      ...sources,
    },
    { port: 0, host: "127.0.0.1" },
  );
  running.push(server);
  return { errors, port: server.port, url: `http://127.0.0.1:${server.port}` };
}

describe("readiness", () => {
  const reasons = (more: Partial<HealthFacts>) => healthOf({ ...facts, ...more }).reasons;

  it("is there with a policy and a store that answered", () => {
    expect(healthOf(facts)).toEqual({
      ready: true,
      reasons: [],
      draining: false,
      policy: closed?.id,
      stalePolicy: [],
      store: "up",
    } satisfies Health);
  });

  it("stays while the store is down, since what budgets say for that is done here", () => {
    expect(healthOf({ ...facts, storeIsUp: false })).toMatchObject({ ready: true, store: "down" });
  });

  it("says that a store is down which has never answered", () => {
    expect(healthOf({ ...facts, storeWasUp: false })).toMatchObject({ store: "down" });
  });

  it("waits for the first answer of the store where a budget is closed without it", () => {
    expect(reasons({ storeWasUp: false })).toEqual(["the store has not answered yet"]);
  });

  it.each(["open", "local"] as const)(
    "does not wait for the store where all budgets are %s without it",
    (down) => {
      const budgets = { a: { limit: { tokens: 5 }, period: "day", whenStoreIsDown: down } } as const;
      expect(reasons({ policy: policy({ budgets }), storeWasUp: false })).toEqual([]);
    },
  );

  it("stays with an older policy, and says what is wrong with the newest", () => {
    const problems = [{ path: "models", value: undefined, remedy: "has no model" }];
    expect(healthOf({ ...facts, problems })).toMatchObject({
      ready: true,
      policy: closed?.id,
      stalePolicy: ["models: has no model"],
    });
  });

  it.each([
    [{ isDraining: true }, ["draining"]],
    [{ policy: undefined }, ["no policy"]],
    [{ isServing: false }, ["starting"]],
    [{ isServing: false, isDraining: true, policy: undefined }, ["draining", "starting", "no policy"]],
  ])("is not there with %j", (more, expected) => {
    expect(reasons(more)).toEqual(expected);
  });
});

describe("the health port", () => {
  it("says that it lives", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/live`);
    expect([response.status, await response.text()]).toEqual([200, "live\n"]);
  });

  it("says whether it is ready, and why not", async () => {
    let isDraining = false;
    const { url } = await start({ health: () => healthOf({ ...facts, isDraining }) });
    const ready = await fetch(`${url}/ready`);
    expect([ready.status, ready.headers.get("content-type"), await ready.json()]).toEqual([
      200,
      "application/json",
      healthOf(facts),
    ]);
    isDraining = true;
    const response = await fetch(`${url}/ready?verbose`);
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { ready: false, reasons: ["draining"] },
    ]);
  });

  it("tells metrics", async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      200,
      "text/plain; version=0.0.4; charset=utf-8",
      "a 1\n",
    ]);
  });

  it("goes on when metrics cannot be told", async () => {
    const error = new Error("hunter2");
    const metrics = { contentType: "text/plain", scrape: () => Promise.reject(error) };
    const { url, errors } = await start({ metrics });
    const response = await fetch(`${url}/metrics`);
    expect([response.status, await response.text()]).toEqual([500, "metrics failed\n"]);
    expect(errors).toEqual([error]);
    expect((await fetch(`${url}/live`)).status).toBe(200);
  });

  it.each(["/", "/policy", "/metrics/", "//live"])("has nothing at %s", async (path) => {
    const { url } = await start();
    expect((await fetch(url + path)).status).toBe(404);
  });

  it("takes GET and HEAD only", async () => {
    const { url } = await start();
    const head = await fetch(`${url}/live`, { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "5", ""]);
    const post = await fetch(`${url}/ready`, { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("closes while connections are open", async () => {
    const { port } = await start();
    const socket = connect(port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const gone = new Promise((resolve) => socket.once("close", resolve));
    await running[0]?.close();
    await gone;
    await expect(fetch(`http://127.0.0.1:${port}/live`)).rejects.toThrow();
  });

  it("cannot be started on a port that is taken", async () => {
    const { port } = await start();
    const sources = {
      health: () => healthOf(facts),
      metrics: { contentType: "", scrape: async () => "" },
      onError() {},
    };
    await expect(startHealthServer(sources, { port, host: "127.0.0.1" })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});
