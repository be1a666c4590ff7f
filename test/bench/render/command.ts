import { parseArgs } from "node:util";
import { formatReport } from "./report";
import { benchRender, defaultSizes } from "./run";

/** `--keys` gives each model an API key of its own: a secret output, a Secret and a policy more. */
export const renderUsage = "npm run bench -- render [--json] [--models 10,100,1000,5000] [--runs 3] [--keys]";

/** Runs the benchmark of `render`; returns the exit code. */
export async function renderCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      models: { type: "string", default: defaultSizes.join(",") },
      runs: { type: "string", default: "3" },
    },
  });
  const sizes = values.models.split(",").map(Number);
  const runs = Number(values.runs);
  if (![...sizes, runs].every((value) => Number.isInteger(value) && value > 0)) {
    process.stderr.write(`Usage: ${renderUsage}\n`);
    return 2;
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const report = await benchRender({ sizes, runs, keys: values.keys, progress });
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
  return 0;
}
