import { setImmediate, setTimeout } from "node:timers/promises";
import type { SdkStore } from "./sdk";

/** What keeps a program going between two turns of the event loop. */
const workTypes = new Set([
  "Timeout",
  "Immediate",
  "FSReqCallback",
  "FSReqPromise",
  "GetAddrInfoReqWrap",
  "TCPConnectWrap",
  "ProcessWrap",
]);

/** Time without any activity, in milliseconds, after which a program that has not ended is taken as stuck. */
const idleLimit = 5_000;

/** Longest wait, in milliseconds, for work that a program left running when it ended. */
const leftoverLimit = 10_000;

/** Counts the work that was going on before the program started. */
export function countWork(): number {
  return process.getActiveResourcesInfo().filter((type) => workTypes.has(type)).length;
}

/**
 * Waits until the program has ended and all of its registrations are answered, also those that code it did not
 * await (timers, promises) still makes. Returns false when it is stuck on something that never happens.
 */
export async function settle(ended: Promise<unknown>, store: SdkStore, workBefore: number): Promise<boolean> {
  if (!(await progressing(ended, store, workBefore))) {
    return false;
  }
  const deadline = Date.now() + leftoverLimit;
  let seen: Promise<unknown> | undefined;
  while (seen !== store.settings.rpcDone || (countWork() > workBefore && Date.now() < deadline)) {
    seen = store.settings.rpcDone;
    if (!(await progressing(seen, store, workBefore))) {
      return false;
    }
    await setImmediate();
    if (countWork() > workBefore) {
      await setTimeout(5);
    }
  }
  return true;
}

/** Waits for the promise; false when the event loop has run dry, or nothing at all happens any more. */
async function progressing(promise: Promise<unknown>, store: SdkStore, workBefore: number): Promise<boolean> {
  const done = promise.then(
    () => true,
    () => true,
  );
  const watch = new AbortController();
  try {
    return await Promise.race([
      done,
      loopRunsDry(watch.signal),
      nothingHappens(store, workBefore, watch.signal),
    ]);
  } finally {
    watch.abort();
  }
}

function loopRunsDry(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const onDry = () => resolve(false);
    process.once("beforeExit", onDry);
    signal.addEventListener("abort", () => process.removeListener("beforeExit", onDry));
  });
}

/** Where something else keeps the event loop alive (a server, a test runner), it never runs dry. */
async function nothingHappens(store: SdkStore, workBefore: number, signal: AbortSignal): Promise<boolean> {
  let since = Date.now();
  let last: Promise<unknown> | undefined;
  while (!signal.aborted) {
    await setTimeout(200, undefined, { ref: false });
    if (store.settings.rpcDone !== last || countWork() > workBefore) {
      last = store.settings.rpcDone;
      since = Date.now();
    } else if (Date.now() - since > idleLimit) {
      return false;
    }
  }
  return true;
}
