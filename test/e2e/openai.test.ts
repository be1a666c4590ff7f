import { beforeEach, describe, expect, it } from "vitest";
import { embeddingVector } from "../../cli/local/engine/embeddingVector";
import { helloWorld, traced, useGateway } from "./support/gateway";

const gateway = useGateway({
  models: {
    "Qwen/Qwen3-1.7B": {
      vllm: { source: "Qwen/Qwen3-1.7B" },
      ownedBy: "us",
      createdAt: "2026-01-01T00:00:00Z",
    },
    gpt: { openai: { secretName: "key" }, upstreamName: "gpt-upstream" },
  },
});
const model = "Qwen/Qwen3-1.7B";

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string", enum: ["Paris"] }, days: { type: "integer" } },
      required: ["city"],
    },
  },
};

describe("the official OpenAI client on the gateway", () => {
  beforeEach(async () => {
    await gateway.engine(model).reset();
    await gateway.engine("gpt").reset();
  });

  it("chats, with exact usage in answer and access log", async () => {
    const { requestId, options } = traced();
    const answer = await gateway.openai.chat.completions.create({ model, messages: helloWorld }, options);
    expect(answer.choices[0]?.message.content).toMatch(/^Simulated answer from Qwen/);
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 16, total_tokens: 21 });
    const entry = await gateway.logged(requestId);
    expect(entry).toMatchObject({ status: 200, inputTokens: 5, outputTokens: 16, totalTokens: 21, model });
    expect(entry.backendName).toMatch(/^ai-gateway\/qwen-qwen3-1-7b-x[0-9a-f]{8}\/route\//);
    expect(entry.path).toBe("/v1/chat/completions");
  });

  it("keeps max_tokens and says that it cut", async () => {
    const answer = await gateway.openai.chat.completions.create({
      model,
      messages: helloWorld,
      max_completion_tokens: 3,
    });
    expect(answer.choices[0]?.finish_reason).toBe("length");
    expect(answer.usage?.completion_tokens).toBe(3);
  });

  it("streams token by token and ends with usage", async () => {
    await gateway.engine(model).behave({ ttftMs: 150, tokensPerSecond: 50 });
    const { requestId, options } = traced();
    const started = performance.now();
    const arrivals: number[] = [];
    let text = "";
    let usage: unknown;
    const stream = await gateway.openai.chat.completions.create(
      { model, messages: helloWorld, stream: true, stream_options: { include_usage: true } },
      options,
    );
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      arrivals.push(performance.now() - started);
      usage = chunk.usage ?? usage;
    }
    expect(text).toMatch(/^Simulated answer from/);
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 16, total_tokens: 21 });
    // 15 gaps of 20 ms: a gateway that collected the stream would deliver it all at once.
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(200);
    expect(arrivals[0]).toBeGreaterThan(140);
    const entry = await gateway.logged(requestId);
    expect(entry).toMatchObject({ inputTokens: 5, outputTokens: 16 });
    expect(entry.ttftMs).toBeGreaterThan(140);
  });

  it("counts a stream whose client asks for no usage", async () => {
    const { requestId, options } = traced();
    const stream = await gateway.openai.chat.completions.create(
      { model, messages: helloWorld, stream: true },
      options,
    );
    for await (const _ of stream);
    expect(await gateway.logged(requestId)).toMatchObject({ inputTokens: 5, outputTokens: 16 });
  });

  it("passes tools through, and the call back", async () => {
    const answer = await gateway.openai.chat.completions.create({
      model,
      messages: [{ role: "user", content: "Use get_weather please" }],
      tools: [weather],
    });
    const call = answer.choices[0]?.message.tool_calls?.[0];
    expect(answer.choices[0]?.finish_reason).toBe("tool_calls");
    expect(call).toMatchObject({ function: { name: "get_weather", arguments: '{"city":"Paris"}' } });
    expect(gateway.engine(model).requests.at(-1)?.body?.["tools"]).toEqual([weather]);

    const final = await gateway.openai.chat.completions.create({
      model,
      messages: [
        { role: "user", content: "Use get_weather please" },
        { role: "assistant", tool_calls: answer.choices[0]?.message.tool_calls ?? [] },
        { role: "tool", tool_call_id: call?.id ?? "", content: "sunny" },
      ],
      tools: [weather],
    });
    expect(final.choices[0]?.message.content).toMatch(/^Simulated/);
    expect(gateway.engine(model).requests.at(-1)?.body?.["messages"]).toHaveLength(3);
  });

  it("streams tool calls", async () => {
    const stream = gateway.openai.chat.completions.stream({
      model,
      messages: helloWorld,
      tools: [weather],
      tool_choice: "required",
    });
    const final = await stream.finalChatCompletion();
    const call = final.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ function: { name: "get_weather", arguments: '{"city":"Paris"}' } });
  });

  it("embeds: base64 as the client asks by default, lists, chosen dimensions", async () => {
    const packed = await gateway.openai.embeddings.create({ model, input: ["Hello, world", "other"] });
    expect(packed.data.map(({ embedding }) => embedding)).toEqual([
      embeddingVector("Hello, world", 64),
      embeddingVector("other", 64),
    ]);
    expect(gateway.engine(model).requests.at(-1)?.body?.["encoding_format"]).toBe("base64");
    expect(packed.usage).toMatchObject({ prompt_tokens: 7, total_tokens: 7 });
    const short = await gateway.openai.embeddings.create({
      model,
      input: "Hello, world",
      dimensions: 8,
      encoding_format: "float",
    });
    expect(short.data[0]?.embedding).toEqual(embeddingVector("Hello, world", 8));
  });

  it("answers /v1/responses, whole and as a stream", async () => {
    const answer = await gateway.openai.responses.create({ model, input: "Hello, world" });
    expect(answer.output_text).toMatch(/^Simulated answer from/);
    expect(answer.usage).toMatchObject({ input_tokens: 5, output_tokens: 16, total_tokens: 21 });
    const { requestId, options } = traced();
    const stream = await gateway.openai.responses.create(
      { model, input: "Hello, world", stream: true },
      options,
    );
    const types: string[] = [];
    let text = "";
    for await (const event of stream) {
      types.push(event.type);
      text += event.type === "response.output_text.delta" ? event.delta : "";
    }
    expect(text).toBe(answer.output_text);
    expect(types[0]).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
    expect(await gateway.logged(requestId)).toMatchObject({ inputTokens: 5, outputTokens: 16 });
  });

  it("answers /v1/completions, whole and as a stream", async () => {
    const answer = await gateway.openai.completions.create({ model, prompt: "Hello, world", max_tokens: 4 });
    expect(answer.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 4 });
    const stream = await gateway.openai.completions.create({
      model,
      prompt: "Hello, world",
      max_tokens: 4,
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? "";
    }
    expect(text).toBe(answer.choices[0]?.text);
  });

  it("lists the public models", async () => {
    const { data } = await gateway.openai.models.list();
    expect(data.map(({ id, owned_by }) => [id, owned_by]).sort()).toEqual([
      [model, "us"],
      ["gpt", "Envoy AI Gateway"],
    ]);
    expect(data.find(({ id }) => id === model)?.created).toBe(Date.parse("2026-01-01") / 1000);
  });

  it("tells a provider its own name for the model, and injects its key", async () => {
    const { requestId, options } = traced();
    const answer = await gateway.openai.chat.completions.create(
      { model: "gpt", messages: helloWorld },
      options,
    );
    expect(answer.model).toBe("gpt-upstream");
    const seen = gateway.engine("gpt").findRequest(requestId);
    expect(seen?.body?.["model"]).toBe("gpt-upstream");
    expect(seen?.path).toBe("/v1/chat/completions");
    expect(seen?.headers.authorization).toBe("Bearer simulated-key");
    expect((await gateway.logged(requestId)).upstreamModel).toBe("gpt-upstream");
  });

  it("answers 404 for a model that nobody declared, and asks no engine", async () => {
    const before = gateway.engine(model).requestCount;
    const call = gateway.openai.chat.completions.create({ model: "nope", messages: helloWorld });
    await expect(call).rejects.toMatchObject({ status: 404 });
    expect(gateway.engine(model).requestCount).toBe(before);
  });

  it("hands errors of a single backend through", async () => {
    await gateway.engine(model).behave({ failStatus: 429, retryAfterSeconds: 7 });
    const call = gateway.openai.chat.completions.create({ model, messages: helloWorld });
    await expect(call).rejects.toMatchObject({ status: 429 });
    await gateway.engine(model).behave({ failStatus: 400 });
    const bad = gateway.openai.chat.completions.create({ model, messages: helloWorld });
    await expect(bad).rejects.toMatchObject({ status: 400 });
  });

  it("shows the client that a stream was cut", async () => {
    await gateway.engine(model).behave({ cutAfterChunks: 4, tokensPerSecond: 20 });
    const stream = await gateway.openai.chat.completions.create({
      model,
      messages: helloWorld,
      stream: true,
    });
    const finishes: unknown[] = [];
    const read = async () => {
      for await (const chunk of stream) {
        finishes.push(chunk.choices[0]?.finish_reason);
      }
    };
    await expect(read()).rejects.toThrow();
    expect(finishes).not.toContain("stop");
  });
});
