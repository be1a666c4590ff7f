import { describe, expect, it } from "vitest";
import { helloWorld, traced, useGateway } from "./support/gateway";

const gateway = useGateway({
  models: {
    nova: { bedrock: { modelId: "us.amazon.nova-pro-v1:0", region: "us-west-2" } },
    "claude-aws": { bedrockAnthropic: { modelId: "anthropic.claude-v1:0", region: "us-west-2" } },
    azure: {
      azureOpenAI: { url: "https://r.openai.azure.com", apiVersion: "2025-04-01", secretName: "key" },
    },
    rerank: { cohere: { secretName: "key" } },
    gemini: { vertex: { modelId: "gemini-2.5-pro", project: "p", region: "us-central1" } },
  },
});

describe.each([
  { model: "nova", path: "/model/us.amazon.nova-pro-v1", end: "/converse", streamEnd: "/converse-stream" },
  {
    model: "claude-aws",
    path: "/model/anthropic.claude-v1",
    end: "/invoke",
    streamEnd: "/invoke-with-response-stream",
  },
  {
    model: "azure",
    path: "/openai/deployments/azure",
    end: "/chat/completions?api-version=2025-04-01",
    streamEnd: "/chat/completions?api-version=2025-04-01",
  },
  { model: "gemini", path: "/v1", end: "/chat/completions", streamEnd: "/chat/completions" },
])("chat on $model", ({ model, path, end, streamEnd }) => {
  it("answers with exact usage from the backend's own path", async () => {
    const { requestId, options } = traced();
    const answer = await gateway.openai.chat.completions.create(
      { model, messages: helloWorld, max_tokens: 8 },
      options,
    );
    expect(answer.choices[0]?.message.content).toMatch(/^Simulated/);
    expect(answer.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 8 });
    const seen = gateway.engine(model).findRequest(requestId);
    expect(seen?.path.startsWith(path)).toBe(true);
    expect(seen?.path.endsWith(end)).toBe(true);
    expect(await gateway.logged(requestId)).toMatchObject({
      backend: model,
      inputTokens: 5,
      outputTokens: 8,
    });
  });

  it("streams", async () => {
    const { requestId, options } = traced();
    const stream = await gateway.openai.chat.completions.create(
      { model, messages: helloWorld, max_tokens: 8, stream: true, stream_options: { include_usage: true } },
      options,
    );
    let text = "";
    let usage: unknown;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    expect(text).toMatch(/^Simulated/);
    expect(usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 8 });
    expect(gateway.engine(model).findRequest(requestId)?.path.endsWith(streamEnd)).toBe(true);
  });
});

describe("credentials and other APIs", () => {
  it("signs requests to AWS", async () => {
    await gateway.openai.chat.completions.create({ model: "nova", messages: helloWorld });
    const seen = gateway.engine("nova").requests.at(-1);
    expect(seen?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=.*\/us-west-2\/bedrock\//);
  });

  it("sends Azure its key in its own header", async () => {
    await gateway.openai.chat.completions.create({ model: "azure", messages: helloWorld });
    expect(gateway.engine("azure").requests.at(-1)?.headers["api-key"]).toBe("simulated-key");
  });

  it("answers Anthropic's clients from Claude on Bedrock", async () => {
    const answer = await gateway.anthropic.messages
      .stream({ model: "claude-aws", max_tokens: 8, messages: helloWorld })
      .finalMessage();
    expect(answer.usage.output_tokens).toBe(8);
  });

  it("reranks", async () => {
    const { requestId, options } = traced();
    const body = { model: "rerank", query: "red fox", documents: ["blue whale", "a red fox"], top_n: 1 };
    const response = await gateway.post("/cohere/v2/rerank", body, options.headers);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ results: [{ index: 1 }] });
    const seen = gateway.engine("rerank").findRequest(requestId);
    expect(seen?.path).toBe("/v2/rerank");
    expect(seen?.headers.authorization).toBe("Bearer simulated-key");
  });
});
