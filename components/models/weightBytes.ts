import { modelFacts } from "./modelFacts";
import { type ModelShape, WeightFormat } from "./modelShape";

/**
 * Bytes of a quantised parameter with its scales. int4: 4 bits and a scale of 16 and a zero of 4 bits for 128 of
 * them, rounded up for the smaller groups that some use. NVFP4: 8 bits of scale for 16, MXFP4: for 32.
 */
const bytesPerParameter: Readonly<Record<WeightFormat, number>> = {
  bf16: 2,
  fp16: 2,
  fp8: 1,
  int8: 1,
  int4: 0.53,
  nvfp4: 0.5625,
  mxfp4: 0.53125,
};

/** Whether computing with weights of a format takes 16 bits for each of them. */
export function isWide(format: WeightFormat): boolean {
  return format === WeightFormat.Bf16 || format === WeightFormat.Fp16;
}

/** The format that weights have on the GPU. */
export function loadedFormat(model: ModelShape, wanted: WeightFormat | undefined): WeightFormat {
  return wanted !== undefined && isWide(model.weights) ? wanted : model.weights;
}

/** Bytes of all weights once they are loaded. */
export function weightBytes(model: ModelShape, wanted?: WeightFormat): number {
  const format = loadedFormat(model, wanted);
  if (format === model.weights && model.weightBytes !== undefined) {
    return model.weightBytes;
  }
  const { parameters, embeddingParameters, attentionParameters } = modelFacts(model);
  // Embedding and output layer keep 16 bits in every format, in MXFP4 checkpoints attention does, too.
  const kept = 2 * embeddingParameters + (format === WeightFormat.Mxfp4 ? attentionParameters : 0);
  const wide = isWide(format) ? parameters : Math.min(parameters, kept);
  return 2 * wide + bytesPerParameter[format] * (parameters - wide);
}

/** How weights are cut. */
export interface Split {
  readonly tensorParallel: number;
  readonly pipelineParallel: number;
}

/** Bytes of weights on the fullest GPU: of the stage that holds the embedding or the output layer. */
export function weightBytesPerGpu(model: ModelShape, split: Split, wanted?: WeightFormat): number {
  const { tensorParallel, pipelineParallel } = split;
  const total = weightBytes(model, wanted) * mxfp4Padding(model, tensorParallel);
  if (pipelineParallel === 1) {
    return total / tensorParallel;
  }
  const embedding = 2 * modelFacts(model).embeddingParameters;
  const layers = Math.max(0, total - 2 * embedding);
  return (layers / pipelineParallel + embedding) / tensorParallel;
}

/**
 * vLLM's MXFP4 kernels want an expert's part in multiples of 64 and the hidden layer in multiples of 256, so gpt-oss
 * (2,880 wide) takes more than its files. Experts are all but about 6 % of such a model.
 */
function mxfp4Padding(model: ModelShape, tensorParallel: number): number {
  const { expertSize, hiddenSize } = model;
  if (model.weights !== WeightFormat.Mxfp4 || expertSize === undefined) {
    return 1;
  }
  const share = expertSize / tensorParallel;
  const padded = (roundUp(share, 64) / share) * (roundUp(hiddenSize, 256) / hiddenSize);
  return 0.06 + 0.94 * padded;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
