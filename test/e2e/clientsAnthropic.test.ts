import type Anthropic from "@anthropic-ai/sdk";
import { APIUserAbortError, BadRequestError, NotFoundError, RateLimitError } from "@anthropic-ai/sdk";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { countTokens } from "../../cli/local/engine/tokens";
import { localApiKey } from "../../components/budgets/localAccess";
import { useBudgetGateway } from "./support/budgetGateway";
import {
  anthropicPrice,
  type Classes,
  costOf,
  definitionTokens,
  perToken,
  sumOf,
  textOf,
} from "./support/cachedPrompts";

const { usdPerMillionCacheWrite1hTokens: _, ...logPrice } = anthropicPrice;
const claude = { anthropic: { secretName: "key" }, upstreamName: "claude-upstream", maxOutputTokens: 4_096 };
const bedrock = { bedrockAnthropic: { modelId: "anthropic.claude-v1:0", region: "us-west-2" } };
/** Each has a key, and counters of its own. */
const teams = [
  ...["session-log", "session-stream", "session-bedrock", "hours", "headers", "bearer"],
  ...["abort-log", "abort-stream", "spender", "saver", "counting", "refused"],
] as const;
type Team = (typeof teams)[number];
const perTeam = { per: "team", period: "year" } as const;

const gateway = useBudgetGateway(
  {
    access: {
      apiKeys: Object.fromEntries(teams.map((team) => [team, { key: pulumi.secret(team), team }])),
    },
    models: {
      // The log does not say how long a cache keeps what is written to it, so this price does not tell it apart.
      "claude-log": { ...claude, price: logPrice },
      "claude-stream": { ...claude, price: anthropicPrice },
      "claude-bedrock": { ...bedrock, maxOutputTokens: 4_096, price: anthropicPrice },
      "claude-slow-log": { ...claude, price: logPrice },
      "claude-slow-stream": { ...claude, price: anthropicPrice },
      "claude-little": { ...claude, price: anthropicPrice },
    },
    budgets: {
      log: { ...perTeam, models: ["claude-log", "claude-slow-log"], limit: { usd: 100 }, settle: "log" },
      stream: {
        ...perTeam,
        models: ["claude-stream", "claude-bedrock", "claude-slow-stream"],
        limit: { usd: 100 },
      },
      little: { ...perTeam, models: ["claude-little"], limit: { usd: 0.02 }, hold: "strict" },
    },
  },
  {
    behaviours: {
      "claude-log": { tokensPerSecond: 200 },
      "claude-stream": { tokensPerSecond: 200 },
      "claude-bedrock": { tokensPerSecond: 200 },
      "claude-slow-log": { tokensPerSecond: 20, answerTokens: 400 },
      "claude-slow-stream": { tokensPerSecond: 20, answerTokens: 400 },
    },
  },
);

/** As Claude Code calls: with the key as it is set there, and headers of its own. */
const claudeCodeHeaders = {
  "anthropic-version": "2023-06-01",
  "user-agent": "claude-cli/2.1.185 (external, cli)",
  "x-app": "cli",
  "x-claude-code-session-id": "8d9a1a52-0b7e-4a53-9d2c-0f6f1f3c5d11",
};
const betas = ["claude-code-20250219", "interleaved-thinking-2025-05-14", "extended-cache-ttl-2025-04-11"];

const clientOf = (team: Team) => gateway.anthropic({ apiKey: localApiKey(team) });
const spent = async (budget: string, model: string, team: Team) =>
  (await gateway.settled(budget, { model, attributes: { team, key: team } })).used;

const readFile = {
  name: "read_file",
  description: "Reads a file.",
  input_schema: { type: "object" as const, properties: { path: { type: "string" } }, required: ["path"] },
};
const editFile = { ...readFile, name: "edit_file", description: "Changes a file." };
const tools = [readFile, editFile];
const callText = 'read_file {"path":"example"}';
const callOutput = countTokens('{"path":"example"}');

type Time = "5m" | "1h";
const mark = (ttl: Time) => ({ cache_control: { type: "ephemeral" as const, ttl } });
const text = (words: string) => ({ type: "text" as const, text: words });

function usedBy({ usage }: Pick<Anthropic.Message, "usage"> | Anthropic.Beta.BetaMessage): Classes {
  return {
    input: usage.input_tokens,
    read: usage.cache_read_input_tokens ?? 0,
    written5m: usage.cache_creation?.ephemeral_5m_input_tokens ?? 0,
    written1h: usage.cache_creation?.ephemeral_1h_input_tokens ?? 0,
    output: usage.output_tokens,
  };
}

/** A letter that no other session begins its instructions with, so that the engine's cache knows nothing of them. */
let sessions = 0;
const nextLetter = () => String.fromCharCode("a".charCodeAt(0) + sessions++);

/**
 * Four turns with tools, of which the last one has no mark at its end. Answers what each used, after it was compared
 * with what it should be, to the token.
 */
async function session(client: Anthropic, model: string, ttl: Time): Promise<readonly Classes[]> {
  const instructions = textOf(nextLetter(), 1_100);
  const system = [{ ...text(instructions), ...mark(ttl) }];
  const ask = async (messages: Anthropic.Beta.BetaMessageParam[]) => {
    const stream = client.beta.messages.stream(
      { model, max_tokens: 1_000, system, tools, messages, betas },
      { headers: claudeCodeHeaders },
    );
    return stream.finalMessage();
  };
  const begin = definitionTokens(tools) + 1_100;
  const [question, result, thanks, last] = [
    "Use read_file please.",
    "These are lines.",
    "Thank you.",
    "Bye.",
  ];
  const sizes = [question, callText, result, thanks, last].map(countTokens);
  const [ofQuestion = 0, ofCall = 0, ofResult = 0, ofThanks = 0, ofLast = 0] = sizes;
  const user = (content: Anthropic.Beta.BetaContentBlockParam) => ({
    role: "user" as const,
    content: [content],
  });

  const first = await ask([user({ ...text(question), ...mark("5m") })]);
  const call = first.content.find((block) => block.type === "tool_use");
  expect(first.stop_reason).toBe("tool_use");
  expect(call).toMatchObject({ name: "read_file", input: { path: "example" } });

  const answered = { type: "tool_result" as const, tool_use_id: call?.id ?? "", content: result };
  const called = [user(text(question)), { role: "assistant" as const, content: first.content }];
  const second = await ask([...called, user({ ...answered, ...mark("5m") })]);
  expect(second.stop_reason).toBe("end_turn");
  expect(second.content[0]).toMatchObject({ type: "text", text: expect.stringMatching(/^Simulated answer/) });

  const told = [...called, user(answered), { role: "assistant" as const, content: second.content }];
  const third = await ask([...told, user({ ...text(thanks), ...mark("5m") })]);
  const fourth = await ask([user(text(question)), user(text(last))]);

  const written = { written5m: ttl === "5m" ? begin : 0, written1h: ttl === "1h" ? begin : 0 };
  const none = { input: 0, read: 0, written5m: 0, written1h: 0, output: 16 };
  const known = begin + ofQuestion;
  const expected: readonly Classes[] = [
    { ...none, ...written, written5m: written.written5m + ofQuestion, output: callOutput },
    { ...none, read: known, written5m: ofCall + ofResult },
    { ...none, read: known + ofCall + ofResult, written5m: 16 + ofThanks },
    { ...none, read: begin, input: ofQuestion + ofLast },
  ];
  expect([first, second, third, fourth].map(usedBy)).toEqual(expected);
  return expected;
}

describe("a session as Claude Code has it, with tools and a cache", () => {
  it("is charged by class, to the token, settled by the log", async () => {
    const used = await session(clientOf("session-log"), "claude-log", "5m");
    expect(await spent("log", "claude-log", "session-log")).toBe(costOf(sumOf(used)));
  });

  it.each(["5m", "1h"] as const)(
    "is charged by class, to the token, by the answer as it passes (%s)",
    async (ttl) => {
      const before = await spent("stream", "claude-stream", "session-stream");
      const used = await session(clientOf("session-stream"), "claude-stream", ttl);
      const cost = costOf(sumOf(used));
      expect(cost).toBeGreaterThan(0);
      expect((await spent("stream", "claude-stream", "session-stream")) - before).toBe(cost);
    },
  );

  it("is charged in the same way where Claude runs on Bedrock", async () => {
    const used = await session(clientOf("session-bedrock"), "claude-bedrock", "1h");
    expect(await spent("stream", "claude-bedrock", "session-bedrock")).toBe(costOf(sumOf(used)));
    // Bedrock knows no header of betas: they stand in the body.
    expect(gateway.engine("claude-bedrock").requests.at(-1)?.body).toMatchObject({ anthropic_beta: betas });
  });

  it("is charged by class in whole answers, too, of which some is kept for an hour and some for minutes", async () => {
    const client = clientOf("hours");
    const system = [
      { ...text(textOf(nextLetter(), 1_100)), ...mark("1h") },
      { ...text(textOf("x", 50)), ...mark("5m") },
    ];
    const request = { model: "claude-stream", max_tokens: 7, system };
    const messages = [{ role: "user" as const, content: "Hello" }];
    const first = await client.messages.create({ ...request, messages });
    expect(usedBy(first)).toEqual({ input: 2, read: 0, written5m: 50, written1h: 1_100, output: 7 });
    const second = await client.messages.create({ ...request, messages });
    expect(usedBy(second)).toEqual({ input: 2, read: 1_150, written5m: 0, written1h: 0, output: 7 });
    const cost = costOf(sumOf([first, second].map(usedBy)));
    expect(await spent("stream", "claude-stream", "hours")).toBe(cost);
  });
});

describe("what a client sends beside the messages", () => {
  it("reaches the provider, save for its key and what stands behind the path", async () => {
    const client = clientOf("headers");
    await client.beta.messages.create(
      {
        model: "claude-stream",
        max_tokens: 5,
        messages: [{ role: "user", content: "Hello" }],
        betas,
        metadata: { user_id: "user_1" },
        thinking: { type: "disabled" },
        tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 1 }],
      },
      { headers: claudeCodeHeaders },
    );
    const seen = gateway.engine("claude-stream").requests.at(-1);
    expect(seen?.headers).toMatchObject({
      ...claudeCodeHeaders,
      "anthropic-beta": betas.join(","),
      "x-api-key": "simulated-key",
    });
    expect(JSON.stringify(seen?.headers)).not.toContain(localApiKey("headers"));
    expect(seen?.headers.authorization).toBeUndefined();
    // The SDK asks for `/v1/messages?beta=true`; AI Gateway writes the path anew, and betas are known by their header.
    expect(seen?.path).toBe("/v1/messages");
    expect(seen?.body).toEqual({
      model: "claude-upstream",
      max_tokens: 5,
      messages: [{ role: "user", content: "Hello" }],
      metadata: { user_id: "user_1" },
      thinking: { type: "disabled" },
      tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 1 }],
    });
  });

  it("may have its key as a bearer token, as ANTHROPIC_AUTH_TOKEN gives it", async () => {
    const client = gateway.anthropic({ apiKey: null, authToken: localApiKey("bearer") });
    const request = {
      model: "claude-stream",
      max_tokens: 5,
      messages: [{ role: "user" as const, content: "Hi" }],
    };
    expect((await client.messages.create(request)).usage).toMatchObject({
      input_tokens: 1,
      output_tokens: 5,
    });
    const seen = gateway.engine("claude-stream").requests.at(-1);
    expect(JSON.stringify(seen?.headers)).not.toContain(localApiKey("bearer"));
    expect(seen?.headers["x-api-key"]).toBe("simulated-key");
    expect(await spent("stream", "claude-stream", "bearer")).toBe(1 * perToken.input + 5 * perToken.output);
  });
});

describe("a stream that the client gives up", () => {
  it.each([
    ["log", "claude-slow-log", "abort-log"],
    ["stream", "claude-slow-stream", "abort-stream"],
  ] as const)("is charged what came, and nothing stays held, settled by %s", async (budget, model, team) => {
    const request = {
      model,
      max_tokens: 400,
      system: [{ ...text(textOf(nextLetter(), 1_100)), ...mark("5m") }],
      messages: [{ role: "user" as const, content: "Hello" }],
    };
    const stream = clientOf(team).messages.stream(request);
    let pieces = 0;
    stream.on("text", () => {
      pieces += 1;
      if (pieces === 20) {
        stream.abort();
      }
    });
    await expect(stream.finalMessage()).rejects.toThrow(APIUserAbortError);
    const used = await spent(budget, model, team);
    if (budget === "stream") {
      // The beginning of the stream tells the input and its classes; the output is estimated from the text that came.
      const input = 2 * perToken.input + 1_100 * perToken.written5m;
      const output = (used - input) / perToken.output;
      expect(Number.isInteger(output)).toBe(true);
      expect(output).toBeGreaterThanOrEqual(10);
      expect(output).toBeLessThanOrEqual(60);
    } else {
      // The log of a stream that was cut has no tokens: all of it is an estimate, and never nothing.
      expect(used).toBeGreaterThan(1_000 * perToken.read);
      expect(used).toBeLessThan(costOf({ input: 4_000, read: 0, written5m: 0, written1h: 0, output: 400 }));
    }
  });
});

describe("at the limit of a budget of dollars", () => {
  it("the SDK gets its rate limit error, does not try again, and other teams go on", async () => {
    const call = (team: Team) =>
      gateway
        .anthropic({ apiKey: localApiKey(team), maxRetries: 2 })
        .messages.stream({
          model: "claude-little",
          max_tokens: 100,
          tools,
          system: [{ ...text(textOf("l", 1_100)), ...mark("5m") }],
          messages: [{ role: "user", content: "Hello" }],
        })
        .finalMessage();
    const answers: Classes[] = [];
    let error: unknown;
    while (error === undefined && answers.length < 100) {
      await call("spender").then(
        (message) => answers.push(usedBy(message)),
        (reason: unknown) => {
          error = reason;
        },
      );
    }
    expect(answers.length).toBeGreaterThan(0);
    expect(error).toBeInstanceOf(RateLimitError);
    const { headers, error: body } = error as RateLimitError;
    expect(body).toMatchObject({
      type: "error",
      error: {
        type: "rate_limit_error",
        message: expect.stringMatching(/^Budget "little" allows \$0\.02 per year: /),
      },
    });
    expect(Object.fromEntries(headers ?? [])).toMatchObject({
      "content-type": "application/json",
      "x-should-retry": "false",
      "x-budget-name": "little",
    });
    const used = await spent("little", "claude-little", "spender");
    expect(used).toBe(costOf(sumOf(answers)));
    expect(used).toBeLessThanOrEqual(20_000_000);
    const before = gateway.engine("claude-little").requestCount;
    await expect(call("spender")).rejects.toThrow(RateLimitError);
    expect(gateway.engine("claude-little").requestCount).toBe(before);
    expect((await call("saver")).stop_reason).toBe("end_turn");
  });
});

describe("what is no message", () => {
  it("count_tokens is not found, which costs nothing and reaches nobody (AI Gateway 1.1 knows it)", async () => {
    const before = gateway.engine("claude-stream").requestCount;
    const client = clientOf("counting");
    const request = {
      model: "claude-stream",
      tools,
      messages: [{ role: "user" as const, content: "Hello" }],
    };
    await expect(client.messages.countTokens(request)).rejects.toThrow(NotFoundError);
    await expect(client.beta.messages.countTokens({ ...request, betas })).rejects.toThrow(NotFoundError);
    expect(gateway.engine("claude-stream").requestCount).toBe(before);
    expect(await spent("stream", "claude-stream", "counting")).toBe(0);
  });

  it("what the provider refuses comes back as it is, and costs nothing", async () => {
    const system = Array.from({ length: 5 }, () => ({ ...text("x"), ...mark("5m") }));
    const call = clientOf("refused").messages.create({
      model: "claude-stream",
      max_tokens: 5,
      system,
      messages: [{ role: "user", content: "Hello" }],
    });
    await expect(call).rejects.toThrow(BadRequestError);
    await expect(call).rejects.toThrow(/A maximum of 4 blocks with cache_control/);
    expect(await spent("stream", "claude-stream", "refused")).toBe(0);
  });
});
