/** One series of a metric in the text of `/metrics`. */
interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/**
 * The sum of a metric's values in the text of `/metrics`, of the series that have all of the labels; 0 when there is
 * none.
 */
export function metricSum(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return seriesOf(text, name)
    .filter((series) => Object.entries(labels).every(([label, value]) => series.labels.get(label) === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** The values of a metric by those of its labels, joined by spaces. */
export function metricValues(text: string, name: string, labels: readonly string[]): Record<string, number> {
  const keys = seriesOf(text, name).map((series) => {
    const key = labels.map((label) => series.labels.get(label) ?? "").join(" ");
    return [key, series.value] as const;
  });
  const sums = new Map<string, number>();
  for (const [key, value] of keys) {
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return Object.fromEntries(sums);
}

function seriesOf(text: string, name: string): readonly Series[] {
  return text.split("\n").flatMap((line) => {
    const [, found, inner = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    const labels = [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, label = "", text = ""]) => [label, text] as const,
    );
    return found === name ? [{ name, labels: new Map(labels), value: Number(value) }] : [];
  });
}
