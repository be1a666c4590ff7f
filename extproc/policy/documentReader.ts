/** One thing that is wrong with a policy document. */
export interface PolicyProblem {
  /** Where: `budgets["support-month"].limit.tokens`. */
  readonly path: string;
  /** The value as JSON, cut to 80 characters; `undefined` when the member is missing. */
  readonly value: string | undefined;
  /** What is wrong, and what to do. */
  readonly remedy: string;
}

/** `path: value ...remedy`, one line. */
export function problemText({ path, value, remedy }: PolicyProblem): string {
  return value === undefined ? `${path}: ${remedy}` : `${path}: ${value} ${remedy}`;
}

const longestValue = 80;

function shown(value: unknown): string | undefined {
  if (value === undefined) {
    return undefined;
  }
  const text = jsonOf(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}...` : text;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    // Nested too deeply, or not from JSON at all.
    return typeof value;
  }
}

/** Collects the problems of a whole document. */
export class DocumentProblems {
  readonly all: PolicyProblem[] = [];

  add(path: string, value: unknown, remedy: string): void {
    this.all.push({ path, value: shown(value), remedy });
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Reads the members of one object; what is wrong is noted, and reading goes on with a stand-in. */
export class DocumentReader {
  private readonly members: ReadonlyMap<string, unknown>;
  private readonly known = new Set<string>();

  constructor(
    readonly problems: DocumentProblems,
    readonly path: string,
    value: unknown,
  ) {
    if (!isRecord(value)) {
      problems.add(path || "document", value, "is not an object; give one");
    }
    this.members = new Map(isRecord(value) ? Object.entries(value) : []);
  }

  at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  /** The value as it stands; marks the member as known. */
  raw(name: string): unknown {
    this.known.add(name);
    return this.members.get(name);
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  problem(name: string, remedy: string): void {
    this.problems.add(this.at(name), this.raw(name), remedy);
  }

  /** A whole number within bounds; the default when absent, a problem when there is no default. */
  integer(name: string, min: number, max: number, fallback?: number): number {
    const value = this.raw(name);
    if (value === undefined && fallback !== undefined) {
      return fallback;
    }
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) {
      return value;
    }
    const missing = value === undefined ? "is missing; give" : "is not";
    this.problem(name, `${missing} a whole number from ${min} to ${max}`);
    return fallback ?? min;
  }

  /** A number within bounds, to a thousandth. */
  decimal(name: string, min: number, max: number, fallback: number): number {
    const value = this.raw(name);
    if (value === undefined) {
      return fallback;
    }
    if (typeof value === "number" && value >= min && value <= max && isThousandths(value)) {
      return value;
    }
    this.problem(name, `is not a number from ${min} to ${max} with at most three decimals`);
    return fallback;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined || typeof value === "boolean") {
      return value ?? fallback;
    }
    this.problem(name, "is neither true nor false");
    return fallback;
  }

  /** A string that matches; `undefined` when absent or wrong. */
  text(name: string, pattern: RegExp, meaning: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || (typeof value === "string" && pattern.test(value))) {
      return value;
    }
    this.problem(name, `is not ${meaning}`);
    return undefined;
  }

  /** One of the values of an `as const` object; the default when absent or wrong. */
  oneOf<T extends string, F extends T | undefined>(
    name: string,
    choices: Readonly<Record<string, T>>,
    fallback: F,
  ): T | F {
    const value = this.raw(name);
    const found = Object.values(choices).find((choice) => choice === value);
    if (value !== undefined && found === undefined) {
      this.problem(name, `is unknown; use one of ${Object.values(choices).join(", ")}`);
    }
    return found ?? fallback;
  }

  /** A list of different, non-empty strings; `undefined` when absent, a problem when empty or wrong. */
  texts(name: string, emptyRemedy: string | undefined): readonly string[] | undefined {
    const texts = this.steps(name, emptyRemedy);
    if (texts !== undefined && new Set(texts).size !== texts.length) {
      this.problem(name, "names something twice; name each once");
    }
    return texts;
  }

  /** A list of non-empty strings, the same one at several places too, as a path into an object may have it. */
  steps(name: string, emptyRemedy: string | undefined): readonly string[] | undefined {
    const value = this.raw(name);
    if (value === undefined) {
      return undefined;
    }
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string" && one !== "")) {
      this.problem(name, "is not a list of non-empty strings");
      return undefined;
    }
    const texts: string[] = value;
    if (texts.length === 0 && emptyRemedy !== undefined) {
      this.problem(name, emptyRemedy);
    }
    return texts;
  }

  list(name: string): readonly unknown[] {
    const value = this.raw(name);
    if (value === undefined || Array.isArray(value)) {
      return value ?? [];
    }
    this.problem(name, "is not a list");
    return [];
  }

  /** The object under a member, or `undefined` when it is absent. */
  object(name: string): DocumentReader | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new DocumentReader(this.problems, this.at(name), value);
  }

  /** Entries of a map, in the order of their keys; a key that does not match is a problem. */
  entries(name: string, key: RegExp, meaning: string): readonly (readonly [string, string, unknown])[] {
    const value = this.raw(name);
    if (value === undefined) {
      return [];
    }
    if (!isRecord(value)) {
      this.problem(name, "is not a map; give an object");
      return [];
    }
    return Object.keys(value)
      .sort()
      .map((entry) => {
        const path = `${this.at(name)}[${JSON.stringify(entry)}]`;
        if (!key.test(entry)) {
          this.problems.add(path, entry, `is not ${meaning}`);
        }
        return [entry, path, value[entry]] as const;
      });
  }

  /** Notes each member that nothing has asked for. */
  finish(): void {
    for (const [name, value] of this.members) {
      if (!this.known.has(name)) {
        this.problems.add(this.at(name), value, "is an unknown member; remove it, or run a newer processor");
      }
    }
  }
}

function isThousandths(value: number): boolean {
  return Math.abs(Math.round(value * 1000) / 1000 - value) < 1e-12;
}
