import { keepNewest } from "./bounded";

/** Since when a counter is over its limit. */
interface Overflow {
  readonly tier: string;
  readonly sinceMs: number;
  /** When nothing of what is used now counts any more. */
  readonly resetMs: number | undefined;
}

/** What a budget says about returning from a tier. */
export interface ReturnRule {
  readonly returnBelow: number;
  readonly dwellMs: number;
}

/**
 * Counters that sent requests to another tier, so that those that follow go there at once, until the counter is down
 * at its low-water mark and some time has passed. Every replica remembers for itself: each goes over and returns by
 * what the ledger tells it.
 */
export class OverflowMemory {
  private readonly overflows = new Map<string, Overflow>();

  constructor(private readonly most: number) {}

  /** Whether requests of the counter go to the tier at once. One whose window is over starts anew. */
  isOver(account: string, tier: string, { dwellMs }: ReturnRule, nowMs: number): boolean {
    const known = this.overflows.get(account);
    if (known?.tier !== tier) {
      return false;
    }
    const { sinceMs, resetMs = Number.POSITIVE_INFINITY } = known;
    if (nowMs >= resetMs && nowMs - sinceMs >= dwellMs) {
      this.overflows.delete(account);
      return false;
    }
    return true;
  }

  /** Whether the counter was over its limit when last heard of. */
  has(account: string): boolean {
    return this.overflows.has(account);
  }

  /** The counter stood in the way of the usual pool. */
  goOver(account: string, tier: string, resetMs: number | undefined, nowMs: number): void {
    const sinceMs = this.overflows.get(account)?.sinceMs ?? nowMs;
    this.overflows.set(account, { tier, sinceMs, resetMs });
    keepNewest(this.overflows, this.most);
  }

  /** Takes what is spent and held now; true when requests of the counter return to the usual pool by that. */
  returns(account: string, level: number, { returnBelow, dwellMs }: ReturnRule, nowMs: number): boolean {
    const known = this.overflows.get(account);
    const isBack = known !== undefined && level <= returnBelow && nowMs - known.sinceMs >= dwellMs;
    return isBack && this.overflows.delete(account);
  }

  get size(): number {
    return this.overflows.size;
  }
}
