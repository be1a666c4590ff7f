import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";

const limit = 10_000;
const logWaitSeconds = 3;
const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: { m: { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 64 } },
    budgets: { all: { per: "user", trustClientHeaders: true, period: "year", limit: { tokens: limit } } },
  },
  { replicas: 2, env: { LOG_WAIT_SECONDS: String(logWaitSeconds) } },
);
const of = (user: string) => ({ attributes: { user } });
const settled = async (user: string) => (await gateway.settled("all", of(user))).used;
const clients = (user: string) => {
  const defaultHeaders = { "x-user": user };
  return { openai: gateway.openai({ defaultHeaders }), anthropic: gateway.anthropic({ defaultHeaders }) };
};
const create = { model: "m", messages: helloWorld, max_tokens: 30 };

// Every budget is content with the log here, so that Envoy shows the processor no answers.

it("tells clients where they stand, in their dialect, in answers that only Envoy sees", async () => {
  const user = randomUUID();
  const { openai, anthropic } = clients(user);
  const first = await openai.chat.completions.create(create).withResponse();
  const left = Number(first.response.headers.get("x-ratelimit-remaining-tokens"));
  expect(left).toBeGreaterThan(limit - 200);
  expect(left).toBeLessThan(limit - 30);
  expect(first.response.headers.get("x-ratelimit-limit-tokens")).toBe(String(limit));
  expect(first.response.headers.get("x-ratelimit-reset-tokens")).toMatch(/^\d+h\d+m[\d.]+s$/);
  expect([...first.response.headers.keys()].filter((name) => name.startsWith("anthropic-"))).toEqual([]);
  expect(await settled(user)).toBe(21);
  const second = await anthropic.messages
    .create({ ...create, messages: [{ role: "user", content: "hi" }] })
    .withResponse();
  expect(second.response.headers.get("anthropic-ratelimit-tokens-limit")).toBe(String(limit));
  expect(second.response.headers.get("x-ratelimit-limit-tokens")).toBeNull();
});

it("charges what was used, and nothing for a backend's error", async () => {
  const user = randomUUID();
  const { openai } = clients(user);
  await gateway.engine("m").behave({ failStatus: 500 });
  await expect(openai.chat.completions.create(create)).rejects.toMatchObject({ status: 500 });
  expect(await gateway.settled("all", of(user))).toEqual({ used: 0, held: 0, liveHolds: 0 });
  await gateway.engine("m").reset();
  await openai.chat.completions.create(create);
  expect(await settled(user)).toBe(21);
});

it("holds as long as a stream takes, and charges one that is cut", async () => {
  const user = randomUUID();
  const { openai } = clients(user);
  await gateway.engine("m").behave({ tokensPerSecond: 10, answerTokens: 30 });
  const stream = await openai.chat.completions.create({ ...create, stream: true });
  const pieces = stream[Symbol.asyncIterator]();
  await pieces.next();
  await delay(1_500);
  expect((await gateway.standing("all", of(user))).held).toBeGreaterThan(30);
  stream.controller.abort();
  await until(async () => (await gateway.standing("all", of(user))).held === 0);
  const { used } = await gateway.standing("all", of(user));
  expect(used).toBeGreaterThan(5);
  expect(used).toBeLessThanOrEqual(100);
  await gateway.engine("m").reset();
});

describe("two replicas", () => {
  it("settle once what the other one admitted", async () => {
    const user = randomUUID();
    const { openai } = clients(user);
    const count = 60;
    const admitted = await admittedByEach();
    for (let i = 0; i < count; i += 10) {
      const streams = Array.from({ length: 10 }, async () => {
        for await (const _ of await openai.chat.completions.create({ ...create, stream: true })) {
          // To its end.
        }
      });
      await Promise.all(streams);
    }
    const now = await admittedByEach();
    const shares = now.map((one, index) => one - (admitted[index] ?? 0));
    expect(shares.reduce((sum, share) => sum + share)).toBe(count);
    expect(Math.min(...shares)).toBeGreaterThan(0);
    expect(await gateway.settled("all", of(user))).toEqual({ used: count * 21, held: 0, liveHolds: 0 });
    expect(await gateway.metric("budget_settles_total", { source: "log" })).toBeGreaterThanOrEqual(count);
    // Whoever admitted a request that the other one settled tells its estimate after its wait: too late to count.
    await delay(logWaitSeconds * 1_000 + 500);
    expect(await settled(user)).toBe(count * 21);
  });

  async function admittedByEach(): Promise<number[]> {
    const texts = await Promise.all(gateway.processors.map((one) => one.metrics()));
    return texts.map((text) =>
      [...text.matchAll(/^budget_decisions_total\{[^}]*model="m"[^}]*\} (\d+)$/gm)].reduce(
        (sum, [, value]) => sum + Number(value),
        0,
      ),
    );
  }
});
