import Anthropic, { BadRequestError as AnthropicBadRequest } from "@anthropic-ai/sdk";
import { afterEach, describe, expect, it } from "vitest";
import { parseBehaviour } from "../../cli/local/engine/behaviour";
import { countTokens } from "../../cli/local/engine/tokens";
import { SimulatedEngine, type SimulatedEngineOptions } from "../../cli/local/simulatedEngine";

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

async function start(schema: SimulatedEngineOptions["schema"], behaviour = {}): Promise<SimulatedEngine> {
  const engine = await SimulatedEngine.start({ name: "m", schema, behaviour: { ttftMs: 0, ...behaviour } });
  engines.push(engine);
  return engine;
}

const model = "m";
const city = { type: "object" as const, properties: { city: { enum: ["Paris"] } }, required: ["city"] };
const file = { type: "object" as const, properties: { path: { type: "string" } }, required: ["path"] };
const cityArguments = '{"city":"Paris"}';
const user = (content: string) => [{ role: "user" as const, content }];

/** The data of each event of a streamed answer. */
async function eventsOf(response: Response): Promise<Record<string, unknown>[]> {
  const text = await response.text();
  const data = [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = ""]) => json);
  return data.map((json) => JSON.parse(json) as Record<string, unknown>);
}

describe("Anthropic's messages with tools", () => {
  const tools: Anthropic.ToolUnion[] = [
    { name: "get_weather", input_schema: city },
    { name: "read_file", input_schema: file },
  ];
  const asked = async (more: Partial<Anthropic.MessageCreateParamsNonStreaming>) => {
    const engine = await start("Anthropic");
    const client = new Anthropic({ baseURL: engine.url, apiKey: "key", maxRetries: 0 });
    const request = { model, max_tokens: 100, tools, messages: user("Hello"), ...more };
    return { engine, client, request, answer: await client.messages.create(request) };
  };
  const called = ({ content }: Anthropic.Message) =>
    content.flatMap((block) => (block.type === "tool_use" ? [[block.name, block.input]] : []));

  it.each<[string, Partial<Anthropic.MessageCreateParamsNonStreaming>, unknown[]]>([
    ["the named one", { messages: user("Use get_weather") }, [["get_weather", { city: "Paris" }]]],
    [
      "all that are named",
      { messages: user("read_file, then get_weather") },
      [
        ["get_weather", { city: "Paris" }],
        ["read_file", { path: "example" }],
      ],
    ],
    [
      "one where only one is allowed",
      {
        messages: user("read_file, then get_weather"),
        tool_choice: { type: "auto", disable_parallel_tool_use: true },
      },
      [["get_weather", { city: "Paris" }]],
    ],
    ["the first where any will do", { tool_choice: { type: "any" } }, [["get_weather", { city: "Paris" }]]],
    [
      "the chosen one",
      { tool_choice: { type: "tool", name: "read_file" } },
      [["read_file", { path: "example" }]],
    ],
    ["none where none is named", {}, []],
    ["none where none may be", { messages: user("Use get_weather"), tool_choice: { type: "none" } }, []],
    [
      "none of Anthropic's own",
      { tools: [{ type: "web_search_20250305", name: "web_search" }], messages: user("web_search") },
      [],
    ],
    [
      "none after the result of one",
      {
        messages: [
          ...user("Use get_weather"),
          { role: "assistant", content: [{ type: "tool_use", id: "t", name: "get_weather", input: {} }] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "t", content: "sunny" },
              { type: "text", text: "There is get_weather." },
            ],
          },
        ],
      },
      [],
    ],
  ])("calls %s", async (_, more, expected) => {
    const { client, request, answer } = await asked(more);
    expect(called(answer)).toEqual(expected);
    expect(answer.stop_reason).toBe(expected.length > 0 ? "tool_use" : "end_turn");
    const streamed = await client.messages.stream(request).finalMessage();
    expect(called(streamed)).toEqual(expected);
    expect(streamed.stop_reason).toBe(answer.stop_reason);
    expect(streamed.usage).toEqual(answer.usage);
  });

  it("streams a call in the order of Anthropic's own events", async () => {
    const { engine, request } = await asked({ messages: user("Use get_weather") });
    const response = await fetch(`${engine.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify({ ...request, stream: true }),
    });
    const events = await eventsOf(response);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type !== "content_block_delta")).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events[1]?.["content_block"]).toMatchObject({ type: "tool_use", name: "get_weather", input: {} });
    const deltas = events.filter(({ type }) => type === "content_block_delta").map(({ delta }) => delta);
    const pieces = deltas.map((delta) => (delta as { partial_json: string }).partial_json);
    expect(pieces[0]).toBe("");
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join("")).toBe(cityArguments);
  });

  it("counts definitions, calls and results, and what it says", async () => {
    const { answer, client } = await asked({ messages: user("Use get_weather") });
    const definitions = tools.map((tool) => countTokens(JSON.stringify(tool))).reduce((a, b) => a + b, 0);
    const question = definitions + countTokens("Use get_weather");
    expect(answer.usage).toMatchObject({
      input_tokens: question,
      output_tokens: countTokens(cityArguments),
    });
    const call = answer.content.find((block) => block.type === "tool_use");
    const id = call?.id ?? "";
    const messages: Anthropic.MessageParam[] = [
      ...user("Use get_weather"),
      { role: "assistant", content: answer.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "sunny" }] },
    ];
    const next = await client.messages.create({ model, max_tokens: 5, tools, messages });
    const expected = question + countTokens(`get_weather ${cityArguments}`) + countTokens("sunny");
    expect(next.usage).toMatchObject({ input_tokens: expected, output_tokens: 5 });
    expect(await client.messages.countTokens({ model, tools, messages })).toEqual({ input_tokens: expected });
  });

  it("cuts what has no room, and begins no call without any", async () => {
    const { answer } = await asked({ messages: user("get_weather and read_file"), max_tokens: 3 });
    expect(answer.stop_reason).toBe("max_tokens");
    expect(called(answer)).toEqual([["get_weather", {}]]);
    expect(answer.usage.output_tokens).toBe(3);
    const most = countTokens(cityArguments) + 2;
    const { answer: longer } = await asked({
      messages: user("get_weather and read_file"),
      max_tokens: most,
    });
    expect(called(longer)).toEqual([
      ["get_weather", { city: "Paris" }],
      ["read_file", {}],
    ]);
    expect(longer.usage.output_tokens).toBe(most);
  });

  it("answers JSON where a schema is asked for", async () => {
    const { answer } = await asked({ output_config: { format: { type: "json_schema", schema: city } } });
    expect(answer.content[0]).toMatchObject({ type: "text", text: cityArguments });
  });
});

describe("Anthropic's messages with marks for the cache", () => {
  const mark = (ttl?: "5m" | "1h") => ({ type: "ephemeral" as const, ...(ttl === undefined ? {} : { ttl }) });
  const text = (letter: string, count: number, ttl?: "5m" | "1h") => ({
    type: "text" as const,
    text: letter.repeat(4 * count),
    ...(ttl === undefined ? {} : { cache_control: mark(ttl) }),
  });
  const connect = async (schema: "Anthropic" | "AWSAnthropic" = "Anthropic", behaviour = {}) => {
    const engine = await start(schema, behaviour);
    return new Anthropic({ baseURL: engine.url, apiKey: "key", maxRetries: 0 });
  };
  const used = ({ usage }: Anthropic.Message) => ({
    input: usage.input_tokens,
    read: usage.cache_read_input_tokens,
    written: usage.cache_creation_input_tokens,
    written5m: usage.cache_creation?.ephemeral_5m_input_tokens,
    written1h: usage.cache_creation?.ephemeral_1h_input_tokens,
  });

  it("tells what was written for how long, and read, whole and as a stream", async () => {
    const client = await connect();
    const request = {
      model,
      max_tokens: 5,
      system: [text("a", 1_100, "1h"), text("b", 50, "5m")],
      messages: user("Hello"),
    };
    const first = await client.messages.create(request);
    expect(used(first)).toEqual({ input: 2, read: 0, written: 1_150, written5m: 50, written1h: 1_100 });
    const again = await client.messages.stream(request).finalMessage();
    expect(used(again)).toEqual({ input: 2, read: 1_150, written: 0, written5m: 0, written1h: 0 });
    const other = { ...request, system: [text("a", 1_100, "1h"), text("c", 30, "5m")] };
    const third = await client.messages.stream(other).finalMessage();
    expect(used(third)).toEqual({ input: 2, read: 1_100, written: 30, written5m: 30, written1h: 0 });
  });

  it("tells the same at the start of a stream and at its end, where all are totals", async () => {
    const engine = await start("Anthropic");
    const body = {
      model,
      max_tokens: 5,
      stream: true,
      system: [text("a", 1_100, "5m")],
      messages: user("Hi"),
    };
    const response = await fetch(`${engine.url}/v1/messages`, { method: "POST", body: JSON.stringify(body) });
    const events = await eventsOf(response);
    const input = { input_tokens: 1, cache_creation_input_tokens: 1_100, cache_read_input_tokens: 0 };
    expect(events[0]).toMatchObject({
      message: {
        usage: {
          ...input,
          cache_creation: { ephemeral_5m_input_tokens: 1_100, ephemeral_1h_input_tokens: 0 },
          output_tokens: 1,
        },
      },
    });
    expect(events.at(-2)).toMatchObject({ type: "message_delta", usage: { ...input, output_tokens: 5 } });
  });

  it("goes through a conversation whose mark moves on", async () => {
    const client = await connect();
    const system = [text("a", 1_100, "5m")];
    const turn = (...parts: Anthropic.MessageParam[]) =>
      client.messages.create({ model, max_tokens: 5, system, messages: parts });
    const said = (letter: string, count: number, isMarked = false): Anthropic.MessageParam => ({
      role: "user",
      content: isMarked ? [text(letter, count, "5m")] : letter.repeat(4 * count),
    });
    const reply: Anthropic.MessageParam = { role: "assistant", content: "dddd" };
    expect(used(await turn(said("b", 10, true)))).toMatchObject({ read: 0, written: 1_110, input: 0 });
    // Text in a list of one part is the same as text.
    const second = await turn(said("b", 10), reply, said("c", 20, true));
    expect(used(second)).toMatchObject({ read: 1_110, written: 21, input: 0 });
    const third = await turn(said("b", 10), reply, said("c", 20), reply, said("e", 3));
    expect(used(third)).toMatchObject({ read: 1_100, written: 0, input: 35 });
  });

  it("counts tools in front of the system prompt, and a mark beside the messages for their last block", async () => {
    const client = await connect("Anthropic", { cacheTokens: 0 });
    const tool = { name: "get_weather", input_schema: city };
    const definition = countTokens(JSON.stringify(tool));
    const request = { model, max_tokens: 5, messages: user("Hello") };
    const tools = [{ ...tool, cache_control: mark() }];
    expect(used(await client.messages.create({ ...request, tools }))).toMatchObject({ written: definition });
    const all = { ...request, tools: [tool], system: "aaaa", cache_control: mark() };
    expect(used(await client.messages.create(all))).toMatchObject({ read: definition, written: 3, input: 0 });
    expect(used(await client.messages.create({ ...all, system: "bbbb" }))).toMatchObject({
      read: definition,
    });
  });

  it("does not cache what is too short, and says nothing", async () => {
    const client = await connect();
    const request = { model, max_tokens: 5, system: [text("a", 1_000, "5m")], messages: user("Hello") };
    for (const answer of [await client.messages.create(request), await client.messages.create(request)]) {
      expect(used(answer)).toMatchObject({ input: 1_002, read: 0, written: 0 });
    }
  });

  it.each([
    ["more than four marks", ["5m", "5m", "5m", "5m", "5m"], /maximum of 4 blocks .* Found 5/],
    ["an hour behind five minutes", ["5m", "1h"], /must not come after a ttl='5m'/],
  ] as const)("refuses %s", async (_, times, message) => {
    const client = await connect();
    const system = times.map((time) => text("a", 1, time));
    const call = client.messages.create({ model, max_tokens: 5, system, messages: user("Hello") });
    await expect(call).rejects.toThrow(AnthropicBadRequest);
    await expect(call).rejects.toThrow(message);
  });

  it("reads the setting", () => {
    const problems: string[] = [];
    expect(parseBehaviour("cache=0", problems)).toEqual({ cacheTokens: 0 });
    expect(problems).toEqual([]);
    parseBehaviour("cache=few", problems);
    expect(problems).toHaveLength(1);
  });
});

describe("Bedrock", () => {
  const post = async (engine: SimulatedEngine, path: string, body: object) => {
    const response = await fetch(`${engine.url}/model/x/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    return (await response.json()) as { usage: object; output: { message: { content: object[] } } };
  };

  it("caches up to a cache point in Converse, and calls the tools that are named", async () => {
    const engine = await start("AWSBedrock", { cacheTokens: 0 });
    const point = { cachePoint: { type: "default" } };
    const spec = { name: "get_weather", inputSchema: { json: city } };
    const body = {
      system: [{ text: "aaaa" }, point],
      messages: [{ role: "user", content: [{ text: "Use get_weather" }, point] }],
      toolConfig: { tools: [{ toolSpec: spec }] },
      inferenceConfig: { maxTokens: 100 },
    };
    const input = countTokens(JSON.stringify(spec)) + 1 + countTokens("Use get_weather");
    const first = await post(engine, "converse", body);
    const output = countTokens(cityArguments);
    const total = { outputTokens: output, totalTokens: input + output };
    expect(first.output.message.content).toEqual([
      { toolUse: { toolUseId: "tooluse_1", name: "get_weather", input: { city: "Paris" } } },
    ]);
    expect(first.usage).toEqual({
      inputTokens: 0,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: input,
      ...total,
    });
    expect((await post(engine, "converse", body)).usage).toEqual({
      inputTokens: 0,
      cacheReadInputTokens: input,
      cacheWriteInputTokens: 0,
      ...total,
    });
  });

  it("caches Anthropic's own messages as Anthropic does", async () => {
    const engine = await start("AWSAnthropic", { cacheTokens: 0 });
    const system = [{ type: "text", text: "aaaa", cache_control: { type: "ephemeral" } }];
    const body = { max_tokens: 5, system, messages: user("Hello") };
    expect((await post(engine, "invoke", body)).usage).toMatchObject({ cache_creation_input_tokens: 1 });
    expect((await post(engine, "invoke", body)).usage).toMatchObject({ cache_read_input_tokens: 1 });
  });
});
