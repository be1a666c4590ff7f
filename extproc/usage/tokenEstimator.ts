import { deltaFeature, featureCount, type TextFeatures } from "./textFeatures";

/**
 * Tokens that each feature stands for, until a model's own are learned: about what byte-pair encodings of some
 * 100,000 to 200,000 entries do with six languages and code, sent in pieces of several tokens.
 */
const initialWeights: readonly number[] = [
  // Words of 1, 2, ... 8, 10, 12, 15 and more letters.
  0.45, 0.55, 0.7, 0.55, 0.8, 0.7, 0.85, 0.65, 1, 1.25, 1.5, 4,
  // Letters beyond 15, accented, capital, Cyrillic ones, Cyrillic words.
  0.1, 0.2, 0.05, 0.12, 0.3,
  // Han, kana, other letters; digits, numbers; marks, marks in a row.
  0.45, 0.45, 0.7, 0.3, 0.5, 0.02, 0.5,
  // Line breaks, words without a space before them, further spaces, pieces.
  0.5, -0.1, 0.02, 0.8,
];

/** How firmly the initial weights are held to: they give way after a few answers. */
const firmness = 0.02;
/** What an answer counts for after the next one: some 300 answers are remembered. */
const memory = 1 - 1 / 300;
/** Shorter answers say little about a model, and much about its end-of-turn tokens. */
const leastTokens = 20;
/** Pieces that tell the tokens this well, relative to an answer's length, are taken for them. */
const steadyError = 0.02;
/** With fewer answers a model counts as unknown. */
const fewAnswers = 3;
/** Texts of an unknown model that have no more tokens to a piece than this seem to come token by token. */
const fewPerPiece = 1.75;
/** Estimates that differ by more than this factor are not of the same number of tokens to a piece. */
const clearlyOther = 1.2;
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
 * that sends each token by itself, as engines do, is learned as such, and is then counted exactly, until it changes
 * that.
 */
export class TokenEstimator {
  private products = new Float64Array(featureCount * featureCount);
  private sums = new Float64Array(featureCount);
  /** With the pieces, and by the words alone; solved when they are needed. */
  private weights: Float64Array | undefined;
  private wordWeights: Float64Array | undefined;
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
    this.wordWeights = undefined;
  }

  /** Tokens of a text: at least 1 when there is any. */
  estimate(features: TextFeatures): number {
    if (features.isEmpty) {
      return 0;
    }
    const tokens = this.answers < fewAnswers ? guess(features) : this.fromLearned(features);
    return Math.max(1, Math.min(features.bytes, Math.round(tokens)));
  }

  /**
   * An engine that is busy, or guesses ahead, sends more tokens in a piece than it did before. Where both what is
   * known of the words and what is known of no model say so, the words count.
   */
  private fromLearned(features: TextFeatures): number {
    this.weights ??= this.solve(true);
    const usual = this.fromPieces(features) ?? weighed(features, this.weights);
    this.wordWeights ??= this.solve(false);
    const byWords = weighed(features, this.wordWeights);
    const unknown = guess(features);
    const isOther =
      Math.min(byWords, unknown) > usual * clearlyOther || Math.max(byWords, unknown) * clearlyOther < usual;
    return isOther ? byWords : usual;
  }

  /** Tokens by the number of pieces alone, where each holds as many as the next. */
  private fromPieces(features: TextFeatures): number | undefined {
    const pieces = features.counts[deltaFeature] ?? 0;
    const sum = this.sums[deltaFeature] ?? 0;
    const squares = this.products[deltaFeature * featureCount + deltaFeature] ?? 0;
    const error = Math.sqrt(Math.max(0, 1 - (sum * sum) / (squares * this.answers)));
    return error < steadyError ? (pieces * sum) / squares : undefined;
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
    this.wordWeights = undefined;
    return true;
  }

  /** The weights with the least error, drawn towards the initial ones; without `withPieces` those have none. */
  private solve(withPieces: boolean): Float64Array {
    const matrix = Float64Array.from(this.products);
    const right = Float64Array.from(this.sums, (sum, at) => sum + firmness * (initialWeights[at] ?? 0));
    for (let at = 0; at < featureCount; at += 1) {
      const diagonal = at * featureCount + at;
      matrix[diagonal] = (matrix[diagonal] ?? 0) + firmness;
      if (!withPieces) {
        matrix[at * featureCount + deltaFeature] = at === deltaFeature ? 1 : 0;
        matrix[deltaFeature * featureCount + at] = at === deltaFeature ? 1 : 0;
      }
    }
    if (!withPieces) {
      right[deltaFeature] = 0;
    }
    return solveSymmetric(matrix, right);
  }
}

/** Tokens of a text of a model that nothing is known of. */
function guess(features: TextFeatures): number {
  const pieces = features.counts[deltaFeature] ?? 0;
  const tokens = weighed(features, initialWeights);
  return tokens <= fewPerPiece * pieces ? pieces : tokens;
}

function weighed({ counts }: TextFeatures, weights: ArrayLike<number>): number {
  return counts.reduce((total, count, at) => total + count * (weights[at] ?? 0), 0);
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
