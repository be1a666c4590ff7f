import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { countTokens } from "../../cli/local/engine/tokens";
import { useBudgetGateway } from "./support/budgetGateway";
import { textOf } from "./support/cachedPrompts";

/** Claude Code on models of one's own: AI Gateway turns Anthropic's messages into chat completions, and answers back. */
const price = {
  usdPerMillionInputTokens: 2,
  usdPerMillionCachedInputTokens: 0.5,
  usdPerMillionOutputTokens: 8,
};
const [perInput, perRead, perOutput] = [2_000, 500, 8_000];
const own = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 512, price };
const each = { per: "user", trustClientHeaders: true, period: "year", limit: { usd: 100 } } as const;

const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: {
      "own-log": own,
      "own-stream": own,
      converse: {
        bedrock: { modelId: "us.anthropic.claude-v1:0", region: "us-west-2" },
        maxOutputTokens: 512,
        price: { ...price, usdPerMillionCacheWrite5mTokens: 2.5 },
      },
    },
    budgets: {
      log: { ...each, models: ["own-log"], settle: "log" },
      stream: { ...each, models: ["own-stream", "converse"] },
    },
  },
  { behaviours: { "own-log": { tokensPerSecond: 200 }, "own-stream": { tokensPerSecond: 200 } } },
);

const ways = [
  { budget: "log", model: "own-log" },
  { budget: "stream", model: "own-stream" },
] as const;

const tool = (name: string) => ({
  name,
  input_schema: { type: "object" as const, properties: { path: { type: "string" } }, required: ["path"] },
});
const tools = [tool("read_file"), tool("edit_file")];
const argumentsText = '{"path":"example"}';
const user = (content: Anthropic.MessageParam["content"]) => ({ role: "user" as const, content });

describe.each(ways)(
  "Anthropic's client on a model that speaks OpenAI's API, settled by $budget",
  ({ budget, model }) => {
    const clientOf = (name: string) => gateway.anthropic({ defaultHeaders: { "x-user": name } });
    const spent = async (name: string) =>
      (await gateway.settled(budget, { model, attributes: { user: name } })).used;
    const lastBody = () => gateway.engine(model).requests.at(-1)?.body ?? {};

    it("has its tools called, several at once, whole and as a stream, and is charged to the token", async () => {
      const client = clientOf("tools");
      const request = { model, max_tokens: 400, tools, messages: [user("read_file and edit_file")] };
      const called = ({ content }: Anthropic.Message) =>
        content.flatMap((block) => (block.type === "tool_use" ? [[block.name, block.input]] : []));
      const expected = [
        ["read_file", { path: "example" }],
        ["edit_file", { path: "example" }],
      ];
      const whole = await client.messages.create(request);
      expect(called(whole)).toEqual(expected);
      const streamed = await client.messages.stream(request).finalMessage();
      expect(called(streamed)).toEqual(expected);
      expect([whole, streamed].map(({ stop_reason }) => stop_reason)).toEqual(["tool_use", "tool_use"]);
      const results = whole.content.flatMap((block) =>
        block.type === "tool_use"
          ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "done" }]
          : [],
      );
      const messages = [
        ...request.messages,
        { role: "assistant" as const, content: whole.content },
        user(results),
      ];
      const last = await client.messages.stream({ ...request, messages }).finalMessage();
      expect(last.content[0]).toMatchObject({
        type: "text",
        text: expect.stringMatching(/^Simulated answer/),
      });
      expect((lastBody()["messages"] as object[]).slice(-2)).toEqual([
        { role: "tool", tool_call_id: results[0]?.tool_use_id, content: "done" },
        { role: "tool", tool_call_id: results[1]?.tool_use_id, content: "done" },
      ]);
      const definitions = lastBody()["tools"] as { function: object }[];
      const ofTools = definitions.reduce((sum, one) => sum + countTokens(JSON.stringify(one.function)), 0);
      const question = ofTools + countTokens("read_file and edit_file");
      const calls = countTokens(`read_file ${argumentsText}\nedit_file ${argumentsText}`);
      const input = 3 * question + calls + 2;
      const output = 4 * countTokens(argumentsText) + 16;
      expect(await spent("tools")).toBe(input * perInput + output * perOutput);
    });

    it("loses marks for a cache and tools of Anthropic's own, and is not told of its input in a stream", async () => {
      const mark = { cache_control: { type: "ephemeral" as const } };
      const answer = await clientOf("marks")
        .messages.stream({
          model,
          max_tokens: 5,
          system: [{ type: "text", text: "aaaa", ...mark }],
          tools: [
            { ...tool("read_file"), ...mark },
            { type: "web_search_20250305", name: "web_search" },
          ],
          messages: [user([{ type: "text", text: "Hello", ...mark }])],
        })
        .finalMessage();
      expect(JSON.stringify(lastBody())).not.toContain("cache_control");
      expect(JSON.stringify(lastBody())).not.toContain("web_search");
      expect(answer.usage).toMatchObject({ input_tokens: 0, output_tokens: 5 });
      const definition = (lastBody()["tools"] as { function: object }[]).map((one) =>
        JSON.stringify(one.function),
      );
      const input = countTokens(definition.join("")) + 3;
      expect(await spent("marks")).toBe(input * perInput + 5 * perOutput);
    });

    it("loses what the system says amid a conversation", async () => {
      const system = { role: "system" as const, content: "Be brief from now on." };
      const messages: Anthropic.MessageParam[] = [user("aaaa"), system, user("bbbb")];
      await clientOf("system").messages.create({ model, max_tokens: 5, messages });
      expect(lastBody()["messages"]).toEqual([
        { role: "user", content: "aaaa" },
        { role: "user", content: "bbbb" },
      ]);
    });

    it("pays the price of fresh input for cached input, which the translation does not tell", async () => {
      const letter = budget === "log" ? "x" : "y";
      const prompt = textOf(letter, 1_200);
      const chat = gateway.openai({ defaultHeaders: { "x-user": "cached" } });
      const asChat = () =>
        chat.chat.completions.create({ model, max_tokens: 3, messages: [{ role: "user", content: prompt }] });
      await asChat();
      const first = await spent("cached");
      expect(first).toBe(1_200 * perInput + 3 * perOutput);
      await asChat();
      const cached = 1_152 * perRead + 48 * perInput + 3 * perOutput;
      expect((await spent("cached")) - first).toBe(cached);
      const client = clientOf("uncached");
      const request = { model, max_tokens: 3, messages: [user(prompt)] };
      const whole = await client.messages.create(request);
      expect(whole.usage).toMatchObject({ input_tokens: 1_200, output_tokens: 3 });
      expect(whole.usage.cache_read_input_tokens ?? 0).toBe(0);
      expect(await spent("uncached")).toBe(first);
      await client.messages.stream(request).finalMessage();
      expect(await spent("uncached")).toBe(2 * first);
    });
  },
);

describe("a model behind Bedrock's Converse", () => {
  const model = "converse";
  const prompt = textOf("c", 1_100);
  const mark = { cache_control: { type: "ephemeral" as const } };
  const part = { type: "text" as const, text: prompt, ...mark };
  const spent = async (name: string) =>
    (await gateway.settled("stream", { model, attributes: { user: name } })).used;

  it("loses the marks of messages, so nothing is cached", async () => {
    const client = gateway.anthropic({ defaultHeaders: { "x-user": "messages" } });
    for (const times of [1, 2]) {
      await client.messages.create({ model, max_tokens: 5, messages: [user([part])] });
      expect(JSON.stringify(gateway.engine(model).requests.at(-1)?.body)).not.toContain("cachePoint");
      expect(await spent("messages")).toBe(times * (1_100 * perInput + 5 * perOutput));
    }
  });

  it("keeps those of a chat, and tells what was written and read", async () => {
    const client = gateway.openai({ defaultHeaders: { "x-user": "chat" } });
    const ask = () =>
      client.chat.completions.create({ model, max_tokens: 5, messages: [user([part])] as never });
    await ask();
    const written = 1_100 * 2_500 + 5 * perOutput;
    expect(await spent("chat")).toBe(written);
    expect((await ask()).usage?.prompt_tokens_details?.cached_tokens).toBe(1_100);
    expect((await spent("chat")) - written).toBe(1_100 * perRead + 5 * perOutput);
  });
});
