import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Endpoint } from "../../extproc/usage/endpoint";
import { metadataUsage, reportedUsage } from "../../extproc/usage/metadataUsage";
import { ResponseReader, type ResponseReport } from "../../extproc/usage/responseReader";
import { settleUsage } from "../../extproc/usage/settleUsage";
import { longestLine } from "../../extproc/usage/sseReader";
import { TokenEstimator } from "../../extproc/usage/tokenEstimator";
import { inputTokensOf, noUsage, totalTokensOf, type Usage } from "../../extproc/usage/usage";

const events = (...frames: (object | string)[]): string =>
  frames.map((frame) => `data: ${typeof frame === "string" ? frame : JSON.stringify(frame)}\n\n`).join("");
const named = (...frames: { type: string }[]): string =>
  frames.map((frame) => `event: ${frame.type}\r\ndata: ${JSON.stringify(frame)}\r\n\r\n`).join("");

const read = async (
  body: string | Buffer,
  { endpoint = Endpoint.Chat as Endpoint, stream = false, complete = true, cuts = [0] } = {},
): Promise<ResponseReport> => {
  const reader = new ResponseReader(endpoint, stream);
  const bytes = Buffer.from(body);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
  let from = 0;
  for (const end of ends) {
    // The chunk is overwritten afterwards: nothing may be kept of it.
    const chunk = Buffer.from(bytes.subarray(from, end));
    reader.push(chunk);
    chunk.fill(0x22);
    from = end;
  }
  return reader.finish(complete);
};
const used = (usage: Partial<Usage>): Usage => ({ ...noUsage, requests: 1, ...usage });
const json = (body: object, endpoint: Endpoint = Endpoint.Chat) => read(JSON.stringify(body), { endpoint });

const chunk = (content: string, index = 0, more: object = {}) => ({
  id: "c",
  object: "chat.completion.chunk",
  choices: [{ index, delta: { content }, finish_reason: null }],
  usage: null,
  ...more,
});
const openAi = (prompt_tokens: number, completion_tokens: number, more: object = {}) => ({
  usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, ...more },
});

describe("JSON answers", () => {
  it.each<[string, Endpoint, object, Partial<Usage>]>([
    [
      "chat",
      Endpoint.Chat,
      { choices: [{ message: { content: '{"usage":{"prompt_tokens":9}}' } }], ...openAi(10, 5) },
      { inputFresh: 10, outputText: 5 },
    ],
    [
      "chat with details",
      Endpoint.Chat,
      openAi(100, 60, {
        prompt_tokens_details: { cached_tokens: 30, audio_tokens: 20, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 40, audio_tokens: 5, rejected_prediction_tokens: 3 },
      }),
      {
        inputFresh: 40,
        cachedRead: 30,
        cacheWrite5m: 10,
        audioIn: 20,
        outputText: 15,
        reasoning: 40,
        audioOut: 5,
      },
    ],
    [
      "other names for writes",
      Endpoint.Chat,
      openAi(100, 1, { prompt_tokens_details: { cache_creation_input_tokens: 60 } }),
      { inputFresh: 40, cacheWrite5m: 60, outputText: 1 },
    ],
    [
      "more cached than input",
      Endpoint.Chat,
      openAi(10, 0, { prompt_tokens_details: { cached_tokens: 50 } }),
      { cachedRead: 10 },
    ],
    [
      "reasoning beside the output",
      Endpoint.Chat,
      {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 115,
          completion_tokens_details: { reasoning_tokens: 100 },
        },
      },
      { inputFresh: 10, outputText: 5, reasoning: 100 },
    ],
    [
      "vLLM without output",
      Endpoint.Chat,
      { usage: { prompt_tokens: 7, completion_tokens: null, total_tokens: 7 } },
      { inputFresh: 7 },
    ],
    [
      "completions",
      Endpoint.Completions,
      { choices: [{ text: "x" }], ...openAi(3, 4) },
      { inputFresh: 3, outputText: 4 },
    ],
    [
      "embeddings",
      Endpoint.Embeddings,
      { data: [{}, {}], usage: { prompt_tokens: 8, total_tokens: 8 } },
      { inputFresh: 8 },
    ],
    [
      "responses",
      Endpoint.Responses,
      {
        output: [{ content: [{ usage: { input_tokens: 999 } }] }],
        usage: {
          input_tokens: 50,
          input_tokens_details: { cached_tokens: 20 },
          output_tokens: 30,
          output_tokens_details: { reasoning_tokens: 10 },
          total_tokens: 80,
        },
      },
      { inputFresh: 30, cachedRead: 20, outputText: 20, reasoning: 10 },
    ],
    [
      "images",
      Endpoint.Images,
      {
        created: 1,
        data: [{ b64_json: "A".repeat(200_000) }, { b64_json: "B" }],
        usage: {
          input_tokens: 50,
          output_tokens: 4000,
          total_tokens: 4050,
          input_tokens_details: { text_tokens: 10, image_tokens: 40 },
        },
      },
      { inputFresh: 50, outputText: 4000, images: 2 },
    ],
    [
      "transcriptions",
      Endpoint.Transcriptions,
      {
        text: "hello",
        usage: {
          type: "tokens",
          input_tokens: 14,
          input_token_details: { text_tokens: 4, audio_tokens: 10 },
          output_tokens: 45,
          total_tokens: 59,
        },
      },
      { inputFresh: 4, audioIn: 10, outputText: 45 },
    ],
    [
      "transcriptions by length",
      Endpoint.Transcriptions,
      { text: "hello", usage: { type: "duration", seconds: 9 } },
      {},
    ],
    [
      "Anthropic: the three kinds of input add up",
      Endpoint.Messages,
      {
        content: [{ type: "text", text: "hi" }],
        usage: {
          input_tokens: 10,
          cache_read_input_tokens: 200,
          cache_creation_input_tokens: 100,
          cache_creation: { ephemeral_5m_input_tokens: 70, ephemeral_1h_input_tokens: 30 },
          output_tokens: 5,
        },
      },
      { inputFresh: 10, cachedRead: 200, cacheWrite5m: 70, cacheWrite1h: 30, outputText: 5 },
    ],
    [
      "Anthropic without kinds of writes",
      Endpoint.Messages,
      { usage: { input_tokens: 1, cache_creation_input_tokens: 9, output_tokens: 1 } },
      { inputFresh: 1, cacheWrite5m: 9, outputText: 1 },
    ],
  ])("%s", async (_, endpoint, body, usage) => {
    expect(await json(body, endpoint)).toMatchObject({ usage: used(usage), isFinal: true, hasFailed: false });
  });

  it("without usage, or with numbers that are none, have none", async () => {
    for (const usage of [
      undefined,
      null,
      {},
      { prompt_tokens: -1 },
      { prompt_tokens: "5" },
      { input_tokens: 2 ** 32 - 1 },
    ]) {
      expect((await json({ choices: [], usage })).usage).toBeUndefined();
    }
  });

  it("that are errors are charged nothing, whatever form they have", async () => {
    const estimator = new TokenEstimator();
    const expected = { inputTokens: 100, outputTokens: 100 };
    for (const error of [{ message: "no" }, "no"]) {
      const report = await json({ error });
      expect(settleUsage(200, report, expected, estimator)).toEqual({ usage: noUsage, kind: "nothing" });
    }
    const page = await read("<html>Bad gateway</html>");
    expect(settleUsage(502, page, expected, estimator).kind).toBe("nothing");
    expect((await json({ error: null, ...openAi(1, 1) })).hasFailed).toBe(false);
  });

  it("without usage are charged by their length, and as expected when they were cut", async () => {
    const estimator = new TokenEstimator();
    const expected = { inputTokens: 40, outputTokens: 1000 };
    const whole = settleUsage(200, await json({ a: "x".repeat(292) }), expected, estimator);
    expect(whole).toEqual({ usage: used({ inputFresh: 40, outputText: 100 }), kind: "estimated" });
    const cut = await read("", { complete: false });
    expect(settleUsage(200, cut, expected, estimator).usage).toEqual(
      used({ inputFresh: 40, outputText: 1000 }),
    );
  });
});

const anthropicStart = {
  type: "message_start",
  message: {
    usage: {
      input_tokens: 25,
      cache_read_input_tokens: 1000,
      cache_creation_input_tokens: null,
      output_tokens: 1,
    },
  },
};
const anthropicText = (text: string) => ({
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text },
});
const anthropicDelta = (usage: object, stop_reason: string | null = "end_turn") => ({
  type: "message_delta",
  delta: { stop_reason },
  usage,
});

const streams: [string, string, Partial<Usage>, Endpoint?][] = [
  [
    "usage in a last frame",
    events(chunk("Hi"), { choices: [], ...openAi(9, 2) }, "[DONE]"),
    { inputFresh: 9, outputText: 2 },
  ],
  [
    "usage after finish_reason, and after a null",
    events(
      chunk("Hi"),
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null },
      { choices: [], ...openAi(9, 2) },
    ),
    { inputFresh: 9, outputText: 2 },
  ],
  [
    "usage beside a choice",
    events(
      chunk("Hi"),
      { choices: [{ index: 0, delta: {}, finish_reason: "stop" }], ...openAi(9, 2) },
      "[DONE]",
    ),
    { inputFresh: 9, outputText: 2 },
  ],
  [
    "the last of several",
    events(
      chunk("Hi", 0, openAi(9, 1)),
      chunk("Ho", 0, openAi(9, 2)),
      { choices: [], ...openAi(9, 3) },
      "[DONE]",
    ),
    { inputFresh: 9, outputText: 3 },
  ],
  [
    "a stray frame of a choice after the whole",
    events({ choices: [], ...openAi(9, 6) }, chunk("", 1, openAi(9, 3)), "[DONE]"),
    { inputFresh: 9, outputText: 6 },
  ],
  [
    "running totals of each choice",
    events(
      chunk("a", 0, openAi(9, 1)),
      chunk("b", 1, openAi(9, 1)),
      chunk("c", 0, openAi(9, 2)),
      chunk("d", 1, openAi(9, 2)),
    ),
    { inputFresh: 9, outputText: 4 },
  ],
  [
    "running totals of all choices",
    events(
      chunk("a", 0, openAi(9, 1)),
      chunk("b", 1, openAi(9, 2)),
      chunk("c", 0, openAi(9, 3)),
      chunk("d", 1, openAi(9, 4)),
    ),
    { inputFresh: 9, outputText: 4 },
  ],
  [
    "no end mark and no empty line",
    events(chunk("Hi"), { choices: [], ...openAi(9, 2) }).trimEnd(),
    { inputFresh: 9, outputText: 2 },
  ],
  [
    "comments, CR alone, ids, data of several lines",
    `\ufeff: ping\rid: 5\rretry: 9\rdata: {"choices":[],\rdata:"usage":{"prompt_tokens":9,"completion_tokens":2}}\r\rdata: [DONE]\r\r`,
    { inputFresh: 9, outputText: 2 },
  ],
  [
    "responses",
    named(
      { type: "response.created", response: { usage: null } } as { type: string },
      { type: "response.output_text.delta", delta: "Hé" } as { type: string },
      {
        type: "response.completed",
        response: {
          usage: { input_tokens: 7, output_tokens: 5, output_tokens_details: { reasoning_tokens: 4 } },
        },
      } as { type: string },
    ),
    { inputFresh: 7, outputText: 1, reasoning: 4 },
    Endpoint.Responses,
  ],
  [
    "responses that are incomplete",
    named({ type: "response.incomplete", response: { usage: { input_tokens: 7, output_tokens: 5 } } } as {
      type: string;
    }),
    { inputFresh: 7, outputText: 5 },
    Endpoint.Responses,
  ],
  [
    "responses in a frame too long to keep",
    named({
      type: "response.completed",
      response: {
        output: "x".repeat(longestLine + 9),
        usage: { input_tokens: 7, output_tokens: 5 },
        user: "ü",
      },
    } as { type: string }),
    { inputFresh: 7, outputText: 5 },
    Endpoint.Responses,
  ],
  [
    "Anthropic: totals so far are replaced and never added",
    named(
      anthropicStart,
      anthropicText("Hi"),
      anthropicDelta({ output_tokens: 7 }, null),
      anthropicDelta({ input_tokens: 25, cache_read_input_tokens: 1000, output_tokens: 15 }),
      { type: "message_stop" },
    ),
    { inputFresh: 25, cachedRead: 1000, outputText: 15 },
    Endpoint.Messages,
  ],
  [
    "Anthropic: a later report corrects the input, null leaves it",
    named(
      anthropicStart,
      anthropicDelta({
        input_tokens: 30,
        cache_read_input_tokens: null,
        cache_creation_input_tokens: 4,
        output_tokens: 15,
      }),
      { type: "message_stop" },
    ),
    { inputFresh: 30, cachedRead: 1000, cacheWrite5m: 4, outputText: 15 },
    Endpoint.Messages,
  ],
  [
    "transcription",
    named(
      { type: "transcript.text.delta", delta: "Hi" } as { type: string },
      { type: "transcript.text.done", usage: { type: "tokens", input_tokens: 14, output_tokens: 4 } } as {
        type: string;
      },
    ),
    { inputFresh: 14, outputText: 4 },
    Endpoint.Transcriptions,
  ],
  [
    "speech",
    named(
      { type: "speech.audio.delta", audio: "QUJD" } as { type: string },
      { type: "speech.audio.done", usage: { input_tokens: 14, output_tokens: 101 } } as { type: string },
    ),
    { inputFresh: 14, outputText: 101 },
    Endpoint.Speech,
  ],
  [
    "images",
    named({
      type: "image_generation.completed",
      b64_json: "A",
      usage: { input_tokens: 50, output_tokens: 300 },
    } as { type: string }),
    { inputFresh: 50, outputText: 300 },
    Endpoint.Images,
  ],
];

describe("streams", () => {
  it.each(streams)("%s", async (_, body, usage, endpoint = Endpoint.Chat) => {
    expect(await read(body, { endpoint })).toMatchObject({
      usage: used(usage),
      isFinal: true,
      hasFailed: false,
    });
  });

  it("say the same wherever they are cut into chunks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...streams),
        fc.array(fc.nat(3000), { maxLength: 12 }),
        async (stream, cuts) => {
          const [, body, usage, endpoint = Endpoint.Chat] = stream;
          const whole = await read(body, { endpoint });
          const pieces = await read(body, { endpoint, cuts });
          expect(pieces).toEqual(whole);
          expect(pieces.usage).toEqual(used(usage));
        },
      ),
      { numRuns: 500 },
    );
    for (const [, body, , endpoint = Endpoint.Chat] of streams.filter(([, body]) => body.length < 5000)) {
      const each = await read(body, { endpoint, cuts: [...Buffer.from(body).keys()] });
      expect(each).toEqual(await read(body, { endpoint }));
    }
  });

  it.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
    ["br", brotliCompressSync],
    ["zstd", zstdCompressSync],
  ] as const)("are decoded: %s, whole and cut", async (_, compress) => {
    const body = events(chunk("Hello"), { choices: [], ...openAi(9, 2) }, "[DONE]");
    const packed = compress(body);
    for (const cuts of [[0], [...packed.keys()]]) {
      expect(await read(packed, { cuts })).toMatchObject({
        usage: used({ inputFresh: 9, outputText: 2 }),
        isFinal: true,
      });
    }
    const plain = await read(JSON.stringify(openAi(9, 2)));
    expect(await read(compress(JSON.stringify(openAi(9, 2))))).toEqual(plain);
    for (let length = 0; length < packed.length; length += 7) {
      await read(packed.subarray(0, length), { complete: false });
    }
  });

  it.each([
    ["compressed in no way that is known", Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x64, 0x40])],
    ["compressed and broken", gzipSync("data: {}").subarray(0, 5)],
    ["gzip by its first byte alone", Buffer.from("\x1fno such thing")],
    ["audio", Buffer.from(`ID3\x04${"\0\xff\xfb".repeat(500)}`, "latin1")],
  ])("say nothing, and break nothing, that are %s", async (_, body) => {
    const report = await read(body, { cuts: [1, 2, 3] });
    expect(report).toMatchObject({ usage: undefined, isFinal: false, isStream: false });
    expect(report.bytes).toBe(body.length);
  });

  it("are known by their first byte", async () => {
    const usage = used({ inputFresh: 9, outputText: 2 });
    expect((await read(` \n${JSON.stringify(openAi(9, 2))}`)).usage).toEqual(usage);
    expect((await read(`: a comment\n\n${events({ choices: [], ...openAi(9, 2) })}`)).usage).toEqual(usage);
    expect((await read(`\ufeff${events({ choices: [], ...openAi(9, 2) })}`)).usage).toEqual(usage);
  });
});

describe("answers that the first byte alone would mistake", () => {
  const embeddings = (count: number) =>
    JSON.stringify({
      data: [{ embedding: Array.from({ length: count }, (_, at) => Math.sin(at)) }],
      ...openAi(9, 0),
    });

  // What brotli's first byte is follows from its window and from how long the whole answer is.
  it.each([
    ["[", "a list", 22, 5_000],
    ["\x1f", "gzip", 24, 10],
  ])("are brotli, not %j of %s", async (first, _, window, count) => {
    const options = { params: { [constants.BROTLI_PARAM_LGWIN]: window } };
    const packed = brotliCompressSync(embeddings(count), options);
    expect(packed.toString("latin1", 0, 1)).toBe(first);
    const { usage, isFinal } = await read(packed, { endpoint: Endpoint.Embeddings });
    expect({ usage, isFinal }).toEqual({ usage: used({ inputFresh: 9 }), isFinal: true });
  });

  it.each(["[", " [ ", "[\n{", '["a"]', "[1]", "[]"])("are a list, not brotli: %j", async (start) => {
    const text = start + " ".repeat(100);
    expect((await read(text, { stream: true })).isStream).toBe(false);
    expect((await read(text)).bytes).toBe(text.length);
  });
});

describe("a stream that cannot be decoded", () => {
  const expected = { inputTokens: 50, outputTokens: 999 };
  const text = events(...Array.from({ length: 400 }, (_, at) => chunk(` word ${at}`)));

  it.each([
    ["of the program compress", Buffer.concat([Buffer.from("\x1f\x9d\x90", "latin1"), gzipSync(text)])],
    [
      "of a dictionary that only the client has",
      Buffer.concat([Buffer.from("\xffDCB", "latin1"), gzipSync(text)]),
    ],
  ])("is never free: %s", async (_, body) => {
    for (const complete of [true, false]) {
      const report = await read(body, { stream: true, complete });
      expect(report).toMatchObject({ usage: undefined, isStream: false, bytes: body.length });
      const { usage, kind } = settleUsage(200, report, expected, new TokenEstimator());
      const output = complete ? Math.ceil(body.length / 3) : 999;
      expect({ kind, usage }).toEqual({
        kind: "estimated",
        usage: used({ inputFresh: 50, outputText: output }),
      });
    }
  });

  it("counts the text that came before it broke", async () => {
    const packed = gzipSync(text);
    packed.fill(0xff, packed.length - 60);
    const report = await read(packed, { stream: true, cuts: [...packed.keys()] });
    expect(report).toMatchObject({ isStream: true, usage: undefined });
    expect(report.text.bytes).toBeGreaterThan(1_000);
  });
});

describe("streams that were cut or failed", () => {
  const estimator = new TokenEstimator();
  const expected = { inputTokens: 50, outputTokens: 999 };
  const settled = async (body: string, endpoint: Endpoint = Endpoint.Chat, complete = false) =>
    settleUsage(200, await read(body, { endpoint, complete }), expected, estimator);

  it("are charged for the input that was expected and the text that came", async () => {
    const { usage, kind } = await settled(events(...Array.from({ length: 40 }, () => chunk(" word"))));
    expect(kind).toBe("estimated");
    expect(usage.inputFresh).toBe(50);
    expect(usage.outputText).toBeGreaterThan(20);
    expect(usage.outputText).toBeLessThan(80);
    const unseen = settleUsage(200, await read("", { stream: true, complete: false }), expected, estimator);
    expect(unseen.usage).toEqual(used({ inputFresh: 50 }));
  });

  it("count reasoning and arguments of tool calls as text, in every dialect", async () => {
    const calls = (name: string | undefined, text: string) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { name, arguments: text } }] } }],
    });
    const text = "some words to count";
    const plain = (await settled(events(chunk(text)))).usage.outputText;
    const bodies: [string, Endpoint?][] = [
      [events(calls(undefined, text))],
      [events({ choices: [{ index: 0, delta: { function_call: { arguments: text } } }] })],
      [events({ choices: [{ index: 0, delta: { refusal: text } }] })],
      [events({ choices: [{ index: 0, text }] }), Endpoint.Completions],
      [named(anthropicText(text))],
      [
        named({ type: "content_block_delta", delta: { type: "input_json_delta", partial_json: text } } as {
          type: string;
        }),
      ],
      [named({ type: "response.function_call_arguments.delta", delta: text } as { type: string })],
      [named({ type: "response.output_text.delta", delta: text } as { type: string })],
    ];
    for (const [body, endpoint = Endpoint.Chat] of bodies) {
      expect((await settled(body, endpoint)).usage.outputText, body).toBe(plain);
    }
    for (const body of [
      events({ choices: [{ index: 0, delta: { reasoning_content: text } }] }),
      events({ choices: [{ index: 0, delta: { reasoning: text } }] }),
      named({ type: "content_block_delta", delta: { type: "thinking_delta", thinking: text } } as {
        type: string;
      }),
      named({ type: "response.reasoning_text.delta", delta: text } as { type: string }),
    ]) {
      expect((await settled(body)).usage).toEqual(used({ inputFresh: 50, reasoning: plain }));
    }
  });

  it("count every choice", async () => {
    const one = (await settled(events(chunk("some words to count", 0)))).usage.outputText;
    const two = (await settled(events(chunk("some words to count", 0), chunk("some words to count", 1))))
      .usage.outputText;
    expect(Math.abs(two - 2 * one)).toBeLessThanOrEqual(1);
  });

  it("take running totals as they are", async () => {
    const body = events(chunk("a", 0, openAi(9, 11)), chunk("b", 0, openAi(9, 23)));
    expect(await settled(body)).toEqual({
      usage: used({ inputFresh: 9, outputText: 23 }),
      kind: "estimated",
    });
  });

  it("take Anthropic's input as reported, and not its first output for the whole", async () => {
    const body = named(anthropicStart, ...Array.from({ length: 30 }, () => anthropicText(" word")));
    const { usage } = await settled(body, Endpoint.Messages);
    expect([inputTokensOf(usage), usage.cachedRead]).toEqual([1025, 1000]);
    expect(usage.outputText).toBeGreaterThan(15);
    // Even a clean end makes no whole of it when the last report is missing.
    expect((await settled(`${body}${named({ type: "message_stop" })}`, Endpoint.Messages, true)).kind).toBe(
      "estimated",
    );
  });

  it("that fail after 200 keep what was seen, and are free when nothing was", async () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(await settled(named(error), Endpoint.Messages)).toEqual({ usage: noUsage, kind: "nothing" });
    expect(await settled(events({ error: { message: "no" } }))).toEqual({ usage: noUsage, kind: "nothing" });
    const late = await settled(named(anthropicStart, anthropicText("some words"), error), Endpoint.Messages);
    expect(inputTokensOf(late.usage)).toBe(1025);
    expect(late.usage.outputText).toBeGreaterThan(1);
  });

  it("have usage in the last frame after all if they get there", async () => {
    const body = events(chunk("a"), { choices: [], ...openAi(9, 2) });
    expect((await settled(body)).kind).toBe("exact");
  });
});

describe("garbage", () => {
  it("never makes the reader throw, and never makes numbers that are none", async () => {
    const estimator = new TokenEstimator();
    const bodies = streams.map(([, body]) => Buffer.from(body)).filter(({ length }) => length < 5000);
    const change = fc.tuple(fc.nat(5000), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...bodies),
        fc.array(change, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(...Object.values(Endpoint)),
        fc.array(fc.nat(5000), { maxLength: 4 }),
        async (whole, changes, endpoint, cuts) => {
          const body = Buffer.from(whole);
          for (const [at, byte] of changes) {
            body[at % body.length] = byte;
          }
          const report = await read(body, { endpoint, cuts, complete: cuts.length > 2 });
          const { usage } = settleUsage(200, report, { inputTokens: 5, outputTokens: 5 }, estimator);
          expect(Number.isSafeInteger(totalTokensOf(usage)) && totalTokensOf(usage) >= 0).toBe(true);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("of any bytes and any JSON is taken", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.array(fc.jsonValue()), async (bytes, values) => {
        await read(Buffer.from(bytes));
        await read(Buffer.concat([Buffer.from("{"), Buffer.from(bytes)]));
        await read(Buffer.concat([Buffer.from("data: "), Buffer.from(bytes)]));
        const strange = values.flatMap((value) => [
          { choices: value },
          { choices: [value] },
          { usage: value, choices: [{ delta: value }] },
        ]);
        const typed = values.map((value) => ({
          type: "message_delta",
          usage: value,
          delta: value,
          message: value,
        }));
        const report = await read(
          events(...strange, ...typed, ...values.map((value) => JSON.stringify(value))),
        );
        expect(report.hasEnded).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it("without end takes no memory", async () => {
    const reader = new ResponseReader(Endpoint.Chat, true);
    const piece = Buffer.alloc(64 * 1024, "data: x");
    const before = process.memoryUsage.rss();
    for (let count = 0; count < 3000; count += 1) {
      reader.push(piece);
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * 1024 * 1024);
    await reader.finish(false);
  });
});

describe("the gateway's metadata", () => {
  it("counts what was cached and written as parts of the input", () => {
    const metadata = {
      llm_input_token: 1100,
      llm_cached_input_token: 1000,
      llm_cache_creation_input_token: 60,
      llm_output_token: 50,
      llm_reasoning_token: 20,
      llm_total_token: 1150,
      backend_name: "x",
    };
    expect(metadataUsage(metadata)).toEqual(
      used({ inputFresh: 40, cachedRead: 1000, cacheWrite5m: 60, outputText: 30, reasoning: 20 }),
    );
    expect(metadataUsage({ llm_input_token: 7 })).toEqual(used({ inputFresh: 7 }));
  });

  it("is no report where it says that an answer of tokens used none", () => {
    const nothing = { llm_input_token: 0, llm_output_token: 0 };
    for (const endpoint of ["chat", "completions", "responses", "embeddings", "messages"] as const) {
      expect(reportedUsage(endpoint, nothing)).toBeUndefined();
      expect(reportedUsage(endpoint, { ...nothing, llm_input_token: 1 })).toEqual(used({ inputFresh: 1 }));
      expect(reportedUsage(endpoint, { ...nothing, llm_output_token: 1 })).toEqual(used({ outputText: 1 }));
    }
    // These may count images, characters or searches instead.
    for (const endpoint of ["images", "speech", "transcriptions", "translations", "rerank"] as const) {
      expect(reportedUsage(endpoint, nothing)).toEqual(used({}));
    }
  });

  it("may be missing, or wrong", () => {
    for (const metadata of [
      undefined,
      null,
      {},
      { backend_name: "x" },
      { llm_input_token: "5" },
      { llm_input_token: -5 },
    ]) {
      expect(metadataUsage(metadata)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000), fc.nat(1000), (...numbers) => {
        const [llm_input_token, llm_cached_input_token, llm_cache_creation_input_token, llm_output_token] =
          numbers;
        const usage = metadataUsage({
          ...{ llm_input_token, llm_cached_input_token, llm_cache_creation_input_token, llm_output_token },
          llm_reasoning_token: numbers[4],
        });
        expect(usage === undefined ? 0 : totalTokensOf(usage)).toBe(llm_input_token + llm_output_token);
        expect(Object.values(usage ?? {}).every((count) => count >= 0)).toBe(true);
      }),
    );
  });
});
