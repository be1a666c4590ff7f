import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { parseBehaviour } from "../../cli/local/engine/behaviour";
import { contextProblem } from "../../cli/local/engine/contextLimit";
import { WaitingLine } from "../../cli/local/engine/waitingLine";
import { SimulatedEngine, type SimulatedEngineOptions } from "../../cli/local/simulatedEngine";

const engines: SimulatedEngine[] = [];

async function start(options: Partial<SimulatedEngineOptions>): Promise<SimulatedEngine> {
  const engine = await SimulatedEngine.start({ name: "m", schema: "OpenAI", ...options });
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

async function post(engine: SimulatedEngine, path: string, body: object, signal?: AbortSignal) {
  const init = { method: "POST", body: JSON.stringify(body), ...(signal === undefined ? {} : { signal }) };
  const response = await fetch(`${engine.url}${path}`, init);
  return { status: response.status, body: await response.text() };
}
const chat = (engine: SimulatedEngine, content: string, more: object = {}, signal?: AbortSignal) =>
  post(
    engine,
    "/v1/chat/completions",
    { model: "m", messages: [{ role: "user", content }], ...more },
    signal,
  );
/** A text of so many of the simulated engine's tokens. */
const tokens = (count: number) => "a".repeat(4 * count);

describe("contextProblem", () => {
  it.each([
    ["no limit", 1_000_000, 1_000_000, 0],
    ["what fits exactly", 90, 10, 100],
    ["no output asked for", 99, undefined, 100],
  ])("has nothing against %s", (_, input, output, context) => {
    expect(contextProblem(input, output, context)).toBeUndefined();
  });

  it("words a long prompt as vLLM does, which stops counting one token past the limit", () => {
    expect(contextProblem(5_000, 64, 4_096)).toEqual({
      parameter: "input_tokens",
      message:
        "This model's maximum context length is 4096 tokens. However, you requested 64 output tokens and your " +
        "prompt contains at least 4033 input tokens, for a total of at least 4097 tokens. Please reduce the length " +
        "of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=4033)",
    });
  });

  it("words an output that is longer than the context as vLLM does", () => {
    expect(contextProblem(1, 5_000, 4_096)?.message).toMatch(
      /^max_tokens=5000 cannot be greater than max_model_len=4096\. Please request fewer output tokens\./,
    );
  });

  it("refuses exactly what is longer than the context, or leaves no room for an answer", () => {
    const size = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(size, fc.option(size, { nil: undefined }), size, (input, output, context) => {
        const isTooLong = input + (output ?? 1) > context;
        expect(contextProblem(input, output, context) !== undefined).toBe(isTooLong);
      }),
    );
  });
});

describe("an engine with a context", () => {
  const behaviour = { ttftMs: 0, contextTokens: 100 };

  it.each([
    ["/v1/chat/completions", { messages: [{ role: "user", content: tokens(101) }] }],
    ["/v1/chat/completions", { messages: [{ role: "user", content: tokens(101) }], stream: true }],
    ["/v1/completions", { prompt: tokens(101) }],
    ["/v1/responses", { input: tokens(101) }],
    ["/v1/embeddings", { input: ["short", tokens(101)] }],
  ])("answers 400 to a long prompt on %s", async (path, body) => {
    const answer = await post(await start({ behaviour }), path, { model: "m", ...body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({
      error: {
        message: expect.stringMatching(/^This model's maximum context length is 100 tokens\./),
        type: "BadRequestError",
        param: "input_tokens",
        code: 400,
      },
    });
  });

  it("takes what fits, and cuts the answer where the context ends", async () => {
    const engine = await start({ behaviour: { ...behaviour, answerTokens: 50 } });
    const { status, body } = await chat(engine, tokens(90));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      choices: [{ finish_reason: "length" }],
      usage: { prompt_tokens: 90, completion_tokens: 10 },
    });
    expect((await chat(engine, tokens(90), { max_tokens: 11 })).status).toBe(400);
    expect((await chat(engine, tokens(90), { max_tokens: 10 })).status).toBe(200);
  });

  it("answers in its own schema where it stands for a provider", async () => {
    const engine = await start({ schema: "Anthropic", behaviour });
    const body = { model: "m", max_tokens: 10, messages: [{ role: "user", content: tokens(200) }] };
    const answer = await post(engine, "/v1/messages", body);
    expect([answer.status, JSON.parse(answer.body).error.type]).toEqual([400, "invalid_request_error"]);
  });
});

describe("WaitingLine", () => {
  const stay = () => new AbortController().signal;

  it("lets as many in as the limit says, others in the order that they came", async () => {
    const line = new WaitingLine();
    const order: number[] = [];
    const first = await line.enter(2, stay());
    const second = await line.enter(2, stay());
    const later = [3, 4].map(async (number) => {
      const leave = await line.enter(2, stay());
      order.push(number);
      return leave;
    });
    expect(line.length).toBe(2);
    second?.();
    await later[0];
    expect([order, line.length]).toEqual([[3], 1]);
    first?.();
    await later[1];
    expect(order).toEqual([3, 4]);
  });

  it("keeps nobody's place who has left, and gives no turn back twice", async () => {
    const line = new WaitingLine();
    const first = await line.enter(1, stay());
    const gone = new AbortController();
    const waiting = line.enter(1, gone.signal);
    gone.abort();
    expect(await waiting).toBeUndefined();
    first?.();
    first?.();
    const second = await line.enter(1, stay());
    const third = line.enter(1, stay());
    expect(line.length).toBe(1);
    second?.();
    expect(await third).toBeTypeOf("function");
  });
});

describe("an engine with room for two requests", () => {
  const behaviour = { ttftMs: 60, concurrency: 2 };

  it("makes others wait, and answers all", async () => {
    const engine = await start({ behaviour });
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 6 }, () => chat(engine, "hi")));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    // Three rounds of 60 ms; timers may fire a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(170);
  });

  it("forgets those that leave the line", async () => {
    const engine = await start({ behaviour: { ttftMs: 300, concurrency: 1 } });
    const running = chat(engine, "first");
    const gone = new AbortController();
    const left = chat(engine, "second", {}, gone.signal).catch(() => "left");
    await expect.poll(() => engine.requestCount).toBe(2);
    gone.abort();
    expect(await left).toBe("left");
    expect((await running).status).toBe(200);
    expect((await chat(engine, "third")).status).toBe(200);
  });
});

describe("--simulate", () => {
  it("takes both limits", () => {
    const problems: string[] = [];
    expect(parseBehaviour("context=8192,parallel=4", problems)).toEqual({
      contextTokens: 8_192,
      concurrency: 4,
    });
    expect(problems).toEqual([]);
  });

  it.each(["context=-1", "context=1.5", "parallel=many", "parallel"])("refuses %s", (setting) => {
    const problems: string[] = [];
    parseBehaviour(setting, problems);
    expect(problems).toHaveLength(1);
  });
});
