/** How long things are kept, and how much is done at once. The same in every store. */
export interface LedgerSettings {
  /** How long a settled reservation is remembered, for repeats and for exact reports that follow estimates. */
  readonly keepSettledMs: number;
  /** How long a reservation that fell due is remembered, so that a late report is not charged on top. */
  readonly keepExpiredMs: number;
  /** Due holds that an admission takes back in passing. Where the first candidate does not fit, all are. */
  readonly reclaimAtMost: number;
}

export const defaultSettings: LedgerSettings = Object.freeze({
  keepSettledMs: 120_000,
  keepExpiredMs: 3_600_000,
  reclaimAtMost: 8,
});

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** The list of corrections of an account is kept this long from its last entry. */
export const keepAdjustmentsMs = 400 * dayMs;

/** Figures of a window that is over are kept as long again as it was, within these bounds. */
export const keepWindowMs = { least: 10_000, most: 31 * dayMs };

/** A bucket that is full again and holds nothing is forgotten after this. */
export const keepBucketMs = minuteMs;

/** A store whose clock is this much behind the first window of a call may still take it. */
export const earlyMs = 5_000;

/** The share of the previous interval in a sliding limit is counted in this many parts, rounded up. */
export const slidingParts = 4096;
