import { inputTokensOf, type Usage } from "../usage/usage";

/** Prices of tokens in nanodollars (billionths of a US dollar) per million tokens of a class; whole numbers from 0. */
export interface TokenPrices {
  readonly input: number;
  readonly cachedInput: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  readonly reasoning: number;
  readonly audioIn: number;
  readonly audioOut: number;
}

/** Other prices for a whole call, from a number of input tokens on. */
export interface PriceTier extends TokenPrices {
  /** The tier counts when the call has this many input tokens of all classes, or more; from 1. */
  readonly fromInputTokens: number;
}

/** What a backend charges. `tiers` are ordered by `fromInputTokens`. */
export interface Price extends TokenPrices {
  /** Nanodollars for one image made. */
  readonly image: number;
  /** Nanodollars for one call. */
  readonly request: number;
  readonly tiers: readonly PriceTier[];
}

const million = 1_000_000;

/** What a call costs in nanodollars: classes are added up exactly, and rounded up once. */
export function costOf(price: Price, usage: Usage): number {
  const tokens = pricesFor(price, inputTokensOf(usage));
  const sum =
    usage.inputFresh * tokens.input +
    usage.cachedRead * tokens.cachedInput +
    usage.cacheWrite5m * tokens.cacheWrite5m +
    usage.cacheWrite1h * tokens.cacheWrite1h +
    usage.outputText * tokens.output +
    usage.reasoning * tokens.reasoning +
    usage.audioIn * tokens.audioIn +
    usage.audioOut * tokens.audioOut +
    usage.images * price.image * million +
    usage.requests * price.request * million;
  // All terms are whole and none is negative: a sum that is a safe integer has been exact at every step.
  if (sum <= Number.MAX_SAFE_INTEGER) {
    const rest = sum % million;
    return (sum - rest) / million + (rest > 0 ? 1 : 0);
  }
  return largeCostOf(price, tokens, usage);
}

/** The prices of a call with so many input tokens: those of the highest tier that it reaches. */
export function pricesFor(price: Price, inputTokens: number): TokenPrices {
  let prices: TokenPrices = price;
  for (const tier of price.tiers) {
    if (inputTokens >= tier.fromInputTokens) {
      prices = tier;
    }
  }
  return prices;
}

/** The same with numbers of any size; more than a safe integer can hold counts as the largest one. */
function largeCostOf(price: Price, tokens: TokenPrices, usage: Usage): number {
  const product = (count: number, each: number): bigint => BigInt(count) * BigInt(each);
  const sum =
    product(usage.inputFresh, tokens.input) +
    product(usage.cachedRead, tokens.cachedInput) +
    product(usage.cacheWrite5m, tokens.cacheWrite5m) +
    product(usage.cacheWrite1h, tokens.cacheWrite1h) +
    product(usage.outputText, tokens.output) +
    product(usage.reasoning, tokens.reasoning) +
    product(usage.audioIn, tokens.audioIn) +
    product(usage.audioOut, tokens.audioOut) +
    (product(usage.images, price.image) + product(usage.requests, price.request)) * BigInt(million);
  const cost = (sum + BigInt(million - 1)) / BigInt(million);
  return cost > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(cost);
}
