import { describe } from "vitest";
import { findTool } from "../../../tools/find";

/** Tests that need the engine. Where it cannot be had they are skipped, and the reason is printed. */
export function describeEngine(name: string, tests: () => void): void {
  const { path, problem, wanted } = findTool("pulumi");
  if (path === undefined) {
    const reason = problem ?? `pulumi ${wanted} is not there; "npm test" builds it, or PULUMI_BIN names one`;
    console.warn(`skipped: ${name}: ${reason}`);
  }
  describe.skipIf(path === undefined)(name, tests);
}
