import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { startRedis, whyNoServer } from "../extproc/ledger/support/redisServer";
import { endCommands, leftovers, nothingLeft, runLocalCommand, serving } from "./support/command";
import { helloWorld, useGateway } from "./support/gateway";

afterEach(endCommands);

const hello = [{ role: "user", content: "Hello" }];

function askClaude(baseUrl: string, more: object = {}): Promise<Response> {
  return fetch(`${baseUrl}/anthropic/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "claude", max_tokens: 10, messages: hello, ...more }),
  });
}

describe("ai-gateway local with budgets", () => {
  it("shows what each request costs and what it leaves, and charges nothing for its own checks", async () => {
    const { command, baseUrl, left } = await serving();
    expect((await askClaude(baseUrl)).status).toBe(200);
    expect((await askClaude(baseUrl, { stream: true })).status).toBe(200);
    // 2 tokens at $3 and 10 at $15 for a million; the check of claude would have been seen here.
    const spent =
      /claude {2}-> claude {2}200 {2}2 in, 10 out {2}\d+ ms {2}\$0\.000156 {2}claude-day (\S+) left/;
    expect((await command.seen(spent))[1]).toBe("$0.999844");
    const streamed = /ms {2}first token \d+ ms {2}\$0\.000156 {2}claude-day (\S+) left {2}minute \d+ tokens/;
    expect((await command.seen(streamed))[1]).toBe("$0.999688");
    const tooMuch = await askClaude(baseUrl, { max_tokens: 30_000 });
    expect(tooMuch.status).toBe(429);
    await command.seen(/claude {2}-> refused by minute {2}429 {2}\d+ ms {2}claude-day \$0\.999688 left/);
    const [, statusUrl = ""] = await command.seen(/Status: (\S+)/);
    const [, metricsUrl = ""] = await command.seen(/Metrics: (\S+)/);
    expect(await (await fetch(statusUrl)).text()).toContain("<title>Budgets</title>");
    const metrics = await (await fetch(metricsUrl)).text();
    expect(metrics).toContain('budget_limit{budget="claude-day",unit="nanodollars"} 1000000000');
    const lines = command.output().match(/^\d\d:\d\d:\d\d .*$/gm) ?? [];
    expect(lines).toHaveLength(3);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(140);
    // Nothing went wrong that somebody should know of.
    expect(command.output()).not.toContain("budgets: ");
    command.child.kill("SIGINT");
    expect(await command.ended).toBe(0);
    expect(await left()).toEqual(nothingLeft);
  });

  it("is ended by Ctrl-C amid a stream, and leaves nothing behind", async () => {
    const { command, baseUrl, left } = await serving("--simulate", "claude=rate=2,tokens=1000");
    const answer = await askClaude(baseUrl, { stream: true, max_tokens: 1_000 });
    expect(answer.status).toBe(200);
    const [, metricsUrl = ""] = await command.seen(/Metrics: (\S+)/);
    expect(await (await fetch(metricsUrl)).text()).toContain("budget_holds_live 1");
    const body = answer.text().catch(() => "cut");
    const asked = performance.now();
    command.child.kill("SIGINT");
    expect(await command.ended).toBe(0);
    expect(performance.now() - asked).toBeLessThan(15_000);
    await body;
    expect(await left()).toEqual(nothingLeft);
  });
});

describe("the official SDKs at a limit", () => {
  const gateway = useGateway({
    models: {
      qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } },
      claude: { anthropic: { secretName: "key" } },
    },
    budgets: { "year-of-one": { per: "model", limit: { requests: 1 }, period: "year" } },
  });

  /** Counts what a client sends, retries included. */
  function counted() {
    const calls: number[] = [];
    const send: typeof fetch = async (...request) => {
      const response = await fetch(...request);
      calls.push(response.status);
      return response;
    };
    return { calls, send };
  }

  it("OpenAI's sees RateLimitError and does not try again in vain", async () => {
    const { calls, send } = counted();
    const baseURL = `${gateway.local.baseUrl}/v1`;
    const client = new OpenAI({ baseURL, apiKey: "any", fetch: send, maxRetries: 2 });
    const call = () => client.chat.completions.create({ model: "qwen", messages: helloWorld, max_tokens: 5 });
    expect((await call()).usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 5 });
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, code: "insufficient_quota" });
    expect((error as Error).message).toContain('Budget "year-of-one" allows 1 request per year');
    expect(calls).toEqual([200, 429]);
    // The table of checks is none of the budget's business, and the refused call is none of the engine's.
    expect(gateway.engine("qwen").requestCount).toBe(1);
  });

  it("Anthropic's sees RateLimitError and does not try again in vain", async () => {
    const { calls, send } = counted();
    const baseURL = `${gateway.local.baseUrl}/anthropic`;
    const client = new Anthropic({ baseURL, apiKey: "any", fetch: send, maxRetries: 2 });
    const call = () => client.messages.create({ model: "claude", messages: helloWorld, max_tokens: 5 });
    expect((await call()).usage).toMatchObject({ input_tokens: 5, output_tokens: 5 });
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error).toMatchObject({ status: 429, error: { error: { type: "rate_limit_error" } } });
    expect(calls).toEqual([200, 429]);
    expect(gateway.engine("claude").requestCount).toBe(1);
  });
});

describe.skipIf(whyNoServer() !== undefined)("ai-gateway local --redis", () => {
  it("goes on counting where the run before it ended, and never shows the password", async () => {
    const redis = await startRedis("--requirepass", "hush-hush");
    const url = redis.url.replace("redis://", "redis://:hush-hush@");
    try {
      for (const remaining of ["$0.999844", "$0.999688"]) {
        const { command, baseUrl, left } = await serving("--redis", url);
        expect(command.output()).toContain(`budgets are counted in ${redis.url}`);
        expect((await askClaude(baseUrl)).status).toBe(200);
        const line = await command.seen(/\$0\.000156 {2}claude-day (\S+) left/);
        expect(line[1]).toBe(remaining);
        command.child.kill("SIGINT");
        expect(await command.ended).toBe(0);
        expect(command.output()).not.toContain("hush");
        expect(await left()).toEqual(nothingLeft);
      }
    } finally {
      await redis.stop();
    }
  });

  it("ends at once, and says why, when it cannot be reached or does not let us in", async () => {
    const redis = await startRedis("--requirepass", "hush-hush");
    const wrong = redis.url.replace("redis://", "redis://:guess@");
    const cases = [
      [redis.url, "asks for a password; set REDIS_PASSWORD"],
      [wrong, "does not take the user and password"],
    ] as const;
    try {
      for (const [url, said] of cases) {
        const { code, output, temporary } = await runLocalCommand(["--port", "0", "--redis", url]);
        expect(output).toContain(`--redis ${redis.url}: ${said}`);
        expect(output).not.toContain("guess");
        expect(code).toBe(2);
        expect(await leftovers([], temporary, 0)).toEqual(nothingLeft);
      }
    } finally {
      await redis.stop();
    }
    const { code, output } = await runLocalCommand(["--port", "0", "--redis", redis.url]);
    expect(output).toContain(`--redis ${redis.url}: nothing answers there within 2 s (ECONNREFUSED)`);
    expect(output).not.toContain("starting");
    expect(code).toBe(2);
  });

  it("tells when the store is gone, and goes on as each budget says", async () => {
    const redis = await startRedis();
    try {
      const { command, baseUrl, left } = await serving("--redis", redis.url);
      expect((await askClaude(baseUrl)).status).toBe(200);
      await command.seen(/\$0\.000156 {2}claude-day \$0\.999844 left/);
      await redis.kill();
      // Money is closed without the store.
      expect((await askClaude(baseUrl)).status).toBe(503);
      await command.seen(/claude {2}-> refused by claude-day {2}503 {2}\d+ ms {2}store down/);
      await command.seen(/^budgets: a connection to the store broke .*ECONNREFUSED$/m);
      command.child.kill("SIGINT");
      expect(await command.ended).toBe(0);
      expect(await left()).toEqual(nothingLeft);
    } finally {
      await redis.stop();
    }
  });
});
