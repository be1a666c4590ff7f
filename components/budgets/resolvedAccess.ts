import type { Input } from "@pulumi/pulumi";
import type { SecretContent } from "../models/resolved";

/** Who calls, with every default filled in and every check passed. */
export interface ResolvedAccess {
  readonly jwt: ResolvedJwt | undefined;
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
export function needsTokenHeader({ jwt, apiKeys }: ResolvedAccess): boolean {
  return jwt !== undefined && apiKeys?.checkedBy === KeyCheck.Processor;
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
