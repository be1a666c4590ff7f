import { execFileSync } from "node:child_process";

/** A process as `ps` lists it. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  /** Name of its program, without the folder. */
  readonly name: string;
}

/** All processes but those that have ended and wait for their parent to take note. */
export function listProcesses(): ListedProcess[] {
  const rows = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" }).split("\n");
  return rows.flatMap((row) => {
    const [, pid, parent, state, program] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(row) ?? [];
    return program === undefined || state?.startsWith("Z") || program === "ps"
      ? []
      : [{ pid: Number(pid), parent: Number(parent), name: program.split("/").at(-1) ?? "" }];
  });
}

/** Those of the processes that still run. */
export function stillRunning(pids: readonly number[]): number[] {
  const alive = new Set(listProcesses().map(({ pid }) => pid));
  return pids.filter((pid) => alive.has(pid));
}

/** The processes that were started below another one. */
export function descendantsOf(root: number): ListedProcess[] {
  const all = listProcesses();
  const found: ListedProcess[] = [];
  const parents = [root];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    const children = all.filter((candidate) => candidate.parent === parent);
    found.push(...children);
    parents.push(...children.map(({ pid }) => pid));
  }
  return found;
}
