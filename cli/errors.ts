/** Exit codes of every command. */
export const ExitCode = {
  Ok: 0,
  /** The command itself broke. */
  Crash: 1,
  /** What the user gave (program, declaration, option) cannot be carried out. */
  BadInput: 2,
} as const;

/** The command cannot do what it was asked; the message says what to change. Ends with exit code 2. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UsageError";
  }
}

/** The program failed. The message holds all that went wrong; `causes` are the errors as thrown. */
export class ProgramError extends Error {
  readonly causes: readonly unknown[];

  constructor(causes: readonly unknown[], logged: readonly string[] = []) {
    super([...new Set([...causes.map(describeError), ...logged])].join("\n"));
    this.name = "ProgramError";
    this.causes = causes;
  }
}

/** Errors that were thrown for the user to read: their type's name adds nothing. */
const spoken = new Set(["Error", "DeclarationError", "InputPropertiesError", "InputPropertyError"]);

/** Whether an error was thrown for the user of a program to read: a wrong declaration, missing configuration. */
export function isDeclared(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    ("__pulumiRunError" in error ||
      "__pulumiInputPropertiesError" in error ||
      "__pulumiInputPropertyError" in error)
  );
}

/** What went wrong, without a stack trace. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error) && !hasMessage(error)) {
    return `The program threw ${typeof error === "string" ? error : JSON.stringify(error)}.`;
  }
  const name = "name" in error && typeof error.name === "string" ? error.name : "Error";
  const message = withoutRequireStack(error.message || "(an error without a message)");
  const listed = inputProblems(error).filter((line) => !message.includes(line.trim()));
  const prefix = spoken.has(name) || "__pulumiRunError" in error ? "" : `${name}: `;
  return [`${prefix}${message}`, ...listed].join("\n");
}

/** The stack traces behind a failure, for `--debug`. */
export function stackTraces(error: unknown): string {
  const causes = error instanceof ProgramError && error.causes.length > 0 ? error.causes : [error];
  return causes.map((cause) => (hasStack(cause) ? cause.stack : String(cause))).join("\n");
}

function hasMessage(error: unknown): error is { message: string } {
  return (
    typeof error === "object" && error !== null && "message" in error && typeof error.message === "string"
  );
}

function hasStack(error: unknown): error is { stack: string } {
  return typeof error === "object" && error !== null && "stack" in error && typeof error.stack === "string";
}

/** Node appends the chain of files that asked for a missing module: noise to the reader. */
function withoutRequireStack(message: string): string {
  return message.replace(/\nRequire stack:[\s\S]*$/, "");
}

/** The single problems of an `InputPropertiesError`, whose own message may leave them out. */
function inputProblems(error: object): string[] {
  if (!("errors" in error) || !Array.isArray(error.errors)) {
    return [];
  }
  return error.errors.flatMap((problem: unknown) =>
    typeof problem === "object" && problem !== null && "propertyPath" in problem && "reason" in problem
      ? [`  ${String(problem.propertyPath)}: ${String(problem.reason)}`]
      : [],
  );
}
