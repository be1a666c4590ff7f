import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { useBudgetGateway } from "./support/budgetGateway";
import { keepCalling, sharesOf, streamChat } from "./support/load";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 64 };
const each = {
  per: "user",
  trustClientHeaders: true,
  period: "year",
  limit: { tokens: 10_000_000 },
} as const;
const declaration: ModelGatewayArgs = {
  access: { clientHeaders: { user: "x-user" } },
  models: { logged: vllm, read: vllm },
  budgets: {
    logged: { ...each, models: ["logged"] },
    read: { ...each, models: ["read"], settle: "stream" },
  },
};
const tokens = { input: 5, output: 16 };
const gateway = useBudgetGateway(declaration, {
  replicas: 2,
  env: { DRAIN_DELAY_SECONDS: "1", LOG_WAIT_SECONDS: "3" },
});

/**
 * The addresses stay, unlike those of pods: Envoy has to find out by itself, with what it was told of retries and of
 * replicas that cannot be reached.
 */
it("replicas that end one after the other lose no request, and no charge", async () => {
  const user = randomUUID();
  const models = ["logged", "read"] as const;
  for (const model of models) {
    await gateway.engine(model).behave({ tokensPerSecond: 500, answerTokens: tokens.output });
  }
  const calls = models.map((model) =>
    keepCalling(6, 22_000, () => streamChat(gateway.baseUrl, { model, user, maxTokens: 64 })),
  );
  for (const replica of gateway.processors) {
    await delay(1_000);
    expect(await replica.end("SIGTERM")).toBe(0);
    await delay(1_000);
    await replica.start();
    // Until it is asked again.
    await delay(5_000);
  }
  const outcomes = await Promise.all(calls);
  for (const [index, model] of models.entries()) {
    const all = outcomes[index] ?? [];
    console.log(`${model}: ${all.length} requests, ${sharesOf(all)}`);
    expect(all.filter(({ isComplete }) => !isComplete)).toEqual([]);
    expect(gateway.engine(model).requestCount).toBe(all.length);
    const { used } = await gateway.settled(model, { model, attributes: { user } });
    expect(used).toBe(all.length * (tokens.input + tokens.output));
  }
});
