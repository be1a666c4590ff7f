import type { AccessDocument, KeyDocument, RuleDocument } from "../../extproc/contract";
import { clientKeyHeader } from "./identityHeaders";
import { jwtNamespace } from "./jwtProvider";
import { onlyVersion } from "./resolveApiKeys";
import {
  asksForProof,
  KeyCheck,
  type ResolvedAccess,
  type ResolvedApiKeys,
  type ResolvedRule,
} from "./resolvedAccess";

/**
 * How callers prove themselves to the processor; nothing where everybody may call. It is said too where Envoy lets
 * nobody else in: while the Gateway's policies change, the processor still refuses who should not be there.
 */
export function accessDocument(access: ResolvedAccess | undefined): AccessDocument | undefined {
  if (access === undefined || !asksForProof(access)) {
    return undefined;
  }
  const { apiKeys, anonymous, rules } = access;
  return {
    ...tokenPlaces(access),
    ...(apiKeys?.checkedBy === KeyCheck.Gateway ? { keyHeader: clientKeyHeader } : {}),
    ...(apiKeys?.checkedBy === KeyCheck.Processor ? { keys: keyDocuments(apiKeys) } : {}),
    ...(anonymous ? { anonymous } : {}),
    ...(rules === undefined ? {} : { rules: ruleDocuments(rules) }),
  };
}

/** A single place stands where it always did, so that older processors read documents of `jwt`. */
function tokenPlaces({ issuers }: ResolvedAccess): Pick<AccessDocument, "token" | "tokens"> {
  const places = issuers.map(({ provider }) => ({ namespace: jwtNamespace, path: [provider] }));
  const [only] = places;
  if (only === undefined) {
    return {};
  }
  return places.length === 1 ? { token: only } : { tokens: places };
}

function ruleDocuments(rules: Readonly<Record<string, ResolvedRule>>): Record<string, RuleDocument> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, { models, callers }]) => [
      name,
      {
        ...(models === undefined ? {} : { models: [...models] }),
        ...(Object.keys(callers).length === 0
          ? {}
          : {
              callers: Object.fromEntries(
                Object.entries(callers).map(([attribute, values]) => [attribute, [...values]]),
              ),
            }),
      },
    ]),
  );
}

function keyDocuments({ attributes, versions }: ResolvedApiKeys): Record<string, KeyDocument> {
  return Object.fromEntries(
    Object.entries(versions).map(([name, ofName]) => {
      const known = attributes[name] ?? {};
      const times = Object.entries(ofName).map(([version, { notBefore, expires }]) => [
        version,
        { ...(notBefore === undefined ? {} : { notBefore }), ...(expires === undefined ? {} : { expires }) },
      ]);
      return [
        name,
        {
          ...(Object.keys(known).length === 0 ? {} : { attributes: { ...known } }),
          ...(Object.hasOwn(ofName, onlyVersion)
            ? Object.fromEntries(times)[onlyVersion]
            : { versions: Object.fromEntries(times) }),
        },
      ];
    }),
  );
}
