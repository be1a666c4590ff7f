/** What a getter needs and reports to. */
export interface GetterContext {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** An empty folder on the cache's disk; it is removed afterwards, whatever happens. */
  scratch: string;
  /** The folder to fill; it is put in place as a whole. */
  target: string;
  /** Says how far it is: a few words, and how many of how many where that is known. */
  onStep(text: string): void;
}

/** Why a way of getting a program did not work: one sentence or more, without the final full stop. */
export class GetterError extends Error {
  override readonly name = "GetterError";
}

/** The last lines that a program wrote, for the end of an error message. */
export function lastLines(tail: readonly string[], count = 4): string {
  return tail
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .slice(-count)
    .join("\n  ");
}
