import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { accountOf } from "../../../extproc/policy/claims";
import { bindingsOf } from "../../../extproc/policy/match";
import { countersFor, mostCounters } from "../../../extproc/service/callerBudgets";
import { usableModels } from "../../../extproc/service/usableModels";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage, type Metadata, turns } from "./support/exchanges";

const jwt = "envoy.filters.http.jwt_authn";
const claim = (name: string) => ({ metadata: { namespace: jwt, path: ["access", name] } });
const verified = (claims: object): Metadata => ({ [jwt]: { access: claims } });
const price = { input: 1_000_000_000, output: 1_000_000_000 };
const models = {
  small: { backends: { a: { price } }, maxOutputTokens: 100 },
  large: { backends: { b: { price } }, maxOutputTokens: 100 },
  secret: { backends: { c: { price } }, maxOutputTokens: 100 },
};
const identities = { user: claim("sub"), team: claim("team") };
const token = { namespace: jwt, path: ["access"] };
const rules = {
  all: { models: ["small", "large"] },
  chiefs: { models: ["secret"], callers: { team: ["chiefs"] } },
};
/** 12:34:56.500 in UTC, in November. */
const nowMs = Date.UTC(2026, 10, 21, 12, 34, 56, 500);

function benchOf(budgets: Record<string, object>, more: object = {}) {
  const policy = policyOf(budgets, { models, identities, access: { token, rules }, ...more });
  return new Bench(policy, { ledger: memoryLedger({ now: () => nowMs }) });
}

interface Asking {
  readonly path?: string;
  readonly method?: string;
  /** Null: nobody says who calls. */
  readonly claims?: object | null;
}

async function ask(
  bench: Bench,
  { path = "/v1/budgets", method = "GET", claims = { sub: "ann" } }: Asking = {},
) {
  const exchange = bench.exchange();
  const headers = { ":method": method, "x-request-id": "r-1" };
  exchange.sendHeaders({ path, headers, metadata: claims === null ? {} : verified(claims) }, true);
  await turns();
  const { status, details, body, headers: told } = exchange.immediate;
  const json: unknown = JSON.parse(body);
  return { status, details, json, text: body, headers: Object.fromEntries(told), exchange };
}

interface Row {
  readonly name: string;
  readonly of: Readonly<Record<string, string | null>>;
  readonly models?: readonly string[];
}
const rowsOf = (json: unknown) => (json as { budgets: Row[] }).budgets;
const namesOf = (json: unknown) => rowsOf(json).map(({ name, of }) => [name, of]);

const chat = (bench: Bench, model: string, claims: object) => {
  const exchange = bench.exchange();
  const body = { model, max_tokens: 50, messages: [{ role: "user", content: "hello" }] };
  return exchange.request({ metadata: verified(claims), body }).then(() => exchange);
};

describe("a caller's budgets", () => {
  it("are told with what is used, held and left, and when that ends", async () => {
    const bench = benchOf({
      money: { limit: { nanodollars: 1_500_000_000_000 }, per: ["team"], period: "month", hold: "strict" },
      tokens: { limit: { tokens: 5_000 }, period: "minute", hold: "strict", shadow: true },
      flow: { limit: { requests: 60 }, period: "minute", window: "sliding", burst: 5, models: ["small"] },
      busy: { limit: { concurrency: 3 }, per: ["user"] },
    });
    const first = await chat(bench, "small", { sub: "ann", team: "red" });
    first.answerBody("{}", true, gatewayUsage(10, 20), 200);
    await first.end();
    await bench.log(first.entry({}, gatewayUsage(10, 20)));
    // The second one is still running.
    await chat(bench, "small", { sub: "ann", team: "red" });
    const held = (await bench.figures("tokens")).held;
    expect(held).toBeGreaterThan(50);

    const { status, details, json, text, headers } = await ask(bench, {
      claims: { sub: "ann", team: "red" },
    });
    expect([status, details]).toEqual([200, "budget_list"]);
    expect(headers).toEqual({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(text)),
      "cache-control": "no-store",
    });
    const dollars = held / 1e6;
    expect(json).toEqual({
      at: "2026-11-21T12:34:56.500Z",
      budgets: [
        {
          name: "busy",
          of: { user: "ann" },
          unit: "concurrency",
          limit: 3,
          used: 0,
          held: 1,
          remaining: 2,
          atLimit: "reject",
          shadow: false,
        },
        {
          name: "flow",
          of: {},
          models: ["small"],
          unit: "requests",
          limit: 60,
          burst: 5,
          used: 1,
          held: 1,
          remaining: 3,
          period: "minute",
          window: "sliding",
          resetsAt: "2026-11-21T12:34:58Z",
          resetsInSeconds: 1,
          atLimit: "reject",
          shadow: false,
        },
        {
          name: "money",
          of: { team: "red" },
          unit: "usd",
          limit: 1500,
          used: 0.00003,
          held: dollars,
          remaining: Number((1500 - 0.00003 - dollars).toFixed(9)),
          period: "month",
          window: "fixed",
          resetsAt: "2026-12-01T00:00:00Z",
          resetsInSeconds: 818_704,
          atLimit: "reject",
          shadow: false,
        },
        {
          name: "tokens",
          of: {},
          unit: "tokens",
          limit: 5000,
          used: 30,
          held,
          remaining: 5000 - 30 - held,
          period: "minute",
          window: "fixed",
          resetsAt: "2026-11-21T12:35:00Z",
          resetsInSeconds: 4,
          atLimit: "reject",
          shadow: true,
        },
      ],
      leftOut: 0,
    });
  });

  const budgets = {
    one: { limit: { requests: 9 }, period: "year" },
    "per-model": { limit: { requests: 9 }, period: "year", per: ["team", "model"] },
    red: { limit: { requests: 9 }, period: "year", teams: ["red"] },
    bob: { limit: { requests: 9 }, period: "year", users: ["bob"] },
    some: { limit: { requests: 9 }, period: "year", models: ["large", "secret"] },
    hidden: { limit: { requests: 9 }, period: "year", models: ["secret"] },
  };

  it("are those that count the caller, with the models that it may call", async () => {
    const bench = benchOf(budgets);
    const red = await ask(bench, { claims: { sub: "ann", team: "red" } });
    expect(namesOf(red.json)).toEqual([
      ["one", {}],
      ["per-model", { team: "red", model: "large" }],
      ["per-model", { team: "red", model: "small" }],
      ["red", {}],
      ["some", {}],
    ]);
    expect(rowsOf(red.json).map((row) => row.models)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      ["large"],
    ]);
    expect(red.text).not.toContain("secret");
    const chief = await ask(bench, { claims: { sub: "bob", team: "chiefs" } });
    expect(namesOf(chief.json)).toEqual([
      ["bob", {}],
      ["hidden", {}],
      ["one", {}],
      ["per-model", { team: "chiefs", model: "large" }],
      ["per-model", { team: "chiefs", model: "secret" }],
      ["per-model", { team: "chiefs", model: "small" }],
      ["some", {}],
    ]);
  });

  it("of a claim that is a list are those of its only value, or of all who have none", async () => {
    const bench = benchOf({ team: { limit: { requests: 9 }, period: "year", per: ["team"] } });
    await chat(bench, "small", { sub: "ann", team: ["red"] });
    await chat(bench, "small", { sub: "bob", team: ["red", "blue"] });
    await chat(bench, "small", { sub: "cid" });
    const of = async (claims: object) => rowsOf((await ask(bench, { claims })).json);
    expect(await of({ sub: "x", team: ["red"] })).toMatchObject([{ of: { team: "red" }, held: 1 }]);
    expect(await of({ sub: "x", team: ["red", "blue"] })).toMatchObject([{ of: { team: null }, held: 2 }]);
    expect(await of({ sub: "x" })).toMatchObject([{ of: { team: null }, held: 2 }]);
    expect(await of({ sub: "x", team: "blue" })).toMatchObject([{ of: { team: "blue" }, held: 0 }]);
  });

  it("are nobody else's, whatever a caller says of itself", async () => {
    const bench = benchOf({ user: { limit: { requests: 9 }, period: "year", per: ["user"] } });
    await chat(bench, "small", { sub: "bob" });
    const exchange = bench.exchange();
    const headers = { ":method": "GET", "x-user-id": "bob", user: "bob", "x-user": "bob" };
    const path = "/v1/budgets?user=bob&sub=bob";
    exchange.sendHeaders({ path, headers, metadata: verified({ sub: "ann" }) }, true);
    await turns();
    expect(JSON.parse(exchange.immediate.body).budgets).toMatchObject([{ of: { user: "ann" }, held: 0 }]);
  });

  it("are told without access rules, and without access, too", async () => {
    const open = benchOf(budgets, { access: undefined });
    const exchange = open.exchange();
    exchange.sendHeaders({ path: "/v1/budgets", headers: { ":method": "GET" } }, true);
    await turns();
    expect(namesOf(JSON.parse(exchange.immediate.body))).toEqual([
      ["hidden", {}],
      ["one", {}],
      ["per-model", { team: null, model: "large" }],
      ["per-model", { team: null, model: "secret" }],
      ["per-model", { team: null, model: "small" }],
      ["some", {}],
    ]);
    const noRules = benchOf(budgets, { access: { token } });
    expect(rowsOf((await ask(noRules, { claims: { sub: "ann" } })).json)).toHaveLength(6);
  });

  it("cost a caller with none of them no question to the store", async () => {
    const bench = benchOf({ bob: { limit: { requests: 9 }, period: "year", users: ["bob"] } });
    bench.ledger.weather = "away";
    expect(await ask(bench)).toMatchObject({ status: 200, json: { budgets: [], leftOut: 0 } });
    expect(bench.ledger.calls).toEqual([]);
  });

  it("of some models are told alone when they are asked for", async () => {
    const bench = benchOf(budgets);
    const asked = async (query: string) => namesOf((await ask(bench, { path: `/v1/budgets?${query}` })).json);
    expect(await asked("model=small")).toEqual([
      ["one", {}],
      ["per-model", { team: null, model: "small" }],
    ]);
    expect(await asked("model=large&model=small&model=large")).toEqual([
      ["one", {}],
      ["per-model", { team: null, model: "large" }],
      ["per-model", { team: null, model: "small" }],
      ["some", {}],
    ]);
    expect(await asked("page=2")).toHaveLength(4);
  });
});

describe("too many counters", () => {
  const many = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [`m${index}`, { backends: { a: {} } }]),
  );
  const bench = () =>
    benchOf(
      {
        a: { limit: { requests: 9 }, period: "year", per: ["model"] },
        z: { limit: { requests: 9 }, period: "year" },
      },
      { models: many, access: { token } },
    );

  it("are left out, and counted, those per model first", async () => {
    const { json } = await ask(bench());
    const rows = rowsOf(json);
    expect(rows).toHaveLength(mostCounters);
    expect(rows.at(-1)?.name).toBe("z");
    expect(json).toMatchObject({ leftOut: 201 });
  });

  it("can be asked for by the model", async () => {
    const { json } = await ask(bench(), { path: "/v1/budgets?model=m299" });
    expect(namesOf(json)).toEqual([
      ["a", { model: "m299" }],
      ["z", {}],
    ]);
    expect(json).toMatchObject({ leftOut: 0 });
  });
});

describe("what is not told", () => {
  const budgets = { one: { limit: { requests: 9 }, period: "year" } };
  const errorIn = (json: unknown) => (json as { error: Record<string, unknown> }).error;

  it.each([
    ["/v1/budgets", "invalid_request_error"],
    ["/anthropic/v1/budgets", "authentication_error"],
  ])("is anything to somebody whom nobody knows: %s", async (path, type) => {
    const bench = benchOf(budgets);
    for (const method of ["GET", "POST"]) {
      const { status, json } = await ask(bench, { path, method, claims: null });
      expect(status).toBe(401);
      expect(errorIn(json)["type"]).toBe(type);
    }
    expect(bench.ledger.calls).toEqual([]);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "is any other method answered: %s",
    async (method) => {
      const bench = benchOf(budgets);
      const { status, json, headers, details } = await ask(bench, { method });
      expect([status, details, headers["allow"]]).toEqual([405, "budget_list_method", "GET, HEAD"]);
      expect(errorIn(json)).toMatchObject({
        type: "invalid_request_error",
        code: "method_not_allowed",
        message: "Only GET and HEAD are answered at this path.",
      });
      expect(bench.ledger.calls).toEqual([]);
    },
  );

  it("HEAD is answered as GET", async () => {
    expect(await ask(benchOf(budgets), { method: "HEAD" })).toMatchObject({ status: 200 });
  });

  it.each([
    ["/v1/budgets", { error: { type: "server_error", code: "service_unavailable" } }],
    ["/anthropic/v1/budgets", { type: "error", error: { type: "api_error" }, request_id: "r-1" }],
  ])("is a guess while the store is away, in the words of %s", async (path, body) => {
    for (const weather of ["away", "mute"] as const) {
      const bench = benchOf(budgets);
      bench.ledger.weather = weather;
      const { status, details, headers, json } = await ask(bench, { path });
      expect([status, details]).toEqual([503, "budget_store_down"]);
      expect(headers).toMatchObject({ "retry-after": "2", "retry-after-ms": "2000" });
      expect(json).toMatchObject(body);
      expect(errorIn(json)["message"]).toBe("Budgets cannot be read at the moment. Try again later.");
      expect(bench.failures()).toEqual([]);
      bench.ledger.weather = "fine";
      expect(await ask(bench, { path })).toMatchObject({ status: 200 });
    }
  });

  it("is asked of a store that requests no longer wait for", async () => {
    const bench = benchOf(budgets);
    bench.ledger.weather = "away";
    for (let failed = 0; failed < 5; failed += 1) {
      await chat(bench, "small", { sub: "ann" });
    }
    expect(bench.store.isUp).toBe(false);
    expect(await ask(bench)).toMatchObject({ status: 503 });
    expect(bench.ledger.calls).not.toContain("inspect");
    await bench.store.close(0);
  });

  it.each([
    ["secret", 403, "permission_denied", 'You may not use the model "secret".'],
    ["smal", 404, "model_not_found", 'The model "smal" does not exist. Did you mean "small"?'],
    ["", 404, "model_not_found", 'The model "" does not exist.'],
  ])("is a model that the caller cannot call: %j", async (model, status, code, message) => {
    const answer = await ask(benchOf(budgets), { path: `/v1/budgets?model=small&model=${model}` });
    expect(answer.status).toBe(status);
    expect(errorIn(answer.json)).toMatchObject({ code, message });
  });

  it.each(["/v1/budgets/", "/v1/budgets/one", "/V1/budgets", "//v1/budgets", "/v2/budgets"])(
    "is another path: %s",
    async (path) => {
      expect(await ask(benchOf(budgets), { path })).toMatchObject({
        status: 404,
        details: "access_unknown_path",
      });
    },
  );

  it("is anything after the client has gone", async () => {
    const bench = benchOf(budgets);
    const exchange = bench.exchange();
    const metadata = verified({ sub: "ann" });
    exchange.sendHeaders({ path: "/v1/budgets", headers: { ":method": "GET" }, metadata }, true);
    await exchange.end();
    expect(exchange.replies).toEqual([]);
  });
});

describe("for any caller and any budgets", () => {
  const names = fc.constantFrom("small", "large", "secret");
  const people = fc.constantFrom("ann", "bob");
  const teams = fc.constantFrom("red", "chiefs");
  const some = <T>(of: fc.Arbitrary<T>) =>
    fc.option(fc.uniqueArray(of, { minLength: 1 }), { nil: undefined });
  const budget = fc
    .record({
      per: fc.uniqueArray(fc.constantFrom("team", "user", "model")),
      models: some(names),
      teams: some(teams),
      users: some(people),
    })
    .map((members) => ({ limit: { requests: 9 }, period: "year", ...members }));

  it("the counters are exactly those that calls of the caller's models count in", () => {
    fc.assert(
      fc.property(
        fc.array(budget, { maxLength: 6 }),
        fc.option(people, { nil: undefined }),
        fc.option(teams, { nil: undefined }),
        (budgets, user, team) => {
          const policy = policyOf(Object.fromEntries(budgets.map((one, index) => [`b${index}`, one])), {
            models,
            identities,
            access: { token, rules },
          });
          const attributes = new Map(
            Object.entries({ user, team }).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, value] as const],
            ),
          );
          const usable = usableModels(policy, { attributes, groups: new Map() }).map(({ name }) => name);
          const counted = usable.flatMap((model) => bindingsOf(policy, model, attributes).map(accountOf));
          const told = countersFor(policy, attributes, usable).map(({ account }) => account);
          expect(new Set(told)).toEqual(new Set(counted));
          expect(new Set(told).size).toBe(told.length);
        },
      ),
    );
  });
});
