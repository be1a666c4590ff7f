import { type ToolName, toolNames } from "./catalogue";
import { ensureTools } from "./ensureTools";
import type { ToolError } from "./find";

/** What each npm script needs: the gateway alone, or what its tests need too. */
const wanted = { start: ["aigw", "envoy"], test: toolNames } as const;

/** Without these the tests that need them are skipped, and say so. */
const optional: ReadonlySet<ToolName> = new Set(["pulumi"]);

const exitCodes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** 0 when nothing is missing that the script cannot do without. */
export function exitCodeOf(problems: readonly Pick<ToolError, "tool">[]): 0 | 1 {
  return problems.every(({ tool }) => optional.has(tool)) ? 0 : 1;
}

/**
 * Gets the programs of an npm script; the answer is the exit code. A signal stops a build and removes what it
 * left. So does the end of the parent: npm passes a SIGTERM to its shell only, and the shell not to us.
 */
export async function setUpTools(mode: keyof typeof wanted): Promise<number> {
  const controller = new AbortController();
  let exitCode = 143;
  const onSignal = (signal: NodeJS.Signals) => {
    exitCode = exitCodes[signal] ?? 1;
    controller.abort();
  };
  const signals = Object.keys(exitCodes) as NodeJS.Signals[];
  for (const signal of signals) process.on(signal, onSignal);
  const parent = process.ppid;
  const parentWatch = setInterval(() => {
    if (process.ppid !== parent) controller.abort();
  }, 1_000);
  try {
    const problems = await ensureTools(wanted[mode], { signal: controller.signal });
    for (const problem of problems) console.error(`\n${problem.message}`);
    return exitCodeOf(problems);
  } catch (error) {
    if (controller.signal.aborted) return exitCode;
    throw error;
  } finally {
    clearInterval(parentWatch);
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
}
