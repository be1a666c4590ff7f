import { machineBusyUs, processFigures } from "./processFigures";
import type { Role, RunningStack } from "./stacks";
import { runWrk, type WrkResult } from "./traffic";

/** One measured run of a stack. */
export interface Sample {
  /** Requests a second that were answered. */
  readonly throughput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  readonly failures: number;
  /** Microseconds of a processor for one request, by role. */
  readonly cpuUs: Readonly<Record<string, number>>;
  /** Resident memory at the end, by role. */
  readonly rssMiB: Readonly<Record<string, number>>;
  /** Processors' time that went to programs that are no part of this, as a share of one processor. */
  readonly othersShare: number;
}

type Processes = RunningStack["processes"];

/** What all processes have used up to now. */
interface Snapshot {
  readonly cpuUs: ReadonlyMap<Role, number>;
  readonly rssMiB: ReadonlyMap<Role, number>;
  readonly childrenCpuUs: number;
  readonly busyUs: number;
}

/** Sends as many requests as the stack answers, for so many seconds after a warm-up. */
export async function measure(
  stack: RunningStack,
  processes: Processes,
  { warmUp, seconds }: { readonly warmUp: number; readonly seconds: number },
  signal: AbortSignal,
): Promise<Sample> {
  if (warmUp > 0) {
    await runWrk(stack.target, warmUp, signal);
  }
  const before = snapshot(processes);
  const result = await runWrk(stack.target, seconds, signal);
  if (result.requests === 0) {
    throw new Error(`Nothing was answered within ${seconds} s.`);
  }
  return sampleOf(result, before, snapshot(processes));
}

function snapshot(processes: Processes): Snapshot {
  const figures = Object.entries(processes).map(([role, pids]) => {
    const found = pids.flatMap((pid) => processFigures(pid) ?? []);
    if (found.length < pids.length) {
      throw new Error(`${role} has ended during the benchmark.`);
    }
    return [role as Role, found] as const;
  });
  const total = (key: "cpuUs" | "rssMiB") =>
    new Map(figures.map(([role, found]) => [role, found.reduce((sum, one) => sum + one[key], 0)]));
  return {
    cpuUs: total("cpuUs"),
    rssMiB: total("rssMiB"),
    childrenCpuUs: processFigures(process.pid)?.childrenCpuUs ?? 0,
    busyUs: machineBusyUs(),
  };
}

function sampleOf(result: WrkResult, before: Snapshot, after: Snapshot): Sample {
  const { requests, seconds, p50Ms, p99Ms, failures } = result;
  // The only child that has ended in between is wrk.
  const wrkUs = after.childrenCpuUs - before.childrenCpuUs;
  const used = [...after.cpuUs].map(([role, us]) => [role, us - (before.cpuUs.get(role) ?? 0)] as const);
  const all: readonly (readonly [string, number])[] = [...used, ["wrk", wrkUs]];
  const ours = all.reduce((sum, [, us]) => sum + us, 0);
  return {
    throughput: requests / seconds,
    ...{ p50Ms, p99Ms, requests, failures },
    cpuUs: Object.fromEntries(all.map(([role, us]) => [role, us / requests])),
    rssMiB: Object.fromEntries(after.rssMiB),
    othersShare: Math.max(0, after.busyUs - before.busyUs - ours) / (seconds * 1e6),
  };
}
