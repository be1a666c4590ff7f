import type { Attributes } from "./match";

/** Attributes of a caller with several values, as claims that are lists have them. Rules alone look at them. */
export type Groups = ReadonlyMap<string, readonly string[]>;

/** A caller as rules see it. */
export interface RuleSubject {
  readonly attributes: Attributes;
  readonly groups: Groups;
}

/** What a rule says: callers that have one of the values of each attribute may call these models. */
export interface AccessRule {
  readonly name: string;
  /** Absent: all. */
  readonly models: ReadonlySet<string> | undefined;
  /** Attribute -> values; empty for every caller. */
  readonly callers: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Who may call which models: what no rule allows is forbidden. Rules are found by the first attribute that they ask
 * for, so that a thousand of them cost a caller no more than those of its own team.
 */
export class AccessRules {
  /** Rules that ask for nothing. */
  readonly #forAll: AccessRule[] = [];
  readonly #byValue = new Map<string, Map<string, AccessRule[]>>();

  constructor(readonly all: readonly AccessRule[]) {
    for (const rule of all) {
      const [first] = rule.callers;
      if (first === undefined) {
        this.#forAll.push(rule);
      } else {
        this.#add(rule, ...first);
      }
    }
  }

  mayCall(subject: RuleSubject, model: string): boolean {
    return this.#some(subject, ({ models }) => models === undefined || models.has(model));
  }

  /** Which of these models the subject may call, in their order. */
  allowed(subject: RuleSubject, models: Iterable<string>): readonly string[] {
    const open = new Set<string>();
    const isAll = this.#some(subject, ({ models: ofRule }) => {
      for (const model of ofRule ?? []) {
        open.add(model);
      }
      return ofRule === undefined;
    });
    return [...models].filter((model) => isAll || open.has(model));
  }

  #add(rule: AccessRule, attribute: string, values: ReadonlySet<string>): void {
    const byValue = this.#byValue.get(attribute) ?? new Map<string, AccessRule[]>();
    this.#byValue.set(attribute, byValue);
    for (const value of values) {
      const others = byValue.get(value);
      if (others === undefined) {
        byValue.set(value, [rule]);
      } else {
        others.push(rule);
      }
    }
  }

  /** Whether one of the subject's rules passes the test. */
  #some(subject: RuleSubject, test: (rule: AccessRule) => boolean): boolean {
    if (this.#forAll.some(test)) {
      return true;
    }
    for (const [attribute, byValue] of this.#byValue) {
      for (const value of valuesOf(subject, attribute)) {
        const rules = byValue.get(value) ?? [];
        if (rules.some((rule) => isSubject(rule, subject) && test(rule))) {
          return true;
        }
      }
    }
    return false;
  }
}

const none: readonly string[] = [];

function valuesOf({ attributes, groups }: RuleSubject, attribute: string): readonly string[] {
  const value = attributes.get(attribute);
  return value === undefined ? (groups.get(attribute) ?? none) : [value];
}

function isSubject({ callers }: AccessRule, subject: RuleSubject): boolean {
  for (const [attribute, wanted] of callers) {
    if (!valuesOf(subject, attribute).some((value) => wanted.has(value))) {
      return false;
    }
  }
  return true;
}
