import { keepNewest } from "./bounded";
import type { SettleOutcome } from "./store";

/** What is known about a request of which an estimate was made here. */
interface Told {
  /** What telemetry was told that it cost; `undefined` until it was. */
  nanodollars: number | undefined;
  /** An exact report was told. */
  isFinal: boolean;
}

/** What a report on a request says that was not told before. */
export interface News {
  /** Nanodollars; negative where an estimate was too high. */
  readonly nanodollars: number;
  /** There was a report before. */
  readonly isCorrection: boolean;
}

/** Remembers what was told of requests that an exact report may still correct, so that no cost is told twice. */
export class ToldCosts {
  readonly #told = new Map<string, Told>();

  /** Of more estimates than `most` the oldest is forgotten: what corrects it goes by the ledger alone. */
  constructor(private readonly most: number) {}

  /** An estimate is on its way to the store. Whatever comes of a request that none was made of needs no memory. */
  estimating(id: string): void {
    if (!this.#told.has(id)) {
      this.#told.set(id, { nanodollars: undefined, isFinal: false });
      keepNewest(this.#told, this.most);
    }
  }

  /**
   * Takes a report that the store has answered; `undefined` when it says nothing new. An estimate of another replica
   * is corrected by as much as the ledger has changed the charge in money (`added`); where no budget of the request is
   * in money nobody knows by how much, and the estimate stays.
   */
  news(
    id: string,
    report: { readonly nanodollars: number; readonly isEstimate: boolean },
    outcome: SettleOutcome["outcome"],
    added: number | undefined,
  ): News | undefined {
    const { nanodollars, isEstimate } = report;
    const known = this.#told.get(id);
    if (outcome === "repeated" || (isEstimate && known?.isFinal === true)) {
      return undefined;
    }
    const before = known?.nanodollars;
    if (known !== undefined) {
      known.nanodollars = nanodollars;
      known.isFinal = !isEstimate;
    }
    if (before !== undefined) {
      return { nanodollars: nanodollars - before, isCorrection: true };
    }
    return outcome === "corrected"
      ? { nanodollars: added ?? 0, isCorrection: true }
      : { nanodollars, isCorrection: false };
  }
}
