import type { LimitUnit } from "../policy/policy";
import type { Endpoint } from "../usage/endpoint";
import type { Usage } from "../usage/usage";
import type { Unproven } from "./authenticate";

/** How a request was decided. */
export const DecisionOutcome = {
  Admitted: "admitted",
  /** Sent to another tier. */
  Overflow: "overflow",
  /** Admitted with a lower cap on its output. */
  Shrunk: "shrunk",
  /** At the limit: 429 or 402. */
  Refused: "refused",
  /** A shadow budget would have refused it. */
  Shadow: "shadow",
  /** A budget is closed without the store: 503. */
  StoreDown: "store_down",
  /** Could not be read, or could be read in two ways: 400 or 413. */
  Invalid: "invalid",
  /** No such model: 404. */
  UnknownModel: "unknown_model",
  /** Nobody knows who calls: 401. */
  Unauthenticated: "unauthenticated",
  /** No rule lets the caller use the model: 403. */
  Forbidden: "forbidden",
  /** No budget binds it. */
  Unbudgeted: "unbudgeted",
} as const;
export type DecisionOutcome = (typeof DecisionOutcome)[keyof typeof DecisionOutcome];

/** One decision. Never a user's name: budgets, models and tiers are names of the declaration. */
export interface DecisionEvent {
  readonly outcome: DecisionOutcome;
  /** Empty for a model that the policy does not know: clients must not make up labels. */
  readonly model: string;
  /** The tier that it goes to; empty for the usual one. */
  readonly tier: string;
  /** The budget that decided; empty when none did. */
  readonly budget: string;
  /** What decided: the store, or what the budget says for when it is down. */
  readonly by: "store" | "open" | "closed" | "local" | "none";
}

/**
 * One report of what a request has used. There may be more of them for a request: each tells what those before it did
 * not, so that sums count every request once.
 */
export interface SettleEvent {
  readonly model: string;
  readonly endpoint: Endpoint;
  /** `stream`: the answer was read; `log`: the access log said so; `expiry`: nothing came in time. */
  readonly source: "stream" | "log" | "expiry";
  /** `corrected`: exact, after an estimate. `repeated`: says nothing new. All others are the first of their request. */
  readonly kind: "exact" | "estimated" | "nothing" | "late" | "orphan" | "queued" | "corrected" | "repeated";
  /** Spent against held in the first budget that held any; `undefined` where none did, or that was told before. */
  readonly ratio: number | undefined;
  /** What the provider says that the request used in all; `undefined` for an estimate, and when it was told before. */
  readonly reported: Usage | undefined;
  /** Nothing but text was sent, as far as is known. */
  readonly sentText: boolean;
  /** What the request cost beyond what was told of it before; negative where an estimate was too high. */
  readonly nanodollars: number;
  /** As authentication named it. Default: nobody did. */
  readonly team?: string | undefined;
  /** Until the first token of a stream, in milliseconds. Default: not known, or told before. */
  readonly firstTokenMs?: number | undefined;
}

/** Why a caller was not let in. `token`: Envoy has refused it. */
export type CallerRefusal = Unproven | "token";

/** What the processor tells about itself. Implemented by the metrics and the log; tests record it. */
export interface Telemetry {
  decided(event: DecisionEvent): void;
  settled(event: SettleEvent): void;
  /** Nobody knows who calls; told beside `decided`. */
  callerRefused(reason: CallerRefusal): void;
  /** Where a budget stands, as the last answer of the store said; for `per` budgets the fullest counter is what matters. */
  standing(budget: string, unit: LimitUnit, limit: number, used: number, held: number): void;
  /**
   * The counter that `standing` was about, and which share of its limit is used and held. Its account may name a user:
   * it tells the counters of a budget apart, and is never shown. Only for those who ask.
   */
  counter?(budget: string, account: string, share: number): void;
  /** Spent beyond a limit, in the budget's unit. */
  overshoot(budget: string, amount: number): void;
  /** A call to the ledger, in milliseconds. */
  storeCall(operation: string, ms: number, isOk: boolean): void;
  /** Calls reach the ledger again, or no longer; `code` is the error's. */
  storeState(isUp: boolean, code: string): void;
  /** A warning was crossed. `delivered`: the webhook took it, or there is none. */
  warned(budget: string, share: number, delivered: boolean): void;
  /** A model without a known price for the backend that answered. */
  unknownPrice(model: string): void;
  /** A request went to another tier, or came back to the usual one. */
  overflowed(budget: string, from: string, to: string): void;
  /** Something that must not happen, with a stable code; never a body, a key or a user. */
  failure(code: string, error: unknown): void;
}
