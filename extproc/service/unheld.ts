/** A request that was admitted without the ledger. */
export interface Unheld {
  readonly atMs: number;
  /** A share in memory was held for it. */
  readonly isLocal: boolean;
  /** The ledger has been told of it since. */
  readonly isTold: boolean;
}

/** Requests that the ledger may not know of, until it is told exactly what they spent; beyond a number the oldest go. */
export class UnheldRequests {
  readonly #requests = new Map<string, Unheld>();

  constructor(private readonly limit: number) {}

  get(id: string): Unheld | undefined {
    return this.#requests.get(id);
  }

  add(id: string, atMs: number, isLocal: boolean): void {
    this.#requests.set(id, { atMs, isLocal, isTold: false });
    const [oldest] = this.#requests.keys();
    if (oldest !== undefined && this.#requests.size > this.limit) {
      this.#requests.delete(oldest);
    }
  }

  told(id: string, kind: "estimated" | "exact"): void {
    const request = this.#requests.get(id);
    if (kind === "exact") {
      this.#requests.delete(id);
    } else if (request !== undefined) {
      this.#requests.set(id, { ...request, isTold: true });
    }
  }
}
