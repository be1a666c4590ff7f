import { accountOf, heldAmount } from "../policy/claims";
import type { Binding } from "../policy/match";
import { AtLimit, Hold, LimitUnit, type ModelPolicy, OnExpiry, type Pool } from "../policy/policy";
import type { WorstCase } from "../policy/worstCase";
import { estimateOutput, estimateRequest, type Learned } from "../usage/estimate";
import { capOf, type ModelRequest } from "../usage/modelRequest";
import { budgetText } from "./reservation";
import type { BudgetClaim } from "./store";

/** A budget that binds a request, with its counter, and where the request may go instead. */
export interface Bound {
  readonly binding: Binding;
  readonly account: string;
  /** How its part of a reservation's text begins. */
  readonly text: string;
  /** The tier that the budget overflows to, where the model has it. */
  readonly overflowTo: string | undefined;
}

/** A place where a request may go, with what it would hold there. */
export interface Candidate {
  readonly pool: Pool;
  readonly claims: readonly BudgetClaim[];
}

/** The bindings with their counters. A budget that overflows to a tier that the model lacks refuses. */
export function boundsOf(bindings: readonly Binding[], model: ModelPolicy): readonly Bound[] {
  return bindings.map((binding) => {
    const { atLimit, overflowTo, shadow } = binding.budget;
    const mayOverflow =
      atLimit === AtLimit.Overflow && !shadow && model.pools.some(({ tier }) => tier === overflowTo);
    const account = accountOf(binding);
    const { name: budget, unit } = binding.budget;
    const text = budgetText({ account, budget, unit });
    return { binding, account, text, overflowTo: mayOverflow ? overflowTo : undefined };
  });
}

/** Estimates of one request, each made once. */
export class Estimates {
  private strict: WorstCase | undefined;
  private adaptive: WorstCase | undefined;

  constructor(
    readonly request: ModelRequest,
    readonly model: ModelPolicy,
    private readonly learned: Learned,
  ) {}

  of(hold: Hold): WorstCase {
    if (hold === Hold.Strict) {
      this.strict ??= estimateRequest(this.request, this.model, this.learned, hold);
      return this.strict;
    }
    this.adaptive ??= estimateRequest(this.request, this.model, this.learned, hold);
    return this.adaptive;
  }

  /** Output tokens at most if each choice were capped at so many. */
  outputWithCap(cap: number): number {
    return estimateOutput(cappedAt(this.request, cap), this.model, this.learned, Hold.Strict);
  }
}

/** A request of which no choice may be longer. */
export function cappedAt(request: ModelRequest, cap: number): ModelRequest {
  const value = Math.min(cap, capOf(request) ?? cap);
  return { ...request, caps: [{ name: "", value, start: 0, end: 0 }] };
}

/**
 * The usual pool, then each tier that a budget overflows to. With the tier of a counter that is still over its limit
 * (`over`) that tier comes first, and the usual pool is none.
 */
export function candidatesOf(
  bounds: readonly Bound[],
  estimates: Estimates,
  over: string | undefined,
): readonly Candidate[] {
  const { pools } = estimates.model;
  if (pools.length === 1) {
    return [candidateAt(pools[0], bounds, estimates)];
  }
  const tiers = new Set(over === undefined ? [""] : [over]);
  for (const { overflowTo } of bounds) {
    if (overflowTo !== undefined) {
      tiers.add(overflowTo);
    }
  }
  return [...tiers].flatMap((tier) => {
    const pool = tier === "" ? pools[0] : pools.find((one) => one.tier === tier);
    return pool === undefined ? [] : [candidateAt(pool, bounds, estimates)];
  });
}

/**
 * What a request would hold in a pool. What a budget sends to its tier does not count against it: under load its
 * counter would never fall otherwise. All other budgets are charged there.
 */
function candidateAt(pool: Pool, bounds: readonly Bound[], estimates: Estimates): Candidate {
  const claims = bounds.map(({ binding, account, overflowTo }): BudgetClaim => {
    const { budget } = binding;
    const worst = estimates.of(budget.hold);
    const amount = heldAmount(budget, worst, pool.prices);
    const chargeOnExpiry =
      budget.onExpiry === OnExpiry.Floor && budget.unit !== LimitUnit.Concurrency
        ? Math.min(amount, heldAmount(budget, { ...worst, outputTokens: 0, images: 0 }, pool.prices))
        : 0;
    const isOverflow = overflowTo !== undefined && overflowTo === pool.tier;
    return { binding, account, amount, chargeOnExpiry, isOverflow };
  });
  return { pool, claims };
}
