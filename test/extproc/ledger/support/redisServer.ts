import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "../../../../cli/local/ports";

/** A Redis of our own: a process on a free port with its data in a temporary folder. */
export interface RedisServer {
  readonly url: string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** The same, then starts it on the same port and data. */
  restart(): Promise<void>;
  /** Stops it in its tracks: connections stay, nothing is answered until `resume`. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** REDIS_SERVER names another one than what is on PATH. */
export function redisProgram(): string | undefined {
  const names = [process.env["REDIS_SERVER"] ?? "redis-server", "valkey-server"];
  return names.find((name) => spawnSync(name, ["--version"]).status === 0);
}

/** Why tests that need a Redis of their own are skipped here; nothing if they are not. */
export function whyNoServer(): string | undefined {
  return redisProgram() === undefined
    ? "no redis-server or valkey-server on PATH (apt-get install redis-server)"
    : undefined;
}

/** Why tests that only need some Redis are skipped here; nothing if they are not. */
export function whyNoRedis(): string | undefined {
  return process.env["REDIS_URL"] === undefined ? whyNoServer() : undefined;
}

/** The Redis of REDIS_URL, or one of our own. */
export async function anyRedis(): Promise<Pick<RedisServer, "url" | "stop">> {
  const url = process.env["REDIS_URL"];
  return url === undefined ? startRedis() : { url, stop: async () => {} };
}

/** Extra arguments as on the server's command line, e.g. `--appendonly`, `yes`. */
export async function startRedis(...extra: string[]): Promise<RedisServer> {
  const name = redisProgram();
  if (name === undefined) {
    throw new Error(whyNoServer());
  }
  const dir = mkdtempSync(join(tmpdir(), "ai-gateway-redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", "", ...extra];
  const start = () => spawn(name, settings, { stdio: "ignore" });
  let child = start();
  // Nothing outlives the tests, whatever becomes of them.
  process.once("exit", () => child.kill("SIGKILL"));
  await answering(url, child);
  return {
    url,
    kill: () => killed(child),
    async restart() {
      await killed(child);
      child = start();
      await answering(url, child);
    },
    pause: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
    async stop() {
      await killed(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on("error", () => {});
  const gone = new Promise<never>((_resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the Redis server ended with ${code}`)));
    child.once("error", reject);
  });
  try {
    await Promise.race([client.ping().catch(refusing), gone]);
  } finally {
    client.disconnect();
  }
}

/** A server that asks for a password answers, too. */
function refusing(error: Error): void {
  if (!error.message.startsWith("NOAUTH")) {
    throw error;
  }
}
