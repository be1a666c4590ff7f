import type { AcceleratorShape } from "../cluster/acceleratorShape";

const mib = 2 ** 20;
const gib = 2 ** 30;

/**
 * What CUDA and ROCm keep of a GPU's memory for themselves. Published start-up logs of vLLM from 2025 and 2026 name
 * 0.43 to 0.75 GiB less than the driver: L4 22.03 of 22.49 GiB, L40S 44.39 of 44.99, H100 79.19 of 79.65, A100 79.25
 * of 80, H200 139.81 of 140.4.
 */
const reservedBytes = 0.55 * gib;

/** Bytes of one GPU that vLLM sees, of which it takes its share. */
export function visibleBytes(node: AcceleratorShape): number {
  return Math.max(0, node.gpuMemoryMiB * mib - reservedBytes);
}

/** What a version of vLLM reserves beside weights and KV cache. */
export interface EngineTraits {
  /** First minor version (0.x) that these hold for. */
  readonly since: number;
  /** Copies of the logits of a step, in 32 bits, at the sampler's peak. */
  readonly logitCopies: number;
  /** Memory outside PyTorch's own with one GPU, and with several. */
  readonly alone: number;
  readonly joined: { readonly fabric: number; readonly pcie: number };
  /** CUDA graphs that are counted in vLLM's share, beside a part of the weights; 0 where they are not counted. */
  readonly graphs: number;
  readonly graphsOfWeights: number;
}

/**
 * Newest first. Measured by others on H100: "vLLM Empirical Memory Profiling Results" (llm-d-benchmark, v0.11.0) and
 * the "Capacity Planner Accuracy Report" (llm-d-planner, v0.15.0 to v0.19.0, April 2026). Activations are 9.6 copies
 * of `sequences x vocabulary` up to v0.16 and 3.75 from v0.17 on. With NVLink, buffers for collective operations take
 * 2.1 GiB since v0.18; without, 0.6 GiB (v0.11 with two GPUs). CUDA graphs count since v0.21: 0.5 to 1.85 GiB there,
 * mean 1.04, more for larger models.
 */
const traits: readonly EngineTraits[] = [
  {
    since: 21,
    logitCopies: 3.75,
    alone: 0.25 * gib,
    joined: { fabric: 2.1 * gib, pcie: 0.6 * gib },
    graphs: 0.5 * gib,
    graphsOfWeights: 0.01,
  },
  {
    since: 17,
    logitCopies: 3.75,
    alone: 0.25 * gib,
    joined: { fabric: 2.1 * gib, pcie: 0.6 * gib },
    graphs: 0,
    graphsOfWeights: 0,
  },
  {
    since: 0,
    logitCopies: 9.6,
    alone: 0.13 * gib,
    joined: { fabric: 0.55 * gib, pcie: 0.55 * gib },
    graphs: 0,
    graphsOfWeights: 0,
  },
];

/** Minor version from which GPUs of 160 GiB and more take larger steps (vLLM's pull request 51726, August 2026). */
const largestSteps = 27;

/** `0.33.0` or `v0.33.0` as 33; what is newer than 0.x, or not given, counts as the newest. */
export function engineMinor(version: string | undefined): number {
  const match = /^v?0\.([0-9]+)/.exec(version ?? "");
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** What a version of vLLM reserves. */
export function engineTraits(minor: number): EngineTraits {
  const [newest] = traits;
  const found = traits.find(({ since }) => minor >= since) ?? newest;
  if (found === undefined) {
    throw new Error("there are no traits of vLLM");
  }
  return found;
}

/** How much vLLM works on in one step. */
export interface Batching {
  readonly sequences: number;
  readonly tokens: number;
}

/** Steps of GPUs with less than 70 GiB, and of A100. */
export const smallSteps: Batching = { sequences: 256, tokens: 2_048 };

/** vLLM's own choice for a GPU (`get_batch_defaults` in its source, 2026): by memory, and smaller for an A100. */
export function defaultBatching(node: AcceleratorShape, minor: number): Batching {
  const bytes = visibleBytes(node);
  if (bytes >= 160 * gib && minor >= largestSteps) {
    return { sequences: 1_024, tokens: 16_384 };
  }
  return bytes >= 70 * gib && !/a100/i.test(node.gpu) ? { sequences: 1_024, tokens: 8_192 } : smallSteps;
}
