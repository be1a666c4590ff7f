import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { gibOf, podDisk } from "../cluster/podDisk";
import { GpuVendor } from "../shared/gpuNodes";
import { loadSeconds } from "./loadSeconds";
import { podNeeds } from "./podMemory";
import type { ResolvedVllm, ResolvedWeights } from "./resolvedVllm";
import type { VllmPlace } from "./vllmPlace";
import { weightBytes } from "./weightBytes";

type Defaults = Pick<ResolvedVllm, "cacheSize" | "cpu" | "memory" | "sharedMemory" | "startupSeconds">;

/** Loading may take twice as long as it should. */
const startupFactor = 2;
const leastStartupSeconds = 600;

/** Room beside the weights for compiled kernels and tokenizers, in GiB. */
const besideGi = 20;
/** Size of pods that nobody has numbers for. */
const cpusPerGpu = 4;
const gibPerGpu = 16;
/** Memory that agents of a node take of what is left for pods, in MiB. */
const agentsMiB = 1_024;

/** What a pod gets where the declaration does not say: by the numbers of node and model, where both are known. */
export function nodeDefaults(
  place: VllmPlace,
  accelerator: GpuVendor,
  from: ResolvedWeights["kind"],
): Defaults {
  const { layout, node, model } = place;
  const bytes = model === undefined || node === undefined ? undefined : weightBytes(model);
  const cacheSize = `${cacheGi(bytes, accelerator, from, node)}Gi`;
  if (node === undefined || bytes === undefined) {
    return {
      cacheSize,
      cpu: String(cpusPerGpu * Math.max(1, layout.gpus)),
      memory: `${gibPerGpu * Math.max(1, layout.gpus)}Gi`,
      sharedMemory: layout.nodes > 1 ? "16Gi" : layout.gpus > 1 ? "8Gi" : "2Gi",
      startupSeconds: 1_800,
    };
  }
  const needs = podNeeds(layout.gpus, bytes / layout.nodes);
  const share = layout.gpus / node.gpus;
  const memoryShare = Math.floor((node.allocatableMiB - agentsMiB) * share);
  const cpuShare = Math.floor((node.vcpus - 1) * share);
  return {
    cacheSize,
    cpu: String(Math.max(needs.cpus, Math.min(cpusPerGpu * layout.gpus, cpuShare))),
    memory: mib(Math.max(needs.memoryMiB, Math.min(gibPerGpu * 1_024 * layout.gpus, memoryShare))),
    sharedMemory: mib(needs.sharedMiB),
    startupSeconds: startupSeconds(bytes, from, node.networkGbps),
  };
}

function startupSeconds(bytes: number, from: ResolvedWeights["kind"], networkGbps: number): number {
  const whole = startupFactor * loadSeconds(bytes, from, networkGbps);
  return Math.max(leastStartupSeconds, Math.ceil(whole / 60) * 60);
}

/** ROCm compiles and keeps far more than CUDA. Nobody asks for more than a node has, unless the weights need it. */
function cacheGi(
  bytes: number | undefined,
  accelerator: GpuVendor,
  from: ResolvedWeights["kind"],
  node: AcceleratorShape | undefined,
): number {
  const most =
    node === undefined || node.nvmeGB === 0 ? Number.POSITIVE_INFINITY : podDisk(gibOf(node.nvmeGB));
  const usual = Math.min(most, accelerator === GpuVendor.Amd ? 200 : 100);
  if (from !== "hub") {
    return accelerator === GpuVendor.Amd ? usual : 30;
  }
  const needed = bytes === undefined ? 0 : Math.ceil(bytes / 2 ** 30) + besideGi;
  return Math.max(usual, Math.ceil(needed / 10) * 10);
}

function mib(value: number): string {
  return value % 1_024 === 0 ? `${value / 1_024}Gi` : `${value}Mi`;
}
