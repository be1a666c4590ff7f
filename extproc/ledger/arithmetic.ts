import { slidingParts } from "./limits";

/*
 * Everything here stays exact below 2^53, and scripts/prelude.ts does the same in Lua (doubles as well):
 * products are split so that no intermediate result is larger than what it is about.
 */

/** Into what can be counted. */
export function clamp(amount: number): number {
  return Math.min(Math.max(amount, 0), Number.MAX_SAFE_INTEGER);
}

/** The share of `previous` that `restMs` of `lengthMs` still covers, rounded up. */
export function weighted(previous: number, restMs: number, lengthMs: number): number {
  const parts = Math.ceil((restMs * slidingParts) / lengthMs);
  const odd = previous % slidingParts;
  return ((previous - odd) / slidingParts) * parts + Math.ceil((odd * parts) / slidingParts);
}

/** A bucket: `used` flows off at `limit` per `lengthMs`. `fraction` / `lengthMs` of a unit has flowed besides. */
export interface Flow {
  readonly used: number;
  readonly atMs: number;
  readonly fraction: number;
}

export function flowOff(flow: Flow, limit: number, lengthMs: number, nowMs: number): Flow {
  const elapsed = nowMs - flow.atMs;
  if (flow.used === 0) {
    return { used: 0, atMs: nowMs, fraction: 0 };
  }
  if (elapsed <= 0) {
    return flow;
  }
  const rest = elapsed % lengthMs;
  const odd = limit % lengthMs;
  const part = rest * odd + Math.min(flow.fraction, lengthMs - 1);
  const off =
    ((elapsed - rest) / lengthMs) * limit + rest * ((limit - odd) / lengthMs) + Math.floor(part / lengthMs);
  if (off >= flow.used) {
    return { used: 0, atMs: nowMs, fraction: 0 };
  }
  return { used: flow.used - off, atMs: nowMs, fraction: part % lengthMs };
}

/** How long `amount` takes to flow off. */
export function flowMs(amount: number, limit: number, lengthMs: number): number | undefined {
  return limit === 0 ? undefined : Math.ceil((amount / limit) * lengthMs);
}
