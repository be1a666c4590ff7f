import type { Charge, Period } from "./ledger";
import { earlyMs, keepWindowMs } from "./limits";

/** A stretch of time in which an account has a counter of its own: what a store keeps under one key. */
export interface CellWindow {
  readonly id: string;
  /** What the key of a cell begins with, before the account and behind the store's own prefix. */
  readonly prefix: string;
  /** Length of `prefix` in bytes of UTF-8. */
  readonly prefixBytes: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Set when the cell is made and never moved by use. */
  readonly expiresAtMs: number;
}

/** The windows that an account may need around now; the store picks by its own clock. The same for all accounts. */
export interface CellPlan {
  readonly kind: Period["kind"];
  readonly windows: readonly CellWindow[];
  /** Of `sliding` and `bucket`; otherwise 1. */
  readonly lengthMs: number;
}

const always = { id: "", startMs: 0, endMs: Number.MAX_SAFE_INTEGER, expiresAtMs: Number.MAX_SAFE_INTEGER };
const concurrency = timeless("concurrency", 1, "c:");

/** Plans of periods that are asked for again, which callers keep and share. A sliding one holds for an interval. */
const plans = new WeakMap<Period, { readonly plan: CellPlan; readonly interval: number }>();

export function cellPlan(period: Period, nowMs: number): CellPlan {
  const interval = period.kind === "sliding" ? Math.floor(nowMs / period.lengthMs) : 0;
  const known = plans.get(period);
  if (known?.interval === interval) {
    return known.plan;
  }
  const plan = newPlan(period, interval);
  plans.set(period, { plan, interval });
  return plan;
}

function newPlan(period: Period, interval: number): CellPlan {
  switch (period.kind) {
    case "windows": {
      const windows = period.windows.map((w) => window(w.id, w.startMs, w.endMs));
      return { kind: "windows", lengthMs: 1, windows };
    }
    case "sliding": {
      const { lengthMs } = period;
      // One more on each side than needed: the store's clock may be an interval off what we know of it.
      const numbers = [interval - 2, interval - 1, interval, interval + 1].filter((n) => n >= 0);
      const windows = numbers.map((n) => window(`s${lengthMs}.${n}`, n * lengthMs, (n + 1) * lengthMs));
      return { kind: "sliding", lengthMs, windows };
    }
    case "bucket":
      return timeless("bucket", period.lengthMs, "b:");
    case "concurrency":
      return concurrency;
  }
}

function timeless(kind: "bucket" | "concurrency", lengthMs: number, prefix: string): CellPlan {
  return { kind, lengthMs, windows: [{ ...always, prefix, prefixBytes: prefix.length }] };
}

function window(id: string, startMs: number, endMs: number): CellWindow {
  const keep = Math.min(Math.max(endMs - startMs, keepWindowMs.least), keepWindowMs.most);
  const prefix = `w:${escaped(id)}#`;
  return { id, prefix, prefixBytes: Buffer.byteLength(prefix), startMs, endMs, expiresAtMs: endMs + keep };
}

/** Key of an account's cell in a window, without the store's own prefix. */
export function cellKey(window: CellWindow, account: string): string {
  return window.prefix + escaped(account);
}

/** Without "#", which ends a window's id in a key, and line ends, which end a key in a reservation's record. */
export function escaped(text: string): string {
  return /[%#\n]/.test(text) ? text.replace(/[%#\n]/g, encodeURIComponent) : text;
}

export function unescaped(text: string): string {
  return text.includes("%") ? text.replace(/%(?:25|23|0A)/g, decodeURIComponent) : text;
}

/** What a cell's key says. */
export function parseKey(key: string): { readonly account: string; readonly windowId: string } {
  const end = key.startsWith("w:") ? key.indexOf("#") : 1;
  return { account: unescaped(key.slice(end + 1)), windowId: unescaped(key.slice(2, end)) };
}

/**
 * Where a charge goes that no reservation has a place for; `undefined` where nothing of it counts any more, since a
 * bucket has refilled. Without `atMs` the store picks the window.
 */
export function chargePlan({ limit = 0, atMs }: Charge, period: Period, nowMs: number): CellPlan | undefined {
  if (atMs === undefined) {
    return cellPlan(period, nowMs);
  }
  if (period.kind === "bucket" && (nowMs - atMs) * limit >= period.burst * period.lengthMs) {
    return undefined;
  }
  const plan = cellPlan(period, atMs);
  const window = plan.windows[Math.max(0, pickWindow(plan, atMs))];
  return window === undefined || plan.windows.length === 1 ? plan : pinned(plan, window);
}

/** Plans of one window of a plan. */
const pins = new WeakMap<CellWindow, CellPlan>();

function pinned(plan: CellPlan, window: CellWindow): CellPlan {
  let pin = pins.get(window);
  if (pin === undefined) {
    pin = { ...plan, windows: [window] };
    pins.set(window, pin);
  }
  return pin;
}

function indexAt(windows: readonly CellWindow[], nowMs: number): number {
  for (let index = 0; index < windows.length; index += 1) {
    const window = windows[index];
    if (window !== undefined && nowMs >= window.startMs && nowMs < window.endMs) {
      return index;
    }
  }
  return -1;
}

/** Index of the window that `nowMs` is in; -1 if none. A sliding one needs the interval before it as well. */
export function pickWindow(plan: CellPlan, nowMs: number): number {
  const found = indexAt(plan.windows, nowMs);
  if (plan.kind === "sliding") {
    return found >= 1 ? found : -1;
  }
  const first = plan.windows[0];
  if (found < 0 && first !== undefined && nowMs < first.startMs) {
    return first.startMs - nowMs <= Math.min(earlyMs, first.endMs - first.startMs) ? 0 : -1;
  }
  return found;
}
