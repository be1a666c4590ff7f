/** Time limits of a request. Durations are written as Gateway API does: `90s`, `10m`, `1h30m`, `500ms`. */
export interface TimeoutArgs {
  /** The whole request with all its retries and the whole stream. Default: `30m`. */
  request?: string;
  /** Longest silence within a stream (release set 1.1). Default: none. */
  streamIdle?: string;
}

/** When a request is tried again. */
export interface RetryArgs {
  /** Further attempts, 0 to 15. Default: 2, or with `fallback` as many as there are models to fall back to. */
  attempts?: number;
  /**
   * Conditions, as Envoy Gateway names them, for example `connect-failure`. Default: `connect-failure`,
   * `refused-stream` and `retriable-status-codes`, with `fallback` also `reset`.
   */
  on?: string[];
  /** Status codes that are tried again. Default: 503; with `fallback` 429, 500, 502, 503, 504 and 529. */
  statusCodes?: number[];
  /** Time limit of one attempt, at most `timeouts.request`. Default: none. */
  perTryTimeout?: string;
  /** Wait before the first further attempt; it doubles up to ten times as long. Default: `100ms`. */
  backoff?: string;
}

/** Changes to the headers of a request on its way to the provider. */
export interface HeaderMutationArgs {
  /** Headers to set, at most 16. */
  set?: Record<string, string>;
  /** Headers to remove, at most 13: the client's own credentials always go, which takes the other three. */
  remove?: string[];
}

/** Changes to the top-level fields of a request's JSON body on its way to the provider. */
export interface BodyMutationArgs {
  /** Fields to set, at most 16; any JSON value. */
  set?: Record<string, unknown>;
  /** Fields to remove, at most 16. */
  remove?: string[];
}

export { type RequestCostArgs, RequestCostType } from "../gateway/requestCostArgs";
