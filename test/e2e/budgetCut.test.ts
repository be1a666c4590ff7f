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

/** Asks for a stream, and hands on each piece of text until `take` says that it is enough. */
type Talk = (model: string, user: string, take: (text: string) => boolean) => Promise<void>;

const chat: Talk = async (model, user, take) => {
  const openai = gateway.openai({ defaultHeaders: { "x-user": user } });
  const prompt = [{ role: "user" as const, content: user }];
  const answer = await openai.chat.completions.create({ model, messages: prompt, stream: true });
  for await (const { choices } of answer) {
    if (take(choices[0]?.delta.content ?? "")) {
      return;
    }
  }
};

const messages: Talk = async (model, user, take) => {
  const anthropic = gateway.anthropic({ defaultHeaders: { "x-user": user } });
  const prompt = [{ role: "user" as const, content: user }];
  const asked = { model, max_tokens: maxOutputTokens, messages: prompt, stream: true } as const;
  for await (const event of await anthropic.messages.create(asked)) {
    if (take(event.type === "content_block_delta" && "text" in event.delta ? event.delta.text : "")) {
      return;
    }
  }
};

const talks = [
  { name: "chat completions", schema: "openai", talk: chat },
  { name: "messages", schema: "claude", talk: messages },
  { name: "messages of a backend that speaks OpenAI's schema", schema: "openai", talk: messages },
] as const;

/** Who ends a stream: the client once it has all, or amid of it; the provider. */
const cuts = {
  "client, at rest": { ending: "silence" },
  "client, amid of it": { ending: "silence", gapMs: 2 },
  provider: { ending: "cut", gapMs: 1 },
} as const satisfies Record<string, Pick<Script, "ending" | "gapMs">>;
type Cut = keyof typeof cuts;
const allCuts = Object.keys(cuts) as Cut[];
const languages = Object.keys(corpora);

interface Outcome {
  readonly language: string;
  readonly cut: Cut;
  /** True tokens of what the client received, and of what the engine had sent. */
  readonly received: number;
  readonly sent: number;
  readonly charged: number;
}

function trueCount(text: string): number {
  return encoding.encode(text, [], []).length;
}

/** Streams a text and cuts it; answers all but what was charged. */
async function cutStream(model: string, talk: Talk, language: string, cut: Cut, most: number, seed: number) {
  const random = randomFrom(seed);
  const user = randomUUID();
  const tokens = tokensFrom(encoding, corpora[language] ?? "", most === 1 ? 300 : 800, random);
  const deltas = deltasOf(encoding, tokens, most, random);
  engine.tell(user, { deltas, tokens: tokens.length, ...cuts[cut] });
  const enough = deltas.join("").length * (cut === "client, amid of it" ? 0.6 : 1);
  let text = "";
  const talked = talk(model, user, (piece) => {
    text += piece;
    return cut !== "provider" && text.length >= enough;
  });
  // What breaks is no end to the SDKs; they say so.
  await (cut === "provider" ? expect(talked).rejects.toThrow() : talked);
  const sent = deltas.slice(0, engine.delivery(user).deltas).join("");
  return { user, language, cut, received: trueCount(text), sent: trueCount(sent) };
}

/** So many streams of each language and way to end, and what they were charged. */
async function cutStreams(model: string, talk: Talk, most: number, count: number): Promise<Outcome[]> {
  const streams: Awaited<ReturnType<typeof cutStream>>[] = [];
  for (const cut of allCuts) {
    const running = languages.flatMap((language) =>
      Array.from({ length: count }, (_, at) => cutStream(model, talk, language, cut, most, 100 * most + at)),
    );
    streams.push(...(await Promise.all(running)));
  }
  const budget = model.startsWith("log") ? "log" : "stream";
  await gateway.settled(budget, { model });
  const charged = streams.map(async ({ user, ...stream }) => {
    const { used } = await gateway.standing(budget, { model, attributes: { user } });
    return { ...stream, charged: used };
  });
  return Promise.all(charged);
}

/** Complete answers, to learn from. */
async function learn(model: string, most: number, rounds: number): Promise<void> {
  const random = randomFrom(most);
  for (let round = 0; round < rounds; round += 1) {
    const answers = Object.values(corpora).map(async (text) => {
      const user = randomUUID();
      const tokens = tokensFrom(encoding, text, 50 + Math.floor(random() * 800), random);
      const deltas = deltasOf(encoding, tokens, most, random);
      engine.tell(user, { deltas, tokens: tokens.length, ending: "whole" });
      await chat(model, user, () => false);
    });
    await Promise.all(answers);
  }
}

/** Relative to what came: less than the client has, or more than the engine sent. */
function errorOf({ charged, received, sent }: Outcome): number {
  if (charged < received) {
    return charged / received - 1;
  }
  return charged > sent ? charged / sent - 1 : 0;
}

const isBeyond = (limit: number) => (outcome: Outcome) => Math.abs(errorOf(outcome)) > limit;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a stream that was cut, settled by the answer", () => {
  it.each(talks)("is charged within 5 % of what came: $name", async ({ schema, talk }) => {
    const outcomes = await cutStreams(`stream-${schema}`, talk, 1, 1);
    expect(outcomes).toHaveLength(languages.length * allCuts.length);
    expect(outcomes.filter(isBeyond(0.05))).toEqual([]);
    // What rested when it was cut leaves no doubt about what came.
    const resting = outcomes.filter(({ cut }) => cut === "client, at rest");
    expect(resting.every(({ received, sent }) => received === sent && received > 250)).toBe(true);
    const amid = outcomes.filter(({ cut }) => cut === "client, amid of it");
    expect(amid.every(({ received, sent }) => received < 250 && sent < 290)).toBe(true);
  });

  it("is charged so by an engine that sends several tokens at a time, once its answers are known", async () => {
    await learn("stream-several", 5, 40);
    const outcomes = await cutStreams("stream-several", chat, 5, 2);
    for (const language of languages) {
      const errors = outcomes.filter((outcome) => outcome.language === language).map(errorOf);
      expect(errors).toHaveLength(2 * allCuts.length);
      expect(Math.abs(mean(errors)), language).toBeLessThan(0.05);
    }
    // Single texts spread: few are further off than 5 %, and none by much.
    expect(outcomes.filter(isBeyond(0.05)).length).toBeLessThanOrEqual(outcomes.length / 10);
    expect(outcomes.filter(isBeyond(0.15))).toEqual([]);
  });
});

describe("a stream that was cut, settled by the log", () => {
  it.each(talks)(
    "is charged no less than what came, and no more than it may cost, while nothing is known: $name",
    async ({ schema, talk }) => {
      const outcomes = await cutStreams(`log-${schema}`, talk, 1, 1);
      expect(outcomes).toHaveLength(languages.length * allCuts.length);
      expect(outcomes.every(({ received }) => received > 100)).toBe(true);
      expect(
        outcomes.filter(({ charged, received }) => charged < received || charged > maxOutputTokens),
      ).toEqual([]);
    },
  );

  it("is charged by its bytes, on the careful side, once 20 answers are known", async () => {
    await learn("log-openai", 1, 5);
    await gateway.settled("log", { model: "log-openai" });
    const outcomes = await cutStreams("log-openai", chat, 1, 1);
    expect(outcomes.filter(({ charged, received }) => charged < received)).toEqual([]);
    expect(outcomes.filter(({ charged, sent }) => charged > sent * 1.25)).toEqual([]);
  });
});

describe("a stream that was cut before its first token", () => {
  it("is charged no output", async () => {
    const user = randomUUID();
    engine.tell(user, { deltas: [], tokens: 0, ending: "silence" });
    const model = "stream-openai";
    await chat(model, user, (text) => text === "");
    expect((await gateway.settled("stream", { model, attributes: { user } })).used).toBe(0);
  });
});
