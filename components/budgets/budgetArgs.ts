import type { AtLimit, Hold, OnExpiry, Period, Settle, StoreDown, WindowKind } from "../../extproc/contract";

export { AtLimit, Hold, OnExpiry, Period, Settle, StoreDown, WindowKind } from "../../extproc/contract";

/** Who holds to a budget. */
export const EnforcedBy = {
  /** The processor: reserves before a request and settles after it. */
  Processor: "processor",
  /** AI Gateway's own QuotaPolicy: charges after a request, so concurrent requests overspend. */
  Gateway: "gateway",
} as const;
export type EnforcedBy = (typeof EnforcedBy)[keyof typeof EnforcedBy];

/** What may be spent: exactly one unit. */
export interface BudgetLimitArgs {
  /** US dollars, above 0 to 9,007,199, exact to a billionth of a dollar. Every model that it reaches needs a price. */
  usd?: number;
  /** Input and output tokens together, a whole number from 1. */
  tokens?: number;
  /** Input tokens, a whole number from 1. */
  inputTokens?: number;
  /** Output tokens, a whole number from 1. */
  outputTokens?: number;
  /** Requests, a whole number from 1. */
  requests?: number;
  /** Requests at the same time, a whole number from 1; has no period. */
  concurrency?: number;
}

/** What may be spent on models, by whom, and what happens at the limit. */
export interface BudgetArgs {
  /**
   * What has a counter of its own: an attribute of the caller (`user`, `team`, `organisation`, `key` or one of your
   * own), `model`, or several with commas: `"team, model"`. Callers without the attribute share one counter. Default:
   * one counter for all.
   */
  per?: string;
  /** Public models that count. Default: all. */
  models?: string[];
  /** Teams that count; callers without a team do not. Default: all. */
  teams?: string[];
  /** Users that count; callers without a user do not. Default: all. */
  users?: string[];
  /** The limit, in one unit. A changed amount holds at once, for what was spent in the running window too. */
  limit: BudgetLimitArgs;
  /** Period after which the limit is whole again. Needed, save for `concurrency`, which has none. */
  period?: Period;
  /** Time zone (IANA name, for example `Europe/Berlin`) in which a day or longer begins. Default: `UTC`. */
  timeZone?: string;
  /**
   * `fixed`: the counter starts anew with each window. `sliding`: the last period counts at any time; up to a day.
   * Default: `fixed`.
   */
  window?: WindowKind;
  /**
   * With `sliding` only, in the limit's unit: the limit comes back evenly over the period, and at most this much can
   * be spent at once. Default: none.
   */
  burst?: number;
  /** Shares of the limit (above 0 to 1, to a thousandth) at which to warn, once in a window each. Default: none. */
  warnAt?: number[];
  /**
   * At the limit: `reject`, `shrink` (lower the request's limit on output to what is left) or `overflow` (another model
   * answers under the same name). Default: `reject`.
   */
  atLimit?: AtLimit;
  /** Model that answers at the limit, with `overflow`; it may be one that clients do not see. */
  overflowTo?: string;
  /** With `overflow`: back when less than this share of the limit is spent, 0.001 to 0.999. Default: 0.8. */
  returnBelow?: number;
  /** With `overflow`: back after this many seconds at the earliest, 0 to 86,400. Default: 60. */
  dwellSeconds?: number;
  /** Status of a refusal: 429, or 402 which clients do not try again. Default: 429. */
  status?: number;
  /**
   * What a request holds until it is settled: the most that it can cost (`strict`), or what requests like it cost
   * (`adaptive`). Default: `adaptive`.
   */
  hold?: Hold;
  /** With `adaptive`: the most that one request holds, in the limit's unit. Default: no ceiling. */
  holdCeiling?: number;
  /**
   * While the store does not answer: `open` (let through, count later), `closed` (503) or `local` (each processor
   * holds to its share). Default: `closed` for dollars, else `open`.
   */
  whenStoreIsDown?: StoreDown;
  /**
   * What settles a request: the access `log` when it is over, or the answer itself as it passes (`stream`), which is
   * exact for streams that are cut and costs time for each chunk. Default: `stream` for dollars, else `log`.
   */
  settle?: Settle;
  /**
   * What becomes of a hold that nobody settled: it is released, or (`floor`) the estimate of its input is charged.
   * Default: `floor` for dollars, else `release`.
   */
  onExpiry?: OnExpiry;
  /** Decide and count, but refuse nothing. Default: false. */
  shadow?: boolean;
  /** `processor`, or `gateway` where AI Gateway can really enforce the budget. Default: `processor`. */
  enforcedBy?: EnforcedBy;
  /**
   * Takes attributes from `access.clientHeaders`, which everybody who reaches the gateway can set. Default: false; then
   * a budget that relies on them is refused.
   */
  trustClientHeaders?: boolean;
}
