import { type ParseArgsConfig, parseArgs } from "node:util";

/** What `parseArgs` found, by the option's name. */
type Given = ReturnType<typeof parseArgs>["values"];

/** An option, for the parser and the help. */
interface Declared {
  readonly name: string;
  /** What may stand behind the name, and what does by default; `undefined` for a switch. */
  readonly value: { readonly shown: string; readonly fallback: string } | undefined;
  readonly help: string;
}

/** Declares the options of a command, and reads them in the same step; what is wrong is collected. */
export class Options {
  readonly declared: Declared[] = [];
  readonly problems: string[] = [];
  readonly #given: Given;

  constructor(given: Given = {}) {
    this.#given = given;
  }

  /** A switch, off unless it is given. */
  flag(name: string, help: string): boolean {
    this.declared.push({ name, value: undefined, help });
    return this.#given[name] === true;
  }

  /** A whole number, `least` or more. */
  whole(name: string, fallback: number, help: string, least = 1): number {
    return this.#whole(name, this.#text(name, String(fallback), help), least) ?? fallback;
  }

  /** Whole numbers from 1, with commas between; `none` stands for no number. */
  wholes(name: string, fallback: readonly number[], help: string, none?: string): readonly number[] {
    const texts = this.#text(name, fallback.join(","), help).split(",");
    return texts.filter((text) => text !== none).flatMap((text) => this.#whole(name, text, 1) ?? []);
  }

  /** Some of the known names, with commas between, in the order in which they are known; all unless it is given. */
  someOf<Name extends string>(
    name: string,
    known: readonly Name[],
    noun: string,
    help: string,
  ): readonly Name[] {
    const wanted = this.#text(name, known.join(","), help).split(",");
    const unknown = wanted.filter((text) => !known.some((each) => each === text));
    if (unknown.length > 0) {
      const there = `there are ${known.join(", ")}`;
      this.problems.push(`--${name}: no ${noun} is called ${unknown.join(", ")}; ${there}`);
    }
    return known.filter((each) => wanted.includes(each));
  }

  /** One of the known names, the first unless it is given. */
  oneOf<Name extends string>(name: string, known: readonly [Name, ...Name[]], help: string): Name {
    const [fallback] = known;
    const text = this.#text(name, fallback, `${help}: ${known.join(" or ")}`, known.join("|"));
    const found = known.find((each) => each === text);
    if (found === undefined) {
      this.problems.push(`--${name}: "${text}" is not known; use ${known.join(" or ")}`);
    }
    return found ?? fallback;
  }

  #text(name: string, fallback: string, help: string, shown = fallback): string {
    this.declared.push({ name, value: { shown, fallback }, help });
    const given = this.#given[name];
    return typeof given === "string" ? given : fallback;
  }

  #whole(name: string, text: string, least: number): number | undefined {
    const number = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
      this.problems.push(`--${name}: "${text}" is not a whole number from ${least}`);
      return undefined;
    }
    return number;
  }
}

/** A command with its options. */
export interface CommandLine<Values> {
  /** How it is called, without its options. */
  readonly name: string;
  /** What it does, as a sentence without a full stop. */
  readonly does: string;
  /** Called twice: without anything given, to learn the options, and to read them. */
  readonly read: (options: Options) => Values;
}

/** The usage in a line. */
export function usageOf<Values>(line: CommandLine<Values>): string {
  const options = declaredBy(line).map(({ name, value }) =>
    value === undefined ? `[--${name}]` : `[--${name} ${value.shown}]`,
  );
  return [line.name, ...options].join(" ");
}

/** The usage, and a line for each option. */
export function helpOf<Values>(line: CommandLine<Values>): string {
  const declared = declaredBy(line);
  const width = Math.max(...declared.map(({ name }) => name.length));
  const options = declared.map(({ name, value, help }) => {
    const fallback = value === undefined ? "" : ` (default: ${value.fallback})`;
    return `  --${name.padEnd(width)}  ${help}${fallback}`;
  });
  return [`${line.does}.`, "", `Usage: ${usageOf(line)}`, "", ...options, ""].join("\n");
}

/**
 * Reads the arguments of a command; `problem` is what is wrong with them, a line each.
 *
 * @throws TypeError when an option is unknown or has no value.
 */
export function readArguments<Values>(
  line: CommandLine<Values>,
  args: readonly string[],
): { readonly values: Values } | { readonly problem: string } {
  const known: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
    declaredBy(line).map(({ name, value }) => [name, { type: value === undefined ? "boolean" : "string" }]),
  );
  const options = new Options(parseArgs({ args: [...args], options: known }).values);
  const values = line.read(options);
  return options.problems.length > 0 ? { problem: options.problems.join("\n") } : { values };
}

function declaredBy<Values>({ read }: CommandLine<Values>): readonly Declared[] {
  const options = new Options();
  read(options);
  return options.declared;
}
