import { join } from "node:path";
import { freePort } from "../../../cli/local/ports";
import type { AccessArgs } from "../../../components/budgets/accessArgs";
import { type BudgetArgs, Period, Settle } from "../../../components/budgets/budgetArgs";
import { type Cleanup, withCleanup } from "./cleanup";
import { gatewayPolicy, startGateway } from "./gatewayStack";
import { startLiteLlm } from "./liteLlm";
import { startBenchRedis, startProcessorProcess } from "./processorStack";
import { startSupervised } from "./supervised";
import type { Target } from "./traffic";

/** Whose time and memory is told apart. */
export type Role = "envoy" | "aiGateway" | "processor" | "redis" | "upstream" | "liteLlm" | "wrk";

/** A stack that answers. */
export interface RunningStack {
  readonly target: Target;
  readonly processes: Partial<Readonly<Record<Role, readonly number[]>>>;
  stop(): Promise<void>;
}

/** What stacks are made of. */
export interface StackParts {
  /** With `/v1`. */
  readonly upstreamUrl: string;
  /** The processor's one file. */
  readonly processor: string;
  /** LiteLLM's program; a sentence why there is none. */
  readonly liteLlm: { readonly program: string } | { readonly reason: string };
}

export interface Stack {
  readonly description: string;
  /** Whether answers other than 2xx are part of what is shown. */
  readonly mayFail?: boolean;
  start(parts: StackParts): Promise<RunningStack>;
}

export const tokens: BudgetArgs = { limit: { tokens: 10 ** 12 }, period: Period.Month, settle: Settle.Log };
export const dollars: BudgetArgs = { limit: { usd: 10 ** 6 }, period: Period.Month, settle: Settle.Stream };
const periods = [Period.Hour, Period.Day, Period.Week, Period.Month];
export const twenty = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => {
    const period = periods[index % periods.length] ?? Period.Month;
    return [`tokens-${index}`, { ...tokens, limit: { tokens: 10 ** 12 + index }, period }];
  }),
);

/** Every stack by its name, in the order of the report. */
export const stacks = {
  gateway: {
    description: "AI Gateway with Envoy alone, token counts on",
    start: async ({ upstreamUrl }) => {
      const gateway = await startGateway({ upstreamUrl });
      return running(gateway, {}, () => gateway.stop());
    },
  },
  noop: {
    description: "a plain grpc-js filter that does nothing, settings of log",
    mayFail: true,
    start: (parts) => startNoop(parts, "log"),
  },
  noopStream: {
    description: "the same with the answer's body in pieces",
    mayFail: true,
    start: (parts) => startNoop(parts, "stream"),
  },
  log: {
    description: "one token budget in memory, settled by the access log",
    start: (parts) => startBudgets(parts, { tokens }, false),
  },
  stream: {
    description: "one dollar budget in memory, settled by reading the answer",
    start: (parts) => startBudgets(parts, { dollars }, false),
  },
  logRedis: {
    description: "log, in Redis",
    start: (parts) => startBudgets(parts, { tokens }, true),
  },
  streamRedis: {
    description: "stream, in Redis",
    start: (parts) => startBudgets(parts, { dollars }, true),
  },
  budgets20: {
    description: "logRedis with 20 budgets on each request",
    start: (parts) => startBudgets(parts, twenty, true),
  },
  liteLlm: {
    description: "LiteLLM's proxy, two workers, token and request limits in Redis, no database",
    start: startLiteLlmStack,
  },
} as const satisfies Readonly<Record<string, Stack>>;

/** Name of a stack. */
export type StackName = keyof typeof stacks;
export const stackNames = Object.keys(stacks) as readonly StackName[];

function running(
  gateway: { readonly url: string; readonly envoyPid: number; readonly aiGatewayPid: number },
  others: RunningStack["processes"],
  stop: () => Promise<void>,
): RunningStack {
  const { url, envoyPid, aiGatewayPid } = gateway;
  return {
    target: { url },
    processes: { envoy: [envoyPid], aiGateway: [aiGatewayPid], ...others },
    stop,
  };
}

/** The gateway's objects are the same as with our processor; only what listens is another. */
function startNoop({ upstreamUrl }: StackParts, mode: "log" | "stream"): Promise<RunningStack> {
  return withCleanup(async (cleanup) => {
    let processorPort: number | undefined;
    const noop = cleanup.add(
      await startSupervised({
        command: process.execPath,
        args: () => ["--import", "tsx", join(__dirname, "noop.ts"), mode],
        isReady: (lines) => {
          const found = lines
            .map((line) => /^{"port":(\d+)}$/.exec(line)?.[1])
            .find((text) => text !== undefined);
          processorPort = found === undefined ? undefined : Number(found);
          return processorPort !== undefined;
        },
      }),
    );
    const gateway = cleanup.add(
      await startGateway({ upstreamUrl, budgets: { tokens }, processorPort: processorPort ?? 0 }),
    );
    return running(gateway, { processor: [noop.pid] }, () => cleanup.stop());
  });
}

/** Our processor in front of the gateway. */
export function startBudgets(
  { upstreamUrl, processor: program }: Pick<StackParts, "upstreamUrl" | "processor">,
  budgets: Readonly<Record<string, BudgetArgs>>,
  inRedis: boolean,
  access?: AccessArgs,
): Promise<RunningStack & { metrics(): Promise<string> }> {
  return withCleanup(async (cleanup) => {
    const processorPort = await freePort();
    const redis = inRedis ? cleanup.add(await startBenchRedis()) : undefined;
    const declaration = { upstreamUrl, processorPort, budgets, ...(access === undefined ? {} : { access }) };
    const processor = cleanup.add(
      await startProcessorProcess({
        program,
        policy: gatewayPolicy(declaration),
        port: processorPort,
        ...(redis === undefined ? {} : { redisUrl: `redis://127.0.0.1:${redis.port}` }),
      }),
    );
    const gateway = cleanup.add(await startGateway(declaration));
    const others = { processor: [processor.pid], ...(redis === undefined ? {} : { redis: [redis.pid] }) };
    return { ...running(gateway, others, () => cleanup.stop()), metrics: () => processor.metrics() };
  });
}

function startLiteLlmStack({ upstreamUrl, liteLlm }: StackParts): Promise<RunningStack> {
  if ("reason" in liteLlm) {
    throw new Error(liteLlm.reason);
  }
  return withCleanup(async (cleanup: Cleanup) => {
    const redis = cleanup.add(await startBenchRedis());
    const proxy = cleanup.add(await startLiteLlm(liteLlm.program, upstreamUrl, redis.port));
    return {
      target: proxy.target,
      processes: { liteLlm: proxy.pids, redis: [redis.pid] },
      stop: () => cleanup.stop(),
    };
  });
}
