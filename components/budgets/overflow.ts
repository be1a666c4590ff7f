import { AtLimit } from "../../extproc/contract";
import { objectName } from "../shared/names";
import type { ResolvedBudget } from "./resolvedBudget";

/** Name of the tier that stands for a model: a value that headers, labels and documents take. */
export function tierName(model: string): string {
  return objectName(model);
}

/** Models that the budgets of a public model overflow to, each once, in the order of the budgets. */
export function overflowsOf(publicModel: string, budgets: readonly ResolvedBudget[]): readonly string[] {
  const found = budgets.flatMap((budget) =>
    budget.atLimit === AtLimit.Overflow &&
    budget.overflowTo !== undefined &&
    budget.overflowTo !== publicModel &&
    reaches(budget, publicModel)
      ? [budget.overflowTo]
      : [],
  );
  return [...new Set(found)];
}

/** Whether a budget counts requests to a public model. */
export function reaches(budget: Pick<ResolvedBudget, "models">, publicModel: string): boolean {
  return budget.models?.includes(publicModel) ?? true;
}
