import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { gibOf, podDisk } from "../cluster/podDisk";
import { GpuVendor } from "../shared/gpuNodes";
import { checkObjectName, isLabelName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { bytesOf, checkCpu, checkMemory } from "../shared/quantities";
import { checkInteger } from "./checkInteger";
import { podNeeds, podProblems } from "./podMemory";
import { isRepository } from "./repositoryName";
import type { ResolvedVllm } from "./resolvedVllm";
import { KvCacheFormat } from "./sizingArgs";
import { CacheAccessMode, type VllmArgs } from "./vllmArgs";
import type { VllmPlace } from "./vllmPlace";
import { weightBytes } from "./weightBytes";

/** Reports values of single members that nothing could be made from. */
export function checkVllm(path: string, args: VllmArgs, vllm: ResolvedVllm, problems: Problems): void {
  if (!isRepository(vllm.source)) {
    problems.add(
      `${path}.source`,
      `${JSON.stringify(vllm.source)} is not a Hugging Face repository; write it as owner/name`,
    );
  }
  if (vllm.accelerator !== GpuVendor.Nvidia && vllm.accelerator !== GpuVendor.Amd) {
    problems.add(`${path}.accelerator`, `"${vllm.accelerator}" is not known; use "nvidia" or "amd"`);
  }
  if (args.replicas !== undefined) {
    checkInteger(`${path}.replicas`, args.replicas, 0, 1_000, problems);
  }
  checkOptional(`${path}.maxModelLen`, vllm.maxModelLen, 100_000_000, problems);
  checkOptional(`${path}.maxSequences`, vllm.maxSequences, 100_000, problems);
  checkOptional(`${path}.concurrency`, args.concurrency, 10_000, problems);
  if (args.startupSeconds !== undefined) {
    checkInteger(`${path}.startupSeconds`, args.startupSeconds, 60, 7_200, problems);
  }
  checkInteger(`${path}.shutdownSeconds`, vllm.shutdownSeconds, 0, 3_600, problems);
  checkMemory(`${path}.cache.size`, vllm.cacheSize, problems);
  checkCpu(`${path}.resources.cpu`, vllm.cpu, problems);
  checkMemory(`${path}.resources.memory`, vllm.memory, problems);
  checkEngine(path, vllm, problems);
  if (vllm.pool !== undefined && !isLabelName(vllm.pool)) {
    problems.add(
      `${path}.pool`,
      `"${vllm.pool}" cannot be the value of a node label; use letters, digits, "-"`,
    );
  }
}

function checkOptional(path: string, value: number | undefined, most: number, problems: Problems): void {
  if (value !== undefined) {
    checkInteger(path, value, 1, most, problems);
  }
}

function checkEngine(path: string, vllm: ResolvedVllm, problems: Problems): void {
  const { gpuMemoryUtilization: share, kvCacheFormat } = vllm;
  if (share !== undefined && !(share >= 0.1 && share <= 0.99)) {
    problems.add(`${path}.gpuMemoryUtilization`, `${share} is not a share of the memory from 0.1 to 0.99`);
  }
  if (kvCacheFormat !== undefined && !Object.values<string>(KvCacheFormat).includes(kvCacheFormat)) {
    problems.add(
      `${path}.kvCacheFormat`,
      `"${kvCacheFormat}" is not known; use ${Object.values(KvCacheFormat).join(" or ")}`,
    );
  }
  for (const member of ["toolParser", "reasoningParser", "quantization"] as const) {
    const value = vllm[member];
    if (value !== undefined && !/^[a-z][a-z0-9_.-]*$/.test(value)) {
      problems.add(
        `${path}.${member}`,
        `${JSON.stringify(value)} is not a name that vLLM registers; use lower-case letters, digits and "_"`,
      );
    }
  }
}

/** Reports what is wrong with the volume for downloads, and with what is downloaded to it. */
export function checkVllmCache(path: string, args: VllmArgs, vllm: ResolvedVllm, problems: Problems): void {
  const { cacheAccessMode: mode, cacheStorageClass: storageClass, replicas } = vllm;
  if (!Object.values(CacheAccessMode).includes(mode)) {
    problems.add(`${path}.cache.accessMode`, `"${mode}" is not known; use ReadWriteOnce or ReadWriteMany`);
  }
  if (storageClass === undefined && args.cache?.accessMode !== undefined) {
    problems.add(
      `${path}.cache.accessMode`,
      "is about a claim, and without storageClassName there is none; name the class or remove it",
    );
  }
  if (storageClass !== undefined) {
    checkObjectName(`${path}.cache.storageClassName`, storageClass, problems);
    const pods = replicas * vllm.nodes;
    if (pods > 1 && mode === CacheAccessMode.ReadWriteOnce) {
      problems.add(
        `${path}.cache.accessMode`,
        `ReadWriteOnce serves the pods of one node, and there are ${vllm.nodes > 1 ? `${pods} pods` : `${replicas} replicas`}; use ReadWriteMany with a class that can do it, or no storageClassName`,
      );
    }
  }
  if (args.revision !== undefined && !/^[^\s]{1,200}$/.test(args.revision)) {
    problems.add(`${path}.revision`, `${JSON.stringify(args.revision)} is not a branch, tag or commit`);
  }
  if (args.image === "") {
    problems.add(`${path}.image`, "is empty; name an image or leave it out");
  }
}

/** Reports pods that no node of the pool could hold. */
export function checkVllmResources(
  path: string,
  args: VllmArgs,
  vllm: ResolvedVllm,
  { node, model, layout }: VllmPlace,
  problems: Problems,
): void {
  const bytes = bytesOf(vllm.memory);
  if (node === undefined || model === undefined || bytes === undefined) {
    return;
  }
  const needs = podNeeds(layout.gpus, weightBytes(model) / layout.nodes);
  const weightsOnNode = vllm.weights.kind === "hub" && vllm.cacheStorageClass === undefined;
  const pod = { memoryMiB: Math.floor(bytes / 2 ** 20), cpus: cpusOf(vllm.cpu), weightsOnNode };
  for (const { what, sentence } of podProblems(node, needs, pod)) {
    problems.add(`${path}.${memberOf[what]}`, sentence);
  }
  if (weightsOnNode && args.cache?.size !== undefined) {
    checkCacheHolds(`${path}.cache.size`, args.cache.size, weightBytes(model), problems);
  }
  if (vllm.cacheStorageClass === undefined && node.nvmeGB > 0) {
    checkCacheFits(`${path}.cache.size`, vllm.cacheSize, node, problems);
  }
}

const memberOf = {
  memory: "resources.memory",
  sharedMemory: "resources.memory",
  cpus: "resources.cpu",
  disk: "pool",
} as const;

function checkCacheHolds(path: string, size: string, weights: number, problems: Problems): void {
  const bytes = bytesOf(size);
  if (bytes !== undefined && bytes < weights) {
    const needed = Math.ceil(weights / 2 ** 30) + 20;
    problems.add(
      path,
      `${size} does not hold the ${Math.ceil(weights / 2 ** 30)}Gi of weights; make it ${needed}Gi or more`,
    );
  }
}

/** The volume is asked for as a part of the node's disks, so a pod with a larger one waits for ever. */
function checkCacheFits(path: string, size: string, node: AcceleratorShape, problems: Problems): void {
  const bytes = bytesOf(size);
  const left = podDisk(gibOf(node.nvmeGB));
  if (bytes !== undefined && bytes > left * 2 ** 30) {
    problems.add(
      path,
      `${size} is more than the ${left}Gi that the disks of ${node.name} leave for pods; use ${left}Gi or less, a storageClassName, or a larger node`,
    );
  }
}

function cpusOf(text: string): number {
  return text.endsWith("m") ? Number(text.slice(0, -1)) / 1_000 : Number(text);
}
