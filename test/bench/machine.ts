import { cpus, totalmem } from "node:os";

/** What a benchmark ran on. */
export interface MachineFigures {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
}

/** This machine. */
export function machineFigures(): MachineFigures {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}

/** The machine in a line. */
export function describeMachine({ cpu, cores, memoryGiB, platform, node }: MachineFigures): string {
  return `${cores} x ${cpu}, ${memoryGiB} GiB, ${platform}, Node ${node}`;
}
