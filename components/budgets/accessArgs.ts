import type { Input } from "@pulumi/pulumi";

/**
 * Who calls. `jwt` and `apiKeys` authenticate, and each request needs what is declared; they exclude one another, since
 * Envoy Gateway would demand both of every request. Without them everybody who reaches the gateway may call.
 */
export interface AccessArgs {
  /** Callers bring a JSON Web Token in `Authorization: Bearer`. */
  jwt?: JwtArgs;
  /**
   * Callers bring an API key, in `Authorization: Bearer`, `x-api-key` or `api-key`. By the key's name (the attribute
   * `key` of its callers): letters, digits, "-", "_" and ".", at most 253.
   */
  apiKeys?: Record<string, ClientKeyArgs>;
  /**
   * Name of an existing Secret in the gateway's namespace with API keys under their names; those entries of `apiKeys`
   * that have no `key` are looked up there. Default: none.
   */
  apiKeySecretName?: Input<string>;
  /**
   * Headers, by the attribute that they stand for, that are set in front of this gateway: `{ team: "x-team" }`. Whoever
   * reaches the gateway can set them too, so a budget that relies on one has to say `trustClientHeaders: true`.
   * Default: none.
   */
  clientHeaders?: Record<string, string>;
}

/** Tokens of one issuer. */
export interface JwtArgs {
  /** Issuer (`iss`), for example `https://login.example.com/`. Tokens of others get 401. */
  issuer: string;
  /** Audiences (`aud`) of which a token names at least one, at most 8. Default: any. */
  audiences?: string[];
  /** URL of the issuer's keys. Exactly one of `jwksUri` and `localJwks` is given. */
  jwksUri?: Input<string>;
  /** The issuer's public keys as JSON (`{"keys": [...]}`). */
  localJwks?: Input<string>;
  /**
   * Top-level claims by the attribute of the caller that they become: `{ user: "sub", team: "team" }`. Default:
   * `{ user: "sub" }`.
   */
  claims?: Record<string, string>;
}

/** An API key, and what is known of those who use it. */
export interface ClientKeyArgs {
  /**
   * The key as a secret output, for example `config.requireSecret("searchBatchKey")`. A plain string is refused, and two
   * keys must differ. Default: the entry of this name in `apiKeySecretName`.
   */
  key?: Input<string>;
  /** Team of the key's users. Default: none. */
  team?: string;
  /** User that the key stands for. Default: none. */
  user?: string;
  /** Organisation of the key's users. Default: none. */
  organisation?: string;
  /** Further attributes of the key's users. Default: none. */
  attributes?: Record<string, string>;
}
