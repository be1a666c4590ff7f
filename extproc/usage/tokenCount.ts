/** More than any call can use: larger numbers are mistakes, such as a negative one in an unsigned field. */
const mostTokens = 2 ** 31 - 1;

/** A count of tokens, or `undefined` when it is not one. */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= mostTokens ? Math.ceil(value) : undefined;
}

/** The members of an object; none when it is not one. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
