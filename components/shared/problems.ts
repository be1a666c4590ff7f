import { InputPropertiesError } from "@pulumi/pulumi";

/** One thing that is wrong with a declaration. */
export interface Problem {
  /** Where: the path as the user writes it, for example `models["qwen"].vllm.gpus`. */
  readonly path: string;
  /** What is wrong, the value, and what to do, in one sentence or two. Never holds a secret. */
  readonly reason: string;
}

/** A declaration that cannot be carried out. The message lists every problem that was found. */
export class DeclarationError extends InputPropertiesError {
  readonly problems: readonly Problem[];

  constructor(subject: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    const lines = problems.map(({ path, reason }) => `  ${path}: ${reason}`);
    super({
      message: `${subject}: ${count} in the declaration\n${lines.join("\n")}`,
      errors: problems.map(({ path, reason }) => ({ propertyPath: path, reason })),
    });
    this.name = "DeclarationError";
    this.problems = problems;
  }
}

/** Collects problems, so that one run reports all of them. */
export class Problems {
  private readonly found: Problem[] = [];

  add(path: string, reason: string): void {
    this.found.push({ path, reason });
  }

  get count(): number {
    return this.found.length;
  }

  get all(): readonly Problem[] {
    return this.found;
  }

  /**
   * Throws one `DeclarationError` with everything collected, each problem once; does nothing when there is nothing.
   */
  throwIfAny(subject: string): void {
    if (this.found.length > 0) {
      const once = new Map(this.found.map((problem) => [`${problem.path}\n${problem.reason}`, problem]));
      throw new DeclarationError(subject, [...once.values()]);
    }
  }
}

/** The path of an entry of a map: `models["qwen"]`. */
export function at(path: string, key: string): string {
  return `${path}[${JSON.stringify(key)}]`;
}
