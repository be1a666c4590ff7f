import { AtLimit, type BudgetPolicy, LimitUnit, Settle } from "./policy";

/**
 * Whether a budget needs more of an answer than its log entry: to count it as it passes, to give its place back at
 * once, or to say what was done to the request. Where no budget does, answers are none of the processor's business,
 * which spares a message for each request.
 */
export function watchesAnswers({
  settle,
  atLimit,
  unit,
}: Pick<BudgetPolicy, "settle" | "atLimit" | "unit">): boolean {
  return settle === Settle.Stream || atLimit !== AtLimit.Reject || unit === LimitUnit.Concurrency;
}
