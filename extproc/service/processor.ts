import { type KeyRing, noKeys } from "../policy/keyRing";
import type { Policy } from "../policy/policy";
import type { MessageHandler } from "../wire/messages";
import { Admissions } from "./admission";
import { Exchange } from "./exchange";
import { LogReports } from "./logReports";
import { Knowledge } from "./modelKnowledge";
import { OpenRequests } from "./openRequests";
import { OverflowMemory } from "./overflowMemory";
import { type ProcessorSettings, processorDefaults } from "./processorSettings";
import { Settler } from "./settler";
import type { BudgetStore } from "./store";
import type { OnRequest, RequestSummary } from "./summary";
import type { Telemetry } from "./telemetry";

export interface ProcessorOptions {
  /** The policy of now: asked once for each request, which keeps it. */
  readonly policy: () => Policy;
  /** The keys of now. Default: none, so that nobody gets in by one. */
  readonly keys?: () => KeyRing;
  /** Milliseconds since 1970, for keys that count for a time. Default: the system's clock. */
  readonly now?: () => number;
  readonly store: BudgetStore;
  readonly telemetry: Telemetry;
  /** Default: `processorDefaults`. */
  readonly settings?: Partial<ProcessorSettings>;
  /** Told of every request that is over. Default: nobody is. */
  readonly onRequest?: OnRequest;
}

/** Decides on requests and settles them. */
export interface Processor extends MessageHandler {
  /** Requests that were admitted here and are not settled. */
  readonly openRequests: number;
  /** Of those, the ones that are over and wait for their log entry. */
  readonly awaitingLog: number;
  /**
   * For when the streams are over: waits for log entries as long as allowed, then settles the rest by what was
   * expected. Resolves when the store has everything.
   */
  close(timeoutMs: number): Promise<void>;
}

/** A processor of requests and access logs: what it is made of, put together. */
export function processor(options: ProcessorOptions): Processor {
  const { policy, store, telemetry } = options;
  const settings = { ...processorDefaults, ...options.settings };
  const onRequest = guarded(options.onRequest, telemetry);
  const knowledge = new Knowledge();
  const settler = new Settler(store, telemetry, knowledge, onRequest, settings.mostSettled);
  const requests = new OpenRequests(store, settler, settings);
  const overflows = new OverflowMemory(settings.mostOverflows);
  const admissions = new Admissions(store, telemetry, knowledge, overflows);
  const reports = new LogReports(policy, telemetry, knowledge, requests);
  const { keys = () => noKeys, now = Date.now } = options;
  const parts = { policy, keys, now, settings, telemetry, knowledge, store, admissions, requests, onRequest };
  return {
    open: (send) => new Exchange(parts, send),
    log(entries) {
      for (const entry of entries) {
        reports.take(entry);
      }
    },
    get openRequests() {
      return requests.size;
    },
    get awaitingLog() {
      return requests.awaitingSize;
    },
    close: (timeoutMs) => requests.close(timeoutMs),
  };
}

/** What listens must not change what happens to a request. */
function guarded(onRequest: OnRequest | undefined, telemetry: Telemetry): OnRequest | undefined {
  return onRequest === undefined
    ? undefined
    : (summary: RequestSummary) => {
        try {
          onRequest(summary);
        } catch (error) {
          telemetry.failure("on_request", error);
        }
      };
}
