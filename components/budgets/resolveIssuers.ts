import { at, type Problems } from "../shared/problems";
import type { AccessArgs, JwtArgs } from "./accessArgs";
import { issuerAttribute, jwtProvider } from "./jwtProvider";
import type { ResolvedIssuer } from "./resolvedAccess";
import { resolveJwt } from "./resolveJwt";

/** Providers that a SecurityPolicy takes (CRD of Envoy Gateway 1.8.1, November 2026). */
const mostIssuers = 16;
/** Names stand in Envoy's metadata, in rules and in counters. */
const issuerName = /^[A-Za-z0-9][-._A-Za-z0-9]{0,62}$/;

/** Whose tokens are taken: of one issuer without a name, of those that have names, or nobody's. */
export function resolveIssuers({ jwt, issuers }: AccessArgs, problems: Problems): readonly ResolvedIssuer[] {
  if (jwt !== undefined && issuers !== undefined) {
    problems.add("access.issuers", "is given beside jwt; add that one here under a name, and take jwt out");
  }
  const own: readonly ResolvedIssuer[] =
    jwt === undefined
      ? []
      : [{ ...resolveJwt("access.jwt", jwt, problems), name: undefined, provider: jwtProvider }];
  const entries = Object.entries(issuers ?? {});
  const count = entries.length;
  if (issuers !== undefined && count === 0) {
    problems.add("access.issuers", "is empty, so no token would count; name an issuer, or leave it out");
  }
  if (count > mostIssuers) {
    problems.add(
      "access.issuers",
      `has ${count} entries, and the gateway takes ${mostIssuers}; take some out`,
    );
  }
  const named = entries.map(([name, args]) => resolveIssuer(name, args, problems));
  checkDiffer(entries, problems);
  return [...own, ...named];
}

function resolveIssuer(name: string, args: JwtArgs, problems: Problems): ResolvedIssuer {
  const path = at("access.issuers", name);
  if (!issuerName.test(name)) {
    problems.add(
      path,
      `${JSON.stringify(name)} is not a name; use a letter or a digit and up to 62 more, "-", "_" and "."`,
    );
  }
  const resolved = resolveJwt(path, args, problems);
  if (Object.hasOwn(resolved.claims, issuerAttribute)) {
    const remedy = `is the name of the issuer ("${name}") already; choose another attribute`;
    problems.add(at(`${path}.claims`, issuerAttribute), remedy);
  }
  return { ...resolved, name, provider: name };
}

/**
 * Envoy asks its providers in turn and takes the first that lets a token in: with one issuer under two names, the order
 * and the time of a fetch would say which of the two a caller's is.
 */
function checkDiffer(entries: readonly (readonly [string, JwtArgs])[], problems: Problems): void {
  const seen = new Map<string, string>();
  // One that is missing is reported with the other members.
  const given = entries.filter(([, { issuer }]) => typeof issuer === "string" && issuer !== "");
  for (const [name, { issuer }] of given) {
    const other = seen.get(issuer);
    if (other !== undefined) {
      problems.add(
        `${at("access.issuers", name)}.issuer`,
        `"${issuer}" is that of "${other}" too, and a token does not say which of the two is meant; make one entry of them`,
      );
    }
    seen.set(issuer, other ?? name);
  }
}
