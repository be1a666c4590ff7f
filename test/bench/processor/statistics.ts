/**
 * The middle of the values, or the mean of the two in the middle.
 *
 * @throws RangeError when there are none.
 */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (upper === undefined || lower === undefined) {
    throw new RangeError("There is no median of nothing.");
  }
  return (lower + upper) / 2;
}

/** A number with so many digits behind the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** The medians of every member that at least one of the records has, over those that have it. */
export function memberMedians(
  records: readonly Readonly<Record<string, number>>[],
  digits: number,
): Record<string, number> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  return Object.fromEntries(
    names.map((name) => [name, round(median(records.flatMap((record) => record[name] ?? [])), digits)]),
  );
}
