import { afterEach, describe, expect, it } from "vitest";
import { helloWorld, traced, useGateway } from "./support/gateway";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const gateway = useGateway({
  models: {
    a: vllm,
    b: { ...vllm, public: false, upstreamName: "b-upstream" },
    c: { ...vllm, public: false },
    claude: { anthropic: { secretName: "key" }, public: false },
    alias: { route: { targets: { a: {} } } },
    split: { route: { targets: { a: { weight: 3 }, b: { weight: 1 } } } },
    canary: { route: { targets: { a: {} }, canary: { model: "c", percent: 10 } } },
    safe: { route: { targets: { a: {} }, fallback: ["b", "c"] } },
    mixed: { route: { targets: { a: {} }, fallback: ["claude"] }, serves: ["messages"] },
  },
});

const chat = async (model: string) => {
  const { requestId, options } = traced();
  const answer = await gateway.openai.chat.completions.create({ model, messages: helloWorld }, options);
  return { answer, requestId };
};

afterEach(async () => {
  for (const name of ["a", "b", "c", "claude"]) {
    await gateway.engine(name).reset();
  }
});

/** How often each engine answered `total` requests for a model. */
async function shares(model: string, total: number): Promise<Record<string, number>> {
  const before = new Map([...gateway.local.engines].map(([key, engine]) => [key, engine.requestCount]));
  const worker = async (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      const response = await gateway.post("/v1/chat/completions", {
        model,
        messages: helloWorld,
        max_tokens: 1,
      });
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 10 }, () => worker(total / 10)));
  return Object.fromEntries(
    [...gateway.local.engines].map(([key, engine]) => [key, engine.requestCount - (before.get(key) ?? 0)]),
  );
}

/** Five standard deviations of a binomial count: a right split fails once in 1.7 million runs. */
const tolerance = (total: number, share: number) => 5 * Math.sqrt(total * share * (1 - share));

describe("aliases", () => {
  it("answers under the alias and tells the backend its own name", async () => {
    const { requestId } = await chat("alias");
    expect((await gateway.logged(requestId)).backend).toBe("a");
    expect(gateway.engine("a").findRequest(requestId)?.body?.["model"]).toBe("a");
  });

  it("lists public names only, each once", async () => {
    const { data } = await gateway.openai.models.list();
    expect(data.map(({ id }) => id).sort()).toEqual(["a", "alias", "canary", "mixed", "safe", "split"]);
  });

  it("does not answer for a model that is not public", async () => {
    await expect(chat("b")).rejects.toMatchObject({ status: 404 });
  });

  it.each([
    { model: "split", engine: "b", share: 0.25 },
    { model: "canary", engine: "c", share: 0.1 },
  ])("gives $engine its share of $model", async ({ model, engine, share }) => {
    const total = 1_000;
    const counted = await shares(model, total);
    expect((counted["a"] ?? 0) + (counted[engine] ?? 0)).toBe(total);
    expect(Math.abs((counted[engine] ?? 0) - total * share)).toBeLessThan(tolerance(total, share));
  });
});

describe("fallback", () => {
  it("asks the first backend alone while it answers", async () => {
    const counted = await shares("safe", 50);
    expect(counted).toMatchObject({ a: 50, b: 0, c: 0 });
  });

  it("goes on when the first backend is down, and on again", async () => {
    await gateway.engine("a").behave({ down: true });
    const first = await chat("safe");
    expect((await gateway.logged(first.requestId)).backend).toBe("b");
    expect(gateway.engine("b").findRequest(first.requestId)?.body?.["model"]).toBe("b-upstream");
    await gateway.engine("b").behave({ failStatus: 500 });
    const second = await chat("safe");
    expect((await gateway.logged(second.requestId)).backend).toBe("c");
  });

  it.each([429, 500, 503])("goes on when the first backend answers %d", async (failStatus) => {
    await gateway.engine("a").behave({ failStatus });
    const { requestId } = await chat("safe");
    const entry = await gateway.logged(requestId);
    expect(entry.status).toBe(200);
    expect(["b", "c"]).toContain(entry.backend);
  });

  it("streams from the fallback too", async () => {
    await gateway.engine("a").behave({ down: true });
    const stream = await gateway.openai.chat.completions.create({
      model: "safe",
      messages: helloWorld,
      stream: true,
    });
    let text = "";
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toMatch(/^Simulated answer from [bc]/);
  });

  it("translates for a fallback that speaks another schema", async () => {
    await gateway.engine("a").behave({ failStatus: 500 });
    const { requestId, options } = traced();
    const answer = await gateway.anthropic.messages.create(
      { model: "mixed", max_tokens: 8, messages: helloWorld },
      options,
    );
    expect(answer.usage.output_tokens).toBe(8);
    expect((await gateway.logged(requestId)).backend).toBe("claude");
    const seen = gateway.engine("claude").findRequest(requestId);
    expect(seen?.path).toBe("/v1/messages");
    expect(seen?.headers["x-api-key"]).toBe("simulated-key");
  });

  it("hands the last error through when nobody can answer", async () => {
    for (const name of ["a", "b", "c"]) {
      await gateway.engine(name).behave({ failStatus: 500 });
    }
    await expect(chat("safe")).rejects.toMatchObject({ status: 500 });
  });
});
