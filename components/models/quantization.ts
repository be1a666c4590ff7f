import { nearestRemedy } from "../shared/nearest";
import type { Problems } from "../shared/problems";
import { formatName } from "./formatSupport";
import { type ModelShape, WeightFormat } from "./modelShape";

/** How vLLM can be told to quantise, and the formats of weights that each way reads. */
type Methods = Readonly<Record<string, readonly WeightFormat[]>>;

const { Bf16, Fp16, Fp8, Int8, Int4, Nvfp4, Mxfp4 } = WeightFormat;
const wide: readonly WeightFormat[] = [Bf16, Fp16];

/** Names that vLLM registers (`vllm/model_executor/layers/quantization/__init__.py`, 2026). */
const methods: Methods = {
  // What is quantised while it is loaded. "fp8" reads weights that are in FP8 already, too.
  fp8: [...wide, Fp8],
  fp8_per_tensor: wide,
  fp8_per_block: wide,
  ptpc_fp8: wide,
  mxfp8: wide,
  online: wide,
  bitsandbytes: [...wide, Int4, Int8],
  experts_int8: wide,
  int8_per_channel_weight_only: wide,
  torchao: [...wide, Fp8, Int8, Int4],
  inc: [...wide, Fp8, Int8, Int4],
  // What was quantised when it was published.
  awq: [Int4],
  awq_marlin: [Int4],
  gptq: [Int4, Int8],
  gptq_marlin: [Int4, Int8],
  moe_wna16: [Int4, Int8],
  "compressed-tensors": [Fp8, Int8, Int4, Nvfp4, Mxfp4],
  fbgemm_fp8: [Fp8],
  fp_quant: [Mxfp4, Nvfp4],
  modelopt: [Fp8],
  modelopt_fp4: [Nvfp4],
  modelopt_mxfp8: [Fp8],
  modelopt_mixed: [Fp8, Nvfp4],
  quark: [Fp8, Int8, Int4, Mxfp4],
  mxfp4: [Mxfp4],
  gpt_oss_mxfp4: [Mxfp4],
  petit_nvfp4: [Nvfp4],
  gguf: [Int8, Int4],
};

/** Whether weights of 16 bits are on the GPU in FP8. */
export function isOnlineFp8(quantization: string | undefined): boolean {
  return (
    quantization !== undefined &&
    ["fp8", "fp8_per_tensor", "fp8_per_block", "ptpc_fp8"].includes(quantization)
  );
}

/**
 * Reports a way to quantise that vLLM does not have, or that does not read the weights of the model: the server would
 * end at its start. `hasOwnImage`: such an image may have ways of its own.
 */
export function checkQuantization(
  path: string,
  quantization: string | undefined,
  hasOwnImage: boolean,
  model: ModelShape | undefined,
  problems: Problems,
): void {
  if (quantization === undefined) {
    return;
  }
  const reads = Object.hasOwn(methods, quantization) ? methods[quantization] : undefined;
  if (reads === undefined) {
    if (!hasOwnImage && /^[a-z][a-z0-9_.-]*$/.test(quantization)) {
      const names = Object.keys(methods);
      const remedy = nearestRemedy(quantization, names, `known are ${names.join(", ")}`);
      problems.add(path, `"${quantization}" is no way in which vLLM quantizes; ${remedy}`);
    }
    return;
  }
  if (model === undefined || reads.includes(model.weights)) {
    return;
  }
  const isWide = wide.includes(model.weights);
  const remedy = isWide
    ? `use "fp8", or name a repository whose weights are ${reads.map(formatName).join(" or ")}`
    : "leave it out: vLLM reads from the repository how its weights are quantized";
  problems.add(
    path,
    `"${quantization}" does not read the weights of ${model.name}, which are in ${formatName(model.weights)}; ${remedy}`,
  );
}
