import { podNeeds } from "./podMemory";
import type { ResolvedVllm, ResolvedWeights } from "./resolvedVllm";
import { Accelerator } from "./vllmArgs";
import type { VllmPlace } from "./vllmPlace";
import { weightBytes } from "./weightBytes";

type Defaults = Pick<ResolvedVllm, "cacheSize" | "cpu" | "memory" | "sharedMemory" | "startupSeconds">;

/** Seconds that starting takes beside the weights: Python, compiling, CUDA graphs, warming up; twice what is usual. */
const warmUpSeconds = 300;
const leastStartupSeconds = 600;
/** What a download from Hugging Face reaches at the least, in bytes a second. */
const hubRate = 100e6;
/** EFS in elastic mode for one client, and FSx of the smallest size, in bytes a second. */
const claimRate = 100e6;
/** A gp3 volume with the 600 MiB/s that pools have, in bytes a second; NVMe is faster. */
const diskRate = 600 * 2 ** 20;
/** The streamer takes most of a network's bandwidth (10.4 GB in 5 s on 20 Gbit/s, AWS, 2026); half is counted on. */
const streamerShare = 0.5;

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
  accelerator: Accelerator,
  from: ResolvedWeights["kind"],
): Defaults {
  const { layout, node, model } = place;
  const bytes = model === undefined || node === undefined ? undefined : weightBytes(model);
  const cacheSize = `${cacheGi(bytes, accelerator, from)}Gi`;
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

/** Weights come over the network once and are read from disk once; each may take twice as long as it should. */
function startupSeconds(bytes: number, from: ResolvedWeights["kind"], networkGbps: number): number {
  const seconds = {
    hub: bytes / hubRate + bytes / diskRate,
    claim: bytes / claimRate,
    s3: bytes / ((networkGbps * 1e9 * streamerShare) / 8),
  }[from];
  const whole = warmUpSeconds + 2 * seconds;
  return Math.max(leastStartupSeconds, Math.ceil(whole / 60) * 60);
}

/** ROCm compiles and keeps far more than CUDA. */
function cacheGi(bytes: number | undefined, accelerator: Accelerator, from: ResolvedWeights["kind"]): number {
  const usual = accelerator === Accelerator.Amd ? 200 : 100;
  if (from !== "hub") {
    return accelerator === Accelerator.Amd ? usual : 30;
  }
  const needed = bytes === undefined ? 0 : Math.ceil(bytes / 2 ** 30) + besideGi;
  return Math.max(usual, Math.ceil(needed / 10) * 10);
}

function mib(value: number): string {
  return value % 1_024 === 0 ? `${value / 1_024}Gi` : `${value}Mi`;
}
