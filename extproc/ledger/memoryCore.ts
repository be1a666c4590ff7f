import { type Plan, planReserve, type Verdict } from "./answers";
import { cellRef } from "./cellRefs";
import { cellKey, cellPlan, chargePlan, pickWindow } from "./cells";
import { DeadlineHeap } from "./deadlineHeap";
import { StoreDownError } from "./errors";
import { type CellView, capacity, type PlannedClaim, usedNow } from "./figures";
import type {
  AccountQuery,
  Charge,
  Crossing,
  HoldState,
  ReserveRequest,
  Settled,
  SettledAccount,
  Settlement,
} from "./ledger";
import type { LedgerSettings } from "./limits";
import { type CellRef, MemoryCells } from "./memoryCells";

/** What a reservation did to one account. */
interface Row {
  readonly account: string;
  readonly windowId: string;
  readonly ref: CellRef;
  readonly held: number;
  readonly chargeOnExpiry: number;
  charged: number;
  /** What the last settle changed `charged` by. */
  added: number;
}

interface Entry {
  state: HoldState;
  /** The answer to repeat; none for an orphan. */
  readonly verdict: Verdict | undefined;
  readonly rows: Row[];
  deadlineMs: number;
  forgetAtMs: number;
}

const none: readonly number[] = Object.freeze([]);

/** What belongs to an account; as a rule both lists are in the same order, and it is at `index`. */
function ofAccount<T extends { readonly account: string }>(
  list: readonly T[],
  account: string,
  index: number,
): T | undefined {
  const usual = list[index];
  return usual?.account === account ? usual : list.find((one) => one.account === account);
}

/** One row of a claim on the cell that the clock picked. */
interface Seen {
  readonly view: { -readonly [Name in keyof CellView]: CellView[Name] };
  readonly level: number;
  readonly ref: CellRef;
  readonly windowId: string;
}

/**
 * The ledger as plain synchronous functions: nothing else runs between a read and the write that depends on it.
 * Step for step what the scripts in scripts/ do.
 */
export class MemoryCore {
  readonly cells = new MemoryCells();
  readonly #entries = new Map<string, Entry>();
  readonly #due = new DeadlineHeap();
  readonly #forgotten = new DeadlineHeap();
  #live = 0;

  constructor(
    private readonly now: () => number,
    private readonly settings: LedgerSettings,
  ) {}

  get liveHolds(): number {
    return this.#live;
  }

  /** Reservations that are remembered. */
  get size(): number {
    return this.#entries.size;
  }

  reserve(request: ReserveRequest): Verdict {
    const nowMs = this.#tick();
    const plan = planReserve(request, nowMs);
    const known = this.#entries.get(request.id);
    if (known !== undefined) {
      const first = known.verdict ?? { candidate: 0, nowMs, views: [] };
      return { ...first, kind: "replayed", state: known.state };
    }
    this.reclaim(nowMs, this.settings.reclaimAtMost);
    let { candidate, seen } = this.#firstThatFits(plan, nowMs);
    // A hold that is due must neither refuse a request nor send it to another pool.
    if (candidate > 0 && this.reclaim(nowMs) > 0) {
      ({ candidate, seen } = this.#firstThatFits(plan, nowMs));
    }
    const rows = this.#hold(plan[candidate] ?? [], seen[candidate] ?? [], nowMs);
    const views = seen.map((row, index) =>
      row.map(({ view, ref, level }, n) => {
        view.held += index === candidate ? (rows[n]?.held ?? 0) : 0;
        view.crossed = this.cells.warn(ref, nowMs, level);
        return view;
      }),
    );
    if (candidate === plan.length) {
      return { kind: "refused", nowMs, candidate, state: "unknown", views, plan };
    }
    const deadlineMs = nowMs + request.holdMs;
    this.#entries.set(request.id, {
      state: "open",
      // Without the plan: it is kept for as long as the reservation.
      verdict: { kind: "admitted", nowMs, candidate, state: "open", views: views.slice(candidate) },
      rows,
      deadlineMs,
      forgetAtMs: Number.POSITIVE_INFINITY,
    });
    this.#due.push(deadlineMs, request.id);
    this.#live += 1;
    return { kind: "admitted", nowMs, candidate, state: "open", views, plan };
  }

  renew(ids: readonly string[], holdMs: number): readonly HoldState[] {
    const nowMs = this.#tick();
    return ids.map((id) => {
      const entry = this.#entries.get(id);
      if (entry?.state === "open" && nowMs + holdMs > entry.deadlineMs) {
        entry.deadlineMs = nowMs + holdMs;
        this.#due.push(entry.deadlineMs, id);
      }
      return entry?.state ?? "unknown";
    });
  }

  settle(settlement: Settlement): Settled {
    const nowMs = this.#tick();
    const entry: Entry = this.#entries.get(settlement.id) ?? {
      state: "unknown",
      verdict: undefined,
      rows: [],
      deadlineMs: 0,
      forgetAtMs: 0,
    };
    const before = entry.state;
    if (before === "exact" || before === settlement.kind) {
      return this.#settled("repeated", entry, nowMs, [], []);
    }
    const unplaced = settlement.charges.filter((charge, index) => !this.#place(entry, charge, index, nowMs));
    if (before === "unknown" && entry.rows.length === 0 && settlement.charges.length > 0) {
      return this.#settled("orphan", entry, nowMs, unplaced, []);
    }
    const crossings = this.#charge(entry, settlement, nowMs);
    if (before === "open") {
      this.#live -= 1;
    }
    entry.state = settlement.kind;
    this.#remember(settlement.id, entry, nowMs + this.settings.keepSettledMs);
    const outcome = { open: "settled", estimated: "corrected", expired: "late", unknown: "orphan" } as const;
    return this.#settled(outcome[before], entry, nowMs, unplaced, crossings);
  }

  inspect(queries: readonly AccountQuery[]): { nowMs: number; claims: PlannedClaim[]; views: CellView[] } {
    const nowMs = this.#tick();
    this.reclaim(nowMs);
    const claims = queries.map((query) => ({
      claim: { ...query, amount: 0 },
      plan: cellPlan(query.period, nowMs),
    }));
    return { nowMs, claims, views: claims.map((claim) => this.#look(claim, nowMs).view) };
  }

  /** Changes what was spent in the current window; answers what it was before and is now. */
  adjust(query: AccountQuery, amount: number) {
    const nowMs = this.#tick();
    const claim = { ...query, amount: 0 };
    const { ref, windowId } = this.#look({ claim, plan: cellPlan(query.period, nowMs) }, nowMs);
    const before = this.cells.read(ref, nowMs).used;
    this.cells.change(ref, nowMs, 0, amount, true);
    return { nowMs, windowId, before, after: this.cells.read(ref, nowMs).used };
  }

  /** Takes back holds that are due, all of them unless told otherwise, and answers how many. */
  reclaim(nowMs: number, most = Number.POSITIVE_INFINITY): number {
    let count = 0;
    while (count < most) {
      const due = this.#due.popDue(nowMs);
      if (due === undefined) {
        break;
      }
      const { id, atMs } = due;
      const entry = this.#entries.get(id);
      if (entry?.state !== "open" || entry.deadlineMs !== atMs) {
        continue;
      }
      for (const row of entry.rows) {
        this.cells.change(row.ref, nowMs, row.held, row.chargeOnExpiry, false);
        row.charged = row.chargeOnExpiry;
      }
      entry.state = "expired";
      this.#live -= 1;
      this.#remember(id, entry, nowMs + this.settings.keepExpiredMs);
      count += 1;
    }
    return count;
  }

  #firstThatFits(plan: Plan, nowMs: number): { candidate: number; seen: Seen[][] } {
    const seen: Seen[][] = [];
    for (const claims of plan) {
      const row = claims.map((claim) => this.#look(claim, nowMs));
      seen.push(row);
      if (row.every(({ view }, n) => view.fits || claims[n]?.claim.shadow === true)) {
        return { candidate: seen.length - 1, seen };
      }
    }
    return { candidate: plan.length, seen };
  }

  #look({ claim, plan }: PlannedClaim, nowMs: number): Seen {
    const index = pickWindow(plan, nowMs);
    const window = plan.windows[index];
    if (window === undefined) {
      throw new StoreDownError("store_clock", `no window of ${claim.account} is the store's present`);
    }
    const ref = cellRef(plan, window, claim);
    const { used, held } = this.cells.read(ref, nowMs);
    const before = plan.kind === "sliding" ? plan.windows[index - 1] : undefined;
    const last = before && this.cells.read({ ...ref, key: cellKey(before, claim.account) }, nowMs);
    const view = {
      used,
      previous: last?.used ?? 0,
      held: held + (last?.held ?? 0),
      fits: false,
      crossed: none,
    };
    const level = usedNow(plan, view, nowMs);
    view.fits = level + view.held + claim.amount <= capacity(claim);
    return { view, level, ref, windowId: window.id };
  }

  #hold(claims: readonly PlannedClaim[], seen: readonly Seen[], nowMs: number): Row[] {
    const rows: Row[] = [];
    seen.forEach(({ ref, windowId }, n) => {
      const claim = claims[n]?.claim;
      if (claim !== undefined) {
        this.cells.change(ref, nowMs, -claim.amount, 0, false);
        const { account, amount: held, chargeOnExpiry = 0 } = claim;
        rows.push({ account, windowId, ref, held, chargeOnExpiry, charged: 0, added: 0 });
      }
    });
    return rows;
  }

  /** Makes sure that the reservation has a row for the charge. */
  #place(entry: Entry, charge: Charge, index: number, nowMs: number): boolean {
    if (ofAccount(entry.rows, charge.account, index) !== undefined) {
      return true;
    }
    if (charge.period === undefined) {
      return false;
    }
    const plan = chargePlan(charge, charge.period, nowMs);
    const window = plan?.windows[Math.max(0, pickWindow(plan, nowMs))];
    if (plan === undefined || window === undefined) {
      return true;
    }
    const { id: windowId, expiresAtMs } = window;
    const ref = {
      key: cellKey(window, charge.account),
      kind: plan.kind,
      limit: charge.limit ?? 0,
      lengthMs: plan.lengthMs,
      expiresAtMs,
      warnAt: [],
    };
    const { account } = charge;
    entry.rows.push({ account, windowId, ref, held: 0, chargeOnExpiry: 0, charged: 0, added: 0 });
    return true;
  }

  #charge(entry: Entry, { charges }: Settlement, nowMs: number): Crossing[] {
    const crossings: Crossing[] = [];
    for (let index = 0; index < entry.rows.length; index += 1) {
      const row = entry.rows[index];
      if (row === undefined) {
        continue;
      }
      const named = ofAccount(charges, row.account, index)?.amount ?? 0;
      const owed = row.ref.kind === "concurrency" ? 0 : named;
      const release = entry.state === "open" ? row.held : 0;
      row.added = owed - row.charged;
      row.charged = owed;
      for (const amount of this.cells.change(row.ref, nowMs, release, row.added, true)) {
        crossings.push({ account: row.account, windowId: row.windowId, amount });
      }
    }
    return crossings;
  }

  #settled(
    outcome: Settled["outcome"],
    entry: Entry,
    nowMs: number,
    unplaced: readonly Charge[],
    crossings: readonly Crossing[],
  ): Settled {
    const accounts = entry.rows.map((row): SettledAccount => {
      const { used, held } = this.cells.read(row.ref, nowMs);
      const { account, windowId, charged, ref } = row;
      const added = outcome === "repeated" ? 0 : row.added;
      return { account, windowId, charged, added, used, held, limit: ref.limit };
    });
    return { outcome, accounts, unplaced: unplaced.map((charge) => charge.account), crossings };
  }

  #remember(id: string, entry: Entry, untilMs: number): void {
    entry.forgetAtMs = untilMs;
    this.#entries.set(id, entry);
    this.#forgotten.push(untilMs, id);
  }

  /** The time, after what has expired by then is gone. */
  #tick(): number {
    const nowMs = this.now();
    this.cells.sweep(nowMs, 64);
    for (;;) {
      const due = this.#forgotten.popDue(nowMs);
      if (due === undefined) {
        return nowMs;
      }
      if ((this.#entries.get(due.id)?.forgetAtMs ?? nowMs) <= nowMs) {
        this.#entries.delete(due.id);
      }
    }
  }
}
