import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Policy } from "../../../extproc/policy/policy";
import { policyOf } from "../store/support";
import { Bench, type Metadata } from "./support/exchanges";

const jwt = "envoy.filters.http.jwt_authn";
const claim = (name: string) => ({ metadata: { namespace: jwt, path: ["access", name] } });
const policy = policyOf(
  { all: { limit: { requests: 100 }, period: "month" } },
  {
    models: {
      small: { backends: { a: {} } },
      "large-70b": { backends: { b: {} } },
      "large-8b": { backends: { c: {} } },
    },
    identities: { user: claim("sub"), team: claim("team") },
    access: {
      token: { namespace: jwt, path: ["access"] },
      rules: {
        all: { models: ["small"] },
        search: { models: ["large-8b"], callers: { team: ["search"] } },
      },
    },
  },
);
const verified = (claims: object): Metadata => ({ [jwt]: { access: claims } });
const chat = "/v1/chat/completions";
const messages = "/anthropic/v1/messages";

async function asked(model: string, claims: object, path = chat) {
  const bench = new Bench(policy);
  const exchange = bench.exchange();
  await exchange.request({
    path,
    headers: { "x-request-id": "r-1" },
    metadata: verified(claims),
    body: { model, max_tokens: 5 },
  });
  return { bench, exchange, last: exchange.last };
}

describe("a model that a caller may not use", () => {
  it.each([
    [
      chat,
      {
        error: {
          message: 'You may not use the model "large-8b".',
          type: "invalid_request_error",
          param: "model",
          code: "permission_denied",
        },
      },
    ],
    [
      messages,
      {
        type: "error",
        error: { type: "permission_error", message: 'You may not use the model "large-8b".' },
        request_id: "r-1",
      },
    ],
  ])("is refused with 403, in the words of %s, before any budget", async (path, body) => {
    const { bench, exchange } = await asked("large-8b", { sub: "ann", team: "support" }, path);
    expect(exchange.immediate).toMatchObject({ status: 403, details: "access_forbidden" });
    expect(JSON.parse(exchange.immediate.body)).toEqual(body);
    expect(bench.ledger.calls).toEqual([]);
    expect(bench.told.of("decided")).toEqual([
      [{ outcome: "forbidden", model: "large-8b", tier: "", budget: "", by: "none" }],
    ]);
    expect(bench.summaries).toMatchObject([{ outcome: "forbidden", model: "large-8b" }]);
  });

  it("is not opened by a header or a body that says so", async () => {
    const bench = new Bench(policy);
    const exchange = bench.exchange();
    await exchange.request({
      headers: { "x-team": "search", team: "search" },
      metadata: verified({ sub: "ann" }),
      body: { model: "large-8b", user: "search", metadata: { team: "search" } },
    });
    expect(exchange.immediate.status).toBe(403);
  });
});

describe("a model that a caller may use", () => {
  it.each([
    ["small", { sub: "ann" }],
    ["large-8b", { sub: "ann", team: "search" }],
    ["large-8b", { sub: "ann", team: ["search"] }],
    ["large-8b", { sub: "ann", team: ["support", "search"] }],
  ])("is reached: %s by %j", async (model, claims) => {
    const { last, bench } = await asked(model, claims);
    expect(last.kind).toBe("requestBody");
    expect(bench.ledger.calls).toEqual(["reserve"]);
  });
});

describe("a model that there is not", () => {
  it.each([
    [
      "large-7b",
      { sub: "ann", team: "search" },
      'The model "large-7b" does not exist. Did you mean "large-8b"?',
    ],
    ["large-7b", { sub: "ann" }, 'The model "large-7b" does not exist.'],
    ["smal", { sub: "ann" }, 'The model "smal" does not exist. Did you mean "small"?'],
  ])("is told with the nearest that the caller may use: %s by %j", async (model, claims, message) => {
    const { exchange } = await asked(model, claims);
    expect(exchange.immediate).toMatchObject({ status: 404, details: "budget_unknown_model" });
    expect(JSON.parse(exchange.immediate.body).error).toMatchObject({ message, code: "model_not_found" });
  });
});

const listOf = (
  of: Policy,
  claims: object,
  { path = "/v1/models", headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) => {
  const exchange = new Bench(of).exchange();
  exchange.sendHeaders({ path, headers: { ":method": "GET", ...headers }, metadata: verified(claims) }, true);
  return exchange;
};
const idsIn = (body: string) => (JSON.parse(body) as { data: { id: string }[] }).data.map(({ id }) => id);

describe("a path where no model is called as far as we know", () => {
  it.each([
    ["POST", "/v1/models"],
    ["GET", "/v1/models/large-8b"],
    ["POST", "/anthropic/v1/messages/count_tokens"],
    ["POST", "/v1/chat/completions/"],
    ["POST", "//v1/chat/completions"],
    ["POST", "/v1/Chat/completions"],
    ["POST", "/tokenize"],
    ["OPTIONS", "*"],
  ])("is refused, since another might call one there: %s %s", (method, path) => {
    const exchange = new Bench(policy).exchange();
    exchange.sendHeaders({ path, headers: { ":method": method }, metadata: verified({ sub: "ann" }) });
    expect(exchange.immediate).toMatchObject({ status: 404, details: "access_unknown_path" });
    const { error } = JSON.parse(exchange.immediate.body);
    expect(error.message).toBe("The gateway serves nothing at this path.");
  });

  it("is left to AI Gateway where a call of a model has no body", () => {
    const exchange = new Bench(policy).exchange();
    exchange.sendHeaders({ headers: { ":method": "GET" }, metadata: verified({ sub: "ann" }) }, true);
    expect(exchange.last.kind).toBe("requestHeaders");
  });
});

describe("the list of models", () => {
  it("is what the caller may use, as OpenAI tells it", () => {
    const { immediate } = listOf(policy, { sub: "ann", team: "search" });
    expect(immediate).toMatchObject({ status: 200, details: "access_models" });
    const model = (id: string) => ({ id, object: "model", created: 0, owned_by: "Envoy AI Gateway" });
    expect(JSON.parse(immediate.body)).toEqual({ object: "list", data: [model("large-8b"), model("small")] });
    expect(idsIn(listOf(policy, { sub: "ann" }).immediate.body)).toEqual(["small"]);
  });

  it("is what the caller may use, as Anthropic tells it", () => {
    const { immediate } = listOf(
      policy,
      { sub: "ann", team: "search" },
      { path: "/anthropic/v1/models?limit=20" },
    );
    const model = (id: string) => ({
      type: "model",
      id,
      display_name: id,
      created_at: "1970-01-01T00:00:00Z",
    });
    expect(JSON.parse(immediate.body)).toEqual({
      data: [model("large-8b"), model("small")],
      has_more: false,
      first_id: "large-8b",
      last_id: "small",
    });
  });

  it("is not told to those who prove nothing", () => {
    const exchange = new Bench(policy).exchange();
    exchange.sendHeaders({ path: "/v1/models", headers: { ":method": "GET" } }, true);
    expect(exchange.immediate.status).toBe(401);
  });

  it("is AI Gateway's where everybody may use every model, and for all that is no list", () => {
    const open = policyOf({}, { access: { token: { namespace: jwt, path: ["access"] } } });
    expect(listOf(open, { sub: "ann" }).last.kind).toBe("requestHeaders");
    for (const path of ["/v1/models", "/v1/models/small", "/tokenize"]) {
      expect(listOf(open, { sub: "ann" }, { path, headers: { ":method": "POST" } }).last.kind).toBe(
        "requestHeaders",
      );
    }
  });

  it("says what is declared of a model, on the hosts that it answers on", () => {
    const backends = { a: {} };
    const hosted = policyOf(
      {},
      {
        identities: {},
        models: {
          all: { backends },
          one: {
            backends,
            listed: { hostnames: ["llm.example.com"], ownedBy: "us", createdAt: "2026-01-31T00:00:00Z" },
          },
          wild: { backends, listed: { hostnames: ["*.example.com"] } },
        },
        access: { token: { namespace: jwt, path: ["access"] }, rules: { all: {} } },
      },
    );
    const on = (authority: string) =>
      idsIn(listOf(hosted, {}, { headers: { ":authority": authority } }).immediate.body);
    expect(on("llm.example.com:8443")).toEqual(["all", "one", "wild"]);
    expect(on("API.example.com")).toEqual(["all", "wild"]);
    for (const other of ["a.b.example.com", "example.com", "127.0.0.1:1975", "[::1]:1975", ""]) {
      expect(on(other), other).toEqual(["all"]);
    }
    const [, one] = JSON.parse(
      listOf(hosted, {}, { headers: { ":authority": "llm.example.com" } }).immediate.body,
    ).data;
    expect(one).toEqual({ id: "one", object: "model", created: 1_769_817_600, owned_by: "us" });
  });

  it("agrees with what can be called, whatever the rules are", async () => {
    const names = ["a", "b", "c", "d", "e"];
    const name = fc.constantFrom(...names);
    const team = fc.constantFrom("red", "blue", "green");
    const rule = fc.record(
      {
        models: fc.uniqueArray(name, { minLength: 1 }),
        callers: fc.record(
          {
            team: fc.uniqueArray(team, { minLength: 1 }),
            user: fc.constantFrom(["ann"], ["bob"], ["ann", "bob"]),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: [] },
    );
    const claims = fc.record(
      {
        sub: fc.constantFrom("ann", "bob", "eve"),
        team: fc.oneof(team, fc.uniqueArray(team, { minLength: 2 })),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom("r1", "r2", "r3", "r4"), rule),
        claims,
        async (rules, who) => {
          const random = policyOf(
            {},
            {
              models: Object.fromEntries(names.map((one) => [one, { backends: { x: {} } }])),
              identities: { user: claim("sub"), team: claim("team") },
              access: { token: { namespace: jwt, path: ["access"] }, rules },
            },
          );
          const callable: string[] = [];
          for (const model of names) {
            const exchange = new Bench(random).exchange();
            await exchange.request({ metadata: verified(who), body: { model, max_tokens: 5 } });
            if (exchange.last.kind === "requestBody") {
              callable.push(model);
            } else {
              expect(exchange.immediate.status).toBe(403);
            }
          }
          expect(idsIn(listOf(random, who).immediate.body)).toEqual(callable);
          expect(idsIn(listOf(random, who, { path: "/anthropic/v1/models" }).immediate.body)).toEqual(
            callable,
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
