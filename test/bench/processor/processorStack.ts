import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../../cli/local/ports";
import { cacheRoot } from "../../../tools/cacheRoot";
import { packageRoot } from "../../../tools/packageRoot";
import { runProgram } from "../../../tools/runProgram";
import { redisProgram } from "../../extproc/ledger/support/redisServer";
import { answers, type Supervised, startSupervised } from "./supervised";

/** A budget processor in a process of its own. */
export interface ProcessorProcess extends Supervised {
  /** gRPC. */
  readonly port: number;
  /** Where its snapshots are told, where it has a status page. */
  readonly eventsUrl: string;
  /** The text of its `/metrics`. */
  metrics(): Promise<string>;
}

/** The processor as its image holds it: one file, made anew from this tree. */
export async function buildProcessor(signal: AbortSignal): Promise<string> {
  const folder = join(cacheRoot(), "bench-processor");
  const script = join(packageRoot(), "extproc", "build.mjs");
  const { code, tail } = await runProgram(process.execPath, [script, folder], { signal });
  if (code !== 0) {
    throw new Error(`The processor could not be built:\n${tail.join("\n")}`);
  }
  return join(folder, "processor.cjs");
}

/** Node's options in the image: those between the program and our file in `ENTRYPOINT`. */
export function imageNodeOptions(dockerfile: string): readonly string[] {
  const [, entrypoint] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile) ?? [];
  if (entrypoint === undefined) {
    throw new Error("The processor's Dockerfile names no entrypoint.");
  }
  return (JSON.parse(entrypoint) as string[]).slice(1, -1);
}

export interface ProcessorOptions {
  /** The file that `buildProcessor` made. */
  readonly program: string;
  /** The policy document's text. */
  readonly policy: string;
  /** The keys file's text, where the policy names keys. */
  readonly keys?: string;
  /** Default: the process' own memory. */
  readonly redisUrl?: string;
  /** Default: true, as in the image. */
  readonly statusPage?: boolean;
  readonly port: number;
}

/** Starts the processor, and waits until it takes requests. */
export async function startProcessorProcess(options: ProcessorOptions): Promise<ProcessorProcess> {
  const { program, policy, keys, redisUrl, statusPage = true, port } = options;
  const healthPort = await freePort();
  const dockerfile = readFileSync(join(packageRoot(), "extproc", "Dockerfile"), "utf8");
  const health = `http://127.0.0.1:${healthPort}`;
  const processor = await startSupervised({
    command: process.execPath,
    args: (folder) => {
      const file = join(folder, "policy.json");
      writeFileSync(file, policy);
      const ports = ["--port", String(port), "--health-port", String(healthPort)];
      const keysFile = join(folder, "keys.json");
      if (keys !== undefined) {
        writeFileSync(keysFile, keys);
      }
      const files = ["--policy-file", file, ...(keys === undefined ? [] : ["--keys-file", keysFile])];
      return [...imageNodeOptions(dockerfile), program, ...files, ...ports];
    },
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      LOG_LEVEL: "warn",
      DRAIN_DELAY_SECONDS: "0",
      DRAIN_SECONDS: "1",
      REDIS_URL: redisUrl ?? "",
      STATUS_PAGE: String(statusPage),
      // One machine does everything here: a full run queue must not look like a store that is down.
      STORE_TIMEOUT_MS: "1000",
    },
    isReady: () => answers(`${health}/ready`),
  });
  return Object.assign(processor, {
    port,
    eventsUrl: `${health}/status/events`,
    metrics: async () => (await fetch(`${health}/metrics`)).text(),
  });
}

/** A Redis of a benchmark's own. It writes nothing to a disk. */
export async function startBenchRedis(): Promise<Supervised & { readonly port: number }> {
  const name = redisProgram();
  if (name === undefined) {
    throw new Error("no redis-server or valkey-server on PATH (Debian: apt-get install redis-server)");
  }
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const redis = await startSupervised({
    command: name,
    args: (folder) => [...options, "--dir", folder],
    isReady: (lines) => lines.some((line) => /ready to accept connections/i.test(line)),
  });
  return Object.assign(redis, { port });
}
