import { setTimeout as delay } from "node:timers/promises";
import { type BudgetArgs, Period, type Settle } from "../../../components/budgets/budgetArgs";
import { metricNames } from "../../../extproc/service/metricNames";
import { runProgram } from "../../../tools/runProgram";
import { Cleanup } from "../processor/cleanup";
import { benchModel } from "../processor/gatewayStack";
import { processFigures } from "../processor/processFigures";
import { buildProcessor } from "../processor/processorStack";
import { startBudgets } from "../processor/stacks";
import { bodyBytes, connections } from "../processor/traffic";
import {
  type RunningUpstream,
  startUpstream,
  trafficProgram,
  type UpstreamStats,
} from "../processor/upstream";
import type { ClientCounts, MemorySample, SoakOutcome } from "./checks";
import { metricSum, metricValues } from "./metrics";

/** Tells the streams that are cut from all else, so that a budget of each says what that was charged. */
const teamHeader = "x-bench-team";
const teams = ["whole", "cut"] as const;

export interface SoakOptions {
  readonly requests: number;
  readonly mode: Settle;
  readonly inRedis: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Between two lines of progress, in samples of a second each. */
const linesEvery = 10;
/** For log entries, and for holds of what was cut, to come in. */
const settleTimeoutMs = 60_000;

/** Sends mixed traffic at full speed through the whole stack, and gathers what it came to. */
export async function soak(options: SoakOptions): Promise<SoakOutcome> {
  const { requests, mode, inRedis, signal, progress } = options;
  const cleanup = new Cleanup();
  try {
    const program = await trafficProgram(signal);
    const upstream = cleanup.add(await startUpstream(program));
    const parts = { upstreamUrl: upstream.url, processor: await buildProcessor(signal) };
    const stack = cleanup.add(
      await startBudgets(parts, budgetsOf(mode), inRedis, { clientHeaders: { team: teamHeader } }),
    );
    const [pid = 0] = stack.processes.processor ?? [];
    progress(
      `the stack runs; ${requests} requests, settled by ${mode}, ${inRedis ? "in Redis" : "in memory"}`,
    );
    const memory: MemorySample[] = [];
    const client = await runClient(program, stack.target.url, options, (counts) => {
      const rssMiB = processFigures(pid)?.rssMiB;
      if (rssMiB === undefined) {
        throw new Error("The processor has ended during the soak.");
      }
      memory.push({ sent: counts.sent, rssMiB });
      if (memory.length % linesEvery === 0) {
        progress(progressLine(counts, requests, memory));
      }
    });
    const settled = await whenSettled(stack.metrics, upstream, signal);
    return { requests, mode, client, memory, ...(await ledgerFigures(stack, settled)) };
  } finally {
    await cleanup.stop();
  }
}

function budgetsOf(settle: Settle): Readonly<Record<string, BudgetArgs>> {
  const limit = { tokens: 10 ** 12 };
  return Object.fromEntries(
    teams.map((team) => [
      team,
      { teams: [team], limit, period: Period.Year, settle, trustClientHeaders: true },
    ]),
  );
}

async function runClient(
  program: string,
  url: string,
  { requests, signal }: SoakOptions,
  onCounts: (counts: ClientCounts) => void,
): Promise<ClientCounts> {
  const values = { url, model: benchModel, size: bodyBytes, connections, requests };
  const args = Object.entries(values).flatMap(([name, value]) => [`-${name}`, String(value)]);
  let failure: unknown;
  const ended = new AbortController();
  const { code, tail } = await runProgram(program, ["soak", ...args], {
    signal: AbortSignal.any([signal, ended.signal]),
    onLine: (line) => {
      try {
        onCounts(JSON.parse(line) as ClientCounts);
      } catch (error) {
        failure = error;
        ended.abort(error);
      }
    },
  });
  if (failure !== undefined || code !== 0) {
    throw failure ?? new Error(`The client ended with ${code}:\n${tail.join("\n")}`);
  }
  return JSON.parse(tail.at(-1) ?? "") as ClientCounts;
}

function progressLine(counts: ClientCounts, requests: number, memory: readonly MemorySample[]): string {
  const rate = (counts.sent - (memory.at(-linesEvery - 1)?.sent ?? 0)) / linesEvery;
  const rss = memory.at(-1)?.rssMiB.toFixed(0);
  const bad = `${counts.lost} lost, ${counts.unexpected} with another status`;
  return `${counts.sent} of ${requests}, ${Math.round(rate)} requests/s, ${bad}, processor ${rss} MiB`;
}

/** Waits until no reservation is open, and the model server has noticed the streams that were cut. */
async function whenSettled(
  metrics: () => Promise<string>,
  upstream: RunningUpstream,
  signal: AbortSignal,
): Promise<UpstreamStats> {
  const deadline = Date.now() + settleTimeoutMs;
  for (;;) {
    const before = await upstream.stats();
    await delay(1_000, undefined, { signal });
    const after = await upstream.stats();
    const isQuiet = JSON.stringify(before) === JSON.stringify(after);
    if ((isQuiet && metricSum(await metrics(), metricNames.holdsLive) === 0) || Date.now() > deadline) {
      return after;
    }
  }
}

/**
 * What the ledger says, by the processor's metrics. Those tell the fullest state since the last look: so there is one
 * look, then a request for each budget that costs nothing, then the look that counts.
 */
async function ledgerFigures(
  { target, metrics }: { readonly target: { readonly url: string }; metrics(): Promise<string> },
  stats: UpstreamStats,
): Promise<Omit<SoakOutcome, "requests" | "mode" | "client" | "memory">> {
  const { holdsLive, used, failures, settles } = metricNames;
  const holds = metricSum(await metrics(), holdsLive);
  for (const team of teams) {
    const answer = await fetch(`${target.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-bench-status": "500", [teamHeader]: team },
      body: JSON.stringify({ model: benchModel, messages: [{ role: "user", content: "Nothing." }] }),
    });
    await answer.text();
  }
  const text = await metrics();
  return {
    delivered: stats.promptTokens + stats.completionTokens,
    deliveredCut: stats.cutPromptTokens + stats.cutCompletionTokens,
    charged: metricSum(text, used, { budget: "whole" }),
    chargedCut: metricSum(text, used, { budget: "cut" }),
    holds,
    failures: metricSum(text, failures),
    settles: metricValues(text, settles, ["source", "kind"]),
  };
}
