import { parseArgs } from "node:util";
import { describeMachine } from "../machine";
import { benchSizing, type SizingReport } from "./run";

export const sizingUsage = "npm run bench -- sizing [--json] [--models 1000] [--runs 9]";

/** Runs the benchmark of sizing and placement; returns the exit code. */
export async function sizingCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      models: { type: "string", default: "1000" },
      runs: { type: "string", default: "9" },
    },
  });
  const [models = Number.NaN, runs = Number.NaN] = [values.models, values.runs].map(Number);
  if (![models, runs].every((value) => Number.isInteger(value) && value > 0)) {
    process.stderr.write(`Usage: ${sizingUsage}\n`);
    return 2;
  }
  const report = benchSizing(models, runs);
  process.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : format(report));
  return 0;
}

function format({
  machine,
  models,
  shapes,
  runs,
  placements,
  firstMs,
  medianMs,
  worstMs,
}: SizingReport): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    describeMachine(machine),
    `${models} models on ${shapes} kinds of nodes, ${placements} placements, ${runs} runs`,
    `median ${ms(medianMs)}, first ${ms(firstMs)}, worst ${ms(worstMs)}`,
    "",
  ].join("\n");
}
