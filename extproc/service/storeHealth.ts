import { LedgerCallError, StoreDownError } from "../ledger/errors";
import type { Telemetry } from "./telemetry";

export interface StoreHealthOptions {
  readonly telemetry: Telemetry;
  /** Failures in a row after which calls are no longer made. */
  readonly failuresToTrip: number;
  /** The longest wait between two probes while calls are not made; the first comes after a tenth of it. */
  readonly probeMs: number;
  /** A call that changes the store, so that one which only reads does not pass. */
  readonly probe: () => Promise<unknown>;
  /** Calls are made again. */
  readonly onUp: () => void;
}

/**
 * A circuit breaker: requests must not wait for a store that has not answered the last ones. While it is open nothing
 * is asked but a probe now and then.
 */
export class StoreHealth {
  #failures = 0;
  #isUp = true;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = 0;

  constructor(private readonly options: StoreHealthOptions) {}

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Makes the call, whatever state the breaker is in, and learns from how it ends. */
  async call<T>(operation: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      const answer = await work();
      this.answered(operation, began);
      return answer;
    } catch (error) {
      this.options.telemetry.storeCall(operation, performance.now() - began, false);
      // What no store could have carried out says nothing about this one.
      if (!(error instanceof LedgerCallError)) {
        this.#failed(error);
      }
      throw error;
    }
  }

  /** Notes a call that was made without `call`, and went well. */
  answered(operation: string, beganMs: number): void {
    this.options.telemetry.storeCall(operation, performance.now() - beganMs, true);
    this.#failures = 0;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    if (this.#isUp && this.#failures >= this.options.failuresToTrip) {
      this.#isUp = false;
      this.options.telemetry.storeState(false, codeOf(error));
      this.#waitMs = this.options.probeMs / 10;
      this.#probeLater();
    }
  }

  #probeLater(): void {
    this.#timer = setTimeout(() => void this.#probe(), this.#waitMs);
    this.#timer.unref();
    this.#waitMs = Math.min(this.#waitMs * 2, this.options.probeMs);
  }

  async #probe(): Promise<void> {
    const timer = this.#timer;
    try {
      await this.call("probe", this.options.probe);
    } catch {
      // Counted by `call`; the store is still down.
      if (this.#timer === timer) {
        this.#probeLater();
      }
      return;
    }
    if (this.#timer === timer) {
      this.#isUp = true;
      this.options.telemetry.storeState(true, "");
      this.options.onUp();
    }
  }
}

/** A stable name of what went wrong. */
export function codeOf(error: unknown): string {
  return error instanceof StoreDownError ? error.code : "store_error";
}

/** Whether a call that failed may have had its effect all the same. */
export function mayHaveCounted(error: unknown): boolean {
  return error instanceof StoreDownError ? error.mayHaveCounted : !(error instanceof LedgerCallError);
}
