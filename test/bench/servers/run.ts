import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cleanup } from "../processor/cleanup";
import { measure, type Sample } from "../processor/measure";
import type { RunningStack } from "../processor/stacks";
import { whyNoWrk } from "../processor/traffic";
import { bundleServers, startServerStack } from "./serverStack";
import type { ServerName } from "./servers";

export interface ServersOptions {
  readonly names: readonly ServerName[];
  readonly rounds: number;
  /** Length of a measured run and of the warm-up before it. */
  readonly seconds: number;
  readonly warmUp: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Measures the servers in turn, round after round, every other round backwards, so that what changes on the machine
 * meanwhile changes all of them. All are started before: one that is not asked anything uses no processor.
 *
 * @throws Error when wrk or Envoy cannot be had, or a program ends before its time.
 */
export async function benchServers(
  options: ServersOptions,
): Promise<ReadonlyMap<ServerName, readonly Sample[]>> {
  const missing = await whyNoWrk();
  if (missing !== undefined) {
    throw new Error(missing);
  }
  const cleanup = new Cleanup();
  try {
    const folder = mkdtempSync(join(tmpdir(), "bench-servers-"));
    cleanup.add({ stop: () => rmSync(folder, { recursive: true, force: true }) });
    const bundle = await bundleServers(folder);
    const stacks = new Map<ServerName, RunningStack>();
    for (const name of options.names) {
      stacks.set(name, cleanup.add(await startServerStack(name, bundle)));
    }
    return await measureAll(stacks, options);
  } finally {
    await cleanup.stop();
  }
}

async function measureAll(
  stacks: ReadonlyMap<ServerName, RunningStack>,
  { rounds, seconds, warmUp, progress, signal }: ServersOptions,
): Promise<ReadonlyMap<ServerName, readonly Sample[]>> {
  const samples = new Map<ServerName, Sample[]>([...stacks.keys()].map((name) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [name, stack] of round % 2 === 1 ? stacks : [...stacks].reverse()) {
      signal.throwIfAborted();
      const sample = await measure(stack, stack.processes, { warmUp, seconds }, signal);
      samples.get(name)?.push(sample);
      const cpu = Math.round(sample.cpuUs["processor"] ?? 0);
      progress(
        `round ${round} of ${rounds}, ${name}: ${Math.round(sample.throughput)} requests/s, ${cpu} us for each`,
      );
    }
  }
  return samples;
}
