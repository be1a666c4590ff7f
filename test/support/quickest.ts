import { performance } from "node:perf_hooks";

/** Milliseconds of the quickest of five runs: other programs of the machine make some slow, and none quick. */
export function quickestMs(run: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    run();
    return performance.now() - started;
  });
  return Math.min(...times);
}
