import { defaultReleaseSet, imageName, type ReleaseSet, releaseSets } from "../gateway/releases";
import { checkObjectName, objectName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { checkCpu, checkMemory } from "../shared/quantities";
import { checkSecret } from "./resolveCredential";
import type { ResolvedVllm } from "./resolved";
import { Accelerator, CacheAccessMode, type VllmArgs } from "./vllmArgs";

/** Path of vLLM's server that answers 200 once the model is loaded. */
export const vllmHealthPath = "/health";

/** Flags that the rendered Deployment sets itself; a second value would win or lose by vLLM's own rules. */
export const ownedFlags: readonly string[] = [
  "--model",
  "--config",
  "--served-model-name",
  "--revision",
  "--host",
  "--port",
  "--uds",
  "--ssl-keyfile",
  "--ssl-certfile",
  "--ssl-ca-certs",
  "--hf-token",
  "--tensor-parallel-size",
  "-tp",
  "--max-model-len",
  "--shutdown-timeout",
  "--download-dir",
  "--enable-prompt-tokens-details",
  "--api-key",
];

export function resolveVllm(
  path: string,
  modelKey: string,
  args: VllmArgs,
  release: ReleaseSet,
  problems: Problems,
): ResolvedVllm {
  const accelerator = args.accelerator ?? Accelerator.Nvidia;
  const gpus = args.gpus ?? 1;
  // An unknown release set is reported where it is given.
  const images = releaseSets[Object.hasOwn(releaseSets, release) ? release : defaultReleaseSet].vllm;
  const resolved: ResolvedVllm = {
    source: args.source,
    revision: args.revision,
    pool: args.pool,
    accelerator,
    gpus,
    replicas: args.replicas ?? 1,
    maxModelLen: args.maxModelLen,
    image: args.image ?? imageName(accelerator === Accelerator.Amd ? images.rocm : images.cuda),
    hfToken: hfToken(path, modelKey, args, problems),
    cacheSize: args.cache?.size ?? "100Gi",
    cacheStorageClass: args.cache?.storageClassName,
    cacheAccessMode: args.cache?.accessMode ?? CacheAccessMode.ReadWriteOnce,
    runAsRoot: args.runAsRoot ?? accelerator === Accelerator.Amd,
    cpu: args.resources?.cpu ?? String(4 * Math.max(1, gpus)),
    memory: args.resources?.memory ?? `${16 * Math.max(1, gpus)}Gi`,
    startupSeconds: args.startupSeconds ?? 1_800,
    shutdownSeconds: args.shutdownSeconds ?? 300,
    extraArgs: args.extraArgs ?? [],
  };
  checkVllm(path, resolved, problems);
  checkCache(path, args, resolved, problems);
  return resolved;
}

function hfToken(
  path: string,
  modelKey: string,
  args: VllmArgs,
  problems: Problems,
): ResolvedVllm["hfToken"] {
  checkSecret(`${path}.hfToken`, args.hfToken, problems);
  if (args.hfToken !== undefined && args.hfTokenSecretName !== undefined) {
    problems.add(path, "gives both hfToken and hfTokenSecretName; keep one of them");
  }
  checkObjectName(`${path}.hfTokenSecretName`, args.hfTokenSecretName, problems);
  if (args.hfTokenSecretName !== undefined) {
    return { name: args.hfTokenSecretName, make: undefined };
  }
  if (args.hfToken === undefined) {
    return undefined;
  }
  const name = objectName(modelKey);
  return { name, make: { key: modelKey, name, data: { token: args.hfToken }, annotations: {} } };
}

function checkCache(path: string, args: VllmArgs, vllm: ResolvedVllm, problems: Problems): void {
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
    if (replicas > 1 && mode === CacheAccessMode.ReadWriteOnce) {
      problems.add(
        `${path}.cache.accessMode`,
        `ReadWriteOnce serves the pods of one node, and there are ${replicas} replicas; use ReadWriteMany with a class that can do it, or no storageClassName`,
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

function checkVllm(path: string, vllm: ResolvedVllm, problems: Problems): void {
  if (typeof vllm.source !== "string" || !/^[^\s/]+\/[^\s/]+$/.test(vllm.source)) {
    problems.add(
      `${path}.source`,
      `${JSON.stringify(vllm.source)} is not a Hugging Face repository; write it as owner/name`,
    );
  }
  if (vllm.accelerator !== Accelerator.Nvidia && vllm.accelerator !== Accelerator.Amd) {
    problems.add(`${path}.accelerator`, `"${vllm.accelerator}" is not known; use "nvidia" or "amd"`);
  }
  checkInteger(`${path}.gpus`, vllm.gpus, 1, 16, problems);
  checkInteger(`${path}.replicas`, vllm.replicas, 0, 1_000, problems);
  if (vllm.maxModelLen !== undefined) {
    checkInteger(`${path}.maxModelLen`, vllm.maxModelLen, 1, 100_000_000, problems);
  }
  checkInteger(`${path}.startupSeconds`, vllm.startupSeconds, 60, 7_200, problems);
  checkInteger(`${path}.shutdownSeconds`, vllm.shutdownSeconds, 0, 3_600, problems);
  checkMemory(`${path}.cache.size`, vllm.cacheSize, problems);
  checkCpu(`${path}.resources.cpu`, vllm.cpu, problems);
  checkMemory(`${path}.resources.memory`, vllm.memory, problems);
  if (vllm.pool !== undefined && !/^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/.test(vllm.pool)) {
    problems.add(
      `${path}.pool`,
      `"${vllm.pool}" cannot be the value of a node label; use letters, digits, "-"`,
    );
  }
  for (const argument of vllm.extraArgs) {
    const flag = argument.split("=")[0] ?? argument;
    if (ownedFlags.includes(flag.replaceAll("_", "-"))) {
      problems.add(
        `${path}.extraArgs`,
        `"${flag}" is set by this package; use the member of vllm that stands for it`,
      );
    }
  }
}

export function checkInteger(
  path: string,
  value: number,
  least: number,
  most: number,
  problems: Problems,
): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    problems.add(path, `${value} is not a whole number from ${least} to ${most.toLocaleString("en")}`);
  }
}
