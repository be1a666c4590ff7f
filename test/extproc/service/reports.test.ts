import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import type { SettleEvent } from "../../../extproc/service/telemetry";
import { ToldCosts } from "../../../extproc/service/toldCosts";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage, type TestExchange } from "./support/exchanges";

/** A nanodollar for each token, of whatever kind. */
const price = { input: 1_000_000, output: 1_000_000 };
const priced = { models: { m: { backends: { "default/a": { price } } } } };
const money = policyOf(
  { all: { limit: { nanodollars: 1_000_000 }, period: "month", settle: "log" } },
  priced,
);
const tokens = policyOf({ all: { limit: { tokens: 1_000_000 }, period: "month", settle: "log" } }, priced);
/** The body of a stream that counts as so many tokens of input; each 40 bytes of its answer count as one. */
const streamed = { model: "m", max_tokens: 100, stream: true };
const input = 31;

function told(...benches: readonly Bench[]): readonly SettleEvent[] {
  return benches.flatMap(({ told }) => told.of("settled").map(([event]) => event as SettleEvent));
}

function sum(events: readonly SettleEvent[]): number {
  return events.reduce((total, { nanodollars }) => total + nanodollars, 0);
}

async function over(bench: Bench): Promise<TestExchange> {
  const exchange = bench.exchange();
  await exchange.request({ body: streamed });
  await exchange.end();
  return exchange;
}

const cut = (responseBodyBytes: number) => ({ isClientCut: true, responseBodyBytes });

describe("an exact report after an estimate", () => {
  it.each([
    ["higher", 4_000, 30, 12],
    ["lower", 400, 30, 60],
  ])("tells what the estimate was off by: %s", async (_, bytes, read, written) => {
    const bench = new Bench(tokens);
    const exchange = await over(bench);
    await bench.log(exchange.entry(cut(bytes)));
    await bench.log(exchange.entry({}, gatewayUsage(read, written)));
    await bench.log(exchange.entry({}, gatewayUsage(read, written)));
    const estimate = input + bytes / 40;
    expect(told(bench)).toMatchObject([
      { kind: "estimated", nanodollars: estimate, reported: undefined, ratio: expect.any(Number) },
      {
        kind: "corrected",
        nanodollars: read + written - estimate,
        reported: { inputFresh: read, outputText: written },
        ratio: undefined,
      },
    ]);
    // Whoever listens hears of the request as it is.
    expect(bench.summaries).toMatchObject([
      { kind: "estimated", nanodollars: estimate },
      { kind: "exact", nanodollars: read + written },
    ]);
  });

  it("of another replica tells as much as the ledger has changed", async () => {
    const ledger = memoryLedger();
    const [here, there] = [new Bench(money, { ledger }), new Bench(money, { ledger })];
    const exchange = await over(here);
    await here.log(exchange.entry(cut(4_000)));
    await there.log(exchange.entry({}, gatewayUsage(30, 12)));
    await here.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(told(here)).toMatchObject([
      { kind: "estimated", nanodollars: input + 100 },
      { kind: "repeated", nanodollars: 0, reported: undefined, ratio: undefined },
    ]);
    expect(told(there)).toMatchObject([
      { kind: "corrected", nanodollars: 42 - input - 100, reported: { inputFresh: 30 } },
    ]);
    expect(here.summaries).toHaveLength(1);
  });

  it("of another replica leaves the cost where no budget is in money, and tells the tokens", async () => {
    const ledger = memoryLedger();
    const [here, there] = [new Bench(tokens, { ledger }), new Bench(tokens, { ledger })];
    const exchange = await over(here);
    await here.log(exchange.entry(cut(4_000)));
    await there.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(told(there)).toMatchObject([
      { kind: "corrected", nanodollars: 0, reported: { inputFresh: 30, outputText: 12 } },
    ]);
  });

  it("tells that nothing was used", async () => {
    const bench = new Bench(money);
    const exchange = await over(bench);
    await bench.log(exchange.entry(cut(400)));
    await bench.log(exchange.entry({ status: 503 }));
    expect(told(bench)).toMatchObject([
      { kind: "estimated", nanodollars: input + 10 },
      { kind: "corrected", nanodollars: -input - 10, reported: undefined },
    ]);
  });

  it("counts once though the ledger was told neither yet", async () => {
    const bench = new Bench(money, { store: { failuresToTrip: 1 } });
    const exchange = await over(bench);
    bench.ledger.weather = "away";
    await bench.log(exchange.entry(cut(400)));
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(told(bench)).toMatchObject([
      { kind: "queued", nanodollars: input + 10, reported: undefined },
      { kind: "corrected", nanodollars: 42 - input - 10, reported: { inputFresh: 30 } },
    ]);
  });

  it("corrects an estimate that came late", async () => {
    let nowMs = Date.now();
    const bench = new Bench(money, { now: () => nowMs });
    const exchange = await over(bench);
    nowMs += 61_000;
    expect(await bench.liveHolds()).toBe(0);
    await bench.log(exchange.entry(cut(400)));
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(told(bench)).toMatchObject([
      { kind: "late", nanodollars: input + 10 },
      { kind: "corrected", nanodollars: 42 - input - 10 },
    ]);
  });

  it("makes up for what was told, whichever reports come where and in which order", async () => {
    const report = fc.record({ isHere: fc.boolean(), isExact: fc.boolean(), bytes: fc.nat({ max: 8_000 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(report, { minLength: 1, maxLength: 6 }), async (reports) => {
        const ledger = memoryLedger();
        const [here, there] = [new Bench(money, { ledger }), new Bench(money, { ledger })];
        const exchange = await over(here);
        for (const { isHere, isExact, bytes } of reports) {
          const entry = isExact ? exchange.entry({}, gatewayUsage(30, 12)) : exchange.entry(cut(bytes));
          await (isHere ? here : there).log(entry);
        }
        await here.processor.close(0);
        const events = told(here, there);
        expect(sum(events)).toBe((await here.figures("all")).used);
        const isFirst = ({ kind }: SettleEvent) => kind !== "corrected" && kind !== "repeated";
        expect(events.filter(isFirst)).toHaveLength(1);
        expect(events.filter(({ ratio }) => ratio !== undefined)).toHaveLength(1);
        const isKnown = reports.some(({ isExact }) => isExact);
        expect(events.filter(({ reported }) => reported !== undefined)).toHaveLength(isKnown ? 1 : 0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("what was told of a request", () => {
  const exact = { nanodollars: 42, isEstimate: false };
  const estimate = { nanodollars: 50, isEstimate: true };

  it("includes an exact report that overtook the estimate", () => {
    const costs = new ToldCosts(10);
    costs.estimating("r");
    expect(costs.news("r", exact, "settled", 42)).toEqual({ nanodollars: 42, isCorrection: false });
    expect(costs.news("r", estimate, "queued", undefined)).toBeUndefined();
  });

  it("does not include an estimate that said nothing new", () => {
    const costs = new ToldCosts(10);
    costs.estimating("r");
    expect(costs.news("r", estimate, "repeated", 0)).toBeUndefined();
    expect(costs.news("r", exact, "corrected", -3)).toEqual({ nanodollars: -3, isCorrection: true });
  });

  it("is forgotten from the oldest on, and then the ledger is asked alone", () => {
    const costs = new ToldCosts(1);
    for (const id of ["a", "b"]) {
      costs.estimating(id);
      costs.news(id, estimate, "settled", 50);
    }
    expect(costs.news("a", exact, "corrected", -9)).toEqual({ nanodollars: -9, isCorrection: true });
    expect(costs.news("b", exact, "corrected", -9)).toEqual({ nanodollars: -8, isCorrection: true });
  });
});
