import { reservation, states } from "./answers";
import { checkAdjustment, checkQuery, checkRenewal, checkReserve, checkSettlement } from "./checks";
import type {
  Adjusted,
  Adjustment,
  Ledger,
  Reservation,
  ReserveRequest,
  Settled,
  Settlement,
} from "./ledger";
import { defaultSettings, keepAdjustmentsMs, type LedgerSettings } from "./limits";
import { MemoryCore } from "./memoryCore";

export interface MemoryLedgerOptions extends Partial<LedgerSettings> {
  /** Milliseconds since 1970. Default: the process's clock. */
  readonly now?: () => number;
}

/** A ledger in this process: for local use, tests and a single replica. What it holds ends with the process. */
export interface MemoryLedger extends Ledger {
  /** Counters and reservations in memory. */
  size(): { readonly cells: number; readonly reservations: number };
}

/**
 * The calls of every request without promises, of a ledger that has its answers at once. Whatever throws has changed
 * nothing.
 */
export interface DirectLedger {
  reserve(request: ReserveRequest): Reservation;
  settle(settlement: Settlement): Settled;
}

/** By the ledgers themselves: what somebody wraps one in must not be passed by. */
const directLedgers = new WeakMap<Ledger, DirectLedger>();

/** A ledger's direct calls; `undefined` of one that has to be waited for. */
export function directLedger(ledger: Ledger): DirectLedger | undefined {
  return directLedgers.get(ledger);
}

export function memoryLedger(options: MemoryLedgerOptions = {}): MemoryLedger {
  const { now = Date.now, ...settings } = options;
  const core = new MemoryCore(now, { ...defaultSettings, ...settings });
  const corrections = new Map<string, Map<string, Adjusted>>();

  const adjust = (adjustment: Adjustment): Adjusted => {
    const list = corrections.get(adjustment.account) ?? new Map<string, Adjusted>();
    const known = list.get(adjustment.id);
    if (known !== undefined) {
      return known;
    }
    const { id, account, amount, by, reason } = adjustment;
    const { nowMs: atMs, windowId, before, after } = core.adjust(adjustment, amount);
    const entry = { id, account, windowId, amount, applied: after - before, used: after, by, reason, atMs };
    forgetOld(corrections, atMs);
    corrections.set(account, list.set(id, entry));
    return entry;
  };

  const direct: DirectLedger = {
    reserve(request) {
      checkReserve(request);
      return reservation(request, core.reserve(request));
    },
    settle(settlement) {
      checkSettlement(settlement);
      return core.settle(settlement);
    },
  };

  // Async for the interface's sake: each body runs to its end before anything else does.
  const ledger: MemoryLedger = {
    async reserve(request) {
      return direct.reserve(request);
    },
    async renew(ids, holdMs) {
      checkRenewal(ids, holdMs);
      return core.renew(ids, holdMs);
    },
    async settle(settlement) {
      return direct.settle(settlement);
    },
    async inspect(queries) {
      queries.forEach(checkQuery);
      const { nowMs, claims, views } = core.inspect(queries);
      return { accounts: states(claims, views, nowMs), liveHolds: core.liveHolds, nowMs };
    },
    async adjust(adjustment) {
      checkAdjustment(adjustment);
      return adjust(adjustment);
    },
    async adjustments(account) {
      return [...(corrections.get(account)?.values() ?? [])];
    },
    nowMs: now,
    async close() {},
    size: () => ({ cells: core.cells.size, reservations: core.size }),
  };
  directLedgers.set(ledger, direct);
  return ledger;
}

function forgetOld(corrections: Map<string, Map<string, Adjusted>>, nowMs: number): void {
  for (const [account, list] of corrections) {
    const last = [...list.values()].at(-1);
    if (last !== undefined && last.atMs + keepAdjustmentsMs <= nowMs) {
      corrections.delete(account);
    }
  }
}
