/** Each class is this much wider than the one before: a quantile is at most this far off. */
const growth = 1.09;
const logGrowth = Math.log(growth);
const classes = 256;
/** What an observation counts for after the next one: some 1000 are remembered. */
const memory = 1 - 1 / 1000;
/** With fewer observations nothing is said. */
const leastObservations = 20;

/**
 * Quantiles of a stream of positive numbers, from 0.01 to some 40 million, in constant memory; old ones fade. Sums
 * of classes, so that replicas can add up theirs.
 */
export class LearnedValues {
  private readonly weights = new Float64Array(classes);
  private total = 0;
  /** Newer observations weigh more, instead of all others less. */
  private weight = 1;

  observe(value: number): void {
    if (!(value > 0 && Number.isFinite(value))) {
      return;
    }
    const at = classOf(value);
    this.weights[at] = (this.weights[at] ?? 0) + this.weight;
    this.total += this.weight;
    this.weight /= memory;
    if (this.weight > 1e12) {
      this.rescale();
    }
  }

  /** The number that this share of all is not above, to 9 %, rounded up; `undefined` with few observations. */
  quantile(share: number): number | undefined {
    if (this.total < leastObservations * this.weight * memory ** leastObservations) {
      return undefined;
    }
    let below = 0;
    for (let at = 0; at < classes; at += 1) {
      below += this.weights[at] ?? 0;
      if (below >= share * this.total) {
        return upperEnd(at);
      }
    }
    return upperEnd(classes - 1);
  }

  /** Weights of the classes, the latest observation weighing 1. */
  learned(): readonly number[] {
    return [...this.weights].map((weight) => weight / this.weight);
  }

  /** Takes what was learned elsewhere in place of all; false when it is not such. */
  restore(learned: readonly number[]): boolean {
    if (learned.length !== classes || !learned.every((weight) => weight >= 0 && Number.isFinite(weight))) {
      return false;
    }
    this.weights.set(learned);
    this.total = learned.reduce((sum, weight) => sum + weight, 0);
    this.weight = 1;
    return true;
  }

  private rescale(): void {
    this.restore(this.learned());
  }
}

const lowest = 0.01;

function classOf(value: number): number {
  return Math.max(0, Math.min(classes - 1, Math.ceil(Math.log(value / lowest) / logGrowth)));
}

function upperEnd(at: number): number {
  return lowest * growth ** at;
}
