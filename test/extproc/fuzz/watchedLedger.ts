import type { AccountQuery, Ledger } from "../../../extproc/ledger/ledger";
import { type MemoryLedger, memoryLedger } from "../../../extproc/ledger/memoryLedger";

/** A ledger in memory that remembers who touched what, to be asked when everything is over. */
export class WatchedLedger {
  readonly #inner: MemoryLedger = memoryLedger();
  readonly #queries = new Map<string, AccountQuery>();
  readonly #admitted = new Set<string>();
  /** Account -> request -> what it was charged in all. */
  readonly #charged = new Map<string, Map<string, number>>();

  readonly ledger: Ledger = {
    ...this.#inner,
    reserve: async (request) => {
      const answer = await this.#inner.reserve(request);
      for (const { account, period, limit } of request.candidates.flat()) {
        this.#queries.set(account, { account, period, limit });
      }
      if (answer.admitted) {
        this.#admitted.add(request.id);
      }
      return answer;
    },
    settle: async (settlement) => {
      const answer = await this.#inner.settle(settlement);
      this.#admitted.delete(settlement.id);
      for (const { account, charged } of answer.accounts) {
        const charges = this.#charged.get(account) ?? new Map<string, number>();
        this.#charged.set(account, charges.set(settlement.id, charged));
      }
      return answer;
    },
  };

  /** Everything that must not be, when every request is over and settled; empty when all is well. */
  async faults(): Promise<readonly string[]> {
    const { accounts, liveHolds } = await this.#inner.inspect([...this.#queries.values()]);
    const faults = [...this.#admitted].map((id) => `${id} was never settled`);
    if (liveHolds !== 0) {
      faults.push(`${liveHolds} holds are live`);
    }
    for (const { account, used, held } of accounts) {
      if (held !== 0 || used < 0) {
        faults.push(`${account} holds ${held} and has used ${used}`);
      }
      // The window of a year does not end while this runs; others may.
      const { period } = this.#queries.get(account) ?? {};
      const isLong = period?.kind === "windows" && (period.windows[0]?.id.length ?? 0) === 4;
      if (isLong && used !== this.#sumOf(account)) {
        faults.push(`${account} has used ${used} where requests were charged ${this.#sumOf(account)}`);
      }
    }
    return faults;
  }

  #sumOf(account: string): number {
    const charges = [...(this.#charged.get(account)?.values() ?? [])];
    return Math.min(
      Number.MAX_SAFE_INTEGER,
      charges.reduce((sum, amount) => sum + amount, 0),
    );
  }
}
