import type { Problems } from "../shared/problems";

/** Reports what is no whole number of a range. */
export function checkInteger(
  path: string,
  value: number,
  least: number,
  most: number,
  problems: Problems,
): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    problems.add(path, `${value} is not a whole number from ${least} to ${most.toLocaleString("en")}`);
  }
}
