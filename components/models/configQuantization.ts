import { isPlainObject } from "../shared/plainObject";
import { type ConfigObject, type ModelConfig, textOf, textsOf, wholeOf } from "./configNumbers";
import type { ParameterCounts } from "./configParameters";
import { WeightFormat } from "./modelShape";

/** How the weights of a repository are stored. */
export interface ConfigWeights {
  readonly format: WeightFormat;
  /** Bytes of a quantised weight, its share of the scales included; `undefined` where all weights are plain. */
  readonly bytes: number | undefined;
  /** Whether attention stays in 16 bits, as it does where experts alone are quantised. */
  readonly attentionIsPlain: boolean;
}

/** In a list of exceptions: the matrices of attention, and not the norm after it. */
const attentionPart = /self_attn/;

/** The format, or why it cannot be told. */
export function configWeights({ whole, text }: ModelConfig): ConfigWeights | string {
  const quantization = [
    whole["quantization_config"],
    text["quantization_config"],
    whole["compression_config"],
  ].find(isPlainObject);
  return quantization === undefined ? plainWeights(text, whole) : quantizedWeights(quantization);
}

function plainWeights(text: ConfigObject, whole: ConfigObject): ConfigWeights | string {
  const dtype = textOf(text, "torch_dtype", "dtype") ?? textOf(whole, "torch_dtype", "dtype");
  const plain = { bytes: undefined, attentionIsPlain: true };
  switch (dtype) {
    case "bfloat16":
      return { ...plain, format: WeightFormat.Bf16 };
    case "float16":
    // vLLM loads weights of 32 bits as 16 (its `--dtype auto`).
    case "float32":
      return { ...plain, format: WeightFormat.Fp16 };
    default:
      return dtype === undefined ? "torch_dtype is missing" : `torch_dtype "${dtype}" is not understood`;
  }
}

function quantizedWeights(config: ConfigObject): ConfigWeights | string {
  const method = textOf(config, "quant_method") ?? "";
  const exceptions = textsOf(config, "modules_to_not_convert") ?? textsOf(config, "ignore") ?? [];
  const attentionIsPlain = exceptions.some((name) => attentionPart.test(name));
  const of = (format: WeightFormat, bytes: number): ConfigWeights => ({ format, bytes, attentionIsPlain });
  const bits = wholeOf(config, "bits", "w_bit");
  switch (method) {
    case "fp8":
    case "fbgemm_fp8":
      return of(WeightFormat.Fp8, 1 + fp8Scale(config));
    case "mxfp4":
      // A scale of 8 bits for 32 weights.
      return of(WeightFormat.Mxfp4, 0.5 + 1 / 32);
    case "awq":
    case "gptq":
      return bits === 4
        ? of(WeightFormat.Int4, 0.5 + 2.5 / group(config))
        : bits === 8
          ? of(WeightFormat.Int8, 1 + 3 / group(config))
          : `${method} with ${bits ?? "unknown"} bits is not understood`;
    case "compressed-tensors":
      return compressed(config, of);
    case "modelopt":
    case "modelopt_fp4":
      return modelOpt(config, of);
    default:
      return `quant_method ${JSON.stringify(method)} is not understood`;
  }
}

/** A scale of 32 bits for each block, where there are blocks. */
function fp8Scale(config: ConfigObject): number {
  const block = config["weight_block_size"];
  const size = Array.isArray(block) ? Number(block[0]) * Number(block[1]) : Number.NaN;
  return size > 0 ? 4 / size : 0;
}

/** Weights that share a scale; a whole row of a matrix, which has thousands, where the file gives -1 or nothing. */
function group(config: ConfigObject): number {
  return wholeOf(config, "group_size", "q_group_size") || Number.POSITIVE_INFINITY;
}

type Make = (format: WeightFormat, bytes: number) => ConfigWeights;

function compressed(config: ConfigObject, of: Make): ConfigWeights | string {
  const groups = config["config_groups"];
  const first = isPlainObject(groups) ? Object.values(groups).find(isPlainObject) : undefined;
  const weights = first?.["weights"];
  if (!isPlainObject(weights)) {
    return "compressed-tensors without config_groups is not understood";
  }
  const bits = wholeOf(weights, "num_bits");
  const type = textOf(weights, "type");
  switch (`${type}${bits}`) {
    case "float8":
      return of(WeightFormat.Fp8, 1);
    case "float4":
      return of(WeightFormat.Nvfp4, 0.5 + 1 / 16);
    case "int8":
      return of(WeightFormat.Int8, 1 + 2 / group(weights));
    case "int4":
      return of(WeightFormat.Int4, 0.5 + (weights["symmetric"] === false ? 2.5 : 2) / group(weights));
    default:
      return `compressed-tensors with ${type ?? "unknown"} of ${bits ?? "unknown"} bits is not understood`;
  }
}

function modelOpt(config: ConfigObject, of: Make): ConfigWeights | string {
  const algorithm = textOf(config, "quant_algo");
  switch (algorithm) {
    case "NVFP4":
      return of(WeightFormat.Nvfp4, 0.5 + 1 / 16);
    case "FP8":
      return of(WeightFormat.Fp8, 1);
    default:
      return `quant_algo ${JSON.stringify(algorithm ?? null)} is not understood`;
  }
}

/** Bytes of all weights when some are quantised; `undefined` when none is: then they follow from their number. */
export function quantizedBytes(counts: ParameterCounts, weights: ConfigWeights): number | undefined {
  const { plain, attention, dense, experts } = counts;
  if (weights.bytes === undefined) {
    return undefined;
  }
  // Where attention stays plain, the dense layers beside experts do too: gpt-oss, Kimi K2 Thinking.
  const inner = experts > 0 ? experts : dense;
  const quantised = weights.attentionIsPlain ? inner : attention + dense + experts;
  return Math.round(quantised * weights.bytes + 2 * (plain + attention + dense + experts - quantised));
}
