import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { supervisorScript } from "../../../cli/local/supervisor";

/** A program that runs beside the benchmark. */
export interface Supervised {
  readonly pid: number;
  /** The last lines that it printed. */
  readonly lines: readonly string[];
  /** Whether it has ended. */
  readonly isOver: boolean;
  /** Asks it to end, kills it if it does not, and removes its folder. */
  stop(): Promise<void>;
}

export interface SupervisedOptions {
  readonly command: string;
  /** `folder`: one of its own, which goes with it. */
  readonly args: (folder: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether it can be used; asked until it can, or until it has ended. */
  readonly isReady: (lines: readonly string[]) => Promise<boolean> | boolean;
  readonly readyTimeoutMs?: number;
}

const graceMs = 3_000;
const keptLines = 40;
const pollMs = 50;

/**
 * Starts a program and waits until it can be used. However the benchmark ends, SIGKILL included, the program and all
 * that it has started end too.
 *
 * @throws Error with its last lines when it ends before, or takes too long; it is stopped then.
 */
export async function startSupervised(options: SupervisedOptions): Promise<Supervised> {
  const { command, args, env = {}, isReady, readyTimeoutMs = 30_000 } = options;
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const supervisor = ["-c", supervisorScript, "supervisor", folder, String(graceMs / 100)];
  const child = spawn("/bin/sh", [...supervisor, command, ...args(folder)], {
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    detached: true,
  });
  const lines = followLines(child);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async () => {
    child.stdin?.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  try {
    const pid = await programPid(child);
    const deadline = Date.now() + readyTimeoutMs;
    while (!(await isReady(lines))) {
      if (isOver() || Date.now() > deadline) {
        throw new Error(`${command} ${isOver() ? "ended" : "is not ready"}:\n${lines.join("\n")}`);
      }
      await delay(pollMs);
    }
    return {
      pid,
      lines,
      get isOver() {
        return isOver();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function programPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => reject(new Error("the program could not be started")));
    (child.stdio[3] as Readable).once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
}

function followLines(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      lines.splice(0, Math.max(0, lines.length - keptLines));
    });
  }
  return lines;
}

/** Whether a URL answers with 2xx. */
export async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}
