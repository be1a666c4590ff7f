import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AcceleratorArgs, acceleratorMembers } from "../../../components/cluster/acceleratorArgs";
import { accelerators } from "../../../components/cluster/accelerators";
import { gpuModels } from "../../../components/cluster/gpuModels";
import { resolveAccelerator } from "../../../components/cluster/resolveAccelerator";
import { Problems } from "../../../components/shared/problems";

const resolve = (name: string, args?: AcceleratorArgs) => {
  const problems = new Problems();
  return { shape: resolveAccelerator("a", name, args, problems), problems: problems.all };
};
const host: AcceleratorArgs = {
  gpu: "MI300X",
  gpus: 8,
  vcpus: 192,
  memoryGiB: 2_048,
  allocatableMiB: 2_000_000,
  networkGbps: 400,
};

describe("what a node offers", () => {
  it("is in the table for a known type", () => {
    for (const known of accelerators) {
      expect(resolve(known.name)).toEqual({ shape: known, problems: [] });
      expect(resolve(known.name, {})).toEqual({ shape: known, problems: [] });
    }
  });

  it("takes a known GPU's numbers for a host of one's own", () => {
    expect(resolve("rack", host)).toEqual({
      problems: [],
      shape: {
        name: "rack",
        vendor: "amd",
        gpu: "MI300X",
        gpus: 8,
        gpuMemoryMiB: 196_592,
        computeCapability: undefined,
        gfx: "gfx942",
        vcpus: 192,
        memoryGiB: 2_048,
        allocatableMiB: 2_000_000,
        nvmeGB: 0,
        networkGbps: 400,
        efaInterfaces: 0,
        nvlink: true,
        usdPerHour: undefined,
        verified: true,
      },
    });
    expect(resolve("rack", { ...host, gpus: 1 }).shape?.nvlink).toBe(false);
    // An MI250 is two GPUs of half its memory. What its driver reports was not looked up, unless the user says it.
    const mi250 = { ...host, gpu: "MI250" };
    expect(resolve("rack", mi250).shape).toMatchObject({ gpuMemoryMiB: 65_520, verified: false });
    expect(resolve("rack", { ...mi250, gpuMemoryMiB: 65_000 }).shape).toMatchObject({
      gpuMemoryMiB: 65_000,
      verified: true,
    });
  });

  it("is the user's word where it stands beside the table", () => {
    expect(resolve("g6.xlarge", { usdPerHour: 0.5, allocatableMiB: 13_000 })).toMatchObject({
      problems: [],
      shape: { usdPerHour: 0.5, allocatableMiB: 13_000, gpu: "L4", gpuMemoryMiB: 22_888, vcpus: 4 },
    });
  });

  it("has no number of the type's own GPU once another one is named", () => {
    expect(resolve("g6.xlarge", { gpu: "H100" }).shape).toMatchObject({
      gpuMemoryMiB: 81_559,
      computeCapability: 9,
    });
    expect(resolve("g6.xlarge", { gpu: "L5" }).problems.map(({ path }) => path)).toEqual([
      "a.vendor",
      "a.gpuMemoryMiB",
    ]);
  });

  it.each<readonly [string, string, AcceleratorArgs | undefined, string, string]>([
    [
      "a misspelled type",
      "g6.2xlage",
      undefined,
      "a",
      '"g6.2xlage" is not in the table of instance types; did you mean "g6.2xlarge"? If not, give its numbers as accelerator',
    ],
    [
      "an unknown type",
      "lambda",
      undefined,
      "a",
      '"lambda" is not in the table of instance types; give its numbers as accelerator',
    ],
    ["a refused type, numbers or not", "p3.2xlarge", host, "a", '"p3.2xlarge" has V100 GPUs'],
    [
      "no GPUs",
      "rack",
      { ...host, gpus: 0 },
      "a.gpus",
      "0 is not a whole number from 1 to 16; give the GPUs of a node",
    ],
    ["half a GPU", "rack", { ...host, gpus: 1.5 }, "a.gpus", "1.5 is not a whole number from 1 to 16"],
    [
      "GB in place of MiB",
      "rack",
      { ...host, gpuMemoryMiB: 192 },
      "a.gpuMemoryMiB",
      "192 is not a whole number from 1,024 to 2,097,152; give the memory of one GPU in MiB",
    ],
    ["no number", "rack", { ...host, vcpus: Number.NaN }, "a.vcpus", "NaN is not a whole number"],
    [
      "a free node",
      "rack",
      { ...host, usdPerHour: 0 },
      "a.usdPerHour",
      "0 is not a number from 0.001 to 10,000",
    ],
    [
      "more for pods than there is",
      "rack",
      { ...host, allocatableMiB: 3_000_000 },
      "a.allocatableMiB",
      "3000000 MiB is more than the 2048 GiB that a node has; give what it leaves for pods",
    ],
    [
      "AMD's architecture on NVIDIA's GPU",
      "g6.xlarge",
      { gfx: "gfx942" },
      "a.gfx",
      '"gfx942" is of AMD\'s GPUs, and vendor is "nvidia"; keep one of the two',
    ],
    [
      "NVIDIA's number on AMD's GPU",
      "rack",
      { ...host, computeCapability: 9 },
      "a.computeCapability",
      '9 is of NVIDIA\'s GPUs, and vendor is "amd"; keep one of the two',
    ],
    [
      "no architecture",
      "rack",
      { ...host, gfx: "mi300" },
      "a.gfx",
      '"mi300" is no architecture; give the one',
    ],
    [
      "a GPU under another name",
      "rack",
      { ...host, gpu: "MI300", vendor: "amd", gfx: "gfx942" },
      "a.gpuMemoryMiB",
      'since the GPU "MI300" is not known; if it is "MI300X", call it that',
    ],
  ])("refuses %s", (_, name, args, path, reason) => {
    const { shape, problems } = resolve(name, args);
    expect(shape).toBeUndefined();
    expect(problems).toEqual([{ path, reason: expect.stringContaining(reason) }]);
  });

  it("asks for every number that it lacks, all at once", () => {
    const { shape, problems } = resolve("rack", {});
    expect(shape).toBeUndefined();
    expect(problems.map(({ path }) => path)).toEqual([
      "a.gpu",
      "a.gpus",
      "a.vcpus",
      "a.memoryGiB",
      "a.allocatableMiB",
      "a.networkGbps",
    ]);
    expect(problems[1]?.reason).toBe('is missing; give the GPUs of a node, since "rack" is not in the table');
  });

  it("is either whole or refused, whatever is given", () => {
    const numberArg = fc.oneof(
      { weight: 20, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1, 8, 65_536, 2_048)) },
    );
    const numbers = Object.entries(acceleratorMembers).filter(([, kind]) => kind === "number");
    const arbitrary = fc.record({
      gpu: fc.option(fc.constantFrom(...Object.keys(gpuModels), "other"), { nil: undefined }),
      ...Object.fromEntries(numbers.map(([member]) => [member, numberArg])),
    });
    const seen = { whole: 0, refused: 0 };
    fc.assert(
      fc.property(fc.constantFrom("rack", "g6.xlarge", "p5.48xlarge"), arbitrary, (name, args) => {
        const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
        const { shape, problems } = resolve(name, name === "rack" ? { ...host, ...given } : given);
        seen[shape === undefined ? "refused" : "whole"]++;
        expect(shape === undefined).toBe(problems.length > 0);
        if (shape !== undefined) {
          expect(shape.gpus).toBeGreaterThanOrEqual(1);
          expect(shape.gpuMemoryMiB).toBeGreaterThanOrEqual(1_024);
          expect(shape.allocatableMiB).toBeLessThanOrEqual(shape.memoryGiB * 1_024);
          expect((shape.computeCapability === undefined) !== (shape.gfx === undefined)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.whole, seen.refused)).toBeGreaterThan(20);
  });
});
