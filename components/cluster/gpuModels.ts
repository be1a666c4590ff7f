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
const amd = (gfx: string, gib: number, driverMiB: number | undefined, fabric: boolean): GpuModel => ({
  vendor: GpuVendor.Amd,
  computeCapability: undefined,
  gfx,
  statedMiB: gib * 1024,
  driverMiB,
  fabric,
  verified: false,
});

/**
 * GPUs by the name that their maker gives them. Stated memory of NVIDIA's: as EC2's API reports it (instance page of
 * aws/karpenter-provider-aws, August 2026). What drivers report, and all of AMD's memory, is from output of
 * `nvidia-smi` and `rocm-smi` that was not looked up again, but for the L4's.
 */
export const gpuModels: Readonly<Record<string, GpuModel>> = {
  T4: nvidia(7.5, 16_384, 15_360, false),
  A10G: nvidia(8.6, 22_888, 23_028, true),
  L4: nvidia(8.9, 22_888, 23_034, true),
  L40S: nvidia(8.9, 45_776, 46_068, true),
  "RTX PRO 4500": nvidia(12.0, 32_768, undefined, true),
  "RTX PRO 6000": nvidia(12.0, 98_304, 97_887, false),
  "A100 40GB": nvidia(8.0, 40_960, undefined, true),
  "A100 80GB": nvidia(8.0, 81_920, undefined, true),
  H100: nvidia(9.0, 81_920, 81_559, false),
  H200: nvidia(9.0, 144_384, 143_771, false),
  B200: nvidia(10.0, 183_359, undefined, true),
  B300: nvidia(10.3, 275_040, undefined, true),
  "Radeon Pro V520": amd("gfx1011", 8, undefined, false),
  MI210: amd("gfx90a", 64, 65_520, false),
  // A card has two dies, and ROCm, Kubernetes and vLLM count each as a GPU with half of the card's 128 GiB.
  MI250: amd("gfx90a", 64, 65_520, true),
  MI300X: amd("gfx942", 192, 196_592, true),
  MI325X: amd("gfx942", 256, 262_128, true),
  MI350X: amd("gfx950", 288, 294_896, true),
  MI355X: amd("gfx950", 288, 294_896, true),
};

/** The GPU of a name; `undefined` for one that the table lacks. */
export function gpuNamed(name: string): GpuModel | undefined {
  return Object.hasOwn(gpuModels, name) ? gpuModels[name] : undefined;
}

/** MiB of one GPU that a program can count on: never more than its driver was seen to report. */
export function usableMiB(gpu: GpuModel): number {
  return Math.min(gpu.statedMiB, gpu.driverMiB ?? gpu.statedMiB);
}
