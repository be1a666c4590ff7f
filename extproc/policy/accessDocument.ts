/** Who may call. Where it is given, a request that proves nothing is refused with 401, whatever budgets say. */
export interface AccessDocument {
  /** Where Envoy puts the claims of a token that it has verified. Default: tokens are not taken. */
  token?: PlaceDocument;
  /**
   * The same for several issuers, in place of `token`: each has a place of its own. A request with something at two of
   * them is refused. Default: none.
   */
  tokens?: PlaceDocument[];
  /** The request header in which Envoy names the API key that it has checked, lower case. Default: it checks none. */
  keyHeader?: string;
  /** API keys that the processor checks, by name; their hashes stand in its keys file. Default: none. */
  keys?: Record<string, KeyDocument>;
  /** Whether requests without a token and a key are let in. Wrong ones never are. Default: false. */
  anonymous?: boolean;
  /** By name, what callers may do: what no rule allows is refused with 403. Default: all may call every model. */
  rules?: Record<string, RuleDocument>;
}

/** A place in Envoy's dynamic metadata: a namespace, and the members that lead there. */
export interface PlaceDocument {
  namespace: string;
  path: string[];
}

/** Callers, and the models that they may call. */
export interface RuleDocument {
  /** Default: all. */
  models?: string[];
  /** Attribute -> values, of which a caller has one, for each attribute. Default: every caller. */
  callers?: Record<string, string[]>;
}

/** When a key counts. Instants as RFC 3339, for example `2026-12-01T00:00:00Z`. */
export interface KeyTimesDocument {
  /** Before this instant the key does not count. Default: it always did. */
  notBefore?: string;
  /** From this instant on the key does not count. Default: never. */
  expires?: string;
}

/** An API key: what is known of those who bring it, and when it counts. */
export interface KeyDocument extends KeyTimesDocument {
  /** Default: none but `key`, its name. */
  attributes?: Record<string, string>;
  /** Versions that count beside one another, each with times of its own. Default: one, with the times above. */
  versions?: Record<string, KeyTimesDocument>;
}

/**
 * What the keys file says: hashes of keys, never a key. A hash is the SHA-256 of the key's UTF-8 text as unpadded
 * base64url, 43 characters. Keys are long and random, so that a plain hash keeps them.
 */
export interface KeysDocument {
  version: 1;
  /** Name of the key -> its hash, or version -> hash. */
  keys: Record<string, string | Record<string, string>>;
}
