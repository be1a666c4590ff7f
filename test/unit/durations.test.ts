import fc from "fast-check";
import { expect, it } from "vitest";
import { durationInMs } from "../../components/shared/durations";

it.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["500ms", 500],
  ["1h1m1s1ms", 3_661_001],
  ["0s", 0],
  ["99999h", 99_999 * 3_600_000],
])("%s is %i ms", (text, ms) => {
  expect(durationInMs(text)).toBe(ms);
});

it.each(["", "90", "s", "1d", "1.5s", "-1s", "100000s", "1h1m1s1ms1s", " 1s", "1s ", "1S", "1 s"])(
  "%j is no duration",
  (text) => {
    expect(durationInMs(text)).toBeUndefined();
  },
);

it("adds up its parts", () => {
  const part = fc.tuple(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom("h", "m", "s", "ms"));
  const factor = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const text = parts.map(([amount, unit]) => `${amount}${unit}`).join("");
      const sum = parts.reduce((total, [amount, unit]) => total + amount * (factor[unit as "h"] ?? 0), 0);
      expect(durationInMs(text)).toBe(sum);
    }),
  );
});

it("takes no value that is not text", () => {
  expect(durationInMs(90 as unknown as string)).toBeUndefined();
});
