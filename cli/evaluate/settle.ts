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

/** Time between two looks at a program that has not ended, in milliseconds. */
const lookEvery = 200;

/** Looks in a row without any activity after which the program is taken as stuck: 5 seconds. */
const idleLooks = 25;

/** Longest wait, in milliseconds, for work that a program left running when it ended. */
const leftoverLimit = 10_000;

/** Milliseconds; see `settle`. */
const graceAmongOthers = 50;

/** How a program came to its end. */
export type Settled = "ended" | "stuck" | "abandoned";

/** Timers and requests of the program, told from those that others in this process have. */
export class ProgramWork {
  private constructor(private others: number) {}

  /** To be called before the program starts. Timers of others may be about to end, so it looks a few times. */
  static async begin(): Promise<ProgramWork> {
    const work = new ProgramWork(countWork());
    for (let look = 0; look < 5 && work.others > 0; look++) {
      await setTimeout(2);
      work.others = Math.min(work.others, countWork());
    }
    return work;
  }

  /** Whether nobody else had timers or requests in this process, as in the command; a test runner has. */
  get isAlone(): boolean {
    return this.others === 0;
  }

  get pending(): boolean {
    const count = countWork();
    this.others = Math.min(this.others, count);
    return count > this.others;
  }
}

function countWork(): number {
  return process.getActiveResourcesInfo().filter((type) => workTypes.has(type)).length;
}

/**
 * Waits until the program has ended and all of its registrations are answered, also those that code it did not
 * await (timers, promises) still makes. It may be "stuck" on something that never happens, or "abandoned" when
 * timers go on after everything else has ended.
 */
export async function settle(ended: Promise<unknown>, store: SdkStore, work: ProgramWork): Promise<Settled> {
  if (!(await progressing(ended, store, work))) {
    return "stuck";
  }
  if (!work.isAlone) {
    // Timers of others that end meanwhile hide those of the program: it gets a moment to show what it left running.
    await setTimeout(graceAmongOthers);
  }
  const deadline = Date.now() + leftoverLimit;
  let seen: Promise<unknown> | undefined;
  while (seen !== store.settings.rpcDone || work.pending) {
    if (Date.now() > deadline && seen === store.settings.rpcDone) {
      return "abandoned";
    }
    seen = store.settings.rpcDone;
    if (!(await progressing(seen, store, work))) {
      return "stuck";
    }
    await setImmediate();
    if (work.pending) {
      await setTimeout(5);
    }
  }
  return "ended";
}

/** Waits for the promise; false when the event loop has run dry, or nothing at all happens any more. */
async function progressing(promise: Promise<unknown>, store: SdkStore, work: ProgramWork): Promise<boolean> {
  const done = promise.then(
    () => true,
    () => true,
  );
  const watch = new AbortController();
  try {
    return await Promise.race([done, loopRunsDry(watch.signal), nothingHappens(store, work, watch.signal)]);
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
async function nothingHappens(store: SdkStore, work: ProgramWork, signal: AbortSignal): Promise<boolean> {
  let idle = 0;
  let last: Promise<unknown> | undefined;
  // Looks are counted, not time: a program that computes for long blocks the event loop, and is not stuck.
  while (!signal.aborted && idle < idleLooks) {
    await setTimeout(lookEvery, undefined, { ref: false });
    idle = store.settings.rpcDone === last && !work.pending ? idle + 1 : 0;
    last = store.settings.rpcDone;
  }
  return signal.aborted;
}
