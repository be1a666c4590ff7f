import type { Usage } from "../usage/usage";
import { costOf, type Price, type TokenPrices } from "./price";

/** The most that a call may use, as far as it is known before the call. */
export interface WorstCase {
  /** All input tokens, of whatever class. */
  readonly inputTokens: number;
  /** All output tokens, of whatever class. */
  readonly outputTokens: number;
  /** Images made. */
  readonly images: number;
  /** Input that may be audio is priced as such. */
  readonly audioIn: boolean;
  /** Output that may be audio is priced as such. */
  readonly audioOut: boolean;
  /** The caller asked for input to be written to a cache, or the provider may do so unasked. */
  readonly cacheWrites: boolean;
}

/**
 * The most that a call can cost in nanodollars at any of these prices. It is never below the real cost as long as
 * the call stays within `worst`: each token takes the dearest class that it may end up in, at the dearest tier that
 * so many input tokens can reach. Without a price: 0.
 */
export function worstCostOf(prices: readonly Price[], worst: WorstCase): number {
  let most = 0;
  for (const price of prices) {
    most = Math.max(most, worstCostAt(price, price, worst));
    for (const tier of price.tiers) {
      if (tier.fromInputTokens <= worst.inputTokens) {
        most = Math.max(most, worstCostAt(price, tier, worst));
      }
    }
  }
  return most;
}

function worstCostAt(price: Price, tokens: TokenPrices, worst: WorstCase): number {
  const input = Math.max(
    tokens.input,
    tokens.cachedInput,
    worst.cacheWrites ? Math.max(tokens.cacheWrite5m, tokens.cacheWrite1h) : 0,
    worst.audioIn ? tokens.audioIn : 0,
  );
  const output = Math.max(tokens.output, tokens.reasoning, worst.audioOut ? tokens.audioOut : 0);
  return costOf({ ...price, ...tokens, input, output, tiers: [] }, worstUsageOf(worst));
}

/** The same amounts as a usage, for budgets that count tokens. */
export function worstUsageOf(worst: WorstCase): Usage {
  return {
    inputFresh: worst.inputTokens,
    cachedRead: 0,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    outputText: worst.outputTokens,
    reasoning: 0,
    audioIn: 0,
    audioOut: 0,
    images: worst.images,
    requests: 1,
  };
}
