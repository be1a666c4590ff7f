import type { Crossing, Reservation, Settled, SettledAccount } from "../ledger/ledger";
import type { BudgetPolicy, Policy } from "../policy/policy";
import { budgetNameOf, budgetOfAccount, capacityOf, termsOf } from "./budgetTerms";
import type { Telemetry } from "./telemetry";
import type { Warnings } from "./warnings";

/** Tells what follows from the ledger's answers: where budgets stand, what passed their limits, and warnings. */
export class StoreReport {
  constructor(
    private readonly telemetry: Telemetry,
    private readonly warnings: Warnings,
  ) {}

  reserved({ accounts, crossings, nowMs }: Reservation, policy: Policy): void {
    for (const { account, limit, used, held } of accounts) {
      const budget = budgetOfAccount(policy, account);
      if (budget !== undefined) {
        this.#tellStanding(budget, account, limit, used, held);
      }
    }
    this.#warn(crossings, accounts, policy, nowMs);
  }

  settled({ accounts, crossings, unplaced }: Settled, policy: Policy, nowMs: number): void {
    for (const account of accounts) {
      const budget = budgetOfAccount(policy, account.account);
      if (budget !== undefined) {
        this.#settledIn(budget, account, nowMs);
      }
    }
    this.#warn(crossings, accounts, policy, nowMs);
    if (unplaced.length > 0) {
      const budgets = [...new Set(unplaced.map(budgetNameOf))].join(", ");
      this.telemetry.failure("charge_unplaced", new Error(`the policy no longer has ${budgets}`));
    }
  }

  #settledIn(
    budget: BudgetPolicy,
    { account, windowId, used, held, added }: SettledAccount,
    nowMs: number,
  ): void {
    const limit = capacityOf(budget);
    if (isPresent(budget, windowId, nowMs)) {
      this.#tellStanding(budget, account, limit, used, held);
    }
    const beyond = Math.min(added, used - limit);
    if (beyond > 0 && !budget.shadow) {
      this.telemetry.overshoot(budget.name, beyond);
    }
  }

  #tellStanding(
    { name, unit }: BudgetPolicy,
    account: string,
    limit: number,
    used: number,
    held: number,
  ): void {
    this.telemetry.standing(name, unit, limit, used, held);
    this.telemetry.counter?.(name, account, limit > 0 ? (used + held) / limit : 1);
  }

  #warn(
    crossings: readonly Crossing[],
    accounts: readonly { readonly account: string; readonly used: number }[],
    policy: Policy,
    nowMs: number,
  ): void {
    for (const crossing of crossings) {
      const used = accounts.find(({ account }) => account === crossing.account)?.used ?? crossing.amount;
      this.warnings.tell(policy, crossing, used, nowMs);
    }
  }
}

/** Whether figures of a settlement are where the budget stands: not those of a past window, nor half a sliding one's. */
export function isPresent(budget: BudgetPolicy, windowId: string, nowMs: number): boolean {
  const { period } = termsOf(budget, nowMs);
  return period.kind === "windows" ? period.windows[0]?.id === windowId : period.kind !== "sliding";
}
