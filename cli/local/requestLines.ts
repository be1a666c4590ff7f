import { keepNewest } from "../../extproc/service/bounded";
import type { RequestSummary } from "../../extproc/service/summary";
import type { AccessLogEntry } from "./accessLog";

/** What becomes of an entry of the access log once it is known what it cost. */
export interface RequestLinesOptions {
  /** Shows a request: in the order of the access log, each once. */
  readonly show: (entry: AccessLogEntry, summary: RequestSummary | undefined) => void;
  /** Whether the processor will have something to say about an entry. */
  readonly isCounted: (entry: AccessLogEntry) => boolean;
  /** How long an entry waits for that, in milliseconds. Default: 1,500, since Envoy reports every second. */
  readonly waitMs?: number;
}

/** Summaries without an entry that are remembered. */
const mostUnclaimed = 1_000;

interface Waiting {
  readonly entry: AccessLogEntry;
  readonly dueMs: number;
  summary: RequestSummary | undefined;
}

/**
 * Brings together what the access log and the processor say about a request; either may come first. An entry without
 * a summary is shown all the same, later, and those behind it wait with it, so that the order stays.
 */
export class RequestLines {
  readonly #waitMs: number;
  readonly #waiting: Waiting[] = [];
  /** By request id, which clients may use again: the oldest first. */
  readonly #unclaimed = new Map<string, RequestSummary[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: RequestLinesOptions) {
    this.#waitMs = options.waitMs ?? 1_500;
  }

  addEntry(entry: AccessLogEntry): void {
    const isCounted = this.options.isCounted(entry);
    const dueMs = performance.now() + (isCounted ? this.#waitMs : 0);
    this.#waiting.push({ entry, dueMs, summary: isCounted ? this.#claim(entry.requestId) : undefined });
    this.#showDue();
  }

  addSummary(summary: RequestSummary): void {
    const { requestId } = summary;
    const waiting = this.#waiting.find(
      (one) => one.entry.requestId === requestId && isBetter(summary, one.summary),
    );
    if (waiting !== undefined) {
      waiting.summary = summary;
      this.#showDue();
      return;
    }
    const others = this.#unclaimed.get(requestId) ?? [];
    const last = others.at(-1);
    const kept = last !== undefined && isBetter(summary, last) ? others.slice(0, -1) : others;
    this.#unclaimed.set(requestId, [...kept, summary]);
    keepNewest(this.#unclaimed, mostUnclaimed);
  }

  /** Shows what waits, as it is. */
  flush(): void {
    clearTimeout(this.#timer);
    for (const { entry, summary } of this.#waiting.splice(0)) {
      this.options.show(entry, summary);
    }
  }

  #claim(requestId: string): RequestSummary | undefined {
    const [first, ...others] = this.#unclaimed.get(requestId) ?? [];
    if (others.length > 0) {
      this.#unclaimed.set(requestId, others);
    } else {
      this.#unclaimed.delete(requestId);
    }
    return first;
  }

  #showDue(): void {
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined) {
        return;
      }
      if (first.summary === undefined && first.dueMs > nowMs) {
        this.#timer = setTimeout(() => this.#showDue(), Math.ceil(first.dueMs - nowMs));
        return;
      }
      this.#waiting.shift();
      this.options.show(first.entry, first.summary);
    }
  }
}

/** An exact report corrects an estimate of the same request. */
function isBetter(summary: RequestSummary, before: RequestSummary | undefined): boolean {
  return before === undefined || (before.kind === "estimated" && summary.kind === "exact");
}
