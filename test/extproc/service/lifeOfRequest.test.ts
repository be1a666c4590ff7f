import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { replies } from "../../../extproc/service/replies";
import { noUsage } from "../../../extproc/usage/usage";
import { policyOf } from "../store/support";
import {
  Bench,
  chatEnd,
  chatFrame,
  gatewayUsage,
  headersOf,
  metadataOf,
  translatedStream,
  turns,
} from "./support/exchanges";

const tokens = policyOf({ all: { limit: { tokens: 10_000 }, period: "month" } });
/** The same, and a budget that wants to see answers. */
const watched = policyOf({
  all: { limit: { tokens: 10_000 }, period: "month" },
  slots: { limit: { concurrency: 100 } },
});
/** A nanodollar for each token of input, two for output. */
const price = { input: 1_000_000, output: 2_000_000 };
const priced = { models: { m: { backends: { "default/a": { price } } } } };
const strict = { limit: { nanodollars: 1_000_000 }, period: "month", hold: "strict" };
const money = policyOf({ all: strict }, priced);
const streamed = { model: "m", max_tokens: 100, stream: true };

describe("a request that is settled by its log entry", () => {
  it("holds, and is charged what the log says", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    exchange.sendHeaders();
    expect(exchange.last).toBe(replies.unwatchedUntilEnd);
    const reply = await exchange.request({ body: streamed });
    expect(reply.kind).toBe("requestBody");
    const { held } = await bench.figures("all");
    expect(held).toBeGreaterThan(100);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 0, held });
    expect(bench.processor.awaitingLog).toBe(1);
    await bench.log(exchange.entry({ responseBodyBytes: 900 }, gatewayUsage(30, 12)));
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
    expect(bench.processor.openRequests).toBe(0);
    expect(bench.told.of("settled")).toEqual([
      [
        {
          model: "m",
          endpoint: "chat",
          source: "log",
          kind: "exact",
          ratio: 42 / held,
          reported: { ...noUsage, inputFresh: 30, outputText: 12, requests: 1 },
          sentText: true,
          nanodollars: 1,
        },
      ],
    ]);
    expect(bench.failures()).toEqual([]);
  });

  it("asks for no sign of its end where that is switched off", async () => {
    const settings = { lifetimeSignal: false };
    const unseen = new Bench(tokens, { settings }).exchange();
    unseen.sendHeaders();
    expect(unseen.last).toBe(replies.unwatched);
  });

  it("shows its answer where another budget wants to see answers", async () => {
    const exchange = new Bench(watched).exchange();
    exchange.sendHeaders();
    expect(exchange.last).toBe(replies.watched);
    await exchange.request({ body: streamed });
    expect(exchange.answerBody(chatFrame("Hello"))).toBe(replies.responseBody);
    expect(exchange.answerBody("", true, gatewayUsage(30, 12))).toBe(replies.settledBody);
    await exchange.end();
    const log = exchange.entry({}, gatewayUsage(30, 12));
    expect(log.metadata.get("aigw.budget")).toMatchObject({ settled: "1" });
  });

  it.each([
    ["/v1/chat/completions", "x-ratelimit-remaining-tokens"],
    ["/anthropic/v1/messages", "anthropic-ratelimit-tokens-remaining"],
  ])("tells Envoy where the client stands, on %s", async (path, header) => {
    const bench = new Bench(tokens);
    const reply = await bench.exchange().request({ path, body: streamed });
    const { held } = await bench.figures("all");
    expect(reply).toMatchObject({ metadata: { "aigw.budget": { [header]: String(10_000 - held) } } });
  });

  it("is settled by the first piece where the gateway knows by then, and marked", async () => {
    const bench = new Bench(watched);
    const exchange = bench.exchange();
    await exchange.request();
    expect(exchange.answerBody('{"usage', false, gatewayUsage(30, 12))).toBe(replies.settledBody);
    await turns();
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    expect(exchange.answerBody('":{}}', true, gatewayUsage(30, 12))).toBe(replies.responseBody);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
  });
});

describe("a request whose answer is read", () => {
  it("is charged what the answer says", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    expect(exchange.answerBody(chatFrame("Hello"))).toBe(replies.responseBody);
    expect(exchange.answerBody(chatFrame(" world"))).toBe(replies.responseBody);
    const usage = { prompt_tokens: 30, completion_tokens: 12 };
    expect(exchange.answerBody(chatEnd(usage), true, gatewayUsage(30, 12))).toBe(replies.settledBody);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
    expect(bench.failures()).toEqual([]);
  });

  it("knows more classes of tokens than the metadata", async () => {
    const bench = new Bench(
      policyOf(
        { all: strict },
        { models: { m: { backends: { "default/a": { price: { ...price, cacheWrite1h: 10_000_000 } } } } } },
      ),
    );
    const exchange = bench.exchange();
    await exchange.request({ path: "/anthropic/v1/messages" });
    const metadata = gatewayUsage(30, 12, { llm_cache_creation_input_token: 20 });
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 20,
      cache_creation: { ephemeral_1h_input_tokens: 20 },
      output_tokens: 12,
    };
    exchange.answerBody(JSON.stringify({ type: "message", usage }), true, metadata);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 10 + 200 + 24, held: 0 });
  });

  it("is charged its input by the metadata where the gateway translated it without", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ path: "/anthropic/v1/messages", body: streamed });
    exchange.answerBody(translatedStream.join(""));
    exchange.answerBody("", true, gatewayUsage(30, 12));
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "exact", source: "stream" }]]);
  });

  it("is charged by the metadata where the answer says nothing", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    exchange.answerBody(chatFrame("Hello"));
    exchange.answerBody("", true, gatewayUsage(30, 12));
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "exact", source: "stream" }]]);
  });

  it("is not looked at where the metadata of its first piece knows it all", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request();
    expect(exchange.answerBody("no JSON", true, gatewayUsage(30, 12))).toBe(replies.settledBody);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
  });

  it.each([
    ["chat", "/v1/chat/completions", { max_tokens: 9 }, { prompt_tokens: 7, completion_tokens: 3 }, 13],
    ["completions", "/v1/completions", { prompt: "p" }, { prompt_tokens: 7, completion_tokens: 3 }, 13],
    ["responses", "/v1/responses", { input: "p" }, { input_tokens: 7, output_tokens: 3 }, 13],
    ["embeddings", "/v1/embeddings", { input: "p" }, { prompt_tokens: 7, total_tokens: 7 }, 7],
    ["images", "/v1/images/generations", { prompt: "p" }, { input_tokens: 7, output_tokens: 3 }, 13],
    ["speech", "/v1/audio/speech", { input: "p" }, { input_tokens: 7, output_tokens: 3 }, 13],
    ["rerank", "/cohere/v2/rerank", { query: "p" }, { prompt_tokens: 7, total_tokens: 7 }, 7],
    ["messages", "/anthropic/v1/messages", { max_tokens: 9 }, { input_tokens: 7, output_tokens: 3 }, 13],
  ])("is charged at every endpoint: %s", async (_, path, members, usage, cost) => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ path, body: { model: "m", ...members } });
    expect((await bench.figures("all")).held).toBeGreaterThan(0);
    exchange.answerBody(JSON.stringify({ usage }), true);
    await exchange.end();
    expect(await bench.figures("all")).toEqual({ used: cost, held: 0 });
  });

  it("is charged at the endpoints that take forms", async () => {
    for (const endpoint of ["transcriptions", "translations"]) {
      const bench = new Bench(money);
      const exchange = bench.exchange();
      const part = (head: string, body: string) =>
        `--x\r\ncontent-disposition: form-data; name=${head}\r\n\r\n${body}\r\n`;
      const body = `${part('"model"', "m")}${part('"file"; filename="a.mp3"', "...")}--x--\r\n`;
      const headers = { "content-type": "multipart/form-data; boundary=x" };
      await exchange.request({ path: `/v1/audio/${endpoint}`, headers, body });
      exchange.answerBody('{"text":"a","usage":{"type":"tokens","input_tokens":7,"output_tokens":3}}', true);
      await exchange.end();
      expect(await bench.figures("all")).toEqual({ used: 13, held: 0 });
    }
  });

  it("is read across any borders of its chunks", async () => {
    const usage = { prompt_tokens: 30, completion_tokens: 12 };
    const text = Buffer.from(chatFrame("Grüße, 世界 🎉") + chatFrame("!") + chatEnd(usage));
    for (let at = 1; at < text.length; at += 1) {
      const bench = new Bench(money);
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      exchange.answerBody(text.subarray(0, at));
      exchange.answerBody(text.subarray(at));
      exchange.answerBody("", true);
      await exchange.end();
      expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    }
  });
});

describe("an answer that is read", () => {
  it("may be compressed", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    const usage = { prompt_tokens: 30, completion_tokens: 12 };
    const bytes = gzipSync(chatFrame("Hello") + chatEnd(usage));
    exchange.answerBody(bytes.subarray(0, 20));
    expect(exchange.answerBody(bytes.subarray(20), true)).toBe(replies.responseBody);
    await exchange.end();
    await expect.poll(() => bench.figures("all")).toEqual({ used: 54, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "exact", source: "stream" }]]);
  });

  it("may have no body: then only the input is charged", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "m", max_tokens: 100, stream: null } });
    const { held } = await bench.figures("all");
    await exchange.end();
    // Envoy tells of an answer without a body in its log alone.
    expect(await bench.figures("all")).toEqual({ used: 0, held });
    await bench.log(exchange.entry({ responseBodyBytes: 0 }));
    expect(await bench.figures("all")).toEqual({ used: 31, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "estimated", source: "log" }]]);
  });
});

describe("a request that no budget binds", () => {
  const free = policyOf({ team: { limit: { tokens: 10 }, period: "month", teams: ["search"] } }, priced);

  it("asks no store, and is counted by its log entry", async () => {
    const bench = new Bench(free);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    expect(exchange.own["id"]).toMatch(/^[0-9a-f-]{36}$/);
    await exchange.end();
    expect(bench.processor.openRequests).toBe(0);
    await bench.log(exchange.entry({ requestId: "r1" }, gatewayUsage(30, 12)));
    expect(bench.ledger.calls).toEqual([]);
    expect(bench.told.of("decided")).toMatchObject([[{ outcome: "unbudgeted", model: "m", by: "none" }]]);
    const reported = { inputFresh: 30, outputText: 12 };
    const counted = { kind: "exact", reported, nanodollars: 54 };
    expect(bench.told.of("settled")).toMatchObject([[{ ...counted, ratio: undefined }]]);
    expect(bench.summaries).toMatchObject([{ requestId: "r1", model: "m", nanodollars: 54, budgets: [] }]);
  });

  it("is counted at its headers where that can be", async () => {
    const bench = new Bench(free);
    const exchange = bench.exchange();
    await exchange.request();
    exchange.answerBody("{}", true, gatewayUsage(30, 12));
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(bench.told.of("settled")).toHaveLength(1);
    expect(bench.ledger.calls).toEqual([]);
  });
});

describe("an answer that is an error", () => {
  it.each([400, 404, 429, 500, 503, 529])("costs nothing: %i", async (status) => {
    for (const policy of [tokens, money]) {
      const bench = new Bench(policy);
      const exchange = bench.exchange();
      await exchange.request();
      expect(exchange.answerBody("{}", true, {}, status)).toBe(replies.settledBody);
      await exchange.end();
      expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
      expect(bench.told.of("settled")).toMatchObject([
        [{ kind: "nothing", reported: undefined, nanodollars: 0 }],
      ]);
      await bench.log(exchange.entry({ status, responseBodyBytes: 200 }));
      expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
    }
  });

  it.each([
    ["whose first piece is empty", ["", '{"error":', "{}}"]],
    ["that is no JSON", ["<html>", "<h1>502</h1>", "data: {}"]],
    ["that looks like a stream", [chatFrame("Hello"), chatFrame("there"), chatEnd({ prompt_tokens: 9 })]],
  ])("is settled by its first piece, and by no other: one %s", async (_, [first = "", ...rest]) => {
    for (const policy of [watched, money]) {
      const bench = new Bench(policy);
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      expect(exchange.answerBody(first, false, {}, 502)).toBe(replies.settledBody);
      await turns();
      expect(await bench.liveHolds()).toBe(0);
      for (const [at, piece] of rest.entries()) {
        expect(exchange.answerBody(piece, at === rest.length - 1)).toBe(replies.responseBody);
      }
      await exchange.end();
      await bench.log(exchange.entry({ status: 502, responseBodyBytes: 200 }));
      expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
      expect(bench.told.of("settled")).toHaveLength(1);
      expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
      expect(bench.failures()).toEqual([]);
    }
  });

  it("costs nothing inside of a stream that went no further, and its text where it did", async () => {
    const error = 'data: {"error":{"message":"overloaded"}}\n\n';
    const spent = async (frames: string) => {
      const bench = new Bench(money);
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      exchange.answerBody(frames, true);
      await exchange.end();
      return await bench.figures("all");
    };
    expect(await spent(error)).toEqual({ used: 0, held: 0 });
    const { used, held } = await spent(chatFrame("Hello there") + error);
    expect(used).toBeGreaterThan(2);
    expect(held).toBe(0);
  });
});

describe("the headers of an answer", () => {
  it("are Envoy's to set: it is told where the budgets stand", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request();
    const { held } = await bench.figures("all");
    expect(exchange.own).toMatchObject({ "x-budget-usd-remaining": (1e-3 - held / 1e9).toFixed(9) });
  });

  it("are let go at once when Envoy shows them all the same", () => {
    const exchange = new Bench(money).exchange();
    exchange.sendHeaders();
    exchange.take({
      kind: "responseHeaders",
      headers: headersOf({ ":status": "401" }),
      endOfStream: false,
      metadata: metadataOf(),
    });
    expect(exchange.last).toBe(replies.responseHeaders);
  });

  // While they wait for us, Envoy may end a stream before AI Gateway's filter has passed all of it on.
  it.each([
    ["log", { limit: { tokens: 10 }, period: "month" }],
    ["stream", { limit: { tokens: 10 }, period: "month", settle: "stream" }],
    ["money", strict],
    ["requests", { limit: { requests: 10 }, period: "month" }],
    ["concurrency", { limit: { concurrency: 10 } }],
    ["shrink", { limit: { tokens: 10 }, period: "month", atLimit: "shrink" }],
  ])("are never asked for, whatever the budget: %s", (name, budget) => {
    for (const lifetimeSignal of [true, false]) {
      const bench = new Bench(policyOf({ [name]: budget }, priced), { settings: { lifetimeSignal } });
      const exchange = bench.exchange();
      exchange.sendHeaders();
      expect(exchange.answer.mode?.responseHeaders).toBe("skip");
    }
  });
});

describe("what local mode is told", () => {
  it("is the cost of a request and what remains", async () => {
    const bench = new Bench(money);
    const exchange = bench.exchange();
    await exchange.request({ headers: { "x-request-id": "r-7" } });
    exchange.answerBody("{}", true, gatewayUsage(30, 12));
    await exchange.end();
    expect(bench.summaries).toEqual([
      {
        requestId: "r-7",
        model: "m",
        tier: "",
        backend: "default/a",
        outcome: "admitted",
        kind: "exact",
        usage: expect.objectContaining({ inputFresh: 30, outputText: 12, requests: 1 }),
        nanodollars: 54,
        budgets: [{ budget: "all", unit: "nanodollars", limit: 1_000_000, remaining: 999_946 }],
      },
    ]);
  });

  it("cannot do harm", async () => {
    const bench = new Bench(money, {
      onRequest: () => {
        throw new Error("listener");
      },
    });
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "other" } });
    expect(exchange.immediate.status).toBe(404);
    const other = bench.exchange();
    await other.request();
    other.answerBody("{}", true, gatewayUsage(30, 12));
    await other.end();
    expect(await bench.figures("all")).toEqual({ used: 54, held: 0 });
    expect(bench.failures()).toEqual([
      ["on_request", "listener"],
      ["on_request", "listener"],
    ]);
  });
});
