import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../../extproc/ledger/ledger";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { policyOf } from "../store/support";
import { Bench, chatEnd, chatFrame, gatewayUsage, turns } from "./support/exchanges";

const price = { input: 1_000_000, output: 1_000_000 };
const priced = { models: { m: { backends: { "default/a": { price } } } } };
const money = policyOf({ all: { limit: { nanodollars: 1_000_000 }, period: "month" } }, priced);
const tokens = policyOf({ all: { limit: { tokens: 100_000 }, period: "month" } }, priced);
const streamed = { model: "m", max_tokens: 100, stream: true };

/** A ledger whose answers to one kind of call come when the test says so. */
function gated(name: "reserve" | "renew"): { ledger: Ledger; open: () => void } {
  const inner = memoryLedger();
  let open = () => {};
  const gate = new Promise<void>((done) => {
    open = done;
  });
  const held = async <T>(answer: Promise<T>): Promise<T> => {
    const value = await answer;
    await gate;
    return value;
  };
  const calls: Pick<Ledger, "reserve" | "renew"> = {
    reserve: (request) => held(inner.reserve(request)),
    renew: (ids, holdMs) => held(inner.renew(ids, holdMs)),
  };
  return { ledger: { ...inner, [name]: calls[name] }, open: () => open() };
}

describe("a processor that closes", () => {
  it("settles an answer that is still being decompressed", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    const usage = { prompt_tokens: 30, completion_tokens: 12 };
    exchange.answerBody(gzipSync(chatFrame("Hello") + chatEnd(usage)), true);
    exchange.handler.end();
    await bench.processor.close(0);
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    expect(bench.processor.openRequests).toBe(0);
  });

  it("gives back what a request holds that is gone before it was decided on", async () => {
    const { ledger, open } = gated("reserve");
    const bench = new Bench(money, { ledger });
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    expect((await bench.figures("all")).held).toBeGreaterThan(100);
    await exchange.end();
    const closed = bench.processor.close(0);
    await turns();
    open();
    await closed;
    expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
  });

  it("settles what the store is being asked about", async () => {
    const { ledger, open } = gated("renew");
    const bench = new Bench(tokens, { ledger, settings: { logWaitMs: 1 } });
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    await exchange.end();
    await expect.poll(() => bench.ledger.calls).toEqual(["reserve", "renew"]);
    const closed = bench.processor.close(0);
    await turns();
    // The entry comes at the last moment, and counts.
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    open();
    await closed;
    expect(bench.ledger.calls).toEqual(["reserve", "renew", "settle"]);
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
  });
});
