import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { cacheRoot, platformKey } from "../../../tools/cacheRoot";
import { isExecutable } from "../../../tools/find";
import { runProgram } from "../../../tools/runProgram";
import { startSupervised } from "./supervised";

/** The model server behind the gateway. */
export interface RunningUpstream {
  /** With `/v1`. */
  readonly url: string;
  readonly pid: number;
  /** What it has done since it started. */
  stats(): Promise<UpstreamStats>;
  stop(): Promise<void>;
}

/** Counts of the model server; tokens as its usage said, or as far as a stream was written before it was cut. */
export interface UpstreamStats {
  readonly requests: number;
  readonly complete: number;
  readonly refused: number;
  readonly cut: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cutPromptTokens: number;
  readonly cutCompletionTokens: number;
}

const sources = join(__dirname, "upstream");

/**
 * The path of the traffic program, built by the machine's Go when its sources have changed.
 *
 * @throws Error when there is no Go, or it cannot build it.
 */
export async function trafficProgram(signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  for (const name of readdirSync(sources).sort()) {
    hash.update(name).update(readFileSync(join(sources, name)));
  }
  const folder = join(cacheRoot(), "bench-traffic", hash.digest("hex").slice(0, 16), platformKey);
  const program = join(folder, "benchtraffic");
  if (isExecutable(program)) {
    return program;
  }
  mkdirSync(folder, { recursive: true });
  const scratch = `${program}.${process.pid}`;
  const args = ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", scratch, "."];
  const env = { ...process.env, GOWORK: "off", CGO_ENABLED: "0" };
  const { code, tail } = await runProgram("go", args, { cwd: sources, env, signal });
  if (code !== 0) {
    const reason = code === "missing" ? 'there is no "go" on PATH' : tail.join("\n");
    throw new Error(`The traffic program could not be built: ${reason}`);
  }
  renameSync(scratch, program);
  return program;
}

/** Starts the model server, without pauses unless a request asks for them. */
export async function startUpstream(program: string): Promise<RunningUpstream> {
  let address: string | undefined;
  const server = await startSupervised({
    command: program,
    args: () => ["serve"],
    isReady: (lines) => {
      address = lines
        .map((line) => /"listening":"([^"]+)"/.exec(line)?.[1])
        .find((found) => found !== undefined);
      return address !== undefined;
    },
  });
  const url = `http://${address}`;
  return {
    url: `${url}/v1`,
    pid: server.pid,
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as UpstreamStats,
    stop: () => server.stop(),
  };
}
