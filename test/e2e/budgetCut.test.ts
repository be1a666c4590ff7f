import { randomUUID } from "node:crypto";
import type { Tiktoken } from "js-tiktoken" with { "resolution-mode": "import" };
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../components/budgets/budgetArgs";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { bpeEncoding, corpora, deltasOf, tokensFrom } from "../support/bpeTexts";
import { randomFrom } from "../support/randomFrom";
import { useBudgetGateway } from "./support/budgetGateway";
import { type Script, ScriptedEngine } from "./support/scriptedEngine";

const maxOutputTokens = 2_000;
const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens };
const claude = { anthropic: { secretName: "key" }, maxOutputTokens };

const models: ModelGatewayArgs["models"] = {
  ...{ "stream-openai": vllm, "stream-claude": claude, "stream-several": vllm },
  ...{ "log-openai": vllm, "log-claude": claude },
};

function outputOf(settle: "log" | "stream"): BudgetArgs {
  const counted = Object.keys(models).filter((model) => model.startsWith(settle));
  const each = { per: "user", trustClientHeaders: true, period: "year" } as const;
  return { ...each, models: counted, settle, limit: { outputTokens: 1_000_000_000 } };
}

let engine: ScriptedEngine;
const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models,
    budgets: { log: outputOf("log"), stream: outputOf("stream") },
  },
  {
    async ownEngines() {
      engine = await ScriptedEngine.start();
      return Object.fromEntries(Object.keys(models).map((model) => [model, engine.url]));
    },
  },
);
afterAll(() => engine.stop());

let encoding: Tiktoken;
beforeAll(async () => {
  encoding = await bpeEncoding();
});

/** A way to ask for a stream: calls `take` with each piece of text until that says that it is enough. */
type Talk = (model: string, user: string, take: (text: string) => boolean) => Promise<void>;

const chat: Talk = async (model, user, take) => {
  const openai = gateway.openai({ defaultHeaders: { "x-user": user } });
  const messages = [{ role: "user" as const, content: user }];
  for await (const { choices } of await openai.chat.completions.create({ model, messages, stream: true })) {
    if (take(choices[0]?.delta.content ?? "")) {
      return;
    }
  }
};

const messages: Talk = async (model, user, take) => {
  const anthropic = gateway.anthropic({ defaultHeaders: { "x-user": user } });
  const asked = { model, max_tokens: maxOutputTokens, messages: [{ role: "user" as const, content: user }] };
  for await (const event of await anthropic.messages.create({ ...asked, stream: true })) {
    const text = event.type === "content_block_delta" && "text" in event.delta ? event.delta.text : "";
    if (take(text)) {
      return;
    }
  }
};

/** Who ends a stream: the client once it has all, or amid of it; the provider. */
const cuts = {
  "client, at rest": { then: "silence" },
  "client, amid of it": { then: "silence", gapMs: 2 },
  provider: { then: "cut" },
} as const satisfies Record<string, Partial<Script>>;
type Cut = keyof typeof cuts;

interface Outcome {
  readonly language: string;
  readonly cut: Cut;
  /** True tokens of what the client received, and of what the engine had sent. */
  readonly received: number;
  readonly sent: number;
  charged: number;
}

const trueCount = (text: string) => encoding.encode(text, [], []).length;

/** Streams a text and cuts it; what it is charged is found out later. */
async function cutStream(model: string, talk: Talk, language: string, cut: Cut, most: number, seed: number) {
  const random = randomFrom(seed);
  const user = randomUUID();
  const tokens = tokensFrom(encoding, corpora[language] ?? "", most === 1 ? 300 : 800, random);
  const deltas = deltasOf(encoding, tokens, most, random);
  engine.tell(user, { deltas, tokens: tokens.length, ...cuts[cut] });
  const length = deltas.join("").length * (cut === "client, amid of it" ? 0.6 : 1);
  let text = "";
  const talked = talk(model, user, (piece) => {
    text += piece;
    return cut !== "provider" && text.length >= length;
  });
  if (cut === "provider") {
    // The SDKs see a connection that broke, not an answer that ended.
    await expect(talked).rejects.toThrow();
  }
  await talked.catch(() => {});
  const sent = deltas.slice(0, engine.delivery(user).deltas).join("");
  return { user, language, cut, received: trueCount(text), sent: trueCount(sent), charged: 0 };
}

/** A few streams of each language and way to end, and what they were charged. */
async function cutStreams(model: string, talk: Talk, most: number, count: number): Promise<Outcome[]> {
  const outcomes: (Outcome & { readonly user: string })[] = [];
  for (const cut of Object.keys(cuts) as Cut[]) {
    for (const language of Object.keys(corpora)) {
      const streams = Array.from({ length: count }, (_, at) =>
        cutStream(model, talk, language, cut, most, 100 * most + at),
      );
      outcomes.push(...(await Promise.all(streams)));
    }
  }
  const budget = model.startsWith("log") ? "log" : "stream";
  await gateway.settled(budget, { model });
  for (const outcome of outcomes) {
    const { used } = await gateway.standing(budget, { model, attributes: { user: outcome.user } });
    outcome.charged = used;
  }
  return outcomes.map(({ user: _, ...outcome }) => outcome);
}

/** Complete answers, to learn from. */
async function learn(model: string, most: number, rounds: number): Promise<void> {
  const random = randomFrom(most);
  for (let round = 0; round < rounds; round += 1) {
    const answers = Object.values(corpora).map(async (text) => {
      const user = randomUUID();
      const tokens = tokensFrom(encoding, text, 50 + Math.floor(random() * 800), random);
      const deltas = deltasOf(encoding, tokens, most, random);
      engine.tell(user, { deltas, tokens: tokens.length, then: "whole" });
      await chat(model, user, () => false);
    });
    await Promise.all(answers);
  }
}

/** Relative to what came: below what the client has, or above what the engine sent. */
function errorOf({ charged, received, sent }: Outcome): number {
  if (charged < received) {
    return charged / received - 1;
  }
  return charged > sent ? charged / sent - 1 : 0;
}

const isBeyond = (limit: number) => (outcome: Outcome) => Math.abs(errorOf(outcome)) > limit;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const talks = [
  { name: "chat completions", schema: "openai", talk: chat },
  { name: "messages", schema: "claude", talk: messages },
  { name: "messages of a backend that speaks OpenAI's schema", schema: "openai", talk: messages },
] as const;

describe("a stream that was cut, settled by the answer", () => {
  it.each(talks)("is charged within 5 % of what came: $name", async ({ schema, talk }) => {
    const outcomes = await cutStreams(`stream-${schema}`, talk, 1, 1);
    expect(outcomes).toHaveLength(18);
    expect(outcomes.filter(isBeyond(0.05))).toEqual([]);
    // What rested when it was cut leaves no doubt about what came.
    const resting = outcomes.filter(({ cut }) => cut === "client, at rest");
    expect(resting.every(({ received, sent }) => received === sent && received > 250)).toBe(true);
    const amid = outcomes.filter(({ cut }) => cut === "client, amid of it");
    expect(amid.every(({ received, charged }) => received < 250 && charged < 300)).toBe(true);
  });

  it("is charged so by an engine that sends several tokens at a time, once its answers are known", async () => {
    await learn("stream-several", 5, 40);
    const outcomes = await cutStreams("stream-several", chat, 5, 3);
    for (const language of Object.keys(corpora)) {
      const errors = outcomes.filter((outcome) => outcome.language === language).map(errorOf);
      expect(errors).toHaveLength(9);
      expect(Math.abs(mean(errors)), language).toBeLessThan(0.05);
    }
    // The spread of single texts: few are further off than 5 %, and none by much.
    expect(outcomes.filter(isBeyond(0.05)).length).toBeLessThanOrEqual(outcomes.length / 10);
    expect(outcomes.filter(isBeyond(0.15))).toEqual([]);
  });
});

describe("a stream that was cut, settled by the log", () => {
  it("is charged no less than what came and no more than it may hold, while nothing is known", async () => {
    for (const { schema, talk } of talks) {
      const outcomes = await cutStreams(`log-${schema}`, talk, 1, 1);
      expect(outcomes).toHaveLength(18);
      expect(
        outcomes.filter(({ charged, received }) => charged < received || charged > maxOutputTokens),
      ).toEqual([]);
    }
  });

  it("is charged by its bytes, with a careful margin, once answers are known", async () => {
    await learn("log-openai", 1, 6);
    const outcomes = await cutStreams("log-openai", chat, 1, 1);
    expect(outcomes.filter(({ charged, received }) => charged < received * 0.95)).toEqual([]);
    expect(outcomes.filter(({ charged, sent }) => charged > sent * 1.5)).toEqual([]);
  });
});

describe("a stream that was cut before its first token", () => {
  it.each(["stream-openai", "log-openai"])("is charged nothing for output: %s", async (model) => {
    const user = randomUUID();
    engine.tell(user, { deltas: [], tokens: 0, then: "cut" });
    await expect(chat(model, user, () => false)).rejects.toThrow();
    const budget = model.startsWith("log") ? "log" : "stream";
    const { used } = await gateway.settled(budget, { model, attributes: { user } });
    // By the log a role without text is bytes like others.
    expect(used).toBeLessThanOrEqual(model.startsWith("log") ? 10 : 0);
  });
});
