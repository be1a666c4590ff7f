import { setTimeout as wait } from "node:timers/promises";
import { LedgerCallError } from "../ledger/errors";
import type { Settlement } from "../ledger/ledger";
import type { Policy } from "../policy/policy";
import { codeOf } from "./storeHealth";
import type { Telemetry } from "./telemetry";

/** What is to be told to the ledger, and the policy that it was worked out by. */
export interface PendingSettlement {
  readonly settlement: Settlement;
  readonly policy: Policy;
  /** By the ledger's clock: when the request was first reported. */
  reportedAtMs: number;
  /** When the ledger was first told without an answer, so that it may know it or not; `undefined` when it never was. */
  uncertainSinceMs: number | undefined;
}

export interface SettleQueueOptions {
  readonly telemetry: Telemetry;
  /** Rejects when the ledger did not take it. */
  readonly settle: (pending: PendingSettlement) => Promise<unknown>;
  /** Whether there is any use in trying. */
  readonly isUp: () => boolean;
  /** Beyond this the oldest is dropped. */
  readonly limit: number;
  /** The first and the longest wait between two attempts, in milliseconds. */
  readonly retryMs: { readonly first: number; readonly most: number };
}

interface Item {
  readonly pending: PendingSettlement;
  refusals: number;
}

/** Told to the ledger at once; its own calls travel together. */
const batchSize = 32;
/** An item that the store refuses this often while it takes others is given up. */
const mostRefusals = 20;

/**
 * Settlements that the ledger has not taken yet, oldest first, one for each reservation. They may be told twice: the
 * ledger goes by the reservation's id.
 */
export class SettleQueue {
  readonly #items = new Map<string, Item>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #waitMs: number;

  constructor(private readonly options: SettleQueueOptions) {
    this.#waitMs = options.retryMs.first;
  }

  get size(): number {
    return this.#items.size;
  }

  add(pending: PendingSettlement): void {
    const { id, kind } = pending.settlement;
    const known = this.#items.get(id)?.pending;
    if (known !== undefined) {
      // As in the ledger: only an exact report says more than one that is there.
      if (kind !== "exact" || known.settlement.kind === "exact") {
        return;
      }
      pending.reportedAtMs = Math.min(pending.reportedAtMs, known.reportedAtMs);
      pending.uncertainSinceMs = known.uncertainSinceMs ?? pending.uncertainSinceMs;
    }
    this.#items.set(id, { pending, refusals: 0 });
    if (this.#items.size > this.options.limit) {
      this.#dropOldest();
    }
    this.#retryLater();
  }

  /** Tells the ledger what it will take now. */
  async flush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
      if (this.#items.size > 0) {
        this.#retryLater();
      }
    });
    await this.#flushing;
  }

  /** Goes on until all is told or the time is over; what is left is given up, and said so. */
  async close(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    await this.flush();
    while (this.#items.size > 0 && performance.now() < endMs) {
      await wait(Math.min(50, timeoutMs));
      await this.flush();
    }
    clearTimeout(this.#timer);
    if (this.#items.size > 0) {
      this.#failed("settle_dropped", `${this.#items.size} settlements were not told to the ledger`);
      this.#items.clear();
    }
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#items.size > 0) {
      if (!(await this.#flushBatch())) {
        this.#waitMs = Math.min(this.#waitMs * 2, this.options.retryMs.most);
        return;
      }
      this.#waitMs = this.options.retryMs.first;
    }
  }

  /** False when the ledger took nothing. */
  async #flushBatch(): Promise<boolean> {
    const batch = [...take(this.#items, batchSize)];
    const results = await Promise.allSettled(batch.map(([, item]) => this.options.settle(item.pending)));
    const failed: [string, Item, unknown][] = [];
    results.forEach((result, index) => {
      const [id, item] = batch[index] ?? [];
      if (id === undefined || item === undefined) {
        return;
      }
      if (result.status === "fulfilled") {
        this.#forget(id, item);
      } else if (result.reason instanceof LedgerCallError) {
        this.#forget(id, item);
        this.options.telemetry.failure("settle_rejected", result.reason);
      } else {
        failed.push([id, item, result.reason]);
      }
    });
    if (failed.length === batch.length) {
      return false;
    }
    for (const [id, item, error] of failed) {
      this.#putBack(id, item, error);
    }
    return true;
  }

  /** Behind all others, so that one that the store never takes holds up none of them. */
  #putBack(id: string, item: Item, error: unknown): void {
    if (this.#items.get(id) !== item) {
      return;
    }
    this.#items.delete(id);
    item.refusals += codeOf(error) === "store_refused" ? 1 : 0;
    if (item.refusals < mostRefusals) {
      this.#items.set(id, item);
    } else {
      this.options.telemetry.failure("settle_dropped", error);
    }
  }

  #forget(id: string, item: Item): void {
    // A better report may have taken its place meanwhile.
    if (this.#items.get(id) === item) {
      this.#items.delete(id);
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#items.keys();
    if (oldest !== undefined) {
      this.#items.delete(oldest);
      this.#failed("settle_dropped", `more than ${this.options.limit} settlements wait for the ledger`);
    }
  }

  #failed(code: string, message: string): void {
    this.options.telemetry.failure(code, new Error(message));
  }

  #retryLater(): void {
    if (this.#timer === undefined && this.#flushing === undefined) {
      this.#timer = setTimeout(() => this.#retry(), this.#waitMs);
      this.#timer.unref();
    }
  }

  #retry(): void {
    this.#timer = undefined;
    // Whoever finds the store up again flushes.
    if (this.options.isUp()) {
      void this.flush();
    }
  }
}

function* take<K, V>(entries: Iterable<[K, V]>, most: number): Generator<[K, V]> {
  let count = 0;
  for (const entry of entries) {
    if (count >= most) {
      return;
    }
    count += 1;
    yield entry;
  }
}
