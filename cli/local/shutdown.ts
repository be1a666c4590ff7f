/** Why the command should end: asked to by its user or its launcher. */
export interface Shutdown {
  /** Resolves at the first request to end. */
  readonly asked: Promise<"signal" | "launcher">;
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
  let resolveAsked: (why: "signal" | "launcher") => void = () => undefined;
  const asked = new Promise<"signal" | "launcher">((resolve) => {
    resolveAsked = resolve;
  });
  const onSignal = () => {
    count += 1;
    resolveAsked("signal");
    if (count > 1) {
      impatient?.();
    }
  };
  const onLauncherGone = () => resolveAsked("launcher");
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
    asked,
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
