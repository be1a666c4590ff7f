import { type CellPlan, type CellWindow, cellKey, parseKey } from "./cells";
import { type CellView, capacity, type PlannedClaim } from "./figures";
import type { SettledAccount } from "./ledger";
import { kindCodes } from "./scripts/codes";

/** How far the store's clock may be from what we know of it before it has to tell us. */
const marginMs = 1_000;

interface WindowSet {
  readonly number: number;
  readonly windows: readonly CellWindow[];
}

/** Keys, sets of windows and claims of one call, written as scripts/windows.ts reads them. */
export class Call {
  readonly keys: string[];
  setCount = 0;
  readonly #sets: number[] = [];
  readonly #claims: number[] = [];
  readonly #setsOf = new Map<CellPlan, WindowSet>();
  readonly #positions = new Map<string, number>();

  constructor(
    private readonly prefix: string,
    private readonly nowMs: number,
    ...first: readonly string[]
  ) {
    this.keys = first.slice();
  }

  claim({ claim, plan }: PlannedClaim): void {
    const { number, windows } = this.#set(plan);
    const { amount, limit, chargeOnExpiry = 0, warnAt = [] } = claim;
    const position = this.#position(windows, claim.account);
    const shadow = claim.shadow === true ? 1 : 0;
    this.#claims.push(
      number,
      position,
      amount,
      limit,
      capacity(claim),
      chargeOnExpiry,
      shadow,
      warnAt.length,
    );
    if (warnAt.length > 0) {
      this.#claims.push(...warnAt);
    }
  }

  /** A charge, and where to put it if the reservation has no place for it. */
  charge(plan: CellPlan, account: string, amount: number, limit: number): void {
    const { number, windows } = this.#set(plan);
    this.#claims.push(number, this.#position(windows, account), amount, limit);
  }

  /** A charge that only the reservation can place; its account is the argument of that index. */
  unplaced(argument: number, amount: number): void {
    this.#claims.push(0, argument, amount, 0);
  }

  /** The call's numbers: first those that a script says, then sets and claims. */
  numbers(...first: readonly number[]): Buffer {
    return packed([...first, ...this.#sets, ...this.#claims]);
  }

  #set(plan: CellPlan): WindowSet {
    const known = this.#setsOf.get(plan);
    if (known !== undefined) {
      return known;
    }
    const windows = nearby(plan, this.nowMs);
    this.#sets.push(kindCodes[plan.kind], plan.lengthMs, windows.length);
    for (const { startMs, endMs, expiresAtMs, prefixBytes } of windows) {
      // Names of ledgers are ASCII.
      this.#sets.push(startMs, endMs, expiresAtMs, this.prefix.length + prefixBytes);
    }
    this.setCount += 1;
    const set = { number: this.setCount, windows };
    this.#setsOf.set(plan, set);
    return set;
  }

  /** Index in KEYS, from 1, of the cell of the first of the windows. The others follow. */
  #position(windows: readonly CellWindow[], account: string): number {
    const [first] = windows;
    const name = first === undefined ? "" : `${windows.length}${cellKey(first, account)}`;
    const known = this.#positions.get(name);
    if (known !== undefined) {
      return known;
    }
    const position = this.keys.length + 1;
    for (const window of windows) {
      this.keys.push(this.prefix + cellKey(window, account));
    }
    this.#positions.set(name, position);
    return position;
  }
}

/** The windows that the store may be in if we know its clock; all if that cannot be. */
function nearby({ kind, windows }: CellPlan, nowMs: number): readonly CellWindow[] {
  if (windows.length === 1) {
    return windows;
  }
  const first = windows.findIndex((w) => w.endMs > nowMs - marginMs);
  const found = windows.filter((w) => w.endMs > nowMs - marginMs && w.startMs <= nowMs + marginMs);
  const before = kind === "sliding" ? windows.slice(Math.max(0, first - 1), first) : [];
  return found.length === 0 ? windows : [...before, ...found];
}

/** As doubles, the first byte last: what both ends count in. */
export function packed(numbers: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(numbers.length * 8);
  let at = 0;
  for (const number of numbers) {
    at = buffer.writeDoubleLE(number, at);
  }
  return buffer;
}

/** Numbers of a reply, one after the other. */
export class Reply {
  #at = 0;

  constructor(private readonly numbers: Buffer) {}

  static of(value: unknown): Reply {
    return new Reply(bytes(value));
  }

  get isAtEnd(): boolean {
    return this.#at >= this.numbers.length;
  }

  next(): number {
    const number = this.numbers.readDoubleLE(this.#at);
    this.#at += 8;
    return number;
  }

  list(): number[] {
    const count = this.next();
    return count === 0 ? [] : Array.from({ length: count }, () => this.next());
  }

  views(count: number): CellView[] {
    const views: CellView[] = [];
    for (let n = 0; n < count; n += 1) {
      const [used, held, previous, fits] = [this.next(), this.next(), this.next(), this.next()];
      views.push({ used, held, previous, fits: fits === 1, crossed: this.list() });
    }
    return views;
  }

  /** Rows of a settlement; `keys` are theirs, with line ends. */
  rows(keys: string, prefixLength: number): { figures: SettledAccount; crossed: readonly number[] }[] {
    const count = this.next();
    const names = count === 0 ? [] : keys.split("\n");
    return names.map((key) => {
      const [charged, added, limit, used, held] = [
        this.next(),
        this.next(),
        this.next(),
        this.next(),
        this.next(),
      ];
      const { account, windowId } = parseKey(key.slice(prefixLength));
      return { figures: { account, windowId, charged, added, used, held, limit }, crossed: this.list() };
    });
  }
}

/** Of a reply: a list, bytes. */
export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError("the store's script did not answer with a list");
  }
  return value;
}

export function bytes(value: unknown): Buffer {
  if (!Buffer.isBuffer(value)) {
    throw new TypeError("the store's script did not answer with bytes");
  }
  return value;
}
