import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePolicy, problemText } from "../../extproc/contract";
import { AccessRules, type RuleSubject } from "../../extproc/policy/accessRules";
import { nearestNames } from "../../extproc/policy/nearestNames";
import { quickestMs } from "../support/quickest";

interface Rule {
  readonly models?: readonly string[];
  readonly callers?: Readonly<Record<string, readonly string[]>>;
}

const rulesOf = (rules: readonly Rule[]) =>
  new AccessRules(
    rules.map(({ models, callers = {} }, index) => ({
      name: `r${index}`,
      models: models === undefined ? undefined : new Set(models),
      callers: new Map(Object.entries(callers).map(([attribute, values]) => [attribute, new Set(values)])),
    })),
  );

const subject = (
  attributes: Readonly<Record<string, string>>,
  groups: Readonly<Record<string, readonly string[]>> = {},
): RuleSubject => ({
  attributes: new Map(Object.entries(attributes)),
  groups: new Map(Object.entries(groups)),
});

/** The meaning of rules, in as few words as it has. */
function allows(rules: readonly Rule[], { attributes, groups }: RuleSubject, model: string): boolean {
  return rules.some(
    ({ models, callers = {} }) =>
      (models?.includes(model) ?? true) &&
      Object.entries(callers).every(([attribute, values]) => {
        const own = attributes.get(attribute);
        return (own === undefined ? (groups.get(attribute) ?? []) : [own]).some((one) =>
          values.includes(one),
        );
      }),
  );
}

describe("rules", () => {
  const rules = rulesOf([
    { models: ["small"] },
    { models: ["large"], callers: { team: ["search", "support"] } },
    { models: ["secret"], callers: { team: ["search"], role: ["lead", "admin"] } },
    { callers: { role: ["admin"] } },
  ]);
  it.each<[string, RuleSubject, readonly string[]]>([
    ["nobody in particular", subject({}), ["small"]],
    ["another team", subject({ team: "sales" }), ["small"]],
    ["one of the teams", subject({ team: "support" }), ["small", "large"]],
    ["half of what a rule asks for", subject({ role: "lead" }), ["small"]],
    ["all of it", subject({ team: "search", role: "lead" }), ["small", "large", "secret"]],
    [
      "one of several values",
      subject({ role: "lead" }, { team: ["sales", "search"] }),
      ["small", "large", "secret"],
    ],
    ["whoever may do all", subject({ role: "admin" }), ["small", "large", "secret", "later"]],
    ["another attribute of that value", subject({ user: "admin", team: "admin" }), ["small"]],
  ])("open models to %s", (_, who, models) => {
    const all = ["small", "large", "secret", "later"];
    expect(rules.allowed(who, all)).toEqual(models);
    expect(all.filter((model) => rules.mayCall(who, model))).toEqual(models);
  });

  it("that are none let nobody call anything", () => {
    expect(rulesOf([]).mayCall(subject({ team: "search" }), "small")).toBe(false);
    expect(rulesOf([]).allowed(subject({}), ["small"])).toEqual([]);
  });

  it("mean what they say, however many there are, and the list agrees with each call", () => {
    const name = fc.constantFrom("a", "b", "c", "d");
    const values = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
    const attribute = fc.constantFrom("team", "user", "role");
    const rule: fc.Arbitrary<Rule> = fc.record(
      { models: fc.uniqueArray(name, { minLength: 1 }), callers: fc.dictionary(attribute, values) },
      { requiredKeys: [] },
    );
    const who = fc
      .tuple(fc.dictionary(attribute, name), fc.dictionary(attribute, values))
      .map(([attributes, groups]) => subject(attributes, groups));
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 12 }), who, (list, caller) => {
        const made = rulesOf(list);
        const models = ["a", "b", "c", "d", "e"];
        const expected = models.filter((model) => allows(list, caller, model));
        expect(models.filter((model) => made.mayCall(caller, model))).toEqual(expected);
        expect(made.allowed(caller, models)).toEqual(expected);
      }),
    );
  });

  it("of a thousand teams cost a caller microseconds", () => {
    const many = rulesOf(
      Array.from({ length: 1_000 }, (_, index) => ({
        models: [`m${index % 50}`],
        callers: { team: [`team-${index}`] },
      })),
    );
    const who = subject({ team: "team-999", user: "u", key: "k" });
    const askOften = () => {
      for (let index = 0; index < 10_000; index++) {
        many.mayCall(who, "m49");
      }
    };
    // 0.1 ms would be felt; it is less than one thousandth of a millisecond.
    expect(quickestMs(askOften) / 10_000).toBeLessThan(0.02);
    expect([many.mayCall(who, "m49"), many.mayCall(who, "m48")]).toEqual([true, false]);
  });
});

describe("rules in a policy document", () => {
  const parsed = (rules: unknown, more: object = {}) =>
    parsePolicy({
      version: 1,
      models: { m: { backends: { a: {} } } },
      identities: { team: { metadata: { namespace: "jwt", path: ["access", "team"] } } },
      access: { token: { namespace: "jwt", path: ["access"] }, rules, ...more },
    });

  it("are read with what they leave out", () => {
    const { policy } = parsed({ all: { callers: { team: ["t"] } }, every: { models: ["m"] } });
    expect(policy?.access?.rules?.all).toEqual([
      { name: "all", models: undefined, callers: new Map([["team", new Set(["t"])]]) },
      { name: "every", models: new Set(["m"]), callers: new Map() },
    ]);
    expect(parsed(undefined).policy?.access?.rules).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ["a list", [], "access.rules: [] is not a map; give an object"],
    [
      "no models",
      { r: { models: [] } },
      'access.rules["r"].models: [] is empty; name models, or leave it out for all',
    ],
    [
      "a model that is none",
      { r: { models: ["n"] } },
      'access.rules["r"].models: "n" is not a model; take it out, or name one of models',
    ],
    [
      "nobody",
      { r: { callers: { team: [] } } },
      'access.rules["r"].callers.team: [] is empty, so nobody has it; name values, or leave it out',
    ],
    [
      "one value that is no list",
      { r: { callers: { team: "t" } } },
      'access.rules["r"].callers.team: "t" is not a list of non-empty strings',
    ],
    [
      "an attribute of nobody",
      { r: { callers: { role: ["x"] } } },
      'access.rules["r"].callers: "role" has no identity; say under identities where authentication puts it',
    ],
    [
      "another member",
      { r: { deny: true } },
      'access.rules["r"].deny: true is an unknown member; remove it, or run a newer processor',
    ],
  ])("are refused with %s", (_, rules, problem) => {
    expect((parsed(rules).problems ?? []).map(problemText)).toContain(problem);
  });

  it("of a thousand teams are read in less than a second", () => {
    const rules = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `r${index}`,
        { models: ["m"], callers: { team: [`t${index}`] } },
      ]),
    );
    expect(parsed(rules).policy?.access?.rules?.all).toHaveLength(1_000);
    expect(quickestMs(() => parsed(rules))).toBeLessThan(1_000);
  });
});

describe("the nearest names", () => {
  const known = ["qwen3-1.7b", "qwen3-4b", "gpt-oss-20b", "claude", "Qwen/Qwen3-1.7B"];
  it.each<[string, readonly string[]]>([
    ["qwen3-1.7", ["Qwen/Qwen3-1.7B", "qwen3-1.7b"]],
    ["qwen-1.7b", ["qwen3-1.7b"]],
    ["gpt-oss-120b", ["gpt-oss-20b"]],
    ["CLAUDE", ["claude"]],
    ["claude-3-opus-20240229", []],
    ["mistral-large", []],
    ["", []],
    ["c", []],
  ])("to %j are %j", (name, names) => {
    expect(nearestNames(name, known)).toEqual(names);
  });

  it("are found in a moment among many, whatever is asked for", () => {
    const many = Array.from(
      { length: 2_000 },
      (_, index) => `team/${index}/some-model-of-theirs-${index * 7}`,
    );
    const asked = ["x".repeat(100_000), many[7]?.slice(0, -1) ?? "", "team/1/some-model-of-others-9"];
    expect(quickestMs(() => asked.map((name) => nearestNames(name, many)))).toBeLessThan(300);
  });
});
