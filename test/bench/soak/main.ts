import { Settle } from "../../../components/budgets/budgetArgs";
import { command, print, progress, runProgram, stoppable } from "../command";
import { type Check, checksOf, type SoakOutcome } from "./checks";
import { soak } from "./soak";

/** Sends mixed traffic for long; the exit code is 1 when a check fails. */
const soakCommand = command(
  {
    name: "npm run soak --",
    does: "Sends mixed traffic at full speed through the whole stack, and checks what it came to",
    read: (options) => ({
      requests: options.whole("requests", 1_000_000, "how many are sent"),
      mode: options.oneOf("mode", [Settle.Log, Settle.Stream], "by what budgets are settled"),
      inRedis: options.flag("redis", "budgets in Redis, not in memory"),
      json: options.flag("json", "print the outcome as JSON"),
    }),
  },
  ({ json, ...options }) =>
    stoppable(async (signal) => {
      const outcome = await soak({ ...options, progress, signal });
      const checks = checksOf(outcome);
      print({ soak: outcome, checks }, json, format);
      return checks.every(({ isMet }) => isMet) ? 0 : 1;
    }),
);

interface SoakReport {
  readonly soak: SoakOutcome;
  readonly checks: readonly Check[];
}

function format({ soak: { settles }, checks }: SoakReport): string {
  const lines = checks.map(({ name, isMet, detail }) => `${isMet ? "ok    " : "FAILED"} ${name}: ${detail}`);
  const counts = Object.entries(settles).map(([kind, count]) => `${kind} ${count}`);
  return `${[...lines, `Settled by: ${counts.join(", ")}`].join("\n")}\n`;
}

runProgram(soakCommand.run);
