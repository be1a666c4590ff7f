/** Whether the command should end, because its user or its launcher wants it to. */
export interface Shutdown {
  /** Aborted at the first request to end. */
  readonly signal: AbortSignal;
  /** Calls back at the second interrupt. */
  onImpatience(callback: () => void): void;
  /** Takes the handlers away again. */
  dispose(): void;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const parentPollMs = 1_000;

/**
 * Watches for SIGINT, SIGTERM and SIGHUP, and for the end of the program that launched this one: `npm` and `tsx`
 * do not pass on a SIGKILL, and without their terminal nobody could stop us.
 */
export function watchShutdown(): Shutdown {
  let impatient: (() => void) | undefined;
  let count = 0;
  const asked = new AbortController();
  const onSignal = () => {
    count += 1;
    asked.abort();
    if (count > 1) {
      impatient?.();
    }
  };
  const onLauncherGone = () => asked.abort();
  for (const signal of signals) {
    process.on(signal, onSignal);
  }
  if (process.connected) {
    process.once("disconnect", onLauncherGone);
  }
  const parent = process.ppid;
  const poll = setInterval(() => {
    if (process.env["npm_lifecycle_event"] !== undefined && process.ppid !== parent) {
      onLauncherGone();
    }
  }, parentPollMs);
  poll.unref();
  return {
    signal: asked.signal,
    onImpatience: (callback) => {
      impatient = callback;
    },
    dispose: () => {
      clearInterval(poll);
      process.off("disconnect", onLauncherGone);
      for (const signal of signals) {
        process.off(signal, onSignal);
      }
    },
  };
}
