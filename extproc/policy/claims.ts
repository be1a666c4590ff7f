import { createHash } from "node:crypto";
import type { Period as LedgerPeriod } from "../ledger/ledger";
import { inputTokensOf, outputTokensOf, totalTokensOf, type Usage } from "../usage/usage";
import type { Binding } from "./match";
import { type BudgetPolicy, Hold, LimitUnit, WindowKind } from "./policy";
import type { Price } from "./price";
import { slidingLength, windowsAt } from "./windows";
import { type WorstCase, worstCostOf } from "./worstCase";

/** What the ledger takes for an account is 1,024 characters at most. */
const longestSubject = 512;

/**
 * The account of a budget and subject. The unit is in it, so that a budget whose unit changes starts anew, while one
 * whose limit changes goes on with what was spent. It depends on nothing else: replicas with different versions of the
 * policy agree on it.
 */
export function accountOf({ budget, subject }: Binding): string {
  const short =
    subject.length <= longestSubject
      ? subject
      : `sha256=${createHash("sha256").update(subject).digest("hex")}`;
  return `${budget.name}:${budget.unit}:${short}`;
}

/** What a budget counts over, at an instant. */
export function ledgerPeriodOf(budget: BudgetPolicy, nowMs: number): LedgerPeriod {
  const { period, burst } = budget;
  if (period === undefined) {
    return { kind: "concurrency" };
  }
  if (budget.window === WindowKind.Sliding) {
    const lengthMs = slidingLength(period);
    return burst === undefined ? { kind: "sliding", lengthMs } : { kind: "bucket", lengthMs, burst };
  }
  const { current, next } = windowsAt(period, budget.timeZone, nowMs);
  return { kind: "windows", windows: [current, next] };
}

/** What a request holds in a budget, in its unit. `prices`: of all backends that may answer. */
export function heldAmount(budget: BudgetPolicy, worst: WorstCase, prices: readonly Price[]): number {
  const amount = worstAmount(budget.unit, worst, prices);
  return budget.hold === Hold.Adaptive ? Math.min(amount, budget.holdCeiling ?? amount) : amount;
}

function worstAmount(unit: LimitUnit, worst: WorstCase, prices: readonly Price[]): number {
  switch (unit) {
    case LimitUnit.Nanodollars:
      return worstCostOf(prices, worst);
    case LimitUnit.Tokens:
      return worst.inputTokens + worst.outputTokens;
    case LimitUnit.InputTokens:
      return worst.inputTokens;
    case LimitUnit.OutputTokens:
      return worst.outputTokens;
    default:
      return 1;
  }
}

/** What a request has spent in a budget, in its unit. `cost`: at the price of the backend that answered. */
export function spentAmount(unit: LimitUnit, usage: Usage, cost: number): number {
  switch (unit) {
    case LimitUnit.Nanodollars:
      return cost;
    case LimitUnit.Tokens:
      return totalTokensOf(usage);
    case LimitUnit.InputTokens:
      return inputTokensOf(usage);
    case LimitUnit.OutputTokens:
      return outputTokensOf(usage);
    case LimitUnit.Requests:
      return usage.requests;
    case LimitUnit.Concurrency:
      return 0;
  }
}
