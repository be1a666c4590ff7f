import { StoreDownError } from "../../../extproc/ledger/errors";
import type { Ledger } from "../../../extproc/ledger/ledger";

/** `away`: a call has no effect and fails. `mute`: it has its effect, and the answer is lost. */
export type Weather = "fine" | "away" | "mute";

/** A ledger whose connection the test breaks and mends, and the calls that it was asked for. */
export class FlakyLedger implements Ledger {
  weather: Weather = "fine";
  readonly calls: string[] = [];
  isClosed = false;

  constructor(readonly inner: Ledger) {}

  reserve: Ledger["reserve"] = (request) => this.#pass("reserve", () => this.inner.reserve(request));
  renew: Ledger["renew"] = (ids, ms) => this.#pass("renew", () => this.inner.renew(ids, ms));
  settle: Ledger["settle"] = (settlement) => this.#pass("settle", () => this.inner.settle(settlement));
  inspect: Ledger["inspect"] = (queries) => this.#pass("inspect", () => this.inner.inspect(queries));
  adjust: Ledger["adjust"] = (adjustment) => this.#pass("adjust", () => this.inner.adjust(adjustment));
  adjustments: Ledger["adjustments"] = (account) => this.inner.adjustments(account);
  nowMs = () => this.inner.nowMs();

  async close(): Promise<void> {
    this.isClosed = true;
    await this.inner.close();
  }

  async #pass<T>(name: string, call: () => Promise<T>): Promise<T> {
    this.calls.push(name);
    if (this.weather === "away") {
      throw new StoreDownError("store_unreachable", `${name}: the test says so`);
    }
    const answer = await call();
    if (this.weather !== "fine") {
      throw new StoreDownError("store_timeout", `${name}: the test says so`);
    }
    return answer;
  }
}
