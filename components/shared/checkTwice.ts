import type { Problems } from "./problems";

/** Reports each name that a list has more than once. */
export function checkTwice(path: string, names: readonly string[], problems: Problems): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of names) {
    (seen.has(name) ? twice : seen).add(name);
  }
  for (const name of twice) {
    problems.add(path, `names "${name}" twice; keep one`);
  }
}
