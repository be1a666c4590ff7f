import type { AccountQuery, Charge, Claim, Period as LedgerPeriod, Window } from "../ledger/ledger";
import { ledgerPeriodOf } from "../policy/claims";
import type { BudgetPolicy, Policy } from "../policy/policy";

/** What the ledger is told about a budget, for as long as the window of an instant lasts. */
export interface BudgetTerms {
  readonly period: LedgerPeriod;
  readonly warnAt: readonly number[];
  readonly fromMs: number;
  readonly untilMs: number;
}

const terms = new WeakMap<BudgetPolicy, BudgetTerms>();

/** The terms at an instant: worked out once per budget and window, since every request asks for all of its budgets. */
export function termsOf(budget: BudgetPolicy, nowMs: number): BudgetTerms {
  const known = terms.get(budget);
  if (known !== undefined && nowMs >= known.fromMs && nowMs < known.untilMs) {
    return known;
  }
  const found = newTerms(budget, ledgerPeriodOf(budget, nowMs));
  terms.set(budget, found);
  return found;
}

function newTerms(budget: BudgetPolicy, found: LedgerPeriod): BudgetTerms {
  const period = shared(found);
  const warnAt = budget.warnAt.map(({ amount }) => amount);
  const first = period.kind === "windows" ? period.windows[0] : undefined;
  const { startMs: fromMs = 0, endMs: untilMs = Number.POSITIVE_INFINITY } = first ?? {};
  return { period, warnAt, fromMs, untilMs };
}

const byWindow = new WeakMap<Window, LedgerPeriod>();
const byText = new Map<string, LedgerPeriod>();

/** One object for all budgets with the same period: a ledger works out each only once for a call. */
function shared(period: LedgerPeriod): LedgerPeriod {
  const [first] = period.kind === "windows" ? period.windows : [];
  const known = first === undefined ? byText.get(JSON.stringify(period)) : byWindow.get(first);
  if (known !== undefined) {
    return known;
  }
  if (first === undefined) {
    byText.set(JSON.stringify(period), period);
  } else {
    byWindow.set(first, period);
  }
  return period;
}

/** What used and held together may reach: of a bucket, what can be spent at once. */
export function capacityOf({ limit, burst }: BudgetPolicy): number {
  return burst ?? limit;
}

const indexes = new WeakMap<Policy, ReadonlyMap<string, BudgetPolicy>>();

/** A budget of a policy by its name; `undefined` when the policy no longer has it. */
export function budgetNamed(policy: Policy, name: string): BudgetPolicy | undefined {
  let index = indexes.get(policy);
  if (index === undefined) {
    index = new Map(policy.budgets.map((budget) => [budget.name, budget]));
    indexes.set(policy, index);
  }
  return index.get(name);
}

const byAccount = new WeakMap<Policy, Map<string, BudgetPolicy | undefined>>();
/** Accounts whose budgets are remembered; beyond that all are forgotten. */
const mostAccounts = 10_000;

/** The budget of an account; `undefined` when the policy no longer has it. */
export function budgetOfAccount(policy: Policy, account: string): BudgetPolicy | undefined {
  let known = byAccount.get(policy);
  if (known === undefined || known.size >= mostAccounts) {
    known = new Map();
    byAccount.set(policy, known);
  }
  let budget = known.get(account);
  if (budget === undefined) {
    budget = budgetNamed(policy, budgetNameOf(account));
    known.set(account, budget);
  }
  return budget;
}

/** The budget of an account as `accountOf` spells it: neither names nor units have a colon. */
export function budgetNameOf(account: string): string {
  return account.slice(0, account.indexOf(":"));
}

/** The subject of an account: encoded values of `per`, `name=value&name=value`. */
export function subjectOf(account: string): string {
  return account.slice(account.indexOf(":", account.indexOf(":") + 1) + 1);
}

/** What the ledger is asked about a counter of a budget. */
export function queryOf(budget: BudgetPolicy, account: string, nowMs: number): AccountQuery {
  return { account, period: termsOf(budget, nowMs).period, limit: budget.limit };
}

/** A claim as the ledger takes it. The tier that a budget overflows to only reads the budget's counter. */
export function ledgerClaim(
  budget: BudgetPolicy,
  account: string,
  held: { readonly amount: number; readonly chargeOnExpiry: number; readonly isOverflow?: boolean },
  nowMs: number,
): Claim {
  const { period, warnAt } = termsOf(budget, nowMs);
  const { isOverflow = false } = held;
  return {
    account,
    period,
    limit: budget.limit,
    amount: isOverflow ? 0 : held.amount,
    chargeOnExpiry: isOverflow ? 0 : held.chargeOnExpiry,
    warnAt,
    shadow: budget.shadow || isOverflow,
  };
}

/**
 * A charge that the ledger can place even if it does not know the reservation: in the window of `atMs`. One to a budget
 * that the policy no longer has can only be placed by the reservation.
 */
export function ledgerCharge(
  budget: BudgetPolicy | undefined,
  account: string,
  amount: number,
  atMs: number,
): Charge {
  if (budget === undefined) {
    return { account, amount };
  }
  return { account, amount, period: ledgerPeriodAt(budget, atMs), limit: budget.limit, atMs };
}

/** Windows that are over must not push out those of the present. */
function ledgerPeriodAt(budget: BudgetPolicy, atMs: number): LedgerPeriod {
  const known = terms.get(budget);
  return known !== undefined && atMs < known.fromMs
    ? ledgerPeriodOf(budget, atMs)
    : termsOf(budget, atMs).period;
}
