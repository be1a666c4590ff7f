import { type Attributes, bindingsOf } from "../policy/match";
import type { ModelPolicy, Policy } from "../policy/policy";
import { keepNewest } from "./bounded";
import { type Bound, boundsOf } from "./candidates";

/** Callers and models of a policy that are remembered; the oldest is forgotten. */
const mostKnown = 2_000;
/** What callers are called by is not remembered if it is longer. */
const longestKey = 512;

/** Which budgets bind whom, by what tells callers apart. */
interface Known {
  /** Attributes that decide about it; the others are as good as not there. */
  readonly attributes: readonly string[];
  readonly bounds: Map<string, readonly Bound[]>;
}

const policies = new WeakMap<Policy, Known>();

/** The budgets that bind a request, worked out once for all requests of a caller to a model. */
export function knownBounds(policy: Policy, model: ModelPolicy, caller: Attributes): readonly Bound[] {
  let known = policies.get(policy);
  if (known === undefined) {
    known = { attributes: decidingAttributes(policy), bounds: new Map() };
    policies.set(policy, known);
  }
  const key = keyOf(known.attributes, model, caller);
  let bounds = known.bounds.get(key);
  if (bounds === undefined) {
    bounds = boundsOf(bindingsOf(policy, model.name, caller), model);
    if (key.length <= longestKey) {
      known.bounds.set(key, bounds);
      keepNewest(known.bounds, mostKnown);
    }
  }
  return bounds;
}

function decidingAttributes({ budgets }: Policy): readonly string[] {
  const names = new Set<string>();
  for (const { per, teams, users } of budgets) {
    for (const dimension of per) {
      names.add(dimension);
    }
    if (teams !== undefined) {
      names.add("team");
    }
    if (users !== undefined) {
      names.add("user");
    }
  }
  names.delete("model");
  return [...names];
}

/** With lengths, so that no value can be taken for two. */
function keyOf(attributes: readonly string[], { name }: ModelPolicy, caller: Attributes): string {
  let key = name;
  for (const attribute of attributes) {
    const value = caller.get(attribute);
    key += value === undefined ? "\n-" : `\n${value.length} ${value}`;
  }
  return key;
}
