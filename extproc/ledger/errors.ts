/**
 * Why the store gave no answer. Stable: metrics and the processor's `whenStoreIsDown` go by it.
 * - `store_timeout`: no answer in time; the call may or may not have taken effect. Repeat it with the same id.
 * - `store_unreachable`: no connection, or a node that takes no writes now. It had no effect, unless the connection
 *   broke while it was under way.
 * - `store_refused`: the store answered with an error: memory, rights, a script that failed.
 * - `store_clock`: no window of the call is the store's present. It had no effect; `nowMs()` is right from now on,
 *   so windows computed again will do.
 */
export type StoreErrorCode = "store_timeout" | "store_unreachable" | "store_refused" | "store_clock";

/** The store could not do what was asked. What follows is the caller's policy (`whenStoreIsDown`). */
export class StoreDownError extends Error {
  override readonly name = "StoreDownError";

  /** `mayHaveCounted`: whether the call may have had its effect all the same. */
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    readonly mayHaveCounted = code === "store_timeout",
  ) {
    super(`${code}: ${message}`);
  }
}

/** A call that no ledger can carry out: the caller's mistake, never the store's. */
export class LedgerCallError extends RangeError {
  override readonly name = "LedgerCallError";
}
