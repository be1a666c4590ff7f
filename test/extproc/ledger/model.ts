import type { Claim, HoldState, Period, ReserveRequest, Settlement } from "../../../extproc/ledger/ledger";

/** What a reservation did to one account. */
interface Row {
  readonly account: string;
  readonly cell: string;
  readonly amount: number;
  readonly floor: number;
  charged: number;
}

interface Entry {
  state: HoldState;
  readonly id: string;
  readonly rows: Row[];
  deadlineMs: number;
  readonly answer: object;
}

/** A counter: what it is of, and what was spent. Of a bucket, `level` is what has not flowed off, exactly. */
interface Cell {
  readonly period: Period;
  readonly endMs: number;
  used: bigint;
  flow: { level: bigint; atMs: number };
  /** Corrections by operators, and what was cut at 0. Everything else that was spent stands in a row. */
  beside: bigint;
}

/**
 * The ledger as one would explain it on paper: what is held is the sum over all open reservations, fractions are
 * exact (BigInt), nothing is kept as a running sum, nothing is forgotten.
 */
export class Model {
  readonly entries = new Map<string, Entry>();
  readonly cells = new Map<string, Cell>();

  constructor(
    private readonly now: () => number,
    private readonly reclaimAtMost: number,
    /** The rate of all buckets: the flow up to a change of it would depend on when anybody looked. */
    private readonly rate: number,
  ) {}

  reserve(request: ReserveRequest) {
    const known = this.entries.get(request.id);
    if (known !== undefined) {
      return { ...known.answer, replayed: true, state: known.state };
    }
    this.reclaim(this.reclaimAtMost);
    let candidate = request.candidates.findIndex((claims) => this.#fit(claims));
    if (candidate !== 0) {
      this.reclaim(Number.POSITIVE_INFINITY);
      candidate = request.candidates.findIndex((claims) => this.#fit(claims));
    }
    const claims = request.candidates[candidate];
    if (claims === undefined) {
      return { admitted: false };
    }
    const rows = claims.map((claim) => ({
      account: claim.account,
      cell: this.cellOf(claim.account, claim.period),
      amount: claim.amount,
      floor: claim.chargeOnExpiry ?? 0,
      charged: 0,
    }));
    const entry = { state: "open" as const, id: request.id, rows, deadlineMs: this.now() + request.holdMs };
    this.entries.set(request.id, { ...entry, answer: {} });
    const accounts = claims.map((claim) => {
      const [used, held] = [this.used(claim), this.held(claim)];
      const remaining = Math.max(0, capacity(claim) - used - held);
      return { account: claim.account, used, held, remaining };
    });
    const answer = { admitted: true, candidate, accounts };
    this.entries.set(request.id, { ...entry, answer });
    return { ...answer, replayed: false, state: "open" };
  }

  renew(ids: readonly string[], holdMs: number): HoldState[] {
    return ids.map((id) => {
      const entry = this.entries.get(id);
      if (entry?.state === "open") {
        entry.deadlineMs = Math.max(entry.deadlineMs, this.now() + holdMs);
      }
      return entry?.state ?? "unknown";
    });
  }

  settle({ id, charges, kind }: Settlement) {
    const entry = this.entries.get(id) ?? { state: "unknown", id, rows: [], deadlineMs: 0, answer: orphaned };
    const outcomes = {
      open: "settled",
      expired: "late",
      unknown: "orphan",
      estimated: "corrected",
      exact: "",
    };
    const unchanged = entry.state === "exact" || entry.state === kind;
    const outcome = unchanged ? "repeated" : outcomes[entry.state];
    if (!unchanged) {
      const isNowhere = charges.length > 0 && charges.every(({ period }) => period === undefined);
      if (entry.state === "unknown" && isNowhere) {
        return { outcome, accounts: [], unplaced: charges.map(({ account }) => account) };
      }
      for (const { account, period } of charges) {
        if (period !== undefined && !entry.rows.some((row) => row.account === account)) {
          entry.rows.push({ account, cell: this.cellOf(account, period), amount: 0, floor: 0, charged: 0 });
        }
      }
      for (const row of entry.rows) {
        this.#charge(row, charges.find((charge) => charge.account === row.account)?.amount ?? 0);
      }
      entry.state = kind;
      this.entries.set(id, entry);
    }
    const placed = entry.rows.map(({ account, charged }) => ({ account, charged }));
    const unplaced = unchanged
      ? []
      : charges.filter(({ account }) => !placed.some((row) => row.account === account));
    return { outcome, accounts: placed, unplaced: unplaced.map(({ account }) => account) };
  }

  adjust(account: string, period: Period, amount: number) {
    const cell = this.#cell(this.cellOf(account, period));
    const before = this.#flowed(cell);
    this.#spend(cell, BigInt(amount));
    const applied = Number(this.#flowed(cell) - before);
    cell.beside += BigInt(applied);
    return { applied, used: Number(this.#flowed(cell)) };
  }

  /** Holds that are due end, the earliest first. */
  reclaim(most: number): void {
    const due = [...this.entries.values()].filter((e) => e.state === "open" && e.deadlineMs <= this.now());
    due.sort((a, b) => a.deadlineMs - b.deadlineMs || (a.id < b.id ? -1 : 1));
    for (const entry of due.slice(0, most)) {
      for (const row of entry.rows) {
        this.#charge(row, row.floor);
      }
      entry.state = "expired";
    }
  }

  used({ account, period }: Pick<Claim, "account" | "period">): number {
    const cell = this.#cell(this.cellOf(account, period));
    if (period.kind !== "sliding") {
      return Number(this.#flowed(cell));
    }
    const parts = ceil(BigInt(cell.endMs - this.now()) * 4096n, BigInt(period.lengthMs));
    const before = this.cells.get(this.cellOf(account, period, -1))?.used ?? 0n;
    return Number(cell.used + ceil(before * parts, 4096n));
  }

  held({ account, period }: Pick<Claim, "account" | "period">): number {
    const cells = [
      this.cellOf(account, period),
      ...(period.kind === "sliding" ? [this.cellOf(account, period, -1)] : []),
    ];
    const open = [...this.entries.values()].filter((entry) => entry.state === "open");
    const rows = open.flatMap((entry) => entry.rows).filter((row) => cells.includes(row.cell));
    return rows.reduce((sum, row) => sum + row.amount, 0);
  }

  /** Name of the counter that the period means now, or intervals later. Made if it is new. */
  cellOf(account: string, period: Period, later = 0): string {
    const window =
      period.kind === "windows"
        ? period.windows.find((w) => w.startMs <= this.now() && this.now() < w.endMs)
        : period.kind === "sliding"
          ? interval(Math.floor(this.now() / period.lengthMs) + later, period.lengthMs)
          : { id: "", endMs: Number.MAX_SAFE_INTEGER };
    if (window === undefined) {
      throw new Error("the model's time is in none of the windows");
    }
    const name = `${account} ${window.id}`;
    if (!this.cells.has(name) && later === 0) {
      const flow = { level: 0n, atMs: this.now() };
      this.cells.set(name, { period, endMs: window.endMs, used: 0n, beside: 0n, flow });
    }
    return name;
  }

  /** What reservations were charged in a counter, by the records alone. */
  charged(name: string): bigint {
    const rows = [...this.entries.values()].flatMap((entry) => entry.rows).filter((row) => row.cell === name);
    return rows.reduce((sum, row) => sum + BigInt(row.charged), 0n);
  }

  #fit(claims: readonly Claim[]): boolean {
    return claims.every(
      (claim) =>
        claim.shadow === true || this.used(claim) + this.held(claim) + claim.amount <= capacity(claim),
    );
  }

  #charge(row: Row, amount: number): void {
    const cell = this.#cell(row.cell);
    if (cell.period.kind === "concurrency") {
      return;
    }
    const before = this.#flowed(cell);
    this.#spend(cell, BigInt(amount - row.charged));
    cell.beside += this.#flowed(cell) - before - BigInt(amount - row.charged);
    row.charged = amount;
  }

  #spend(cell: Cell, amount: bigint): void {
    if (cell.period.kind === "bucket") {
      const level = this.#flowed(cell) === 0n ? 0n : cell.flow.level;
      const after = level + amount * BigInt(cell.period.lengthMs);
      cell.flow.level = after > 0n ? after : 0n;
    } else {
      cell.used = cell.used + amount < 0n ? 0n : cell.used + amount;
    }
  }

  #flowed(cell: Cell): bigint {
    if (cell.period.kind !== "bucket") {
      return cell.used;
    }
    const off = BigInt(this.now() - cell.flow.atMs) * BigInt(this.rate);
    cell.flow = { level: cell.flow.level > off ? cell.flow.level - off : 0n, atMs: this.now() };
    return ceil(cell.flow.level, BigInt(cell.period.lengthMs));
  }

  #cell(name: string): Cell {
    const cell = this.cells.get(name);
    if (cell === undefined) {
      throw new Error(`the model has no counter "${name}"`);
    }
    return cell;
  }
}

/** What a reserve call is told whose id was settled before it came. */
const orphaned = { admitted: true, candidate: 0, accounts: [] };

function capacity({ period, limit }: Claim): number {
  return period.kind === "bucket" ? period.burst : limit;
}

function interval(number: number, lengthMs: number) {
  return { id: `s${lengthMs}.${number}`, endMs: (number + 1) * lengthMs };
}

function ceil(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
