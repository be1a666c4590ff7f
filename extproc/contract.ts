/**
 * What the components declare and the processor enforces. Plain data and plain functions: no Pulumi, no gRPC.
 */
import { costOf, type Price } from "./policy/price";
import { noUsage } from "./usage/usage";

export { canonicalJson } from "./policy/canonicalJson";
export { type PolicyProblem, problemText } from "./policy/documentReader";
export { type ParsedPolicy, parsePolicy } from "./policy/parsePolicy";
export * from "./policy/policy";
export type * from "./policy/policyDocument";
export { costOf, type Price, type PriceTier, type TokenPrices } from "./policy/price";
export { noUsage, type Usage } from "./usage/usage";

/** Price of a model in nanodollars (billionths of a US dollar) per million tokens; whole numbers from 0. */
export interface ModelPrice {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** Tokens of one request. `cachedInputTokens` is the part of `inputTokens` that was read from a cache. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
}

/** The price of every class of tokens that follows from a price of three. */
export function priceOf({ inputTokens, cachedInputTokens, outputTokens }: ModelPrice): Price {
  return {
    input: inputTokens,
    cachedInput: cachedInputTokens,
    cacheWrite5m: inputTokens,
    cacheWrite1h: inputTokens,
    output: outputTokens,
    reasoning: outputTokens,
    audioIn: inputTokens,
    audioOut: outputTokens,
    image: 0,
    request: 0,
    tiers: [],
  };
}

/** What one request costs in nanodollars: classes are added up exactly and rounded up once. */
export function costInNanodollars(price: ModelPrice, usage: TokenUsage): number {
  const cachedRead = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const inputFresh = usage.inputTokens - cachedRead;
  return costOf(priceOf(price), { ...noUsage, inputFresh, cachedRead, outputText: usage.outputTokens });
}

/**
 * Nanodollars of an amount in US dollars, or `undefined` when the amount is negative, not a number, not exact
 * to a nanodollar or too large for exact arithmetic.
 */
export function nanodollars(usd: number): number | undefined {
  if (!(usd >= 0 && usd < Number.MAX_SAFE_INTEGER)) {
    return undefined;
  }
  const text = usd.toFixed(9);
  // A price that was calculated may be off by a rounding error or two of the number itself.
  const isExact = Math.abs(Number(text) - usd) <= usd * 2 ** -51;
  const amount = Number(text.replace(".", ""));
  return Number.isSafeInteger(amount) && isExact ? amount : undefined;
}
