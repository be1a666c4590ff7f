import { describe, expect, it } from "vitest";
import { gatewayNamespace } from "../../../extproc/contract";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { readReservation } from "../../../extproc/service/reservation";
import type { SettleEvent } from "../../../extproc/service/telemetry";
import { policyOf } from "../store/support";
import { Bench, chatEnd, chatFrame, gatewayUsage } from "./support/exchanges";

const logged = policyOf({ all: { limit: { tokens: 1_000_000 }, period: "month", settle: "log" } });
const read = policyOf({ all: { limit: { tokens: 1_000_000 }, period: "month", settle: "stream" } });
const stream = { model: "m", max_tokens: 100, stream: true };
const of = (team: string) => ({ headers: { "x-team": team } });

function told({ told: recorder }: Bench): readonly SettleEvent[] {
  return recorder.of("settled").map(([event]) => event as SettleEvent);
}

describe("the team of a settlement", () => {
  it.each(["search", 'a "team", in [brackets]\\', "équipe 7"])("is that of the caller: %s", async (team) => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request(of(team));
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(10, 2)));
    expect(told(bench)).toMatchObject([{ team, kind: "exact" }]);
  });

  it("is known to a replica that did not see the request", async () => {
    const ledger = memoryLedger();
    const [here, there] = [new Bench(logged, { ledger }), new Bench(logged, { ledger })];
    const exchange = here.exchange();
    await exchange.request(of("search"));
    await there.log(exchange.entry({}, gatewayUsage(10, 2)));
    expect(told(there)).toMatchObject([{ team: "search" }]);
  });

  it("is nobody's where authentication names none", async () => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request();
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(10, 2)));
    expect(told(bench)[0]?.team).toBeUndefined();
  });

  it("stands behind all that a replica reads that knows of no teams", async () => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request(of("search"));
    const text: unknown[] = JSON.parse(exchange.own["r"] ?? "");
    expect(text.at(-1)).toBe("search");
    expect(text[0]).toBe(1);
    const older = readReservation("x", JSON.stringify(text.slice(0, -1)));
    expect(older).toMatchObject({ model: "m" });
    expect(older?.team).toBeUndefined();
    expect(readReservation("x", JSON.stringify([...text.slice(0, -1), 7]))?.team).toBeUndefined();
  });
});

describe("the time to the first token", () => {
  const timed = (ms: unknown) => ({ token_latency_ttft: ms });

  it("of a stream is what the access log says", async () => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request({ body: stream });
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(10, 2, timed(123.4))));
    expect(told(bench)).toMatchObject([{ firstTokenMs: 123.4 }]);
  });

  it("is what the last piece of an answer says that is shown here", async () => {
    const bench = new Bench(read);
    const exchange = bench.exchange();
    await exchange.request({ body: stream });
    exchange.answerBody(chatFrame("Hello"));
    exchange.answerBody(
      chatEnd({ prompt_tokens: 10, completion_tokens: 2 }),
      true,
      gatewayUsage(10, 2, timed(80)),
    );
    await exchange.end();
    expect(told(bench)).toMatchObject([{ kind: "exact", firstTokenMs: 80 }]);
  });

  it("is told once of a request that is reported again", async () => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request({ body: stream });
    await exchange.end();
    const entry = exchange.entry({}, gatewayUsage(10, 2, timed(50)));
    await bench.log(entry);
    await bench.log(entry);
    expect(told(bench).filter(({ firstTokenMs }) => firstTokenMs !== undefined)).toHaveLength(1);
  });

  it.each([
    ["-1", -1],
    ["a text", "12"],
    ["no number", Number.NaN],
    ["nothing", undefined],
  ])("is not known where the gateway says %s", async (_, ms) => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request({ body: stream });
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(10, 2, timed(ms))));
    expect(told(bench)[0]?.firstTokenMs).toBeUndefined();
  });

  it("of an answer in one piece is no such time", async () => {
    const bench = new Bench(logged);
    const exchange = bench.exchange();
    await exchange.request();
    await exchange.end();
    await bench.log(
      exchange.entry({}, { [gatewayNamespace]: { ...timed(50), llm_input_token: 1, llm_output_token: 1 } }),
    );
    expect(told(bench)[0]?.firstTokenMs).toBeUndefined();
  });
});
