import { accountOf } from "../../policy/claims";
import { type Attributes, subjectOf } from "../../policy/match";
import type { BudgetPolicy, Policy } from "../../policy/policy";

/** A counter of a budget that is shown. */
export interface BudgetCounter {
  readonly budget: BudgetPolicy;
  /** The team or the model that it counts for; absent for all others, such as a user's. */
  readonly subject?: string;
  /** It stands for all counters of the budget: the fullest that was seen. */
  readonly isFullest: boolean;
  /** Absent while no request has touched the budget. */
  readonly account?: string;
}

/**
 * The counters to show: the only one of a budget, those of each declared team or model, and of all others, which may
 * be as many as there are users, the fullest that was seen.
 */
export function countersOf(
  policy: Policy,
  fullestOf: (budget: string) => string | undefined,
): readonly BudgetCounter[] {
  return policy.budgets.flatMap((budget): readonly BudgetCounter[] => {
    const subjects = declaredSubjects(policy, budget);
    if (subjects !== undefined) {
      return subjects.map(({ name, attributes, model }) => {
        const account = accountOf({ budget, subject: subjectOf(budget, model, attributes) });
        return { budget, isFullest: false, account, ...(name === undefined ? {} : { subject: name }) };
      });
    }
    const seen = fullestOf(budget.name);
    // One of before its unit changed is another counter.
    const isOfUnit = seen?.startsWith(`${budget.name}:${budget.unit}:`) === true;
    return [{ budget, isFullest: true, ...(isOfUnit ? { account: seen } : {}) }];
  });
}

interface Subject {
  readonly name: string | undefined;
  readonly attributes: Attributes;
  readonly model: string;
}

/** All subjects of a budget where the policy names them. */
function declaredSubjects(policy: Policy, budget: BudgetPolicy): readonly Subject[] | undefined {
  const [dimension, ...others] = budget.per;
  if (dimension === undefined) {
    return [{ name: undefined, attributes: new Map(), model: "" }];
  }
  if (others.length > 0) {
    return undefined;
  }
  if (dimension === "model") {
    const models = [...(budget.models ?? policy.models.keys())];
    return models.map((model) => ({ name: model, attributes: new Map(), model }));
  }
  return dimension === "team" && budget.teams !== undefined
    ? [...budget.teams].map((team) => ({ name: team, attributes: new Map([["team", team]]), model: "" }))
    : undefined;
}
