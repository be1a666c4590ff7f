import type { AccessPolicy, KeyPolicy } from "../policy/access";
import type { KeyRing } from "../policy/keyRing";
import { type Attributes, withLookups } from "../policy/match";
import type { Policy } from "../policy/policy";
import type { HeaderReader, MetadataReader } from "../wire/messages";
import { callerOf, valueAt } from "./caller";

/** Why a caller is not let in. */
export const Unproven = {
  /** Neither a token nor a key. */
  Missing: "missing",
  /** A key that is none, or was taken back. */
  Wrong: "wrong",
  /** A key whose time is over. */
  Expired: "expired",
  /** A key whose time has not come. */
  Early: "early",
  /** A token and a key, two keys, or tokens of two issuers: whose request it is cannot be told. */
  Several: "several",
} as const;
export type Unproven = (typeof Unproven)[keyof typeof Unproven];

/** Who calls, or why that is not known. */
export type Authentication =
  | { readonly caller: Attributes; readonly unproven?: undefined }
  | { readonly caller?: undefined; readonly unproven: Unproven };

/** What a request says about its caller. */
export interface Credentials {
  readonly headers: HeaderReader;
  readonly metadata: MetadataReader;
}

/** A token of three parts whose first is JSON, whatever is in it: what Envoy is given to verify. */
const tokenShape = /^e[wy][\w-]*\.[\w-]*\.[\w-]*$/i;

/**
 * Finds out who calls: by a token that Envoy has verified, by a key that Envoy has checked, or by one that is checked
 * here. Everything that a request brings must be right, so that a wrong key beside a good token is not overlooked.
 */
export function authenticate(
  policy: Policy,
  keys: KeyRing,
  { headers, metadata }: Credentials,
  nowMs: number,
): Authentication {
  const { access } = policy;
  const attributes = callerOf(policy, headers, metadata);
  if (access === undefined) {
    return { caller: attributes };
  }
  const tokens = verifiedTokens(access, metadata);
  if (tokens > 1) {
    return { unproven: Unproven.Several };
  }
  const hasToken = tokens === 1;
  const isNamed = access.keyHeader !== undefined && (headers.get(access.keyHeader) ?? "") !== "";
  if (access.keys === undefined) {
    const isProven = hasToken || isNamed || access.anonymous;
    return isProven ? { caller: attributes } : { unproven: Unproven.Missing };
  }
  const found = keyOf(access.keys, keys, presented(headers, hasToken), nowMs);
  if (typeof found === "string") {
    return { unproven: found };
  }
  if (found === undefined) {
    return hasToken || access.anonymous ? { caller: attributes } : { unproven: Unproven.Missing };
  }
  return hasToken ? { unproven: Unproven.Several } : { caller: withKey(policy, attributes, found) };
}

/** How many tokens Envoy has verified; a request has one at most, unless somebody changes how Envoy is set up. */
function verifiedTokens({ tokens }: AccessPolicy, metadata: MetadataReader): number {
  let count = 0;
  for (const place of tokens) {
    count += isClaims(valueAt(metadata, place)) ? 1 : 0;
  }
  return count;
}

/** Envoy writes the claims of a token there, and of nothing else. */
function isClaims(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

/**
 * What may be keys: all that a client says, however often it says it, but for the token that was verified. Another
 * scheme, such as Basic, is looked up whole: it is no key, so it does not get in.
 */
function presented(headers: HeaderReader, hasToken: boolean): readonly string[] {
  const told = headers.all("authorization").map(withoutScheme);
  const isVerified = hasToken && told.length === 1 && tokenShape.test(told[0] ?? "");
  const texts = [...(isVerified ? [] : told), ...headers.all("x-api-key"), ...headers.all("api-key")];
  return texts.filter((text) => text !== "");
}

const scheme = "bearer";

function withoutScheme(authorization: string): string {
  const text = authorization.trim();
  // What follows the scheme is set apart from it; Envoy takes spaces off at the end, so there may be nothing.
  const isScheme =
    text.slice(0, scheme.length).toLowerCase() === scheme && /^( |$)/.test(text.slice(scheme.length));
  return isScheme ? text.slice(scheme.length).trim() : text;
}

/** The one key that all of these texts are; why not, or nothing where there are none. */
function keyOf(
  known: ReadonlyMap<string, KeyPolicy>,
  keys: KeyRing,
  texts: readonly string[],
  nowMs: number,
): KeyPolicy | Unproven | undefined {
  let found: KeyPolicy | undefined;
  for (const text of texts) {
    const id = keys.find(text);
    const key = id === undefined ? undefined : known.get(id.name);
    const times = id === undefined ? undefined : key?.versions.get(id.version);
    if (key === undefined || times === undefined) {
      return Unproven.Wrong;
    }
    if (nowMs < times.fromMs) {
      return Unproven.Early;
    }
    if (nowMs >= times.untilMs) {
      return Unproven.Expired;
    }
    if (found !== undefined && found !== key) {
      return Unproven.Several;
    }
    found = key;
  }
  return found;
}

/** What is known of a key wins over what headers say of its callers. */
function withKey({ lookups }: Policy, attributes: Attributes, { attributes: own }: KeyPolicy): Attributes {
  const all = attributes.size === 0 ? own : new Map([...attributes, ...own]);
  return lookups.size === 0 ? all : withLookups(all, lookups);
}
