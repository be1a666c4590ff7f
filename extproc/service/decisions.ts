import type { AccountState, Refused, Reservation } from "../ledger/ledger";
import { accountOf } from "../policy/claims";
import type { BudgetPolicy } from "../policy/policy";
import type { BudgetClaim, ClaimState, DecidedBy, Decision } from "./store";

/** Claims of one candidate with their accounts: spelt once, used for the call and for the answer. */
export interface NamedClaim extends BudgetClaim {
  readonly account: string;
}

export function named(claim: BudgetClaim): NamedClaim {
  if (isNamed(claim)) {
    return claim;
  }
  const { binding, amount, chargeOnExpiry, isOverflow = false } = claim;
  return { binding, amount, chargeOnExpiry, isOverflow, account: accountOf(binding) };
}

function isNamed(claim: BudgetClaim): claim is NamedClaim {
  return claim.account !== undefined;
}

/** A ledger's answer, in budgets. */
export function decision(
  candidates: readonly (readonly NamedClaim[])[],
  answer: Reservation,
  by: DecidedBy,
): Decision {
  if (!answer.admitted) {
    return refusal(candidates, answer, by);
  }
  const { candidate, accounts, passedOver, nowMs } = answer;
  return {
    admitted: true,
    candidate,
    states: claimStates(candidates[candidate] ?? [], accounts),
    passedOver: passedOver.map(({ state }) => state.account),
    by,
    nowMs,
  };
}

function refusal(
  candidates: readonly (readonly NamedClaim[])[],
  { obstacle, accounts, nowMs }: Refused,
  by: DecidedBy,
): Decision {
  const claims = candidates[obstacle.candidate] ?? [];
  const claim = claims.find(({ account }) => account === obstacle.state.account);
  if (claim === undefined) {
    throw new Error("the ledger refused for an account that was not claimed");
  }
  return {
    admitted: false,
    reason: "limit",
    obstacle: claimState(claim.binding.budget, obstacle.state),
    needed: claim.amount,
    retryAtMs: obstacle.retryAtMs,
    states: claimStates(claims, accounts),
    by,
    nowMs,
  };
}

function claimStates(claims: readonly NamedClaim[], accounts: readonly AccountState[]): ClaimState[] {
  const states: ClaimState[] = [];
  for (let index = 0; index < accounts.length; index += 1) {
    const [claim, state] = [claims[index], accounts[index]];
    if (claim !== undefined && state !== undefined) {
      states.push(claimState(claim.binding.budget, state));
    }
  }
  return states;
}

function claimState(budget: BudgetPolicy, state: AccountState): ClaimState {
  return {
    budget: budget.name,
    unit: budget.unit,
    period: budget.period,
    limit: state.limit,
    used: state.used,
    held: state.held,
    resetMs: state.resetAtMs,
    account: state.account,
    shadow: budget.shadow,
    fits: state.fits,
  };
}
