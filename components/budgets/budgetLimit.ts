import { LimitUnit, nanodollars } from "../../extproc/contract";
import type { Problems } from "../shared/problems";
import type { BudgetLimitArgs } from "./budgetArgs";

/** Member of `BudgetLimitArgs` -> unit of the policy document. */
const unitOf: Readonly<Record<keyof BudgetLimitArgs, LimitUnit>> = {
  usd: LimitUnit.Nanodollars,
  tokens: LimitUnit.Tokens,
  inputTokens: LimitUnit.InputTokens,
  outputTokens: LimitUnit.OutputTokens,
  requests: LimitUnit.Requests,
  concurrency: LimitUnit.Concurrency,
};
const members = Object.keys(unitOf) as (keyof BudgetLimitArgs)[];

/** How a declaration calls a unit. */
export function unitName(unit: LimitUnit): string {
  return members.find((member) => unitOf[member] === unit) ?? unit;
}

/** Unit and amount of a limit; a stand-in where a problem was reported. */
export function resolveLimit(
  path: string,
  args: BudgetLimitArgs,
  problems: Problems,
): { readonly unit: LimitUnit; readonly limit: number } {
  const given = members.filter((member) => args[member] !== undefined);
  const [member = "requests"] = given;
  if (given.length !== 1) {
    const found = given.length === 0 ? "names no unit" : `names ${given.join(" and ")}`;
    const remedy = given.length === 0 ? "" : ", and declare the others as budgets of their own";
    problems.add(path, `${found}; name exactly one of ${members.join(", ")}${remedy}`);
  }
  const unit = unitOf[member];
  const amounts = given.map((one) => resolveAmount(`${path}.${one}`, unitOf[one], args[one] ?? 0, problems));
  return { unit, limit: amounts[0] ?? 1 };
}

/** An amount in a unit as the processor counts it: money in nanodollars, all else as it is. */
export function resolveAmount(path: string, unit: LimitUnit, value: number, problems: Problems): number {
  if (unit === LimitUnit.Nanodollars) {
    const amount = nanodollars(value);
    if (amount === undefined || amount === 0) {
      problems.add(
        path,
        `${value} is not an amount that can be counted exactly; give US dollars above 0 to 9,007,199 with at most nine decimals`,
      );
    }
    return amount || 1;
  }
  if (!Number.isSafeInteger(value) || value < 1) {
    const most = Number.MAX_SAFE_INTEGER.toLocaleString("en");
    problems.add(path, `${value} is not a whole number from 1 to ${most}`);
    return 1;
  }
  return value;
}
