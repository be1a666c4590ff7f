import { AtLimit, type BudgetPolicy, LimitUnit, Settle } from "./policy";

/**
 * Whether a budget needs more of an answer than its log entry: to count it as it passes, to know at once what
 * a request or its place has come to (a client that is refused is told whether to try again soon), or to say what was
 * done to the request. Where no budget does, answers are none of the processor's business,
 * which spares a message for each request.
 */
export function watchesAnswers({
  settle,
  atLimit,
  unit,
}: Pick<BudgetPolicy, "settle" | "atLimit" | "unit">): boolean {
  const isCounted = unit === LimitUnit.Concurrency || unit === LimitUnit.Requests;
  return settle === Settle.Stream || atLimit !== AtLimit.Reject || isCounted;
}
