import { clamp, flowMs, flowOff } from "./arithmetic";
import type { CellPlan } from "./cells";
import { DeadlineHeap } from "./deadlineHeap";
import { keepBucketMs, keepWindowMs } from "./limits";

/** A counter. `told` is the highest amount of `warnAt` that was told; the last two are a bucket's. */
export interface Cell {
  used: number;
  held: number;
  told: number;
  atMs: number;
  fraction: number;
  expiresAtMs: number;
}

/** What has to be known of a cell in order to change it. */
export interface CellRef {
  readonly key: string;
  readonly kind: CellPlan["kind"];
  /** The refill rate of a bucket, otherwise only reported. */
  readonly limit: number;
  readonly lengthMs: number;
  readonly expiresAtMs: number;
  readonly warnAt: readonly number[];
}

const none: readonly number[] = Object.freeze([]);

/** The counters in memory. A cell that has expired is as good as gone, whenever it is taken out. */
export class MemoryCells {
  readonly #cells = new Map<string, Cell>();
  readonly #expiries = new DeadlineHeap();

  get size(): number {
    return this.#cells.size;
  }

  /** The cell as it stands, or what a new one would be. */
  read(ref: CellRef, nowMs: number): Cell {
    const found = this.#cells.get(ref.key);
    const cell = found !== undefined && found.expiresAtMs > nowMs ? found : fresh(ref, nowMs);
    if (ref.kind !== "bucket") {
      return cell;
    }
    return { ...cell, ...flowOff(cell, ref.limit, ref.lengthMs, nowMs) };
  }

  /** Gives back `release` (negative: holds), adds `charge`, and answers which warnings are due if that is asked. */
  change(ref: CellRef, nowMs: number, release: number, charge: number, warns: boolean): readonly number[] {
    const cell = this.read(ref, nowMs);
    const isKept = this.#isKept(ref.key, nowMs);
    if (!isKept && release >= 0 && charge <= 0) {
      return none;
    }
    cell.held = clamp(cell.held - release);
    cell.used = ref.kind === "concurrency" ? 0 : clamp(cell.used + charge);
    const crossed = warns ? tell(ref, cell, cell.used) : none;
    this.#write(ref, cell, nowMs, isKept);
    return crossed;
  }

  /** Warnings that are due at `level`, which may count more than the cell itself. */
  warn(ref: CellRef, nowMs: number, level: number): readonly number[] {
    const cell = this.read(ref, nowMs);
    const crossed = tell(ref, cell, level);
    if (crossed.length > 0) {
      this.#write(ref, cell, nowMs, this.#isKept(ref.key, nowMs));
    }
    return crossed;
  }

  /** Forgets at most `most` cells that have expired. */
  sweep(nowMs: number, most: number): void {
    for (let count = 0; count < most; count += 1) {
      const due = this.#expiries.popDue(nowMs);
      if (due === undefined) {
        return;
      }
      if (!this.#isKept(due.id, nowMs)) {
        this.#cells.delete(due.id);
      }
    }
  }

  #isKept(key: string, nowMs: number): boolean {
    return (this.#cells.get(key)?.expiresAtMs ?? 0) > nowMs;
  }

  #write(ref: CellRef, cell: Cell, nowMs: number, isKept: boolean): void {
    if (ref.kind === "concurrency" && cell.held === 0) {
      this.#cells.delete(ref.key);
      return;
    }
    if (ref.kind === "bucket") {
      const wait = flowMs(cell.used, ref.limit, ref.lengthMs) ?? keepWindowMs.most;
      cell.expiresAtMs = cell.held > 0 ? Number.POSITIVE_INFINITY : nowMs + wait + keepBucketMs;
    } else if (!isKept) {
      // A report may come after its window was forgotten; then it is kept for a moment, not for good.
      cell.expiresAtMs = Math.max(ref.expiresAtMs, nowMs + keepWindowMs.least);
    }
    if (!isKept || ref.kind === "bucket") {
      this.#cells.set(ref.key, cell);
    }
    if (ref.kind === "bucket" ? cell.held === 0 : !isKept && ref.kind !== "concurrency") {
      this.#expiries.push(cell.expiresAtMs, ref.key);
    }
  }
}

function fresh(ref: CellRef, nowMs: number): Cell {
  return { used: 0, held: 0, told: 0, atMs: nowMs, fraction: 0, expiresAtMs: ref.expiresAtMs };
}

function tell(ref: CellRef, cell: Cell, level: number): readonly number[] {
  const { warnAt, kind } = ref;
  // Most changes cross nothing: then nothing is made either.
  if ((kind !== "windows" && kind !== "sliding") || !crosses(warnAt, cell.told, level)) {
    return none;
  }
  const crossed = warnAt.filter((amount) => amount > cell.told && amount <= level);
  cell.told = Math.max(cell.told, ...crossed);
  return crossed;
}

function crosses(warnAt: readonly number[], told: number, level: number): boolean {
  for (let index = 0; index < warnAt.length; index += 1) {
    const at = warnAt[index] ?? 0;
    if (at > told && at <= level) {
      return true;
    }
  }
  return false;
}
