import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { parseBehaviour } from "../../cli/local/engine/behaviour";
import { base64Vector, embeddingVector } from "../../cli/local/engine/embeddingVector";
import { eventStreamMessage } from "../../cli/local/engine/eventStream";
import { exampleOf } from "../../cli/local/engine/exampleOf";
import { countTokens, tokensOf } from "../../cli/local/engine/tokens";
import { SimulatedEngine, type SimulatedEngineOptions } from "../../cli/local/simulatedEngine";

describe("tokensOf", () => {
  it.each([
    ["", []],
    ["Hello, world", ["Hell", "o", ",", " worl", "d"]],
    ["  a  ", ["  a", "  "]],
    ["naïve ß 日本語だよ", ["naïv", "e", " ß", " 日本語だ", "よ"]],
  ])("%j", (text, tokens) => {
    expect(tokensOf(text)).toEqual(tokens);
  });

  it("loses nothing and agrees with countTokens", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const tokens = tokensOf(text);
        expect(tokens.join("")).toBe(text);
        expect(countTokens(text)).toBe(tokens.length);
      }),
    );
  });
});

describe("embeddingVector", () => {
  it("has length 1, depends on the text alone, and survives base64", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 300 }), (text, dimensions) => {
        const vector = embeddingVector(text, dimensions);
        expect(vector).toHaveLength(dimensions);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
        expect(embeddingVector(text, dimensions)).toEqual(vector);
        const bytes = Buffer.from(base64Vector(vector), "base64");
        expect(vector.map((_, index) => bytes.readFloatLE(index * 4))).toEqual(vector);
      }),
    );
    expect(embeddingVector("a", 8)).not.toEqual(embeddingVector("b", 8));
  });
});

describe("eventStreamMessage", () => {
  it("is framed as AWS does", () => {
    // That the checksums are right shows in the end-to-end tests, where the gateway decodes such streams.
    const message = eventStreamMessage("chunk", {});
    expect(message.readUInt32BE(0)).toBe(message.length);
    const headersLength = message.readUInt32BE(4);
    const headers = message.subarray(12, 12 + headersLength).toString("latin1");
    expect(headers).toContain(":event-type\u0007\u0000\u0005chunk");
    expect(message.subarray(12 + headersLength, -4).toString()).toBe("{}");
  });
});

describe("exampleOf", () => {
  it("fills in what a schema requires", () => {
    const schema = {
      type: "object",
      required: ["city", "unit", "days", "deep"],
      properties: {
        city: { type: "string" },
        unit: { enum: ["C", "F"] },
        days: { type: "integer" },
        deep: { type: "object", required: ["on"], properties: { on: { type: "boolean" } } },
        optional: { type: "string" },
      },
    };
    expect(exampleOf(schema)).toEqual({ city: "example", unit: "C", days: 1, deep: { on: true } });
  });
});

describe("parseBehaviour", () => {
  it("reads every setting", () => {
    const problems: string[] = [];
    const text = "ttft=1.5s, rate=50,tokens=20,fail=429,retry-after=3,cut=5,hang,down";
    expect(parseBehaviour(text, problems)).toEqual({
      ttftMs: 1500,
      tokensPerSecond: 50,
      answerTokens: 20,
      failStatus: 429,
      retryAfterSeconds: 3,
      cutAfterChunks: 5,
      hang: true,
      down: true,
    });
    expect(problems).toEqual([]);
  });

  it.each([
    "ttft=5",
    "ttft=-1ms",
    "rate=fast",
    "tokens=1.5",
    "fail=200",
    "fail=600",
    "retry-after=0",
    "cut=0",
    "hang=1",
    "down=yes",
    "speed=1",
    "",
  ])("names %j as wrong", (setting) => {
    const problems: string[] = [];
    parseBehaviour(`ttft=1ms,${setting}`, problems);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(JSON.stringify(setting));
  });
});

describe("SimulatedEngine", () => {
  const engines: SimulatedEngine[] = [];
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  });
  const start = async (options: Partial<SimulatedEngineOptions> = {}) => {
    const engine = await SimulatedEngine.start({
      name: "m",
      schema: "OpenAI",
      ...options,
      behaviour: { ttftMs: 0, ...options.behaviour },
    });
    engines.push(engine);
    return engine;
  };
  const post = (engine: SimulatedEngine, path: string, body: unknown = {}, host = "127.0.0.1") =>
    fetch(`http://${host}:${engine.port}${path}`, {
      method: "POST",
      headers: { "x-request-id": "r1" },
      body: JSON.stringify(body),
    });
  const chat = { model: "x", messages: [{ role: "user", content: "Hello, world" }] };

  it.each([
    ["OpenAI", "/v1/messages"],
    ["Anthropic", "/v1/chat/completions"],
    ["AWSBedrock", "/v1/chat/completions"],
    ["Cohere", "/v1/embeddings"],
  ] as const)("%s has no %s", async (schema, path) => {
    expect((await post(await start({ schema }), path, chat)).status).toBe(404);
  });

  it("records what it saw, and health checks not", async () => {
    const engine = await start();
    await fetch(`http://127.0.0.1:${engine.port}/health`);
    await post(engine, "/v1/chat/completions?a=b", chat);
    expect(engine.requestCount).toBe(1);
    expect(engine.findRequest("r1")).toMatchObject({ path: "/v1/chat/completions?a=b", body: chat });
    expect(engine.findRequest("r2")).toBeUndefined();
  });

  it("answers errors in its schema's words, with retry-after", async () => {
    const behaviour = { failStatus: 429, retryAfterSeconds: 7 };
    const openai = await post(await start({ behaviour }), "/v1/chat/completions", chat);
    expect(openai.headers.get("retry-after")).toBe("7");
    expect(await openai.json()).toMatchObject({ error: { type: "rate_limit_error" } });
    const anthropic = await post(await start({ schema: "Anthropic", behaviour }), "/v1/messages", chat);
    expect(await anthropic.json()).toMatchObject({ type: "error", error: { type: "rate_limit_error" } });
    const aws = await post(await start({ schema: "AWSBedrock", behaviour }), "/model/m/converse", chat);
    expect(aws.headers.get("x-amzn-errortype")).toBe("ThrottlingException");
  });

  it("goes down and comes back on the same port", async () => {
    const engine = await start();
    const { port } = engine;
    await engine.behave({ down: true });
    await expect(post(engine, "/v1/chat/completions", chat)).rejects.toThrow();
    await engine.reset();
    expect(engine.port).toBe(port);
    expect((await post(engine, "/v1/chat/completions", chat)).status).toBe(200);
  });

  it("hangs until the client gives up", async () => {
    const engine = await start({ behaviour: { hang: true } });
    const call = fetch(engine.url, { method: "POST", body: "{}", signal: AbortSignal.timeout(200) });
    await expect(call).rejects.toThrow();
  });

  it("cuts a stream after the chunks that it was told", async () => {
    const engine = await start({ behaviour: { cutAfterChunks: 3 } });
    const response = await post(engine, "/v1/chat/completions", { ...chat, stream: true });
    let text = "";
    const read = async () => {
      for await (const chunk of response.body ?? []) {
        text += Buffer.from(chunk).toString();
      }
    };
    await expect(read()).rejects.toThrow();
    expect(text.match(/^data: /gm)).toHaveLength(3);
  });

  it("takes the time that it was told", async () => {
    const engine = await start({ behaviour: { ttftMs: 100, tokensPerSecond: 100, answerTokens: 11 } });
    const started = performance.now();
    const response = await post(engine, "/v1/chat/completions", { ...chat, stream: true });
    const headers = performance.now() - started;
    await response.text();
    const all = performance.now() - started;
    expect(headers).toBeGreaterThan(95);
    expect(all).toBeGreaterThan(190);
    expect(all).toBeLessThan(1_500);
  });

  it("counts exactly what it streams, for any prompt and limit", async () => {
    const engine = await start();
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 30 }), async (content, max) => {
        const body = {
          model: "x",
          max_tokens: max,
          stream: true,
          stream_options: { include_usage: true },
          messages: [{ role: "user", content }],
        };
        const text = await (await post(engine, "/v1/chat/completions", body)).text();
        const frames = text
          .split("\n\n")
          .map((frame) => frame.replace(/^data: /, ""))
          .filter((frame) => frame.startsWith("{"))
          .map((frame) => JSON.parse(frame));
        const pieces = frames.filter(({ choices }) => (choices[0]?.delta.content ?? "") !== "");
        expect(pieces).toHaveLength(Math.min(max, 16));
        expect(frames.at(-1).usage).toMatchObject({
          prompt_tokens: countTokens(content),
          completion_tokens: pieces.length,
        });
        expect(frames.at(-2).choices[0].finish_reason).toBe(max < 16 ? "length" : "stop");
      }),
      { numRuns: 25 },
    );
  });
});
