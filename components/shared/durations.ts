const partPattern = /([0-9]{1,5})(h|ms|m|s)/g;
const msPerUnit = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

/** Milliseconds of a duration as Gateway API writes it (GEP-2257: `1h30m`, `90s`, `500ms`), else `undefined`. */
export function durationInMs(text: string): number | undefined {
  if (typeof text !== "string" || !/^([0-9]{1,5}(h|ms|m|s)){1,4}$/.test(text)) {
    return undefined;
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(partPattern)) {
    total += Number(amount) * msPerUnit[unit as keyof typeof msPerUnit];
  }
  return total;
}
