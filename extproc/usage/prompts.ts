import { endOfString } from "./scanJson";

/** What stands in `prompt` of completions, or `input` of embeddings. */
export interface PromptCount {
  /** Prompts: strings, or lists of tokens. At least 1. */
  readonly prompts: number;
  /** Tokens that are given as numbers. */
  readonly tokens: number;
  /** Bytes of those numbers, with what is between them. */
  readonly bytes: number;
}

/** Counts prompts in a value that a scan found well-formed: a string, tokens, or a list of either. */
export function countPrompts(body: Buffer, start: number, end: number): PromptCount {
  let depth = 0;
  let tokens = 0;
  let elements = 0;
  let bytes = 0;
  let isNumber = false;
  for (let at = start; at < end; at += 1) {
    const byte = body[at] ?? 0;
    const wasNumber: boolean = isNumber;
    isNumber = (byte >= 0x30 && byte <= 0x39) || byte === 0x2d;
    if (isNumber) {
      bytes += 1;
      if (!wasNumber) {
        tokens += 1;
        bytes += 1;
      }
    } else if (byte === 0x22) {
      at = Math.max(at, endOfString(body, at));
      elements += 1;
    } else if (byte === 0x5b) {
      depth += 1;
      elements += depth === 2 ? 1 : 0;
    } else if (byte === 0x5d) {
      depth -= 1;
    }
  }
  return { prompts: Math.max(1, elements), tokens, bytes };
}
