import { StoreDownError } from "./errors";
import { storeError } from "./redisScripts";

interface Waiting {
  readonly what: string;
  readonly sinceMs: number;
  readonly giveUp: (error: StoreDownError) => void;
}

/**
 * Gives up calls to a store that is silent. One that answers, if only others before them, is not: a burst of calls takes
 * its turn, up to a longest wait. Nor can a process that was busy tell a silent store from answers that it has not read.
 */
export class Silence {
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;
  #dueMs = 0;
  #signMs = 0;

  /** How long the store may say nothing while calls wait, and the longest that a call waits all the same. */
  constructor(
    private readonly mostMs: number,
    private readonly longestMs: number,
  ) {}

  /** Rejects with a `StoreDownError` that says what kind of failure it is. */
  within<T>(what: string, answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = { what, sinceMs: performance.now(), giveUp: reject };
      this.#waiting.add(call);
      this.#watch(this.mostMs);
      answer.then(
        (value) => {
          this.#waiting.delete(call);
          this.#signMs = performance.now();
          resolve(value);
        },
        (cause: unknown) => {
          this.#waiting.delete(call);
          if (cause instanceof Error && cause.name === "ReplyError") {
            this.#signMs = performance.now();
          }
          reject(storeError(what, cause));
        },
      );
    });
  }

  #watch(ms: number): void {
    if (this.#timer === undefined) {
      this.#dueMs = performance.now() + ms;
      this.#timer = setTimeout(() => this.#look(), ms);
      this.#timer.unref();
    }
  }

  #look(): void {
    const lateMs = performance.now() - this.#dueMs;
    if (lateMs > this.mostMs / 2) {
      this.#signMs = performance.now();
    }
    // Sockets are read before that turn.
    setImmediate(() => {
      this.#timer = undefined;
      this.#giveUp(performance.now());
    });
  }

  #giveUp(nowMs: number): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const call of this.#waiting) {
      const dueMs = Math.min(
        Math.max(call.sinceMs, this.#signMs) + this.mostMs,
        call.sinceMs + this.longestMs,
      );
      if (dueMs <= nowMs) {
        this.#waiting.delete(call);
        const waitedMs = Math.round(nowMs - call.sinceMs);
        call.giveUp(new StoreDownError("store_timeout", `${call.what}: no answer after ${waitedMs} ms`));
      } else {
        nextMs = Math.min(nextMs, dueMs);
      }
    }
    if (nextMs < Number.POSITIVE_INFINITY) {
      this.#watch(Math.max(1, nextMs - nowMs));
    }
  }
}
