/** What was spent under a name, since the start. */
export class Total {
  requests = 0;
  refused = 0;
  inputTokens = 0;
  outputTokens = 0;
  nanodollars = 0;
}

/** A total with its name; the name is absent for the sum of all that are not listed. */
export interface NamedTotal extends Readonly<Total> {
  readonly name?: string;
}

/** Totals by name. Names beyond a number share one total, so that memory has a bound whoever makes up names. */
export class Totals {
  readonly #byName = new Map<string, Total>();
  readonly #others = new Total();

  constructor(private readonly most = 1_000) {}

  of(name: string): Total {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      return known;
    }
    if (this.#byName.size >= this.most) {
      return this.#others;
    }
    const total = new Total();
    this.#byName.set(name, total);
    return total;
  }

  /** Those that spent most, then those that asked most, and last the sum of all others if there are any. */
  read(most: number): readonly NamedTotal[] {
    const ordered = [...this.#byName].sort(
      ([name, one], [otherName, other]) =>
        other.nanodollars - one.nanodollars ||
        other.requests - one.requests ||
        other.refused - one.refused ||
        (name < otherName ? -1 : 1),
    );
    const listed = ordered.slice(0, most).map(([name, total]) => ({ name, ...total }));
    const rest = sumOf([this.#others, ...ordered.slice(most).map(([, total]) => total)]);
    return rest.requests + rest.refused === 0 ? listed : [...listed, rest];
  }
}

function sumOf(totals: readonly Total[]): NamedTotal {
  const sum = new Total();
  for (const total of totals) {
    sum.requests += total.requests;
    sum.refused += total.refused;
    sum.inputTokens += total.inputTokens;
    sum.outputTokens += total.outputTokens;
    sum.nanodollars += total.nanodollars;
  }
  return { ...sum };
}
