import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { freePort } from "../../../cli/local/ports";
import { Cleanup } from "../processor/cleanup";
import { buildProcessor, startProcessorProcess } from "../processor/processorStack";
import { median } from "../processor/statistics";
import { type AccessFiles, type AccessSize, accessFiles } from "./documents";
import {
  type AccessReport,
  type AccessSettings,
  accessReport,
  type Reload,
  type Round,
  type Stack,
  stacks,
} from "./report";
import { Callers } from "./requests";

export interface AccessOptions extends AccessSettings {
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

const run = promisify(execFile);
/** Requests of each processor before anything is measured. */
const warmUp = 2_000;

/**
 * Measures how long a processor takes to put many keys and rules in force, and what they add to a request.
 *
 * @throws Error when a processor ends, or answers what it should not.
 */
export async function benchAccess(options: AccessOptions): Promise<AccessReport> {
  const { keys, rules, rounds, requests, reloads, progress, signal } = options;
  const cleanup = new Cleanup();
  try {
    const folder = mkdtempSync(join(tmpdir(), "bench-access-"));
    cleanup.add({ stop: () => rmSync(folder, { recursive: true, force: true }) });
    const all = accessFiles({ keys, rules });
    progress(`reloading ${reloads} times`);
    const other = accessFiles({ keys, rules, generation: 1 });
    const taken = await measureReloads(folder, [all, other], reloads, signal);
    const callers = await startAll(cleanup, { keys, rules }, all, signal);
    const measured = await measureAll(callers, { rounds, requests, progress, signal });
    const files = { policyBytes: Buffer.byteLength(all.policy), keysBytes: Buffer.byteLength(all.keys) };
    return accessReport({ keys, rules, rounds, requests, reloads }, files, taken, measured);
  } finally {
    await cleanup.stop();
  }
}

/** In a process of its own, so that what this one does is no part of it. */
async function measureReloads(
  folder: string,
  files: readonly [AccessFiles, AccessFiles],
  times: number,
  signal: AbortSignal,
): Promise<readonly Reload[]> {
  const outfile = join(folder, "reload.cjs");
  const entryPoints = [join(__dirname, "reload.ts")];
  await build({ entryPoints, outfile, bundle: true, platform: "node", target: "node24" });
  const file = join(folder, "files.json");
  writeFileSync(file, JSON.stringify(files));
  const { stdout } = await run(process.execPath, [outfile, file, String(times)], { signal });
  return JSON.parse(stdout) as Reload[];
}

/** The processors as they are shipped, side by side: one that is not asked anything uses no processor. */
async function startAll(
  cleanup: Cleanup,
  all: AccessSize,
  files: AccessFiles,
  signal: AbortSignal,
): Promise<ReadonlyMap<Stack, Callers>> {
  const program = await buildProcessor(signal);
  const one = { keys: 1, rules: 0 };
  const callers = new Map<Stack, Callers>();
  for (const stack of stacks) {
    const size = stack === "all" ? all : one;
    const { policy, keys } = stack === "all" ? files : accessFiles(one);
    const processor = cleanup.add(
      await startProcessorProcess({ program, policy, keys, port: await freePort() }),
    );
    const own = new Callers(processor.port, size);
    cleanup.add({ stop: () => own.close() });
    const refused = await own.refusals();
    const expected = stack === "all" ? [401, 403] : [401, undefined];
    if (refused.join() !== expected.join()) {
      throw new Error(`${stack}: callers that are refused got ${refused.join()}, not ${expected.join()}`);
    }
    callers.set(stack, own);
  }
  return callers;
}

/** Each in turn, request by request, so that what changes on the machine meanwhile changes all of them. */
async function measureAll(
  callers: ReadonlyMap<Stack, Callers>,
  { rounds, requests, progress, signal }: Pick<AccessOptions, "rounds" | "requests" | "progress" | "signal">,
): Promise<readonly Round[]> {
  await measureRound(callers, warmUp, signal);
  const found: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const times = await measureRound(callers, requests, signal);
    found.push(times);
    const texts = stacks.map((stack) => `${stack} ${(times[stack] * 1_000).toFixed(0)} us`);
    progress(`round ${round} of ${rounds}: ${texts.join(", ")}`);
  }
  return found;
}

async function measureRound(
  callers: ReadonlyMap<Stack, Callers>,
  requests: number,
  signal: AbortSignal,
): Promise<Round> {
  const times = new Map<Stack, number[]>(stacks.map((stack) => [stack, []]));
  for (let count = 0; count < requests; count += 1) {
    signal.throwIfAborted();
    // Nobody is always the one behind the same other one.
    const order = stacks.map((_, index) => stacks[(index + count) % stacks.length] ?? stacks[0]);
    for (const stack of count % 2 === 0 ? order : order.reverse()) {
      times.get(stack)?.push((await callers.get(stack)?.time()) ?? Number.NaN);
    }
  }
  const p50 = (stack: Stack) => median(times.get(stack) ?? []);
  return { oneKey: p50("oneKey"), oneKeyAgain: p50("oneKeyAgain"), all: p50("all") };
}
