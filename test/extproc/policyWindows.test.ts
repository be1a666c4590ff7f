import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Period } from "../../extproc/policy/policy";
import { previousWindow, windowsAt } from "../../extproc/policy/windows";
import { isTimeZone } from "../../extproc/policy/zonedDays";

const hour = 3_600_000;
const at = (text: string): number => Date.parse(text);
const current = (period: Period, zone: string, text: string) => {
  const { id, startMs, endMs } = windowsAt(period, zone, at(text)).current;
  return [id, new Date(startMs).toISOString(), new Date(endMs).toISOString()];
};
/** `2026-03-29T01:00Z` as the long form. */
const iso = (short: string): string => new Date(at(short)).toISOString();

describe("ends of months", () => {
  it.each([
    ["Europe/Berlin", "2026-01-31T22:59:59.999Z", "2026-01", "2025-12-31T23:00Z", "2026-01-31T23:00Z"],
    ["Europe/Berlin", "2026-01-31T23:00:00.000Z", "2026-02", "2026-01-31T23:00Z", "2026-02-28T23:00Z"],
    // March has the spring change in it: 743 hours.
    ["Europe/Berlin", "2026-03-15T00:00Z", "2026-03", "2026-02-28T23:00Z", "2026-03-31T22:00Z"],
    ["Europe/Berlin", "2026-10-31T22:59Z", "2026-10", "2026-09-30T22:00Z", "2026-10-31T23:00Z"],
    ["America/New_York", "2026-04-30T23:59Z", "2026-04", "2026-04-01T04:00Z", "2026-05-01T04:00Z"],
    ["America/New_York", "2026-03-01T04:59:59.999Z", "2026-02", "2026-02-01T05:00Z", "2026-03-01T05:00Z"],
    ["America/New_York", "2026-03-01T05:00Z", "2026-03", "2026-03-01T05:00Z", "2026-04-01T04:00Z"],
    ["Asia/Kathmandu", "2026-01-31T18:14:59.999Z", "2026-01", "2025-12-31T18:15Z", "2026-01-31T18:15Z"],
    ["Asia/Kathmandu", "2026-01-31T18:15Z", "2026-02", "2026-01-31T18:15Z", "2026-02-28T18:15Z"],
    // Leap years: 2024 and 2000 were, 2100 is not.
    ["UTC", "2024-02-29T23:59:59.999Z", "2024-02", "2024-02-01T00:00Z", "2024-03-01T00:00Z"],
    ["UTC", "2100-02-28T23:59:59.999Z", "2100-02", "2100-02-01T00:00Z", "2100-03-01T00:00Z"],
    ["Pacific/Auckland", "2000-02-29T10:59Z", "2000-02", "2000-01-31T11:00Z", "2000-02-29T11:00Z"],
  ])("%s at %s is in %s", (zone, instant, id, start, end) => {
    expect(current(Period.Month, zone, instant)).toEqual([id, iso(start), iso(end)]);
  });
});

describe("days on which clocks change", () => {
  it.each([
    ["Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23],
    ["Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25],
    ["America/New_York", "2026-03-08", "2026-03-08T05:00Z", 23],
    ["America/New_York", "2026-11-01", "2026-11-01T04:00Z", 25],
    // Half an hour only.
    ["Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", 24.5],
    ["Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 23.5],
    // At midnight: the day starts at 01:00, and in autumn has its first hour twice.
    ["America/Havana", "2026-03-08", "2026-03-08T05:00Z", 23],
    ["America/Havana", "2026-11-01", "2026-11-01T04:00Z", 25],
    ["Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15Z", 24],
    ["Asia/Kolkata", "2026-03-29", "2026-03-28T18:30Z", 24],
    // Back over midnight: at 00:01 clocks were put to 23:01 of the day before.
    ["America/St_Johns", "2006-10-29", "2006-10-29T02:30Z", 25],
    ["America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00Z", 25],
    ["America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", 23],
  ])("%s %s starts at %s and has %d hours", (zone, day, start, hours) => {
    const startMs = at(start);
    const { id, endMs } = windowsAt(Period.Day, zone, startMs).current;
    expect([id, (endMs - startMs) / hour]).toEqual([day, hours]);
    expect(windowsAt(Period.Day, zone, startMs - 1)).toMatchObject({
      current: { endMs: startMs },
      next: { id: day },
    });
    expect(windowsAt(Period.Day, zone, endMs - 1).current.id).toBe(day);
    expect(windowsAt(Period.Day, zone, endMs).current.startMs).toBe(endMs);
  });

  it("gives a day that a zone skipped no window", () => {
    // Samoa went from 29 to 31 December 2011, over the date line.
    const { current: last, next } = windowsAt(Period.Day, "Pacific/Apia", at("2011-12-30T09:00Z"));
    expect(last).toEqual({
      id: "2011-12-29",
      startMs: at("2011-12-29T10:00Z"),
      endMs: at("2011-12-30T10:00Z"),
    });
    expect(next).toEqual({ id: "2011-12-31", startMs: last.endMs, endMs: at("2011-12-31T10:00Z") });
  });

  it("keeps hours, minutes and seconds of the same length through the change", () => {
    expect(current(Period.Hour, "Europe/Berlin", "2026-10-25T00:59:59.999Z")).toEqual([
      "2026-10-25T00Z",
      iso("2026-10-25T00:00Z"),
      iso("2026-10-25T01:00Z"),
    ]);
    expect(current(Period.Minute, "UTC", "2026-10-25T00:59:59.999Z")[0]).toBe("2026-10-25T00:59Z");
    expect(current(Period.Second, "UTC", "2026-10-25T00:59:59.999Z")[0]).toBe("2026-10-25T00:59:59Z");
  });
});

describe("weeks, quarters and years", () => {
  it.each([
    [Period.Week, "2026-08-02T12:00Z", "2026-W31", "2026-07-27T00:00Z", "2026-08-03T00:00Z"],
    // ISO years differ from those of the calendar at the turn.
    [Period.Week, "2021-01-03T12:00Z", "2020-W53", "2020-12-28T00:00Z", "2021-01-04T00:00Z"],
    [Period.Week, "2024-12-30T00:00Z", "2025-W01", "2024-12-30T00:00Z", "2025-01-06T00:00Z"],
    [Period.Week, "2023-01-01T12:00Z", "2022-W52", "2022-12-26T00:00Z", "2023-01-02T00:00Z"],
    [Period.Quarter, "2026-06-30T23:59:59.999Z", "2026-Q2", "2026-04-01T00:00Z", "2026-07-01T00:00Z"],
    [Period.Quarter, "2024-02-29T00:00Z", "2024-Q1", "2024-01-01T00:00Z", "2024-04-01T00:00Z"],
    [Period.Year, "2024-12-31T23:59:59.999Z", "2024", "2024-01-01T00:00Z", "2025-01-01T00:00Z"],
  ])("a %s at %s is %s", (period, instant, id, start, end) => {
    expect(current(period, "UTC", instant)).toEqual([id, iso(start), iso(end)]);
  });

  it("follows the zone", () => {
    expect(current(Period.Year, "Pacific/Kiritimati", "2025-12-31T10:00Z")[0]).toBe("2026");
    expect(current(Period.Year, "Pacific/Pago_Pago", "2026-01-01T10:59Z")[0]).toBe("2025");
    expect(current(Period.Week, "America/Los_Angeles", "2026-08-03T06:59Z")[0]).toBe("2026-W31");
  });
});

describe("any instant, zone and period", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Gaza",
  ];
  const lengths: Record<Period, readonly [number, number]> = {
    second: [1 / 3600, 1 / 3600],
    minute: [1 / 60, 1 / 60],
    hour: [1, 1],
    day: [22, 26],
    week: [6 * 24 - 1, 7 * 24 + 2],
    month: [28 * 24 - 24, 31 * 24 + 2],
    quarter: [90 * 24 - 24, 92 * 24 + 2],
    year: [364 * 24, 366 * 24 + 2],
  };
  const instants = fc.integer({ min: 0, max: at("2100-01-01T00:00Z") });

  it("is in exactly one window; windows are contiguous, ids ascend, lengths are right", () => {
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom(...zones),
        fc.constantFrom(...Object.values(Period)),
        (now, zone, period) => {
          const { current: window, next } = windowsAt(period, zone, now);
          const [least, most] = lengths[period];
          expect(window.startMs).toBeLessThanOrEqual(now);
          expect(window.endMs).toBeGreaterThan(now);
          expect(next.startMs).toBe(window.endMs);
          expect(next.id > window.id).toBe(true);
          expect((window.endMs - window.startMs) / hour).toBeGreaterThanOrEqual(least);
          expect((window.endMs - window.startMs) / hour).toBeLessThanOrEqual(most);
          // From either end, and without what was remembered, the same window.
          expect(windowsAt(period, zone, window.endMs).current).toEqual(next);
          expect(windowsAt(period, zone, window.endMs - 1).current).toEqual(window);
          expect(windowsAt(period, zone, window.startMs).current).toEqual(window);
          const before = previousWindow(period, zone, now);
          expect(before.endMs).toBe(window.startMs);
          expect(before.id < window.id).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it("covers two years of days and weeks without a gap", () => {
    for (const zone of zones) {
      for (const period of [Period.Day, Period.Week]) {
        const ids = new Set<string>();
        let now = at("2010-12-01T00:00Z");
        for (
          let window = windowsAt(period, zone, now).current;
          now < at("2012-12-01T00:00Z");
          now = window.endMs
        ) {
          window = windowsAt(period, zone, now).current;
          expect(ids.has(window.id)).toBe(false);
          ids.add(window.id);
        }
      }
    }
  });
});

it("knows time zones", () => {
  expect(["Europe/Berlin", "UTC", "Asia/Kathmandu"].map(isTimeZone)).toEqual([true, true, true]);
  expect(["Europe/Atlantis", "", "../etc", "5"].map(isTimeZone)).toEqual([false, false, false, false]);
});

it("answers from memory while the window lasts", () => {
  const now = at("2026-08-02T10:11:12Z");
  expect(windowsAt(Period.Month, "Europe/Berlin", now + 5)).toBe(
    windowsAt(Period.Month, "Europe/Berlin", now),
  );
});
