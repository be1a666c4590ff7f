import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { afterAll, expect, it } from "vitest";
import { useBudgetGateway } from "./support/budgetGateway";
import { keepCalling, sharesOf, streamChat } from "./support/load";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 64 };
const each = { per: "user", trustClientHeaders: true, period: "year" } as const;
const models = ["logged", "read"] as const;
const gateway = useBudgetGateway({
  access: { clientHeaders: { user: "x-user" } },
  models: { logged: vllm, read: vllm },
  budgets: {
    logged: { ...each, models: ["logged"], limit: { tokens: 10_000_000 } },
    read: { ...each, models: ["read"], limit: { tokens: 10_000_000 }, settle: "stream" },
  },
});
const tokens = { input: 5, output: 16 };
const busy = Array.from({ length: availableParallelism() }, () =>
  spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }),
);
afterAll(() => {
  for (const child of busy) {
    child.kill("SIGKILL");
  }
});

/**
 * Where every process is late, all of a short answer is in Envoy before the first of its filters has passed it on. A
 * filter behind that one which holds the headers then ends the answer where it stands.
 */
it("short streams come whole on a machine that is too busy, whoever reads them", async () => {
  const user = randomUUID();
  for (const model of models) {
    await gateway.engine(model).behave({ tokensPerSecond: 500, answerTokens: tokens.output });
  }
  const calls = models.map((model) =>
    keepCalling(8, 40_000, () => streamChat(gateway.baseUrl, { model, user, maxTokens: 64 })),
  );
  for (const [index, all] of (await Promise.all(calls)).entries()) {
    const model = models[index] ?? "";
    console.log(`${model}: ${all.length} requests, ${sharesOf(all)}`);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(({ isComplete }) => !isComplete)).toEqual([]);
    const { used } = await gateway.settled(model, { model, attributes: { user } });
    expect(used).toBe(all.length * (tokens.input + tokens.output));
  }
});
