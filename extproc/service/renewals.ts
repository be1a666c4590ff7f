import type { HoldState } from "../ledger/ledger";
import type { Telemetry } from "./telemetry";

export interface RenewalsOptions {
  readonly telemetry: Telemetry;
  /** Answers in the order of the ids; nothing when the ledger could not be asked. */
  readonly renew: (ids: readonly string[]) => Promise<readonly HoldState[] | undefined>;
  /** Whether the ledger may not know the hold: the request was admitted without it. */
  readonly isUnheld: (id: string) => boolean;
  readonly holdMs: number;
  /** Beyond this new holds are not renewed: they fall due, and what they spent is charged late. */
  readonly limit: number;
}

/** Ids in one call: a script of a few milliseconds at most. */
const batchSize = 1_000;

/** Keeps the holds of requests that are under way, all of them in a few calls for each third of a hold's life. */
export class Renewals {
  /** When each was last known to live on for `holdMs`. */
  readonly #renewedAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #isFull = false;

  constructor(private readonly options: RenewalsOptions) {}

  get size(): number {
    return this.#renewedAt.size;
  }

  keep(id: string): void {
    if (this.#renewedAt.size >= this.options.limit) {
      this.#full();
      return;
    }
    this.#isFull = false;
    this.#renewedAt.set(id, performance.now());
    this.#renewLater(this.options.holdMs / 3);
  }

  forget(id: string): void {
    this.#renewedAt.delete(id);
  }

  /** Renews what was not renewed lately; most requests are over before that. */
  async renewDue(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const due = this.#due();
    let isDone = true;
    for (let at = 0; at < due.length; at += batchSize) {
      isDone = (await this.#renew(due.slice(at, at + batchSize))) && isDone;
    }
    if (this.#renewedAt.size > 0) {
      this.#renewLater(this.options.holdMs / (isDone ? 3 : 12));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#renewedAt.clear();
  }

  #due(): string[] {
    const since = performance.now() - this.options.holdMs / 6;
    const due: string[] = [];
    for (const [id, atMs] of this.#renewedAt) {
      if (atMs <= since) {
        due.push(id);
      }
    }
    return due;
  }

  async #renew(ids: readonly string[]): Promise<boolean> {
    const atMs = performance.now();
    const states = await this.options.renew(ids);
    if (states === undefined) {
      // There is time for more attempts before the holds fall due.
      return false;
    }
    const lost = { expired: 0, unknown: 0 };
    ids.forEach((id, index) => {
      const state = states[index];
      if (!this.#renewedAt.has(id)) {
        return;
      }
      if (state === "open" || this.options.isUnheld(id)) {
        this.#renewedAt.set(id, atMs);
        return;
      }
      // Settled by another replica, or lost: there is nothing left to renew.
      this.#renewedAt.delete(id);
      if (state === "expired" || state === "unknown") {
        lost[state] += 1;
      }
    });
    this.#tell("hold_expired", lost.expired, "fell due before their requests ended; they are charged late");
    this.#tell(
      "hold_lost",
      lost.unknown,
      "are unknown to the ledger; their requests are charged when they end",
    );
    return true;
  }

  #tell(code: string, count: number, what: string): void {
    if (count > 0) {
      this.options.telemetry.failure(code, new Error(`${count} holds ${what}`));
    }
  }

  #full(): void {
    if (!this.#isFull) {
      this.#isFull = true;
      this.#tell("holds_full", this.#renewedAt.size, "are renewed; no more are");
    }
  }

  #renewLater(ms: number): void {
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => void this.renewDue(), ms);
      this.#timer.unref();
    }
  }
}
