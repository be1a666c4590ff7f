import { describe, expect, it } from "vitest";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage, type TestExchange } from "./support/exchanges";

const price = { input: 1_000_000, output: 2_000_000 };
const priced = { models: { m: { backends: { "default/a": { price } } } } };
const shrinking = { period: "hour", atLimit: "shrink" };
const tokens = policyOf({ all: { ...shrinking, limit: { tokens: 1000 } } }, priced);

async function start(bench: Bench, members: object, path = "/v1/chat/completions"): Promise<TestExchange> {
  const exchange = bench.exchange();
  await exchange.request({ path, body: { model: "m", ...members } });
  return exchange;
}
const bodyOf = ({ answer }: TestExchange) => JSON.parse(String(answer.mutation?.body));

describe("a budget that shrinks", () => {
  it("lets a request through with as much output as is left, and says so", async () => {
    const bench = new Bench(tokens);
    const exchange = await start(bench, { max_tokens: 5000, messages: [] });
    const { max_tokens: cap } = bodyOf(exchange);
    expect(cap).toBeGreaterThan(900);
    expect(bodyOf(exchange)).toEqual({ model: "m", max_tokens: cap, messages: [] });
    const { body, ...mutation } = exchange.answer.mutation ?? {};
    expect(mutation).toEqual({ setHeaders: [["content-length", String(body?.length)]] });
    // All that is left is held, and nothing more.
    expect(await bench.figures("all")).toEqual({ used: 0, held: 1000 });
    expect(bench.ledger.calls).toEqual(["reserve", "reserve"]);
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "shrunk", model: "m", budget: "all" }]]);
    expect(exchange.own).toMatchObject({ "x-budget-max-output-tokens": String(cap) });
    exchange.answerBody("{}", true, gatewayUsage(20, 300));
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 320, held: 0 });
    // The next one has what was left.
    const next = await start(bench, { max_tokens: 5000 });
    expect(bodyOf(next).max_tokens).toBeLessThan(cap - 300);
    expect(await bench.figures("all")).toEqual({ used: 320, held: 680 });
  });

  it("takes one call as long as there is enough", async () => {
    const bench = new Bench(tokens);
    const exchange = await start(bench, { max_tokens: 500 });
    expect(exchange.answer.mutation).toBeUndefined();
    expect(bench.ledger.calls).toEqual(["reserve"]);
    expect(exchange.own).not.toHaveProperty("x-budget-max-output-tokens");
  });

  it("caps a request that has no cap", async () => {
    const bench = new Bench(tokens);
    expect(bodyOf(await start(bench, {}))["max_completion_tokens"]).toBeGreaterThan(900);
    expect(await bench.figures("all")).toEqual({ used: 0, held: 1000 });
  });

  it("shares what is left among the choices", async () => {
    const bench = new Bench(tokens);
    const { max_tokens: cap } = bodyOf(await start(bench, { max_tokens: 5000, n: 4 }));
    expect(cap).toBeGreaterThan(200);
    expect(4 * cap).toBeLessThan(1000);
    const { held } = await bench.figures("all");
    expect(held).toBeGreaterThan(996);
    expect(held).toBeLessThanOrEqual(1000);
  });

  it("spends no more money than is left, at the dearest backend that may answer", async () => {
    const backends = {
      "default/a": { price },
      "default/b": { price: { input: 5_000_000, output: 8_000_000 } },
    };
    const all = { ...shrinking, limit: { nanodollars: 4000 }, hold: "strict" };
    const bench = new Bench(policyOf({ all }, { models: { m: { backends } } }));
    const { max_tokens: cap } = bodyOf(await start(bench, { max_tokens: 5000 }));
    const { held } = await bench.figures("all");
    expect(held).toBeGreaterThan(4000 - 8);
    expect(held).toBeLessThanOrEqual(4000);
    expect(cap).toBeGreaterThan(450);
    expect(cap).toBeLessThanOrEqual(500);
  });

  it("does what the tightest of several asks for", async () => {
    const budgets = {
      a: { ...shrinking, limit: { tokens: 1000 } },
      b: { ...shrinking, limit: { outputTokens: 300 } },
      c: { ...shrinking, limit: { outputTokens: 9000 } },
    };
    const bench = new Bench(policyOf(budgets, priced));
    expect(bodyOf(await start(bench, { max_tokens: 5000 }))["max_tokens"]).toBe(300);
    expect(bench.ledger.calls).toEqual(["reserve", "reserve"]);
  });

  it.each<[string, object, object, string?]>([
    ["the input alone is too much", { limit: { tokens: 20 } }, { max_tokens: 9 }],
    ["the money does not pay for the input", { limit: { nanodollars: 20 }, hold: "strict" }, {}],
    [
      "the caller thinks more than that",
      { limit: { tokens: 1000 } },
      { max_tokens: 5000, thinking: { budget_tokens: 2000 } },
    ],
    [
      "the provider takes no such cap",
      { limit: { outputTokens: 10 } },
      { max_output_tokens: 900 },
      "/v1/responses",
    ],
    ["the endpoint has no cap", { limit: { outputTokens: 10 } }, {}, "/v1/images/generations"],
  ])("refuses where %s", async (_, limit, members, path) => {
    const bench = new Bench(policyOf({ all: { ...shrinking, ...limit } }, priced));
    const exchange = await start(bench, members, path);
    expect(exchange.immediate.status).toBe(429);
    expect(bench.ledger.calls).toEqual(["reserve"]);
    expect(await bench.liveHolds()).toBe(0);
  });

  it("refuses where a budget that does not shrink is in the way", async () => {
    const budgets = {
      a: { ...shrinking, limit: { tokens: 100_000 } },
      b: { limit: { requests: 1 }, period: "hour" },
    };
    const bench = new Bench(policyOf(budgets, priced));
    await start(bench, { max_tokens: 100 });
    const second = await start(bench, { max_tokens: 100 });
    expect(second.immediate.status).toBe(429);
    expect(bench.ledger.calls).toEqual(["reserve", "reserve"]);
  });

  it("asks once more at most, and is refused by whatever is then in the way", async () => {
    const budgets = {
      a: { ...shrinking, limit: { tokens: 1000 } },
      b: { limit: { tokens: 500 }, period: "hour", status: 402 },
    };
    const bench = new Bench(policyOf(budgets, priced));
    const exchange = await start(bench, { max_tokens: 50_000 });
    expect(exchange.immediate.status).toBe(402);
    expect(bench.ledger.calls.length).toBeLessThanOrEqual(2);
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "refused", budget: "b" }]]);
    expect(await bench.liveHolds()).toBe(0);
  });

  it("is left alone where it only watches", async () => {
    const bench = new Bench(
      policyOf({ all: { ...shrinking, limit: { tokens: 100 }, shadow: true } }, priced),
    );
    const exchange = await start(bench, { max_tokens: 5000 });
    expect(exchange.answer.mutation).toBeUndefined();
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "shadow" }]]);
  });
});
