import { setTimeout as wait } from "node:timers/promises";
import type { Policy } from "../../../extproc/policy/policy";
import type { BudgetStore, Decision } from "../../../extproc/service/store";
import { decide, settle } from "./support";

/** What became of a request. */
export interface Outcome {
  readonly budget: string;
  readonly startedAtMs: number;
  readonly decideMs: number;
  readonly decision: Decision;
  /** What the upstream delivered, in the budget's unit; 0 if the request was refused. */
  readonly delivered: number;
}

/** Requests of random size on a few lanes, until they are stopped. Each is on one budget of the policies, in turn. */
export class Traffic {
  readonly outcomes: Outcome[] = [];
  readonly #lanes: Promise<void>[];
  #isOver = false;
  #count = 0;

  constructor(
    private readonly stores: readonly BudgetStore[],
    private readonly policies: readonly Policy[],
    lanes = 6,
  ) {
    this.#lanes = Array.from({ length: lanes }, () => this.#lane());
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
  }

  delivered(budget: string): number {
    return this.of(budget).reduce((sum, { delivered }) => sum + delivered, 0);
  }

  /** Requests on a budget that began in a time. */
  of(budget: string, fromMs = 0, untilMs = Number.POSITIVE_INFINITY): Outcome[] {
    return this.outcomes.filter(
      (one) => one.budget === budget && one.startedAtMs >= fromMs && one.startedAtMs < untilMs,
    );
  }

  async #lane(): Promise<void> {
    while (!this.#isOver) {
      this.#count += 1;
      await this.#request(this.#count);
    }
  }

  async #request(number: number): Promise<void> {
    const store = this.stores[number % this.stores.length];
    const policy = this.policies[number % this.policies.length];
    if (store === undefined || policy === undefined) {
      throw new Error("no store or no policy");
    }
    const id = `request-${number}`;
    const startedAtMs = performance.now();
    const decision = await decide(store, policy, 10, id);
    const decideMs = performance.now() - startedAtMs;
    store.keep(id);
    await wait(Math.random() * 10);
    store.forget(id);
    const delivered = decision.admitted ? 1 + (number % 9) : 0;
    if (decision.admitted) {
      if (number % 5 === 0) {
        await settle(store, policy, id, 4, "estimated");
      }
      await settle(store, policy, id, delivered);
    }
    const budget = policy.budgets[0]?.name ?? "";
    this.outcomes.push({ budget, startedAtMs, decideMs, decision, delivered });
  }
}
