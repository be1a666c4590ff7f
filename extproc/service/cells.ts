import {
  Counter,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValueWithName,
  type Registry,
} from "prom-client";

/** Replaces label values that are not known: what is exported never depends on what clients send. */
export type Bound = (labelName: string, value: string) => string;

/** A number for each combination of label values; a look-up spells and checks none of them. */
class Cell {
  value = 0;
  readonly next = new Map<string, Cell>();
}

/**
 * A counter that costs a request nothing but look-ups: the client library spells and checks the labels each time.
 * Values are handed to it when somebody asks for them.
 */
export class CellCounter {
  readonly #root = new Cell();
  readonly #leaves: { readonly labels: Readonly<Record<string, string>>; readonly cell: Cell }[] = [];

  /** `scale` is what one counted unit is in the exported one. */
  constructor(
    registry: Registry,
    name: string,
    help: string,
    private readonly labelNames: readonly string[],
    private readonly bound: Bound,
    scale = 1,
  ) {
    const leaves = this.#leaves;
    const counter: Counter = new Counter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        counter.reset();
        for (const { labels, cell } of leaves) {
          counter.inc(labels, cell.value * scale);
        }
      },
    });
  }

  /** Adds to the counter of these label values, in the order of the names. */
  add(amount: number, ...values: readonly string[]): void {
    let cell: Cell | undefined = this.#root;
    for (const value of values) {
      cell = cell.next.get(value);
      if (cell === undefined) {
        cell = this.#boundCell(values);
        break;
      }
    }
    cell.value += amount;
  }

  #boundCell(values: readonly string[]): Cell {
    const bounded = values.map((value, index) => this.bound(this.labelNames[index] ?? "", value));
    let cell = this.#root;
    let isNew = false;
    for (const value of bounded) {
      const known = cell.next.get(value);
      const next = known ?? new Cell();
      cell.next.set(value, next);
      isNew = known === undefined;
      cell = next;
    }
    if (isNew) {
      const labels = Object.fromEntries(this.labelNames.map((name, index) => [name, bounded[index] ?? ""]));
      this.#leaves.push({ labels, cell });
    }
    return cell;
  }
}

interface Distribution {
  /** Observations at most as high as each bound, less those of the bounds before; the last is above all. */
  readonly counts: Float64Array;
  sum: number;
}

/** A histogram with one label that costs an observation one look-up and a few comparisons. */
export class CellHistogram {
  readonly #distributions = new Map<string, Distribution>();

  /** `bounds` ascend. */
  constructor(
    registry: Registry,
    name: string,
    help: string,
    private readonly labelName: string,
    private readonly bounds: readonly number[],
    private readonly bound: Bound,
  ) {
    // The library's own histogram takes no counts from elsewhere, so it lends its description alone.
    const described = new Histogram({ name, help, labelNames: [labelName], registers: [] });
    const values = () => this.#values(name);
    class Exported extends Gauge {
      override async get(): Promise<MetricObjectWithValues<MetricValueWithName<string>>> {
        return { ...(await described.get()), values: values() };
      }
    }
    registry.registerMetric(new Exported({ name, help, registers: [] }));
  }

  observe(label: string, value: number): void {
    const one = this.#distributions.get(label) ?? this.#bounded(label);
    let at = 0;
    while (value > (this.bounds[at] ?? Number.POSITIVE_INFINITY)) {
      at += 1;
    }
    one.counts[at] = (one.counts[at] ?? 0) + 1;
    one.sum += value;
  }

  #bounded(label: string): Distribution {
    const bounded = this.bound(this.labelName, label);
    const known = this.#distributions.get(bounded);
    const one = known ?? { counts: new Float64Array(this.bounds.length + 1), sum: 0 };
    this.#distributions.set(bounded, one);
    return one;
  }

  #values(name: string): MetricValueWithName<string>[] {
    return [...this.#distributions].flatMap(([label, { counts, sum }]) => {
      const labels = { [this.labelName]: label };
      let total = 0;
      const buckets = [...counts].map((count, index) => {
        total += count;
        const le = this.bounds[index] ?? "+Inf";
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: total },
      ];
    });
  }
}
