import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../components/budgets/budgetArgs";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 16 };
const each = { per: "user", trustClientHeaders: true } as const;
const year = { ...each, period: "year" } as const;
const budgets: Record<string, BudgetArgs> = {
  yearly: { ...year, models: ["year"], limit: { requests: 1 } },
  paid: { ...year, models: ["paid"], limit: { requests: 1 }, status: 402 },
  brief: { ...each, models: ["second"], limit: { requests: 1 }, period: "second" },
  small: { ...year, models: ["small"], limit: { outputTokens: 8 }, hold: "strict" },
  closed: { ...year, models: ["closed"], limit: { requests: 1_000 }, whenStoreIsDown: "closed" },
};

const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: { year: vllm, paid: vllm, second: vllm, small: vllm, closed: vllm },
    budgets,
  },
  { env: { STORE_TIMEOUT_MS: "500" } },
);

interface Sdk {
  readonly name: string;
  readonly RateLimitError: typeof OpenAI.RateLimitError | typeof Anthropic.RateLimitError;
  readonly InternalServerError: typeof OpenAI.InternalServerError | typeof Anthropic.InternalServerError;
  readonly NotFoundError: typeof OpenAI.NotFoundError | typeof Anthropic.NotFoundError;
  /** As the SDK is by default, with its two retries, unless said otherwise. */
  call(model: string, user: string, maxRetries?: number): Promise<unknown>;
  /** What the body calls the error. */
  typeOf(error: unknown): unknown;
}

const sdks: readonly Sdk[] = [
  {
    name: "openai",
    RateLimitError: OpenAI.RateLimitError,
    InternalServerError: OpenAI.InternalServerError,
    NotFoundError: OpenAI.NotFoundError,
    call: (model, user, maxRetries) =>
      new OpenAI({
        baseURL: `${gateway.baseUrl}/v1`,
        apiKey: "client-key",
        defaultHeaders: { "x-user": user },
        ...(maxRetries === undefined ? {} : { maxRetries }),
      }).chat.completions.create({ model, max_tokens: 16, messages: helloWorld }),
    typeOf: (error) => (error as { type: unknown }).type,
  },
  {
    name: "anthropic",
    RateLimitError: Anthropic.RateLimitError,
    InternalServerError: Anthropic.InternalServerError,
    NotFoundError: Anthropic.NotFoundError,
    call: (model, user, maxRetries) =>
      new Anthropic({
        baseURL: `${gateway.baseUrl}/anthropic`,
        apiKey: "client-key",
        defaultHeaders: { "x-user": user },
        ...(maxRetries === undefined ? {} : { maxRetries }),
      }).messages.create({ model, max_tokens: 16, messages: helloWorld }),
    typeOf: (error) => (error as { error: { error: { type: unknown } } }).error.error.type,
  },
];

/** The error of a call, and how often the gateway was asked for it. */
async function failure(run: () => Promise<unknown>): Promise<{ error: unknown; asked: number }> {
  const before = await gateway.metric("budget_decisions_total");
  const error = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, asked: (await gateway.metric("budget_decisions_total")) - before };
}

describe.each(sdks)("the official SDK: $name", (sdk) => {
  it("gets its rate limit error for a budget of a year, and does not try again", async () => {
    const user = randomUUID();
    await sdk.call("year", user);
    const { error, asked } = await failure(() => sdk.call("year", user));
    expect(error).toBeInstanceOf(sdk.RateLimitError);
    expect(error).toMatchObject({ status: 429 });
    expect(sdk.typeOf(error)).toBe(sdk.name === "openai" ? "insufficient_quota" : "rate_limit_error");
    expect(asked).toBe(1);
  });

  it("gets 402 where the budget says so, and does not try again", async () => {
    const user = randomUUID();
    await sdk.call("paid", user);
    const { error, asked } = await failure(() => sdk.call("paid", user));
    expect(error).toMatchObject({ status: 402 });
    expect(sdk.typeOf(error)).toBe(sdk.name === "openai" ? "insufficient_quota" : "billing_error");
    expect(asked).toBe(1);
  });

  it("gets its rate limit error for what never fits, and does not try again", async () => {
    const { error, asked } = await failure(() => sdk.call("small", randomUUID()));
    expect(error).toBeInstanceOf(sdk.RateLimitError);
    expect(asked).toBe(1);
  });

  it("waits for a short window as long as it is told, and is answered", async () => {
    const user = randomUUID();
    const began = Date.now();
    const all = await Promise.all([sdk.call("second", user), sdk.call("second", user)]);
    expect(all).toHaveLength(2);
    expect(Date.now() - began).toBeLessThan(8_000);
    const { error } = await failure(async () => {
      await Promise.all([1, 2, 3, 4].map(() => sdk.call("second", user, 0)));
    });
    expect(error).toBeInstanceOf(sdk.RateLimitError);
    expect(sdk.typeOf(error)).toBe(sdk.name === "openai" ? "requests" : "rate_limit_error");
  });

  it("gets its not found error for a model that nobody knows, and does not try again", async () => {
    const { error, asked } = await failure(() => sdk.call("nothing", randomUUID()));
    expect(error).toBeInstanceOf(sdk.NotFoundError);
    expect(asked).toBe(1);
  });

  it("gets 503 while the store is away, and is answered by trying again", async () => {
    await gateway.redis.kill();
    const user = randomUUID();
    const once = await failure(() => sdk.call("closed", user, 0));
    expect(once.error).toBeInstanceOf(sdk.InternalServerError);
    expect(once.error).toMatchObject({ status: 503 });
    expect(sdk.typeOf(once.error)).toBe(sdk.name === "openai" ? "server_error" : "api_error");
    expect(once.asked).toBe(1);
    const answer = sdk.call("closed", user);
    await delay(500);
    await gateway.redis.restart();
    await expect(answer).resolves.toBeDefined();
    await until(async () => (await gateway.metric("budget_degraded")) === 0);
    expect((await gateway.settled("closed", { model: "closed", attributes: { user } })).used).toBe(1);
  });
});
