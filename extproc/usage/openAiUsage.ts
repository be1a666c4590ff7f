import { membersOf, tokenCount } from "./tokenCount";
import { noUsage, type UntoldWrites, type Usage } from "./usage";

/**
 * Usage as OpenAI's endpoints report it: details are parts of the totals, which may have either of two names.
 * `undefined` when there are no totals in it.
 */
export function openAiUsage(value: unknown, untold: UntoldWrites = "cacheWrite5m"): Usage | undefined {
  const usage = membersOf(value);
  const input = tokenCount(usage["prompt_tokens"]) ?? tokenCount(usage["input_tokens"]);
  const output = tokenCount(usage["completion_tokens"]) ?? tokenCount(usage["output_tokens"]);
  if (input === undefined && output === undefined) {
    // Audio may be charged by its length: then there are no tokens at all.
    return usage["type"] === "duration" ? { ...noUsage, requests: 1 } : undefined;
  }
  return {
    ...noUsage,
    ...inputClasses(usage, input ?? 0, untold),
    ...outputClasses(usage, output ?? 0),
    requests: 1,
  };
}

function inputClasses(usage: Readonly<Record<string, unknown>>, input: number, untold: UntoldWrites) {
  const details = membersOf(
    usage["prompt_tokens_details"] ?? usage["input_tokens_details"] ?? usage["input_token_details"],
  );
  const cachedRead = Math.min(input, tokenCount(details["cached_tokens"]) ?? 0);
  const written =
    tokenCount(details["cache_write_tokens"]) ??
    tokenCount(details["cache_creation_tokens"]) ??
    tokenCount(details["cache_creation_input_tokens"]) ??
    0;
  const cacheWrite = Math.min(input - cachedRead, written);
  const rest = input - cachedRead - cacheWrite;
  const audioIn = Math.min(rest, tokenCount(details["audio_tokens"]) ?? 0);
  return { inputFresh: rest - audioIn, cachedRead, [untold]: cacheWrite, audioIn };
}

function outputClasses(usage: Readonly<Record<string, unknown>>, output: number) {
  const details = membersOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  const thought = tokenCount(details["reasoning_tokens"]) ?? 0;
  const total = tokenCount(usage["total_tokens"]);
  const input = tokenCount(usage["prompt_tokens"]) ?? tokenCount(usage["input_tokens"]) ?? 0;
  // Some leave reasoning out of the output and count it in the total only.
  const isBeside = thought > 0 && total === input + output + thought;
  const reasoning = isBeside ? thought : Math.min(output, thought);
  const rest = isBeside ? output : output - reasoning;
  const audioOut = Math.min(rest, tokenCount(details["audio_tokens"]) ?? 0);
  return { outputText: rest - audioOut, reasoning, audioOut };
}
