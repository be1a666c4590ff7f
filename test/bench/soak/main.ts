import { parseArgs } from "node:util";
import { watchShutdown } from "../../../cli/local/shutdown";
import { Settle } from "../../../components/budgets/budgetArgs";
import { checksOf } from "./checks";
import { soak } from "./soak";

const usage = "Usage: npm run soak -- [--requests 1000000] [--mode log|stream] [--redis] [--json]";

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      requests: { type: "string", default: "1000000" },
      mode: { type: "string", default: Settle.Log },
      redis: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const mode = Object.values(Settle).find((one) => one === values.mode);
  const requests = Number(values.requests);
  if (mode === undefined || !Number.isSafeInteger(requests) || requests < 1) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const shutdown = watchShutdown();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const { signal } = shutdown;
    const outcome = await soak({ requests, mode, inRedis: values.redis, progress, signal });
    const checks = checksOf(outcome);
    const lines = checks.map(
      ({ name, isMet, detail }) => `${isMet ? "ok    " : "FAILED"} ${name}: ${detail}`,
    );
    const settles = Object.entries(outcome.settles).map(([kind, count]) => `${kind} ${count}`);
    lines.push(`Settled by: ${settles.join(", ")}`);
    process.stdout.write(
      values.json ? `${JSON.stringify({ soak: outcome, checks }, undefined, 2)}\n` : `${lines.join("\n")}\n`,
    );
    return checks.every(({ isMet }) => isMet) ? 0 : 1;
  } catch (error) {
    if (shutdown.signal.aborted) {
      progress("Stopped.");
      return 130;
    }
    throw error;
  } finally {
    shutdown.dispose();
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
