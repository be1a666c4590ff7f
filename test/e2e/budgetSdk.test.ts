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
  // One at once, and one more every three seconds.
  brief: {
    ...each,
    models: ["brief"],
    limit: { requests: 20 },
    period: "minute",
    window: "sliding",
    burst: 1,
  },
  single: { ...each, models: ["single"], limit: { concurrency: 1 } },
  small: { ...year, models: ["small"], limit: { outputTokens: 8 }, hold: "strict" },
  closed: { ...year, models: ["closed"], limit: { requests: 1_000 }, whenStoreIsDown: "closed" },
};

const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: { year: vllm, paid: vllm, brief: vllm, single: vllm, small: vllm, closed: vllm },
    budgets,
  },
  {
    behaviours: { single: { ttftMs: 500 } },
    // A wait for the store is one for the client.
    env: { STORE_TIMEOUT_MS: "500" },
  },
);

interface CallOptions {
  /** Default: what the SDK does by itself, which is two. */
  readonly maxRetries?: number;
  readonly stream?: boolean;
}

interface Sdk {
  readonly name: "openai" | "anthropic";
  readonly errors: typeof OpenAI | typeof Anthropic;
  /** Sends a chat; resolves with the answer's headers. */
  call(model: string, user: string, options?: CallOptions): Promise<Headers>;
  /** The error in the body. */
  bodyOf(error: unknown): { readonly type: string; readonly message: string };
}

const sdks: readonly Sdk[] = [
  {
    name: "openai",
    errors: OpenAI,
    async call(model, user, { stream = false, ...more } = {}) {
      const baseURL = `${gateway.baseUrl}/v1`;
      const openai = new OpenAI({ baseURL, apiKey: "key", defaultHeaders: { "x-user": user }, ...more });
      const asked = { model, max_tokens: 16, messages: helloWorld, stream };
      return (await openai.chat.completions.create(asked).asResponse()).headers;
    },
    bodyOf: (error) => (error as { error: ReturnType<Sdk["bodyOf"]> }).error,
  },
  {
    name: "anthropic",
    errors: Anthropic,
    async call(model, user, { stream = false, ...more } = {}) {
      const baseURL = `${gateway.baseUrl}/anthropic`;
      const anthropic = new Anthropic({
        baseURL,
        apiKey: "key",
        defaultHeaders: { "x-user": user },
        ...more,
      });
      const asked = { model, max_tokens: 16, messages: helloWorld, stream };
      return (await anthropic.messages.create(asked).asResponse()).headers;
    },
    bodyOf: (error) => (error as { error: { error: ReturnType<Sdk["bodyOf"]> } }).error.error,
  },
];

/** What became of a call, and how often the gateway was asked for it. */
async function outcome(run: () => Promise<unknown>) {
  const before = await gateway.metric("budget_decisions_total");
  const began = performance.now();
  const error: unknown = await run().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const asked = (await gateway.metric("budget_decisions_total")) - before;
  return { error, asked, seconds: (performance.now() - began) / 1000 };
}

function headersOf(error: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries((error as { headers: Headers }).headers);
}

describe.each(sdks)("the official SDK: $name", (sdk) => {
  const isOpenAi = sdk.name === "openai";
  const { errors } = sdk;

  it.each([false, true])(
    "gets its rate limit error for a budget of a year, and does not try again (stream: %s)",
    async (stream) => {
      const user = randomUUID();
      const headers = Object.fromEntries(await sdk.call("year", user));
      expect(headers).toMatchObject(
        isOpenAi
          ? {
              "x-ratelimit-limit-requests": "1",
              "x-ratelimit-remaining-requests": "0",
              "x-ratelimit-reset-requests": expect.stringMatching(/^\d+h\d+m[\d.]+s$/),
            }
          : {
              "anthropic-ratelimit-requests-limit": "1",
              "anthropic-ratelimit-requests-remaining": "0",
              "anthropic-ratelimit-requests-reset": expect.stringMatching(/^\d{4}-01-01T00:00:00Z$/),
            },
      );
      const { error, asked } = await outcome(() => sdk.call("year", user, { stream }));
      expect(error).toBeInstanceOf(errors.RateLimitError);
      expect(sdk.bodyOf(error).type).toBe(isOpenAi ? "insufficient_quota" : "rate_limit_error");
      expect(sdk.bodyOf(error).message).toMatch(
        /Budget "yearly" allows 1 request per year: .*; it resets at \d{4}-01-01T00:00:00Z, in /,
      );
      expect(headersOf(error)).toMatchObject({
        "content-type": "application/json",
        "retry-after": expect.stringMatching(/^\d+$/),
        "x-should-retry": "false",
        "x-budget-name": "yearly",
      });
      expect(asked).toBe(1);
    },
  );

  it("gets 402 where the budget says so, and does not try again", async () => {
    const user = randomUUID();
    await sdk.call("paid", user);
    const { error, asked } = await outcome(() => sdk.call("paid", user));
    expect(error).toBeInstanceOf(errors.APIError);
    expect(error).toMatchObject({ status: 402 });
    expect(sdk.bodyOf(error).type).toBe(isOpenAi ? "insufficient_quota" : "billing_error");
    expect(sdk.bodyOf(error).message).toContain('Budget "paid" allows 1 request per year');
    expect(asked).toBe(1);
  });

  it("gets its rate limit error for what never fits, and does not try again", async () => {
    const { error, asked } = await outcome(() => sdk.call("small", randomUUID()));
    expect(error).toBeInstanceOf(errors.RateLimitError);
    expect(sdk.bodyOf(error).message).toContain("The request is larger than the whole budget");
    expect(asked).toBe(1);
  });

  it("waits for a short window as long as it is told, and is answered", async () => {
    const user = randomUUID();
    await sdk.call("brief", user);
    const refused = await outcome(() => sdk.call("brief", user, { maxRetries: 0 }));
    expect(refused.error).toBeInstanceOf(errors.RateLimitError);
    expect(sdk.bodyOf(refused.error).type).toBe(isOpenAi ? "requests" : "rate_limit_error");
    const headers = headersOf(refused.error);
    const waitMs = Number(headers["retry-after-ms"]);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(3_000);
    expect(Number(headers["retry-after"])).toBe(Math.ceil(waitMs / 1000));
    expect(headers["x-should-retry"]).toBeUndefined();

    await until(
      async () => (await outcome(() => sdk.call("brief", user, { maxRetries: 0 }))).error === undefined,
    );
    const { error, asked, seconds } = await outcome(() => sdk.call("brief", user));
    expect(error).toBeUndefined();
    // Refused once, and then no longer too early.
    expect(asked).toBe(2);
    expect(seconds).toBeGreaterThan(1.5);
    expect(seconds).toBeLessThan(10);
  });

  it("tries again until a request before it is over, where only one may run", async () => {
    const user = randomUUID();
    const first = sdk.call("single", user);
    await until(
      async () => (await gateway.standing("single", { model: "single", attributes: { user } })).held === 1,
    );
    const { error, asked } = await outcome(() => sdk.call("single", user));
    expect(error).toBeUndefined();
    expect(asked).toBe(2);
    await first;
  });

  it("gets its not found error for a model that nobody knows, and does not try again", async () => {
    const { error, asked } = await outcome(() => sdk.call("nothing", randomUUID()));
    expect(error).toBeInstanceOf(errors.NotFoundError);
    expect(asked).toBe(1);
  });

  it("gets 503 while the store is away, and is answered by trying again once it is back", async () => {
    await gateway.redis.kill();
    const user = randomUUID();
    const lost = await outcome(() => sdk.call("closed", user));
    expect(lost.error).toBeInstanceOf(errors.InternalServerError);
    expect(lost.error).toMatchObject({ status: 503 });
    expect(sdk.bodyOf(lost.error).type).toBe(isOpenAi ? "server_error" : "api_error");
    expect(sdk.bodyOf(lost.error).message).toContain('Budget "closed" cannot be checked at the moment.');
    expect(headersOf(lost.error)).toMatchObject({ "retry-after": "2", "x-budget-name": "closed" });
    // The first time and two more, as long apart as it was told.
    expect(lost.asked).toBe(3);
    expect(lost.seconds).toBeGreaterThan(3.5);

    const answer = sdk.call("closed", user);
    await delay(500);
    await gateway.redis.restart();
    expect((await answer).get("content-type")).toBe("application/json");
    await until(async () => (await gateway.metric("budget_degraded")) === 0);
    expect((await gateway.settled("closed", { model: "closed", attributes: { user } })).used).toBe(1);
  });
});
