import type { HoldState, Period, Settled } from "../ledger";

/** How the scripts spell kinds, states and outcomes: numbers, since all that they are given and say are numbers. */
export const kindCodes: Readonly<Record<Period["kind"], number>> = {
  windows: 1,
  sliding: 2,
  bucket: 3,
  concurrency: 4,
};

export const stateCodes: Readonly<Record<HoldState, number>> = {
  unknown: 0,
  open: 1,
  estimated: 2,
  exact: 3,
  expired: 4,
};
export const states: readonly HoldState[] = ["unknown", "open", "estimated", "exact", "expired"];

/** What an answer begins with. */
export const answers = {
  /** No window of the call is the store's present. */
  clock: 0,
  done: 1,
  refused: 2,
  replayed: 3,
} as const;

/** What a settlement comes to, by the state that it finds. */
export const outcomes: Readonly<Record<HoldState, Settled["outcome"]>> = {
  unknown: "orphan",
  open: "settled",
  estimated: "corrected",
  expired: "late",
  exact: "repeated",
};
