/** Prices of tokens in US dollars, from 0 to 10,000 for a million, exact to a billionth of a dollar. */
export interface TokenPriceArgs {
  /** US dollars for a million input tokens that have no price of their own below. */
  usdPerMillionInputTokens: number;
  /** US dollars for a million input tokens read from a cache. Default: the price of input tokens. */
  usdPerMillionCachedInputTokens?: number;
  /**
   * US dollars for a million input tokens written to a cache for five minutes, or for a time that the provider does
   * not tell. Default: the price of input tokens.
   */
  usdPerMillionCacheWrite5mTokens?: number;
  /** US dollars for a million input tokens written to a cache for an hour. Default: the price for five minutes. */
  usdPerMillionCacheWrite1hTokens?: number;
  /** US dollars for a million output tokens that have no price of their own below. */
  usdPerMillionOutputTokens: number;
  /** US dollars for a million tokens that the model thought but did not say. Default: the price of output tokens. */
  usdPerMillionReasoningTokens?: number;
  /** US dollars for a million input tokens of audio. Default: the price of input tokens. */
  usdPerMillionAudioInputTokens?: number;
  /** US dollars for a million output tokens of audio. Default: the price of output tokens. */
  usdPerMillionAudioOutputTokens?: number;
}

/** Price of a model. What a class of tokens costs is charged for that class alone: no token is charged twice. */
export interface ModelPriceArgs extends TokenPriceArgs {
  /** US dollars for an image that the model makes, 0 to 1,000. Default: 0. */
  usdPerImage?: number;
  /** US dollars for a call, 0 to 1,000. Default: 0. */
  usdPerRequest?: number;
  /**
   * Other prices for whole calls with a long prompt, by the number of input tokens from which they count: with
   * `{ 200_001: {...} }` a call with 200,001 input tokens or more has these prices for all its tokens. Default: none.
   */
  contextTiers?: Record<string, TokenPriceArgs>;
}
