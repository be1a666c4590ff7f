import { readdirSync, readFileSync } from "node:fs";
import { freePort } from "../../../cli/local/ports";
import { type BudgetArgs, Period } from "../../../components/budgets/budgetArgs";
import { type Scenario, scenario } from "../hotPath/envoy";
import { Cleanup } from "../processor/cleanup";
import { gatewayPolicy } from "../processor/gatewayStack";
import { processFigures } from "../processor/processFigures";
import { buildProcessor, type ProcessorProcess, startProcessorProcess } from "../processor/processorStack";
import { tokens } from "../processor/stacks";
import { Load, type LoadResult } from "./load";
import { Watchers } from "./watchers";

export interface StatusOptions {
  /** Each with processors of its own. */
  readonly rounds: number;
  /** How often each variant is measured in a round. */
  readonly turns: number;
  /** Of each measured run. */
  readonly seconds: number;
  readonly warmUp: number;
  /** Requests a second. */
  readonly rate: number;
  /** Pages that are open. */
  readonly watchers: number;
  /** Bars of the page; one of the budgets counts the requests. */
  readonly budgets: number;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * `off`: the processor has no page (`STATUS_PAGE=false`). `idle`: it has one, and nobody looks. `watched`: pages are
 * open.
 */
export const variantNames = ["off", "idle", "watched"] as const;
export type VariantName = (typeof variantNames)[number];

/** One measured run. */
export interface StatusSample extends LoadResult {
  /** Processor time of one request in microseconds, whatever it went to. */
  readonly cpuUs: number;
  readonly rssMiB: number;
  /** That all watchers together have read. */
  readonly snapshots: number;
}

export type StatusSamples = ReadonlyMap<VariantName, readonly StatusSample[]>;

/** The policy of so many budgets: one of tokens that counts each request, and others of teams that nobody is in. */
export function benchPolicy(budgets: number): string {
  const others = Array.from({ length: budgets - 1 }, (_, index): [string, BudgetArgs] => [
    `team-${index + 1}`,
    { per: "team", teams: [`team-${index + 1}`], limit: { tokens: 1_000_000 }, period: Period.Month },
  ]);
  return gatewayPolicy({
    upstreamUrl: "http://127.0.0.1:9999/v1",
    processorPort: 9002,
    access: { clientHeaders: { team: "x-team" } },
    budgets: {
      tokens,
      ...Object.fromEntries(others.map(([name, one]) => [name, { ...one, trustClientHeaders: true }])),
    },
  });
}

/**
 * Measures the three variants in short turns, every other one backwards, so that what changes on the machine meanwhile
 * changes all of them. Each round has processors of its own, since one that was compiled another way would be faster or
 * slower in all of its turns. Answers a sample for each turn.
 */
export async function benchStatus(options: StatusOptions): Promise<StatusSamples> {
  const { rounds, turns, progress, signal } = options;
  const program = await buildProcessor(signal);
  const policy = benchPolicy(options.budgets);
  const traffic = scenario("log");
  const samples = new Map<VariantName, StatusSample[]>(variantNames.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    const cleanup = new Cleanup();
    try {
      const stands = await startBoth(program, policy, traffic, options, cleanup);
      for (let turn = 1; turn <= turns; turn += 1) {
        const names = turn % 2 === 1 ? variantNames : [...variantNames].reverse();
        for (const name of names) {
          samples.get(name)?.push(await measure(name === "off" ? stands.off : stands.on, name, options));
        }
      }
      const means = variantNames.map((name) => `${name} ${meanUs(samples.get(name)?.slice(-turns) ?? [])}`);
      progress(`round ${round} of ${rounds}, microseconds of a request: ${means.join(", ")}`);
    } finally {
      await cleanup.stop();
    }
  }
  return samples;
}

function meanUs(samples: readonly StatusSample[]): string {
  return (samples.reduce((sum, { cpuUs }) => sum + cpuUs, 0) / samples.length).toFixed(0);
}

/** A processor, and who asks it. */
interface Stand {
  readonly processor: ProcessorProcess;
  readonly load: Load;
}

async function startBoth(
  program: string,
  policy: string,
  traffic: Scenario,
  { rate, warmUp, signal }: StatusOptions,
  cleanup: Cleanup,
): Promise<{ readonly off: Stand; readonly on: Stand }> {
  const start = async (statusPage: boolean): Promise<Stand> => {
    const port = await freePort();
    const processor = cleanup.add(await startProcessorProcess({ program, policy, statusPage, port }));
    const load = cleanup.add(new Load(port, traffic));
    if (warmUp > 0) {
      await load.run(rate, warmUp, signal);
    }
    return { processor, load };
  };
  return { off: await start(false), on: await start(true) };
}

async function measure(
  { processor, load }: Stand,
  name: VariantName,
  { rate, seconds, watchers: count, signal }: StatusOptions,
): Promise<StatusSample> {
  const watchers = name === "watched" ? await Watchers.open(processor.eventsUrl, count) : undefined;
  try {
    const before = usedUs(processor);
    const result = await load.run(rate, seconds, signal);
    const after = usedUs(processor);
    const snapshots = watchers?.snapshots ?? 0;
    if (watchers !== undefined && snapshots < (count * seconds) / 2) {
      throw new Error(`${count} pages got ${snapshots} snapshots in ${seconds} s`);
    }
    return {
      ...result,
      cpuUs: (after - before) / result.requests,
      rssMiB: processFigures(processor.pid)?.rssMiB ?? 0,
      snapshots,
    };
  } finally {
    watchers?.stop();
  }
}

/** Time of all threads on a processor, to the nanosecond: ticks are too coarse for a turn. */
function usedUs({ pid }: ProcessorProcess): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((id) =>
    Number(readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8").split(" ")[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1000;
}
