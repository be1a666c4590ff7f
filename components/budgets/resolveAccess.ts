import type { Input } from "@pulumi/pulumi";
import { checkSecret } from "../models/resolveCredential";
import type { SecretContent } from "../models/resolved";
import { isHeaderName } from "../shared/headerNames";
import { checkObjectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type { AccessArgs, ClientKeyArgs } from "./accessArgs";
import { checkAttributeName } from "./attributes";
import { identityHeaderPrefix } from "./identityHeaders";
import type { ResolvedAccess, ResolvedApiKeys } from "./resolvedAccess";
import { resolveJwt } from "./resolveJwt";

const longestValue = 256;

/** Headers that mean something else, or that clients set whatever stands in front. */
const takenHeaders = [
  "authorization",
  "cookie",
  "host",
  "user-agent",
  "content-type",
  "content-length",
  "x-request-id",
];

/** `gatewayName`: object name of the Gateway, from which the Secret's name is made. */
export function resolveAccess(gatewayName: string, args: AccessArgs, problems: Problems): ResolvedAccess {
  const { jwt, apiKeys, apiKeySecretName } = args;
  if (jwt !== undefined && (apiKeys !== undefined || apiKeySecretName !== undefined)) {
    problems.add(
      "access",
      "gives jwt and apiKeys, and Envoy Gateway would demand a token and a key of every request, never one of the two; keep one, and declare a ModelGateway of its own for the others",
    );
  }
  if (jwt === undefined && apiKeys === undefined && args.clientHeaders === undefined) {
    const remedy = "give jwt, apiKeys or clientHeaders, or leave access out";
    problems.add("access", `says nowhere who calls; ${remedy}`);
  }
  const resolved: ResolvedAccess = {
    jwt: jwt === undefined ? undefined : resolveJwt("access.jwt", jwt, problems),
    apiKeys: resolveApiKeys(gatewayName, args, problems),
    clientHeaders: args.clientHeaders ?? {},
  };
  checkClientHeaders(resolved, problems);
  return resolved;
}

function resolveApiKeys(
  gatewayName: string,
  args: AccessArgs,
  problems: Problems,
): ResolvedApiKeys | undefined {
  const { apiKeys, apiKeySecretName } = args;
  checkObjectName("access.apiKeySecretName", apiKeySecretName, problems);
  if (apiKeys === undefined) {
    if (apiKeySecretName !== undefined) {
      problems.add(
        "access.apiKeySecretName",
        "names a Secret, and apiKeys says of none of its keys whose it is; list their names there",
      );
    }
    return undefined;
  }
  const entries = Object.entries(apiKeys);
  if (entries.length === 0) {
    problems.add("access.apiKeys", "is empty, so nobody could call; name the keys, or leave it out");
  }
  for (const [name, key] of entries) {
    checkApiKey(at("access.apiKeys", name), name, key, apiKeySecretName !== undefined, problems);
  }
  checkKeysDiffer(entries, problems);
  const given = entries.flatMap(([name, { key }]) => (key === undefined ? [] : [[name, key] as const]));
  if (apiKeySecretName !== undefined && given.length === entries.length && entries.length > 0) {
    problems.add(
      "access.apiKeySecretName",
      "is looked up for entries of apiKeys without a key, and each has one; remove it",
    );
  }
  return {
    make: given.length === 0 ? undefined : apiKeySecret(gatewayName, Object.fromEntries(given)),
    existing: apiKeySecretName,
    attributes: Object.fromEntries(entries.map(([name, key]) => [name, attributesOf(key)])),
  };
}

/** The Secret that authentication reads: a key under each name. */
export function apiKeySecret(
  gatewayName: string,
  data: Readonly<Record<string, Input<string>>>,
): SecretContent {
  // A dot never stands in the name of a model's own Secret, so the two cannot meet.
  return { key: "access/api-keys", name: `${gatewayName}.api-keys`, data, annotations: {} };
}

function attributesOf({ team, user, organisation, attributes = {} }: ClientKeyArgs): Record<string, string> {
  const named = Object.entries({ team, user, organisation }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...attributes, ...Object.fromEntries(named) };
}

function checkApiKey(
  path: string,
  name: string,
  args: ClientKeyArgs,
  hasSecret: boolean,
  problems: Problems,
): void {
  if (!/^[-._A-Za-z0-9]{1,253}$/.test(name)) {
    problems.add(path, 'cannot be an entry of a Secret; use 1 to 253 letters, digits, "-", "_" and "."');
  }
  checkSecret(`${path}.key`, args.key, problems);
  if (args.key === undefined && !hasSecret) {
    problems.add(
      path,
      "has no key; give key (a secret output), or keep it in a Secret of yours and name that in access.apiKeySecretName",
    );
  }
  for (const field of ["team", "user", "organisation"] as const) {
    checkValue(`${path}.${field}`, args[field], problems);
  }
  for (const [attribute, value] of Object.entries(args.attributes ?? {})) {
    const attributePath = at(`${path}.attributes`, attribute);
    if (["team", "user", "organisation"].includes(attribute)) {
      problems.add(attributePath, `has a member of its own; write ${attribute}: ${JSON.stringify(value)}`);
    }
    if (attribute === "key") {
      problems.add(attributePath, "is the key's own name already; take it out");
    }
    checkAttributeName(attributePath, attribute, problems);
    checkValue(attributePath, value, problems);
  }
}

function checkValue(path: string, value: string | undefined, problems: Problems): void {
  if (value !== undefined && (value === "" || value.length > longestValue || /\p{Cc}/u.test(value))) {
    problems.add(
      path,
      `${JSON.stringify(value)} is not a name; use 1 to ${longestValue} printable characters`,
    );
  }
}

/** Of outputs only the object itself can be compared; a plain string is refused anyway. */
function checkKeysDiffer(entries: readonly (readonly [string, ClientKeyArgs])[], problems: Problems): void {
  const users = new Map<unknown, string>();
  for (const [name, { key }] of entries) {
    const other = key === undefined ? undefined : users.get(key);
    if (other !== undefined) {
      problems.add(
        `${at("access.apiKeys", name)}.key`,
        `is the key of "${other}" too, and Envoy Gateway then refuses all keys; give each its own`,
      );
    }
    if (key !== undefined) {
      users.set(key, name);
    }
  }
}

function checkClientHeaders({ clientHeaders, jwt, apiKeys }: ResolvedAccess, problems: Problems): void {
  const sources = new Map<string, string>(Object.keys(jwt?.claims ?? {}).map((name) => [name, "jwt"]));
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
