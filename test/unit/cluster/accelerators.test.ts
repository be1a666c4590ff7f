import { describe, expect, it } from "vitest";
import {
  RefusedUse,
  refusalOf,
  refusedInstanceTypes,
  vllmRefusal,
} from "../../../components/cluster/acceleratorRefusals";
import type { AcceleratorShape } from "../../../components/cluster/acceleratorShape";
import {
  acceleratorNamed,
  accelerators,
  isInstanceType,
  nearestAccelerator,
} from "../../../components/cluster/accelerators";
import { gpuModels, gpuNamed, usableMiB } from "../../../components/cluster/gpuModels";

const shape = (name: string): AcceleratorShape => {
  const found = acceleratorNamed(name);
  if (found === undefined) {
    throw new Error(`${name} is not in the table`);
  }
  return found;
};

describe("the table of instance types", () => {
  it("has each type once, with the GPU that its row names", () => {
    expect(accelerators).toHaveLength(44);
    expect(new Set(accelerators.map(({ name }) => name)).size).toBe(44);
    expect(accelerators.every(({ gpu }) => Object.hasOwn(gpuModels, gpu))).toBe(true);
  });

  it.each<readonly [string, Partial<AcceleratorShape>]>([
    [
      "g6.2xlarge",
      { gpu: "L4", gpus: 1, gpuMemoryMiB: 22_888, computeCapability: 8.9, allocatableMiB: 29_317 },
    ],
    [
      "g4dn.12xlarge",
      { gpu: "T4", gpus: 4, gpuMemoryMiB: 15_360, computeCapability: 7.5, usdPerHour: 3.912 },
    ],
    ["g6e.24xlarge", { gpu: "L40S", gpus: 4, gpuMemoryMiB: 45_776, networkGbps: 200, efaInterfaces: 2 }],
    ["g7e.12xlarge", { gpu: "RTX PRO 6000", gpus: 2, gpuMemoryMiB: 97_887, nvmeGB: 3_800 }],
    ["p5.48xlarge", { gpu: "H100", gpus: 8, gpuMemoryMiB: 81_559, memoryGiB: 2_048, efaInterfaces: 32 }],
    ["p5e.48xlarge", { gpu: "H200", gpuMemoryMiB: 143_771, usdPerHour: undefined }],
    [
      "p6-b300.48xlarge",
      { gpu: "B300", gpuMemoryMiB: 275_040, computeCapability: 10.3, usdPerHour: 142.416 },
    ],
    ["g4ad.8xlarge", { vendor: "amd", gfx: "gfx1011", computeCapability: undefined, gpuMemoryMiB: 8_192 }],
  ])("says what %s offers", (name, expected) => {
    expect(shape(name)).toMatchObject(expected);
  });

  it("counts on no more memory than the API states, nor than the driver reports", () => {
    for (const { gpu, gpuMemoryMiB } of accelerators) {
      const model = gpuNamed(gpu);
      expect(gpuMemoryMiB).toBeLessThanOrEqual(model?.statedMiB ?? 0);
      expect(gpuMemoryMiB).toBeLessThanOrEqual(model?.driverMiB ?? Number.POSITIVE_INFINITY);
    }
    const l4 = gpuNamed("L4");
    expect(l4 && usableMiB(l4)).toBe(22_888);
    expect(gpuNamed("toString")).toBeUndefined();
  });

  it("is of one vendor a row, with what pods can get below what the node has", () => {
    for (const { name, vendor, computeCapability, gfx, allocatableMiB, memoryGiB } of accelerators) {
      expect([name, vendor === "nvidia", vendor === "amd"]).toEqual([
        name,
        computeCapability !== undefined,
        gfx !== undefined,
      ]);
      expect(allocatableMiB).toBeLessThan(memoryGiB * 1_024);
    }
  });

  it("joins GPUs without PCIe in the families p4, p5 and p6 alone", () => {
    expect(accelerators.filter(({ nvlink }) => nvlink).map(({ name }) => name)).toEqual(
      accelerators.map(({ name }) => name).filter((name) => name.startsWith("p")),
    );
  });

  it("marks what nobody has looked up", () => {
    expect(accelerators.filter(({ verified }) => !verified)).toEqual([]);
    const unverified = Object.entries(gpuModels).filter(([, { verified }]) => !verified);
    expect(unverified.map(([gpu]) => gpu)).toEqual(["MI210", "MI250", "MI325X", "MI350X", "MI355X"]);
  });

  it("knows a name by its nearest one", () => {
    expect(acceleratorNamed("g6.2xlage")).toBeUndefined();
    expect(nearestAccelerator("g6.2xlage")).toBe("g6.2xlarge");
    expect(nearestAccelerator("P5.48XLARGE")).toBe("p5.48xlarge");
    expect(nearestAccelerator("lambda")).toBeUndefined();
    expect(isInstanceType("p6-b200.48xlarge")).toBe(true);
    expect(isInstanceType("mi300x-host")).toBe(false);
  });
});

describe("refusals", () => {
  it.each<readonly [string, RefusedUse, RegExp]>([
    ["g6f.large", RefusedUse.Pool, /fraction of an L4/],
    ["gr6f.4xlarge", RefusedUse.Pool, /fraction of an L4/],
    ["g5g.xlarge", RefusedUse.Pool, /ARM/],
    ["p6e-gb200.36xlarge", RefusedUse.Pool, /UltraServer/],
    ["p3.2xlarge", RefusedUse.Pool, /compute capability 7\.0, and vLLM needs 7\.5/],
    ["trn2.48xlarge", RefusedUse.Pool, /no GPU/],
    ["g7.2xlarge", RefusedUse.StockAmi, /driver 595.*AMI of your own/],
    ["g4ad.xlarge", RefusedUse.Vllm, /gfx1011.*neither ROCm nor vLLM.*Instinct/],
  ])("refuse %s for %s with a reason and another way", (name, use, reason) => {
    expect(refusalOf(name, use)).toMatch(reason);
    expect(refusalOf(name, use)).toMatch(/use |give /);
    const others = Object.values(RefusedUse).filter((other) => other !== use);
    expect(others.map((other) => refusalOf(name, other))).toEqual([undefined, undefined]);
  });

  it("are for no type that has a similar name", () => {
    for (const name of [
      "g6.xlarge",
      "g7e.2xlarge",
      "g5.xlarge",
      "gr6.4xlarge",
      "p5.48xlarge",
      "p6-b200.48xlarge",
    ]) {
      expect(Object.values(RefusedUse).map((use) => refusalOf(name, use))).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it("name in their place types that the table has", () => {
    for (const { reason } of Object.values(refusedInstanceTypes)) {
      const named = reason.match(/[a-z0-9-]+\.\d*xlarge/g) ?? [];
      expect(named.filter((name) => acceleratorNamed(name) === undefined)).toEqual([]);
    }
  });

  it("keep vLLM from GPUs that it does not run on, known types or not", () => {
    expect(vllmRefusal(shape("g4ad.4xlarge"))).toMatch(/V520/);
    const own = { ...shape("g6.xlarge"), name: "own" };
    expect(vllmRefusal({ ...own, gpu: "V100", computeCapability: 7 })).toBe(
      "has V100 GPUs of compute capability 7.0, and vLLM needs 7.5; use g4dn.xlarge or g6.xlarge",
    );
    const radeon = { ...own, vendor: "amd", gpu: "RX 5700", computeCapability: undefined } as const;
    expect(vllmRefusal({ ...radeon, gfx: "gfx1010" })).toMatch(
      /RX 5700 GPUs \(gfx1010\), which vLLM does not/,
    );
    expect(vllmRefusal({ ...radeon, gfx: "gfx942" })).toBeUndefined();
    const refused = accelerators.filter((node) => vllmRefusal(node) !== undefined);
    expect(refused.every(({ name }) => name.startsWith("g4ad."))).toBe(true);
    expect(refused).toHaveLength(5);
  });
});
