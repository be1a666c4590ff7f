import { type BudgetPolicy, LimitUnit, Settle } from "./policy";

/**
 * Whether a budget needs more of an answer than its log entry: to count it as it passes, or to know at once what a
 * request or its place has come to (a client that is refused is told whether to try again soon). Where no budget does,
 * answers are none of the processor's business, which spares a message for each request, and one for each piece.
 */
export function watchesAnswers({ settle, unit }: Pick<BudgetPolicy, "settle" | "unit">): boolean {
  return settle === Settle.Stream || unit === LimitUnit.Concurrency || unit === LimitUnit.Requests;
}
