import { LimitUnit } from "../../extproc/contract";
import { EnforcedBy } from "./budgetArgs";
import { firstObstacle, type QuotaSurroundings } from "./checkGatewayBudgets";
import type { ResolvedBudget } from "./resolvedBudget";

/** Who enforces each budget, and why: what a preview says of it, a line each. */
export function budgetSummary(
  budgets: readonly ResolvedBudget[],
  around: QuotaSurroundings,
): readonly string[] {
  return budgets.map((budget) => {
    const what = `budget "${budget.name}" (${limitText(budget)})`;
    if (budget.enforcedBy === EnforcedBy.Gateway) {
      return `AI Gateway enforces ${what}, as declared: it charges after a request, so requests at the same time may pass the limit together`;
    }
    const obstacle = firstObstacle(budget, around);
    const why =
      obstacle === undefined
        ? "AI Gateway could, but charges after a request, and the processor reserves before it"
        : `${obstacle[0]} ${obstacle[1]}`;
    const mode = budget.shadow ? "watches" : "enforces";
    return `the processor ${mode} ${what}: ${why}`;
  });
}

const unitTexts: Readonly<Partial<Record<LimitUnit, string>>> = {
  [LimitUnit.Tokens]: "tokens",
  [LimitUnit.InputTokens]: "input tokens",
  [LimitUnit.OutputTokens]: "output tokens",
  [LimitUnit.Requests]: "requests",
  [LimitUnit.Concurrency]: "requests at a time",
};

/** For example `$1,500 a month per team`. */
function limitText({ unit, limit, period, per }: ResolvedBudget): string {
  const amount =
    unit === LimitUnit.Nanodollars
      ? dollars(limit / 1e9)
      : `${limit.toLocaleString("en")} ${unitTexts[unit]}`;
  const article = period === "hour" ? "an" : "a";
  return [
    amount,
    ...(period === undefined ? [] : [`${article} ${period}`]),
    ...(per.length === 0 ? [] : [`per ${per.join(" and ")}`]),
  ].join(" ");
}

function dollars(usd: number): string {
  return usd.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: Number.isInteger(usd) ? 0 : 2,
    maximumFractionDigits: 9,
  });
}
