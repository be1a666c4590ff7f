import type { MembersOf } from "../models/memberShapes";
import type { GpuVendor } from "../shared/gpuNodes";
import type { NumberRule } from "../shared/numberRules";

/**
 * What a node offers: for hosts of one's own, for instance types that this package has no numbers of, and to correct
 * numbers that it has. Numbers are per node unless said.
 */
export interface AcceleratorArgs {
  /** The GPU as its maker calls it, for example `MI300X`. Required unless the instance type is known. */
  gpu?: string;
  /**
   * GPUs of a node, 1 to 16; an MI250 counts twice, as ROCm sees it. Required unless the instance type is known.
   */
  gpus?: number;
  /** Maker of the GPU. Default: that of the GPU, where this package knows it. */
  vendor?: GpuVendor;
  /**
   * Memory of one GPU in MiB as `nvidia-smi` or `rocm-smi` shows it, 1,024 to 2,097,152.
   * Default: that of the GPU, where this package knows it.
   */
  gpuMemoryMiB?: number;
  /** NVIDIA's compute capability, for example 8.9. Default: that of the GPU, where this package knows it. */
  computeCapability?: number;
  /** AMD's architecture, for example `gfx942`. Default: that of the GPU, where this package knows it. */
  gfx?: string;
  /** CPUs as Kubernetes counts them, 1 to 4,096. Required unless the instance type is known. */
  vcpus?: number;
  /** Memory in GiB, 1 to 65,536. Required unless the instance type is known. */
  memoryGiB?: number;
  /**
   * Memory left for pods in MiB: `kubectl get node -o jsonpath={.status.allocatable.memory}` tells.
   * Required unless the instance type is known.
   */
  allocatableMiB?: number;
  /** Local NVMe disks together in GB, 0 to 1,000,000. Default: 0, none. */
  nvmeGB?: number;
  /** Network in Gbps, 0.1 to 100,000; weights come over it. Required unless the instance type is known. */
  networkGbps?: number;
  /** Interfaces of the Elastic Fabric Adapter, 0 to 64. Default: 0, none. */
  efaInterfaces?: number;
  /**
   * Whether the GPUs of a node reach each other without going over PCIe (NVLink, Infinity Fabric).
   * Default: true for several MI250, MI300X, MI325X, MI350X or MI355X, else false.
   */
  nvlink?: boolean;
  /** US dollars for an hour of a node, 0.001 to 10,000. Default: not known, so no cost of it is shown. */
  usdPerHour?: number;
}

/** Every member of `AcceleratorArgs`, and what it must be. */
export const acceleratorMembers: MembersOf<AcceleratorArgs> = {
  gpu: "text",
  gpus: "number",
  vendor: "text",
  gpuMemoryMiB: "number",
  computeCapability: "number",
  gfx: "text",
  vcpus: "number",
  memoryGiB: "number",
  allocatableMiB: "number",
  nvmeGB: "number",
  networkGbps: "number",
  efaInterfaces: "number",
  nvlink: "flag",
  usdPerHour: "number",
};

/** What the numbers of `AcceleratorArgs` must be. */
export const acceleratorNumbers = {
  gpus: { noun: "the GPUs of a node", least: 1, most: 16, whole: true },
  gpuMemoryMiB: {
    noun: "the memory of one GPU in MiB, as its driver reports it",
    least: 1_024,
    most: 2_097_152,
    whole: true,
  },
  computeCapability: { noun: "NVIDIA's number, for example 8.9", least: 3, most: 20, whole: false },
  vcpus: { noun: "the CPUs of a node", least: 1, most: 4_096, whole: true },
  memoryGiB: { noun: "the memory of a node in GiB", least: 1, most: 65_536, whole: false },
  allocatableMiB: {
    noun: "the memory that a node leaves for pods, in MiB",
    least: 1_024,
    most: 67_108_864,
    whole: true,
  },
  nvmeGB: { noun: "the local NVMe disks of a node in GB", least: 0, most: 1_000_000, whole: false },
  networkGbps: { noun: "the network of a node in Gbps", least: 0.1, most: 100_000, whole: false },
  efaInterfaces: { noun: "the interfaces of the Elastic Fabric Adapter", least: 0, most: 64, whole: true },
  usdPerHour: {
    noun: "US dollars for an hour of a node, or leave it out where nobody knows",
    least: 0.001,
    most: 10_000,
    whole: false,
  },
} satisfies Partial<Record<keyof AcceleratorArgs, NumberRule>>;
