/**
 * What the components declare and the processor enforces. Plain data and plain functions: no Pulumi, no gRPC.
 */

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

const tokensPerPrice = 1_000_000n;

/** What one request costs in nanodollars: classes are added up exactly and rounded up once. */
export function costInNanodollars(price: ModelPrice, usage: TokenUsage): number {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const exact =
    BigInt(usage.inputTokens - cached) * BigInt(price.inputTokens) +
    BigInt(cached) * BigInt(price.cachedInputTokens) +
    BigInt(usage.outputTokens) * BigInt(price.outputTokens);
  return Number((exact + tokensPerPrice - 1n) / tokensPerPrice);
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
