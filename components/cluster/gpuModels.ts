import { GpuVendor } from "../shared/gpuNodes";

/** One kind of GPU. */
export interface GpuModel {
  readonly vendor: GpuVendor;
  /** NVIDIA's compute capability; `undefined` for AMD. */
  readonly computeCapability: number | undefined;
  /** AMD's architecture; `undefined` for NVIDIA. */
  readonly gfx: string | undefined;
  /** MiB as EC2 or the maker states them; for some GPUs that is more than a program gets. */
  readonly statedMiB: number;
  /** MiB that the driver reports; `undefined` where nobody has looked. */
  readonly driverMiB: number | undefined;
  /** Whether the GPUs of one host are joined without PCIe wherever this GPU is sold. */
  readonly fabric: boolean;
  /** Whether the smaller of the two figures, which is the one in use, was seen at its source. */
  readonly verified: boolean;
}

const nvidia = (
  computeCapability: number,
  statedMiB: number,
  driverMiB: number | undefined,
  verified: boolean,
): GpuModel => ({
  vendor: GpuVendor.Nvidia,
  computeCapability,
  gfx: undefined,
  statedMiB,
  driverMiB,
  fabric: false,
  verified,
});
const amd = (
  gfx: string,
  gib: number,
  driverMiB: number | undefined,
  fabric: boolean,
  verified: boolean,
): GpuModel => ({
  vendor: GpuVendor.Amd,
  computeCapability: undefined,
  gfx,
  statedMiB: gib * 1024,
  driverMiB,
  fabric,
  verified,
});

/**
 * GPUs by the name that their maker gives them. Stated memory: as EC2's API reports it (instance page of
 * aws/karpenter-provider-aws, August 2026), and of Instinct as AMD's table of GPU specifications has it (ROCm
 * documentation, 2026), which the names of the architectures are from, too. What drivers report: Modal's table of NVML's
 * figures (thundergolfer.com/blog/nvidia-gpu-memory-capacity, read November 2026) for T4, A10G, L4, L40S, H100 and H200;
 * `nvidia-smi` in vllm-project/vllm issue 27542 (November 2025) for the RTX PRO 6000; the eight parts of an MI300X in
 * ROCm issue 4750 (May 2025). What drivers report of the other Instinct GPUs was not found.
 */
export const gpuModels: Readonly<Record<string, GpuModel>> = {
  T4: nvidia(7.5, 16_384, 15_360, true),
  A10G: nvidia(8.6, 22_888, 23_028, true),
  L4: nvidia(8.9, 22_888, 23_034, true),
  L40S: nvidia(8.9, 45_776, 46_068, true),
  "RTX PRO 4500": nvidia(12.0, 32_768, undefined, true),
  "RTX PRO 6000": nvidia(12.0, 98_304, 97_887, true),
  "A100 40GB": nvidia(8.0, 40_960, undefined, true),
  "A100 80GB": nvidia(8.0, 81_920, undefined, true),
  H100: nvidia(9.0, 81_920, 81_559, true),
  H200: nvidia(9.0, 144_384, 143_771, true),
  B200: nvidia(10.0, 183_359, undefined, true),
  B300: nvidia(10.3, 275_040, undefined, true),
  "Radeon Pro V520": amd("gfx1011", 8, undefined, false, true),
  MI210: amd("gfx90a", 64, 65_520, false, false),
  // A card has two dies, and ROCm, Kubernetes and vLLM count each as a GPU with half of the card's 128 GiB.
  MI250: amd("gfx90a", 64, 65_520, true, false),
  MI300X: amd("gfx942", 192, 196_592, true, true),
  MI325X: amd("gfx942", 256, 262_128, true, false),
  MI350X: amd("gfx950", 288, 294_896, true, false),
  MI355X: amd("gfx950", 288, 294_896, true, false),
};

/** The GPU of a name; `undefined` for one that the table lacks. */
export function gpuNamed(name: string): GpuModel | undefined {
  return Object.hasOwn(gpuModels, name) ? gpuModels[name] : undefined;
}

/** MiB of one GPU that a program can count on: never more than its driver was seen to report. */
export function usableMiB(gpu: GpuModel): number {
  return Math.min(gpu.statedMiB, gpu.driverMiB ?? gpu.statedMiB);
}
