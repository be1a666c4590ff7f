import { type MachineFigures, machineFigures } from "../machine";
import type { Sample } from "./measure";
import type { BenchOptions, Measured, Samples } from "./run";
import { type StackName, stacks } from "./stacks";
import { median, memberMedians, round } from "./statistics";
import { bodyBytes, connections, type StreamsResult } from "./traffic";

/** Medians over the rounds. */
export interface StackFigures {
  readonly description: string;
  /** Requests a second. */
  readonly throughput: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Over all rounds. */
  readonly requests: number;
  readonly failures: number;
  /** Microseconds of a processor for one request, by process. */
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly rssMiB: Readonly<Record<string, number>>;
  /** Throughput of each round. */
  readonly rounds: readonly number[];
  /** Processors that other programs of the machine used meanwhile. */
  readonly othersShare: number;
}

/** Streams side by side: by stack, the medians, and what they are more than those of the gateway alone. */
export interface StreamFigures {
  readonly streams: number;
  readonly stacks: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Milliseconds more from the model server's write to the client's read. */
  readonly added: Readonly<Record<string, { readonly p50Ms: number; readonly p99Ms: number }>>;
}

export interface ProcessorReport {
  readonly bench: "processor";
  readonly machine: MachineFigures;
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly connections: number;
    readonly bodyBytes: number;
  };
  readonly stacks: Readonly<Record<string, StackFigures>>;
  /** Throughput by that of the gateway alone in the same round: the median over the rounds. */
  readonly ratios: Readonly<Record<string, number>>;
  /** The same of all processors' time for one request: the gateway's by the stack's. Other programs disturb it less. */
  readonly cpuRatios: Readonly<Record<string, number>>;
  /** 20 budgets on a request by one, in Redis. */
  readonly budgets20?: { readonly throughputRatio: number; readonly cpuRatio: number };
  readonly halfLoad?: {
    readonly rate: number;
    readonly stacks: Readonly<Record<string, Readonly<Record<string, number>>>>;
    readonly addedP50Ms?: number;
    readonly addedP99Ms?: number;
  };
  /** Chunks of streams with 100 tokens a second, one entry for each number of streams. */
  readonly streams: readonly StreamFigures[];
  readonly skipped: Readonly<Record<string, string>>;
}

/** Sums up what was measured. */
export function processorReport(
  measured: Measured,
  { rounds, seconds }: Pick<BenchOptions, "rounds" | "seconds">,
): ProcessorReport {
  const { samples, skipped } = measured;
  const others = [...samples.keys()].filter((name) => name !== "gateway");
  const compared = (figure: (sample: Sample) => number) =>
    Object.fromEntries(
      others.flatMap((name) => {
        const ratio = pairedRatio(samples.get(name), samples.get("gateway"), figure);
        return ratio === undefined ? [] : [[name, ratio]];
      }),
    );
  const twenty = twentyBudgets(samples.get("budgets20"), samples.get("logRedis"));
  const halfLoad = halfLoadReport(measured);
  return {
    bench: "processor",
    machine: machineFigures(),
    settings: { rounds, seconds, connections, bodyBytes },
    stacks: Object.fromEntries([...samples].map(([name, list]) => [name, stackFigures(name, list)])),
    ratios: compared(({ throughput }) => throughput),
    cpuRatios: compared((sample) => 1 / totalCpuUs(sample)),
    ...(twenty === undefined ? {} : { budgets20: twenty }),
    ...(halfLoad === undefined ? {} : { halfLoad }),
    streams: measured.streams.filter((results) => results.size > 0).map(streamFigures),
    skipped: Object.fromEntries(skipped),
  };
}

/** Stacks of ours that did not answer every request as they should. */
export function failedStacks({ stacks: figures }: ProcessorReport): readonly string[] {
  return Object.entries(figures)
    .filter(([name, { failures }]) => failures > 0 && !mayFail(name as StackName))
    .map(([name, { failures, requests }]) => `${name}: ${failures} of ${requests} requests failed`);
}

function mayFail(name: StackName): boolean {
  return "mayFail" in stacks[name] || name === "liteLlm";
}

function stackFigures(name: StackName, samples: readonly Sample[]): StackFigures {
  const middle = (figure: (sample: Sample) => number, digits: number) =>
    round(median(samples.map(figure)), digits);
  const sum = (figure: (sample: Sample) => number) =>
    samples.reduce((total, sample) => total + figure(sample), 0);
  return {
    description: stacks[name].description,
    throughput: middle(({ throughput }) => throughput, 0),
    p50Ms: middle(({ p50Ms }) => p50Ms, 2),
    p99Ms: middle(({ p99Ms }) => p99Ms, 2),
    requests: sum(({ requests }) => requests),
    failures: sum(({ failures }) => failures),
    cpuUs: memberMedians(
      samples.map(({ cpuUs }) => cpuUs),
      0,
    ),
    rssMiB: memberMedians(
      samples.map(({ rssMiB }) => rssMiB),
      0,
    ),
    rounds: samples.map(({ throughput }) => Math.round(throughput)),
    othersShare: middle(({ othersShare }) => othersShare, 2),
  };
}

/** The median of the ratios of one round each. */
function pairedRatio(
  samples: readonly Sample[] | undefined,
  base: readonly Sample[] | undefined,
  figure: (sample: Sample) => number,
): number | undefined {
  const ratios = paired(samples, base).map(([sample, other]) => figure(sample) / figure(other));
  return ratios.length === 0 ? undefined : round(median(ratios), 3);
}

function totalCpuUs({ cpuUs }: Sample): number {
  return Object.values(cpuUs).reduce((sum, us) => sum + us, 0);
}

function budgetCpuUs({ cpuUs }: Sample): number {
  return (cpuUs["processor"] ?? 0) + (cpuUs["redis"] ?? 0);
}

function twentyBudgets(twenty: readonly Sample[] | undefined, one: readonly Sample[] | undefined) {
  const throughputRatio = pairedRatio(twenty, one, ({ throughput }) => throughput);
  const cpuRatio = pairedRatio(twenty, one, budgetCpuUs);
  return throughputRatio === undefined || cpuRatio === undefined ? undefined : { throughputRatio, cpuRatio };
}

function halfLoadReport({ halfLoad }: Measured): ProcessorReport["halfLoad"] {
  if (halfLoad === undefined) {
    return undefined;
  }
  const { rates, results } = halfLoad;
  const added = (key: "p50Ms" | "p99Ms") =>
    pairedDifference(results.get("log"), results.get("gateway"), (result) => result[key]);
  const [addedP50Ms, addedP99Ms] = [added("p50Ms"), added("p99Ms")];
  return {
    rate: Math.round(median(rates)),
    stacks: medianTable(results),
    ...(addedP50Ms === undefined ? {} : { addedP50Ms }),
    ...(addedP99Ms === undefined ? {} : { addedP99Ms }),
  };
}

function streamFigures(results: Samples<StreamsResult>): StreamFigures {
  const base = results.get("gateway");
  const added = [...results].flatMap(([name, list]) => {
    const p50Ms = pairedDifference(list, base, ({ delayP50Ms }) => delayP50Ms);
    const p99Ms = pairedDifference(list, base, ({ delayP99Ms }) => delayP99Ms);
    return name === "gateway" || p50Ms === undefined || p99Ms === undefined ? [] : [[name, { p50Ms, p99Ms }]];
  });
  const [first] = [...results.values()].flat();
  return { streams: first?.streams ?? 0, stacks: medianTable(results), added: Object.fromEntries(added) };
}

/** The median of the differences of one round each. */
function pairedDifference<Result>(
  results: readonly Result[] | undefined,
  base: readonly Result[] | undefined,
  figure: (result: Result) => number,
): number | undefined {
  const differences = paired(results, base).map(([result, other]) => figure(result) - figure(other));
  return differences.length === 0 ? undefined : round(median(differences), 2);
}

/** The results of the rounds that both have. */
function paired<Result>(
  results: readonly Result[] | undefined,
  base: readonly Result[] | undefined,
): readonly (readonly [Result, Result])[] {
  return (results ?? []).flatMap((result, index) => {
    const other = base?.[index];
    return other === undefined ? [] : [[result, other] as const];
  });
}

function medianTable(results: ReadonlyMap<string, readonly object[]>) {
  return Object.fromEntries(
    [...results].map(([name, list]) => [name, memberMedians(list.map(numbersOf), 2)]),
  );
}

function numbersOf(record: object): Record<string, number> {
  const numbers = Object.entries(record).filter(([, value]) => typeof value === "number");
  return Object.fromEntries(numbers) as Record<string, number>;
}
