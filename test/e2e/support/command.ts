import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fixedPorts, takenPorts } from "../../../cli/local/ports";
import { descendantsOf, type ListedProcess, stillRunning } from "./processes";

const repository = resolve(__dirname, "../../..");

/** `ai-gateway local` as a process of its own, with a folder for temporary files of its own. */
export interface LocalCommand {
  readonly child: ChildProcess;
  readonly temporary: string;
  /** Everything that it has printed, errors included. */
  output(): string;
  /** Waits until the output matches. */
  seen(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The processes below it, by name of the program. */
  descendants(): readonly ListedProcess[];
}

const started: LocalCommand[] = [];

export function startLocalCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): LocalCommand {
  const temporary = mkdtempSync(join(tmpdir(), "e2e-"));
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", "local", ...args], {
    cwd: repository,
    env: { ...process.env, TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((done) => {
    child.once("close", (code, signal) => done(code ?? signal ?? "SIGKILL"));
  });
  const command: LocalCommand = {
    child,
    temporary,
    output: () => output,
    seen: async (pattern, timeoutMs = 150_000) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const match = pattern.exec(output);
        if (match !== null) {
          return match;
        }
        if (Date.now() > deadline || child.exitCode !== null || child.signalCode !== null) {
          throw new Error(`${pattern} was not printed, but:\n${output}`);
        }
        await delay(50);
      }
    },
    ended,
    descendants: () => descendantsOf(child.pid ?? 0),
  };
  started.push(command);
  return command;
}

/** Runs it to its end. */
export async function runLocalCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = startLocalCommand(args, env);
  const code = await command.ended;
  return { code, output: command.output(), temporary: command.temporary };
}

/** For `afterEach`: a failed test leaves nothing to the next one. */
export async function endCommands(): Promise<void> {
  for (const { child, ended, temporary } of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await ended;
      await delay(1_000);
    }
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What is still there of a command that has ended, after a moment for what is just ending. */
export async function leftovers(
  pids: readonly number[],
  temporary: string,
  port: number,
  timeoutMs = 6_000,
): Promise<{ processes: number[]; directories: string[]; ports: number[] }> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const left = {
      processes: stillRunning(pids),
      directories: readdirSync(temporary).filter((name) => name.startsWith("aigw-")),
      ports: (await takenPorts({ ...fixedPorts, [port]: "listener" })).map((taken) => taken.port),
    };
    const count = left.processes.length + left.directories.length + left.ports.length;
    if (count === 0 || Date.now() > deadline) {
      return left;
    }
    await delay(100);
  }
}

export const portOf = (baseUrl: string) => Number(new URL(baseUrl).port);

/** Starts the command on a free port and waits until it serves. */
export async function serving(...args: string[]) {
  const command = startLocalCommand(["--port", "0", ...args]);
  const [, baseUrl = ""] = await command.seen(/Base URL: (\S+)/);
  await command.seen(/Requests appear below/);
  const below = command.descendants();
  const names = below.map(({ name }) => name);
  if (!names.includes("aigw") || !names.includes("envoy")) {
    throw new Error(`aigw and envoy do not run, but ${names.join(", ")}`);
  }
  const pidOf = (name: string) => below.find((entry) => entry.name === name)?.pid ?? 0;
  const left = () =>
    leftovers(
      below.map(({ pid }) => pid),
      command.temporary,
      portOf(baseUrl),
    );
  return { command, baseUrl, pidOf, left };
}

export const nothingLeft = { processes: [], directories: [], ports: [] };
