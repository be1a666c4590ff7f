import { randomUUID } from "node:crypto";
import { Agent, request } from "undici";
import { afterAll, expect, it } from "vitest";
import { useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";

/** Rounds; the full proof is 100. */
const rounds = Number(process.env["OVERSHOOT_ROUNDS"] ?? 5);
const callers = 1_000;
const affordable = 10;

/** What one call holds at most, and costs: 64 tokens of input and output at 1 nanodollar. */
const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: { m: { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 16 } },
    budgets: {
      ten: {
        ...{ per: "user", trustClientHeaders: true, period: "year", hold: "strict" },
        limit: { outputTokens: affordable * 16 },
      },
    },
  },
  { replicas: 2, env: { STORE_TIMEOUT_MS: "10000" } },
);

const agent = new Agent({ connections: callers });
afterAll(() => agent.close());

const body = JSON.stringify({ model: "m", max_tokens: 16, messages: helloWorld });

interface Outcome {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
}

async function call(user: string): Promise<Outcome> {
  const answer = await request(`${gateway.baseUrl}/v1/chat/completions`, {
    method: "POST",
    dispatcher: agent,
    headers: { "content-type": "application/json", "x-user": user },
    headersTimeout: 120_000,
    body,
  });
  return { status: answer.statusCode, headers: answer.headers, body: await answer.body.json() };
}

it(`a budget worth ${affordable} calls admits ${affordable} of ${callers} at once, ${rounds} times`, async () => {
  const engine = gateway.engine("m");
  const servedBy = gateway.processors.map(() => 0);
  for (let round = 0; round < rounds; round += 1) {
    const user = randomUUID();
    const before = engine.requestCount;
    const outcomes = await Promise.all(Array.from({ length: callers }, () => call(user)));
    const refused = outcomes.filter(({ status }) => status === 429);
    expect({ round, reached: engine.requestCount - before }).toEqual({ round, reached: affordable });
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(affordable);
    expect(refused).toHaveLength(callers - affordable);
    for (const { headers, body } of refused) {
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "retry-after": expect.stringMatching(/^\d+$/),
        "retry-after-ms": expect.stringMatching(/^\d+$/),
        "x-budget-name": "ten",
        "x-budget-output-tokens-limit": "160",
        "x-budget-output-tokens-remaining": "0",
      });
      expect(body).toMatchObject({
        error: {
          message: expect.stringMatching(/^Budget "ten" allows 160 output tokens per year: /),
          param: null,
        },
      });
    }
    expect(await gateway.settled("ten", { attributes: { user } })).toEqual({
      ...{ used: affordable * 16, held: 0, liveHolds: 0 },
    });
  }
  for (const [index, processor] of gateway.processors.entries()) {
    const text = await processor.metrics();
    servedBy[index] = [...text.matchAll(/^budget_decisions_total\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  }
  expect(servedBy.reduce((sum, count) => sum + count)).toBe(rounds * callers);
  // Both decided about a fair part of the calls: neither could have known alone.
  expect(Math.min(...servedBy)).toBeGreaterThan((rounds * callers) / 5);
  expect(await gateway.metric("budget_overshoot_total")).toBe(0);
}, 3_600_000);
