/**
 * What one request used, in classes that do not overlap, so that each can have its own price. Whole numbers from 0.
 */
export interface Usage {
  /** Input tokens that were neither read from a cache, nor written to one, nor audio. */
  readonly inputFresh: number;
  /** Input tokens that were read from a cache. */
  readonly cachedRead: number;
  /** Input tokens that were written to a cache for five minutes, or for a time that is neither told nor asked for. */
  readonly cacheWrite5m: number;
  /** Input tokens that were written to a cache for an hour. */
  readonly cacheWrite1h: number;
  /** Output tokens that are neither reasoning nor audio. */
  readonly outputText: number;
  /** Output tokens that the model thought but did not say, as far as the provider tells them apart. */
  readonly reasoning: number;
  /** Input tokens of audio. */
  readonly audioIn: number;
  /** Output tokens of audio. */
  readonly audioOut: number;
  /** Images made. */
  readonly images: number;
  /** Calls: 1 for each request that reached a model. */
  readonly requests: number;
}

/** The class of tokens that were written to a cache where nobody tells for how long: the longest that was asked for. */
export type UntoldWrites = "cacheWrite5m" | "cacheWrite1h";

/** Every class, in the order in which they are written. */
export const usageClasses = [
  "inputFresh",
  "cachedRead",
  "cacheWrite5m",
  "cacheWrite1h",
  "outputText",
  "reasoning",
  "audioIn",
  "audioOut",
  "images",
  "requests",
] as const satisfies readonly (keyof Usage)[];

/** Nothing used at all. */
export const noUsage: Usage = Object.freeze({
  inputFresh: 0,
  cachedRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  outputText: 0,
  reasoning: 0,
  audioIn: 0,
  audioOut: 0,
  images: 0,
  requests: 0,
});

/** All input tokens. */
export function inputTokensOf(usage: Usage): number {
  return usage.inputFresh + usage.cachedRead + usage.cacheWrite5m + usage.cacheWrite1h + usage.audioIn;
}

/** All output tokens. */
export function outputTokensOf(usage: Usage): number {
  return usage.outputText + usage.reasoning + usage.audioOut;
}

/** All tokens. */
export function totalTokensOf(usage: Usage): number {
  return inputTokensOf(usage) + outputTokensOf(usage);
}
