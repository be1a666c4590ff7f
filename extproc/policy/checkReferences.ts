import type { DocumentProblems } from "./documentReader";
import { AtLimit, type BudgetPolicy, LimitUnit, type ModelPolicy, type Policy } from "./policy";

/** What `per` can name besides attributes of the caller. */
const modelDimension = "model";

/** Every name that a policy uses must exist, and money needs a price wherever it can be spent. */
export function checkReferences(policy: Policy, problems: DocumentProblems): void {
  const attributes = attributesOf(policy);
  checkRules(policy, attributes, problems);
  for (const budget of policy.budgets) {
    const path = `budgets[${JSON.stringify(budget.name)}]`;
    checkDimensions(budget, path, attributes, problems);
    for (const name of budget.models ?? []) {
      if (!policy.models.has(name)) {
        const known = [...policy.models.keys()].join(", ");
        problems.add(`${path}.models`, name, `is not a model; the models are ${known}`);
      }
    }
    const models = reachedBy(budget, policy);
    if (budget.unit === LimitUnit.Nanodollars) {
      checkPrices(models, path, problems);
    }
    if (budget.atLimit === AtLimit.Overflow) {
      checkTiers(models, budget, path, policy, problems);
    }
  }
}

/** Attributes that a request can have: from authentication, and looked up from those. */
function attributesOf(policy: Policy): ReadonlySet<string> {
  const attributes = new Set(policy.identities.keys());
  for (const values of policy.lookups.values()) {
    for (const further of values.values()) {
      for (const attribute of further.keys()) {
        attributes.add(attribute);
      }
    }
  }
  for (const key of policy.access?.keys?.values() ?? []) {
    for (const attribute of key.attributes.keys()) {
      attributes.add(attribute);
    }
  }
  return attributes;
}

function checkRules(policy: Policy, attributes: ReadonlySet<string>, problems: DocumentProblems): void {
  for (const rule of policy.access?.rules?.all ?? []) {
    const path = `access.rules[${JSON.stringify(rule.name)}]`;
    for (const name of rule.models ?? []) {
      if (!policy.models.has(name)) {
        problems.add(`${path}.models`, name, "is not a model; take it out, or name one of models");
      }
    }
    for (const attribute of rule.callers.keys()) {
      if (!attributes.has(attribute)) {
        const remedy = "has no identity; say under identities where authentication puts it";
        problems.add(`${path}.callers`, attribute, remedy);
      }
    }
  }
}

function checkDimensions(
  budget: BudgetPolicy,
  path: string,
  attributes: ReadonlySet<string>,
  problems: DocumentProblems,
): void {
  const remedy = "has no identity; say under identities where authentication puts it";
  for (const dimension of budget.per) {
    if (dimension !== modelDimension && !attributes.has(dimension)) {
      problems.add(`${path}.per`, dimension, remedy);
    }
  }
  if (budget.teams !== undefined && !attributes.has("team")) {
    problems.add(`${path}.teams`, "team", remedy);
  }
  if (budget.users !== undefined && !attributes.has("user")) {
    problems.add(`${path}.users`, "user", remedy);
  }
}

function reachedBy(budget: BudgetPolicy, policy: Policy): readonly ModelPolicy[] {
  return [...policy.models.values()].filter(({ name }) => budget.models?.has(name) ?? true);
}

function checkPrices(models: readonly ModelPolicy[], path: string, problems: DocumentProblems): void {
  for (const model of models) {
    for (const pool of model.pools) {
      for (const [backend, price] of pool.backends) {
        if (price === undefined) {
          const where = pool.tier === "" ? "" : ` of tier "${pool.tier}"`;
          const remedy = `has no price at backend "${backend}"${where}; give one, or leave the model out of this budget`;
          problems.add(path, model.name, remedy);
        }
      }
    }
  }
}

function checkTiers(
  models: readonly ModelPolicy[],
  budget: BudgetPolicy,
  path: string,
  policy: Policy,
  problems: DocumentProblems,
): void {
  const { overflowTo } = budget;
  if (overflowTo === undefined) {
    return;
  }
  if (policy.tierHeader === undefined) {
    problems.add(
      "tierHeader",
      undefined,
      `is missing; ${path} overflows, so name the header that routes match`,
    );
  }
  for (const model of models) {
    if (!model.pools.some(({ tier }) => tier === overflowTo)) {
      problems.add(`${path}.overflowTo`, overflowTo, `is not a tier of model "${model.name}"; add it there`);
    }
  }
}
