import type { GpuVendor } from "../shared/gpuNodes";

/** What a node offers to models: an instance type of EC2, or a host of one's own. Numbers are per node unless said. */
export interface AcceleratorShape {
  /** EC2 instance type such as `g6.2xlarge`, or the user's own name of a kind of host. */
  readonly name: string;
  readonly vendor: GpuVendor;
  /** The GPU as its maker calls it, for example `L4`. */
  readonly gpu: string;
  /** GPUs of a node. */
  readonly gpus: number;
  /** Memory of one GPU that a program can use, in MiB: what the driver reports, where that is known. */
  readonly gpuMemoryMiB: number;
  /** NVIDIA's compute capability, for example 8.9; `undefined` for AMD. */
  readonly computeCapability: number | undefined;
  /** AMD's architecture, for example `gfx942`; `undefined` for NVIDIA. */
  readonly gfx: string | undefined;
  readonly vcpus: number;
  readonly memoryGiB: number;
  /** Memory that is left for pods, in MiB. */
  readonly allocatableMiB: number;
  /** Local NVMe disks together, in GB; 0 when there are none. */
  readonly nvmeGB: number;
  readonly networkGbps: number;
  /** Interfaces of the Elastic Fabric Adapter. */
  readonly efaInterfaces: number;
  /** Whether the GPUs of a node reach each other without going over PCIe. */
  readonly nvlink: boolean;
  /** On demand, Linux, in the region of the price table; `undefined` where it is not sold by the hour. */
  readonly usdPerHour: number | undefined;
  /** Whether every number was seen at its source; the documentation marks the others. */
  readonly verified: boolean;
}
