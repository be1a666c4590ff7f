import {
  AtLimit,
  budgetDefaults,
  Hold,
  LimitUnit,
  OnExpiry,
  Period,
  Settle,
  StoreDown,
  WindowKind,
} from "../../extproc/contract";
import { checkInteger } from "../models/resolveVllm";
import { checkTwice } from "../shared/checkTwice";
import { at, type Problems } from "../shared/problems";
import { type BudgetArgs, EnforcedBy } from "./budgetArgs";
import { resolveAmount, resolveLimit } from "./budgetLimit";
import { checkBudgetMembers } from "./checkBudgetMembers";
import type { ResolvedBudget } from "./resolvedBudget";

/** Names of budgets stand in store keys, header values and metric labels. */
const budgetName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Fills in the defaults of one budget, and checks what can be seen of it alone. */
export function resolveBudget(name: string, args: BudgetArgs, problems: Problems): ResolvedBudget {
  const path = at("budgets", name);
  if (!budgetName.test(name)) {
    problems.add(path, 'cannot be the name of a budget; use 1 to 63 letters, digits, ".", "-" and "_"');
  }
  const { unit, limit } = resolveLimit(`${path}.limit`, args.limit ?? {}, problems);
  const isMoney = unit === LimitUnit.Nanodollars;
  const inUnit = (field: "burst" | "holdCeiling") =>
    args[field] === undefined ? undefined : resolveAmount(`${path}.${field}`, unit, args[field], problems);
  const budget: ResolvedBudget = {
    name,
    per: resolvePer(`${path}.per`, args.per, problems),
    models: resolveFilter(`${path}.models`, args.models, problems),
    teams: resolveFilter(`${path}.teams`, args.teams, problems),
    users: resolveFilter(`${path}.users`, args.users, problems),
    unit,
    limit,
    period: args.period,
    window: args.window ?? WindowKind.Fixed,
    burst: inUnit("burst"),
    timeZone: args.timeZone ?? "UTC",
    warnAt: [...(args.warnAt ?? [])].sort((a, b) => a - b),
    atLimit: args.atLimit ?? AtLimit.Reject,
    overflowTo: args.overflowTo,
    returnBelow: args.returnBelow ?? budgetDefaults.returnBelow,
    dwellSeconds: args.dwellSeconds ?? budgetDefaults.dwellSeconds,
    status: args.status === 402 ? 402 : 429,
    hold: args.hold ?? Hold.Adaptive,
    holdCeiling: inUnit("holdCeiling"),
    whenStoreIsDown: args.whenStoreIsDown ?? (isMoney ? StoreDown.Closed : StoreDown.Open),
    settle: args.settle ?? (isMoney ? Settle.Stream : Settle.Log),
    onExpiry: args.onExpiry ?? (isMoney ? OnExpiry.Floor : OnExpiry.Release),
    shadow: args.shadow ?? false,
    enforcedBy: args.enforcedBy ?? EnforcedBy.Processor,
    trustClientHeaders: args.trustClientHeaders ?? false,
  };
  checkChoices(path, args, problems);
  checkNumbers(path, args, budget, problems);
  checkBudgetMembers(path, args, budget, problems);
  return budget;
}

function resolvePer(path: string, per: string | undefined, problems: Problems): readonly string[] {
  if (per === undefined) {
    return [];
  }
  const dimensions = per.split(",").map((part) => part.trim());
  if (dimensions.includes("")) {
    problems.add(
      path,
      `${JSON.stringify(per)} names nothing in one place; write for example "team" or "team, model", or leave it out for one counter`,
    );
    return dimensions.filter((dimension) => dimension !== "");
  }
  checkTwice(path, dimensions, problems);
  return dimensions;
}

function resolveFilter(
  path: string,
  names: readonly string[] | undefined,
  problems: Problems,
): readonly string[] | undefined {
  if (names?.length === 0) {
    problems.add(path, "is empty, so the budget would count nothing; leave it out for all");
  }
  if (names?.includes("") === true) {
    problems.add(path, "has an empty name; take it out");
  }
  checkTwice(path, names ?? [], problems);
  return names;
}

function checkChoices(path: string, args: BudgetArgs, problems: Problems): void {
  const choices = {
    period: Period,
    window: WindowKind,
    atLimit: AtLimit,
    hold: Hold,
    whenStoreIsDown: StoreDown,
    settle: Settle,
    onExpiry: OnExpiry,
    enforcedBy: EnforcedBy,
  } as const;
  for (const field of Object.keys(choices) as (keyof typeof choices)[]) {
    const value = args[field];
    const known: readonly string[] = Object.values(choices[field]);
    if (value !== undefined && !known.includes(value)) {
      problems.add(`${path}.${field}`, `"${value}" is not known; use ${known.join(", ")}`);
    }
  }
  if (args.status !== undefined && args.status !== 429 && args.status !== 402) {
    problems.add(`${path}.status`, `${args.status} is not a status of a refusal; use 429 or 402`);
  }
}

function checkNumbers(path: string, args: BudgetArgs, budget: ResolvedBudget, problems: Problems): void {
  checkInteger(`${path}.dwellSeconds`, budget.dwellSeconds, 0, 86_400, problems);
  if (!isShare(budget.returnBelow) || budget.returnBelow === 1) {
    problems.add(
      `${path}.returnBelow`,
      `${budget.returnBelow} is not a share; use 0.001 to 0.999 with at most three decimals`,
    );
  }
  for (const share of budget.warnAt.filter((one) => !isShare(one))) {
    problems.add(
      `${path}.warnAt`,
      `${share} is not a share; use above 0 to 1 with at most three decimals, 0.8 for 80 %`,
    );
  }
  checkTwice(`${path}.warnAt`, budget.warnAt.map(String), problems);
  if (
    budget.holdCeiling !== undefined &&
    args.holdCeiling !== undefined &&
    budget.holdCeiling > budget.limit
  ) {
    problems.add(
      `${path}.holdCeiling`,
      `${args.holdCeiling} is above the limit, which nothing can hold anyway; make it at most the limit or leave it out`,
    );
  }
}

/** Above 0 up to 1, in whole thousandths. */
function isShare(share: number): boolean {
  const thousandths = share * 1000;
  return (
    thousandths >= 1 - 1e-9 && thousandths <= 1000 && Math.abs(thousandths - Math.round(thousandths)) < 1e-9
  );
}
