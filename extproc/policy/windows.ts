import { Period } from "./policy";
import { type DayNumber, dayAt, startOfDay } from "./zonedDays";

/** A stretch of time that has a counter of its own. */
export interface BudgetWindow {
  /** Names the window within its period, and orders as time does: `2026-08-02T10:11Z`, `2026-W31`, `2026-Q3`. */
  readonly id: string;
  /** First instant, in milliseconds since 1970. */
  readonly startMs: number;
  /** First instant that is not in it any more. */
  readonly endMs: number;
}

/** The window of an instant and the one after it, so that a store whose clock is ahead of ours has its own. */
export interface BudgetWindows {
  readonly current: BudgetWindow;
  readonly next: BudgetWindow;
}

const clockLengths: ReadonlyMap<Period, number> = new Map([
  [Period.Second, 1000],
  [Period.Minute, 60_000],
  [Period.Hour, 3_600_000],
]);
const dayLength = 86_400_000;

/** Length of a second, minute, hour or day in milliseconds: what a sliding budget looks back on. */
export function slidingLength(period: Period): number {
  return clockLengths.get(period) ?? dayLength;
}

const cache = new Map<string, Map<Period, BudgetWindows>>();

/**
 * The windows of a period at an instant. Days and longer follow the calendar of the zone; shorter ones are the same
 * in every zone. Windows of a period and zone follow one another without gap or overlap, daylight saving or not.
 */
export function windowsAt(period: Period, timeZone: string, nowMs: number): BudgetWindows {
  let zone = cache.get(timeZone);
  if (zone === undefined) {
    zone = new Map();
    cache.set(timeZone, zone);
  }
  const known = zone.get(period);
  if (known !== undefined && nowMs >= known.current.startMs && nowMs < known.current.endMs) {
    return known;
  }
  const length = clockLengths.get(period);
  const windows =
    length === undefined ? calendarWindows(period, timeZone, nowMs) : clockWindows(length, nowMs);
  zone.set(period, windows);
  return windows;
}

/** The window before the one at an instant: half of what a sliding counter needs. */
export function previousWindow(period: Period, timeZone: string, nowMs: number): BudgetWindow {
  const { startMs } = windowsAt(period, timeZone, nowMs).current;
  const length = clockLengths.get(period);
  return length === undefined
    ? calendarWindows(period, timeZone, startMs - 1).current
    : clockWindow(length, startMs - length);
}

function clockWindows(length: number, nowMs: number): BudgetWindows {
  const start = Math.floor(nowMs / length) * length;
  return { current: clockWindow(length, start), next: clockWindow(length, start + length) };
}

/** Characters of an ISO date and time that tell windows of this length apart. */
const significant: ReadonlyMap<number, number> = new Map([
  [1000, 19],
  [60_000, 16],
  [3_600_000, 13],
]);

function clockWindow(length: number, startMs: number): BudgetWindow {
  const id = `${new Date(startMs).toISOString().slice(0, significant.get(length))}Z`;
  return { id, startMs, endMs: startMs + length };
}

function calendarWindows(period: Period, timeZone: string, nowMs: number): BudgetWindows {
  let first = firstDay(period, dayAt(timeZone, nowMs), 0);
  // Where clocks went back over midnight the calendar shows the day before once more; its window is over.
  while (startOfDay(timeZone, firstDay(period, first, 1)) <= nowMs) {
    first = firstDay(period, first, 1);
  }
  const current = calendarWindow(period, timeZone, first);
  let following = firstDay(period, first, 1);
  let next = calendarWindow(period, timeZone, following);
  // A day that the zone skipped has no window.
  while (next.endMs === next.startMs) {
    following = firstDay(period, following, 1);
    next = calendarWindow(period, timeZone, following);
  }
  return { current, next };
}

function calendarWindow(period: Period, timeZone: string, first: DayNumber): BudgetWindow {
  return {
    id: windowId(period, first),
    startMs: startOfDay(timeZone, first),
    endMs: startOfDay(timeZone, firstDay(period, first, 1)),
  };
}

/** First day of the period that holds a day, or of the `later`-th one after it. */
function firstDay(period: Period, day: DayNumber, later: number): DayNumber {
  const date = new Date(day * dayLength);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (period) {
    case Period.Week:
      // 1970-01-01 was a Thursday: three days after a Monday.
      return day - ((((day + 3) % 7) + 7) % 7) + 7 * later;
    case Period.Month:
      return Date.UTC(year, month + later, 1) / dayLength;
    case Period.Quarter:
      return Date.UTC(year, month - (month % 3) + 3 * later, 1) / dayLength;
    case Period.Year:
      return Date.UTC(year + later, 0, 1) / dayLength;
    default:
      return day + later;
  }
}

function windowId(period: Period, first: DayNumber): string {
  const date = new Date(first * dayLength);
  const iso = date.toISOString();
  switch (period) {
    case Period.Week:
      return weekId(first);
    case Period.Month:
      return iso.slice(0, 7);
    case Period.Quarter:
      return `${iso.slice(0, 4)}-Q${date.getUTCMonth() / 3 + 1}`;
    case Period.Year:
      return iso.slice(0, 4);
    default:
      return iso.slice(0, 10);
  }
}

/** ISO 8601: a week belongs to the year that its Thursday is in. */
function weekId(monday: DayNumber): string {
  const year = new Date((monday + 3) * dayLength).getUTCFullYear();
  const firstThursday = Date.UTC(year, 0, 1) / dayLength;
  const week = Math.floor((monday + 3 - firstThursday) / 7) + 1;
  return `${year}-W${String(week).padStart(2, "0")}`;
}
