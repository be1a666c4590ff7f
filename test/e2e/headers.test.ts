import { describe, expect, it } from "vitest";
import { helloWorld, traced, useGateway } from "./support/gateway";

/** The standalone gateway replaces variables in the file that it reads. */
const dollars = `$HOME and $\{PATH} and $$`;

const gateway = useGateway({
  models: {
    open: { vllm: { source: "Qwen/Qwen3-1.7B" } },
    secret: { vllm: { source: "Qwen/Qwen3-1.7B" } },
    keyed: { openAICompatible: { url: "https://llm.example.com/api/v2", secretName: "key" } },
    changed: {
      openAICompatible: { url: "https://llm.example.com/v1" },
      headers: { set: { "x-team": "search", "x-dollar": dollars }, remove: ["x-drop"] },
      body: { set: { temperature: 0.25, metadata: { tier: "gold" } }, remove: ["user"] },
    },
  },
});

const body = (model: string) => ({ model, messages: helloWorld, user: "me", seed: 1 });

describe("what reaches a backend", () => {
  it("is not the client's credential", async () => {
    const { requestId, options } = traced();
    await gateway.post("/v1/chat/completions", body("open"), {
      ...options.headers,
      authorization: "Bearer client-secret",
      "x-api-key": "client-secret",
      "api-key": "client-secret",
      "proxy-authorization": "Basic client-secret",
      cookie: "session=client-secret",
      "x-caller-token": "Bearer client-secret",
    });
    const seen = gateway.engine("open").findRequest(requestId);
    expect(seen).toBeDefined();
    expect(JSON.stringify(seen?.headers)).not.toContain("client-secret");
  });

  it("carries the declared key, on the declared path", async () => {
    const { requestId, options } = traced();
    await gateway.post("/v1/chat/completions", body("keyed"), {
      ...options.headers,
      authorization: "Bearer client-secret",
    });
    const seen = gateway.engine("keyed").findRequest(requestId);
    expect(seen?.headers.authorization).toBe("Bearer simulated-key");
    expect(seen?.path).toBe("/api/v2/chat/completions");
  });

  it("has the declared changes, dollar signs as they stand", async () => {
    const { requestId, options } = traced();
    await gateway.post("/v1/chat/completions", body("changed"), {
      ...options.headers,
      "x-drop": "1",
      "x-keep": "1",
    });
    const seen = gateway.engine("changed").findRequest(requestId);
    expect(seen?.headers).toMatchObject({
      "x-team": "search",
      "x-dollar": dollars,
      "x-keep": "1",
    });
    expect(seen?.headers["x-drop"]).toBeUndefined();
    expect(seen?.body).toMatchObject({ temperature: 0.25, metadata: { tier: "gold" }, seed: 1 });
    expect(seen?.body).not.toHaveProperty("user");
  });
});

describe("a header of the gateway's own that a client sets", () => {
  it.each(["x-ai-eg-model", "X-AI-EG-Model"])("%s selects no route", async (name) => {
    const { requestId, options } = traced();
    const response = await gateway.post("/v1/chat/completions", body("open"), {
      ...options.headers,
      [name]: "secret",
    });
    expect(response.status).toBe(200);
    const entry = await gateway.logged(requestId);
    expect(entry).toMatchObject({ backend: "open", model: "open" });
    expect(gateway.engine("open").findRequest(requestId)?.headers["x-ai-eg-model"]).toBe("open");
    expect(gateway.engine("secret").findRequest(requestId)).toBeUndefined();
  });

  it("gives an unknown model no other's backend", async () => {
    const response = await gateway.post("/v1/chat/completions", body("nope"), { "x-ai-eg-model": "open" });
    expect(response.status).toBe(404);
  });

  it.each(["x-aigw-api-key", "x-gateway-destination-endpoint", "x-ai-eg-original-path"])(
    "%s goes no further",
    async (name) => {
      const { requestId, options } = traced();
      const response = await gateway.post("/v1/chat/completions", body("open"), {
        ...options.headers,
        [name]: "127.0.0.1:1",
      });
      expect(response.status).toBe(200);
      expect(gateway.engine("open").findRequest(requestId)?.headers[name]).not.toBe("127.0.0.1:1");
    },
  );
});

describe("the access log", () => {
  it.each(["/v1/chat/completions", "/v1/models", "/nowhere"])("of %s holds no query string", async (path) => {
    const { requestId, options } = traced();
    await gateway.post(`${path}?key=client-secret`, body("open"), { ...options.headers });
    const entry = await gateway.logged(requestId);
    expect(entry.path).toBe(path);
    expect(JSON.stringify(entry)).not.toContain("client-secret");
  });
});
