import { Endpoint } from "./endpoint";
import { membersOf, tokenCount } from "./tokenCount";
import { inputTokensOf, noUsage, outputTokensOf, type UntoldWrites, type Usage } from "./usage";

/** What is read of AI Gateway's metadata here. */
export const usageMembers = [
  "llm_input_token",
  "llm_output_token",
  "llm_cached_input_token",
  "llm_cache_creation_input_token",
  "llm_reasoning_token",
] as const;

/** Where every answer has used tokens: whoever says that it used none has not seen its usage. */
const countsTokens: ReadonlySet<Endpoint> = new Set([
  Endpoint.Chat,
  Endpoint.Completions,
  Endpoint.Responses,
  Endpoint.Embeddings,
  Endpoint.Messages,
]);

/**
 * Usage from the metadata for a request to an endpoint. AI Gateway counts nothing where an answer holds no usage, as
 * streamed completions do whose client did not ask for it: that is no report, and never a call that costs nothing.
 */
export function reportedUsage(
  endpoint: Endpoint,
  metadata: unknown,
  untold?: UntoldWrites,
): Usage | undefined {
  const usage = metadataUsage(metadata, untold);
  return usage !== undefined &&
    countsTokens.has(endpoint) &&
    inputTokensOf(usage) + outputTokensOf(usage) === 0
    ? undefined
    : usage;
}

/**
 * Usage from AI Gateway's metadata (`io.envoy.ai_gateway`) under the keys that our routes configure. There input is
 * the whole prompt in every dialect: what was read from a cache and written to one are parts of it. `undefined` when
 * it says neither input nor output: after an error, or for a stream that the client cut.
 */
export function metadataUsage(metadata: unknown, untold: UntoldWrites = "cacheWrite5m"): Usage | undefined {
  const numbers = membersOf(metadata);
  const input = tokenCount(numbers["llm_input_token"]);
  const output = tokenCount(numbers["llm_output_token"]);
  if (input === undefined && output === undefined) {
    return undefined;
  }
  const whole = input ?? 0;
  const cachedRead = Math.min(whole, tokenCount(numbers["llm_cached_input_token"]) ?? 0);
  const written = tokenCount(numbers["llm_cache_creation_input_token"]) ?? 0;
  const cacheWrite = Math.min(whole - cachedRead, written);
  const reasoning = Math.min(output ?? 0, tokenCount(numbers["llm_reasoning_token"]) ?? 0);
  return {
    ...noUsage,
    inputFresh: whole - cachedRead - cacheWrite,
    cachedRead,
    [untold]: cacheWrite,
    outputText: (output ?? 0) - reasoning,
    reasoning,
    requests: 1,
  };
}
