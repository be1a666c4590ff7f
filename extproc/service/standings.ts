import { Gauge, type Registry } from "prom-client";
import type { LimitUnit } from "../policy/policy";
import { metricNames } from "./metricNames";

interface Standing {
  unit: LimitUnit;
  limit: number;
  used: number;
  held: number;
  /** Used and held as a share of the limit. */
  share: number;
  /** Somebody has asked for it. */
  isTold: boolean;
}

/**
 * Where budgets stand: of all counters of a budget, the fullest that was seen since somebody last asked. A budget that
 * no request has touched since then keeps its figures.
 */
export class Standings {
  readonly #budgets = new Map<string, Standing>();

  constructor(registry: Registry) {
    const budgets = this.#budgets;
    const figures = {
      limit: [metricNames.limit, "Limit of the budget, in its unit"],
      used: [metricNames.used, "Spent in the window, of the budget's fullest counter since the last scrape"],
      held: [metricNames.held, "Held by requests in flight, of the same counter"],
    } as const;
    for (const [figure, [name, help]] of Object.entries(figures)) {
      const gauge: Gauge = new Gauge({
        name,
        help,
        labelNames: ["budget", "unit"],
        registers: [registry],
        collect() {
          gauge.reset();
          for (const [budget, standing] of budgets) {
            gauge.set({ budget, unit: standing.unit }, standing[figure as keyof typeof figures]);
            standing.isTold = true;
          }
        },
      });
    }
  }

  set(budget: string, unit: LimitUnit, limit: number, used: number, held: number): void {
    const share = (used + held) / limit;
    const known = this.#budgets.get(budget);
    if (known === undefined) {
      this.#budgets.set(budget, { unit, limit, used, held, share, isTold: false });
    } else if (known.isTold || share >= known.share || known.limit !== limit) {
      known.unit = unit;
      known.limit = limit;
      known.used = used;
      known.held = held;
      known.share = share;
      known.isTold = false;
    }
  }

  /** Forgets budgets that the policy no longer has. */
  keepOnly(budgets: ReadonlySet<string>): void {
    for (const budget of this.#budgets.keys()) {
      if (!budgets.has(budget)) {
        this.#budgets.delete(budget);
      }
    }
  }
}
