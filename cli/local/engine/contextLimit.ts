/** What is wrong with a request that is longer than an engine's context. */
export interface ContextProblem {
  readonly message: string;
  /** What is wrong with it, as vLLM calls it. */
  readonly parameter: "input_tokens" | "max_tokens";
}

/** A request that the engine refuses with 400. */
export class ContextExceeded extends Error {
  constructor(readonly problem: ContextProblem) {
    super(problem.message);
  }
}

/** @throws ContextExceeded when input and output are longer than the context. */
export function checkContext(
  inputTokens: number,
  maxTokens: number | undefined,
  contextTokens: number,
): void {
  const problem = contextProblem(inputTokens, maxTokens, contextTokens);
  if (problem !== undefined) {
    throw new ContextExceeded(problem);
  }
}

/**
 * Why vLLM refuses a request, in its own words (`vllm/renderers/params.py` of releases 0.22 to 0.25; it stops counting
 * one token past the limit). `undefined` when the request fits; `contextTokens` 0 means no limit.
 */
export function contextProblem(
  inputTokens: number,
  maxTokens: number | undefined,
  contextTokens: number,
): ContextProblem | undefined {
  const output = maxTokens ?? 0;
  const room = contextTokens - output;
  if (contextTokens > 0 && room < 0) {
    const message = `max_tokens=${output} cannot be greater than max_model_len=${contextTokens}. Please request fewer output tokens. (parameter=max_tokens, value=${output})`;
    return { message, parameter: "max_tokens" };
  }
  if (contextTokens === 0 || (inputTokens <= room && inputTokens < contextTokens)) {
    return undefined;
  }
  // Where the whole context is asked for as output, any input is too much.
  const counted = Math.max(1, Math.min(inputTokens, room + 1));
  const parts = [
    `This model's maximum context length is ${contextTokens} tokens.`,
    `However, you requested ${output} output tokens and your prompt contains at least ${counted} input tokens,`,
    `for a total of at least ${output + counted} tokens.`,
    "Please reduce the length of the input prompt or the number of requested output tokens.",
    `(parameter=input_tokens, value=${counted})`,
  ];
  return { message: parts.join(" "), parameter: "input_tokens" };
}
