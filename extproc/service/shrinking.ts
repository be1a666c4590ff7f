import { remainingOf } from "../answers/limitHeaders";
import { AtLimit, type BudgetPolicy, type Hold, LimitUnit } from "../policy/policy";
import type { Price } from "../policy/price";
import { affordableOutput } from "../usage/estimate";
import type { ModelRequest } from "../usage/modelRequest";
import { leastCap, shrinkRequest } from "../usage/shrinkRequest";
import { type Bound, type Candidate, cappedAt, type Estimates } from "./candidates";
import type { ClaimState } from "./store";

/** A request with a lower cap on its output. */
export interface Shrunk {
  /** The budget that was at its limit. */
  readonly budget: string;
  /** Tokens of one choice. */
  readonly cap: number;
  readonly body: Buffer;
  /** The request as it is now. */
  readonly request: ModelRequest;
}

/** Whether a request may be shrunk: then its body must be kept until the decision. */
export function mayShrink(bounds: readonly Bound[], request: ModelRequest): boolean {
  return bounds.some(({ binding }) => shrinks(binding)) && leastCap(request) !== undefined;
}

function shrinks({ budget }: Bound["binding"]): boolean {
  return budget.atLimit === AtLimit.Shrink && !budget.shadow;
}

/**
 * The request with the largest output that every budget that shrinks can pay for, at the dearest of all pools that it
 * may go to; `undefined` when they cannot pay for the least, or the output cannot be capped.
 */
export function shrink(
  obstacle: BudgetPolicy,
  body: Buffer,
  bounds: readonly Bound[],
  states: readonly ClaimState[],
  candidates: readonly Candidate[],
  estimates: Estimates,
): Shrunk | undefined {
  const { request } = estimates;
  const prices = candidates.flatMap(({ pool }) => pool.prices);
  let output = Number.POSITIVE_INFINITY;
  for (const { binding, account } of bounds) {
    const state = states.find((one) => one.account === account);
    if (state !== undefined && !state.fits && shrinks(binding)) {
      output = Math.min(output, outputWithin(binding.budget.hold, state, prices, estimates));
    }
  }
  // What does not depend on the number of choices is spent first.
  const fixed = estimates.outputWithCap(0);
  const cap = Math.floor((output - fixed) / Math.max(1, request.choices, request.images));
  const least = leastCap(request);
  const shrunk =
    least === undefined || cap < least || cap === Number.POSITIVE_INFINITY
      ? undefined
      : shrinkRequest(body, request, cap);
  const budget = obstacle.name;
  return shrunk === undefined ? undefined : { budget, cap, body: shrunk, request: cappedAt(request, cap) };
}

/** Output tokens that what is left of a budget pays for. */
function outputWithin(hold: Hold, state: ClaimState, prices: readonly Price[], estimates: Estimates): number {
  const left = remainingOf(state);
  const worst = estimates.of(hold);
  switch (state.unit) {
    case LimitUnit.Nanodollars:
      return affordableOutput(prices, worst, left);
    case LimitUnit.Tokens:
      return left - worst.inputTokens;
    default:
      // Of those that are left, only output can be shrunk.
      return left;
  }
}
