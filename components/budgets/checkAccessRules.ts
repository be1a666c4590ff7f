import type { ResolvedRoute } from "../models/resolved";
import { checkTwice } from "../shared/checkTwice";
import { nearestRemedy } from "../shared/nearest";
import { at, type Problems } from "../shared/problems";
import { checkAttributeName } from "./attributes";
import { authenticatedAttributes, checkKnownValues } from "./checkBudgetIdentity";
import { asksForProof, type ResolvedAccess, type ResolvedRule } from "./resolvedAccess";

/** Attributes that have members of their own in a rule. */
const ownMembers: Readonly<Record<string, string>> = { team: "teams", user: "users" };

/** Rules that name what is not there would lock somebody out, or let nobody in. */
export function checkAccessRules(
  access: ResolvedAccess | undefined,
  { routes }: { readonly routes: readonly ResolvedRoute[] },
  leftOut: ReadonlySet<string>,
  problems: Problems,
): void {
  const { rules } = access ?? {};
  if (access === undefined || rules === undefined) {
    return;
  }
  if (Object.keys(rules).length === 0) {
    problems.add("access.rules", "is empty, so nobody could call anything; name a rule, or leave it out");
  }
  if (!asksForProof(access)) {
    problems.add(
      "access.rules",
      "ask who calls, and nobody has to prove that; give jwt or apiKeys, since everybody can set headers",
    );
    return;
  }
  const models = new Set([...routes.map(({ key }) => key), ...leftOut]);
  for (const [name, rule] of Object.entries(rules)) {
    const path = at("access.rules", name);
    if (name === "" || name.length > 256 || /\p{Cc}/u.test(name)) {
      problems.add(path, `${JSON.stringify(name)} is not a name; use 1 to 256 printable characters`);
    }
    checkModels(`${path}.models`, rule.models, models, problems);
    checkCallers(path, rule, access, problems);
  }
}

function checkModels(
  path: string,
  names: readonly string[] | undefined,
  models: ReadonlySet<string>,
  problems: Problems,
): void {
  if (names?.length === 0) {
    problems.add(path, "is empty, so the rule allows nothing; name models, or leave it out for all");
  }
  checkTwice(path, names ?? [], problems);
  for (const name of (names ?? []).filter((one) => !models.has(one))) {
    const known = [...models];
    problems.add(
      path,
      `"${name}" is not a model that clients can call; ${nearestRemedy(name, known, `there are ${known.join(", ")}`)}`,
    );
  }
}

function checkCallers(
  path: string,
  { callers }: ResolvedRule,
  access: ResolvedAccess,
  problems: Problems,
): void {
  const known = authenticatedAttributes(access);
  for (const [attribute, values] of Object.entries(callers)) {
    const member = ownMembers[attribute];
    const valuesPath = member === undefined ? at(`${path}.attributes`, attribute) : `${path}.${member}`;
    checkAttributeName(valuesPath, attribute, problems);
    if (values.length === 0) {
      problems.add(valuesPath, "is empty, so the rule is for nobody; name values, or leave it out");
    }
    checkTwice(valuesPath, values, problems);
    if (!known.has(attribute)) {
      const isHeader = Object.hasOwn(access.clientHeaders, attribute);
      const remedy = isHeader
        ? "is what a header says, which everybody can set; let access.jwt or access.apiKeys set it"
        : `is an attribute that no authentication sets; ${nearestRemedy(attribute, [...known], `known are ${[...known].join(", ")}`)}`;
      problems.add(valuesPath, `"${attribute}" ${remedy}`);
    }
    checkKnownValues(valuesPath, attribute, values, access, problems);
  }
}

/** A model that nobody may call is rarely meant. */
export function ruleWarnings(
  access: ResolvedAccess | undefined,
  models: readonly string[],
): readonly string[] {
  const rules = Object.values(access?.rules ?? {});
  if (rules.length === 0 || rules.some((rule) => rule.models === undefined)) {
    return [];
  }
  const open = new Set(rules.flatMap((rule) => rule.models ?? []));
  const closed = models.filter((model) => !open.has(model)).map((model) => `"${model}"`);
  return closed.length === 0
    ? []
    : [
        `no rule of access.rules lets anybody call ${closed.join(", ")}; name it in one, or set public: false`,
      ];
}
