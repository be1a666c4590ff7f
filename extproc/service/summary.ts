import type { LimitUnit } from "../policy/policy";
import { noUsage, type Usage } from "../usage/usage";
import type { DecisionOutcome, SettleEvent } from "./telemetry";

/** Where a budget stands after a request. */
export interface BudgetLeft {
  readonly budget: string;
  readonly unit: LimitUnit;
  readonly limit: number;
  /** Never below 0. */
  readonly remaining: number;
}

/** One request that is over: refused, or settled. Names users in no place. */
export interface RequestSummary {
  /** The client's, as the gateway passes it on; empty when there is none. */
  readonly requestId: string;
  /** Empty for one that the policy does not know. */
  readonly model: string;
  /** Empty for the usual one. */
  readonly tier: string;
  /** As the gateway reports it; `undefined` when it did not. */
  readonly backend: string | undefined;
  readonly outcome: DecisionOutcome;
  /** The budget that refused it; `undefined` when none did. */
  readonly refusedBy: string | undefined;
  /** What was reported of its settlement; `undefined` when it was refused. */
  readonly kind: Exclude<SettleEvent["kind"], "corrected" | "repeated"> | undefined;
  readonly usage: Usage;
  /** `undefined` when no price is known. */
  readonly nanodollars: number | undefined;
  readonly budgets: readonly BudgetLeft[];
}

/** A request that was refused: nothing of it was used. What is not known of it stays empty. */
export function refusedSummary(
  requestId: string | undefined,
  outcome: DecisionOutcome,
  known: Partial<Pick<RequestSummary, "model" | "refusedBy" | "budgets">> = {},
): RequestSummary {
  return {
    requestId: requestId ?? "",
    model: "",
    tier: "",
    backend: undefined,
    outcome,
    refusedBy: undefined,
    kind: undefined,
    usage: noUsage,
    nanodollars: undefined,
    budgets: [],
    ...known,
  };
}

/** Told of every request that is over, once. An exact report that corrects an estimate is told anew. */
export type OnRequest = (summary: RequestSummary) => void;
