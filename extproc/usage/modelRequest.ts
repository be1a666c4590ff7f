import type { Endpoint } from "./endpoint";

/** A cap on output that stands in the body. */
export interface CapField {
  readonly name: string;
  /** Tokens for each choice; `undefined` for null, infinite below 0, which some engines take for endless. */
  readonly value: number | undefined;
  /** Where its value stands in the body; the end is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** What a request says about its own size. */
export interface ModelRequest {
  readonly endpoint: Endpoint;
  readonly model: string;
  readonly stream: boolean;
  readonly caps: readonly CapField[];
  /** Answers that are made: `n` or `best_of`, for each prompt. At least 1. */
  readonly choices: number;
  /** Images asked for. */
  readonly images: number;
  /** Bytes of the body without those of images, files and audio. */
  readonly textBytes: number;
  /** Input tokens that are given as such. */
  readonly tokenInputs: number;
  readonly imageParts: number;
  readonly fileParts: number;
  readonly audioParts: number;
  /** Bytes of a predicted output: what is not used of it is charged as output. */
  readonly predictionBytes: number;
  /** Tokens that the caller sets aside for thinking; its cap must stay above. */
  readonly thinkingTokens: number | undefined;
  /** Part of the input lies with the provider, its size is not known here. */
  readonly hasStoredInput: boolean;
  /** The caller marks what is to be written to a cache. */
  readonly writesCache: boolean;
  /** Some of it is perhaps to be kept there for an hour. */
  readonly keepsForHour: boolean;
  /** Audio may come back. */
  readonly mayAnswerAudio: boolean;
}

/** The largest cap for one choice, whichever of them an engine takes; `undefined` when nothing caps the output. */
export function capOf(request: ModelRequest): number | undefined {
  let most: number | undefined;
  for (const { value } of request.caps) {
    if (value !== undefined && (most === undefined || value > most)) {
      most = value;
    }
  }
  return most === Number.POSITIVE_INFINITY ? undefined : most;
}
