import type { Policy } from "../policy/policy";
import { keepNewest } from "./bounded";
import { expectedFinding } from "./findings";
import type { ProcessorSettings } from "./processorSettings";
import type { Finding, Settleable, Settler } from "./settler";
import type { BudgetStore } from "./store";

/** Requests that the store is asked about at once. */
const askedAtOnce = 1_000;

/** A request between its admission and its settlement, at the replica that admitted it. */
export interface OpenRequest extends Settleable {
  /** Its answer is read: the end of it settles the request, better than the log can where it was cut. */
  readsAnswer: boolean;
  /** What the log said meanwhile. */
  logged: Finding | undefined;
}

/**
 * The requests of this replica that are not settled yet. Each is settled once from here: by its answer, by its log
 * entry, or, when that does not come in time, by what was expected of it.
 */
export class OpenRequests {
  private readonly open = new Map<string, OpenRequest>();
  /** Requests that are over and wait for their log entry, in the order in which they run out of time. */
  private readonly awaiting = new Map<string, number>();
  /** How well requests were settled whose log entry is still to come. */
  private readonly settled = new Map<string, "exact" | "estimated">();
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private askedAtMs = 0;

  constructor(
    private readonly store: BudgetStore,
    private readonly settler: Settler,
    private readonly settings: ProcessorSettings,
  ) {}

  get size(): number {
    return this.open.size;
  }

  get awaitingSize(): number {
    return this.awaiting.size;
  }

  add(request: OpenRequest): void {
    const { id, budgets } = request.reservation;
    this.open.set(id, request);
    if (budgets.length > 0) {
      this.store.keep(id);
    }
  }

  get(id: string): OpenRequest | undefined {
    return this.open.get(id);
  }

  /** How well a request was settled here whose log entry was still to come. */
  settledAs(id: string): "exact" | "estimated" | undefined {
    return this.settled.get(id);
  }

  /** Settles a request unless it is settled as well already. `isMarked`: its log entry will say that it is. */
  settle(request: OpenRequest, finding: Finding, isMarked = false): void {
    const { id } = request.reservation;
    const isOpen = this.open.delete(id);
    this.awaiting.delete(id);
    if (isOpen || (this.settled.get(id) === "estimated" && finding.kind !== "estimated")) {
      this.carryOut(request, finding, isMarked);
    }
  }

  /** Settles what another replica admitted, or what was settled here by less. */
  settleForeign(request: Settleable, finding: Finding): void {
    this.carryOut(request, finding, false);
  }

  /** Gives back what a request may hold that was not let through. */
  release(id: string, policy: Policy): void {
    const nothing = { id, charges: [], kind: "exact", reason: "error", policy } as const;
    this.follow(this.store.settle(nothing).then(() => {}));
  }

  /** The request is over and holds nothing: its log entry is enough whenever it comes. */
  drop({ reservation }: OpenRequest): void {
    this.open.delete(reservation.id);
  }

  /** The request is over; its log entry is to settle it. */
  awaitLog(request: OpenRequest): void {
    const { id } = request.reservation;
    if (!this.open.has(id)) {
      return;
    }
    this.awaiting.set(id, Date.now() + this.settings.logWaitMs);
    if (this.awaiting.size > this.settings.mostAwaiting) {
      this.endOldest();
    }
    this.schedule();
  }

  private endOldest(): void {
    for (const oldest of this.awaiting.keys()) {
      if (this.awaiting.size <= this.settings.mostAwaiting) {
        return;
      }
      this.end(oldest, false);
    }
  }

  /** Work that may still settle a request: nothing closes before it has ended. It must not reject. */
  follow(work: Promise<void>): void {
    this.running.add(work);
    const done = () => {
      this.running.delete(work);
    };
    work.then(done, done);
  }

  /** Waits for log entries as long as allowed, settles the rest, and resolves when the store has everything. */
  async close(timeoutMs: number): Promise<void> {
    const until = Date.now() + timeoutMs;
    while (this.awaiting.size > 0 && Date.now() < until) {
      await new Promise((done) => setTimeout(done, Math.min(50, timeoutMs)));
    }
    clearTimeout(this.timer);
    // What runs by now, such as a decision or the end of an answer, may have more to settle.
    await Promise.all(this.running);
    await this.giveUp([...this.awaiting.keys()]);
    await Promise.all(this.running);
  }

  private carryOut(request: Settleable, finding: Finding, isMarked: boolean): void {
    const { id } = request.reservation;
    if (isMarked) {
      this.settled.delete(id);
    } else {
      this.settled.set(id, finding.kind === "estimated" ? "estimated" : "exact");
      keepNewest(this.settled, this.settings.mostSettled);
    }
    const work = this.settler.settle(request, finding);
    if (work !== undefined) {
      this.follow(work);
    }
  }

  /** Settles what nobody else has settled: the log entry may have come to another replica. */
  private async giveUp(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      this.awaiting.delete(id);
    }
    for (let at = 0; at < ids.length; at += askedAtOnce) {
      const asked = ids.slice(at, at + askedAtOnce);
      const unsettled = await this.store.unsettledOf(asked);
      for (const id of asked) {
        this.end(id, !unsettled.has(id));
      }
    }
  }

  private end(id: string, isSettled: boolean): void {
    const request = this.open.get(id);
    this.awaiting.delete(id);
    if (request === undefined) {
      return;
    }
    if (isSettled) {
      this.open.delete(id);
      this.store.forget(id);
    } else {
      this.settle(request, expectedFinding(request.reservation));
    }
  }

  /** Those that run out of time shortly after each other are asked about together. */
  private schedule(): void {
    if (this.timer !== undefined) {
      return;
    }
    const [first] = this.awaiting.values();
    if (first !== undefined) {
      const atMs = Math.max(first, this.askedAtMs + this.settings.logWaitMs / 20);
      this.timer = setTimeout(() => this.giveUpOld(), Math.max(1, atMs - Date.now())).unref();
    }
  }

  private giveUpOld(): void {
    this.timer = undefined;
    const nowMs = Date.now();
    this.askedAtMs = nowMs;
    const due: string[] = [];
    for (const [id, untilMs] of this.awaiting) {
      if (untilMs > nowMs) {
        break;
      }
      due.push(id);
    }
    this.follow(this.giveUp(due));
    this.schedule();
  }
}
