import { type CellPlan, type CellWindow, parseKey } from "./cells";
import { type CellView, capacity, type PlannedClaim } from "./figures";
import type { Period, SettledAccount } from "./ledger";

const letters: Record<Period["kind"], string> = { windows: "w", sliding: "s", bucket: "b", concurrency: "c" };

/** How far the store's clock may be from what we know of it before it has to tell us. */
const marginMs = 1_000;

/** Keys, sets of windows and claims of one call, written as scripts/prelude.ts reads them. */
export class Call {
  readonly keys: string[];
  readonly sets: string[] = [];
  readonly #setNumbers = new Map<string, number>();
  readonly #positions = new Map<string, number>();

  constructor(
    private readonly prefix: string,
    private readonly nowMs: number,
    ...first: readonly string[]
  ) {
    this.keys = [...first];
  }

  claim({ claim, plan }: PlannedClaim): string {
    const windows = nearby(plan, this.nowMs);
    const set = this.#set(letters[plan.kind], windows);
    const { amount, limit, chargeOnExpiry = 0, warnAt = [] } = claim;
    const shadow = claim.shadow === true ? 1 : 0;
    const warnings = warnAt.length === 0 ? "-" : warnAt.join(",");
    const terms = `${amount} ${limit} ${capacity(claim)} ${chargeOnExpiry} ${shadow} ${plan.lengthMs} ${warnings}`;
    return `${set} ${this.#position(windows, set)} ${terms}`;
  }

  /** Number of the windows among the sets, from 1. Most claims of a call share theirs. */
  #set(letter: string, windows: readonly CellWindow[]): number {
    let text = letter;
    for (const w of windows) {
      text += ` ${w.startMs} ${w.endMs} ${w.expiresAtMs}`;
    }
    const known = this.#setNumbers.get(text);
    if (known !== undefined) {
      return known;
    }
    const number = this.sets.push(text);
    this.#setNumbers.set(text, number);
    return number;
  }

  /** Index in KEYS, from 1, of the first of the windows' cells. The others follow. */
  #position(windows: readonly CellWindow[], set: number): number {
    const name = `${set} ${windows[0]?.key}`;
    const known = this.#positions.get(name);
    if (known !== undefined) {
      return known;
    }
    const position = this.keys.length + 1;
    for (const { key } of windows) {
      this.keys.push(this.prefix + key);
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

/** Of a reply: an array, a whole number. */
export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`the store's script answered ${JSON.stringify(value)} where a list was due`);
  }
  return value;
}

export function integer(value: unknown): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new TypeError(`the store's script answered ${String(value)} where a whole number was due`);
  }
  return number;
}

/** "used held told rest, used and held of the interval before, fits, warnings". */
function cellView(view: string): CellView {
  const [used, held, , , previous, heldBefore, fits, crossed = ""] = view.split(" ");
  return {
    used: integer(used),
    previous: integer(previous),
    held: integer(held) + integer(heldBefore),
    fits: fits === "1",
    crossed: amounts(crossed),
  };
}

export function cellViews(value: unknown): CellView[] {
  return value === "" ? [] : String(value).split(";").map(cellView);
}

function amounts(text: string): number[] {
  return text === "" ? [] : text.split(",").map(integer);
}

/** "charged added limit used held told rest warnings key", warnings may be missing and the key may be anything. */
const settledRow = /^(\d+) (-?\d+) (\d+) (\d+) (\d+) \d+ \d+ ([\d,]*) (.*)$/s;

export function settledRows(value: unknown, prefixLength: number) {
  return list(value).map((row): { figures: SettledAccount; crossed: number[] } => {
    const [, charged, added, limit, used, held, crossed = "", key = ""] = settledRow.exec(String(row)) ?? [];
    const figures = {
      ...parseKey(key.slice(prefixLength)),
      charged: integer(charged),
      added: integer(added),
      used: integer(used),
      held: integer(held),
      limit: integer(limit),
    };
    return { figures, crossed: amounts(crossed) };
  });
}
