import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Stops the program and all that it has started. */
  signal?: AbortSignal | undefined;
  /** Called with each line of the program's output, both streams. */
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** The exit status; "missing" when there is no such program; -1 when a signal ended it. */
  code: number | "missing";
  /** The last lines of both streams together. */
  tail: string[];
}

const tailLines = 12;
const graceMs = 3_000;

/**
 * Runs a program in a process group of its own to its end. On abort the whole group is asked to stop, and killed
 * if it has not after 3 s; the promise then rejects with the signal's reason once the program is gone.
 */
export function runProgram(command: string, args: readonly string[], options: RunOptions = {}) {
  const { signal, onLine } = options;
  return new Promise<RunResult>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stopGroup = (how: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, how);
      } catch {
        // Nothing of the group is left.
      }
    };
    const tail: string[] = [];
    const read = (line: string) => {
      tail.push(line);
      if (tail.length > tailLines) tail.shift();
      onLine?.(line);
    };
    createInterface({ input: child.stdout }).on("line", read);
    createInterface({ input: child.stderr }).on("line", read);

    let killTimer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      stopGroup("SIGTERM");
      killTimer = setTimeout(() => stopGroup("SIGKILL"), graceMs);
    };
    const onOwnExit = () => stopGroup("SIGKILL");
    const settle = (finish: () => void) => {
      clearTimeout(killTimer);
      signal?.removeEventListener("abort", onAbort);
      process.removeListener("exit", onOwnExit);
      if (signal?.aborted) reject(signal.reason);
      else finish();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    process.once("exit", onOwnExit);
    child.once("error", (error: NodeJS.ErrnoException) =>
      settle(() => (error.code === "ENOENT" ? resolve({ code: "missing", tail }) : reject(error))),
    );
    child.once("close", (code) => settle(() => resolve({ code: code ?? -1, tail })));
  });
}
