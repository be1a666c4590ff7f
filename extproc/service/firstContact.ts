import { setTimeout as wait } from "node:timers/promises";
import type { Ledger } from "../ledger/ledger";

const retryMs = 250;
/** A connection takes a moment to be made: until then a failure says nothing, and the next attempt comes soon. */
const connectMs = 1_000;
const soonMs = 25;

/** Whether the store has answered since this process started. */
export class FirstContact {
  readonly #ended = new AbortController();
  readonly #made: Promise<void>;
  #isMade = false;

  /** Begins to ask at once; `onFailure` is told of each attempt that fails after the first second. */
  constructor(
    private readonly ledger: Pick<Ledger, "inspect">,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.#made = this.#try();
  }

  get isMade(): boolean {
    return this.#isMade;
  }

  /** Resolves when the store has answered, and at the latest after so many milliseconds. */
  async within(timeoutMs: number): Promise<void> {
    const over = new AbortController();
    const options = { signal: over.signal, ref: false };
    await Promise.race([this.#made, wait(timeoutMs, undefined, options).catch(() => {})]);
    over.abort();
  }

  /** Asks no more. */
  end(): void {
    this.#ended.abort();
  }

  async #try(): Promise<void> {
    const beganMs = performance.now();
    while (!this.#ended.signal.aborted) {
      const isEarly = performance.now() - beganMs < connectMs;
      try {
        await this.ledger.inspect([]);
        this.#isMade = true;
        return;
      } catch (error) {
        if (!isEarly) {
          this.onFailure(error);
        }
      }
      await wait(isEarly ? soonMs : retryMs, undefined, { signal: this.#ended.signal, ref: false }).catch(
        () => {},
      );
    }
  }
}
