/** Lets a number of requests through at the same time; others wait in the order that they came. */
export class WaitingLine {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  /** Requests that wait. */
  get length(): number {
    return this.waiting.length;
  }

  /**
   * Resolves when it is the caller's turn, with what the caller does at its end. `limit`: how many may run; 0 means
   * any number. `gone`: ends the wait of a client that left, whose turn then passes to the next.
   */
  async enter(limit: number, gone: AbortSignal): Promise<(() => void) | undefined> {
    if (limit > 0 && this.running >= limit) {
      if (!(await this.turn(gone))) {
        return undefined;
      }
    } else {
      this.running += 1;
    }
    let isOver = false;
    return () => {
      if (!isOver) {
        isOver = true;
        this.pass();
      }
    };
  }

  /** Waits for a turn; false when the client left before it came. */
  private turn(gone: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const begin = () => resolve(true);
      this.waiting.push(begin);
      const leave = () => {
        const place = this.waiting.indexOf(begin);
        if (place >= 0) {
          this.waiting.splice(place, 1);
          resolve(false);
        }
      };
      gone.addEventListener("abort", leave, { once: true });
      if (gone.aborted) {
        leave();
      }
    });
  }

  /** The turn goes to the next in line; nobody else can come between. */
  private pass(): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      this.running -= 1;
    } else {
      next();
    }
  }
}
