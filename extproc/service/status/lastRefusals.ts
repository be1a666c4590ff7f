/** Why requests were refused. */
export interface RefusalReason {
  readonly outcome: string;
  /** Empty where the policy knows none of this name. */
  readonly model: string;
  /** Empty where no budget decided. */
  readonly budget: string;
}

/** Requests that were refused for one reason. */
export interface Refusals extends RefusalReason {
  readonly count: number;
  /** When the last of them was. */
  readonly atMs: number;
}

interface Entry {
  readonly reason: RefusalReason;
  count: number;
  atMs: number;
}

/** The reasons that were given last, each once: a client that asks a thousand times a second hides no other. */
export class LastRefusals {
  readonly #entries: Entry[] = [];

  constructor(private readonly most = 20) {}

  add({ outcome, model, budget }: RefusalReason, atMs: number): void {
    for (const entry of this.#entries) {
      const { reason } = entry;
      if (reason.outcome === outcome && reason.model === model && reason.budget === budget) {
        entry.count += 1;
        entry.atMs = atMs;
        return;
      }
    }
    if (this.#entries.length >= this.most) {
      this.#entries.splice(this.#oldest(), 1);
    }
    this.#entries.push({ reason: { outcome, model, budget }, count: 1, atMs });
  }

  /** The newest first. */
  read(): readonly Refusals[] {
    return this.#entries
      .map(({ reason, count, atMs }) => ({ ...reason, count, atMs }))
      .sort((one, other) => other.atMs - one.atMs);
  }

  #oldest(): number {
    let oldest = 0;
    this.#entries.forEach(({ atMs }, index) => {
      oldest = atMs < (this.#entries[oldest]?.atMs ?? atMs) ? index : oldest;
    });
    return oldest;
  }
}
