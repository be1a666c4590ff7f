import { beforeEach, describe, expect, it } from "vitest";
import { OverflowMemory } from "../../../extproc/service/overflowMemory";
import { TestClock } from "../ledger/support/stores";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage, type TestExchange } from "./support/exchanges";

const cheap = { price: { input: 1_000_000, output: 1_000_000 } };
const dear = { price: { input: 2_000_000, output: 2_000_000 } };
const models = {
  m: {
    backends: { "default/a": cheap },
    tiers: { "on-demand": { backends: { "default/b": dear } } },
  },
};
const more = { models, tierHeader: "x-tier" };
const provisioned = {
  per: ["model"],
  limit: { tokens: 1000 },
  period: "hour",
  atLimit: "overflow",
  overflowTo: "on-demand",
  returnBelow: 0.5,
  dwellSeconds: 60,
};
const body = { model: "m", max_tokens: 600, stream: true };

describe("a budget that overflows", () => {
  let clock: TestClock;
  let bench: Bench;
  beforeEach(() => {
    clock = new TestClock();
    bench = new Bench(policyOf({ provisioned }, more), { now: clock.read });
  });

  async function start(members: object = {}): Promise<TestExchange> {
    const exchange = bench.exchange();
    await exchange.request({ body: { ...body, ...members } });
    return exchange;
  }
  async function finish(exchange: TestExchange, input: number, output: number, backend = "default/a") {
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(input, output, { ai_service_backend_name: backend })));
  }
  const tierOf = ({ answer }: TestExchange) =>
    answer.mutation?.setHeaders?.find(([name]) => name === "x-tier")?.[1];

  it("sends what does not fit to its tier, in the same call, and does not count it", async () => {
    const first = await start();
    expect(tierOf(first)).toBeUndefined();
    const before = await bench.figures("provisioned", "model=m");
    const second = await start();
    expect(second.answer.mutation).toEqual({ setHeaders: [["x-tier", "on-demand"]], clearRouteCache: true });
    expect(bench.ledger.calls).toEqual(["reserve", "reserve"]);
    expect(await bench.figures("provisioned", "model=m")).toEqual(before);
    const told = Object.entries(second.own).filter(([name]) => name.startsWith("x-"));
    expect(told).toEqual([["x-budget-tier", "on-demand"]]);
    await finish(second, 30, 12, "default/b");
    expect(await bench.figures("provisioned", "model=m")).toEqual(before);
    expect(bench.told.of("decided")).toMatchObject([
      [{ outcome: "admitted", tier: "", budget: "" }],
      [{ outcome: "overflow", tier: "on-demand", budget: "provisioned", by: "store" }],
    ]);
    expect(bench.told.of("overflowed")).toEqual([["provisioned", "", "on-demand"]]);
    expect(bench.summaries).toMatchObject([{ tier: "on-demand", backend: "default/b", outcome: "overflow" }]);
  });

  it("goes on sending until the low-water mark is reached and the time has passed", async () => {
    const first = await start();
    await start();
    // Room enough, but not below the mark: without a memory this would go to the usual pool.
    await finish(first, 100, 450);
    clock.nowMs += 61_000;
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("on-demand");
    expect(bench.told.of("overflowed")).toHaveLength(2);
    // Below the mark, too early: another budget's time is measured from when it went over.
    const again = new Bench(bench.policy, { now: clock.read });
    bench = again;
    const running = await start();
    await start();
    await finish(running, 100, 300);
    clock.nowMs += 59_000;
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("on-demand");
    clock.nowMs += 1_000;
    // The request that finds the mark reached goes where it was sent; the next one is back.
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("on-demand");
    expect(bench.told.of("overflowed").at(-1)).toEqual(["provisioned", "on-demand", ""]);
    expect(tierOf(await start({ max_tokens: 10 }))).toBeUndefined();
  });

  it("starts anew with its window, without a request in between", async () => {
    const first = await start();
    await start();
    await finish(first, 100, 800);
    clock.nowMs += 3_600_000;
    expect(tierOf(await start({ max_tokens: 10 }))).toBeUndefined();
  });

  it("stays with its tier until the time has passed, even if its window is over", async () => {
    clock.nowMs += 3_590_000;
    const first = await start();
    await start();
    await finish(first, 100, 800);
    clock.nowMs += 20_000;
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("on-demand");
    clock.nowMs += 40_000;
    expect(tierOf(await start({ max_tokens: 10 }))).toBeUndefined();
  });

  it("charges all other budgets there, at the tier's price", async () => {
    const budgets = {
      provisioned,
      month: { limit: { nanodollars: 10_000 }, period: "month", hold: "strict" },
    };
    bench = new Bench(policyOf(budgets, more), { now: clock.read });
    const first = await start({ max_tokens: 900 });
    const usual = (await bench.figures("month")).held;
    const second = await start({ max_tokens: 900 });
    expect((await bench.figures("month")).held).toBe(3 * usual);
    for (const [exchange, backend] of [
      [first, "default/a"],
      [second, "default/b"],
    ] as const) {
      const usage = { prompt_tokens: 30, completion_tokens: 12 };
      const metadata = gatewayUsage(30, 12, { ai_service_backend_name: backend });
      exchange.answerBody(`data: ${JSON.stringify({ choices: [], usage })}\n\n`, true, metadata);
      await exchange.end();
    }
    expect(await bench.figures("month")).toEqual({ used: 42 + 84, held: 0 });
    expect(await bench.figures("provisioned", "model=m")).toEqual({ used: 42, held: 0 });
    // A cut answer of the tier is charged at the tier's price, though nobody said which backend it was.
    await start({ max_tokens: 900 });
    const third = await start({ max_tokens: 900 });
    expect(tierOf(third)).toBe("on-demand");
    third.answerBody("");
    await third.end();
    expect((await bench.figures("month")).used).toBe(126 + 2 * 31);
  });

  it("refuses where another budget stands in the way at the tier as well", async () => {
    const budgets = { provisioned, month: { limit: { nanodollars: 1500 }, period: "month", hold: "strict" } };
    bench = new Bench(policyOf(budgets, more), { now: clock.read });
    await start();
    const second = await start();
    expect(second.immediate.status).toBe(429);
    expect(Object.fromEntries(second.immediate.headers)["x-budget-name"]).toBe("month");
  });

  it("refuses where the model has no such tier", async () => {
    const other = { ...models, plain: { backends: { "default/a": cheap } } };
    const all = { ...provisioned, per: [], models: ["m"] };
    bench = new Bench(policyOf({ all }, { ...more, models: other }), { now: clock.read });
    expect((await start({ model: "plain" })).last.kind).toBe("requestBody");
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "unbudgeted" }]]);
  });

  it("only watches where it is a shadow", async () => {
    const shadow = { ...provisioned, shadow: true };
    bench = new Bench(policyOf({ shadow }, more), { now: clock.read });
    await start();
    expect(tierOf(await start())).toBeUndefined();
    expect(bench.told.of("decided").at(-1)).toMatchObject([
      { outcome: "shadow", tier: "", budget: "shadow" },
    ]);
  });

  it("keeps the tiers of several budgets apart", async () => {
    const tiers = { ...models.m.tiers, spot: { backends: { "default/c": cheap } } };
    const budgets = {
      first: { ...provisioned, limit: { tokens: 1000 } },
      second: { ...provisioned, limit: { requests: 3 }, overflowTo: "spot" },
    };
    bench = new Bench(policyOf(budgets, { ...more, models: { m: { ...models.m, tiers } } }), {
      now: clock.read,
    });
    expect(tierOf(await start({ max_tokens: 10 }))).toBeUndefined();
    expect(tierOf(await start({ max_tokens: 2000 }))).toBe("on-demand");
    // The one that did not send it was charged.
    expect(await bench.figures("second", "model=m")).toEqual({ used: 0, held: 2 });
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("on-demand");
    expect(tierOf(await start({ max_tokens: 10 }))).toBe("spot");
  });
});

describe("the memory of what overflows", () => {
  const rule = { returnBelow: 50, dwellMs: 1000 };

  it("holds a number of counters, and forgets the oldest", () => {
    const memory = new OverflowMemory(3);
    for (let count = 0; count < 10; count += 1) {
      memory.goOver(`a${count}`, "t", undefined, count);
    }
    expect(memory.size).toBe(3);
    expect(memory.isOver("a6", "t", rule, 10)).toBe(false);
    expect(memory.isOver("a7", "t", rule, 10)).toBe(true);
  });

  it("measures the time from when a counter first went over", () => {
    const memory = new OverflowMemory(3);
    memory.goOver("a", "t", undefined, 0);
    memory.goOver("a", "t", undefined, 900);
    expect(memory.returns("a", 50, rule, 999)).toBe(false);
    expect(memory.returns("a", 51, rule, 1000)).toBe(false);
    expect(memory.returns("a", 50, rule, 1000)).toBe(true);
    expect(memory.has("a")).toBe(false);
    expect(memory.returns("a", 50, rule, 1000)).toBe(false);
  });

  it("counts for the tier of then only", () => {
    const memory = new OverflowMemory(3);
    memory.goOver("a", "t", undefined, 0);
    expect(memory.isOver("a", "other", rule, 0)).toBe(false);
  });
});
