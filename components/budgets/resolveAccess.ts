import { credentialHeaders } from "../../extproc/contract";
import { isHeaderName } from "../shared/headerNames";
import { at, type Problems } from "../shared/problems";
import type { AccessArgs, AccessRuleArgs } from "./accessArgs";
import { checkAttributeName } from "./attributes";
import { identityHeaderPrefix } from "./identityHeaders";
import { issuerAttribute } from "./jwtProvider";
import { checkKeysSize } from "./keysDocument";
import { resolveApiKeys } from "./resolveApiKeys";
import { claimedAttributes, issuerNames, type ResolvedAccess } from "./resolvedAccess";
import { resolveIssuers } from "./resolveIssuers";

/** Headers that mean something else, or that clients set whatever stands in front. */
const takenHeaders = [
  ...credentialHeaders,
  "cookie",
  "host",
  "user-agent",
  "content-type",
  "content-length",
  "x-request-id",
];

/** `gatewayName`: object name of the Gateway, from which the Secret's name is made. */
export function resolveAccess(gatewayName: string, args: AccessArgs, problems: Problems): ResolvedAccess {
  const { jwt, issuers, apiKeys } = args;
  const isOpen = jwt === undefined && issuers === undefined && apiKeys === undefined;
  if (args.anonymous === true && isOpen) {
    problems.add("access.anonymous", "is true, and nobody is asked for a token or a key; take it out");
  }
  if (isOpen && args.clientHeaders === undefined) {
    const remedy = "give jwt, apiKeys or clientHeaders, or leave access out";
    problems.add("access", `says nowhere who calls; ${remedy}`);
  }
  const resolved: ResolvedAccess = {
    issuers: resolveIssuers(args, problems),
    apiKeys: resolveApiKeys(gatewayName, args, problems),
    anonymous: args.anonymous ?? false,
    rules: args.rules === undefined ? undefined : resolveRules(args.rules, problems),
    clientHeaders: args.clientHeaders ?? {},
  };
  checkClientHeaders(resolved, problems);
  if (resolved.apiKeys !== undefined) {
    checkKeysSize("access.apiKeys", resolved.apiKeys, problems);
  }
  return resolved;
}

function resolveRules(
  rules: Readonly<Record<string, AccessRuleArgs>>,
  problems: Problems,
): ResolvedAccess["rules"] {
  for (const [name, { attributes = {} }] of Object.entries(rules)) {
    for (const attribute of ["team", "user"].filter((own) => Object.hasOwn(attributes, own))) {
      const path = at(`${at("access.rules", name)}.attributes`, attribute);
      problems.add(path, `has a member of its own; write ${attribute}s`);
    }
  }
  return Object.fromEntries(
    Object.entries(rules).map(([name, { models, teams, users, attributes }]) => [
      name,
      {
        models,
        callers: {
          ...(teams === undefined ? {} : { team: teams }),
          ...(users === undefined ? {} : { user: users }),
          ...attributes,
        },
      },
    ]),
  );
}

function checkClientHeaders(access: ResolvedAccess, problems: Problems): void {
  const { clientHeaders, apiKeys } = access;
  const isNamed = issuerNames(access).length > 0;
  const claimed = [...claimedAttributes(access), ...(isNamed ? [issuerAttribute] : [])];
  const sources = new Map<string, string>(claimed.map((name) => [name, isNamed ? "issuers" : "jwt"]));
  for (const attributes of Object.values(apiKeys?.attributes ?? {})) {
    for (const name of ["key", ...Object.keys(attributes)]) {
      sources.set(name, "apiKeys");
    }
  }
  for (const [attribute, header] of Object.entries(clientHeaders)) {
    const path = at("access.clientHeaders", attribute);
    checkAttributeName(path, attribute, problems);
    const source = sources.get(attribute);
    if (source !== undefined) {
      problems.add(path, `is set by ${source} already, which clients cannot forge; take it out here`);
    }
    if (header !== header.toLowerCase() || !isHeaderName(header) || header.length > 128) {
      problems.add(path, `${JSON.stringify(header)} is not a header name in lower case`);
    } else if (takenHeaders.includes(header) || header.startsWith(":")) {
      problems.add(path, `"${header}" has a meaning of its own; name a header that is there for this alone`);
    } else if (isOwn(header)) {
      problems.add(path, `"${header}" is one of the gateway's own, which are removed; name another`);
    }
  }
}

function isOwn(header: string): boolean {
  return ["x-ai-eg-", "x-aigw-", "x-envoy-", identityHeaderPrefix].some((prefix) =>
    header.startsWith(prefix),
  );
}
