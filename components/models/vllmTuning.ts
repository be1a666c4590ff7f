import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { GpuVendor } from "../shared/gpuNodes";
import type { ModelShape } from "./modelShape";
import type { EnvVar } from "./resolvedVllm";

/** Instinct accelerators; AITER's kernels break on Radeon cards (vLLM documentation, August 2026). */
function isInstinct(node: AcceleratorShape | undefined): boolean {
  return node?.gfx?.startsWith("gfx9") === true;
}

/** What AMD and vLLM advise for their GPUs (vLLM documentation and recipes, August 2026). */
export function acceleratorEnv(
  accelerator: GpuVendor,
  node: AcceleratorShape | undefined,
): readonly EnvVar[] {
  if (accelerator !== GpuVendor.Amd) {
    return [];
  }
  return [
    ...(isInstinct(node) ? [{ name: "VLLM_ROCM_USE_AITER", value: "1" }] : []),
    { name: "HIP_FORCE_DEV_KERNARG", value: "1" },
    { name: "SAFETENSORS_FAST_GPU", value: "1" },
  ];
}

/** Flags that a model needs on a node. */
export function modelFlags(
  model: ModelShape | undefined,
  node: AcceleratorShape | undefined,
): readonly string[] {
  if (model === undefined || node === undefined) {
    return [];
  }
  const isGptOss = /(^|\/)gpt-oss-/.test(model.name);
  return [
    ...(model.task === "generate" ? [] : ["--runner", "pooling"]),
    // Attention sinks have a kernel of their own there (vLLM recipe of gpt-oss, August 2026).
    ...(isGptOss && isInstinct(node)
      ? ["--attention-backend", "ROCM_AITER_UNIFIED_ATTN", "--block-size", "64"]
      : []),
  ];
}
