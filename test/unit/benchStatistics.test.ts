import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBusyTicks, parseStat, processFigures } from "../bench/processor/processFigures";
import { median, memberMedians, round } from "../bench/processor/statistics";
import { formatTable } from "../bench/table";

describe("the median", () => {
  it("is the middle of an odd number of values and the mean of the two in the middle of an even one", () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 2])).toBe(3.5);
    expect(median([7])).toBe(7);
  });

  it("does not exist for no values", () => {
    expect(() => median([])).toThrow(new RangeError("There is no median of nothing."));
  });

  it("has as many values above it as below, and leaves the values as they were", () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const before = [...values];
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(values).toEqual(before);
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  it("is taken of each member over the records that have it", () => {
    const records: Record<string, number>[] = [
      { envoy: 10.26 },
      { envoy: 30, redis: 5 },
      { envoy: 20, redis: 7 },
    ];
    expect(memberMedians(records, 1)).toEqual({ envoy: 20, redis: 6 });
    expect(memberMedians([], 1)).toEqual({});
  });

  it("is rounded to so many digits", () => {
    expect(round(0.7449, 2)).toBe(0.74);
    expect(round(1250.5, 0)).toBe(1251);
  });
});

describe("figures of processes", () => {
  it("are read from a line whose name holds spaces and parentheses", () => {
    const line =
      "4711 (wrk: (a) b) S 42 1 1 0 -1 4194560 100 0 0 0 250 75 30 20 20 0 3 0 12345 104857600 2560 18446744073709551615";
    expect(parseStat(line)).toEqual({
      name: "wrk: (a) b",
      parent: 42,
      ticks: 325,
      childrenTicks: 50,
      pages: 2560,
    });
  });

  it("count everything that processors do but waiting", () => {
    const text = "cpu  100 20 30 4000 500 6 7 80 0 0\ncpu0 50 10 15 2000 250 3 4 40 0 0\n";
    expect(parseBusyTicks(text)).toBe(163);
  });

  it.runIf(process.platform === "linux")("tell of this process, and nothing of one that is gone", () => {
    const figures = processFigures(process.pid);
    expect(figures?.rssMiB).toBeGreaterThan(10);
    expect(figures?.cpuUs).toBeGreaterThan(0);
    expect(processFigures(2 ** 22 + 1)).toBeUndefined();
  });
});

describe("a table", () => {
  it("puts columns under one another", () => {
    expect(formatTable([["stack", "ms"], ["log", "12.5"], ["gateway"]])).toEqual([
      "  stack    ms",
      "    log  12.5",
      "gateway",
    ]);
  });
});
