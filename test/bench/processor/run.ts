import { setTimeout as delay } from "node:timers/promises";
import { Cleanup } from "./cleanup";
import { getLiteLlm } from "./liteLlm";
import { measure, type Sample } from "./measure";
import { buildProcessor } from "./processorStack";
import { type RunningStack, type Stack, type StackName, type StackParts, stacks } from "./stacks";
import { type LoadResult, runLoad, runStreams, runWrk, type StreamsResult, whyNoWrk } from "./traffic";
import { startUpstream, trafficProgram } from "./upstream";

export interface BenchOptions {
  /** Stacks to run, in their order. */
  readonly names: readonly StackName[];
  readonly rounds: number;
  /** Of each measured run, after the warm-up. */
  readonly seconds: number;
  readonly warmUp: number;
  /** Streams at a time, one part of the benchmark for each number. */
  readonly streams: readonly number[];
  /** Whether latency at half the gateway's throughput is measured. */
  readonly halfLoad: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Everything that was measured, as it was measured. */
export interface Measured {
  readonly samples: Samples<Sample>;
  readonly halfLoad: HalfLoad | undefined;
  /** One for each number of streams. */
  readonly streams: readonly Samples<StreamsResult>[];
  /** Stacks that could not run, and why. */
  readonly skipped: ReadonlyMap<StackName, string>;
}

/** By stack: one result for each round. */
export type Samples<Result> = ReadonlyMap<StackName, readonly Result[]>;

/** For connections and ports of the stack before. */
const restMs = 300;
/** Latency at half of what the gateway could do at the time. */
export interface HalfLoad {
  /** Requests per second of each round. */
  readonly rates: readonly number[];
  readonly results: Samples<LoadResult>;
}

/** Stacks whose latency at half load is told. */
const halfLoadNames: readonly StackName[] = ["gateway", "log"];
/** Stacks whose chunks are timed. */
const streamNames: readonly StackName[] = ["gateway", "log", "stream"];
const streamSeconds = 8;

/**
 * Runs all stacks in turn, round after round, every other round backwards, so that what changes on the machine meanwhile
 * changes all of them. Each is started, warmed up, measured and stopped: only one gateway can run on a machine.
 */
export async function benchProcessor(options: BenchOptions): Promise<Measured> {
  const { signal, progress } = options;
  const missing = await whyNoWrk();
  if (missing !== undefined) {
    throw new Error(missing);
  }
  const cleanup = new Cleanup();
  try {
    const program = await trafficProgram(signal);
    const upstream = cleanup.add(await startUpstream(program));
    const wantsLiteLlm = options.names.includes("liteLlm");
    const liteLlm = wantsLiteLlm ? await getLiteLlm(signal, progress) : { reason: "not asked for" };
    const processor = await buildProcessor(signal);
    const parts = { upstreamUrl: upstream.url, processor, liteLlm };
    const bench = new Bench(options, parts, program, upstream.pid);
    return await bench.run();
  } finally {
    await cleanup.stop();
  }
}

class Bench {
  private readonly skipped = new Map<StackName, string>();

  constructor(
    private readonly options: BenchOptions,
    private readonly parts: StackParts,
    private readonly program: string,
    private readonly upstreamPid: number,
  ) {}

  async run(): Promise<Measured> {
    const { names, halfLoad, streams } = this.options;
    const samples = await this.rounds("full load", names, (stack) => this.measure(stack), tellSample);
    return {
      samples,
      halfLoad: halfLoad && names.includes("gateway") ? await this.halfLoad() : undefined,
      streams: await this.streamParts(streams),
      skipped: this.skipped,
    };
  }

  private measure(stack: RunningStack): Promise<Sample> {
    const processes = { ...stack.processes, upstream: [this.upstreamPid] };
    return measure(stack, processes, this.options, this.options.signal);
  }

  /**
   * A machine that is shared is now faster, now slower: each round begins with what the gateway can do just then, and
   * has both at half of that.
   */
  private async halfLoad(): Promise<HalfLoad> {
    const { rounds } = this.options;
    const names = this.named(halfLoadNames);
    const rates: number[] = [];
    const results = new Map<StackName, LoadResult[]>(names.map((name) => [name, []]));
    for (let round = 1; round <= rounds; round++) {
      const rate = await this.halfRate();
      rates.push(rate);
      for (const name of round % 2 === 1 ? names : [...names].reverse()) {
        const result = await this.withStack(name, (stack) => this.load(stack, rate));
        if (result !== undefined) {
          results.get(name)?.push(result);
          const title = `half load (${rate} requests/s), round ${round} of ${rounds}, ${name}`;
          this.options.progress(`${title}: ${tellLoad(result)}`);
        }
      }
    }
    return { rates, results };
  }

  private async halfRate(): Promise<number> {
    const { warmUp, seconds, signal } = this.options;
    const best = await this.withStack("gateway", async ({ target }) => {
      await runWrk(target, warmUp, signal);
      return runWrk(target, seconds, signal);
    });
    return best === undefined ? 1 : Math.max(1, Math.round(best.requests / best.seconds / 2));
  }

  private async load({ target }: RunningStack, rate: number): Promise<LoadResult> {
    const { warmUp, seconds, signal } = this.options;
    await runWrk(target, warmUp, signal);
    return runLoad(this.program, target, rate, seconds, signal);
  }

  private async streamParts(counts: readonly number[]): Promise<readonly Samples<StreamsResult>[]> {
    const parts: Samples<StreamsResult>[] = [];
    for (const count of counts) {
      parts.push(await this.streams(count));
    }
    return parts;
  }

  private streams(streams: number): Promise<Samples<StreamsResult>> {
    const { warmUp, signal } = this.options;
    return this.rounds(
      `${streams} streams`,
      this.named(streamNames),
      async ({ target }) => {
        await runWrk(target, warmUp, signal);
        return runStreams(this.program, target, { streams, tokens: streamSeconds * 100 }, signal);
      },
      ({ delayP50Ms, delayP99Ms, failed }) =>
        `chunks on their way p50 ${delayP50Ms.toFixed(2)} ms, p99 ${delayP99Ms.toFixed(2)} ms, ${failed} failed`,
    );
  }

  private named(wanted: readonly StackName[]): readonly StackName[] {
    return this.options.names.filter((name) => wanted.includes(name));
  }

  private async rounds<Result>(
    title: string,
    names: readonly StackName[],
    run: (stack: RunningStack) => Promise<Result>,
    tell: (result: Result) => string,
  ): Promise<Samples<Result>> {
    const { rounds, progress } = this.options;
    const results = new Map<StackName, Result[]>(names.map((name) => [name, []]));
    for (let round = 1; round <= rounds; round++) {
      for (const name of round % 2 === 1 ? names : [...names].reverse()) {
        const result = await this.withStack(name, run);
        if (result !== undefined) {
          results.get(name)?.push(result);
          progress(`${title}, round ${round} of ${rounds}, ${name}: ${tell(result)}`);
        }
      }
    }
    return new Map([...results].filter(([, list]) => list.length > 0));
  }

  /** Undefined when the stack cannot run here: only LiteLLM may be missing. */
  private async withStack<Result>(
    name: StackName,
    run: (stack: RunningStack) => Promise<Result>,
  ): Promise<Result | undefined> {
    const { signal, progress } = this.options;
    signal.throwIfAborted();
    if (this.skipped.has(name)) {
      return undefined;
    }
    await delay(restMs);
    try {
      return await this.runOnce(stacks[name], run);
    } catch (error) {
      if (name !== "liteLlm" || signal.aborted) {
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.skipped.set(name, reason);
      progress(`${name} is left out: ${reason}`);
      return undefined;
    }
  }

  private async runOnce<Result>(definition: Stack, run: (stack: RunningStack) => Promise<Result>) {
    const stack = await definition.start(this.parts);
    try {
      return await run(stack);
    } finally {
      await stack.stop();
    }
  }
}

function tellSample({ throughput, p50Ms, p99Ms, failures, othersShare }: Sample): string {
  const noise = othersShare > 0.1 ? `, other programs use ${othersShare.toFixed(1)} processors` : "";
  const times = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
  return `${Math.round(throughput)} requests/s, ${times}, ${failures} failed${noise}`;
}

/** Half of what the gateway alone answers; undefined when it was not measured. */
function tellLoad({ p50Ms, p99Ms, failed }: LoadResult): string {
  return `p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${failed} failed`;
}
