import { describe, expect, it } from "vitest";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld, useGateway } from "./support/gateway";

const models = {
  qwen: { vllm: { source: "Qwen/Qwen3-1.7B", maxModelLen: 16_384 } },
  large: { vllm: { source: "Qwen/Qwen3-1.7B", maxModelLen: 16_384 } },
};

interface Row {
  readonly name: string;
  readonly of: Readonly<Record<string, string | null>>;
  readonly limit: number;
  readonly used: number;
  readonly held: number;
  readonly remaining: number;
}

type Headers = Readonly<Record<string, string>>;
const bearer = (text: string): Headers => ({ authorization: `Bearer ${text}` });

async function rowsOf(baseUrl: string, headers: Headers = {}, path = "/v1/budgets"): Promise<readonly Row[]> {
  const response = await fetch(`${baseUrl}${path}`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { budgets: Row[] }).budgets;
}

describe("the list of a caller's budgets", () => {
  const gateway = useGateway({
    models,
    access: {
      apiKeys: {
        ann: { generated: true, team: "search", user: "ann" },
        bob: { generated: true, team: "support", user: "bob" },
      },
      rules: { all: { models: ["qwen"] }, search: { teams: ["search"], models: ["large"] } },
    },
    budgets: {
      all: { limit: { requests: 1_000 }, period: "year" },
      large: { models: ["large"], limit: { requests: 100 }, period: "year" },
      model: { per: "model", limit: { requests: 500 }, period: "year" },
      team: { per: "team", limit: { tokens: 100_000 }, period: "month", hold: "strict" },
    },
  });
  const chat = (headers: Headers, more: object = {}) =>
    gateway.post(
      "/v1/chat/completions",
      { model: "qwen", messages: helloWorld, max_tokens: 5, ...more },
      headers,
    );

  it("has what counts the caller, and nobody else's", async () => {
    const { baseUrl } = gateway.local;
    expect((await chat(bearer("local-ann"))).status).toBe(200);
    const names = async (headers: Headers, path?: string) =>
      (await rowsOf(baseUrl, headers, path)).map(({ name, of }) => [name, of]);
    const ofAnn = [
      ["all", {}],
      ["large", {}],
      ["model", { model: "large" }],
      ["model", { model: "qwen" }],
      ["team", { team: "search" }],
    ];
    expect(await names(bearer("local-ann"))).toEqual(ofAnn);
    expect(await names(bearer("local-ann"), "/anthropic/v1/budgets")).toEqual(ofAnn);
    const ofBob = [
      ["all", {}],
      ["model", { model: "qwen" }],
      ["team", { team: "support" }],
    ];
    expect(await names(bearer("local-bob"))).toEqual(ofBob);
    const forged = { ...bearer("local-bob"), "x-team": "search", "x-ai-gateway-client": "ann" };
    expect(await names(forged, "/v1/budgets?team=search")).toEqual(ofBob);
    const teamOf = async (key: string) =>
      (await rowsOf(baseUrl, bearer(key))).find(({ name }) => name === "team");
    await expect.poll(() => teamOf("local-ann"), { timeout: 10_000 }).toMatchObject({ used: 10, held: 0 });
    expect(await teamOf("local-bob")).toMatchObject({ used: 0, held: 0, remaining: 100_000 });
  });

  it("shows what a running stream holds, and then what it used", async () => {
    const { baseUrl } = gateway.local;
    const team = async () => (await rowsOf(baseUrl, bearer("local-bob"))).find(({ name }) => name === "team");
    await gateway.engine("qwen").behave({ tokensPerSecond: 20 });
    try {
      const response = await chat(bearer("local-bob"), { stream: true, max_tokens: 16 });
      expect(response.status).toBe(200);
      const during = await team();
      expect(during?.held).toBeGreaterThanOrEqual(21);
      expect(during).toMatchObject({ limit: 100_000, used: 0 });
      expect(during?.remaining).toBe(100_000 - (during?.held ?? 0));
      expect(await response.text()).toMatch(/data: \[DONE\]\s*$/);
    } finally {
      await gateway.engine("qwen").behave({ tokensPerSecond: 0 });
    }
    await expect
      .poll(team, { timeout: 10_000 })
      .toMatchObject({ used: 21, held: 0, remaining: 100_000 - 21 });
  });

  it("is given to nobody who is not known, on either path and by any method", async () => {
    for (const path of ["/v1/budgets", "/anthropic/v1/budgets"]) {
      for (const headers of [{}, bearer("local-nobody")] as Headers[]) {
        for (const method of ["GET", "HEAD", "POST"]) {
          const response = await fetch(`${gateway.local.baseUrl}${path}`, { method, headers });
          expect(response.status).toBe(401);
        }
      }
    }
  });

  it("is read by GET and HEAD alone", async () => {
    const url = `${gateway.local.baseUrl}/v1/budgets`;
    const head = await fetch(url, { method: "HEAD", headers: bearer("local-ann") });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    expect(head.headers.get("content-type")).toBe("application/json");
    expect(head.headers.get("cache-control")).toBe("no-store");
    for (const method of ["POST", "PUT", "DELETE"]) {
      const response = await fetch(url, { method, headers: bearer("local-ann"), body: "{}" });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
      expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
    }
  });

  it("is of one model where that is asked for, and of none that the caller may not call", async () => {
    const { baseUrl } = gateway.local;
    const rows = await rowsOf(baseUrl, bearer("local-ann"), "/v1/budgets?model=qwen");
    expect(rows.map(({ name }) => name)).toEqual(["all", "model", "team"]);
    const ask = (model: string) =>
      fetch(`${baseUrl}/v1/budgets?model=${model}`, { headers: bearer("local-bob") });
    expect((await ask("large")).status).toBe(403);
    expect((await ask("larg")).status).toBe(404);
  });

  it("reaches no engine, and counts in no budget", async () => {
    const count = () => gateway.engine("qwen").requestCount + gateway.engine("large").requestCount;
    const all = async () => (await rowsOf(gateway.local.baseUrl, bearer("local-ann")))[0]?.used;
    const before = [count(), await all()];
    await rowsOf(gateway.local.baseUrl, bearer("local-ann"));
    expect([count(), await all()]).toEqual(before);
  });
});

describe("the list of budgets with a Redis, where nobody has to prove who calls", () => {
  const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 2 };
  const gateway = useBudgetGateway(
    {
      models: { qwen: { ...models.qwen, price } },
      budgets: {
        money: { limit: { usd: 5 }, period: "month", hold: "strict" },
        runs: { limit: { concurrency: 7 } },
        user: { per: "user", limit: { requests: 50 }, period: "year", trustClientHeaders: true },
      },
      access: { clientHeaders: { user: "x-user" } },
    },
    { replicas: 2 },
  );
  const ask = (more: object) =>
    gateway.post("/v1/chat/completions", { model: "qwen", messages: helloWorld, ...more });

  it("is what the ledger says, whichever replica is asked", async () => {
    await gateway.engine("qwen").behave({ tokensPerSecond: 20 });
    const response = await ask({ stream: true, max_tokens: 16 });
    const { held } = await gateway.standing("money");
    expect(held).toBeGreaterThan(0);
    for (let asked = 0; asked < 4; asked += 1) {
      expect(await rowsOf(gateway.baseUrl)).toMatchObject([
        { name: "money", of: {}, limit: 5, used: 0, held: held / 1e9, remaining: 5 - held / 1e9 },
        { name: "runs", limit: 7, used: 0, held: 1, remaining: 6 },
        { name: "user", of: { user: null }, limit: 50, held: 1 },
      ]);
    }
    await response.text();
    const { used } = await gateway.settled("money");
    // Five tokens at a dollar and sixteen at two, for a million.
    expect(used).toBe(37_000);
    expect(await rowsOf(gateway.baseUrl)).toMatchObject([
      { name: "money", used: 0.000037, held: 0, remaining: 4.999963 },
      { name: "runs", used: 0, held: 0 },
      { name: "user", used: 1, held: 0 },
    ]);
    const ofAnn = await rowsOf(gateway.baseUrl, { "x-user": "ann" });
    expect(ofAnn[2]).toMatchObject({ name: "user", of: { user: "ann" }, used: 0 });
  });

  it("is refused while the store is away, in the words of the API that was called", async () => {
    await gateway.redis.kill();
    for (const [path, error] of [
      ["/v1/budgets", { type: "server_error", code: "service_unavailable" }],
      ["/anthropic/v1/budgets", { type: "api_error" }],
    ] as const) {
      await until(async () => (await fetch(`${gateway.baseUrl}${path}`)).status === 503);
      const response = await fetch(`${gateway.baseUrl}${path}`);
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "2"]);
      expect(await response.json()).toMatchObject({ error });
    }
  });
});
