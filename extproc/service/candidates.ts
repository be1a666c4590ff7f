import { accountOf, heldAmount } from "../policy/claims";
import type { Binding } from "../policy/match";
import { AtLimit, Hold, LimitUnit, type ModelPolicy, OnExpiry, type Pool } from "../policy/policy";
import type { WorstCase } from "../policy/worstCase";
import { estimateOutput, estimateRequest, type Learned } from "../usage/estimate";
import { capOf, type ModelRequest } from "../usage/modelRequest";
import type { BudgetClaim } from "./store";

/** A budget that binds a request, with its counter, and where the request may go instead. */
export interface Bound {
  readonly binding: Binding;
  readonly account: string;
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
    return { binding, account: accountOf(binding), overflowTo: mayOverflow ? overflowTo : undefined };
  });
}

/** Estimates of one request, each made once. */
export class Estimates {
  private readonly made = new Map<Hold, WorstCase>();

  constructor(
    readonly request: ModelRequest,
    readonly model: ModelPolicy,
    private readonly learned: Learned,
  ) {}

  of(hold: Hold): WorstCase {
    let worst = this.made.get(hold);
    if (worst === undefined) {
      worst = estimateRequest(this.request, this.model, this.learned, hold);
      this.made.set(hold, worst);
    }
    return worst;
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

/** The usual pool, then each tier that a budget overflows to. */
export function candidatesOf(bounds: readonly Bound[], estimates: Estimates): readonly Candidate[] {
  const tiers = new Set<string>();
  for (const { overflowTo } of bounds) {
    if (overflowTo !== undefined) {
      tiers.add(overflowTo);
    }
  }
  const [usual] = estimates.model.pools;
  return [candidateAt(usual, bounds, estimates), ...tierCandidates([...tiers], bounds, estimates)];
}

/** Only the tiers named. */
export function tierCandidates(
  tiers: readonly string[],
  bounds: readonly Bound[],
  estimates: Estimates,
): readonly Candidate[] {
  return estimates.model.pools
    .filter(({ tier }) => tiers.includes(tier))
    .map((pool) => candidateAt(pool, bounds, estimates));
}

/**
 * What a request would hold in a pool. What a budget sends to its tier does not count against it: under load its
 * counter would never fall otherwise. All other budgets are charged there.
 */
function candidateAt(pool: Pool, bounds: readonly Bound[], estimates: Estimates): Candidate {
  const claims = bounds.map(({ binding, overflowTo }): BudgetClaim => {
    const { budget } = binding;
    const worst = estimates.of(budget.hold);
    const amount = heldAmount(budget, worst, pool.prices);
    const chargeOnExpiry =
      budget.onExpiry === OnExpiry.Floor && budget.unit !== LimitUnit.Concurrency
        ? Math.min(amount, heldAmount(budget, { ...worst, outputTokens: 0, images: 0 }, pool.prices))
        : 0;
    const isOverflow = overflowTo !== undefined && overflowTo === pool.tier;
    return { binding, amount, chargeOnExpiry, ...(isOverflow ? { isOverflow } : {}) };
  });
  return { pool, claims };
}
