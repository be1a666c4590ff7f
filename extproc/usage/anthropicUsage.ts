import { membersOf, tokenCount } from "./tokenCount";
import { noUsage, type UntoldWrites, type Usage } from "./usage";

/** Numbers of Anthropic's usage, as far as they were reported. */
export type AnthropicNumbers = Readonly<Record<string, unknown>>;

/**
 * The numbers after a further report. Reports in a stream are totals so far: each replaces what it names, null and
 * absent members leave it, and nothing is ever added up.
 */
export function replaceNumbers(before: AnthropicNumbers, report: unknown): AnthropicNumbers {
  const named = Object.entries(membersOf(report)).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return named.length === 0 ? before : { ...before, ...Object.fromEntries(named) };
}

/** Usage as Anthropic reports it: the three kinds of input add up to the prompt; thinking is part of the output. */
export function anthropicUsage(value: unknown, untold: UntoldWrites = "cacheWrite5m"): Usage | undefined {
  const numbers = membersOf(value);
  const fresh = tokenCount(numbers["input_tokens"]);
  const output = tokenCount(numbers["output_tokens"]);
  if (fresh === undefined && output === undefined) {
    return undefined;
  }
  return {
    ...noUsage,
    inputFresh: fresh ?? 0,
    cachedRead: tokenCount(numbers["cache_read_input_tokens"]) ?? 0,
    ...cacheWrites(numbers, untold),
    outputText: output ?? 0,
    requests: 1,
  };
}

/** Older models, and gateways that translate, tell the sum alone. */
function cacheWrites(numbers: AnthropicNumbers, untold: UntoldWrites) {
  const parts = membersOf(numbers["cache_creation"]);
  const long = tokenCount(parts["ephemeral_1h_input_tokens"]);
  const short = tokenCount(parts["ephemeral_5m_input_tokens"]);
  const written = tokenCount(numbers["cache_creation_input_tokens"]) ?? (short ?? 0) + (long ?? 0);
  if (long === undefined && short === undefined) {
    return { [untold]: written };
  }
  const cacheWrite1h = Math.min(written, long ?? 0);
  return { cacheWrite5m: written - cacheWrite1h, cacheWrite1h };
}
