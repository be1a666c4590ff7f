import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { aigwDataHome } from "../../tools/aigwDataHome";
import { GatewayError, gatewayFailure, portTakenFailure } from "./gatewayError";
import { freePort } from "./ports";
import type { RunDirectory } from "./runDirectory";
import { supervisorScript } from "./supervisor";

export interface GatewayProcessOptions {
  /** Paths of the programs. */
  readonly aigw: string;
  readonly envoy: string;
  /** Where the manifests lie already; removed when the gateway ends. */
  readonly directory: RunDirectory;
  /** The Gateway's listener port. */
  readonly port: number;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Headers that a caller needs to see the models. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Receives every line that it prints. */
  readonly onOutput?: ((line: string) => void) | undefined;
}

/** A running `aigw` with its Envoy. */
export interface GatewayProcess {
  /** Process id of `aigw`. */
  readonly pid: number;
  /** Resolves when it has ended by itself (with what went wrong) or was stopped (with undefined). */
  readonly ended: Promise<GatewayError | undefined>;
  /** Waits until the gateway answers for this many models. Rejects with a `GatewayError`. */
  ready(models: number, timeoutMs: number): Promise<void>;
  /** Ends it and everything that it started, and removes its directory. Can be called again. */
  stop(): Promise<void>;
}

/** Between SIGTERM and SIGKILL. Envoy drains no connections locally, so `aigw` needs far less. */
const graceMs = 3_000;

/** Starts `aigw`; rejects with a `GatewayError` when the program cannot be run at all. */
export async function startGatewayProcess(options: GatewayProcessOptions): Promise<GatewayProcess> {
  const { directory } = options;
  const output = new OutputTail(options.onOutput);
  const child = await spawnSupervised(options);
  output.follow(child.stdout);
  output.follow(child.stderr);
  let stopping = false;
  const exited = new Promise<number>((resolve) => {
    child.once("close", (code) => resolve(code ?? 1));
  });
  const ended = exited.then((code) => {
    killGroup(child);
    const failure = stopping ? undefined : gatewayFailure(code, output.lines, directory);
    directory.remove();
    return failure;
  });
  const pid = await programPid(child, ended);
  return {
    pid,
    ended,
    ready: (models, timeoutMs) => untilReady(options, models, timeoutMs, ended, output),
    stop: async () => {
      stopping = true;
      child.stdin?.end();
      const late = delay(graceMs + 2_000, undefined, { ref: false }).then(() => killGroup(child));
      await Promise.race([ended, late]);
      await ended;
    },
  };
}

async function spawnSupervised({
  aigw,
  envoy,
  directory,
  env,
}: GatewayProcessOptions): Promise<ChildProcess> {
  const data = aigwDataHome(envoy, directory.data);
  const program = [aigw, "run", directory.manifests, "--admin-port", String(await freePort())];
  const supervisor = ["-c", supervisorScript, "supervisor", directory.path, String(graceMs / 100)];
  return spawn("/bin/sh", [...supervisor, ...program], {
    cwd: directory.path,
    env: { ...process.env, ...env, ...directory.env, AIGW_DATA_HOME: data },
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C in the terminal reaches this process only, which then stops the group.
    detached: true,
  });
}

async function programPid(child: ChildProcess, ended: Promise<unknown>): Promise<number> {
  const first = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    (child.stdio[3] as Readable).once("data", (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  const pid = await Promise.race([first, ended]);
  if (typeof pid === "number") {
    return pid;
  }
  throw pid instanceof Error ? pid : new GatewayError("The gateway could not be started.", []);
}

/** The group may be gone already. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) {
      process.kill(-child.pid, "SIGKILL");
    }
  } catch {
    return;
  }
}

async function untilReady(
  { port, headers = {} }: GatewayProcessOptions,
  models: number,
  timeoutMs: number,
  ended: Promise<GatewayError | undefined>,
  output: OutputTail,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const dead = ended.then((failure) => {
    throw failure ?? new GatewayError("The gateway was stopped before it was ready.", []);
  });
  dead.catch(() => undefined);
  while (Date.now() < deadline) {
    if ((await Promise.race([listedModels(port, headers), dead])) >= models) {
      return;
    }
    const hopeless = portTakenFailure(output.lines);
    if (hopeless !== undefined) {
      throw hopeless;
    }
    await Promise.race([delay(100), dead]);
  }
  const waited = `The gateway did not answer on port ${port} within ${Math.round(timeoutMs / 1000)} s.`;
  throw new GatewayError(waited, output.lines);
}

/** Number of models that the gateway lists; -1 while it does not answer. */
async function listedModels(port: number, headers: Readonly<Record<string, string>>): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/models`, {
      headers,
      signal: AbortSignal.timeout(2_000),
    });
    const list = (await response.json()) as { data?: unknown[] };
    return response.ok ? (list.data?.length ?? 0) : -1;
  } catch {
    return -1;
  }
}

/** The last lines that the gateway printed. */
class OutputTail {
  readonly lines: string[] = [];

  constructor(private readonly onLine: (line: string) => void = () => undefined) {}

  follow(stream: Readable | null): void {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts.filter((part) => part.trim() !== "")) {
        this.lines.push(line);
        this.onLine(line);
      }
      this.lines.splice(0, Math.max(0, this.lines.length - 60));
    });
  }
}
