/** Buckets to a doubling: a quantile is right within 6 %. */
const toDoubling = 6;
/** The last bucket begins at 2^20 ms, some 17 minutes. */
const bucketCount = 20 * toDoubling + 1;
/** After so long the older half is forgotten. */
const halfMs = 5 * 60_000;

/** What times were like lately. */
export interface Quantiles {
  readonly count: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Times of the last five to ten minutes, in milliseconds, each for a few operations and no memory. */
export class RecentTimes {
  #older = new Uint32Array(bucketCount);
  #newer = new Uint32Array(bucketCount);
  #sinceMs: number;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  add(ms: number, nowMs: number): void {
    this.#forget(nowMs);
    const place = Math.round(Math.log2(Math.max(1, ms)) * toDoubling);
    const at = Math.min(bucketCount - 1, place);
    this.#newer[at] = (this.#newer[at] ?? 0) + 1;
  }

  /** `undefined` when there were none. */
  read(nowMs: number): Quantiles | undefined {
    this.#forget(nowMs);
    const counts = this.#newer.map((count, at) => count + (this.#older[at] ?? 0));
    const count = counts.reduce((sum, one) => sum + one, 0);
    return count === 0
      ? undefined
      : { count, p50Ms: quantile(counts, count * 0.5), p95Ms: quantile(counts, count * 0.95) };
  }

  #forget(nowMs: number): void {
    const passed = nowMs - this.#sinceMs;
    if (passed < halfMs) {
      return;
    }
    this.#older = passed < 2 * halfMs ? this.#newer : new Uint32Array(bucketCount);
    this.#newer = new Uint32Array(bucketCount);
    this.#sinceMs = nowMs;
  }
}

/** The middle of the bucket that holds the one at this rank. */
function quantile(counts: Uint32Array, rank: number): number {
  let below = 0;
  const at = counts.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return Math.round(2 ** (at / toDoubling));
}
