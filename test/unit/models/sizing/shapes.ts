import type { AcceleratorShape } from "../../../../components/cluster/acceleratorShape";
import { type ModelShape, WeightFormat } from "../../../../components/models/modelShape";
import { GpuVendor } from "../../../../components/shared/gpuNodes";

/** A dense model of 8 billion parameters; tests change what they are about. */
export function model(changes: Partial<ModelShape> = {}): ModelShape {
  const parametersB = changes.parametersB ?? 8;
  return {
    name: "acme/model",
    parametersB,
    activeParametersB: parametersB,
    attention: [{ kind: "full", layers: 32, kvHeads: 8, headSize: 128 }],
    heads: 32,
    hiddenSize: 4_096,
    expertSize: undefined,
    contextTokens: 131_072,
    weights: WeightFormat.Bf16,
    weightBytes: undefined,
    task: "generate",
    licence: "Apache-2.0",
    gated: false,
    toolParser: undefined,
    reasoningParser: undefined,
    remoteCode: false,
    rocmNote: undefined,
    verified: true,
    ...changes,
  };
}

/** A node with one L4; tests change what they are about. */
export function node(changes: Partial<AcceleratorShape> = {}): AcceleratorShape {
  return {
    name: "g6.2xlarge",
    vendor: GpuVendor.Nvidia,
    gpu: "L4",
    gpus: 1,
    gpuMemoryMiB: 22_888,
    computeCapability: 8.9,
    gfx: undefined,
    vcpus: 8,
    memoryGiB: 32,
    allocatableMiB: 29_317,
    nvmeGB: 450,
    networkGbps: 5,
    efaInterfaces: 0,
    nvlink: false,
    usdPerHour: 0.978,
    verified: true,
    ...changes,
  };
}

/** A host of Instinct GPUs. */
export function instinct(changes: Partial<AcceleratorShape> = {}): AcceleratorShape {
  return node({
    name: "rack",
    vendor: GpuVendor.Amd,
    gpu: "MI300X",
    gpus: 8,
    gpuMemoryMiB: 196_592,
    computeCapability: undefined,
    gfx: "gfx942",
    vcpus: 192,
    allocatableMiB: 1_900_000,
    nvlink: true,
    usdPerHour: undefined,
    ...changes,
  });
}

export const gib = 2 ** 30;
