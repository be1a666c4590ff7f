import { countTokens } from "../../../cli/local/engine/tokens";

/** A text of so many of the simulated engines' tokens, which no other letter's is a beginning of. */
export function textOf(letter: string, tokens: number): string {
  return letter.repeat(4 * tokens);
}

/** What the simulated engines count for definitions of tools. */
export function definitionTokens(tools: readonly object[]): number {
  return tools.reduce((sum, tool) => sum + countTokens(JSON.stringify(tool)), 0);
}

/** What a session used, by the classes that have prices of their own. */
export interface Classes {
  readonly input: number;
  readonly read: number;
  readonly written5m: number;
  readonly written1h: number;
  readonly output: number;
}

/** US dollars for a million tokens of each class, as Anthropic has them for a model of $3 and $15. */
export const anthropicPrice = {
  usdPerMillionInputTokens: 3,
  usdPerMillionCachedInputTokens: 0.3,
  usdPerMillionCacheWrite5mTokens: 3.75,
  usdPerMillionCacheWrite1hTokens: 6,
  usdPerMillionOutputTokens: 15,
};

/** Nanodollars for a token of each class, at that price. */
export const perToken: Classes = {
  input: 3_000,
  read: 300,
  written5m: 3_750,
  written1h: 6_000,
  output: 15_000,
};

/** Nanodollars, to the token. */
export function costOf(used: Classes, prices: Classes = perToken): number {
  return (Object.keys(prices) as (keyof Classes)[]).reduce((sum, key) => sum + used[key] * prices[key], 0);
}

export function sumOf(all: readonly Classes[]): Classes {
  const sum = (key: keyof Classes) => all.reduce((total, one) => total + one[key], 0);
  return {
    input: sum("input"),
    read: sum("read"),
    written5m: sum("written5m"),
    written1h: sum("written1h"),
    output: sum("output"),
  };
}
