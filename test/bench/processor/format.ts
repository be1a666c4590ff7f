import { describeMachine } from "../machine";
import { formatTable } from "../table";
import type { ProcessorReport, StackFigures } from "./report";

/** The report as tables for people. */
export function formatProcessorReport(report: ProcessorReport): string {
  const { rounds, seconds, connections, bodyBytes } = report.settings;
  const load = `${connections} connections, bodies of ${bodyBytes} bytes`;
  const lines = [
    describeMachine(report.machine),
    `Everything on this machine; ${load}; medians of ${rounds} runs of ${seconds} s`,
    "",
    ...formatTable(stackRows(report)),
    "",
    "Processor time of one request in microseconds, and resident memory in MiB, by process:",
    ...Object.entries(report.stacks).map(([name, figures]) => processLine(name, figures)),
    ...twentyLines(report),
    ...halfLoadLines(report),
    ...streamLines(report),
    ...Object.entries(report.skipped).map(([name, reason]) => `\n${name} is left out: ${reason}`),
    "",
  ];
  return lines.join("\n");
}

function stackRows({ stacks, ratios, cpuRatios }: ProcessorReport): readonly (readonly string[])[] {
  return [
    ["stack", "requests/s", "ratio", "CPU ratio", "p50 ms", "p99 ms", "failed", "others' CPU"],
    ...Object.entries(stacks).map(([name, figures]) => [
      name,
      whole(figures.throughput),
      fixed(ratios[name] ?? 1),
      fixed(cpuRatios[name] ?? 1),
      fixed(figures.p50Ms),
      fixed(figures.p99Ms),
      `${whole(figures.failures)} of ${whole(figures.requests)}`,
      fixed(figures.othersShare),
    ]),
  ];
}

function processLine(name: string, { cpuUs, rssMiB }: StackFigures): string {
  const parts = Object.entries(cpuUs).map(([role, us]) => {
    const memory = rssMiB[role];
    return `${role} ${whole(us)}${memory === undefined ? "" : ` (${whole(memory)} MiB)`}`;
  });
  return `  ${name}: ${parts.join(", ")}`;
}

function twentyLines({ budgets20 }: ProcessorReport): readonly string[] {
  if (budgets20 === undefined) {
    return [];
  }
  const { cpuRatio, throughputRatio } = budgets20;
  return [
    "",
    `20 budgets on a request by one: ${fixed(cpuRatio)} of the time of processor and Redis, ` +
      `${fixed(throughputRatio)} of the throughput`,
  ];
}

function halfLoadLines({ halfLoad }: ProcessorReport): readonly string[] {
  if (halfLoad === undefined) {
    return [];
  }
  const { rate, stacks, addedP50Ms, addedP99Ms } = halfLoad;
  return [
    "",
    `At half of the gateway's throughput (${rate} requests/s):`,
    ...Object.entries(stacks).map(
      ([name, { p50Ms = 0, p99Ms = 0 }]) => `  ${name}: p50 ${fixed(p50Ms)} ms, p99 ${fixed(p99Ms)} ms`,
    ),
    ...(addedP50Ms === undefined || addedP99Ms === undefined
      ? []
      : [`  log adds ${fixed(addedP50Ms)} ms to p50 and ${fixed(addedP99Ms)} ms to p99`]),
  ];
}

function streamLines({ streams }: ProcessorReport): readonly string[] {
  const titles = ["stack", "chunks/s", "way p50 ms", "p99", "gap p50 ms", "p99", "failed"];
  return streams.flatMap(({ streams: count, stacks, added }) => [
    "",
    `${count} streams of 100 tokens a second; way: from the model server's write to the client's read:`,
    ...formatTable([
      titles,
      ...Object.entries(stacks).map(([name, figures]) => [
        name,
        whole((figures["chunks"] ?? 0) / (figures["seconds"] ?? 1)),
        fixed(figures["delayP50Ms"] ?? 0),
        fixed(figures["delayP99Ms"] ?? 0),
        fixed(figures["gapP50Ms"] ?? 0),
        fixed(figures["gapP99Ms"] ?? 0),
        whole(figures["failed"] ?? 0),
      ]),
    ]),
    ...Object.entries(added).map(
      ([name, { p50Ms, p99Ms }]) =>
        `  ${name} adds ${fixed(p50Ms)} ms to p50 of a chunk's way, ${fixed(p99Ms)} ms to p99`,
    ),
  ]);
}

function fixed(value: number): string {
  return value.toFixed(2);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
