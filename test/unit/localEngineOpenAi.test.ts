import OpenAI, { BadRequestError } from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { countTokens } from "../../cli/local/engine/tokens";
import { SimulatedEngine } from "../../cli/local/simulatedEngine";

const engines: SimulatedEngine[] = [];
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

async function connect(): Promise<OpenAI> {
  const engine = await SimulatedEngine.start({ name: "m", schema: "OpenAI", behaviour: { ttftMs: 0 } });
  engines.push(engine);
  return new OpenAI({ baseURL: `${engine.url}/v1`, apiKey: "key", maxRetries: 0 });
}

const model = "m";
const city = { type: "object" as const, properties: { city: { enum: ["Paris"] } }, required: ["city"] };
const file = { type: "object" as const, properties: { path: { type: "string" } }, required: ["path"] };
const cityArguments = '{"city":"Paris"}';
const user = (content: string) => [{ role: "user" as const, content }];

describe("OpenAI's chat completions", () => {
  const tools = [
    { type: "function" as const, function: { name: "get_weather", parameters: city } },
    { type: "function" as const, function: { name: "read_file", parameters: file } },
  ];
  const called = (message: OpenAI.ChatCompletionMessage | undefined) =>
    (message?.tool_calls ?? []).flatMap((call) =>
      call.type === "function" ? [[call.function.name, call.function.arguments]] : [],
    );

  it("call all tools that are named, in a message and in pieces", async () => {
    const client = await connect();
    const request = { model, tools, messages: user("get_weather and read_file") };
    const expected = [
      ["get_weather", cityArguments],
      ["read_file", '{"path":"example"}'],
    ];
    const whole = await client.chat.completions.create(request);
    expect(called(whole.choices[0]?.message)).toEqual(expected);
    expect(whole.choices[0]?.finish_reason).toBe("tool_calls");
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(called(streamed.choices[0]?.message)).toEqual(expected);
    const one = await client.chat.completions.create({ ...request, parallel_tool_calls: false });
    expect(called(one.choices[0]?.message)).toEqual(expected.slice(0, 1));
  });

  it("stream a call as index, id and name, and then its arguments piece by piece", async () => {
    const client = await connect();
    const stream = await client.chat.completions.create({
      model,
      tools,
      messages: user("Use read_file"),
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) {
      chunks.push(chunk);
    }
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(deltas[0]).toEqual({
      index: 0,
      id: "call_1_0",
      type: "function",
      function: { name: "read_file", arguments: "" },
    });
    expect(deltas.slice(1).every(({ index, id }) => index === 0 && id === undefined)).toBe(true);
    expect(deltas.map((delta) => delta.function?.arguments).join("")).toBe('{"path":"example"}');
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: "tool_calls" });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: deltas.length - 1 } });
  });

  it("fit a schema, or are any JSON", async () => {
    const client = await connect();
    const request = { model, messages: user("Hello") };
    const strict = await client.chat.completions.create({
      ...request,
      response_format: { type: "json_schema", json_schema: { name: "place", strict: true, schema: city } },
    });
    expect(strict.choices[0]?.message.content).toBe(cityArguments);
    const free = await client.chat.completions.create({
      ...request,
      response_format: { type: "json_object" },
    });
    expect(free.choices[0]?.message.content).toBe("{}");
  });

  it("tell what came from the cache and what was written to it", async () => {
    const client = await connect();
    const request = { model, max_tokens: 3, messages: user("a".repeat(4 * 1_200)) };
    const details = async () => (await client.chat.completions.create(request)).usage?.prompt_tokens_details;
    expect(await details()).toMatchObject({ cached_tokens: 0, cache_write_tokens: 1_152 });
    expect(await details()).toMatchObject({ cached_tokens: 1_152, cache_write_tokens: 0 });
  });
});

describe("OpenAI's responses", () => {
  const tools: OpenAI.Responses.FunctionTool[] = [
    { type: "function", name: "get_weather", parameters: city, strict: true },
    { type: "function", name: "read_file", parameters: file, strict: true },
  ];
  const called = ({ output }: OpenAI.Responses.Response) =>
    output.flatMap((item) => (item.type === "function_call" ? [[item.name, item.arguments]] : []));

  it("call tools, and answer their results in text", async () => {
    const client = await connect();
    const request = { model, tools, input: "read_file and get_weather" };
    const expected = [
      ["get_weather", cityArguments],
      ["read_file", '{"path":"example"}'],
    ];
    const whole = await client.responses.create(request);
    expect(called(whole)).toEqual(expected);
    expect(called(await client.responses.stream(request).finalResponse())).toEqual(expected);
    const input: OpenAI.Responses.ResponseInput = [
      { role: "user", content: "read_file and get_weather" },
      ...whole.output.filter((item) => item.type === "function_call"),
      { type: "function_call_output", call_id: "call_1_0", output: "sunny" },
      { type: "function_call_output", call_id: "call_1_1", output: [{ type: "input_text", text: "text" }] },
    ];
    const next = await client.responses.create({ model, tools, input });
    expect(next.output_text).toMatch(/^Simulated answer/);
    const words = [
      ...tools.map((tool) => JSON.stringify(tool)),
      "read_file and get_weather",
      ...expected.map((call) => call.join(" ")),
      "sunny",
      "text",
    ];
    expect(next.usage?.input_tokens).toBe(words.reduce((sum, word) => sum + countTokens(word), 0));
  });

  it("ignore tools of OpenAI's own, which have no name", async () => {
    const client = await connect();
    const answer = await client.responses.create({ model, tools: [{ type: "web_search" }], input: "Hello" });
    expect(answer.output_text).toMatch(/^Simulated answer/);
  });

  it("stream a call in the order of OpenAI's own events", async () => {
    const client = await connect();
    const stream = await client.responses.create({ model, tools, input: "Use read_file", stream: true });
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) {
      events.push(event);
    }
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => type !== "response.function_call_arguments.delta")).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const pieces = events.flatMap((event) =>
      event.type === "response.function_call_arguments.delta" ? [event.delta] : [],
    );
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe('{"path":"example"}');
  });

  it("go on with a response that is known, and count all of it", async () => {
    const client = await connect();
    const first = await client.responses.create({ model, instructions: "Be brief.", input: "aaaa bbbb" });
    expect(first.usage?.input_tokens).toBe(4 + 2);
    const next = { model, input: "cccc", previous_response_id: first.id };
    const second = await client.responses.create(next);
    // Instructions are not carried over; what was answered is.
    expect(second.usage?.input_tokens).toBe(2 + 16 + 1);
    expect(second.previous_response_id).toBe(first.id);
    const third = await client.responses.create({ ...next, previous_response_id: second.id });
    expect(third.usage?.input_tokens).toBe(2 + 16 + 1 + 16 + 1);
  });

  it.each([
    ["nobody knows", "resp_x"],
    ["was not to be stored", undefined],
  ])("refuse to go on with a response that %s", async (_, known) => {
    const client = await connect();
    const first = await client.responses.create({ model, input: "aaaa", store: false });
    const call = client.responses.create({ model, input: "bbbb", previous_response_id: known ?? first.id });
    await expect(call).rejects.toThrow(BadRequestError);
    await expect(call).rejects.toMatchObject({
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  });

  it("fit a schema, and tell what came from the cache", async () => {
    const client = await connect();
    const format = { type: "json_schema" as const, name: "place", schema: city, strict: true };
    const answer = await client.responses.create({ model, input: "Hello", text: { format } });
    expect(answer.output_text).toBe(cityArguments);
    const long = { model, max_output_tokens: 3, input: "a".repeat(4 * 1_200) };
    const details = async () => (await client.responses.create(long)).usage?.input_tokens_details;
    expect(await details()).toMatchObject({ cached_tokens: 0, cache_write_tokens: 1_152 });
    expect(await details()).toMatchObject({ cached_tokens: 1_152, cache_write_tokens: 0 });
  });
});
