import { type CellPlan, type CellWindow, cellKey } from "./cells";
import type { Claim } from "./ledger";
import type { CellRef } from "./memoryCells";

/** Beyond so many accounts those of a window are forgotten, and made anew. */
const mostAccounts = 10_000;
const noWarnings: readonly number[] = Object.freeze([]);

const known = new WeakMap<CellWindow, Map<string, CellRef>>();

/**
 * What a claim's cell is called, and how it is changed: the same object for all requests of an account, as long as the
 * declaration stays. Reservations keep it, and the key's hash is worked out once.
 */
export function cellRef(plan: CellPlan, window: CellWindow, claim: Claim): CellRef {
  const { account, limit, warnAt = noWarnings } = claim;
  let refs = known.get(window);
  if (refs === undefined || refs.size >= mostAccounts) {
    refs = new Map();
    known.set(window, refs);
  }
  const found = refs.get(account);
  if (found?.limit === limit && found.warnAt === warnAt && found.kind === plan.kind) {
    return found;
  }
  const key = cellKey(window, account);
  const { expiresAtMs } = window;
  const ref = { key, kind: plan.kind, limit, lengthMs: plan.lengthMs, expiresAtMs, warnAt };
  refs.set(account, ref);
  return ref;
}
