import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { replies } from "../../../extproc/service/replies";
import { readReservation } from "../../../extproc/service/reservation";
import { policyOf } from "../store/support";
import { Bench, gatewayUsage } from "./support/exchanges";

/** Nanodollars for each token: of input, written for five minutes, for an hour, of output. */
const [perInput, perShort, perLong, perOutput] = [1, 20, 300, 4_000];
const million = 1_000_000;
const price = {
  input: perInput * million,
  cacheWrite5m: perShort * million,
  cacheWrite1h: perLong * million,
  output: perOutput * million,
};
const models = { m: { backends: { "default/a": { price } } } };
const limit = { limit: { nanodollars: 1_000_000_000 }, period: "month" };
const logged = policyOf({ all: { ...limit, settle: "log" } }, { models });
const read = policyOf({ all: { ...limit, settle: "stream" } }, { models });
const headers = { "x-team": "search" };
const path = "/anthropic/v1/messages";

const marked = (...times: (string | undefined)[]) => ({
  model: "m",
  max_tokens: 100,
  system: times.map((ttl) => ({ type: "text", text: "x", cache_control: { type: "ephemeral", ttl } })),
});
/** Thirty tokens of input, of which twenty were written to a cache. */
const wrote = gatewayUsage(30, 5, { llm_cache_creation_input_token: 20 });
const rest = 10 * perInput + 5 * perOutput;

describe("what was written to a cache, where only its sum is told", () => {
  it.each([
    ["five minutes, as everything", [undefined], perShort],
    ["five minutes by name", ["5m"], perShort],
    ["an hour", ["1h"], perLong],
    ["both: the dearer one, since too little would be charged otherwise", ["1h", "5m"], perLong],
  ])("is charged for %s", async (_, times, perWritten) => {
    const ledger = memoryLedger();
    const bench = new Bench(logged, { ledger });
    const exchange = bench.exchange();
    await exchange.request({ path, headers, body: marked(...times) });
    await exchange.end();
    const expected = { used: rest + 20 * perWritten, held: 0 };
    // Whichever replica gets the entry.
    const other = new Bench(logged, { ledger });
    await other.log(exchange.entry({}, wrote));
    expect(await other.figures("all")).toEqual(expected);
    await bench.log(exchange.entry({}, wrote));
    expect(await bench.figures("all")).toEqual(expected);
  });

  it("is charged for an hour where the gateway translated the answer, too", async () => {
    const bench = new Bench(read);
    const exchange = bench.exchange();
    const [part] = marked("1h").system;
    await exchange.request({ body: { model: "m", messages: [{ role: "user", content: [part] }] } });
    const usage = {
      prompt_tokens: 30,
      completion_tokens: 5,
      prompt_tokens_details: { cache_creation_input_tokens: 20 },
    };
    exchange.answerBody(JSON.stringify({ choices: [], usage }), true, wrote);
    await exchange.end();
    expect((await bench.figures("all")).used).toBe(rest + 20 * perLong);
  });

  it("is charged as it is told where it is, whatever was asked for", async () => {
    const bench = new Bench(read);
    const exchange = bench.exchange();
    await exchange.request({ path, body: marked("1h", "5m") });
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 20,
      cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
      output_tokens: 5,
    };
    exchange.answerBody(JSON.stringify({ type: "message", usage }), true, wrote);
    await exchange.end();
    expect((await bench.figures("all")).used).toBe(rest + 15 * perShort + 5 * perLong);
  });

  it.each([
    [headers, "search"],
    [{}, undefined],
  ])("travels behind what older replicas read: %j", async (sent, team) => {
    const exchange = new Bench(logged).exchange();
    await exchange.request({ path, headers: sent, body: marked("1h") });
    const text: unknown[] = JSON.parse(exchange.own["r"] ?? "");
    expect(readReservation("x", JSON.stringify(text))).toMatchObject({ keepsForHour: true });
    expect(text.slice(-2)).toEqual([team ?? 0, 1]);
    const older = readReservation("x", JSON.stringify(text.slice(0, -1)));
    expect(older?.team).toBe(team);
    expect(older?.keepsForHour).toBeUndefined();
  });
});

describe("what OpenAI's models write to a cache, of which the gateway says nothing", () => {
  const usage = {
    prompt_tokens: 30,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 20 },
  };
  const body = JSON.stringify({ choices: [], usage });
  const silent = gatewayUsage(30, 5);

  it.each([false, true])(
    "is read from an answer in one piece where it has a price (stream: %s)",
    async (stream) => {
      const bench = new Bench(read);
      const exchange = bench.exchange();
      await exchange.request({ body: { model: "m", stream } });
      const piece = stream ? `data: ${body}\n\ndata: [DONE]\n\n` : body;
      expect(exchange.answerBody(piece, true, silent)).toBe(replies.settledBody);
      await exchange.end();
      expect((await bench.figures("all")).used).toBe(rest + 20 * perShort);
    },
  );

  it("is not looked for where it has none", async () => {
    const plain = {
      models: { m: { backends: { "default/a": { price: { input: million, output: million } } } } },
    };
    const bench = new Bench(policyOf({ all: { ...limit, settle: "stream" } }, plain));
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "m" } });
    exchange.answerBody("no JSON", true, silent);
    await exchange.end();
    expect((await bench.figures("all")).used).toBe(35);
  });
});
