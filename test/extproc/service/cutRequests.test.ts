import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { policyOf } from "../store/support";
import { Bench, chatEnd, chatFrame, gatewayUsage, translatedStream, turns } from "./support/exchanges";

/** A nanodollar for each token, of whatever kind. */
const priced = {
  models: { m: { backends: { "default/a": { price: { input: 1_000_000, output: 1_000_000 } } } } },
};
const strict = { limit: { nanodollars: 1_000_000 }, period: "month", hold: "strict" };
const money = policyOf({ all: strict }, priced);
const tokens = policyOf({ all: { limit: { tokens: 100_000 }, period: "month" } });
const streamed = { model: "m", max_tokens: 100, stream: true };
/** What such a body counts as: 44 bytes of text at 3 to a token, and a chat template. */
const input = 31;
const text = "the quick brown fox jumps over the lazy dog ";

describe("a request that is given up before it was let through", () => {
  it("has no answer, and holds nothing when the decision comes", async () => {
    for (const policy of [money, tokens]) {
      const ledger = memoryLedger();
      let open = () => {};
      const gate = new Promise<void>((done) => {
        open = done;
      });
      const bench = new Bench(policy, {
        ledger: {
          ...ledger,
          async reserve(request) {
            const answer = await ledger.reserve(request);
            await gate;
            return answer;
          },
        },
      });
      const exchange = bench.exchange();
      await exchange.request();
      expect(exchange.replies).toHaveLength(1);
      expect((await bench.figures("all")).held).toBeGreaterThan(100);
      await exchange.end();
      open();
      await turns();
      expect(exchange.replies).toHaveLength(1);
      expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
      expect(bench.processor.openRequests).toBe(0);
      expect(bench.told.of("settled")).toMatchObject([[{ kind: "nothing" }]]);
      expect(bench.failures()).toEqual([]);
    }
  });

  it("holds nothing before its body came", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    exchange.sendHeaders();
    await exchange.end();
    exchange.sendBody({ model: "m" });
    await turns();
    expect(exchange.replies).toHaveLength(1);
    expect(bench.ledger.calls).toEqual([]);
  });
});

describe("a request that is cut before its answer began", () => {
  it("is charged its input where a stream would have come", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    await exchange.end();
    expect((await bench.figures("all")).used).toBe(0);
    await bench.log(exchange.entry({ status: 0, isClientCut: true }));
    expect(await bench.figures("all")).toEqual({ used: input, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "estimated", source: "log" }]]);
  });

  it("is charged as expected where an answer in one piece would have come", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "m", max_tokens: 100, stream: null } });
    await exchange.end();
    await bench.log(exchange.entry({ status: 0, isClientCut: true }));
    expect(await bench.figures("all")).toEqual({ used: input + 100, held: 0 });
  });

  it("is charged by a log entry that comes before its end is heard", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    await bench.log(exchange.entry({ status: 0, isClientCut: true }));
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: input, held: 0 });
    expect(bench.processor.openRequests).toBe(0);
  });

  it("is charged alike where all is settled by the log", async () => {
    for (const [stream, used] of [
      [true, input],
      [null, input + 100],
    ]) {
      const bench = new Bench(tokens);
      const exchange = bench.exchange();
      await exchange.request({ body: { model: "m", max_tokens: 100, stream } });
      await exchange.end();
      await bench.log(exchange.entry({ status: 0, isClientCut: true }));
      expect(await bench.figures("all")).toEqual({ used, held: 0 });
    }
  });
});

describe("a stream that is cut while it is read", () => {
  it("is charged its input and the text that came, wherever it was cut", async () => {
    const frames = text
      .trim()
      .split(" ")
      .map((word) => chatFrame(`${word} `));
    let before = 0;
    for (let count = 0; count <= frames.length; count += 1) {
      const bench = new Bench(money);
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      for (const frame of frames.slice(0, count)) {
        exchange.answerBody(frame);
      }
      await exchange.end();
      if (count === 0) {
        await bench.log(exchange.entry({ isClientCut: true }));
      }
      const { used, held } = await bench.figures("all");
      expect(held).toBe(0);
      expect(used).toBeGreaterThanOrEqual(before);
      expect(used).toBeLessThanOrEqual(input + 1.5 * count);
      expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
      // The log knows less, and is not told to the ledger.
      await bench.log(exchange.entry({ isClientCut: true, responseBodyBytes: 100_000 }));
      expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
      before = used;
    }
    expect(before).toBeGreaterThan(input + 6);
  });

  it("is charged its input where the gateway translated it without, as it was expected", async () => {
    for (const count of [1, 2]) {
      const bench = new Bench(money);
      const exchange = bench.exchange();
      await exchange.request({ path: "/anthropic/v1/messages", body: streamed });
      exchange.answerBody(translatedStream.slice(0, count).join(""));
      await exchange.end();
      const { used } = await bench.figures("all");
      expect(used).toBeGreaterThanOrEqual(input + count - 1);
      expect(used).toBeLessThanOrEqual(input + 3);
    }
  });

  it("is charged exactly where all of it had come, or the gateway knows", async () => {
    const bench = new Bench(money);
    const all = bench.exchange();
    await all.request({ body: streamed });
    all.answerBody(chatFrame("Hi") + chatEnd({ prompt_tokens: 5, completion_tokens: 3 }));
    await all.end();
    expect(await bench.figures("all")).toEqual({ used: 8, held: 0 });
    const known = bench.exchange();
    await known.request({ body: streamed });
    known.answerBody(chatFrame("Hi"));
    await bench.log(known.entry({ isClientCut: true }, gatewayUsage(20, 40)));
    await known.end();
    expect(await bench.figures("all")).toEqual({ used: 68, held: 0 });
    expect(bench.ledger.calls).toEqual(["reserve", "settle", "reserve", "settle"]);
  });

  it("is charged at the price of its tier, not of the dearest anywhere", async () => {
    const dear = { price: { input: 100_000_000, output: 100_000_000 } };
    const models = {
      m: { ...priced.models.m, tiers: { dear: { backends: { "default/dear": dear } } } },
    };
    const bench = new Bench(policyOf({ all: strict }, { models, tierHeader: "x-tier" }));
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    exchange.answerBody("");
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: input, held: 0 });
    expect(bench.told.of("unknownPrice")).toEqual([]);
  });

  it("is corrected when the log turns out to know what it used", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    exchange.answerBody(chatFrame("Hi"));
    await exchange.end();
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "estimated" }]]);
    await bench.log(exchange.entry({ isClientCut: true }, gatewayUsage(20, 40)));
    expect(await bench.figures("all")).toEqual({ used: 60, held: 0 });
    await bench.log(exchange.entry({ isClientCut: true }, gatewayUsage(20, 40)));
    expect(bench.ledger.calls).toEqual(["reserve", "settle", "settle"]);
  });
});

describe("an answer in one piece that is cut", () => {
  it("is charged as expected, since what was made of it is not known", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "m", max_tokens: 100, stream: null } });
    exchange.answerBody('{"choices":[');
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: input + 100, held: 0 });
  });
});

describe("what a model thinks without saying so", () => {
  const reasoned = {
    prompt_tokens: 20,
    completion_tokens: 90,
    completion_tokens_details: { reasoning_tokens: 80 },
  };
  async function stream(bench: Bench, frames: string, isWhole: boolean, max_tokens = 1000) {
    const { used: before } = await bench.figures("all");
    const exchange = bench.exchange();
    await exchange.request({ body: { ...streamed, max_tokens } });
    exchange.answerBody(frames, isWhole);
    await exchange.end();
    return (await bench.figures("all")).used - before;
  }

  it("is charged for cut streams as it was for those before, within the cap", async () => {
    const bench = new Bench(money);
    const unknown = await stream(bench, chatFrame(text), false);
    for (let count = 0; count < 25; count += 1) {
      expect(await stream(bench, chatFrame(text) + chatEnd(reasoned), true)).toBe(110);
    }
    const cut = await stream(bench, chatFrame(text), false);
    const capped = await stream(bench, chatFrame(text), false, 30);
    // Some 40 tokens of input, as learned from such short bodies, 10 of text, and 80 that were thought.
    expect(unknown).toBeLessThan(input + 15);
    expect(cut).toBeGreaterThanOrEqual(40 + 5 + 76);
    expect(cut).toBeLessThanOrEqual(40 + 15 + 88);
    expect(capped).toBeGreaterThan(40 + 20);
    expect(capped).toBeLessThanOrEqual(40 + 30);
  });

  it("is not added where it was shown, or where the model does not think", async () => {
    const bench = new Bench(money);
    const shown = `data: ${JSON.stringify({ choices: [{ delta: { reasoning_content: text.repeat(8) } }] })}\n\n`;
    const plain = { prompt_tokens: 20, completion_tokens: 10 };
    for (let count = 0; count < 25; count += 1) {
      await stream(bench, chatFrame(text) + chatEnd(plain), true);
    }
    const cut = await stream(bench, chatFrame(text), false);
    expect(cut).toBeLessThan(40 + 15);
    const both = await stream(bench, shown + chatFrame(text), false);
    expect(both - cut).toBeGreaterThan(8 * 5);
    expect(both - cut).toBeLessThan(8 * 12);
  });
});
