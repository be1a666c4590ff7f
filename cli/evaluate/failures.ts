/** Errors that a program leaves behind outside its own promise: rejections that nobody awaits, late throws. */
export interface FailureWatch {
  readonly failures: readonly unknown[];
  /** Resolves as soon as there is a failure. */
  readonly first: Promise<void>;
  /** Adds a failure, unless it is known. */
  report(error: unknown): void;
  stop(): void;
}

/**
 * Takes over the process's handlers for uncaught errors until `stop`. Other handlers (of a test runner, of a
 * server in the same process) are set aside, for these errors are the program's, and are reported as such.
 */
export function watchFailures(): FailureWatch {
  const events = ["unhandledRejection", "uncaughtException"] as const;
  const failures: unknown[] = [];
  const setAside = events.map((event) => process.rawListeners(event));
  let signal: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    signal = resolve;
  });
  const report = (error: unknown) => {
    // One error reaches us once for each promise that carried it.
    if (!failures.includes(error)) {
      failures.push(error);
    }
    signal();
  };
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event, report);
  }
  return {
    failures,
    first,
    report,
    stop() {
      for (const [index, event] of events.entries()) {
        process.removeListener(event, report);
        for (const listener of setAside[index] ?? []) {
          process.on(event, listener as (error: unknown) => void);
        }
      }
    },
  };
}
