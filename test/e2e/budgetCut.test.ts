import { randomUUID } from "node:crypto";
import type { Tiktoken } from "js-tiktoken" with { "resolution-mode": "import" };
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bpeEncoding, corpora, deltasOf, tokensFrom } from "../support/bpeTexts";
import { randomFrom } from "../support/randomFrom";
import { useBudgetGateway } from "./support/budgetGateway";
import { type Script, TextEngine } from "./support/textEngine";

const maxTokens = 1_000;
const delivered = 400;
const each = { per: "user", trustClientHeaders: true, period: "year" } as const;
const model = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: maxTokens };
/** Of `bundled` the engine sends several tokens in a frame. */
const kinds = ["read", "bundled", "logged"] as const;
type Kind = (typeof kinds)[number];
const upstreams: Record<string, string> = {};
const random = randomFrom(5);
const languages = Object.entries(corpora);

let engine: TextEngine;
let encoding: Tiktoken;
beforeAll(async () => {
  engine = await TextEngine.start();
  encoding = await bpeEncoding();
  for (const kind of kinds) {
    upstreams[kind] = engine.url;
  }
});
afterAll(() => engine.stop());

const gateway = useBudgetGateway(
  {
    access: { clientHeaders: { user: "x-user" } },
    models: { read: model, bundled: model, logged: model },
    budgets: {
      read: { ...each, models: ["read"], limit: { outputTokens: 1_000_000 }, settle: "stream" },
      bundled: { ...each, models: ["bundled"], limit: { outputTokens: 1_000_000 }, settle: "stream" },
      logged: { ...each, models: ["logged"], limit: { outputTokens: 1_000_000 }, settle: "log" },
    },
  },
  { upstreams },
);

interface Stream {
  readonly path?: string;
  readonly end: Script["end"];
}

/** Streams so many tokens of a text to the end that is asked for, and answers what it was charged. */
async function charge(kind: Kind, text: string, count: number, stream: Stream): Promise<number> {
  const { end, path = "/v1/chat/completions" } = stream;
  const user = randomUUID();
  const tokens = tokensFrom(encoding, text, count, random);
  const deltas = deltasOf(encoding, tokens, kind === "bundled" ? 4 : 1, random);
  engine.answerTo(user, { deltas, tokens: tokens.length, end });
  const abort = new AbortController();
  const answer = await fetch(`${gateway.baseUrl}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-user": user },
    body: JSON.stringify({
      ...{ model: kind, max_tokens: maxTokens, stream: true },
      messages: [{ role: "user", content: user }],
    }),
    signal: abort.signal,
  });
  let body = "";
  try {
    for await (const chunk of answer.body ?? []) {
      body += Buffer.from(chunk).toString("latin1");
      if (end === "open" && (body.match(/"(?:content|text)":"(?!")/g)?.length ?? 0) >= deltas.length) {
        abort.abort();
      }
    }
  } catch {
    // It was cut, by us or by the engine.
  }
  expect(answer.status).toBe(200);
  return (await gateway.settled(kind, { model: kind, attributes: { user } })).used;
}

/** Charged of what was delivered. */
async function shares(kind: Kind, text: string, count: number, stream: Stream): Promise<number[]> {
  const charged = await Promise.all(Array.from({ length: 6 }, () => charge(kind, text, count, stream)));
  return charged.map((tokens) => tokens / count);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("a stream that the client cuts, settled by log before anything is known of the model", () => {
  it.each(languages)("is charged something, and no more than it may cost: %s", async (_, text) => {
    for (const share of await shares("logged", text, delivered, { end: "open" })) {
      expect(share).toBeGreaterThan(0.9);
      expect(share).toBeLessThanOrEqual(maxTokens / delivered);
    }
  });
});

describe("once complete streams have taught how long tokens are", () => {
  beforeAll(async () => {
    for (let round = 0; round < 6; round += 1) {
      for (const kind of kinds) {
        const all = languages.map(([, text]) => charge(kind, text, 200 + 30 * round, { end: "complete" }));
        expect(await Promise.all(all)).toEqual(languages.map(() => 200 + 30 * round));
      }
    }
  });

  describe.each(["open", "cut"] as const)("and a stream is cut by its client or engine (%s)", (end) => {
    it.each(languages)("what is read is charged within 5 %: %s", async (_, text) => {
      for (const share of await shares("read", text, delivered, { end })) {
        expect(Math.abs(share - 1)).toBeLessThan(0.05);
      }
    });

    it.each(languages)("with several tokens in a frame within 5 % in the mean: %s", async (_, text) => {
      const all = await shares("bundled", text, delivered, { end });
      expect(Math.abs(mean(all) - 1)).toBeLessThan(0.05);
    });

    it.each(languages)("what is logged is never charged nothing, nor beyond its cap: %s", async (_, text) => {
      for (const share of await shares("logged", text, delivered, { end })) {
        expect(share).toBeGreaterThan(0.75);
        expect(share).toBeLessThan(2);
      }
    });
  });

  it("a stream in Anthropic's schema is charged within 5 %, too", async () => {
    const stream = { end: "open", path: "/anthropic/v1/messages" } as const;
    for (const [, text] of languages) {
      for (const share of await shares("read", text, delivered, stream)) {
        expect(Math.abs(share - 1)).toBeLessThan(0.05);
      }
    }
  });
});
