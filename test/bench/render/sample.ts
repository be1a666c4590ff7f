/** What is measured: our components, or the same resources registered raw. */
export type Mode = "render" | "baseline";

/** The figures of one process. */
export interface Sample {
  readonly resources: number;
  /** From the start of the process until all modules are loaded; not part of the comparison. */
  readonly loadMs: number;
  readonly evaluateMs: number;
  readonly writeMs: number;
  /** Processor time of all threads, garbage collection included, for evaluation and writing. */
  readonly cpuMs: number;
  /** Largest resident set of the process. */
  readonly peakMiB: number;
}

/** The run with the median time among repeated runs. */
export function medianSample(samples: readonly Sample[]): Sample {
  const sorted = [...samples].sort((a, b) => renderMs(a) - renderMs(b));
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) {
    throw new Error("There is no sample.");
  }
  return middle;
}

/** The compared time: evaluation and writing. */
export function renderMs({ evaluateMs, writeMs }: Sample): number {
  return evaluateMs + writeMs;
}
