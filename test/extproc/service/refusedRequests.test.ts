import { describe, expect, it } from "vitest";
import { replies } from "../../../extproc/service/replies";
import { policyOf } from "../store/support";
import { Bench, type TestRequest } from "./support/exchanges";

const tokens = policyOf({ all: { limit: { tokens: 10_000 }, period: "month" } });
const jsonOf = (body: string) => JSON.parse(body) as { error: Record<string, unknown> };
const messages = "/anthropic/v1/messages";

/** The answer to a request that is refused without a look at any budget. */
async function refused(request: TestRequest, bench = new Bench(tokens)) {
  const exchange = bench.exchange();
  await exchange.request(request);
  await exchange.end();
  expect(bench.ledger.calls).toEqual([]);
  expect(exchange.replies.filter(({ kind }) => kind === "immediate")).toHaveLength(1);
  return exchange.immediate;
}

describe("requests that are none of ours", () => {
  it.each([
    ["GET", "/v1/models", true],
    ["POST", "/v1/unknown", false],
    ["GET", "/v1/chat/completions", true],
    ["OPTIONS", "/v1/chat/completions", true],
    ["POST", "/", false],
  ])("pass at once: %s %s", async (method, path, endOfStream) => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    exchange.sendHeaders({ path, headers: { ":method": method } }, endOfStream);
    expect(exchange.last).toBe(replies.skip);
    // Where Envoy was told not to send more, and does all the same.
    exchange.sendBody("anything");
    expect(exchange.last).toBe(replies.requestBody);
    expect(exchange.answerBody("x", true)).toBe(replies.responseBody);
    await exchange.end();
    expect(bench.told.events).toEqual([]);
    expect(bench.ledger.calls).toEqual([]);
  });

  it("do not hide behind a method: what has a body is budgeted", async () => {
    for (const method of ["PUT", "GET", "post"]) {
      const bench = new Bench(tokens);
      const exchange = bench.exchange();
      await exchange.request({ headers: { ":method": method } });
      expect(bench.ledger.calls).toEqual(["reserve"]);
    }
  });
});

describe("requests that cannot be read", () => {
  it.each<[string, number, TestRequest]>([
    ["no JSON", 400, { body: "hello" }],
    ["cut JSON", 400, { body: '{"model":"m"' }],
    ["an array", 400, { body: "[]" }],
    ["no model", 400, { body: {} }],
    ["a model that is a number", 400, { body: { model: 7 } }],
    ["two models", 400, { body: '{"model":"m","model":"other"}' }],
    ["a model in capitals beside", 400, { body: '{"model":"m","MODEL":"other"}' }],
    ["a model with escapes beside", 400, { body: '{"model":"m","\\u006dodel":"other"}' }],
    ["a form with a wrong type", 400, { headers: { "content-type": "multipart/form-data" } }],
    ["gzip", 400, { headers: { "content-encoding": "gzip" } }],
    ["an encoding that is unknown", 400, { headers: { "content-encoding": "identity, br" } }],
  ])("are refused: %s", async (_, status, request) => {
    for (const path of ["/v1/chat/completions", messages]) {
      const bench = new Bench(tokens);
      const answer = await refused({ path, ...request }, bench);
      expect(answer).toMatchObject({ status, details: "budget_invalid_request" });
      const { error } = jsonOf(answer.body);
      expect(error["type"]).toBe("invalid_request_error");
      expect(bench.told.of("decided")).toEqual([
        [{ outcome: "invalid", model: "", tier: "", budget: "", by: "none" }],
      ]);
      expect(bench.summaries).toMatchObject([{ outcome: "invalid", model: "", kind: undefined }]);
    }
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", ""])(
    "are read as the gateway does: %s",
    async (type) => {
      const bench = new Bench(tokens);
      await bench.exchange().request({ headers: { "content-type": type } });
      expect(bench.ledger.calls).toEqual(["reserve"]);
    },
  );

  it("may say that they are not encoded", async () => {
    const bench = new Bench(tokens);
    await bench.exchange().request({ headers: { "content-encoding": " Identity" } });
    expect(bench.ledger.calls).toEqual(["reserve"]);
  });

  it("are refused without a body", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    exchange.sendHeaders({ path: messages, headers: { "x-request-id": "r-1" } }, true);
    expect(exchange.immediate.status).toBe(400);
    expect(JSON.parse(exchange.immediate.body)).toEqual({
      type: "error",
      error: { type: "invalid_request_error", message: "The request has no body." },
      request_id: "r-1",
    });
    // Whatever else comes has no answer: the client has one.
    exchange.sendBody({ model: "m" });
    expect(exchange.replies).toHaveLength(1);
  });

  it("are refused when they are too large, unread", async () => {
    const bench = new Bench(tokens, { settings: { maxBodyBytes: 100 } });
    const body = (size: number) => `{"model":"m"${" ".repeat(size - 13)}}`;
    const exchange = bench.exchange();
    await exchange.request({ body: body(100) });
    expect(exchange.last.kind).toBe("requestBody");
    const large = bench.exchange();
    await large.request({ body: body(101) });
    expect(large.immediate).toMatchObject({ status: 413 });
    expect(jsonOf(large.immediate.body).error["code"]).toBe("request_too_large");
  });

  it("do no harm with bytes that are no text", async () => {
    const bench = new Bench(tokens);
    const unknown = bench.exchange();
    await unknown.request({ body: Buffer.from('{"model":"m\xff"}', "latin1") });
    expect(unknown.immediate.status).toBe(404);
    const known = bench.exchange();
    await known.request({ body: Buffer.from('{"model":"m","messages":"\xc3\x28\xff"}', "latin1") });
    expect(known.last.kind).toBe("requestBody");
    expect(bench.failures()).toEqual([]);
  });
});

describe("models that nobody knows", () => {
  it.each([
    ["/v1/chat/completions", "invalid_request_error"],
    [messages, "not_found_error"],
  ])("are refused at %s, and make no label", async (path, type) => {
    const bench = new Bench(tokens);
    const answer = await refused({ path, body: { model: "made-up" } }, bench);
    expect(answer).toMatchObject({ status: 404, details: "budget_unknown_model" });
    expect(jsonOf(answer.body).error["type"]).toBe(type);
    expect(bench.told.of("decided")).toEqual([
      [{ outcome: "unknown_model", model: "", tier: "", budget: "", by: "none" }],
    ]);
  });
});

describe("requests beyond a limit", () => {
  const small = (more: object = {}) =>
    policyOf({ small: { limit: { tokens: 50 }, period: "minute", ...more } });

  it("are refused with 429, or 402 where the budget says so", async () => {
    for (const status of [429, 402]) {
      const bench = new Bench(small({ status }));
      const exchange = bench.exchange();
      await exchange.request({ headers: { "x-request-id": "r-2" } });
      expect(exchange.immediate).toMatchObject({ status, details: "budget_limit" });
      expect(Object.fromEntries(exchange.immediate.headers)).toMatchObject({
        "x-budget-name": "small",
        "x-ratelimit-limit-tokens": "50",
        // Larger than the whole budget.
        "x-should-retry": "false",
      });
      await exchange.end();
      expect(await bench.figures("small")).toEqual({ used: 0, held: 0 });
      expect(bench.processor.openRequests).toBe(0);
      expect(bench.told.of("decided")).toMatchObject([[{ outcome: "refused", model: "m", budget: "small" }]]);
      const budgets = [{ budget: "small", unit: "tokens", limit: 50, remaining: 50 }];
      const told = { requestId: "r-2", outcome: "refused", refusedBy: "small", model: "m", budgets };
      expect(bench.summaries).toMatchObject([told]);
    }
  });

  it("are told in Anthropic's words where the client speaks so", async () => {
    const bench = new Bench(small());
    const exchange = bench.exchange();
    await exchange.request({ path: messages });
    expect(jsonOf(exchange.immediate.body).error["type"]).toBe("rate_limit_error");
  });

  it("may come again at once where only running requests stand in the way", async () => {
    const bench = new Bench(policyOf({ month: { limit: { tokens: 200 }, period: "month" } }));
    await bench.exchange().request();
    const exchange = bench.exchange();
    await exchange.request();
    const headers = Object.fromEntries(exchange.immediate.headers);
    expect(headers).toHaveProperty("retry-after", "1");
    expect(headers).not.toHaveProperty("x-should-retry");
  });

  it("pass budgets that only watch, which no client sees", async () => {
    const bench = new Bench(small({ shadow: true }));
    const exchange = bench.exchange();
    await exchange.request();
    expect(exchange.last.kind).toBe("requestBody");
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "shadow", budget: "small", by: "store" }]]);
    expect(Object.keys(exchange.own).sort()).toEqual(["id", "r"]);
  });
});

describe("what clients set themselves", () => {
  const tiered = policyOf(
    { user: { per: ["user"], limit: { requests: 1 }, period: "month" } },
    {
      models: { m: { backends: { a: {} }, tiers: { more: { backends: { b: {} } } } } },
      tierHeader: "x-tier",
    },
  );

  it("does not choose the route", async () => {
    const bench = new Bench(tiered);
    const exchange = bench.exchange();
    exchange.sendHeaders({ headers: { "x-tier": "more", "x-ai-eg-model": "other" } });
    expect(exchange.answer.mutation).toEqual({
      removeHeaders: ["x-ai-eg-model", "x-tier"],
      clearRouteCache: true,
    });
    const other = bench.exchange();
    other.sendHeaders({ path: "/v1/models", headers: { ":method": "GET", "x-ai-eg-model": "other" } }, true);
    expect(other.answer).toEqual({
      ...replies.skip,
      mutation: { removeHeaders: ["x-ai-eg-model"], clearRouteCache: true },
    });
  });

  it("is not the name of a hold: the same request id twice counts twice", async () => {
    const bench = new Bench(tokens);
    const ids = new Set<string>();
    for (const _ of [1, 2]) {
      const exchange = bench.exchange();
      await exchange.request({ headers: { "x-request-id": "mine" } });
      ids.add(exchange.own["id"] ?? "");
    }
    expect(ids.size).toBe(2);
    expect(ids.has("mine")).toBe(false);
    expect(await bench.liveHolds()).toBe(2);
  });

  it("is not who calls: only what the policy names is read", async () => {
    const bench = new Bench(tiered);
    for (const user of ["ann", "bob"]) {
      const exchange = bench.exchange();
      await exchange.request({ headers: { "x-user-id": "ann", "x-user": user, user } });
      expect(exchange.last.kind).toBe(user === "ann" ? "requestBody" : "immediate");
    }
    expect(await bench.figures("user", "user=ann")).toEqual({ used: 0, held: 1 });
  });
});
