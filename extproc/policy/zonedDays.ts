const hour = 3_600_000;

/** A day of the calendar, as days since 1970-01-01. */
export type DayNumber = number;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US-u-ca-gregory-nu-latn", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Is this the name of a time zone? */
export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
export function offsetAt(timeZone: string, instant: number): number {
  const whole = Math.floor(instant / 1000) * 1000;
  const fields = { year: 0, month: 0, day: 0, hour: 0, minute: 0, second: 0 };
  for (const { type, value } of formatOf(timeZone).formatToParts(whole)) {
    if (type in fields) {
      fields[type as keyof typeof fields] = Number(value);
    }
  }
  const { year, month, day, hour, minute, second } = fields;
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
}

/** The day that the calendar of a zone shows at an instant. */
export function dayAt(timeZone: string, instant: number): DayNumber {
  return Math.floor((instant + offsetAt(timeZone, instant)) / (24 * hour));
}

/**
 * The first instant at which the calendar of a zone shows this day or a later one: 00:00, or where clocks are put
 * forward over midnight, the moment after. A day that a zone skipped starts, and ends, when the next one starts.
 * When clocks go back over midnight, the day before is not taken up again.
 */
export function startOfDay(timeZone: string, day: DayNumber): number {
  const midnight = day * 24 * hour;
  // No zone was ever 16 hours off. Offsets hold for weeks, so an hourly look misses none.
  let from = midnight - 16 * hour;
  let offset = offsetAt(timeZone, from);
  for (let to = from + hour; to <= midnight + 40 * hour; to += hour) {
    const next = offsetAt(timeZone, to);
    const end = next === offset ? to : changeBetween(timeZone, from, to, offset);
    const start = Math.max(from, midnight - offset);
    if (start < end) {
      return start;
    }
    from = end;
    offset = next;
  }
  return midnight - offset;
}

/** The instant between two at which a zone's offset stops being this one. */
function changeBetween(timeZone: string, from: number, to: number, offset: number): number {
  let before = from;
  let after = to;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(timeZone, middle) === offset) {
      before = middle;
    } else {
      after = middle;
    }
  }
  return after;
}
