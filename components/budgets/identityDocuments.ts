import type { IdentityDocument } from "../../extproc/contract";
import { clientKeyHeader } from "./identityHeaders";
import { issuerAttribute, jwtNamespace } from "./jwtProvider";
import { claimedAttributes, KeyCheck, type ResolvedAccess } from "./resolvedAccess";
import type { ResolvedBudget } from "./resolvedBudget";

/** Where the processor finds each attribute. Headers that clients can set are read only where a budget asks for it. */
export function identitiesOf(
  access: ResolvedAccess | undefined,
  budgets: readonly ResolvedBudget[],
): Record<string, IdentityDocument> {
  const claims = claimsOf(access);
  const isNamed = access?.apiKeys?.checkedBy === KeyCheck.Gateway;
  const key = isNamed ? [["key", { header: clientKeyHeader }]] : [];
  const headers = budgets.some(({ trustClientHeaders }) => trustClientHeaders)
    ? Object.entries(access?.clientHeaders ?? {}).map(([attribute, header]) => [attribute, { header }])
    : [];
  return Object.fromEntries([...claims, ...key, ...headers]);
}

/** Each attribute of tokens, from whichever issuer the token is. */
function claimsOf(access: ResolvedAccess | undefined): readonly (readonly [string, IdentityDocument])[] {
  const issuers = access?.issuers ?? [];
  const place = (...path: readonly string[]) => ({ namespace: jwtNamespace, path: [...path] });
  const claims = claimedAttributes(access).map((attribute): readonly [string, IdentityDocument] => {
    const places = issuers.flatMap(({ provider, claims: ofIssuer }) =>
      Object.entries(ofIssuer).flatMap(([name, claim]) =>
        name === attribute ? [place(provider, claim)] : [],
      ),
    );
    const [only] = places;
    return [attribute, only === undefined || places.length > 1 ? { anyOf: places } : { metadata: only }];
  });
  const named = issuers.flatMap(({ name, provider }) =>
    name === undefined ? [] : [[name, place(provider)] as const],
  );
  return named.length === 0 ? claims : [...claims, [issuerAttribute, { whichOf: Object.fromEntries(named) }]];
}

/** Of keys that the processor checks it is told with the keys. */
export function lookupsOf(access: ResolvedAccess | undefined): Record<string, Record<string, string>> {
  const keys = access?.apiKeys;
  const entries = keys?.checkedBy === KeyCheck.Gateway ? Object.entries(keys.attributes) : [];
  return Object.fromEntries(
    entries
      .filter(([, attributes]) => Object.keys(attributes).length > 0)
      .map(([name, attributes]) => [name, { ...attributes }]),
  );
}
