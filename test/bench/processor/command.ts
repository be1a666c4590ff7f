import { parseArgs } from "node:util";
import { watchShutdown } from "../../../cli/local/shutdown";
import { formatProcessorReport } from "./format";
import { failedStacks, processorReport } from "./report";
import { benchProcessor } from "./run";
import { type StackName, stackNames } from "./stacks";

export const processorUsage =
  "npm run bench -- processor [--json] [--rounds 5] [--seconds 10] [--warm-up 4] [--streams 20,200] " +
  `[--only ${stackNames.join(",")}] [--no-litellm] [--no-half-load]`;

/** What the arguments ask for; a sentence about what is wrong with them. */
export type ProcessorArguments =
  | {
      readonly json: boolean;
      readonly names: readonly StackName[];
      readonly rounds: number;
      readonly seconds: number;
      readonly warmUp: number;
      readonly streams: readonly number[];
      readonly halfLoad: boolean;
    }
  | { readonly problem: string };

/**
 * Reads the arguments.
 *
 * @throws TypeError when an option is unknown or has no value.
 */
export function readProcessorArguments(args: readonly string[]): ProcessorArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "10" },
      "warm-up": { type: "string", default: "4" },
      streams: { type: "string", default: "20,200" },
      only: { type: "string", default: stackNames.join(",") },
      "no-litellm": { type: "boolean", default: false },
      "no-half-load": { type: "boolean", default: false },
    },
  });
  const wanted = values.only.split(",");
  const unknown = wanted.filter((name) => !stackNames.some((known) => known === name));
  if (unknown.length > 0) {
    return {
      problem: `--only: no stack is called ${unknown.join(", ")}; there are ${stackNames.join(", ")}`,
    };
  }
  const streams = values.streams.split(",").filter((text) => text !== "0");
  const numbers = [
    ["rounds", values.rounds, 1],
    ["seconds", values.seconds, 1],
    ["warm-up", values["warm-up"], 0],
    ...streams.map((text) => ["streams", text, 1] as const),
  ] as const;
  for (const [name, text, least] of numbers) {
    if (!/^\d{1,5}$/.test(text) || Number(text) < least) {
      return { problem: `--${name}: "${text}" is not a whole number from ${least}` };
    }
  }
  const names = stackNames.filter(
    (name) => wanted.includes(name) && !(name === "liteLlm" && values["no-litellm"]),
  );
  return {
    json: values.json,
    names,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUp: Number(values["warm-up"]),
    streams: streams.map(Number),
    halfLoad: !values["no-half-load"],
  };
}

/** Runs the benchmark; returns the exit code: 1 when a stack of ours failed requests. */
export async function processorCommand(args: readonly string[]): Promise<number> {
  const read = readProcessorArguments(args);
  if ("problem" in read) {
    process.stderr.write(`${read.problem}\nUsage: ${processorUsage}\n`);
    return 2;
  }
  const shutdown = watchShutdown();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const measured = await benchProcessor({ ...read, progress, signal: shutdown.signal });
    const report = processorReport(measured, read);
    process.stdout.write(
      read.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatProcessorReport(report),
    );
    const failed = failedStacks(report);
    for (const line of failed) {
      progress(line);
    }
    return failed.length === 0 ? 0 : 1;
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
