import type { ResponseReport } from "./responseReader";
import type { TokenEstimator } from "./tokenEstimator";
import { inputTokensOf, noUsage, outputTokensOf, type Usage } from "./usage";

/** What a request is charged for. */
export interface SettledUsage {
  readonly usage: Usage;
  /** `exact`: the provider said so. `estimated`: from what came. `nothing`: no model produced anything. */
  readonly kind: "exact" | "estimated" | "nothing";
}

/** What was expected of a request. */
export interface ExpectedUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Bytes of a JSON answer to a token, on the careful side. */
const bytesPerToken = 3;

/**
 * The usage of a response that went well, was cut, or broke. What is not reported is estimated: the input as it was
 * expected, the output from the text that came, or as expected when none can be seen. A response that only says that
 * it failed is charged nothing.
 */
export function settleUsage(
  status: number,
  report: ResponseReport,
  expected: ExpectedUsage,
  estimator: TokenEstimator,
): SettledUsage {
  const { usage, text, reasoning } = report;
  if (usage !== undefined && report.isFinal) {
    return { usage, kind: "exact" };
  }
  const hasText = !text.isEmpty || !reasoning.isEmpty;
  if ((report.hasFailed || status >= 400) && !hasText && usage === undefined) {
    return { usage: noUsage, kind: "nothing" };
  }
  const known = withInput(usage ?? { ...noUsage, requests: 1 }, expected);
  if (usage !== undefined && report.isRunning) {
    return { usage: known, kind: "estimated" };
  }
  const output = report.isStream
    ? { outputText: estimator.estimate(text), reasoning: estimator.estimate(reasoning) }
    : { outputText: unseenOutput(report, expected), reasoning: 0 };
  const isMore = output.outputText + output.reasoning >= outputTokensOf(known);
  return { usage: isMore ? { ...known, ...output, audioOut: 0 } : known, kind: "estimated" };
}

/** Where AI Gateway translates a stream into Anthropic's schema, its events say 0 for the input. */
function withInput(usage: Usage, { inputTokens }: ExpectedUsage): Usage {
  return inputTokensOf(usage) > 0 ? usage : { ...usage, inputFresh: inputTokens };
}

/** Whole answers without usage are no longer than their bytes; of one that was cut nothing is known. */
function unseenOutput(report: ResponseReport, { outputTokens }: ExpectedUsage): number {
  return report.isComplete ? Math.min(outputTokens, Math.ceil(report.bytes / bytesPerToken)) : outputTokens;
}

/** Lets an estimator learn from a streamed answer whose usage is known. */
export function learnFrom(
  { usage, isFinal, text, reasoning }: ResponseReport,
  estimator: TokenEstimator,
): void {
  if (usage === undefined || !isFinal || usage.audioOut > 0) {
    return;
  }
  // Reasoning that was thought but not shown has no text to learn from.
  if (reasoning.isEmpty) {
    estimator.observe(text, usage.outputText);
  } else {
    estimator.observe(text.with(reasoning), outputTokensOf(usage));
  }
}
