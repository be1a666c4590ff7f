import type { Period } from "./ledger";
import { earlyMs, keepWindowMs } from "./limits";

/** One counter of an account: what a store keeps under one key. */
export interface CellWindow {
  /** Key without the store's own prefix. */
  readonly key: string;
  readonly id: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Set when the cell is made and never moved by use. */
  readonly expiresAtMs: number;
}

/** The cells that an account may need around now; the store picks by its own clock. */
export interface CellPlan {
  readonly kind: Period["kind"];
  readonly windows: readonly CellWindow[];
  /** Of `sliding` and `bucket`; otherwise 1. */
  readonly lengthMs: number;
}

const always = { id: "", startMs: 0, endMs: Number.MAX_SAFE_INTEGER, expiresAtMs: Number.MAX_SAFE_INTEGER };

export function cellPlan(account: string, period: Period, nowMs: number): CellPlan {
  switch (period.kind) {
    case "windows":
      return {
        kind: "windows",
        lengthMs: 1,
        windows: period.windows.map((w) => cell(account, w.id, w.startMs, w.endMs)),
      };
    case "sliding": {
      // One more on each side than needed: the store's clock may be an interval off what we know of it.
      const current = Math.floor(nowMs / period.lengthMs);
      const numbers = [current - 2, current - 1, current, current + 1].filter((n) => n >= 0);
      return {
        kind: "sliding",
        lengthMs: period.lengthMs,
        windows: numbers.map((n) =>
          cell(account, `s${period.lengthMs}.${n}`, n * period.lengthMs, (n + 1) * period.lengthMs),
        ),
      };
    }
    case "bucket":
      return {
        kind: "bucket",
        lengthMs: period.lengthMs,
        windows: [{ ...always, key: `b:${escaped(account)}` }],
      };
    case "concurrency":
      return { kind: "concurrency", lengthMs: 1, windows: [{ ...always, key: `c:${escaped(account)}` }] };
  }
}

function cell(account: string, id: string, startMs: number, endMs: number): CellWindow {
  const keep = Math.min(Math.max(endMs - startMs, keepWindowMs.least), keepWindowMs.most);
  return { key: `w:${escaped(id)}#${escaped(account)}`, id, startMs, endMs, expiresAtMs: endMs + keep };
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

/** Index of the window that `nowMs` is in; -1 if none. A sliding one needs the interval before it as well. */
export function pickWindow(plan: CellPlan, nowMs: number): number {
  const found = plan.windows.findIndex((w) => nowMs >= w.startMs && nowMs < w.endMs);
  if (plan.kind === "sliding") {
    return found >= 1 ? found : -1;
  }
  const first = plan.windows[0];
  if (found < 0 && first !== undefined && nowMs < first.startMs) {
    return first.startMs - nowMs <= Math.min(earlyMs, first.endMs - first.startMs) ? 0 : -1;
  }
  return found;
}
