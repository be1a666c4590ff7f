import type { Input } from "@pulumi/pulumi";
import type { SecretContent } from "../models/resolved";

/** Who calls, with every default filled in and every check passed. */
export interface ResolvedAccess {
  /** Whose tokens are taken, in the order of the declaration; none: tokens are not. */
  readonly issuers: readonly ResolvedIssuer[];
  readonly apiKeys: ResolvedApiKeys | undefined;
  /** Whether requests without a token and a key are let in. */
  readonly anonymous: boolean;
  /** Who may call which models, by name; absent: all may call all. */
  readonly rules: Readonly<Record<string, ResolvedRule>> | undefined;
  /** Attribute -> header that is set in front of the gateway. */
  readonly clientHeaders: Readonly<Record<string, string>>;
}

/**
 * Whether tokens are handed to Envoy in a header of their own. It takes whatever stands behind `Authorization: Bearer`
 * for a token, and refuses a key there, also where a token is optional.
 */
export function needsTokenHeader(access: ResolvedAccess): boolean {
  return takesTokens(access) && access.apiKeys?.checkedBy === KeyCheck.Processor;
}

export function takesTokens(access: ResolvedAccess | undefined): boolean {
  return access !== undefined && access.issuers.length > 0;
}

/** Whether callers have to say who they are, by a token or a key. */
export function asksForProof(access: ResolvedAccess | undefined): boolean {
  return takesTokens(access) || access?.apiKeys !== undefined;
}

/** Names of the issuers that have one, which the attribute `issuer` of their callers says. */
export function issuerNames(access: ResolvedAccess | undefined): readonly string[] {
  return (access?.issuers ?? []).flatMap(({ name }) => name ?? []);
}

/** Attributes that claims of some issuer set, without `issuer` itself. */
export function claimedAttributes(access: ResolvedAccess | undefined): readonly string[] {
  return [...new Set((access?.issuers ?? []).flatMap(({ claims }) => Object.keys(claims)))];
}

/** Whether the processor decides who gets in or what they may call, and is needed for that. */
export function needsProcessor(access: ResolvedAccess | undefined): boolean {
  return access !== undefined && (access.rules !== undefined || checksKeys(access));
}

/** Whether the processor checks API keys. */
export function checksKeys(access: ResolvedAccess | undefined): boolean {
  return access?.apiKeys?.checkedBy === KeyCheck.Processor;
}

/** Callers that have one of the values of each attribute may call the models. */
export interface ResolvedRule {
  /** Absent: all. */
  readonly models: readonly string[] | undefined;
  readonly callers: Readonly<Record<string, readonly string[]>>;
}

export interface ResolvedJwt {
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Exactly one of the two is given. */
  readonly jwksUri: Input<string> | undefined;
  readonly localJwks: Input<string> | undefined;
  /** Attribute -> claim. */
  readonly claims: Readonly<Record<string, string>>;
}

/** An issuer, and where Envoy puts the claims of its tokens. */
export interface ResolvedIssuer extends ResolvedJwt {
  /** Its name in `access.issuers`; absent for `access.jwt`. */
  readonly name: string | undefined;
  /** Name of the provider, under which the claims of a verified token stand in Envoy's metadata. */
  readonly provider: string;
}

/** Who checks API keys. */
export const KeyCheck = { Gateway: "gateway", Processor: "processor" } as const;
export type KeyCheck = (typeof KeyCheck)[keyof typeof KeyCheck];

export interface ResolvedApiKeys {
  readonly checkedBy: KeyCheck;
  /** Why it is the processor, as the end of a sentence; empty for the gateway. */
  readonly why: string;
  /** Secret that is made of the keys that are given here, for Envoy; absent when it reads none. */
  readonly make: SecretContent | undefined;
  /** Secret of somebody else's. */
  readonly existing: Input<string> | undefined;
  /** Name of the key -> attributes of its users. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Name of the key -> version -> the key, for the processor; empty where Envoy checks them. */
  readonly versions: Readonly<Record<string, Readonly<Record<string, ResolvedKeyVersion>>>>;
}

/** A key that the processor checks. */
export interface ResolvedKeyVersion {
  /** `undefined`: it is made with the gateway. */
  readonly key: Input<string> | undefined;
  readonly notBefore: string | undefined;
  readonly expires: string | undefined;
}
