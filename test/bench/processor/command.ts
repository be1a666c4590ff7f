import { command, print, progress, stoppable } from "../command";
import { type CommandLine, readArguments } from "../options";
import { formatProcessorReport } from "./format";
import { failedStacks, processorReport } from "./report";
import { type BenchOptions, benchProcessor } from "./run";
import { stackNames } from "./stacks";

/** What the arguments ask for. */
export interface ProcessorArguments extends Omit<BenchOptions, "progress" | "signal"> {
  readonly json: boolean;
}

const line: CommandLine<ProcessorArguments> = {
  name: "npm run bench -- processor",
  does: "Measures throughput, latency, processor time and memory of the gateway with and without budgets",
  read: (options) => {
    const json = options.flag("json", "print the report as JSON");
    const rounds = options.whole(
      "rounds",
      5,
      "how often each stack is measured, every other round backwards",
    );
    const seconds = options.whole("seconds", 10, "length of a measured run");
    const warmUp = options.whole("warm-up", 4, "seconds of load before it", 0);
    const streams = options.wholes("streams", [20, 200], "streams at a time; 0 leaves them out", "0");
    const wanted = options.someOf("only", stackNames, "stack", "these stacks alone");
    const isWithout = options.flag("no-litellm", "without LiteLLM's proxy");
    const names = wanted.filter((name) => !(name === "liteLlm" && isWithout));
    const halfLoad = !options.flag("no-half-load", "without the runs at half of the gateway's best rate");
    return { json, names, rounds, seconds, warmUp, streams, halfLoad };
  },
};

/**
 * Reads the arguments; returns a sentence about what is wrong with them.
 *
 * @throws TypeError when an option is unknown or has no value.
 */
export function readProcessorArguments(
  args: readonly string[],
): ProcessorArguments | { readonly problem: string } {
  const read = readArguments(line, args);
  return "problem" in read ? read : read.values;
}

/** Runs the benchmark; the exit code is 1 when a stack of ours failed requests. */
export const processorCommand = command(line, (values) =>
  stoppable(async (signal) => {
    const measured = await benchProcessor({ ...values, progress, signal });
    const report = processorReport(measured, values);
    print(report, values.json, formatProcessorReport);
    const failed = failedStacks(report);
    for (const sentence of failed) {
      progress(sentence);
    }
    return failed.length === 0 ? 0 : 1;
  }),
);
