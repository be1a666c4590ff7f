import { AtLimit, Hold, isTimeZone, LimitUnit, Period, WindowKind } from "../../extproc/contract";
import type { Problems } from "../shared/problems";
import type { BudgetArgs } from "./budgetArgs";
import { unitName } from "./budgetLimit";
import type { ResolvedBudget } from "./resolvedBudget";

/** Periods that follow a calendar, and so a time zone. */
const calendarPeriods: readonly (Period | undefined)[] = ["day", "week", "month", "quarter", "year"];
const slidingPeriods: readonly (Period | undefined)[] = ["second", "minute", "hour", "day"];
const shrinkable: readonly LimitUnit[] = [LimitUnit.Nanodollars, LimitUnit.Tokens, LimitUnit.OutputTokens];
/** Units of which each request holds exactly one. */
const countable: readonly LimitUnit[] = [LimitUnit.Requests, LimitUnit.Concurrency];

/** Finds members of a budget that need or exclude one another; each would be ignored without a word. */
export function checkBudgetMembers(
  path: string,
  args: BudgetArgs,
  budget: ResolvedBudget,
  problems: Problems,
): void {
  const only = (member: keyof BudgetArgs, isAllowed: boolean, reason: string) => {
    if (args[member] !== undefined && !isAllowed) {
      problems.add(`${path}.${member}`, reason);
    }
  };
  checkWindow(path, args, budget, only, problems);
  checkOverflow(path, args, budget, only, problems);
  only(
    "atLimit",
    budget.atLimit !== AtLimit.Shrink || shrinkable.includes(budget.unit),
    `"shrink" lowers a request's limit on output, which is no help with ${unitName(budget.unit)}; use reject or overflow`,
  );
  const unit = unitName(budget.unit);
  const isCountable = countable.includes(budget.unit);
  const one = `means nothing for ${unit}, of which a request holds exactly one; remove it`;
  only("hold", !isCountable, one);
  only("holdCeiling", !isCountable, one);
  only(
    "holdCeiling",
    isCountable || budget.hold === Hold.Adaptive,
    'needs hold "adaptive"; a strict hold has no ceiling, so remove one of the two',
  );
  const isConcurrency = budget.unit === LimitUnit.Concurrency;
  const none = "means nothing for concurrency, where a request that is over leaves nothing behind; remove it";
  only("settle", !isConcurrency, none);
  only("onExpiry", !isConcurrency, none);
  only("warnAt", !isConcurrency, none);
}

type Only = (member: keyof BudgetArgs, isAllowed: boolean, reason: string) => void;

function checkWindow(
  path: string,
  args: BudgetArgs,
  budget: ResolvedBudget,
  only: Only,
  problems: Problems,
): void {
  if (budget.unit === LimitUnit.Concurrency) {
    for (const member of ["period", "window", "burst", "timeZone"] as const) {
      only(member, false, "means nothing for concurrency, which counts what runs now; remove it");
    }
    return;
  }
  const { period } = budget;
  if (period === undefined) {
    problems.add(`${path}.period`, `is missing; give one of ${Object.values(Period).join(", ")}`);
    return;
  }
  const isSliding = budget.window === WindowKind.Sliding;
  only(
    "window",
    !isSliding || slidingPeriods.includes(period),
    `"sliding" looks back a day at most, and the period is a ${period}; use fixed`,
  );
  only("burst", isSliding, 'needs window "sliding"; set it, or remove burst');
  only("warnAt", budget.burst === undefined, "needs windows, and a budget with burst has none; remove it");
  if (args.timeZone === undefined) {
    return;
  }
  only(
    "timeZone",
    calendarPeriods.includes(period) && !isSliding,
    isSliding
      ? "needs a fixed window; a sliding one begins nowhere, so remove it"
      : `means nothing for a ${period}, which begins at the same time everywhere; remove it`,
  );
  if (!isTimeZone(args.timeZone)) {
    problems.add(
      `${path}.timeZone`,
      `${JSON.stringify(args.timeZone)} is not a time zone; use an IANA name such as "Europe/Berlin"`,
    );
  }
}

function checkOverflow(
  path: string,
  args: BudgetArgs,
  budget: ResolvedBudget,
  only: Only,
  problems: Problems,
): void {
  const overflows = budget.atLimit === AtLimit.Overflow;
  if (overflows && args.overflowTo === undefined) {
    problems.add(
      `${path}.overflowTo`,
      'is missing; with atLimit "overflow" name the model that answers then',
    );
  }
  for (const member of ["overflowTo", "returnBelow", "dwellSeconds"] as const) {
    only(member, overflows, 'needs atLimit "overflow"; set it, or remove this');
  }
}
