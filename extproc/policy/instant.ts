const instant = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/;

/** What an instant looks like. */
export const instantExample = "2026-12-01T00:00:00Z";

/** Milliseconds since 1970 of an instant as RFC 3339 has it; `undefined` for what is none, such as 30 February. */
export function instantMs(text: string): number | undefined {
  const [, year, month, day] = instant.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) {
    return undefined;
  }
  // The day before the first of the next month: Date itself would take 30 February for 2 March.
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const ms = Date.parse(text);
  return Number.isNaN(ms) || day > days ? undefined : ms;
}
