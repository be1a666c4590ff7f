import { GpuVendor } from "../shared/gpuNodes";
import { nearest } from "../shared/nearest";
import { checkNumbers } from "../shared/numberRules";
import type { Problems } from "../shared/problems";
import { type AcceleratorArgs, acceleratorNumbers } from "./acceleratorArgs";
import { RefusedUse, refusalOf } from "./acceleratorRefusals";
import type { AcceleratorShape } from "./acceleratorShape";
import { acceleratorNamed, nearestAccelerator } from "./accelerators";
import { gpuModels, gpuNamed, usableMiB } from "./gpuModels";

type GpuNumbers = Partial<
  Pick<AcceleratorShape, "vendor" | "gpu" | "gpuMemoryMiB" | "computeCapability" | "gfx" | "verified">
> & { readonly fabric: boolean };

/**
 * What a node of the name offers: the numbers of the table, with those of `args` in their place. `undefined`, with
 * problems, when it is refused or not known. `path`: where `args` stands, or would stand.
 */
export function resolveAccelerator(
  path: string,
  name: string,
  args: AcceleratorArgs | undefined,
  problems: Problems,
): AcceleratorShape | undefined {
  const refusal = refusalOf(name, RefusedUse.Pool);
  if (refusal !== undefined) {
    problems.add(path, `"${name}" ${refusal}`);
    return undefined;
  }
  const known = acceleratorNamed(name);
  if (args === undefined) {
    if (known === undefined) {
      const near = nearestAccelerator(name);
      const first = near === undefined ? "" : `did you mean "${near}"? If not, `;
      problems.add(
        path,
        `"${name}" is not in the table of instance types; ${first}give its numbers as accelerator`,
      );
    }
    return known;
  }
  const before = problems.count;
  checkNumbers(path, args, acceleratorNumbers, problems);
  const shape = merged(path, name, args, known, problems);
  if (shape !== undefined) {
    checkTogether(path, shape, problems);
  }
  return problems.count > before ? undefined : shape;
}

function merged(
  path: string,
  name: string,
  args: AcceleratorArgs,
  known: AcceleratorShape | undefined,
  problems: Problems,
): AcceleratorShape | undefined {
  const gpu = gpuNumbers(args, known);
  const need = <Value>(member: keyof AcceleratorArgs, value: Value | undefined, noun: string) => {
    if (value === undefined) {
      problems.add(`${path}.${member}`, `is missing; give ${noun}, since "${name}" is not in the table`);
    }
    return value;
  };
  const { vcpus: cpus, memoryGiB: memory, allocatableMiB: left, networkGbps: network } = acceleratorNumbers;
  const gpuName = need("gpu", args.gpu ?? gpu.gpu, "the GPU's name, for example MI300X");
  const gpus = need("gpus", args.gpus ?? known?.gpus, acceleratorNumbers.gpus.noun);
  const vcpus = need("vcpus", args.vcpus ?? known?.vcpus, cpus.noun);
  const memoryGiB = need("memoryGiB", args.memoryGiB ?? known?.memoryGiB, memory.noun);
  const allocatableMiB = need("allocatableMiB", args.allocatableMiB ?? known?.allocatableMiB, left.noun);
  const networkGbps = need("networkGbps", args.networkGbps ?? known?.networkGbps, network.noun);
  const vendor = args.vendor ?? gpu.vendor;
  const gpuMemoryMiB = args.gpuMemoryMiB ?? gpu.gpuMemoryMiB;
  if (gpuName !== undefined) {
    const near = gpuNamed(gpuName) === undefined ? nearest(gpuName, Object.keys(gpuModels)) : undefined;
    const hint = near === undefined ? "" : `; if it is "${near}", call it that`;
    const reason = (noun: string) =>
      `is missing; give ${noun}, since the GPU "${gpuName}" is not known${hint}`;
    if (vendor === undefined) {
      problems.add(`${path}.vendor`, reason('its maker, "nvidia" or "amd"'));
    }
    if (gpuMemoryMiB === undefined) {
      problems.add(`${path}.gpuMemoryMiB`, reason(acceleratorNumbers.gpuMemoryMiB.noun));
    }
  }
  if (
    gpuName === undefined ||
    gpus === undefined ||
    vcpus === undefined ||
    memoryGiB === undefined ||
    allocatableMiB === undefined ||
    networkGbps === undefined ||
    vendor === undefined ||
    gpuMemoryMiB === undefined
  ) {
    return undefined;
  }
  return {
    name,
    vendor,
    gpu: gpuName,
    gpus,
    gpuMemoryMiB,
    computeCapability: args.computeCapability ?? gpu.computeCapability,
    gfx: args.gfx ?? gpu.gfx,
    vcpus,
    memoryGiB,
    allocatableMiB,
    nvmeGB: args.nvmeGB ?? known?.nvmeGB ?? 0,
    networkGbps,
    efaInterfaces: args.efaInterfaces ?? known?.efaInterfaces ?? 0,
    nvlink: args.nvlink ?? known?.nvlink ?? (gpu.fabric && gpus > 1),
    usdPerHour: args.usdPerHour ?? known?.usdPerHour,
    // What the user writes down, the user has seen.
    verified: (known?.verified ?? true) && (args.gpuMemoryMiB !== undefined || gpu.verified !== false),
  };
}

/** Numbers of the instance type's GPU; of the one that is named in its place; of none when that one is not known. */
function gpuNumbers(args: AcceleratorArgs, known: AcceleratorShape | undefined): GpuNumbers {
  if (known !== undefined && (args.gpu === undefined || args.gpu === known.gpu)) {
    return { ...known, fabric: known.nvlink };
  }
  const model = args.gpu === undefined ? undefined : gpuNamed(args.gpu);
  return model === undefined ? { fabric: false } : { ...model, gpuMemoryMiB: usableMiB(model) };
}

function checkTogether(path: string, shape: AcceleratorShape, problems: Problems): void {
  const { vendor, computeCapability, gfx, allocatableMiB, memoryGiB } = shape;
  if (vendor === GpuVendor.Nvidia) {
    if (computeCapability === undefined) {
      problems.add(`${path}.computeCapability`, "is missing; give NVIDIA's number, for example 8.9");
    }
    if (gfx !== undefined) {
      problems.add(`${path}.gfx`, `"${gfx}" is of AMD's GPUs, and vendor is "nvidia"; keep one of the two`);
    }
  } else if (vendor === GpuVendor.Amd) {
    if (gfx === undefined || !/^gfx[0-9a-f]{3,5}$/.test(gfx)) {
      const value = gfx === undefined ? "is missing" : `${JSON.stringify(gfx)} is no architecture`;
      problems.add(`${path}.gfx`, `${value}; give the one that rocminfo shows, for example "gfx942"`);
    }
    if (computeCapability !== undefined) {
      problems.add(
        `${path}.computeCapability`,
        `${computeCapability} is of NVIDIA's GPUs, and vendor is "amd"; keep one of the two`,
      );
    }
  } else {
    problems.add(`${path}.vendor`, `${JSON.stringify(vendor)} is not known; use "nvidia" or "amd"`);
  }
  if (allocatableMiB > memoryGiB * 1_024) {
    problems.add(
      `${path}.allocatableMiB`,
      `${allocatableMiB} MiB is more than the ${memoryGiB} GiB that a node has; give what it leaves for pods`,
    );
  }
}
