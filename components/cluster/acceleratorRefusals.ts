import { GpuVendor } from "../shared/gpuNodes";
import type { AcceleratorShape } from "./acceleratorShape";

/** What an instance type is refused for. */
export const RefusedUse = {
  /** As a node pool, whatever runs on it. */
  Pool: "pool",
  /** With an AMI of EKS; with one of the user's own it works. */
  StockAmi: "stock-ami",
  /** For vLLM; other programs may use its GPU. */
  Vllm: "vllm",
} as const;
export type RefusedUse = (typeof RefusedUse)[keyof typeof RefusedUse];

/** Why an instance type is refused, as the end of a sentence that begins with its name. */
export interface InstanceTypeRefusal {
  readonly use: RefusedUse;
  readonly reason: string;
}

const tooOld = (gpu: string, capability: string): InstanceTypeRefusal => ({
  use: RefusedUse.Pool,
  reason: `has ${gpu} GPUs of compute capability ${capability}, and vLLM needs 7.5; use g4dn.xlarge or g6.xlarge`,
});
const fraction: InstanceTypeRefusal = {
  use: RefusedUse.Pool,
  reason:
    "has a fraction of an L4, which EC2 counts as no GPU, so that a pod cannot ask for it; use g6.xlarge or larger",
};
const neuron: InstanceTypeRefusal = {
  use: RefusedUse.Pool,
  reason:
    "has AWS Neuron devices and no GPU; use a type of the families g4dn, g5, g6, g6e, g7e, p4, p5 or p6",
};

/** Instance types that are refused, by the beginning of their names. */
export const refusedInstanceTypes: Readonly<Record<string, InstanceTypeRefusal>> = {
  // Instance page of aws/karpenter-provider-aws, August 2026: no nvidia.com/gpu.
  "g6f.": fraction,
  "gr6f.": fraction,
  "g5g.": {
    use: RefusedUse.Pool,
    reason: "has ARM processors, and the images are built for x86; use g5.xlarge or g6.xlarge",
  },
  "p6e-": {
    use: RefusedUse.Pool,
    reason:
      "is an UltraServer of ARM hosts that is sold by Capacity Blocks; use p6-b200.48xlarge or p6-b300.48xlarge",
  },
  "p2.": tooOld("K80", "3.7"),
  "g3.": tooOld("M60", "5.2"),
  "g3s.": tooOld("M60", "5.2"),
  "p3.": tooOld("V100", "7.0"),
  "p3dn.": tooOld("V100", "7.0"),
  "inf1.": neuron,
  "inf2.": neuron,
  "trn1.": neuron,
  "trn1n.": neuron,
  "trn2.": neuron,
  // AWS EKS user guide, August 2026.
  "g7.": {
    use: RefusedUse.StockAmi,
    reason:
      "needs NVIDIA's driver 595 or newer, and the AMIs of EKS have 580; give an AMI of your own, or use g7e.2xlarge",
  },
  "g4ad.": {
    use: RefusedUse.Vllm,
    reason:
      "has Radeon Pro V520 GPUs (gfx1011), which neither ROCm nor vLLM supports; use g6.xlarge or another NVIDIA type, or a host of your own with Instinct GPUs",
  },
};

/** Why an instance type is refused for a use; `undefined` when it is not. */
export function refusalOf(instanceType: string, use: RefusedUse): string | undefined {
  const found = Object.entries(refusedInstanceTypes).find(([prefix]) => instanceType.startsWith(prefix));
  return found?.[1].use === use ? found[1].reason : undefined;
}

/** Oldest compute capability that vLLM's images run on (vLLM documentation, 2026). */
export const vllmComputeCapability = 7.5;

/** Architectures that vLLM's ROCm build supports (vLLM documentation, 2026). */
export const vllmArchitectures: readonly string[] = [
  "gfx90a",
  "gfx942",
  "gfx950",
  "gfx1100",
  "gfx1101",
  "gfx1150",
  "gfx1151",
  "gfx1200",
  "gfx1201",
];

/** Why vLLM cannot run on the GPUs of a node, as the end of a sentence; `undefined` when it can. */
export function vllmRefusal(shape: AcceleratorShape): string | undefined {
  const refused = refusalOf(shape.name, RefusedUse.Vllm);
  if (refused !== undefined) {
    return refused;
  }
  if (shape.vendor === GpuVendor.Amd) {
    return shape.gfx !== undefined && vllmArchitectures.includes(shape.gfx)
      ? undefined
      : `has ${shape.gpu} GPUs (${shape.gfx}), which vLLM does not support; it runs on ${vllmArchitectures.join(", ")}`;
  }
  const capability = shape.computeCapability ?? 0;
  return capability >= vllmComputeCapability
    ? undefined
    : `has ${shape.gpu} GPUs of compute capability ${capability.toFixed(1)}, and vLLM needs ${vllmComputeCapability}; use g4dn.xlarge or g6.xlarge`;
}
