import { afterEach, describe, expect, it } from "vitest";
import { type LocalProcessor, startLocalProcessor } from "../../cli/local/localProcessor";
import { takenPorts } from "../../cli/local/ports";
import { processorLog } from "../../cli/local/processorLog";
import { budgetLine } from "../../cli/local/summary";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";

const price = { usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 15 };
const resolved = resolveModelGateway("test", {
  target: "local",
  models: { dear: { openai: { secretName: "k" }, price }, cheap: { openai: { secretName: "k" }, price } },
  budgets: {
    money: { models: ["dear"], limit: { usd: 5 }, period: "day", atLimit: "overflow", overflowTo: "cheap" },
    tokens: { per: "model", limit: { tokens: 20_000 }, period: "minute" },
    both: { limit: { concurrency: 4 } },
  },
});
const policy = resolved.policy ?? "";

describe("the processor of a laptop", () => {
  let running: LocalProcessor | undefined;
  const lines: string[] = [];
  afterEach(async () => {
    await running?.stop();
    running = undefined;
    lines.length = 0;
  });
  const start = async () => {
    running = await startLocalProcessor({
      policy,
      redis: undefined,
      ledgerName: "test",
      onOutput: (line) => lines.push(line),
      onWarning: (line) => lines.push(`warning: ${line}`),
    });
    return running;
  };

  it("listens on free ports of this machine alone, and gives them back", async () => {
    const { port, metricsUrl, statusUrl, stop } = await start();
    const healthPort = Number(new URL(metricsUrl).port);
    const both = { [port]: "gRPC", [healthPort]: "metrics" };
    expect((await takenPorts(both)).map((taken) => taken.port).sort()).toEqual([port, healthPort].sort());
    const metrics = await (await fetch(metricsUrl)).text();
    expect(metrics).toContain('budget_policy_loads_total{result="accepted"} 1');
    expect(await (await fetch(statusUrl)).text()).toContain("<title>Budgets</title>");
    await stop();
    expect(await takenPorts(both)).toEqual([]);
  });

  it("has no budgets while it is asked to count none, whatever becomes of that", async () => {
    const { metricsUrl, withoutBudgets } = await start();
    const budgetsInForce = () => lines.findLast((line) => line.includes("a policy is in force"));
    expect(budgetsInForce()).toContain("models 2, budgets 3");
    const seen = await withoutBudgets(async () => budgetsInForce());
    expect(seen).toContain("models 2, budgets 0");
    expect(budgetsInForce()).toContain("budgets 3");
    await expect(withoutBudgets(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(budgetsInForce()).toContain("budgets 3");
    expect(await (await fetch(metricsUrl)).text()).toContain("budget_policy_stale 0");
  });

  it("says so when it refuses a policy", async () => {
    const { use } = await start();
    const wrong = JSON.stringify({ ...JSON.parse(policy), budgets: { money: {} } });
    expect(() => use(wrong)).toThrow(/^the processor refuses its policy: budgets\["?money/);
    expect(lines.at(-1)).toMatch(/^warning: budgets: a policy is refused; the one before it stays, /);
    expect(() => use(policy)).not.toThrow();
  });
});

describe("processorLog", () => {
  it("tells people what is new to them, and the rest to those who asked for it", () => {
    const warnings: string[] = [];
    const output: string[] = [];
    const log = processorLog({
      onWarning: (line) => warnings.push(line),
      onOutput: (line) => output.push(line),
    });
    const write = (level: string, code: string, fields: object = {}) =>
      log.write(JSON.stringify({ level, time: "2026-11-21T10:00:00.000Z", code, message: code, ...fields }));
    write("info", "started", { port: 4711 });
    write("warn", "budget_warning", { budget: "day", share: 0.8, delivered: true });
    write("error", "store_down", { errorCode: "A\u001b[2J", at: ["file.ts:1"] });
    write("error", "store_down", { errorCode: "A\u001b[2J", at: ["file.ts:2"] });
    write("error", "store_down", { errorCode: "B" });
    write("warn", "connection");
    expect(warnings).toEqual([
      "budgets: budget_warning, budget day, share 0.8",
      "budgets: store_down, errorCode A [2J",
      "budgets: store_down, errorCode B",
    ]);
    expect(output).toEqual(["budgets: started, port 4711", "budgets: connection"]);
  });
});

describe("budgetLine", () => {
  it("says what each budget allows", () => {
    expect(budgetLine(resolved)).toBe(
      "Budgets: both 4 requests at a time; money $5.00 per day on dear; tokens 20000 tokens per minute for each model",
    );
  });
});
