import { randomUUID } from "node:crypto";
import { InternalServerError } from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { useBudgetGateway } from "./support/budgetGateway";
import { CannedEngine } from "./support/cannedEngine";

/** Nanodollars for a token of input, read from a cache, and output. */
const [perInput, perRead, perOutput] = [3_000, 300, 15_000];
const price = {
  usdPerMillionInputTokens: 3,
  usdPerMillionCachedInputTokens: 0.3,
  usdPerMillionOutputTokens: 15,
};
const gpt = { openai: { secretName: "key" }, price, maxOutputTokens: 100 };
const claude = { anthropic: { secretName: "key" }, price, maxOutputTokens: 100 };
const each = { per: "user", trustClientHeaders: true, period: "year", limit: { usd: 100 } } as const;
const models = { "gpt-log": gpt, "gpt-stream": gpt, "claude-log": claude, "claude-stream": claude };

let provider: CannedEngine;
const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models,
    budgets: {
      log: { ...each, models: ["gpt-log", "claude-log"], settle: "log" },
      stream: { ...each, models: ["gpt-stream", "claude-stream"] },
    },
  },
  {
    async ownEngines() {
      provider = await CannedEngine.start();
      return Object.fromEntries(Object.keys(models).map((model) => [model, provider.url]));
    },
  },
);
afterAll(() => provider.stop());

async function costOf(
  budget: string,
  model: string,
  run: (headers: Record<string, string>) => Promise<unknown>,
) {
  const user = randomUUID();
  await run({ "x-user": user });
  return (await gateway.settled(budget, { model, attributes: { user } })).used;
}

describe("a stream of Anthropic whose end corrects its beginning, as after a search of the web", () => {
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude", stop_reason: null };
  const usage = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const search = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
  const events = [
    {
      type: "message_start",
      message: { ...message, content: [], usage: { ...usage, input_tokens: 10, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: search },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Found." } },
    { type: "content_block_stop", index: 1 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: {
        ...{
          input_tokens: 2_010,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 400,
          output_tokens: 7,
        },
        server_tool_use: { web_search_requests: 1 },
      },
    },
    { type: "message_stop" },
  ];
  const ask = (model: string) => async (defaultHeaders: Record<string, string>) => {
    provider.says(events);
    const stream = gateway
      .anthropic({ defaultHeaders })
      .messages.stream({ model, max_tokens: 50, messages: [{ role: "user", content: "Search" }] });
    expect((await stream.finalMessage()).usage).toMatchObject({
      input_tokens: 2_010,
      cache_read_input_tokens: 400,
      output_tokens: 7,
    });
  };

  it("is charged in full where the answer is read", async () => {
    const cost = await costOf("stream", "claude-stream", ask("claude-stream"));
    expect(cost).toBe(2_010 * perInput + 400 * perRead + 7 * perOutput);
  });

  it("is charged its beginning by the log: AI Gateway takes nothing but the output from the end", async () => {
    const cost = await costOf("log", "claude-log", ask("claude-log"));
    expect(cost).toBe(10 * perInput + 7 * perOutput);
  });
});

describe("a response with an item of a kind that AI Gateway does not know", () => {
  const usage = {
    input_tokens: 20,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 25,
  };
  const response = {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "gpt",
    output: [{ type: "item_of_tomorrow", id: "item_1" }],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage,
  };
  const events = [
    { type: "response.created", sequence_number: 0, response: { ...response, output: [], usage: null } },
    {
      type: "response.output_text.delta",
      sequence_number: 1,
      item_id: "i",
      output_index: 0,
      content_index: 0,
      delta: "Hi",
    },
    { type: "response.completed", sequence_number: 2, response },
  ];
  const stream = (model: string) => async (defaultHeaders: Record<string, string>) => {
    provider.says(events);
    const types: string[] = [];
    for await (const { type } of await gateway
      .openai({ defaultHeaders })
      .responses.create({ model, input: "Hello", stream: true })) {
      types.push(type);
    }
    expect(types).toEqual(events.map(({ type }) => type));
  };

  it("reaches the client as a stream, and is charged to the token where the answer is read", async () => {
    expect(await costOf("stream", "gpt-stream", stream("gpt-stream"))).toBe(20 * perInput + 5 * perOutput);
  });

  it("is estimated by the log, to which AI Gateway says nothing of its usage", async () => {
    const cost = await costOf("log", "gpt-log", stream("gpt-log"));
    expect(cost).toBeGreaterThan(0);
    expect(cost).toBeLessThan(200 * perInput + 100 * perOutput);
  });

  it.each([
    ["stream", "gpt-stream"],
    ["log", "gpt-log"],
  ])("is lost as a whole answer, which AI Gateway turns into 500: settled by %s", async (budget, model) => {
    const cost = await costOf(budget, model, async (defaultHeaders) => {
      provider.says(response);
      const call = gateway.openai({ defaultHeaders }).responses.create({ model, input: "Hello" });
      await expect(call).rejects.toThrow(InternalServerError);
    });
    expect(cost).toBe(0);
  });
});
