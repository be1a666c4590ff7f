import type { TestContext } from "vitest";

/** Skips a test and prints why, for the default reporter only counts it. */
export function skipWithReason(context: TestContext, reason: string): never {
  console.warn(`skipped: ${context.task.name}: ${reason}`);
  return context.skip(reason);
}
