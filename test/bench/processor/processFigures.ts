import { readdirSync, readFileSync } from "node:fs";

/** What a process has used up to now. */
export interface ProcessFigures {
  /** Time on a processor, user and system, all threads, in microseconds. */
  readonly cpuUs: number;
  /** The same of its children that have ended and were waited for. */
  readonly childrenCpuUs: number;
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
    : {
        cpuUs: fields.ticks * tickUs,
        childrenCpuUs: fields.childrenTicks * tickUs,
        rssMiB: fields.pages * pageMiB,
      };
}

/** The processes that a process has started and that still run, and those that these have started. */
export function descendantsOf(root: number): { readonly pid: number; readonly name: string }[] {
  const all = readdirSync("/proc").flatMap((entry) => {
    const fields = /^\d+$/.test(entry) ? statFields(Number(entry)) : undefined;
    return fields === undefined ? [] : [{ pid: Number(entry), ...fields }];
  });
  const below = (parent: number): { pid: number; name: string }[] =>
    all
      .filter((candidate) => candidate.parent === parent)
      .flatMap(({ pid, name }) => [{ pid, name }, ...below(pid)]);
  return below(root);
}

/** Time that all processors of the machine have spent on anything, in microseconds. */
export function machineBusyUs(): number {
  return parseBusyTicks(readFileSync("/proc/stat", "utf8")) * tickUs;
}

/** Ticks that were neither idle nor spent waiting, by `/proc/stat`. */
export function parseBusyTicks(text: string): number {
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = text.split(/\s+/).map(Number);
  return user + nice + system + irq + softIrq;
}

interface StatFields {
  readonly name: string;
  readonly parent: number;
  readonly ticks: number;
  readonly childrenTicks: number;
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
  const rest = line.slice(nameEnd + 2).split(" ");
  const field = (index: number) => Number(rest[index]);
  return {
    name: line.slice(line.indexOf("(") + 1, nameEnd),
    parent: field(1),
    ticks: field(11) + field(12),
    childrenTicks: field(13) + field(14),
    pages: field(21),
  };
}
