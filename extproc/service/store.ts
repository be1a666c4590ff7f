import type { BudgetState } from "../answers/limitHeaders";
import type { AccountQuery, Inspection } from "../ledger/ledger";
import type { Binding } from "../policy/match";
import type { Policy } from "../policy/policy";

/** What a request may cost in a budget that binds it. */
export interface BudgetClaim {
  readonly binding: Binding;
  /** As `accountOf` spells it. Default: worked out. */
  readonly account?: string;
  /** In the budget's unit. */
  readonly amount: number;
  /** What is charged when nobody settles it: at most `amount`. */
  readonly chargeOnExpiry: number;
  /**
   * The request goes to the tier that this budget overflows to: its counter is read, not charged, and it never
   * refuses. Default: false.
   */
  readonly isOverflow?: boolean;
}

export interface StoreRequest {
  readonly id: string;
  /** In order of preference: the usual pool first, or the tier that a budget overflows to. */
  readonly candidates: readonly (readonly BudgetClaim[])[];
  readonly policy: Policy;
}

/** How a decision came about. `store`: the ledger took it; the others: it could not be asked. */
export type DecidedBy = "store" | "open" | "closed" | "local";

export interface ClaimState extends BudgetState {
  readonly account: string;
  readonly shadow: boolean;
  /** False where the claim would have passed the limit. */
  readonly fits: boolean;
}

export type Decision =
  | {
      readonly admitted: true;
      readonly candidate: number;
      /** In the order of the candidate's claims; empty where the store could not be asked and the budget is open. */
      readonly states: readonly ClaimState[];
      /** Accounts that stood in the way of the candidates before this one. */
      readonly passedOver: readonly string[];
      readonly by: DecidedBy;
      readonly nowMs: number;
    }
  | {
      readonly admitted: false;
      readonly reason: "limit";
      /** The tightest budget of the candidate with the best prospects. */
      readonly obstacle: ClaimState;
      readonly needed: number;
      readonly retryAtMs: number | undefined;
      readonly states: readonly ClaimState[];
      readonly by: DecidedBy;
      readonly nowMs: number;
    }
  | {
      readonly admitted: false;
      readonly reason: "storeDown";
      /** The budget that is closed without the store. */
      readonly budget: string;
    };

/** What a request has cost in a budget. */
export interface BudgetCharge {
  /** The account, as `accountOf` spells it. */
  readonly account: string;
  /** The budget's name: its period and limit place the charge when the ledger has forgotten the reservation. */
  readonly budget: string;
  readonly amount: number;
}

export interface StoreSettlement {
  readonly id: string;
  readonly charges: readonly BudgetCharge[];
  readonly kind: "estimated" | "exact";
  /** For example `log`, `stream`, `cut`, `error`, `lost`. */
  readonly reason: string;
  readonly policy: Policy;
  /** `nowMs` of the decision, where it is known: charges that the ledger cannot place go to the windows of then. */
  readonly admittedAtMs?: number;
}

/**
 * The ledger as the processor uses it: in budgets instead of accounts, with what each budget says about a store that
 * does not answer. Nothing here throws or rejects.
 */
export interface BudgetStore {
  decide(request: StoreRequest): Promise<Decision>;
  /** The same without a promise; `undefined` where it takes `decide`, since the ledger has to be waited for. */
  decideAtOnce?(request: StoreRequest): Decision | undefined;
  /** Resolves when it is in the ledger or in the queue of what is to be told to it. */
  settle(settlement: StoreSettlement): Promise<SettleOutcome>;
  /** The same without a promise; `undefined` where it takes `settle`. */
  settleAtOnce?(settlement: StoreSettlement): SettleOutcome | undefined;
  /** The hold lives until `forget`; it is renewed with all others. */
  keep(id: string): void;
  forget(id: string): void;
  /**
   * Of requests that this replica waits for, those that nobody has settled yet, as far as is known: all of them when
   * the ledger cannot be asked. One call, whatever their number; 1,000 at most. Their holds live on.
   */
  unsettledOf(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Where accounts stand, in the order of the queries; `undefined` when the ledger does not answer. */
  inspect(queries: readonly AccountQuery[]): Promise<Inspection | undefined>;
  /** The store's clock. */
  nowMs(): number;
  /** Whether calls reach the ledger at the moment. */
  readonly isUp: boolean;
  /** Settles what waits, as far as the time allows, and closes the ledger. */
  close(timeoutMs: number): Promise<void>;
}

export interface SettleOutcome {
  /** As the ledger says, or `queued` when it could not be asked yet. */
  readonly outcome: "settled" | "corrected" | "late" | "orphan" | "repeated" | "queued";
  /** Accounts with where they stand now, and what this call has changed the charge by; empty when `queued`. */
  readonly remaining: readonly {
    readonly account: string;
    readonly used: number;
    readonly held: number;
    /** Negative where an estimate was too high; 0 when `repeated`. */
    readonly added: number;
  }[];
}
