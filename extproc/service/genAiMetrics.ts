import { Endpoint } from "../usage/endpoint";
import { inputTokensOf, outputTokensOf } from "../usage/usage";
import type { CellCounter } from "./cells";
import { metricNames as names } from "./metricNames";
import type { SettleEvent } from "./telemetry";

/** Makes a counter by its name, its description and its labels. */
export type MakeCounter = (name: string, help: string, labels: readonly string[]) => CellCounter;

/** The conventions have names for some operations; the others are called what they do. */
const operations: Readonly<Record<Endpoint, string>> = {
  [Endpoint.Chat]: "chat",
  [Endpoint.Responses]: "chat",
  [Endpoint.Messages]: "chat",
  [Endpoint.Completions]: "text_completion",
  [Endpoint.Embeddings]: "embeddings",
  [Endpoint.Images]: "image_generation",
  [Endpoint.Speech]: "text_to_speech",
  [Endpoint.Transcriptions]: "transcription",
  [Endpoint.Translations]: "translation",
  [Endpoint.Rerank]: "rerank",
};

const labels = ["gen_ai_operation_name", "gen_ai_request_model", "gen_ai_token_modality"];

/**
 * Counts tokens by OpenTelemetry's conventions for generative AI: what providers report, and no estimates. What was
 * read from a cache or written to one is part of the input, reasoning part of the output. Who the provider is, which
 * the conventions ask for, is not known here: a policy names backends.
 */
export function genAiMetrics(make: MakeCounter): (event: SettleEvent) => void {
  const input = make(names.genAiInput, "Input tokens of all classes", labels);
  const output = make(names.genAiOutput, "Output tokens of all classes", labels);
  const cacheRead = make(names.genAiCacheRead, "Input tokens that were read from a cache", labels);
  const cacheWrite = make(names.genAiCacheWrite, "Input tokens that were written to a cache", labels);
  const reasoning = make(names.genAiReasoning, "Output tokens that were thought and not said", labels);
  return ({ endpoint, model, reported, sentText }) => {
    if (reported === undefined) {
      return;
    }
    const operation = operations[endpoint];
    const add = (counter: CellCounter, tokens: number, modality: string) => {
      if (tokens > 0) {
        counter.add(tokens, operation, model, modality);
      }
    };
    const { audioIn, audioOut, cachedRead, cacheWrite5m, cacheWrite1h } = reported;
    // Of a prompt with pictures or files in it nobody says which of its tokens are text.
    const sent = sentText ? "text" : "unknown";
    const answered = answerModality(endpoint);
    add(input, inputTokensOf(reported) - audioIn, sent);
    add(input, audioIn, "audio");
    add(output, outputTokensOf(reported) - audioOut, answered);
    add(output, audioOut, "audio");
    add(cacheRead, cachedRead, sent);
    add(cacheWrite, cacheWrite5m + cacheWrite1h, sent);
    add(reasoning, reported.reasoning, answered);
  };
}

function answerModality(endpoint: Endpoint): string {
  switch (endpoint) {
    case Endpoint.Images:
      return "image";
    case Endpoint.Speech:
      return "audio";
    default:
      return "text";
  }
}
