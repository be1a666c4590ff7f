import { DeclarationError, type Problems } from "../shared/problems";

/**
 * What a part's own resolver returns. `undefined` when the part is wrong: then its problems are added, with paths as the
 * platform's declaration has them. `member`: where the part's arguments stand; empty for the declaration itself.
 */
export function gatherProblems<Plan>(
  member: string,
  problems: Problems,
  resolve: () => Plan,
): Plan | undefined {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof DeclarationError)) {
      throw error;
    }
    for (const { path, reason } of error.problems) {
      problems.add(pathUnder(member, path), reason);
    }
    return undefined;
  }
}

/** A part calls its arguments as a whole "args", and its own name "name", which is the platform's. */
function pathUnder(member: string, path: string): string {
  const relative = path.replace(/^\./, "");
  if (member === "" || relative === "name") {
    return relative;
  }
  return relative === "args" ? member : `${member}.${relative}`;
}
