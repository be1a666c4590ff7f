import {
  type KeysDocument,
  keyHash,
  type PolicyDocument,
  parseKeys,
  parsePolicy,
  problemText,
} from "../../../extproc/contract";

/** What a processor is told of its callers, as its two files have it. */
export interface AccessFiles {
  readonly policy: string;
  readonly keys: string;
}

export interface AccessSize {
  readonly keys: number;
  /** 0: whoever has a key may call every model. */
  readonly rules: number;
  /** Files of another generation have the same keys and rules with other teams, times and models. Default: 0. */
  readonly generation?: number;
}

const modelCount = 50;
const modelName = (index: number) => `model-${index % modelCount}`;
const teamOf = (index: number, { rules, generation = 0 }: AccessSize) =>
  `team-${(index + generation) % Math.max(1, rules)}`;

/** The text of a key; all have one length. */
export function benchKey(index: number): string {
  return `sk-aigw-${String(index).padStart(8, "0")}-${"x".repeat(32)}`;
}

/** A model that the caller of a key may call, and one that rules forbid it. */
export function benchModels(
  index: number,
  size: AccessSize,
): { readonly open: string; readonly closed: string } {
  const team = size.rules === 0 ? 0 : index % size.rules;
  return { open: modelName(team), closed: modelName(team + 7) };
}

/**
 * So many keys of so many teams, and a rule for each team. No budgets: they would cost the same with every caller.
 *
 * @throws Error when a processor would not take the files.
 */
export function accessFiles(size: AccessSize): AccessFiles {
  const indexes = Array.from({ length: size.keys }, (_, index) => index);
  const name = (index: number) => `key-${index}`;
  const year = 2030 + (size.generation ?? 0);
  const policy: PolicyDocument = {
    version: 1,
    models: Object.fromEntries(
      Array.from({ length: modelCount }, (_, index) => [modelName(index), { backends: { b: {} } }]),
    ),
    budgets: {},
    access: {
      keys: Object.fromEntries(
        indexes.map((index) => [
          name(index),
          { attributes: { team: teamOf(index, size) }, expires: `${year}-01-01T00:00:00Z` },
        ]),
      ),
      ...(size.rules === 0 ? {} : { rules: rulesOf(size) }),
    },
  };
  const keys: KeysDocument = {
    version: 1,
    keys: Object.fromEntries(indexes.map((index) => [name(index), keyHash(benchKey(index))])),
  };
  const problems = [...(parsePolicy(policy).problems ?? []), ...(parseKeys(keys).problems ?? [])];
  if (problems.length > 0) {
    throw new Error(problems.map(problemText).join("\n"));
  }
  return { policy: JSON.stringify(policy), keys: JSON.stringify(keys) };
}

/** Each for a team of its own: three models, which change with the generation but for the first. */
function rulesOf({ rules, generation = 0 }: AccessSize) {
  return Object.fromEntries(
    Array.from({ length: rules }, (_, index) => [
      `rule-${index}`,
      {
        models: [index, index + 1 + generation, index + 3 + generation].map(modelName),
        callers: { team: [`team-${index}`] },
      },
    ]),
  );
}
