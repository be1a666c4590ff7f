/**
 * The ledger: who has spent what, and what requests in flight may still spend.
 *
 * One call before a request reserves what it may cost in every budget that binds it, one call after it settles
 * what it did cost. The ledger knows accounts, windows and whole numbers; budgets, prices and identities are the
 * caller's. `memoryLedger.ts` and `redisLedger.ts` implement it and pass the same conformance suite.
 *
 * Time is always the store's: callers send durations, and windows computed from `nowMs()`.
 */
export interface Ledger {
  /**
   * Holds the amounts of the first candidate whose claims all fit: all of them or none, in one atomic step.
   * A repeated id gets the first admission again; a refusal leaves no trace, so repeating it asks anew.
   */
  reserve(request: ReserveRequest): Promise<Reservation>;

  /** Keeps open holds for `holdMs` from now (never shortens one). Answers in the order of `ids`. */
  renew(ids: readonly string[], holdMs: number): Promise<readonly HoldState[]>;

  /** Replaces a hold by what was spent. Never refuses, may pass the limit, may be repeated. */
  settle(settlement: Settlement): Promise<Settled>;

  /** Figures of accounts in their current windows, after the holds that are due were taken back. */
  inspect(queries: readonly AccountQuery[]): Promise<Inspection>;

  /** An operator's correction of what was spent. A repeated id gets the first answer. */
  adjust(adjustment: Adjustment): Promise<Adjusted>;

  /** All corrections of an account that are still kept (400 days from the last one), oldest first. */
  adjustments(account: string): Promise<readonly Adjusted[]>;

  /** The store's clock as last heard from it, in milliseconds since 1970; compute windows from this. */
  nowMs(): number;

  close(): Promise<void>;
}

/** A stretch of time that has its own spend. `id` is unique among the windows of an account. */
export interface Window {
  readonly id: string;
  readonly startMs: number;
  /** The first millisecond that no longer belongs to it. */
  readonly endMs: number;
}

/**
 * What a limit counts over.
 * - `windows`: fixed or calendar windows, this one and the next; the store takes the one its clock is in.
 * - `sliding`: the last `lengthMs` (1 ms to 1 day), from two counters: what this interval spent plus the share of
 *   the one before that the last `lengthMs` still cover, rounded up.
 * - `bucket`: at most `burst` at once, and `limit` comes back evenly every `lengthMs` (1 ms to 1 day).
 * - `concurrency`: live holds; nothing is ever spent.
 */
export type Period =
  | { readonly kind: "windows"; readonly windows: readonly Window[] }
  | { readonly kind: "sliding"; readonly lengthMs: number }
  | { readonly kind: "bucket"; readonly lengthMs: number; readonly burst: number }
  | { readonly kind: "concurrency" };

export interface AccountQuery {
  /** Budget, unit and subject, in any spelling that is unique; 1 to 1,024 characters. */
  readonly account: string;
  readonly period: Period;
  /** Whole number from 0 to 2^53 - 1. It is not stored: the limit of the call decides, whatever it was before. */
  readonly limit: number;
}

export interface Claim extends AccountQuery {
  /** What to hold; whole number from 0 to 2^53 - 1. */
  readonly amount: number;
  /** What to charge when the hold falls due unsettled, at most `amount`. Default: 0, the hold is just given back. */
  readonly chargeOnExpiry?: number;
  /** Amounts whose crossing is told once per window (`windows` and `sliding` only). Default: none. */
  readonly warnAt?: readonly number[];
  /** Held, counted and reported, but never a reason to refuse. Default: false. */
  readonly shadow?: boolean;
}

export interface ReserveRequest {
  /** Random and unique: every later call about this request is keyed by it. Not the client's request id. */
  readonly id: string;
  /** In order of preference; an account stands once in each. More than one where a budget overflows. */
  readonly candidates: readonly (readonly Claim[])[];
  /** How long the hold lives unless it is renewed, from the store's now. */
  readonly holdMs: number;
}

export interface AccountState {
  readonly account: string;
  /** Of the window that the figures are of; empty for `bucket` and `concurrency`. */
  readonly windowId: string;
  /** What used and held together may reach: `limit`, or `burst` of a bucket. */
  readonly limit: number;
  readonly used: number;
  /** Held by requests in flight; after an admission, this one included. */
  readonly held: number;
  /** `limit - used - held`, at least 0. */
  readonly remaining: number;
  /** When nothing of what is used now counts any more. None for `concurrency`. */
  readonly resetAtMs: number | undefined;
  /** False where the claim would have passed the limit: the reason of a refusal, or a shadow's finding. */
  readonly fits: boolean;
  readonly shadow: boolean;
}

/** An amount of `warnAt` that used has reached; each is told once per window, by the call that first sees it. */
export interface Crossing {
  readonly account: string;
  readonly windowId: string;
  readonly amount: number;
}

export interface Admitted {
  readonly admitted: true;
  /** Index of the candidate that is held. */
  readonly candidate: number;
  /** In the order of the candidate's claims. */
  readonly accounts: readonly AccountState[];
  /** What stood in the way of the candidates before this one; empty when `replayed`. */
  readonly passedOver: readonly Obstacle[];
  /** The id was known: these are the decision and the figures of then (no accounts if it was an orphan). */
  readonly replayed: boolean;
  /** Where the reservation is now; `open` unless `replayed`. */
  readonly state: HoldState;
  readonly crossings: readonly Crossing[];
  readonly nowMs: number;
}

export interface Refused {
  readonly admitted: false;
  /** The tightest account of the candidate that has the best prospects. */
  readonly obstacle: Obstacle;
  /** All accounts of that candidate, in the order of its claims. */
  readonly accounts: readonly AccountState[];
  readonly crossings: readonly Crossing[];
  readonly nowMs: number;
}

export type Reservation = Admitted | Refused;

export interface Obstacle {
  readonly candidate: number;
  readonly state: AccountState;
  /** `held`: fits once requests in flight end. `used`: fits in a later window. `never`: larger than the limit. */
  readonly cause: "held" | "used" | "never";
  /** When it fits if nothing else changes; only for `used`. */
  readonly retryAtMs: number | undefined;
}

/** `estimated` and `exact` are settled; `expired` fell due unsettled. */
export type HoldState = "open" | "estimated" | "exact" | "expired" | "unknown";

export interface Charge {
  readonly account: string;
  /** What was spent; whole number from 0 to 2^53 - 1. */
  readonly amount: number;
  /**
   * Where to charge it when the ledger does not know the reservation, or the reservation not this account.
   * Without it such a charge is returned as `unplaced`. Ignored otherwise: the window of admission is charged.
   */
  readonly period?: Period;
  readonly limit?: number;
  /**
   * When it was spent, by the store's clock: such a charge goes to the window of then, and to a bucket only if that has
   * not refilled since. Default: now.
   */
  readonly atMs?: number;
}

export interface Settlement {
  readonly id: string;
  /** Accounts of the reservation that are not named here are charged nothing. */
  readonly charges: readonly Charge[];
  /** An exact report corrects an estimated one; anything else that comes second changes nothing. */
  readonly kind: "estimated" | "exact";
  /** Kept with the record for whoever reads the store, e.g. `log`, `stream`, `abort`. */
  readonly reason: string;
}

export interface Settled {
  /**
   * - `settled`: the hold was open.
   * - `corrected`: an estimate was there; the difference was charged.
   * - `late`: the hold had fallen due; what was charged then was taken into account.
   * - `orphan`: the id was unknown; charged by the periods sent along. Where none of its charges could be placed,
   *   nothing is remembered of it.
   * - `repeated`: an equal or better report was there; nothing changed.
   */
  readonly outcome: "settled" | "corrected" | "late" | "orphan" | "repeated";
  /** Accounts of the reservation with what they have been charged in all, and the figures of now. */
  readonly accounts: readonly SettledAccount[];
  /** Accounts that could not be charged because no period was known. */
  readonly unplaced: readonly string[];
  readonly crossings: readonly Crossing[];
}

export interface SettledAccount {
  readonly account: string;
  readonly windowId: string;
  /** What this reservation has cost the account by now. */
  readonly charged: number;
  /** What this call has changed that by: negative where an estimate was too high, 0 when `repeated`. */
  readonly added: number;
  /** Of the window of admission. For `sliding`: what this interval spent, without the one before. */
  readonly used: number;
  readonly held: number;
  /** As the reservation knew it. */
  readonly limit: number;
}

export interface Inspection {
  readonly accounts: readonly AccountState[];
  /** Reservations that are open, over all accounts. */
  readonly liveHolds: number;
  readonly nowMs: number;
}

export interface Adjustment {
  /** Random and unique. */
  readonly id: string;
  readonly account: string;
  /** Not `concurrency`: live holds cannot be adjusted. */
  readonly period: Period;
  /** The refill rate of a bucket; not used otherwise. */
  readonly limit: number;
  /** Added to what was spent; negative is a credit. A credit beyond what was spent is cut there. */
  readonly amount: number;
  readonly by: string;
  readonly reason: string;
}

export interface Adjusted {
  readonly id: string;
  readonly account: string;
  readonly windowId: string;
  readonly amount: number;
  /** What used changed by: `amount`, or less where used reached 0 or 2^53 - 1. */
  readonly applied: number;
  /** Used after it. */
  readonly used: number;
  readonly by: string;
  readonly reason: string;
  readonly atMs: number;
}
