import { watchShutdown } from "../../cli/local/shutdown";
import { type CommandLine, helpOf, readArguments, usageOf } from "./options";

/** A benchmark that can be called; `run` returns the exit code. */
export interface Command {
  readonly usage: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** A command that runs with what its arguments say: 0 after `--help`, 2 when they are wrong. */
export function command<Values>(
  line: CommandLine<Values>,
  run: (values: Values) => Promise<number>,
): Command {
  return {
    usage: usageOf(line),
    run: async (args) => {
      if (asksForHelp(args)) {
        process.stdout.write(helpOf(line));
        return 0;
      }
      const read = readArguments(line, args);
      if ("problem" in read) {
        process.stderr.write(`${read.problem}\nUsage: ${usageOf(line)}\n`);
        return 2;
      }
      return run(read.values);
    },
  };
}

export function asksForHelp(args: readonly string[]): boolean {
  return args.includes("--help") || args.includes("-h");
}

/** Says how far a benchmark is; its report has the other stream to itself. */
export function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes a report, as JSON where that is asked for. */
export function print<Report>(report: Report, isJson: boolean, format: (report: Report) => string): void {
  process.stdout.write(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : format(report));
}

/** Runs what can be stopped by a signal; then the exit code is 130. */
export async function stoppable(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const shutdown = watchShutdown();
  try {
    return await run(shutdown.signal);
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

/** Runs with the arguments of this process, and sets its exit code. */
export function runProgram(main: (args: readonly string[]) => Promise<number>): void {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: unknown) => {
      progress(error instanceof Error ? error.message : String(error));
      process.exitCode = 1;
    },
  );
}
