import type { Input } from "@pulumi/pulumi";

/**
 * Who calls. `jwt` (or `issuers`) and `apiKeys` authenticate: with both, a caller brings whichever it has. Without them everybody who
 * reaches the gateway may call. Envoy verifies tokens, and keys where there is nothing more to them; keys beside tokens,
 * or with times, versions or values that are made here, are checked by the processor, which then is needed.
 */
export interface AccessArgs {
  /** Callers bring a JSON Web Token in `Authorization: Bearer`. */
  jwt?: JwtArgs;
  /**
   * Issuers of tokens, in place of `jwt`, at most 16: a token of any of them counts. By a name of yours (letters, digits,
   * "-", "_" and ".", at most 63), which is the attribute `issuer` of its callers. `user` alone does not tell equal users
   * of two issuers apart: count `per: "issuer, user"`, and name the issuer in rules. Default: none.
   *
   * @example
   * issuers: {
   *   staff: { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys" },
   *   ci: { issuer: "https://ci.example.com", jwksUri: "https://ci.example.com/jwks", claims: { user: "sub", team: "project" } },
   * }
   */
  issuers?: Record<string, JwtArgs>;
  /**
   * Callers bring an API key, in `Authorization: Bearer`, `x-api-key` or `api-key`. By the key's name (the attribute
   * `key` of its callers): letters, digits, "-", "_" and ".", at most 253.
   */
  apiKeys?: Record<string, ClientKeyArgs>;
  /**
   * Name of an existing Secret in the gateway's namespace with API keys under their names; those entries of `apiKeys`
   * that have no `key` are looked up there. Only where Envoy checks the keys. Default: none.
   */
  apiKeySecretName?: Input<string>;
  /**
   * Whether requests without a token and a key are let in, as callers of whom nothing is known. Wrong ones never are.
   * Default: false.
   */
  anonymous?: boolean;
  /**
   * Who may call which models, by a name of yours. What no rule allows is forbidden, whatever budgets say. Rules are
   * enforced by the processor, which then is needed. Default: whoever is let in may call every model.
   *
   * @example
   * rules: {
   *   search: { teams: ["search"], models: ["qwen3-1.7b", "gpt-oss-20b"] },
   *   admins: { attributes: { role: ["admin"] } },
   * }
   */
  rules?: Record<string, AccessRuleArgs>;
  /**
   * Headers, by the attribute that they stand for, that are set in front of this gateway: `{ team: "x-team" }`. Whoever
   * reaches the gateway can set them too, so a budget that relies on one has to say `trustClientHeaders: true`.
   * Default: none.
   */
  clientHeaders?: Record<string, string>;
}

/** Callers, and the models that they may call. A caller has to be all that a rule asks for. */
export interface AccessRuleArgs {
  /** Public models. Default: all, those that come later too. */
  models?: string[];
  /** Callers of one of these teams. Default: of any team, or none. */
  teams?: string[];
  /** One of these users. Default: any, or none. */
  users?: string[];
  /**
   * Callers that have one of the values of each of these attributes, such as `key`, `organisation` or one of your own.
   * A claim that is a list has all of its values. Default: none is asked for.
   */
  attributes?: Record<string, string[]>;
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
   * keys must differ. Where the processor checks it, it has 20 characters at least. Default: the entry of this name in
   * `apiKeySecretName`.
   */
  key?: Input<string>;
  /**
   * Whether the key is made here, of 256 random bits, and kept in the stack's state as a secret. It is found in the
   * output `apiKeys`. Default: false.
   */
  generated?: boolean;
  /** Instant from which on the key counts, for example `2026-11-01T00:00:00Z`. Default: it counts at once. */
  notBefore?: string;
  /** Instant from which on the key no longer counts, for example `2026-12-01T00:00:00Z`. Default: never. */
  expires?: string;
  /**
   * Keys of this name that count beside one another, by a name of yours, so that one can be replaced without a gap: add
   * the next one, give `expires` to the one before, and take it out when it is over. In place of `key`, `generated`,
   * `notBefore` and `expires`. Default: one key.
   *
   * @example
   * versions: { "2026-08": { generated: true, expires: "2026-12-01T00:00:00Z" }, "2026-11": { generated: true } }
   */
  versions?: Record<string, ClientKeyVersionArgs>;
  /** Team of the key's users. Default: none. */
  team?: string;
  /** User that the key stands for. Default: none. */
  user?: string;
  /** Organisation of the key's users. Default: none. */
  organisation?: string;
  /** Further attributes of the key's users. Default: none. */
  attributes?: Record<string, string>;
}

/** One of several keys of a name. */
export interface ClientKeyVersionArgs {
  /** The key as a secret output, of 20 characters at least. Exactly one of `key` and `generated` is given. */
  key?: Input<string>;
  /** Whether the key is made here, and found in the output `apiKeys` under `name/version`. Default: false. */
  generated?: boolean;
  /** Instant from which on it counts. Default: it counts at once. */
  notBefore?: string;
  /** Instant from which on it no longer counts. Default: never. */
  expires?: string;
}
