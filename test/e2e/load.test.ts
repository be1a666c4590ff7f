import { connect } from "node:http2";
import { describe, expect, it } from "vitest";
import { helloWorld, traced, useGateway } from "./support/gateway";

const gateway = useGateway({ models: { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } } });

/** Just above 10 MB of JSON. */
const bigBody = JSON.stringify({
  model: "qwen",
  messages: [{ role: "user", content: "word ".repeat(2_000_000) }],
  max_tokens: 1,
});

/** Sends over HTTP/2 without TLS and without an upgrade. */
function postHttp2(url: string, path: string, body: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const session = connect(url);
    session.once("error", reject);
    const request = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/json",
      ...headers,
    });
    let status = 0;
    let text = "";
    request.once("response", (response) => {
      status = Number(response[":status"]);
    });
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.once("error", reject);
    request.once("end", () => {
      session.close();
      resolve({ status, text });
    });
    request.end(body);
  });
}

describe("a body of 10 MB", () => {
  it("passes over HTTP/1.1", async () => {
    const { requestId, options } = traced();
    const response = await fetch(`${gateway.local.baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", ...options.headers },
      body: bigBody,
    });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 2_000_001 } });
    expect(gateway.engine("qwen").findRequest(requestId)?.bodyBytes).toBeGreaterThan(10_000_000);
  });

  it("passes over HTTP/2", async () => {
    const { requestId, options } = traced();
    const { status } = await postHttp2(
      gateway.local.baseUrl,
      "/v1/chat/completions",
      bigBody,
      options.headers,
    );
    expect(status).toBe(200);
    expect(gateway.engine("qwen").findRequest(requestId)?.bodyBytes).toBeGreaterThan(10_000_000);
  });
});

describe("200 streams at a time", () => {
  it("all end whole, each with its own tokens", async () => {
    const engine = gateway.engine("qwen");
    await engine.behave({ ttftMs: 500, tokensPerSecond: 20, answerTokens: 20 });
    const streams = Array.from({ length: 200 }, async () => {
      const stream = await gateway.openai.chat.completions.create({
        model: "qwen",
        messages: helloWorld,
        stream: true,
        stream_options: { include_usage: true },
      });
      let tokens = 0;
      let usage: number | undefined;
      let finish: string | null | undefined;
      for await (const chunk of stream) {
        tokens += (chunk.choices[0]?.delta.content ?? "") === "" ? 0 : 1;
        finish = chunk.choices[0]?.finish_reason ?? finish;
        usage = chunk.usage?.completion_tokens ?? usage;
      }
      return { tokens, usage, finish };
    });
    const results = await Promise.all(streams);
    await engine.reset();
    expect(results).toHaveLength(200);
    expect(new Set(results.map((result) => JSON.stringify(result)))).toEqual(
      new Set([JSON.stringify({ tokens: 20, usage: 20, finish: "stop" })]),
    );
  });
});
