import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { GpuVendor } from "../shared/gpuNodes";
import { type ModelShape, WeightFormat } from "./modelShape";
import { KvCacheFormat, type SizingOptions } from "./sizingArgs";
import { loadedFormat } from "./weightBytes";

/** Compute capability from which NVIDIA's GPUs run weights of a format: vLLM documentation and source, 2026. */
const capability: Readonly<Record<WeightFormat, number>> = {
  bf16: 8.0,
  fp16: 7.5,
  // Computing in FP8 begins with 8.9; before that the Marlin kernels widen the weights as they read them.
  fp8: 8.0,
  int8: 7.5,
  int4: 7.5,
  // Likewise: computing in NVFP4 begins with 10.0.
  nvfp4: 8.0,
  mxfp4: 8.0,
};

/** AMD's architectures that run weights of a format; `undefined` stands for all that vLLM supports. */
const architectures: Readonly<Record<WeightFormat, readonly string[] | undefined>> = {
  bf16: undefined,
  fp16: undefined,
  fp8: ["gfx942", "gfx950", "gfx1200", "gfx1201"],
  int8: undefined,
  int4: undefined,
  nvfp4: [],
  mxfp4: ["gfx942", "gfx950"],
};

const formatNames: Readonly<Record<WeightFormat, string>> = {
  bf16: "bf16",
  fp16: "fp16",
  fp8: "FP8",
  int8: "INT8",
  int4: "4-bit",
  nvfp4: "NVFP4",
  mxfp4: "MXFP4",
};

/** NVIDIA's capability from which the KV cache may be in FP8; on ROCm it may be on every GPU (vLLM documentation). */
const eightBitCache = 8.9;

/** What is wrong, and what to do about it. */
export interface Refusal {
  readonly fact: string;
  readonly remedy: string;
}

/** How a format is called in a sentence. */
export function formatName(format: WeightFormat): string {
  return formatNames[format];
}

/** Why a GPU cannot compute with a model's weights; `undefined` when it can. */
export function weightFormatRefusal(
  model: ModelShape,
  node: AcceleratorShape,
  { weightFormat, half = false }: SizingOptions,
): Refusal | undefined {
  const format = loadedFormat(model, weightFormat);
  const name = formatName(format);
  if (node.vendor === GpuVendor.Amd) {
    const able = architectures[format];
    return able === undefined || able.includes(node.gfx ?? "")
      ? undefined
      : {
          fact: `weights in ${name} do not run on ${node.gpu} (${node.gfx})`,
          remedy: able.length === 0 ? "use another format of the model" : `use a GPU of ${able.join(", ")}`,
        };
  }
  const has = node.computeCapability ?? 0;
  // Quantised checkpoints leave the rest of the model in 16 bits, which is bf16 unless `half` says otherwise.
  const needed = format === WeightFormat.Bf16 && half ? capability.fp16 : capability[format];
  if (has >= needed) {
    return undefined;
  }
  return {
    fact: `${name} needs compute capability ${needed.toFixed(1)}, and ${node.gpu} has ${has.toFixed(1)}`,
    remedy:
      format === WeightFormat.Bf16 && has >= capability.fp16
        ? "set dtype half, or use a newer GPU such as the A10G or L4"
        : "use a newer GPU, or another format of the model",
  };
}

/** Why a GPU cannot keep keys and values in a format; `undefined` when it can. */
export function kvFormatRefusal(
  node: AcceleratorShape,
  format: KvCacheFormat | undefined,
): Refusal | undefined {
  const has = node.computeCapability ?? 0;
  if (format !== KvCacheFormat.Fp8 || node.vendor === GpuVendor.Amd || has >= eightBitCache) {
    return undefined;
  }
  return {
    fact: `a KV cache in FP8 needs compute capability ${eightBitCache}, and ${node.gpu} has ${has.toFixed(1)}`,
    remedy: 'use kvCacheFormat "auto" or a newer GPU',
  };
}
