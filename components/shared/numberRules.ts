import type { Problems } from "./problems";

/** What a number must be. */
export interface NumberRule {
  /** What the number says, with its unit: "the memory of one GPU in MiB". */
  readonly noun: string;
  readonly least: number;
  readonly most: number;
  /** Whether fractions are refused. */
  readonly whole: boolean;
}

/** Reports what is no number within the rule; for callers without types also what is no number at all. */
export function checkNumber(path: string, value: unknown, rule: NumberRule, problems: Problems): void {
  const { noun, least, most, whole } = rule;
  const isSound = typeof value === "number" && value >= least && value <= most;
  if (!isSound || (whole && !Number.isInteger(value))) {
    const kind = whole ? "a whole number" : "a number";
    const shown = typeof value === "number" ? String(value) : JSON.stringify(value);
    const range = `${least.toLocaleString("en")} to ${most.toLocaleString("en")}`;
    problems.add(path, `${shown} is not ${kind} from ${range}; give ${noun}`);
  }
}

/** Checks those members of an object that are given and have a rule. */
export function checkNumbers(
  path: string,
  values: object,
  rules: Readonly<Record<string, NumberRule>>,
  problems: Problems,
): void {
  for (const [member, value] of Object.entries(values)) {
    const rule = Object.hasOwn(rules, member) ? rules[member] : undefined;
    if (rule !== undefined && value !== undefined) {
      checkNumber(`${path}.${member}`, value, rule, problems);
    }
  }
}
