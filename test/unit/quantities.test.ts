import { describe, expect, it } from "vitest";
import { Problems } from "../../components/shared/problems";
import { bytesOf, checkCpu, checkMemory } from "../../components/shared/quantities";

const countOf = (check: typeof checkCpu, value: unknown): number => {
  const problems = new Problems();
  check("path", value, problems);
  return problems.count;
};

it.each([
  ["50Mi", 52_428_800],
  ["1.5Gi", 1_610_612_736],
  ["100", 100],
  ["2k", 2_000],
  ["0", 0],
])("%s is %i bytes", (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});

it.each(["", "Mi", "-1Mi", "512m", "1 Gi", "1Gib", "1e3", "1Pi"])("%j is no size", (text) => {
  expect(bytesOf(text)).toBeUndefined();
});

describe("what is asked for", () => {
  it.each(["4", "500m", "0.5", "96"])("%s is a number of CPUs", (text) => {
    expect(countOf(checkCpu, text)).toBe(0);
  });

  it.each(["", "0", "4Gi", "-1", "four", 4])("%j is no number of CPUs", (value) => {
    expect(countOf(checkCpu, value)).toBe(1);
  });

  it.each(["512Mi", "16Gi", "1.5Ti", "1048576", "2G"])("%s is a size of memory", (text) => {
    expect(countOf(checkMemory, text)).toBe(0);
  });

  it.each(["", "512m", "16", "1023Ki", "16GB", 16])("%j is no size of memory", (value) => {
    expect(countOf(checkMemory, value)).toBe(1);
  });
});
