import { describe, expect, it } from "vitest";
import { helloWorld, traced, useGateway } from "./support/gateway";

const gateway = useGateway({
  models: {
    claude: { anthropic: { secretName: "key" }, upstreamName: "claude-upstream" },
    qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } },
  },
});

const weather = {
  name: "get_weather",
  input_schema: {
    type: "object" as const,
    properties: { city: { type: "string", enum: ["Paris"] } },
    required: ["city"],
  },
};

describe.each(["claude", "qwen"])("the official Anthropic client on %s", (model) => {
  it("gets a message, with exact usage", async () => {
    const { requestId, options } = traced();
    const answer = await gateway.anthropic.messages.create(
      { model, max_tokens: 8, messages: helloWorld },
      options,
    );
    expect(answer.content[0]).toMatchObject({ type: "text", text: expect.stringMatching(/^Simulated/) });
    expect(answer.stop_reason).toBe("max_tokens");
    expect(answer.usage).toMatchObject({ input_tokens: 5, output_tokens: 8 });
    expect(await gateway.logged(requestId)).toMatchObject({
      backend: model,
      inputTokens: 5,
      outputTokens: 8,
      path: "/anthropic/v1/messages",
    });
  });

  it("gets a stream", async () => {
    const { requestId, options } = traced();
    const stream = gateway.anthropic.messages.stream(
      { model, max_tokens: 100, messages: helloWorld },
      options,
    );
    const final = await stream.finalMessage();
    expect(await stream.finalText()).toMatch(/^Simulated/);
    expect(final.stop_reason).toBe("end_turn");
    expect(final.usage.output_tokens).toBe(16);
    expect(await gateway.logged(requestId)).toMatchObject({ inputTokens: 5, outputTokens: 16 });
  });

  it("passes tools through, and the call back", async () => {
    const request = { model, max_tokens: 100, tools: [weather] };
    const question = [{ role: "user" as const, content: "Use get_weather" }];
    const answer = await gateway.anthropic.messages.create({ ...request, messages: question });
    const call = answer.content.find(({ type }) => type === "tool_use");
    expect(answer.stop_reason).toBe("tool_use");
    expect(call).toMatchObject({ name: "get_weather", input: { city: "Paris" } });
    const streamed = await gateway.anthropic.messages
      .stream({ ...request, messages: question })
      .finalMessage();
    expect(streamed.content.find(({ type }) => type === "tool_use")).toMatchObject({
      name: "get_weather",
      input: { city: "Paris" },
    });
  });
});

describe("translation", () => {
  it("gives an Anthropic backend its own path, key and name of the model", async () => {
    const { requestId, options } = traced();
    await gateway.anthropic.messages.create(
      { model: "claude", max_tokens: 8, messages: helloWorld },
      options,
    );
    const seen = gateway.engine("claude").findRequest(requestId);
    expect(seen?.path).toBe("/v1/messages");
    expect(seen?.headers["x-api-key"]).toBe("simulated-key");
    expect(seen?.body?.["model"]).toBe("claude-upstream");
  });

  it("turns a message for an OpenAI backend into a chat completion", async () => {
    const { requestId, options } = traced();
    const request = { model: "qwen", max_tokens: 8, system: "Be brief.", messages: helloWorld };
    const answer = await gateway.anthropic.messages.create(request, options);
    const seen = gateway.engine("qwen").findRequest(requestId);
    expect(seen?.path).toBe("/v1/chat/completions");
    expect(seen?.body).toMatchObject({
      model: "qwen",
      messages: [{ role: "system", content: "Be brief." }, { role: "user" }],
    });
    expect(seen?.headers["x-api-key"]).toBeUndefined();
    expect(answer.type).toBe("message");
  });

  it("answers an error in Anthropic's words", async () => {
    await gateway.engine("claude").behave({ failStatus: 529 });
    const call = gateway.anthropic.messages.create({ model: "claude", max_tokens: 8, messages: helloWorld });
    await expect(call).rejects.toMatchObject({ status: 529 });
    await gateway.engine("claude").reset();
  });
});
