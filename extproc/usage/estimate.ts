import { Hold, type ModelPolicy } from "../policy/policy";
import type { Price } from "../policy/price";
import { type WorstCase, worstCostOf } from "../policy/worstCase";
import { Endpoint } from "./endpoint";
import { capOf, type ModelRequest } from "./modelRequest";

/** What was learned about a model from the requests before. */
export interface Learned {
  /** Bytes of body to an input token, on the careful side. */
  readonly bytesPerToken: number | undefined;
  /** Output tokens of a choice that few exceed. */
  readonly outputTokens: number | undefined;
}

/** Before anything is learned. */
export const nothingLearned: Learned = Object.freeze({ bytesPerToken: undefined, outputTokens: undefined });

/** What a chat template adds to a request, whatever its size. */
const templateTokens = 16;

const withoutOutput: readonly Endpoint[] = [Endpoint.Embeddings, Endpoint.Rerank];

/** Input tokens of a request, all classes together. */
export function estimateInput(request: ModelRequest, model: ModelPolicy, learned: Learned): number {
  const bytesPerToken = learned.bytesPerToken ?? model.bytesPerToken;
  const estimate =
    templateTokens +
    request.tokenInputs +
    Math.ceil(request.textBytes / bytesPerToken) +
    request.imageParts * model.imageTokens +
    request.fileParts * model.fileTokens +
    request.audioParts * model.audioTokens;
  if (request.hasStoredInput) {
    // What the provider has stored can be as long as the model takes.
    return Math.max(estimate, model.maxInputTokens ?? 0);
  }
  // More is refused by the engine, except that each of several prompts may be as long.
  const most = (model.maxInputTokens ?? Number.MAX_SAFE_INTEGER) * Math.max(1, request.choices);
  return Math.min(estimate, most);
}

/** Output tokens of a request at most, or in all likelihood. */
export function estimateOutput(
  request: ModelRequest,
  model: ModelPolicy,
  learned: Learned,
  hold: Hold,
): number {
  if (withoutOutput.includes(request.endpoint)) {
    return 0;
  }
  const cap = capOf(request) ?? model.maxOutputTokens;
  const likely = hold === Hold.Adaptive ? Math.min(cap, learned.outputTokens ?? cap) : cap;
  const unused = Math.ceil(request.predictionBytes / (learned.bytesPerToken ?? model.bytesPerToken));
  return Math.min(Number.MAX_SAFE_INTEGER, likely * Math.max(request.choices, request.images) + unused);
}

/** What a request may use at most (`strict`), or in all likelihood (`adaptive`). */
export function estimateRequest(
  request: ModelRequest,
  model: ModelPolicy,
  learned: Learned,
  hold: Hold,
): WorstCase {
  return {
    inputTokens: estimateInput(request, model, learned),
    outputTokens: estimateOutput(request, model, learned, hold),
    images: request.images,
    audioIn: request.audioParts > 0,
    audioOut: request.mayAnswerAudio,
    cacheWrites: hold === Hold.Strict || request.writesCache,
  };
}

/**
 * The most output tokens that an amount of money pays for beside the input of a request, up to what it may use;
 * -1 when it does not even pay for the input.
 */
export function affordableOutput(prices: readonly Price[], worst: WorstCase, nanodollars: number): number {
  const costs = (outputTokens: number) => worstCostOf(prices, { ...worst, outputTokens });
  if (costs(0) > nanodollars) {
    return -1;
  }
  let affordable = 0;
  let beyond = worst.outputTokens + 1;
  while (beyond - affordable > 1) {
    const middle = affordable + Math.floor((beyond - affordable) / 2);
    if (costs(middle) <= nanodollars) {
      affordable = middle;
    } else {
      beyond = middle;
    }
  }
  return affordable;
}
