import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tiktoken } from "js-tiktoken" with { "resolution-mode": "import" };

/** The truth about tokens: a byte-pair encoding that real models use. The processor itself has none. */
export async function bpeEncoding(): Promise<Tiktoken> {
  return (await import("js-tiktoken")).getEncoding("o200k_base");
}

const repository = join(__dirname, "../..");
const typescript = dirname(require.resolve("typescript"));
/** The compiler's messages in a language that it speaks. */
const messages = (language: string): string =>
  Object.values(
    JSON.parse(readFileSync(join(typescript, language, "diagnosticMessages.generated.json"), "utf8")),
  ).join("\n");
const code = join(repository, "extproc/usage");

/** Texts in five languages, and code. */
export const corpora: Readonly<Record<string, string>> = {
  english: ["README.md", "CONTRIBUTING.md"]
    .map((name) => readFileSync(join(repository, name), "utf8"))
    .join("\n"),
  german: messages("de"),
  french: messages("fr"),
  russian: messages("ru"),
  chinese: messages("zh-cn"),
  code: readdirSync(code)
    .map((name) => readFileSync(join(code, name), "utf8"))
    .join("\n"),
};

/** Encoding takes far longer than all else that tests do with a text. */
const encodedLength = 40_000;
const encoded = new Map<string, readonly number[]>();

/** So many tokens in a row, from anywhere in the beginning of a text. */
export function tokensFrom(
  encoding: Tiktoken,
  text: string,
  count: number,
  random: () => number,
): readonly number[] {
  const all = encoded.get(text) ?? encoding.encode(text.slice(0, encodedLength), [], []);
  encoded.set(text, all);
  const from = Math.floor(random() * (all.length - count));
  return all.slice(from, from + count);
}

/** Tokens as an engine sends them: up to `most` at a time, and no character in halves. */
export function deltasOf(
  encoding: Tiktoken,
  tokens: readonly number[],
  most: number,
  random: () => number,
): string[] {
  const deltas: string[] = [];
  let waiting: number[] = [];
  let size = 1 + Math.floor(random() * most);
  for (const token of tokens) {
    waiting.push(token);
    const text = waiting.length >= size ? encoding.decode(waiting) : "\ufffd";
    if (!text.endsWith("\ufffd")) {
      deltas.push(text);
      waiting = [];
      size = 1 + Math.floor(random() * most);
    }
  }
  return waiting.length === 0 ? deltas : [...deltas, encoding.decode(waiting)];
}
