import { AtLimit, Hold, LimitUnit } from "../../extproc/contract";
import type { ResolvedModel, ResolvedRoute } from "../models/resolved";
import { nearestRemedy } from "../shared/nearest";
import { at, type Problems } from "../shared/problems";
import { checkBudgetIdentity } from "./checkBudgetIdentity";
import { checkLogPrices } from "./checkLogPrices";
import { gaps, through } from "./gaps";
import { reaches } from "./overflow";
import type { ResolvedAccess } from "./resolvedAccess";
import type { ResolvedBudget } from "./resolvedBudget";

/** What budgets refer to. */
export interface BudgetSurroundings {
  /** Routes of the public models that could be resolved. */
  readonly routes: readonly ResolvedRoute[];
  /** Models with a backend, by key. */
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** Keys of all models that are declared, and whether clients see them. */
  readonly declared: ReadonlyMap<string, boolean>;
  /** Models that are declared, but could not be read. */
  readonly leftOut: ReadonlySet<string>;
  /** Absent when the declaration has none. */
  readonly access: ResolvedAccess | undefined;
  /** The declaration says who calls, but that could not be read. */
  readonly isAccessLeftOut: boolean;
  readonly problems: Problems;
}

/** Checks that everything exists that budgets name, and that money has a price wherever it can be spent. */
export function checkBudgets(budgets: readonly ResolvedBudget[], around: BudgetSurroundings): void {
  for (const budget of budgets) {
    for (const model of budget.models ?? []) {
      checkModel(`${at("budgets", budget.name)}.models`, model, true, around);
    }
    checkOverflowTarget(budget, around);
    if (!around.isAccessLeftOut) {
      checkBudgetIdentity(budget, around.access, around.problems);
    }
  }
  checkPrices(budgets, around);
  checkLogPrices(budgets, around);
  checkOutputKnown(budgets, around);
}

function checkModel(
  path: string,
  model: string,
  mustBePublic: boolean,
  { declared, leftOut, problems }: BudgetSurroundings,
): void {
  const isPublic = declared.get(model);
  if (isPublic === undefined && !leftOut.has(model)) {
    const names = [...declared].flatMap(([key, visible]) => (visible || !mustBePublic ? [key] : []));
    problems.add(path, `"${model}" is not in models; ${nearestRemedy(model, names, "declare it there")}`);
  } else if (isPublic === false && mustBePublic) {
    problems.add(
      path,
      `"${model}" is not public, so no request names it; name the public models that lead there`,
    );
  }
}

function checkOverflowTarget(budget: ResolvedBudget, around: BudgetSurroundings): void {
  const { overflowTo } = budget;
  if (overflowTo === undefined || budget.atLimit !== AtLimit.Overflow) {
    return;
  }
  const path = `${at("budgets", budget.name)}.overflowTo`;
  checkModel(path, overflowTo, false, around);
  if (reaches(budget, overflowTo) && around.declared.get(overflowTo) === true) {
    const remedy =
      budget.models === undefined
        ? "name the others in models, or set public: false on it"
        : "take it out of models";
    around.problems.add(
      path,
      `"${overflowTo}" counts in this budget itself, and has nowhere to go then; ${remedy}`,
    );
  }
  for (const route of around.routes.filter(({ key }) => reaches(budget, key))) {
    const tier = route.tiers.find(({ model }) => model === overflowTo);
    const first = route.targets.flatMap(({ model, priority }) => (priority === 0 ? [model] : []));
    if (tier?.targets.every(({ model }) => first.includes(model)) === true) {
      around.problems.add(
        path,
        `"${overflowTo}" answers for "${route.key}" in the first place, so the budget would lead nowhere else; name another model`,
      );
    }
  }
}

function checkPrices(budgets: readonly ResolvedBudget[], around: BudgetSurroundings): void {
  const money = budgets.filter(({ unit }) => unit === LimitUnit.Nanodollars);
  for (const [key, gap] of gaps(money, around, ({ price }) => price === undefined)) {
    around.problems.add(
      `${at("models", key)}.price`,
      `is missing: budget "${gap.budget.name}" counts dollars and reaches this model${through(key, gap)}; give its price (of a model of your own too), or leave ${JSON.stringify(gap.route.key)} out of the budget`,
    );
  }
}

const unitsOfOutput: readonly LimitUnit[] = [LimitUnit.Nanodollars, LimitUnit.Tokens, LimitUnit.OutputTokens];

/** The most that a request can cost is only known where the longest output is. */
function checkOutputKnown(budgets: readonly ResolvedBudget[], around: BudgetSurroundings): void {
  const strict = budgets.filter(({ hold, unit }) => hold === Hold.Strict && unitsOfOutput.includes(unit));
  for (const [key, gap] of gaps(strict, around, (model) => model.maxOutputTokens === undefined)) {
    around.problems.add(
      `${at("models", key)}.maxOutputTokens`,
      `is missing: budget "${gap.budget.name}" holds the most that a request can cost (hold "strict") and reaches this model${through(key, gap)}; give its longest output in tokens`,
    );
  }
}
