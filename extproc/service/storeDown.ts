import type { Charge, Claim, Settlement } from "../ledger/ledger";
import { memoryLedger } from "../ledger/memoryLedger";
import { type BudgetPolicy, type Policy, StoreDown } from "../policy/policy";
import { capacityOf, ledgerClaim } from "./budgetTerms";
import { decision, type NamedClaim } from "./decisions";
import type { Decision } from "./store";

/**
 * The part of a budget that each replica may spend on its own: rounded down, so that all replicas together never pass
 * the limit. A share of 0 refuses everything.
 */
export function localShare(budget: BudgetPolicy, replicas: number): BudgetPolicy {
  const limit = Math.floor(budget.limit / replicas);
  const burst = budget.burst === undefined ? undefined : Math.floor(budget.burst / replicas);
  return { ...budget, limit, burst, warnAt: [] };
}

/**
 * What budgets say for when the ledger cannot be asked, and what this replica lets through meanwhile on budgets that
 * are `local`. The spend on the shares is kept when the store comes back, until its window ends: an outage that
 * returns finds the share as it was left.
 */
export class StoreDownRules {
  readonly #ledger;
  readonly #shares = new WeakMap<BudgetPolicy, { readonly replicas: number; readonly share: BudgetPolicy }>();

  constructor(
    private readonly nowMs: () => number,
    private readonly holdMs: number,
  ) {
    this.#ledger = memoryLedger({ now: nowMs });
  }

  /**
   * One closed budget refuses, whatever the others say and whichever tier would take the request. Then the local ones
   * decide. Open ones let through. Shadow budgets have no say.
   */
  async decide(
    id: string,
    candidates: readonly (readonly NamedClaim[])[],
    policy: Policy,
  ): Promise<Decision> {
    const binding = candidates.map((claims) => claims.filter(({ binding }) => !binding.budget.shadow));
    const closed = binding.flat().find(({ binding: { budget } }) => this.#isClosed(budget, policy));
    if (closed !== undefined) {
      return { admitted: false, reason: "storeDown", budget: closed.binding.budget.name };
    }
    const local = binding.map((claims) => claims.filter((claim) => isLocal(claim)));
    if (local.every((claims) => claims.length === 0)) {
      return { admitted: true, candidate: 0, states: [], passedOver: [], by: "open", nowMs: this.nowMs() };
    }
    const asked = local.map((claims) => claims.map((claim) => this.#claim(claim, policy)));
    const answer = await this.#ledger.reserve({ id, candidates: asked, holdMs: this.holdMs });
    return decision(local, answer, "local");
  }

  /** Counts on the shares what a request has spent that was admitted on them; of all others nothing. */
  async settle({ id, charges, ...rest }: Settlement): Promise<void> {
    const unplaced: readonly Charge[] = charges.map(({ account, amount }) => ({ account, amount }));
    await this.#ledger.settle({ id, charges: unplaced, ...rest });
  }

  async renew(ids: readonly string[]): Promise<void> {
    await this.#ledger.renew(ids, this.holdMs);
  }

  #isClosed(budget: BudgetPolicy, policy: Policy): boolean {
    switch (budget.whenStoreIsDown) {
      case StoreDown.Closed:
        return true;
      case StoreDown.Local:
        return capacityOf(this.#share(budget, policy)) === 0;
      case StoreDown.Open:
        return false;
    }
  }

  #claim(claim: NamedClaim, policy: Policy): Claim {
    return ledgerClaim(this.#share(claim.binding.budget, policy), claim.account, claim, this.nowMs());
  }

  #share(budget: BudgetPolicy, { replicas }: Policy): BudgetPolicy {
    const known = this.#shares.get(budget);
    if (known?.replicas === replicas) {
      return known.share;
    }
    const share = localShare(budget, replicas);
    this.#shares.set(budget, { replicas, share });
    return share;
  }
}

function isLocal({ binding }: NamedClaim): boolean {
  return binding.budget.whenStoreIsDown === StoreDown.Local;
}
