import { nearestRemedy } from "../shared/nearest";
import { at, type Problems } from "../shared/problems";
import { modelDimension } from "./attributes";
import { issuerAttribute } from "./jwtProvider";
import { claimedAttributes, issuerNames, type ResolvedAccess } from "./resolvedAccess";
import type { ResolvedBudget } from "./resolvedBudget";

/** Attributes of the caller that authentication sets: nobody can forge them. */
export function authenticatedAttributes(access: ResolvedAccess | undefined): ReadonlySet<string> {
  const looked = Object.values(access?.apiKeys?.attributes ?? {}).flatMap(Object.keys);
  return new Set([
    ...claimedAttributes(access),
    ...(issuerNames(access).length === 0 ? [] : [issuerAttribute]),
    ...(access?.apiKeys === undefined ? [] : ["key"]),
    ...looked,
  ]);
}

/** Attributes that a budget needs, with the member that asks for each. */
export function attributesUsedBy(
  budget: ResolvedBudget,
): readonly (readonly ["per" | "teams" | "users", string])[] {
  return [
    ...budget.per.filter((name) => name !== modelDimension).map((name) => ["per", name] as const),
    ...(budget.teams === undefined ? [] : [["teams", "team"] as const]),
    ...(budget.users === undefined ? [] : [["users", "user"] as const]),
  ];
}

/** A budget that counts by what nobody sets counts nothing right, and by what clients set nothing at all. */
export function checkBudgetIdentity(
  budget: ResolvedBudget,
  access: ResolvedAccess | undefined,
  problems: Problems,
): void {
  const path = at("budgets", budget.name);
  const authenticated = authenticatedAttributes(access);
  const headers = access?.clientHeaders ?? {};
  const used = attributesUsedBy(budget);
  for (const [member, attribute] of used.filter(([, name]) => !authenticated.has(name))) {
    const header = Object.hasOwn(headers, attribute) ? headers[attribute] : undefined;
    if (header === undefined) {
      const known = [modelDimension, ...authenticated, ...Object.keys(headers)];
      const remedy = nearestRemedy(
        attribute,
        known,
        "say in access.jwt.claims or access.apiKeys where it comes from",
      );
      problems.add(
        `${path}.${member}`,
        `"${attribute}" is an attribute that no authentication sets; ${remedy}`,
      );
    } else if (!budget.trustClientHeaders) {
      problems.add(
        `${path}.${member}`,
        `"${attribute}" is what the header ${header} says, which everybody who reaches the gateway can set; let access.jwt or access.apiKeys set it, or accept that with trustClientHeaders: true`,
      );
    }
  }
  if (
    budget.trustClientHeaders &&
    used.every(([, name]) => authenticated.has(name) || headers[name] === undefined)
  ) {
    problems.add(
      `${path}.trustClientHeaders`,
      "is true, and the budget relies on no header of access.clientHeaders; remove it",
    );
  }
  checkKnownValues(`${path}.teams`, "team", budget.teams, access, problems);
  checkKnownValues(`${path}.users`, "user", budget.users, access, problems);
}

/** Where API keys alone set an attribute, all of its values are known; so are those of `issuer`, which are names. */
export function checkKnownValues(
  path: string,
  attribute: string,
  wanted: readonly string[] | undefined,
  access: ResolvedAccess | undefined,
  problems: Problems,
): void {
  const values = Object.values(access?.apiKeys?.attributes ?? {}).flatMap(
    (attributes) => attributes[attribute] ?? [],
  );
  const issuers = attribute === issuerAttribute ? issuerNames(access) : [];
  const known = [...new Set([...issuers, ...values])];
  if (known.length === 0 || claimedAttributes(access).includes(attribute)) {
    return;
  }
  const whom = issuers.length === 0 ? "API key" : "caller";
  for (const value of (wanted ?? []).filter((one) => one !== "" && !known.includes(one))) {
    problems.add(
      path,
      `"${value}" is the ${attribute} of no ${whom}; ${nearestRemedy(value, known, `known are ${known.join(", ")}`)}`,
    );
  }
}

/** Callers without an attribute share a counter, which is rarely meant. */
export function identityWarnings(
  budgets: readonly ResolvedBudget[],
  access: ResolvedAccess | undefined,
): readonly string[] {
  const keys = Object.entries(access?.apiKeys?.attributes ?? {});
  return budgets.flatMap((budget) =>
    budget.per
      .filter((attribute) => attribute !== modelDimension && attribute !== "key")
      .flatMap((attribute) => {
        const without = keys.filter(([, attributes]) => attributes[attribute] === undefined);
        const names = without.map(([name]) => `"${name}"`).join(", ");
        // With none at all it comes from a header.
        return [
          ...(without.length === 0 || without.length === keys.length
            ? []
            : [
                `budget "${budget.name}" counts per ${attribute}, and API keys without one (${names}) share a counter; give each a ${attribute}`,
              ]),
          ...issuerWarnings(budget, attribute, access),
        ];
      }),
  );
}

function issuerWarnings(
  budget: ResolvedBudget,
  attribute: string,
  access: ResolvedAccess | undefined,
): readonly string[] {
  const issuers = access?.issuers ?? [];
  const without = issuers.filter(({ claims }) => !Object.hasOwn(claims, attribute));
  const names = without.flatMap(({ name }) => (name === undefined ? [] : [`"${name}"`])).join(", ");
  // With none at all it comes from a key or a header.
  return names === "" || without.length === issuers.length
    ? []
    : [
        `budget "${budget.name}" counts per ${attribute}, and no claim sets it for callers of some issuers (${names}), who share a counter; name one in their claims`,
      ];
}
