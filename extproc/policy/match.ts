import type { BudgetPolicy, Lookups, Policy } from "./policy";

/** Attributes of the caller that authentication set. */
export type Attributes = ReadonlyMap<string, string>;

/** A budget that binds a request, and the counter in it. */
export interface Binding {
  readonly budget: BudgetPolicy;
  /** Which of the budget's counters: the values of `per`, encoded; empty when there is one for all. */
  readonly subject: string;
}

/**
 * The attributes with those added that are looked up from them, in any order of the lookups. What authentication
 * set is never replaced.
 */
export function withLookups(attributes: Attributes, lookups: Lookups): Attributes {
  const all = new Map(attributes);
  for (let added = true; added; ) {
    added = false;
    for (const [attribute, byValue] of lookups) {
      const value = all.get(attribute);
      for (const [name, text] of (value === undefined ? undefined : byValue.get(value)) ?? []) {
        if (!all.has(name)) {
          all.set(name, text);
          added = true;
        }
      }
    }
  }
  return all;
}

/**
 * The budgets that bind a request, ordered by name. A caller without an attribute of `per` shares a counter with all
 * others without it: lacking an identity never frees from a budget.
 */
export function bindingsOf(policy: Policy, model: string, attributes: Attributes): readonly Binding[] {
  const bindings: Binding[] = [];
  for (const budget of policy.budgets) {
    if (isIn(budget.models, model) && bindsCaller(budget, attributes)) {
      bindings.push({ budget, subject: subjectOf(budget, model, attributes) });
    }
  }
  return bindings;
}

/** Whether a caller's calls count in a budget, of the models that it counts. */
export function bindsCaller({ teams, users }: BudgetPolicy, attributes: Attributes): boolean {
  return isIn(teams, attributes.get("team")) && isIn(users, attributes.get("user"));
}

function isIn(names: ReadonlySet<string> | undefined, name: string | undefined): boolean {
  return names === undefined || (name !== undefined && names.has(name));
}

/**
 * The counter of a budget that a caller's call of a model goes to. Encoded so that different values never make the same
 * one, and no value reaches into a store's key.
 */
export function subjectOf(budget: BudgetPolicy, model: string, attributes: Attributes): string {
  return budget.per
    .map((dimension) => {
      const value = dimension === "model" ? model : attributes.get(dimension);
      return `${dimension}=${encoded(value ?? "")}`;
    })
    .join("&");
}

/** What stays as it is when it is encoded: most names. */
const plain = /^[\w.-]*$/;

function encoded(value: string): string {
  if (plain.test(value)) {
    return value;
  }
  // Half a surrogate pair, which cannot be encoded, becomes a replacement character on the way.
  return encodeURIComponent(Buffer.from(value).toString());
}
