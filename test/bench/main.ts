import { parseArgs } from "node:util";
import { formatReport } from "./render/report";
import { benchRender, defaultSizes } from "./render/run";

/** `--keys` gives each model an API key of its own: a secret output, a Secret and a policy more. */
const usage = `Usage: npm run bench -- render [--json] [--models 10,100,1000,5000] [--runs 3] [--keys]`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      keys: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      models: { type: "string", default: defaultSizes.join(",") },
      runs: { type: "string", default: "3" },
    },
  });
  const sizes = values.models.split(",").map(Number);
  const runs = Number(values.runs);
  if (
    positionals.join() !== "render" ||
    ![...sizes, runs].every((value) => Number.isInteger(value) && value > 0)
  ) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const report = await benchRender({ sizes, runs, keys: values.keys, progress });
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatReport(report));
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
    process.exitCode = 1;
  },
);
