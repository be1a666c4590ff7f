import { join } from "node:path";
import { runProgram } from "../../../tools/runProgram";
import { benchModel } from "./gatewayStack";

/** Where requests go. */
export interface Target {
  /** Without a path. */
  readonly url: string;
  /** Value of the `authorization` header. */
  readonly authorization?: string;
}

/** What came of requests that were sent as fast as they were answered. */
export interface WrkResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx and 3xx, broken connections, and requests without an answer in time. */
  readonly failures: number;
}

/** What came of requests at a fixed rate. */
export interface LoadResult {
  readonly sent: number;
  readonly failed: number;
  readonly rate: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly firstBad?: string;
}

/** What came of streams side by side; see the program. */
export interface StreamsResult {
  readonly streams: number;
  readonly failed: number;
  readonly chunks: number;
  readonly seconds: number;
  readonly gapP50Ms: number;
  readonly gapP99Ms: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  readonly firstBad?: string;
}

export const bodyBytes = 2_048;
export const connections = 16;

/** Why wrk cannot be used here; undefined when it can. */
export async function whyNoWrk(): Promise<string | undefined> {
  const { code } = await runProgram("wrk", ["--version"]);
  return code === "missing"
    ? "no wrk on PATH (Debian: apt-get install wrk; macOS: brew install wrk)"
    : undefined;
}

/** Sends requests over 16 connections, each as soon as the one before it is answered. */
export async function runWrk(target: Target, seconds: number, signal: AbortSignal): Promise<WrkResult> {
  const script = join(__dirname, "wrk.lua");
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "10s", "-s", script];
  const env = {
    ...process.env,
    BENCH_BODY_BYTES: String(bodyBytes),
    BENCH_MODEL: benchModel,
    ...(target.authorization === undefined ? {} : { BENCH_AUTHORIZATION: target.authorization }),
  };
  const { code, tail } = await runProgram("wrk", [...args, `${target.url}/v1/chat/completions`], {
    env,
    signal,
  });
  const result = code === 0 ? parseWrk(tail) : undefined;
  if (result === undefined) {
    throw new Error(`wrk ended with ${code}:\n${tail.join("\n")}`);
  }
  return result;
}

/** Reads the line that our script prints; undefined when there is none. */
export function parseWrk(lines: readonly string[]): WrkResult | undefined {
  const line = lines.findLast((candidate) => candidate.startsWith('{"requests":'));
  if (line === undefined) {
    return undefined;
  }
  const figures = JSON.parse(line) as Record<
    "requests" | "durationUs" | "p50Us" | "p99Us" | "badStatus" | "broken" | "timeouts",
    number
  >;
  return {
    requests: figures.requests,
    seconds: figures.durationUs / 1e6,
    p50Ms: figures.p50Us / 1000,
    p99Ms: figures.p99Us / 1000,
    failures: figures.badStatus + figures.broken + figures.timeouts,
  };
}

/** Sends requests at a fixed rate for so many seconds. */
export function runLoad(
  program: string,
  target: Target,
  rate: number,
  seconds: number,
  signal: AbortSignal,
): Promise<LoadResult> {
  const options = { url: target.url, model: benchModel, size: bodyBytes, rate, seconds };
  return runClient(program, "load", options, signal);
}

/** Reads so many streams at once, each with a token every 10 ms unless told otherwise. */
export function runStreams(
  program: string,
  target: Target,
  { streams, tokens, rate = 100 }: { streams: number; tokens: number; rate?: number },
  signal: AbortSignal,
): Promise<StreamsResult> {
  const options = { url: target.url, model: benchModel, size: bodyBytes, streams, tokens, rate };
  return runClient(program, "streams", options, signal);
}

async function runClient<Result>(
  program: string,
  command: string,
  options: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<Result> {
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { code, tail } = await runProgram(program, [command, ...args], { signal });
  const last = tail.findLast((line) => line.startsWith("{"));
  if (code !== 0 || last === undefined) {
    throw new Error(`The client "${command}" ended with ${code}:\n${tail.join("\n")}`);
  }
  return JSON.parse(last) as Result;
}
