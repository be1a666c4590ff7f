import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { replies } from "../../../extproc/service/replies";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage, turns } from "./support/exchanges";

const budget = (whenStoreIsDown: string, tokens = 10_000) => ({
  all: { limit: { tokens }, period: "month", whenStoreIsDown },
});
const body = { model: "m", max_tokens: 100, stream: true };

describe("without the store", () => {
  it("a closed budget refuses in the caller's dialect", async () => {
    for (const [path, type] of [
      ["/v1/chat/completions", "server_error"],
      ["/anthropic/v1/messages", "api_error"],
    ] as const) {
      const bench = new Bench(policyOf(budget("closed")));
      bench.ledger.weather = "away";
      const exchange = bench.exchange();
      await exchange.request({ path, body });
      expect(exchange.immediate).toMatchObject({ status: 503, details: "budget_store_down" });
      expect(JSON.parse(exchange.immediate.body).error.type).toBe(type);
      expect(Object.fromEntries(exchange.immediate.headers)).toHaveProperty("retry-after");
      await exchange.end();
      expect(bench.told.of("decided")).toMatchObject([
        [{ outcome: "store_down", budget: "all", by: "closed" }],
      ]);
      expect(bench.processor.openRequests).toBe(0);
    }
  });

  it("an open budget lets through, and counts when the store is back", async () => {
    const bench = new Bench(policyOf(budget("open")));
    bench.ledger.weather = "away";
    const exchange = bench.exchange();
    await exchange.request({ body });
    expect(exchange.last.kind).toBe("requestBody");
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "admitted", by: "open" }]]);
    // There are no figures to tell a client.
    expect(Object.keys(exchange.own).sort()).toEqual(["id", "r"]);
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "queued", reported: { inputFresh: 30 } }]]);
    expect(bench.summaries).toMatchObject([{ kind: "queued", budgets: [] }]);
    bench.ledger.weather = "fine";
    await new Promise((done) => setTimeout(done, 700));
    await turns();
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
  });

  it("a local budget holds to its share", async () => {
    const bench = new Bench(policyOf(budget("local", 400), { replicas: 2 }));
    bench.ledger.weather = "away";
    const [first, second] = [bench.exchange(), bench.exchange()];
    await first.request({ body });
    await second.request({ body });
    expect(first.last.kind).toBe("requestBody");
    expect(second.immediate.status).toBe(429);
    expect(bench.told.of("decided")).toMatchObject([
      [{ outcome: "admitted", by: "local" }],
      [{ outcome: "refused", by: "local", budget: "all" }],
    ]);
  });

  it("a request that went on before is settled later", async () => {
    const bench = new Bench(policyOf(budget("closed")));
    const exchange = bench.exchange();
    await exchange.request({ body });
    bench.ledger.weather = "away";
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    bench.ledger.weather = "fine";
    await new Promise((done) => setTimeout(done, 700));
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
  });
});

describe("an error of ours", () => {
  it("refuses a request that did not go on yet", async () => {
    for (const [path, type] of [
      ["/v1/chat/completions", "server_error"],
      ["/anthropic/v1/messages", "api_error"],
    ] as const) {
      const bench = new Bench(policyOf(budget("open")));
      const exchange = bench.exchange();
      exchange.sendHeaders({ path });
      Object.defineProperty(bench.told, "decided", {
        value: () => {
          throw new Error("ours");
        },
      });
      exchange.sendBody(body);
      await turns();
      expect(exchange.immediate).toMatchObject({ status: 500, details: "budget_internal" });
      expect(JSON.parse(exchange.immediate.body).error.type).toBe(type);
      expect(exchange.immediate.body).not.toContain("ours");
      expect(bench.failures()).toEqual([["exchange", "ours"]]);
      // What it held is given back.
      await exchange.end();
      expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
      expect(exchange.replies).toHaveLength(2);
    }
  });

  it("refuses a request whose policy cannot be had", async () => {
    const bench = new Bench(policyOf(budget("open")));
    Object.defineProperty(bench, "policy", {
      get() {
        throw new Error("no policy");
      },
    });
    const exchange = bench.exchange();
    exchange.sendHeaders();
    expect(exchange.immediate.status).toBe(500);
    exchange.sendBody(body);
    expect(exchange.replies).toHaveLength(1);
  });

  it("lets the answer to one that did go on pass", async () => {
    const bench = new Bench(policyOf(budget("open")));
    const exchange = bench.exchange();
    await exchange.request({ body });
    const broken = {
      get() {
        throw new Error("broken");
      },
    };
    const piece = { body: Buffer.from("x"), endOfStream: false, status: 200 };
    exchange.take({ kind: "responseBody", ...piece, metadata: broken });
    expect(exchange.last).toBe(replies.responseBody);
    exchange.answerBody("x", true);
    await exchange.end();
    expect(bench.failures()).toEqual([["exchange", "broken"]]);
    expect(bench.processor.awaitingLog).toBe(1);
  });

  it("settles by what the gateway says where reading the answer fails", async () => {
    const ledger = memoryLedger();
    const money = { all: { limit: { nanodollars: 1000 }, period: "month", hold: "strict" } };
    const bench = new Bench(
      policyOf(money, { models: { m: { backends: { a: { price: { input: 1e6, output: 1e6 } } } } } }),
      {
        ledger,
      },
    );
    const exchange = bench.exchange();
    await exchange.request({ body });
    exchange.answerBody("this is no gzip", true, gatewayUsage(30, 12));
    await exchange.end();
    await bench.processor.close(0);
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
  });

  it("is not to be had by messages in a wrong order", async () => {
    const bench = new Bench(policyOf(budget("open")));
    const exchange = bench.exchange();
    await exchange.request({ body });
    exchange.take({ kind: "requestTrailers" });
    expect(exchange.last).toBe(replies.requestTrailers);
    exchange.take({ kind: "unknown" });
    exchange.sendBody(body);
    expect(exchange.immediate.status).toBe(500);
    await exchange.end();
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
    expect(bench.failures().map(([code]) => code)).toEqual(["unknown_message", "exchange"]);
  });
});
