import { at, type Problems } from "../shared/problems";
import { checkMembers } from "./checkMembers";
import type { ModelGatewayArgs } from "./modelGatewayArgs";

/**
 * Checks that maps are maps of objects and have no members that nothing reads, without which nothing else can be
 * checked; for callers without types.
 */
export function checkShapes(args: ModelGatewayArgs, problems: Problems): void {
  for (const name of ["models", "credentials"] as const) {
    const map: unknown = args[name];
    if (map !== undefined && !isObject(map)) {
      problems.add(name, "is not a map; give an object with an entry for each name");
      continue;
    }
    for (const [key, entry] of Object.entries(map ?? {})) {
      if (!isObject(entry)) {
        problems.add(at(name, key), "is not an object; say what it stands for, or take the name out");
      }
    }
  }
  checkMembers(args, problems);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
