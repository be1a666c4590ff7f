import type { CellPlan } from "./cells";
import type { CellView, PlannedClaim } from "./figures";
import { capacity } from "./figures";
import type { Charge } from "./ledger";

/** The keys of one call, each once, in the order in which the script is given them. */
export class Keys {
  readonly names: string[];
  readonly #indexes = new Map<string, number>();

  constructor(
    private readonly prefix: string,
    ...first: readonly string[]
  ) {
    this.names = [...first];
  }

  /** Index as Lua counts, from 1. */
  index(key: string): number {
    const known = this.#indexes.get(key);
    if (known !== undefined) {
      return known;
    }
    const index = this.names.push(this.prefix + key);
    this.#indexes.set(key, index);
    return index;
  }
}

/** A claim as the scripts read it (scripts/prelude.ts). */
export function wireClaim({ claim, plan }: PlannedClaim, keys: Keys) {
  return {
    n: claim.account,
    p: plan.kind,
    w: wireWindows(plan, keys),
    d: plan.lengthMs,
    a: claim.amount,
    l: claim.limit,
    b: capacity(claim),
    f: claim.chargeOnExpiry ?? 0,
    ...(claim.warnAt === undefined ? {} : { t: claim.warnAt }),
    ...(claim.shadow === true ? { s: true } : {}),
  };
}

export function wireCharge(charge: Charge, plan: CellPlan | undefined, keys: Keys) {
  const { account: n, amount: a, limit: l = 0 } = charge;
  return plan === undefined
    ? { n, a }
    : { n, a, l, p: plan.kind, d: plan.lengthMs, w: wireWindows(plan, keys) };
}

function wireWindows(plan: CellPlan, keys: Keys) {
  return plan.windows.map((w) => ({
    k: keys.index(w.key),
    i: w.id,
    s: w.startMs,
    e: w.endMs,
    x: w.expiresAtMs,
  }));
}

/** Of a reply of nested arrays: an array, a whole number, a text. */
export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new TypeError(`the store's script answered ${JSON.stringify(value)} where a list was due`);
  }
  return value;
}

export function integer(value: unknown): number {
  const number = typeof value === "bigint" || typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw new TypeError(`the store's script answered ${String(value)} where a whole number was due`);
  }
  return number;
}

export function cellViews(value: unknown): CellView[] {
  return list(value).map((row) => {
    const [used, previous, held, fits, crossed] = list(row);
    return {
      used: integer(used),
      previous: integer(previous),
      held: integer(held),
      fits: fits === 1,
      crossed: list(crossed).map(integer),
    };
  });
}
