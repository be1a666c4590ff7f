import type { PolicyDocument } from "../../extproc/contract";
import type { RedisConnection } from "../../extproc/ledger/redisClient";
import { type RunningProcessor, startProcessor } from "../../extproc/processor";
import { defaultSettings } from "../../extproc/service/settings";
import { statusPath } from "../../extproc/service/status/statusPage";
import type { RequestSummary } from "../../extproc/service/summary";
import { type ProcessorLogOptions, processorLog } from "./processorLog";

/** The budget processor of a gateway on this machine. */
export interface LocalProcessor {
  /** Where Envoy finds it, on 127.0.0.1. */
  readonly port: number;
  /** Where Prometheus would find its metrics. */
  readonly metricsUrl: string;
  /** A page that shows budgets and spend as they change. */
  readonly statusUrl: string;
  /** Calls back for every later request that is over, until the function that it returns is called. */
  onSummary(listener: (summary: RequestSummary) => void): () => void;
  /** Puts another policy document in force. */
  use(policy: string): void;
  /** Lets requests pass uncounted meanwhile, to every model, whatever budgets and rules say. */
  withoutBudgets<Result>(run: () => Promise<Result>): Promise<Result>;
  /** Settles what is under way, and ends. For when the gateway has ended. */
  stop(): Promise<void>;
}

export interface LocalProcessorOptions extends ProcessorLogOptions {
  /** The policy document, as text. */
  readonly policy: string;
  /** The keys file, as text; absent where the policy names no keys. */
  readonly keys?: string | undefined;
  /** Absent: this process' own memory. */
  readonly redis: RedisConnection | undefined;
  /** Counters of one name in one Redis are the same counters. */
  readonly ledgerName: string;
}

/**
 * A Redis in a container on a laptop is slower than one beside a processor, and this process does more than to decide
 * about budgets.
 */
const storeTimeoutMs = 1_000;
/** Envoy sends its log every second; once it has ended, nothing more comes. */
const logWaitMs = 3_000;
const drainMs = 1_000;
/** How long whoever asked it to end waits in all for a store that is gone. */
const patienceMs = 4_000;

/** Starts the processor in this process, on free ports that only this machine reaches. */
export async function startLocalProcessor(options: LocalProcessorOptions): Promise<LocalProcessor> {
  const { redis, ledgerName } = options;
  const listeners = new Set<(summary: RequestSummary) => void>();
  let document = JSON.parse(options.policy) as object;
  const running = await startProcessor({
    settings: {
      ...defaultSettings,
      port: 0,
      healthPort: 0,
      host: "127.0.0.1",
      store: redis === undefined ? { kind: "memory" } : { kind: "redis", connection: redis },
      ledgerName,
      storeTimeoutMs,
      drainDelayMs: 0,
      drainMs,
      logWaitMs,
      logLevel: options.onOutput === undefined ? "warn" : "info",
      // A policy comes from the declaration that was just resolved: nobody mistook its units meanwhile.
      allowJump: true,
    },
    policy: document,
    ...(options.keys === undefined ? {} : { keys: JSON.parse(options.keys) as object }),
    log: processorLog(options),
    onRequest: (summary) => {
      for (const listener of listeners) {
        listener(summary);
      }
    },
  });
  return {
    port: running.port,
    metricsUrl: `http://127.0.0.1:${running.healthPort}/metrics`,
    statusUrl: `http://127.0.0.1:${running.healthPort}${statusPath}`,
    onSummary(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    use(policy) {
      const next = JSON.parse(policy) as object;
      putInForce(running, next);
      document = next;
    },
    async withoutBudgets(run) {
      putInForce(running, { ...withoutRules(document), budgets: {} });
      try {
        return await run();
      } finally {
        putInForce(running, document);
      }
    },
    async stop() {
      const hurry = setTimeout(() => void running.close(), patienceMs);
      await running.drain(0);
      clearTimeout(hurry);
    },
  };
}

/** Whoever calls then may call every model. */
function withoutRules(document: object): object {
  const { access, ...others } = document as PolicyDocument;
  return access === undefined ? document : { ...others, access: { ...access, rules: undefined } };
}

function putInForce(running: RunningProcessor, document: object): void {
  const problems = running.update(document);
  if (problems.length > 0) {
    throw new Error(`the processor refuses its policy: ${problems.map(({ path }) => path).join(", ")}`);
  }
}
