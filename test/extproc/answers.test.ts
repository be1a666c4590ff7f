import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import fc from "fast-check";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { amountText, dollarsOf, instantText, waitText } from "../../extproc/answers/amounts";
import { type Answer, Dialect } from "../../extproc/answers/dialect";
import { type BudgetState, limitHeaderNames, limitHeaders } from "../../extproc/answers/limitHeaders";
import {
  appliedHeader,
  refuseAccess,
  refuseAtLimit,
  refuseRequest,
  refuseStoreDown,
  refuseUnknownModel,
} from "../../extproc/answers/refusals";
import { LimitUnit } from "../../extproc/policy/policy";

const now = Date.parse("2026-08-31T21:00:00Z");
const minute: BudgetState = {
  budget: "user-minute",
  unit: "tokens",
  period: "minute",
  limit: 20_000,
  used: 18_000,
  held: 1500,
  resetMs: now + 300,
};
const month: BudgetState = {
  budget: "support-month",
  unit: "nanodollars",
  period: "month",
  limit: 1_500_000_000_000,
  used: 1_499_200_000_000,
  held: 750_000_000,
  resetMs: now + 3_600_000,
};
const concurrency: BudgetState = {
  budget: "calls",
  unit: "concurrency",
  period: undefined,
  limit: 5,
  used: 0,
  held: 5,
  resetMs: undefined,
};
const refusal = (exhausted: BudgetState, needed: number, status: 429 | 402 = 429) => ({
  exhausted,
  needed,
  status,
  states: [minute, month],
  nowMs: now,
  retryAtMs: exhausted.resetMs,
  requestId: "req_1",
});
const headers = (answer: Answer) => Object.fromEntries(answer.headers);

describe("texts", () => {
  it.each([
    [0, "0.00"],
    [1_500_000_000_000, "1500.00"],
    [12, "0.000000012"],
    [100_000_000, "0.10"],
    [1_234_500_000, "1.2345"],
    [Number.MAX_SAFE_INTEGER, "9007199.254740991"],
  ])("%i nanodollars are %s dollars", (amount, text) => {
    expect(dollarsOf(amount)).toBe(text);
  });

  it("lose nothing of an amount", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (amount) => {
        const [dollars = "", rest = ""] = dollarsOf(amount).split(".");
        expect(rest.length).toBeGreaterThanOrEqual(2);
        expect(BigInt(`${dollars}${rest.padEnd(9, "0")}`)).toBe(BigInt(amount));
      }),
    );
  });

  it.each([
    [-5, "0ms"],
    [12, "12ms"],
    [999.2, "1s"],
    [7660, "7.66s"],
    [360_000, "6m0s"],
    [3_600_000, "1h0m0s"],
    [90_061_500, "25h1m1.5s"],
  ])("%d ms are %s", (ms, text) => {
    expect(waitText(ms)).toBe(text);
  });

  it("name amounts and instants", () => {
    expect(amountText("tokens", 5)).toBe("5 tokens");
    expect(amountText("requests", 0)).toBe("0 requests");
    expect(amountText("requests", 1)).toBe("1 request");
    expect(amountText("concurrency", 1)).toBe("1 request at a time");
    expect(amountText("nanodollars", 5_000_000)).toBe("$0.005");
    expect(instantText(now + 1)).toBe("2026-08-31T21:00:01Z");
  });
});

describe("headers", () => {
  it("speak OpenAI's way, money under a name of our own", () => {
    expect(limitHeaders(Dialect.OpenAi, [minute, month, concurrency], now)).toEqual([
      ["x-budget-usd-limit", "1500.00"],
      ["x-budget-usd-remaining", "0.05"],
      ["x-budget-usd-reset", "2026-08-31T22:00:00Z"],
      ["x-ratelimit-limit-tokens", "20000"],
      ["x-ratelimit-remaining-tokens", "500"],
      ["x-ratelimit-reset-tokens", "300ms"],
      ["x-budget-concurrency-limit", "5"],
      ["x-budget-concurrency-remaining", "0"],
    ]);
  });

  it("speak Anthropic's way", () => {
    const output: BudgetState = { ...minute, unit: "outputTokens", used: 30_000 };
    expect(limitHeaders(Dialect.Anthropic, [minute, output], now)).toEqual([
      ["anthropic-ratelimit-tokens-limit", "20000"],
      ["anthropic-ratelimit-tokens-remaining", "500"],
      ["anthropic-ratelimit-tokens-reset", "2026-08-31T21:00:01Z"],
      ["anthropic-ratelimit-output-tokens-limit", "20000"],
      ["anthropic-ratelimit-output-tokens-remaining", "0"],
      ["anthropic-ratelimit-output-tokens-reset", "2026-08-31T21:00:01Z"],
    ]);
  });

  it("are all among those that Envoy may be told to fill in", () => {
    for (const dialect of Object.values(Dialect)) {
      for (const unit of Object.values(LimitUnit)) {
        const told = limitHeaders(dialect, [{ ...minute, unit }], now).map(([name]) => name);
        expect(told.length).toBeGreaterThan(1);
        expect(limitHeaderNames(unit)).toEqual(expect.arrayContaining(told));
      }
    }
    expect(limitHeaderNames("tokens")).toHaveLength(6);
  });

  it("show the tightest budget of a unit, and fall with what is held", () => {
    const wide: BudgetState = { ...minute, budget: "wide", limit: 1_000_000 };
    const remaining = (states: BudgetState[]) =>
      Object.fromEntries(limitHeaders(Dialect.OpenAi, states, now))["x-ratelimit-remaining-tokens"];
    expect(remaining([wide, minute])).toBe("500");
    expect(remaining([wide, { ...minute, held: 1600 }])).toBe("400");
  });

  it("say what was done to a request", () => {
    expect(appliedHeader("shrink", 64)).toEqual(["x-budget-max-output-tokens", "64"]);
    expect(appliedHeader("overflow", "on-demand")).toEqual(["x-budget-tier", "on-demand"]);
  });
});

describe("refusals", () => {
  it("name budget, period, limit, used, held, needed and reset", () => {
    const answer = refuseAtLimit(Dialect.OpenAi, refusal(month, 60_000_000));
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        message:
          'Budget "support-month" allows $1500.00 per month: $1499.20 used, $0.75 held by running requests, $0.06 needed; it resets at 2026-08-31T22:00:00Z, in 1h0m0s.',
        type: "insufficient_quota",
        param: null,
        code: "insufficient_quota",
      },
    });
    expect(headers(answer)).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(answer.body)),
      "retry-after": "3600",
      "retry-after-ms": "3600000",
      "x-should-retry": "false",
      "x-budget-name": "support-month",
    });
  });

  it("invite another try when the wait is short, unless no wait can help", () => {
    expect(headers(refuseAtLimit(Dialect.OpenAi, refusal(minute, 600)))).toMatchObject({
      "retry-after": "1",
      "retry-after-ms": "300",
    });
    expect(headers(refuseAtLimit(Dialect.OpenAi, refusal(minute, 600)))).not.toHaveProperty("x-should-retry");
    const never = refuseAtLimit(Dialect.OpenAi, refusal(minute, 20_001));
    expect(headers(never)).toHaveProperty("x-should-retry", "false");
    expect(never.body).toContain("larger than the whole budget");
    expect(refuseAtLimit(Dialect.OpenAi, refusal(concurrency, 1)).body).toContain("5 running");
  });

  it("are short where only running requests stand in the way, however far the reset is", () => {
    const held = { ...refusal(month, 60_000_000), retryAtMs: undefined };
    expect(headers(refuseAtLimit(Dialect.OpenAi, held))).toMatchObject({
      "retry-after": "1",
      "retry-after-ms": "1000",
    });
    expect(headers(refuseAtLimit(Dialect.OpenAi, held))).not.toHaveProperty("x-should-retry");
    // One that does not fit beside what is used waits for the window.
    const used = { ...refusal(month, 900_000_000), retryAtMs: undefined };
    expect(headers(refuseAtLimit(Dialect.OpenAi, used))).toHaveProperty("retry-after", "3600");
  });

  it("are as short as the store knows", () => {
    const sliding = { ...refusal(month, 900_000_000), retryAtMs: now + 2500 };
    expect(headers(refuseAtLimit(Dialect.OpenAi, sliding))).toMatchObject({
      "retry-after": "3",
      "retry-after-ms": "2500",
    });
  });

  it("are of the kinds that the vendors use", () => {
    const type = (answer: Answer) => JSON.parse(answer.body).error.type;
    expect(type(refuseAtLimit(Dialect.OpenAi, refusal(minute, 600)))).toBe("tokens");
    expect(type(refuseAtLimit(Dialect.OpenAi, refusal(concurrency, 1)))).toBe("requests");
    expect(type(refuseAtLimit(Dialect.Anthropic, refusal(minute, 600)))).toBe("rate_limit_error");
    expect(type(refuseAtLimit(Dialect.Anthropic, refusal(month, 600, 402)))).toBe("billing_error");
    expect(JSON.parse(refuseStoreDown(Dialect.Anthropic, "b", "req_2").body)).toEqual({
      type: "error",
      error: { type: "api_error", message: 'Budget "b" cannot be checked at the moment. Try again later.' },
      request_id: "req_2",
    });
  });

  it("stay valid and short, whatever a client calls its model", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), (model) => {
        for (const refuse of [refuseAccess, refuseUnknownModel]) {
          const answer = refuse(Dialect.OpenAi, model);
          expect(JSON.parse(answer.body).error.param).toBe("model");
          expect(headers(answer)["content-length"]).toBe(String(Buffer.byteLength(answer.body)));
          expect(answer.body.length).toBeLessThan(2000);
        }
      }),
    );
  });
});

describe("the official clients", () => {
  let server: Server;
  let answers: Answer[];
  let seen: number;
  beforeEach(async () => {
    seen = 0;
    server = createServer((request, response) => {
      request.resume().on("end", () => {
        const answer = answers[Math.min(seen, answers.length - 1)];
        seen += 1;
        response.writeHead(answer?.status ?? 500, answer?.headers.flat());
        response.end(answer?.body);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  afterEach(() => new Promise((done) => server.close(done)));

  const call = (dialect: Dialect, stream: boolean): Promise<unknown> => {
    const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const messages = [{ role: "user" as const, content: "hello" }];
    return dialect === Dialect.OpenAi
      ? new OpenAI({ baseURL: `${baseURL}/v1`, apiKey: "k" }).chat.completions.create({
          model: "m",
          messages,
          stream,
        })
      : new Anthropic({ baseURL, apiKey: "k" }).messages.create({
          model: "m",
          messages,
          max_tokens: 5,
          stream,
        });
  };
  const failure = (dialect: Dialect, stream: boolean): Promise<unknown> =>
    call(dialect, stream).then(
      () => undefined,
      (error: unknown) => error,
    );

  const cases: [
    string,
    (dialect: Dialect) => Answer,
    keyof typeof OpenAI & keyof typeof Anthropic,
    number,
  ][] = [
    ["a long wait", (dialect) => refuseAtLimit(dialect, refusal(month, 60)), "RateLimitError", 1],
    [
      "a request that never fits",
      (dialect) => refuseAtLimit(dialect, refusal(minute, 9e9)),
      "RateLimitError",
      1,
    ],
    ["a short wait", (dialect) => refuseAtLimit(dialect, refusal(minute, 600)), "RateLimitError", 3],
    ["no money", (dialect) => refuseAtLimit(dialect, refusal(month, 60, 402)), "APIError", 1],
    ["no access", (dialect) => refuseAccess(dialect, "m"), "PermissionDeniedError", 1],
    ["no such model", (dialect) => refuseUnknownModel(dialect, "m"), "NotFoundError", 1],
    ["a bad request", (dialect) => refuseRequest(dialect, "model twice"), "BadRequestError", 1],
    ["a large request", (dialect) => refuseRequest(dialect, "large", undefined, 413), "APIError", 1],
  ];
  describe.each([Dialect.OpenAi, Dialect.Anthropic])("%s", (dialect) => {
    it.each(cases)("sees %s", async (_, answerIn, kind, requests) => {
      const answer = answerIn(dialect);
      answers = [answer];
      for (const stream of [false, true]) {
        seen = 0;
        const error = await failure(dialect, stream);
        const sdk = dialect === Dialect.OpenAi ? OpenAI : Anthropic;
        expect(error).toBeInstanceOf(sdk[kind]);
        expect(error).toMatchObject({ status: answer.status });
        const { message } = JSON.parse(answer.body).error;
        expect(String(error)).toContain(dialect === Dialect.OpenAi ? message : JSON.stringify(message));
        expect(seen).toBe(requests);
      }
    });

    it("tries again after a short wait, and after the store was down, with success", async () => {
      const good = { status: 200, headers: [["content-type", "application/json"]] as const, body: "{}" };
      for (const first of [refuseAtLimit(dialect, refusal(minute, 600)), refuseStoreDown(dialect, "b")]) {
        answers = [first, good];
        seen = 0;
        const start = performance.now();
        await call(dialect, false);
        expect(seen).toBe(2);
        expect(performance.now() - start).toBeGreaterThanOrEqual(
          Number(headers(first)["retry-after-ms"]) - 5,
        );
      }
    });
  });
});
