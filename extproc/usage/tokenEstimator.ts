import { featureCount, type TextFeatures } from "./textFeatures";

/**
 * Tokens that each feature stands for, until a model's own are learned: about what byte-pair encodings of some
 * 100,000 to 200,000 entries do with six languages and code, sent in pieces of several tokens.
 */
const initialWeights: readonly number[] = [
  0.5, 0.6, 0.75, 0.6, 0.85, 0.85, 0.9, 0.85, 1.15, 1.6, 1.9, 4, 0.4, 0.15, 0.1, 0.25, 0.5, 0.6, 0.75, 0.6,
  0.45, 0.05, 0.6, 0.55, -0.05, 0.02, 0, 0.35,
];

/** How firmly the initial weights are held to: they give way after a few answers. */
const firmness = 0.02;
/** What an answer counts for after the next one: some 300 answers are remembered. */
const memory = 1 - 1 / 300;
/** Shorter answers say little about a model, and much about its end-of-turn tokens. */
const leastTokens = 20;
const leastBytesPerToken = 0.3;
const mostBytesPerToken = 40;

/** What was learned, as numbers that can be stored. */
export interface LearnedWeights {
  /** Sums of products of features, each relative to the tokens of its answer: row after row. */
  readonly products: readonly number[];
  /** Sums of features, relative to the tokens of their answers. */
  readonly sums: readonly number[];
  readonly answers: number;
}

/**
 * Learns from complete answers of one model how many tokens a text has, to charge for those that were cut. It fits a
 * weight to each feature by least squares, so that the error relative to an answer's length is the smallest. A model
 * that sends each token by itself, as engines do, is learned as such, and is then counted exactly.
 */
export class TokenEstimator {
  private products = new Float64Array(featureCount * featureCount);
  private sums = new Float64Array(featureCount);
  private weights: Float64Array | undefined = Float64Array.from(initialWeights);
  private answers = 0;

  /** Takes a complete answer with the tokens that were reported for its text. */
  observe(features: TextFeatures, tokens: number): void {
    const bytesPerToken = features.bytes / tokens;
    if (
      tokens < leastTokens ||
      !(bytesPerToken >= leastBytesPerToken && bytesPerToken <= mostBytesPerToken)
    ) {
      return;
    }
    const { counts } = features;
    for (let row = 0; row < featureCount; row += 1) {
      const share = (counts[row] ?? 0) / tokens;
      this.sums[row] = (this.sums[row] ?? 0) * memory + share;
      for (let column = 0; column < featureCount; column += 1) {
        const at = row * featureCount + column;
        this.products[at] = (this.products[at] ?? 0) * memory + (share * (counts[column] ?? 0)) / tokens;
      }
    }
    this.answers = this.answers * memory + 1;
    this.weights = undefined;
  }

  /** Tokens of a text: at least 1 when there is any. */
  estimate(features: TextFeatures): number {
    if (features.isEmpty) {
      return 0;
    }
    this.weights ??= this.solve();
    const sum = features.counts.reduce((total, count, at) => total + count * (this.weights?.[at] ?? 0), 0);
    return Math.max(1, Math.min(features.bytes, Math.round(sum)));
  }

  learned(): LearnedWeights {
    return { products: [...this.products], sums: [...this.sums], answers: this.answers };
  }

  /** Takes what was learned elsewhere in place of all that was learned here; false when it is not such. */
  restore(learned: LearnedWeights): boolean {
    const { products, sums, answers } = learned;
    const areNumbers = [...products, ...sums, answers].every(Number.isFinite);
    if (products.length !== featureCount ** 2 || sums.length !== featureCount || !areNumbers) {
      return false;
    }
    this.products = Float64Array.from(products);
    this.sums = Float64Array.from(sums);
    this.answers = answers;
    this.weights = undefined;
    return true;
  }

  /** The weights with the least error, drawn towards the initial ones. */
  private solve(): Float64Array {
    const matrix = Float64Array.from(this.products);
    const right = Float64Array.from(this.sums, (sum, at) => sum + firmness * (initialWeights[at] ?? 0));
    for (let at = 0; at < featureCount; at += 1) {
      const diagonal = at * featureCount + at;
      matrix[diagonal] = (matrix[diagonal] ?? 0) + firmness;
    }
    return solveSymmetric(matrix, right);
  }
}

/** Solves a positive definite system in place, by Cholesky's method. */
function solveSymmetric(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const get = (row: number, column: number): number => matrix[row * size + column] ?? 0;
  for (let column = 0; column < size; column += 1) {
    for (let row = column; row < size; row += 1) {
      let value = get(row, column);
      for (let k = 0; k < column; k += 1) {
        value -= get(row, k) * get(column, k);
      }
      matrix[row * size + column] =
        row === column ? Math.sqrt(Math.max(value, 1e-12)) : value / get(column, column);
    }
  }
  for (let row = 0; row < size; row += 1) {
    let value = right[row] ?? 0;
    for (let k = 0; k < row; k += 1) {
      value -= get(row, k) * (right[k] ?? 0);
    }
    right[row] = value / get(row, row);
  }
  for (let row = size - 1; row >= 0; row -= 1) {
    let value = right[row] ?? 0;
    for (let k = row + 1; k < size; k += 1) {
      value -= get(k, row) * (right[k] ?? 0);
    }
    right[row] = value / get(row, row);
  }
  return right;
}
