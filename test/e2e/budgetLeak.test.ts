import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { type Standing, until, useBudgetGateway } from "./support/budgetGateway";
import { keepCalling, type StreamedChat, type StreamOutcome, sharesOf, streamChat } from "./support/load";

const holdMs = 5_000;
/** Nanodollars for a token of any kind. */
const perToken = 1_000;
const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 1 };
const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 64 };
const each = { per: "user", trustClientHeaders: true, period: "year" } as const;
const share = 20;

const declaration: ModelGatewayArgs = {
  access: { clientHeaders: { user: "x-user" } },
  models: { logged: vllm, paid: { ...vllm, price }, shared: vllm },
  budgets: {
    open: { ...each, models: ["logged"], limit: { tokens: 10_000_000 }, hold: "strict" },
    closed: { ...each, models: ["paid"], limit: { usd: 1_000 }, hold: "strict" },
    output: { ...each, models: ["paid"], limit: { outputTokens: 10_000_000 }, settle: "stream" },
    local: { ...each, models: ["shared"], limit: { requests: share }, whenStoreIsDown: "local" },
  },
};
/** Model, its budget, and what that counts for a token. */
const kinds = [
  ["logged", "open", 1],
  ["paid", "closed", perToken],
] as const;
const input = 5;

const gateway = useBudgetGateway(declaration, {
  replicas: 2,
  redis: ["--appendonly", "yes", "--appendfsync", "always"],
  env: { HOLD_SECONDS: String(holdMs / 1000), LOG_WAIT_SECONDS: "3", STORE_TIMEOUT_MS: "1000" },
});

const table: string[] = [];
afterAll(() => {
  console.log(["what failed meanwhile:", ...table].join("\n"));
});
function note(what: string, model: string, outcomes: readonly StreamOutcome[], more = ""): void {
  table.push(
    `${what.padEnd(36)} ${model.padEnd(7)} ${String(outcomes.length).padStart(5)}  ${sharesOf(outcomes)} ${more}`,
  );
}

const maxTokens = 64;
const chat = (model: string, user: string, more: Partial<StreamedChat> = {}) =>
  streamChat(gateway.baseUrl, { model, user, maxTokens, ...more });
const standing = (budget: string, model: string, user: string) =>
  gateway.standing(budget, { model, attributes: { user } });

/** Waits at most one deadline until nothing is held. */
async function oneDeadlineLater(budget: string, model: string, user: string): Promise<Standing> {
  const slack = 2_500;
  return gateway.settled(budget, { model, attributes: { user } }, holdMs + slack);
}

async function pace(tokensPerSecond: number, answerTokens: number): Promise<void> {
  for (const [model] of kinds) {
    await gateway.engine(model).behave({ tokensPerSecond, answerTokens });
  }
}

afterEach(async () => {
  for (const model of Object.keys(declaration.models)) {
    await gateway.engine(model).reset();
  }
});

describe("kill -9 of a replica amid 200 streams", () => {
  const user = randomUUID();
  const held = new Map<string, Standing>();
  let outcomes: StreamOutcome[][] = [];
  beforeAll(async () => {
    // Slow enough for all of them to run at once on a machine that has more to do.
    await pace(3, 40);
    const running = kinds.map(([model]) => Promise.all(Array.from({ length: 100 }, () => chat(model, user))));
    await until(async () => (await standing("open", "logged", user)).liveHolds === 200);
    await delay(1_000);
    for (const [model, budget] of kinds) {
      held.set(model, await standing(budget, model, user));
    }
    await gateway.processors[0]?.end("SIGKILL");
    outcomes = await Promise.all(running);
  });
  afterAll(async () => {
    await gateway.processors[0]?.start();
  });

  it.each(kinds)(
    "%s: holds before, and none one deadline later; charged once",
    async (model, budget, unit) => {
      const before = held.get(model);
      expect(before?.held).toBeGreaterThan(0);
      expect(before?.liveHolds).toBe(200);
      const all = outcomes[kinds.findIndex(([name]) => name === model)] ?? [];
      const hold = (before?.held ?? 0) / 100;
      const { used } = await oneDeadlineLater(budget, model, user);
      const complete = all.filter(({ isComplete }) => isComplete);
      const broken = all.filter(({ isComplete }) => !isComplete);
      const delivered = all.reduce((sum, { pieces }) => sum + input + pieces, 0) * unit;
      note("kill -9 of one replica of two", model, all, `charged ${used} of ${delivered} delivered`);
      // The other replica's streams went on to their end.
      expect(complete.length).toBeGreaterThan(0);
      expect(broken.length).toBeGreaterThan(0);
      const exact = complete.length * (input + 40) * unit;
      expect(used).toBeGreaterThanOrEqual(exact);
      expect(used).toBeLessThanOrEqual(exact + broken.length * hold);
      // Money is not given back for what the provider has most likely charged.
      if (budget === "closed") {
        expect(used).toBeGreaterThanOrEqual(exact + broken.length * input * unit);
      }
      const later = await standing(budget, model, user);
      expect(later.used).toBeGreaterThanOrEqual(used);
      expect(later.used).toBeLessThanOrEqual(exact + broken.length * hold);
    },
  );
});

describe("clients that go away", () => {
  it.each(kinds)("%s: 200 of them hold nothing, and pay for what they got", async (model, budget, unit) => {
    const user = randomUUID();
    await pace(50, 64);
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, index) => chat(model, user, { abortAfterPieces: index % 30 })),
    );
    const { used } = await oneDeadlineLater(budget, model, user);
    const answered = all.filter(({ status }) => status === 200);
    const delivered = answered.reduce((sum, { pieces }) => sum + input + pieces, 0) * unit;
    note("200 clients go away", model, all, `charged ${used} of ${delivered} delivered`);
    expect(answered.length).toBeGreaterThan(100);
    expect(used).toBeGreaterThanOrEqual(delivered * 0.9);
    // At most what each may hold: its input on the careful side, and all of its output.
    expect(used).toBeLessThanOrEqual(all.length * (64 + 64) * unit);
    if (model === "paid") {
      // What is read as it passes is counted, but for what was on its way when the client left.
      const pieces = answered.reduce((sum, outcome) => sum + outcome.pieces, 0);
      const output = (await standing("output", model, user)).used;
      note("of it output", model, all, `charged ${output} of ${pieces} delivered`);
      expect(output).toBeGreaterThanOrEqual(pieces * 0.95);
      expect(output).toBeLessThanOrEqual(pieces * 1.05 + answered.length * 5);
    }
  });
});

describe("a backend that only fails", () => {
  it.each(kinds)("%s: costs nothing", async (model, budget) => {
    const user = randomUUID();
    await gateway.engine(model).behave({ failStatus: 500 });
    const all = await Promise.all(Array.from({ length: 300 }, () => chat(model, user)));
    note("300 times 500 of a backend", model, all);
    expect(await oneDeadlineLater(budget, model, user)).toEqual({ used: 0, held: 0, liveHolds: 0 });
  });
});

describe("a Redis in trouble", () => {
  const outages: readonly [string, number, () => Promise<void>][] = [
    ["Redis restarts, with AOF", 4_000, () => gateway.redis.restart()],
    [
      "Redis stands still for 5 s",
      7_500,
      async () => {
        const pid = await gateway.redisPid();
        process.kill(pid, "SIGSTOP");
        await delay(5_000);
        process.kill(pid, "SIGCONT");
      },
    ],
  ];
  it.each(outages)("%s: all that was delivered is charged, once", async (what, forMs, happen) => {
    await pace(500, 16);
    const user = randomUUID();
    const before = kinds.map(([model]) => gateway.engine(model).requestCount);
    const calls = kinds.map(([model]) => keepCalling(5, forMs, () => chat(model, user)));
    await delay(1_000);
    await happen();
    const outcomes = await Promise.all(calls);
    for (const [index, [model, budget, unit]] of kinds.entries()) {
      const all = outcomes[index] ?? [];
      const { used } = await oneDeadlineLater(budget, model, user);
      const reached = gateway.engine(model).requestCount - (before[index] ?? 0);
      note(what, model, all, `charged ${used / unit / (input + 16)} calls of ${reached}`);
      // No stream that was let through breaks.
      for (const { requestId } of all.filter((one) => one.status === 200 && !one.isComplete)) {
        expect(await gateway.accessLog.waitFor(requestId)).toBe("complete");
      }
      expect(used).toBe(reached * (input + 16) * unit);
      const statuses = new Set(all.map(({ status }) => status));
      expect([...statuses].filter((status) => status !== 200)).toEqual(
        budget === "closed" && statuses.has(503) ? [503] : [],
      );
    }
  });
});

describe("no Redis at all", () => {
  const user = randomUUID();
  beforeAll(async () => {
    await gateway.redis.kill();
    // Both processors notice.
    await until(async () => {
      await keepCalling(8, 200, () => chat("paid", randomUUID()));
      return (await gateway.metric("budget_degraded")) === 2;
    });
  });

  it("lets through what is open, and counts it afterwards; refuses what is closed", async () => {
    await pace(500, 16);
    const open = await keepCalling(5, 1_000, () => chat("logged", user));
    note("no Redis", "logged", open);
    expect(open.every(({ isComplete }) => isComplete)).toBe(true);
    const reached = gateway.engine("paid").requestCount;
    const closed = await keepCalling(5, 1_000, () => chat("paid", user));
    note("no Redis", "paid", closed);
    expect(closed.every(({ status }) => status === 503)).toBe(true);
    expect(gateway.engine("paid").requestCount).toBe(reached);
    const answer = await gateway.post(
      "/v1/chat/completions",
      { model: "paid", messages: [] },
      { "x-user": user },
    );
    expect(answer.headers.get("retry-after")).toBe("2");
    expect(await answer.json()).toMatchObject({
      error: { type: "server_error", code: "service_unavailable" },
    });

    const shares = await Promise.all(Array.from({ length: 60 }, () => chat("shared", user)));
    note("no Redis", "shared", shares);
    const admitted = shares.filter(({ status }) => status === 200);
    expect(admitted.length).toBeGreaterThan(share / 2);
    expect(admitted.length).toBeLessThanOrEqual(share);
    expect(shares.filter(({ status }) => status === 429)).toHaveLength(60 - admitted.length);

    await gateway.redis.restart();
    await until(async () => (await gateway.metric("budget_degraded")) === 0);
    const settled = async (budget: string, model: string) =>
      (await gateway.settled(budget, { model, attributes: { user } }, holdMs + 2_500)).used;
    await until(async () => (await settled("open", "logged")) === open.length * (input + 16));
    await until(async () => (await settled("local", "shared")) === admitted.length);
    expect(await settled("closed", "paid")).toBe(0);
    await delay(3_500);
    expect(await settled("open", "logged")).toBe(open.length * (input + 16));
    expect(await settled("local", "shared")).toBe(admitted.length);
  });
});
