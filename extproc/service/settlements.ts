import type { Ledger, Settled, Settlement } from "../ledger/ledger";
import type { DirectLedger } from "../ledger/memoryLedger";
import { budgetNamed, ledgerCharge } from "./budgetTerms";
import type { PendingSettlement } from "./settleQueue";
import type { StoreSettlement } from "./store";
import { mayHaveCounted, type StoreHealth } from "./storeHealth";
import type { StoreReport } from "./storeReport";
import type { Telemetry } from "./telemetry";
import type { UnheldRequests } from "./unheld";

export interface SettlementsOptions {
  readonly ledger: Ledger;
  readonly health: StoreHealth;
  readonly report: StoreReport;
  readonly telemetry: Telemetry;
  readonly unheld: UnheldRequests;
  /** How long the ledger remembers what it has settled. */
  readonly keepSettledMs: number;
}

/** Tells the ledger what requests have spent, however late, and never so that it is charged twice. */
export class Settlements {
  constructor(private readonly options: SettlementsOptions) {}

  /** With all that the ledger needs to charge a request that it does not know. */
  pending({ id, charges, kind, reason, policy, admittedAtMs }: StoreSettlement): PendingSettlement {
    const nowMs = this.options.ledger.nowMs();
    const atMs = this.options.unheld.get(id)?.atMs ?? admittedAtMs ?? nowMs;
    const placed = charges.map(({ account, budget, amount }) =>
      ledgerCharge(budgetNamed(policy, budget), account, amount, atMs),
    );
    const settlement: Settlement = { id, charges: placed, kind, reason };
    return { settlement, policy, reportedAtMs: nowMs, uncertainSinceMs: undefined };
  }

  /** Rejects when the ledger has not taken it, or did not say so. */
  async tell(pending: PendingSettlement): Promise<Settled> {
    const { ledger, health } = this.options;
    const isStale = this.#isStale(pending);
    const told = isStale ? withoutPlaces(pending.settlement) : pending.settlement;
    let settled: Settled;
    try {
      settled = await health.call("settle", () => ledger.settle(told));
    } catch (error) {
      pending.uncertainSinceMs ??= mayHaveCounted(error) ? ledger.nowMs() : undefined;
      throw error;
    }
    return this.#told(pending, settled, isStale);
  }

  /** The same for a ledger that has its answer at once; throws where that has done nothing. */
  tellDirect(pending: PendingSettlement, direct: DirectLedger): Settled {
    const began = performance.now();
    const settled = direct.settle(pending.settlement);
    this.options.health.answered("settle", began);
    return this.#told(pending, settled, false);
  }

  #told({ settlement, policy }: PendingSettlement, settled: Settled, isStale: boolean): Settled {
    const { ledger, report, telemetry, unheld } = this.options;
    unheld.told(settlement.id, settlement.kind);
    if (isStale && settled.unplaced.length > 0) {
      const what = "a report came when its request was long over: it was settled before, or is lost";
      telemetry.failure("settle_unplaced", new Error(what));
    }
    report.settled(isStale ? { ...settled, unplaced: [] } : settled, policy, ledger.nowMs());
    return settled;
  }

  /**
   * Whether the ledger may have settled the request and forgotten it since. Then only a reservation that it knows can
   * be charged: any other would be charged twice. Half the time is left for what happens on the way.
   */
  #isStale({ settlement, reportedAtMs, uncertainSinceMs }: PendingSettlement): boolean {
    const { ledger, unheld, keepSettledMs } = this.options;
    const isUntold = unheld.get(settlement.id)?.isTold === false;
    const sinceMs = isUntold ? uncertainSinceMs : reportedAtMs;
    return sinceMs !== undefined && ledger.nowMs() - sinceMs > keepSettledMs / 2;
  }
}

function withoutPlaces({ charges, ...rest }: Settlement): Settlement {
  return { ...rest, charges: charges.map(({ account, amount }) => ({ account, amount })) };
}
