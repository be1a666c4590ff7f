import type { Input } from "@pulumi/pulumi";
import type { SecretContent } from "../models/resolved";

/** Who calls, with every default filled in and every check passed. */
export interface ResolvedAccess {
  readonly jwt: ResolvedJwt | undefined;
  readonly apiKeys: ResolvedApiKeys | undefined;
  /** Attribute -> header that is set in front of the gateway. */
  readonly clientHeaders: Readonly<Record<string, string>>;
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

export interface ResolvedApiKeys {
  /** Secret that is made of the keys that are given here; absent when none is. */
  readonly make: SecretContent | undefined;
  /** Secret of somebody else's. */
  readonly existing: Input<string> | undefined;
  /** Name of the key -> attributes of its users. */
  readonly attributes: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
