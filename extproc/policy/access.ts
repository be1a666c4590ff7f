import type { AccessRules } from "./accessRules";
import type { Attributes } from "./match";
import type { Place } from "./policy";

/**
 * Header that holds the client's token alone, for Envoy to verify: a copy of `authorization` where that looks like a
 * token. What is left there may be a key, which Envoy would refuse as a token.
 */
export const tokenHeader = "x-caller-token";

/** Headers that clients prove themselves by. They end here: no provider sees them. */
export const credentialHeaders = ["authorization", "x-api-key", "api-key", tokenHeader] as const;

/** Who may call, every default filled in. */
export interface AccessPolicy {
  /** Where Envoy puts the claims of verified tokens, a place for each issuer; none: tokens are not taken. */
  readonly tokens: readonly Place[];
  readonly keyHeader: string | undefined;
  /** Absent: keys are not checked here. */
  readonly keys: ReadonlyMap<string, KeyPolicy> | undefined;
  readonly anonymous: boolean;
  /** Who may call which models; absent: whoever is let in may call all. */
  readonly rules: AccessRules | undefined;
}

export interface KeyPolicy {
  readonly name: string;
  /** `key` is among them. */
  readonly attributes: Attributes;
  /** By version; of a key without versions there is one, without a name. */
  readonly versions: ReadonlyMap<string, KeyTimes>;
}

/** From `fromMs` on, and before `untilMs`; milliseconds since 1970. */
export interface KeyTimes {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** The version of a key that has no versions. */
export const onlyVersion = "";
