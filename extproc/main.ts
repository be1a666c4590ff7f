import { PolicyRefusedError, type RunningProcessor, startProcessor } from "./processor";
import { errorFields } from "./service/errorFields";
import { createLog, type Log } from "./service/log";
import { readSettings } from "./service/settings";

/** Settings or policy are wrong: starting again does not help. */
const wrongInput = 2;
const crash = 1;
/** What still runs after the end is a defect, but must not keep the process. */
const lingerMs = 5_000;

async function main(): Promise<void> {
  const read = readSettings(process.env, process.argv.slice(2));
  if (read.kind === "help") {
    process.stdout.write(read.text);
    return;
  }
  const log = createLog();
  endOnError(log);
  if (read.kind === "problems") {
    log.error("settings_refused", "the settings are wrong", { problems: read.problems });
    process.exitCode = wrongInput;
    return;
  }
  // Before anything else: the first process of a container gets no signal that it does not ask for.
  let running: RunningProcessor | undefined;
  endOnSignals(() => running);
  try {
    running = await startProcessor({ settings: read.settings, ofProcess: true });
  } catch (error) {
    log.error("not_started", "the processor cannot start", errorFields(error));
    process.exitCode = error instanceof PolicyRefusedError ? wrongInput : crash;
  }
}

/** A state that nobody foresaw is not gone on with: what is held falls due by itself. */
function endOnError(log: Log): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      log.error("crashed", "an error that nobody handled", errorFields(error));
      process.exit(crash);
    });
  }
}

/** The first signal ends in order, SIGINT without the delay that a cluster needs; the second one at once. */
function endOnSignals(started: () => RunningProcessor | undefined): void {
  let isAsked = false;
  const end = (signal: "SIGTERM" | "SIGINT") => {
    const running = started();
    if (running === undefined) {
      process.exit();
    }
    running.log.info("ending", isAsked ? "at once" : "in order", { signal });
    if (isAsked) {
      void running.close();
      return;
    }
    isAsked = true;
    void running.drain(signal === "SIGINT" ? 0 : undefined).then(() => {
      running.log.info("ended", "nothing runs any more");
      setTimeout(() => process.exit(), lingerMs).unref();
    });
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
}

void main();
