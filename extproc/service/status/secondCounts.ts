/** Full seconds that are remembered. */
export const rememberedSeconds = 60;

/** How many things happened in each of the last seconds: an addition for each of them, whoever looks. */
export class SecondCounts {
  /** One for the second that is not over. */
  readonly #counts = new Uint32Array(rememberedSeconds + 1);
  #second = Number.NEGATIVE_INFINITY;

  add(nowMs: number): void {
    const at = this.#moveTo(nowMs);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  /** Of each full second before now, the oldest first. */
  read(nowMs: number): readonly number[] {
    const now = this.#moveTo(nowMs);
    const size = this.#counts.length;
    return Array.from(
      { length: rememberedSeconds },
      (_, index) => this.#counts[(now + 1 + index) % size] ?? 0,
    );
  }

  /** The place of this second; those that were passed over are emptied. A clock that was set back stands still. */
  #moveTo(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    const size = this.#counts.length;
    if (second > this.#second) {
      const first = Math.max(this.#second + 1, second - size + 1);
      for (let passed = first; passed <= second; passed += 1) {
        this.#counts[passed % size] = 0;
      }
      this.#second = second;
    }
    return this.#second % size;
  }
}
