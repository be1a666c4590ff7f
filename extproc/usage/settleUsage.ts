import type { ResponseReport } from "./responseReader";
import type { TokenEstimator } from "./tokenEstimator";
import { noUsage, outputTokensOf, type Usage } from "./usage";

/** What a request is charged for. */
export interface SettledUsage {
  readonly usage: Usage;
  /** `exact`: the provider said so. `estimated`: from what came. `nothing`: no model produced anything. */
  readonly kind: "exact" | "estimated" | "nothing";
}

/**
 * The usage of a response that went well, was cut, or broke. What is not reported is estimated: the input as it was
 * held, the output from the text that came. A response that only says that it failed is charged nothing.
 */
export function settleUsage(
  report: ResponseReport,
  inputEstimate: number,
  estimator: TokenEstimator,
): SettledUsage {
  const { usage, text, reasoning } = report;
  if (usage !== undefined && report.isFinal) {
    return { usage, kind: "exact" };
  }
  const hasText = !text.isEmpty || !reasoning.isEmpty;
  if (report.hasFailed && !hasText && usage === undefined) {
    return { usage: noUsage, kind: "nothing" };
  }
  const known = usage ?? { ...noUsage, inputFresh: inputEstimate, requests: 1 };
  if (report.isRunning && usage !== undefined) {
    return { usage, kind: "estimated" };
  }
  const estimated = { outputText: estimator.estimate(text), reasoning: estimator.estimate(reasoning) };
  const isMore = estimated.outputText + estimated.reasoning >= outputTokensOf(known);
  return { usage: isMore ? { ...known, ...estimated, audioOut: 0 } : known, kind: "estimated" };
}

/** Lets an estimator learn from a streamed answer whose usage is known. */
export function learnFrom(report: ResponseReport, estimator: TokenEstimator): void {
  const { usage, text, reasoning } = report;
  // Reasoning that was thought but not shown has no text to learn from.
  if (usage === undefined || !report.isFinal || usage.audioOut > 0) {
    return;
  }
  if (reasoning.isEmpty) {
    estimator.observe(text, usage.outputText);
  } else if (text.isEmpty) {
    estimator.observe(reasoning, outputTokensOf(usage));
  } else {
    estimator.observe(text.with(reasoning), outputTokensOf(usage));
  }
}
