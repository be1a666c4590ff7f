import { readdirSync, readFileSync } from "node:fs";

/** What a process has used up to now. */
export interface ProcessFigures {
  /** Time on a processor, user and system, all threads, in microseconds. */
  readonly cpuUs: number;
  /** Resident memory in MiB. */
  readonly rssMiB: number;
}

/** The kernel counts in ticks of this length, whatever its own clock is. */
const tickUs = 10_000;
const pageMiB = 4096 / 2 ** 20;

/** Figures of a running process, from Linux's `/proc`; undefined when it is gone. */
export function processFigures(pid: number): ProcessFigures | undefined {
  const fields = statFields(pid);
  return fields === undefined
    ? undefined
    : { cpuUs: (fields.userTicks + fields.systemTicks) * tickUs, rssMiB: fields.pages * pageMiB };
}

/** The processes that a process has started and that still run. */
export function childrenOf(parent: number): { readonly pid: number; readonly name: string }[] {
  return readdirSync("/proc").flatMap((entry) => {
    const pid = Number(entry);
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined;
    return fields?.parent === parent ? [{ pid, name: fields.name }] : [];
  });
}

interface StatFields {
  readonly name: string;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly pages: number;
}

function statFields(pid: number): StatFields | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** Reads a line of `/proc/PID/stat`. The name in parentheses may hold spaces and parentheses itself. */
export function parseStat(line: string): StatFields {
  const nameEnd = line.lastIndexOf(")");
  const name = line.slice(line.indexOf("(") + 1, nameEnd);
  const rest = line.slice(nameEnd + 2).split(" ");
  const [parent, userTicks, systemTicks, pages] = [1, 11, 12, 21].map((index) => Number(rest[index]));
  return {
    name,
    parent: parent ?? 0,
    userTicks: userTicks ?? 0,
    systemTicks: systemTicks ?? 0,
    pages: pages ?? 0,
  };
}
