import { defaultReleaseSet, imageName, type ReleaseSet, releaseSets } from "../gateway/releases";
import { GpuVendor } from "../shared/gpuNodes";
import { mapInput } from "../shared/mapInput";
import { checkObjectName, objectName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { checkPoolCapacity } from "./checkPoolCapacity";
import { checkVllm, checkVllmCache, checkVllmResources } from "./checkVllm";
import type { KnownPools } from "./modelPools";
import { checkQuantization } from "./quantization";
import { resolveAutoscaling } from "./resolveAutoscaling";
import { checkSecret } from "./resolveCredential";
import type { ResolvedVllm } from "./resolvedVllm";
import { resolveEndpointPicker } from "./resolveEndpointPicker";
import { resolveLoras } from "./resolveLoras";
import { resolveS3, resolveWeights } from "./resolveWeights";
import { needsHalf } from "./sizeVllm";
import { CacheAccessMode, noParser, type VllmArgs } from "./vllmArgs";
import { nodeDefaults } from "./vllmDefaults";
import { checkExtraArgs } from "./vllmFlags";
import { resolveLayout } from "./vllmParallel";
import { placeVllm, type VllmPlace } from "./vllmPlace";
import { acceleratorEnv, modelFlags } from "./vllmTuning";

export { checkInteger } from "./checkInteger";

/** Path of vLLM's server that answers 200 once the model is loaded. */
export const vllmHealthPath = "/health";

export interface VllmContext extends KnownPools {
  readonly release: ReleaseSet;
  readonly problems: Problems;
  /** Takes what is allowed but worth a warning. */
  readonly warn: (sentence: string) => void;
}

/** Fills in every default of a model's pods, and reports what is wrong with their declaration. */
export function resolveVllm(
  path: string,
  modelKey: string,
  args: VllmArgs,
  context: VllmContext,
): ResolvedVllm {
  const { problems } = context;
  const token = hfToken(path, modelKey, args, problems);
  const weights = resolveWeights(path, modelKey, args, problems);
  const s3 = resolveS3(path, modelKey, args, weights, problems);
  const loras = resolveLoras(path, args, problems);
  const place = placeVllm(path, args, resolveLayout(path, args, problems), loras, context);
  const { layout, node, model, sizing } = place;
  const accelerator = args.accelerator ?? node?.vendor ?? GpuVendor.Nvidia;
  const { warn } = context;
  const autoscaling = resolveAutoscaling(path, args, { place, weights: weights.kind, problems, warn });
  const replicas = autoscaling?.max ?? args.replicas ?? 1;
  const defaults = nodeDefaults(place, accelerator, weights.kind);
  const resolved: ResolvedVllm = {
    ...layout,
    source: args.source,
    revision: args.revision,
    pool: place.pool,
    accelerator,
    replicas,
    autoscaling,
    picker: resolveEndpointPicker(path, modelKey, args, { ...context, model, replicas }),
    maxModelLen: args.maxModelLen,
    image: imageOf(path, args, accelerator, context),
    hfToken: token,
    weights,
    s3,
    loras,
    dtype: node !== undefined && needsHalf(node) ? "half" : undefined,
    quantization: args.quantization,
    kvCacheFormat: args.kvCacheFormat,
    gpuMemoryUtilization: args.gpuMemoryUtilization,
    maxSequences: args.maxSequences ?? sizing?.maxSequences,
    maxBatchedTokens: sizing?.maxBatchedTokens,
    ...parsersOf(args, place),
    usageInEveryChunk: args.usageInEveryChunk ?? node !== undefined,
    modelFlags: modelFlags(model, node),
    extraArgs: args.extraArgs ?? [],
    env: acceleratorEnv(accelerator, node),
    cacheSize: args.cache?.size ?? defaults.cacheSize,
    cacheStorageClass: args.cache?.storageClassName,
    cacheAccessMode: args.cache?.accessMode ?? CacheAccessMode.ReadWriteOnce,
    cpu: args.resources?.cpu ?? defaults.cpu,
    memory: args.resources?.memory ?? defaults.memory,
    sharedMemory: defaults.sharedMemory,
    runAsRoot: args.runAsRoot ?? accelerator === GpuVendor.Amd,
    startupSeconds: args.startupSeconds ?? defaults.startupSeconds,
    shutdownSeconds: args.shutdownSeconds ?? 300,
    node,
    sizing,
  };
  checkVllm(path, args, resolved, problems);
  checkQuantization(`${path}.quantization`, args.quantization, args.image !== undefined, model, problems);
  checkVllmCache(path, args, resolved, problems);
  checkVllmResources(path, args, resolved, place, problems);
  checkExtraArgs(path, resolved, problems);
  const counted = autoscaling === undefined ? "replicas" : "autoscaling.max";
  checkPoolCapacity(`${path}.${counted}`, replicas, place, context.poolSizes, problems);
  checkAccess(path, resolved, place, problems);
  const isTuned = resolved.modelFlags.length > 0;
  if (node?.vendor === GpuVendor.Amd && model?.rocmNote !== undefined && !isTuned) {
    context.warn(`${path}: ${args.source} on AMD: ${model.rocmNote}`);
  }
  return resolved;
}

/** The catalogue's parsers where a model is placed on a node that is known; what is written goes before. */
function parsersOf(
  { toolParser, reasoningParser }: VllmArgs,
  { model, node }: VllmPlace,
): Pick<ResolvedVllm, "toolParser" | "reasoningParser"> {
  const known = node === undefined ? undefined : model;
  const chosen = (written: string | undefined, own: string | undefined) =>
    written === noParser ? undefined : (written ?? own);
  return {
    toolParser: chosen(toolParser, known?.toolParser),
    reasoningParser: chosen(reasoningParser, known?.reasoningParser),
  };
}

function imageOf(
  path: string,
  { image, imageDigest }: VllmArgs,
  accelerator: GpuVendor,
  { release, problems }: VllmContext,
): ResolvedVllm["image"] {
  // An unknown release set is reported where it is given.
  const images = releaseSets[Object.hasOwn(releaseSets, release) ? release : defaultReleaseSet].vllm;
  const tagged = image ?? imageName(accelerator === GpuVendor.Amd ? images.rocm : images.cuda);
  if (imageDigest === undefined) {
    return tagged;
  }
  if (!/^sha256:[0-9a-f]{64}$/.test(imageDigest)) {
    problems.add(
      `${path}.imageDigest`,
      `${JSON.stringify(imageDigest)} is not a digest; write it as "sha256:" and 64 hex digits`,
    );
  }
  if (typeof image === "string" && image.includes("@")) {
    problems.add(`${path}.imageDigest`, "is given, and image has a digest too; keep one of them");
  }
  return mapInput(tagged, (name) => `${name}@${imageDigest}`);
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

/** What a repository asks of those who use it, where a model is placed in a pool that is declared. */
function checkAccess(
  path: string,
  { weights, hfToken: token, extraArgs }: ResolvedVllm,
  { model, isPlaced }: VllmPlace,
  problems: Problems,
): void {
  if (model === undefined || !isPlaced) {
    return;
  }
  const downloads = weights.kind === "hub" || (weights.kind === "s3" && weights.mirror !== undefined);
  if (model.gated && downloads && token === undefined) {
    problems.add(
      `${path}.hfToken`,
      `is missing, and "${model.name}" is gated; agree to its licence (${model.licence}) and give the account's token, or hfTokenSecretName`,
    );
  }
  if (model.remoteCode && !extraArgs.some((each) => each.replaceAll("_", "-") === "--trust-remote-code")) {
    problems.add(
      `${path}.extraArgs`,
      `lacks --trust-remote-code, and "${model.name}" runs code of its repository; add it if you trust that code`,
    );
  }
}
