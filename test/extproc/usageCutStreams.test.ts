import type { Tiktoken } from "js-tiktoken" with { "resolution-mode": "import" };
import { beforeAll, describe, expect, it } from "vitest";
import { Endpoint } from "../../extproc/usage/endpoint";
import { ResponseReader } from "../../extproc/usage/responseReader";
import { learnFrom, settleUsage } from "../../extproc/usage/settleUsage";
import { TokenEstimator } from "../../extproc/usage/tokenEstimator";
import { outputTokensOf } from "../../extproc/usage/usage";
import { bpeEncoding, corpora, deltasOf, tokensFrom } from "../support/bpeTexts";
import { randomFrom } from "../support/randomFrom";

let encoding: Tiktoken;
beforeAll(async () => {
  encoding = await bpeEncoding();
});

type Dialect = (delta: string) => object;
const chat: Dialect = (content) => ({ choices: [{ index: 0, delta: { content } }] });
const reasoning: Dialect = (text) => ({ choices: [{ index: 0, delta: { reasoning_content: text } }] });
const toolCall: Dialect = (text) => ({
  choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }],
});
const anthropic: Dialect = (text) => ({ type: "content_block_delta", delta: { type: "text_delta", text } });
const dialects = { chat, reasoning, toolCall, anthropic };

const stream = (deltas: readonly string[], dialect: Dialect): string =>
  deltas.map((delta) => `data: ${JSON.stringify(dialect(delta))}\n\n`).join("");

async function report(body: string, complete: boolean) {
  const reader = new ResponseReader(Endpoint.Chat, true);
  reader.push(Buffer.from(body));
  return reader.finish(complete);
}

/** Shows an estimator a complete answer, up to `most` tokens at a time. */
async function observe(estimator: TokenEstimator, text: string, most: number, random: () => number) {
  const tokens = tokensFrom(encoding, text, 50 + Math.floor(random() * 800), random);
  const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: tokens.length } };
  const body = `${stream(deltasOf(encoding, tokens, most, random), chat)}data: ${JSON.stringify(usage)}\n\n`;
  learnFrom(await report(body, true), estimator);
}

async function learn(most: number, answers: number, seed: number): Promise<TokenEstimator> {
  const estimator = new TokenEstimator();
  const random = randomFrom(seed);
  for (let count = 0; count < answers; count += 1) {
    for (const text of Object.values(corpora)) {
      await observe(estimator, text, most, random);
    }
  }
  return estimator;
}

/** Errors of streams that were cut after so many tokens, relative to the true count. */
async function errors(
  estimator: TokenEstimator,
  text: string,
  dialect: Dialect,
  most: number,
  tokens: number,
) {
  const random = randomFrom(7);
  const found: number[] = [];
  for (let count = 0; count < 40; count += 1) {
    const part = tokensFrom(encoding, text, tokens, random);
    const cut = await report(stream(deltasOf(encoding, part, most, random), dialect), false);
    const settled = settleUsage(200, cut, { inputTokens: 0, outputTokens: 0 }, estimator);
    expect(settled.kind).toBe("estimated");
    found.push(outputTokensOf(settled.usage) / part.length - 1);
  }
  return found.sort((a, b) => Math.abs(a) - Math.abs(b));
}
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const abs = (values: readonly number[], share: number) =>
  Math.abs(values[Math.floor(share * (values.length - 1))] ?? 1);

describe("a stream that was cut is charged for what came", () => {
  it("within 3 % each when the engine sends token by token, in every language and dialect", async () => {
    const estimator = await learn(1, 12, 1);
    for (const [language, text] of Object.entries(corpora)) {
      for (const [name, dialect] of Object.entries(dialects)) {
        const found = await errors(estimator, text, dialect, 1, 300);
        expect(abs(found, 1), `${language}, ${name}`).toBeLessThan(0.03);
      }
    }
  });

  it("within 5 % when it sends several tokens at a time", async () => {
    const estimator = await learn(5, 40, 2);
    const all: number[] = [];
    for (const [language, text] of Object.entries(corpora)) {
      const found = await errors(estimator, text, chat, 5, 800);
      // Of a language as a whole, and of nearly each stream by itself.
      expect(Math.abs(mean(found)), language).toBeLessThan(0.03);
      expect(abs(found, 0.5), language).toBeLessThan(0.03);
      all.push(...found.map(Math.abs));
    }
    const share = all.filter((error) => error <= 0.05).length / all.length;
    expect(share).toBeGreaterThan(0.9);
    expect(Math.max(...all)).toBeLessThan(0.15);
  });

  it("within 25 % before anything was learned", async () => {
    const estimator = new TokenEstimator();
    for (const [language, text] of Object.entries(corpora)) {
      for (const most of [1, 4]) {
        expect(Math.abs(mean(await errors(estimator, text, chat, most, 400))), language).toBeLessThan(0.25);
      }
    }
  });

  it.each([
    [1, 4],
    [1, 8],
    [3, 1],
  ])("to a fifth when it sends up to %i tokens at a time first, and then up to %i", async (before, after) => {
    const estimator = await learn(before, 12, 5);
    for (const [language, text] of Object.entries(corpora)) {
      const found = await errors(estimator, text, chat, after, 400);
      expect(Math.abs(mean(found)), language).toBeLessThan(0.2);
      expect(abs(found, 0.9), language).toBeLessThan(0.25);
    }
  });

  it("within 3 % in a language that it has never sent before", async () => {
    const estimator = new TokenEstimator();
    const random = randomFrom(6);
    for (let count = 0; count < 10; count += 1) {
      await observe(estimator, corpora["english"] ?? "", 1, random);
    }
    for (const [language, text] of Object.entries(corpora)) {
      expect(abs(await errors(estimator, text, chat, 1, 300), 1), language).toBeLessThan(0.03);
    }
  });

  it("the same after what was learned was stored and restored", async () => {
    const estimator = await learn(1, 3, 3);
    const other = new TokenEstimator();
    expect(other.restore(JSON.parse(JSON.stringify(estimator.learned())))).toBe(true);
    const text = corpora["german"] ?? "";
    expect(await errors(other, text, chat, 1, 200)).toEqual(await errors(estimator, text, chat, 1, 200));
    expect(other.restore({ products: [1], sums: [], answers: 1 })).toBe(false);
    expect(other.restore({ ...estimator.learned(), answers: Number.NaN })).toBe(false);
  });

  it("not worse for answers that make no sense", async () => {
    const estimator = await learn(1, 3, 4);
    const before = estimator.learned();
    const junk = await report(`data: {"choices":[{"delta":{"content":"hello"}}]}\n\n`, false);
    estimator.observe(junk.text, 1_000_000);
    estimator.observe(junk.text, 0);
    expect(estimator.learned()).toEqual(before);
  });
});
