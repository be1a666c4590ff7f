export interface Due {
  readonly atMs: number;
  readonly id: string;
}

/** What falls due when, earliest first. Entries are never moved or taken out: the owner ignores what is stale. */
export class DeadlineHeap {
  readonly #entries: Due[] = [];

  get size(): number {
    return this.#entries.length;
  }

  push(atMs: number, id: string): void {
    const entries = this.#entries;
    const entry = { atMs, id };
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || !isBefore(entry, above)) {
        break;
      }
      entries[index] = above;
      index = parent;
    }
    entries[index] = entry;
  }

  /** Takes out the first entry if it is due at `nowMs`. */
  popDue(nowMs: number): Due | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.atMs > nowMs) {
      return undefined;
    }
    const last = this.#entries.pop();
    if (last !== undefined && this.#entries.length > 0) {
      this.#sink(last);
    }
    return first;
  }

  #sink(entry: Due): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const left = entries[child];
      const right = entries[child + 1];
      if (left === undefined) {
        break;
      }
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        least = right;
        child += 1;
      }
      if (!isBefore(least, entry)) {
        break;
      }
      entries[index] = least;
      index = child;
    }
    entries[index] = entry;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs !== b.atMs ? a.atMs < b.atMs : a.id < b.id;
}
