import { at, type Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { ResolvedRoute } from "./resolved";
import { kindsOf } from "./resolveModel";

/** Members of a model that describe its public name, and mean nothing for a model without one. */
export const publicMembers = [
  "ownedBy",
  "createdAt",
  "hostnames",
  "serves",
  "fallback",
  "timeouts",
  "retries",
  "requestCosts",
] as const;
/** Members that describe one backend, and mean nothing for an alias. */
const backendMembers = [
  "upstreamName",
  "namespace",
  "headers",
  "body",
  "price",
  "contextTokens",
  "maxOutputTokens",
] as const;

/**
 * Checks what only shows when the models are looked at together. `overflows`: models that budgets lead to; `isWhole`:
 * no model and no budget was left out.
 */
export function checkTogether(
  declared: Readonly<Record<string, ModelArgs>>,
  routes: readonly ResolvedRoute[],
  overflows: readonly string[],
  isWhole: boolean,
  problems: Problems,
): void {
  for (const [key, args] of Object.entries(declared)) {
    checkPlace(key, args, problems);
  }
  checkHostnames(routes, problems);
  checkWildcards(routes, problems);
  // What was left out may have led there.
  if (isWhole) {
    checkUsed(declared, overflows, problems);
  }
}

/** Finds members that mean nothing where they stand. */
function checkPlace(key: string, args: ModelArgs, problems: Problems): void {
  const path = at("models", key);
  if (kindsOf(args).includes("route")) {
    for (const member of backendMembers.filter((name) => args[name] !== undefined)) {
      problems.add(
        `${path}.${member}`,
        "describes a backend, and an alias has none; write it on the alias's targets",
      );
    }
  }
  if (args.public === false) {
    for (const member of publicMembers.filter((name) => args[name] !== undefined)) {
      problems.add(
        `${path}.${member}`,
        "describes a name that clients call, but public is false; write it on the alias or model that they do call",
      );
    }
  }
}

/** A route without a host name is listed everywhere, but answers 404 on hosts that another route names. */
function checkHostnames(routes: readonly ResolvedRoute[], problems: Problems): void {
  const scoped = routes.filter(({ hostnames }) => hostnames.length > 0);
  if (scoped.length === 0 || scoped.length === routes.length) {
    return;
  }
  const example = scoped[0]?.hostnames[0] ?? "";
  for (const { key } of routes.filter(({ hostnames }) => hostnames.length === 0)) {
    problems.add(
      `${at("models", key)}.hostnames`,
      `is missing while other models have host names: on ${example} this model would be listed and answer 404; give all public models host names, or none`,
    );
  }
}

/**
 * Envoy takes the most exact host name that it knows, and the routes of a wildcard that covers it are not asked; the
 * list of models shows them all the same.
 */
function checkWildcards(routes: readonly ResolvedRoute[], problems: Problems): void {
  const all = [...new Set(routes.flatMap(({ hostnames }) => hostnames))];
  for (const { key, hostnames } of routes) {
    for (const wildcard of hostnames.filter((name) => name.startsWith("*."))) {
      const hidden = all.filter((other) => other.endsWith(wildcard.slice(1)) && !hostnames.includes(other));
      if (hidden.length > 0) {
        const names = hidden.map((name) => `"${name}"`).join(", ");
        problems.add(
          `${at("models", key)}.hostnames`,
          `"${wildcard}" covers ${names} of other models, where this model would be listed and answer 404; name ${names} here too`,
        );
      }
    }
  }
}

function checkUsed(
  declared: Readonly<Record<string, ModelArgs>>,
  overflows: readonly string[],
  problems: Problems,
): void {
  const named = new Set([...Object.values(declared).flatMap(namesIn), ...overflows]);
  for (const [key, { public: isPublic }] of Object.entries(declared)) {
    if (isPublic === false && !named.has(key)) {
      problems.add(
        at("models", key),
        "is not public and nothing leads to it, so it could never answer; name it in a route, a fallback or a budget's overflowTo, or make it public",
      );
    }
  }
}

function namesIn({ route, fallback = [] }: ModelArgs): readonly string[] {
  const canary = route?.canary === undefined ? [] : [route.canary.model];
  return [...fallback, ...Object.keys(route?.targets ?? {}), ...(route?.fallback ?? []), ...canary];
}
