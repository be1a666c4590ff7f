#!/usr/bin/env node
import { CommanderError } from "commander";
import { commandLine } from "./commandLine";
import { describeError, ExitCode, isDeclared, ProgramError, stackTraces, UsageError } from "./errors";
import { type Io, processIo } from "./io";

/** Runs the command line and returns the exit code. */
export async function runCommandLine(args: readonly string[], io: Io): Promise<number> {
  let code: number = ExitCode.Ok;
  const program = commandLine(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    return explain(error, io, program.opts<{ debug?: boolean }>().debug ?? false);
  }
}

function explain(error: unknown, io: Io, debug: boolean): number {
  if (error instanceof CommanderError) {
    // Commander has printed it already.
    return error.exitCode === 0 ? ExitCode.Ok : ExitCode.BadInput;
  }
  const badInput = error instanceof UsageError || error instanceof ProgramError;
  io.err(`error: ${badInput ? error.message : `ai-gateway broke: ${describeError(error)}`}`);
  if (debug) {
    io.err(stackTraces(error));
  } else if (!(badInput && isForTheReader(error))) {
    io.err("Run it again with --debug to see where.");
  }
  return badInput ? ExitCode.BadInput : ExitCode.Crash;
}

/** Whether the message alone says what to change; any other error is a bug of the program. */
function isForTheReader(error: UsageError | ProgramError): boolean {
  return error instanceof UsageError || error.causes.every(isDeclared);
}

/** Nobody reads any more (a closed pipe): whatever runs is ended as by a signal, without a word. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") {
    throw error;
  }
  if (!process.emit("SIGTERM", "SIGTERM")) {
    process.exit(ExitCode.Ok);
  }
}

if (require.main === module) {
  process.stdout.on("error", endWithReader);
  process.stderr.on("error", endWithReader);
  runCommandLine(process.argv.slice(2), processIo).then((code) => {
    process.exitCode = code;
  });
}
