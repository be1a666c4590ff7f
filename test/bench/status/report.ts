import { describeMachine, type MachineFigures, machineFigures } from "../machine";
import { median, round } from "../processor/statistics";
import { formatTable } from "../table";
import { type StatusOptions, type StatusSample, type StatusSamples, variantNames } from "./run";

/** What an open page may cost: a share of the processor's time for a request, and of its throughput. */
export const mostCost = 0.03;

type Settings = Pick<StatusOptions, "rounds" | "turns" | "seconds" | "rate" | "watchers" | "budgets">;

/** Medians over all turns. */
export interface VariantFigures {
  readonly throughput: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly rssMiB: number;
  /** Over all turns. */
  readonly requests: number;
  readonly failures: number;
  /** That all pages together got in a second. */
  readonly snapshotsPerSecond: number;
  /** Processor time of one request, of each turn. */
  readonly turns: readonly number[];
}

/** One variant by another of the same turn: the median over all turns. */
export interface Ratio {
  readonly cpu: number;
  readonly throughput: number;
}

export interface StatusReport {
  readonly bench: "status";
  readonly machine: MachineFigures;
  readonly settings: Settings;
  readonly variants: Readonly<Record<string, VariantFigures>>;
  /** `watched` by `off`: all that the page costs. */
  readonly page: Ratio;
  /** `watched` by `idle`: what its watchers cost. */
  readonly watching: Ratio;
  /** Whether the page costs at most `mostCost` of both. */
  readonly isWithin: boolean;
}

/** Sums up what was measured. */
export function statusReport(
  samples: StatusSamples,
  { rounds, turns, seconds, rate, watchers, budgets }: Settings,
): StatusReport {
  const of = (name: (typeof variantNames)[number]) => samples.get(name) ?? [];
  const page = ratioOf(of("watched"), of("off"));
  return {
    bench: "status",
    machine: machineFigures(),
    settings: { rounds, turns, seconds, rate, watchers, budgets },
    variants: Object.fromEntries(variantNames.map((name) => [name, figuresOf(of(name), seconds)])),
    page,
    watching: ratioOf(of("watched"), of("idle")),
    isWithin: page.cpu <= 1 + mostCost && page.throughput >= 1 - mostCost,
  };
}

function figuresOf(samples: readonly StatusSample[], seconds: number): VariantFigures {
  const middle = (figure: (sample: StatusSample) => number, digits: number) =>
    round(median(samples.map(figure)), digits);
  const sum = (figure: (sample: StatusSample) => number) =>
    samples.reduce((total, sample) => total + figure(sample), 0);
  return {
    throughput: middle(({ throughput }) => throughput, 0),
    cpuUs: middle(({ cpuUs }) => cpuUs, 1),
    p50Ms: middle(({ p50Ms }) => p50Ms, 2),
    p99Ms: middle(({ p99Ms }) => p99Ms, 2),
    rssMiB: middle(({ rssMiB }) => rssMiB, 0),
    requests: sum(({ requests }) => requests),
    failures: sum(({ failures }) => failures),
    snapshotsPerSecond: middle(({ snapshots }) => snapshots / seconds, 1),
    turns: samples.map(({ cpuUs }) => round(cpuUs, 1)),
  };
}

function ratioOf(samples: readonly StatusSample[], base: readonly StatusSample[]): Ratio {
  const pairs = samples.flatMap((sample, index) => {
    const other = base[index];
    return other === undefined ? [] : [[sample, other] as const];
  });
  return {
    cpu: round(median(pairs.map(([sample, other]) => sample.cpuUs / other.cpuUs)), 3),
    throughput: round(median(pairs.map(([sample, other]) => sample.throughput / other.throughput)), 3),
  };
}

/** The report as a table for people. */
export function formatStatusReport(report: StatusReport): string {
  const { rounds, turns, seconds, rate, watchers, budgets } = report.settings;
  const titles = ["page", "requests/s", "CPU us", "p50 ms", "p99 ms", "MiB", "snapshots/s", "failed"];
  const rows = Object.entries(report.variants).map(([name, figures]) => [
    name,
    figures.throughput.toFixed(0),
    figures.cpuUs.toFixed(1),
    figures.p50Ms.toFixed(2),
    figures.p99Ms.toFixed(2),
    figures.rssMiB.toFixed(0),
    figures.snapshotsPerSecond.toFixed(1),
    `${figures.failures} of ${figures.requests}`,
  ]);
  const line = (name: string, { cpu, throughput }: Ratio) =>
    `${name}: ${cpu.toFixed(3)} of the processor's time for a request, ${throughput.toFixed(3)} of the throughput`;
  return [
    describeMachine(report.machine),
    `${rate} requests/s, ${budgets} budgets, ${watchers} pages; medians of ${rounds} x ${turns} runs of ${seconds} s`,
    "",
    ...formatTable([titles, ...rows]),
    "",
    line("watched by off", report.page),
    line("watched by idle", report.watching),
    `The page is to cost ${mostCost * 100} % at most: ${report.isWithin ? "it does" : "it costs more"}.`,
    "",
  ].join("\n");
}
