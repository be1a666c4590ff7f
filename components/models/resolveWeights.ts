import { createHash } from "node:crypto";
import { mapInput } from "../shared/mapInput";
import { checkObjectName, isDnsLabel, objectName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { checkMemory } from "../shared/quantities";
import type { ResolvedMirror, ResolvedPodIdentity, ResolvedS3, ResolvedWeights } from "./resolvedVllm";
import type { VllmArgs } from "./vllmArgs";
import type { VllmS3WeightsArgs } from "./vllmWeightsArgs";

/** Where a claim with weights is mounted. */
export const claimPath = "/weights";

/** Where the engine reads its weights; reports what is wrong with the declaration of it. */
export function resolveWeights(
  path: string,
  modelKey: string,
  args: VllmArgs,
  problems: Problems,
): ResolvedWeights {
  const { claim, s3 } = args.weights ?? {};
  const hub: ResolvedWeights = { kind: "hub", model: args.source };
  if (args.weights !== undefined && (claim === undefined) === (s3 === undefined)) {
    const found = claim === undefined ? "neither claim nor s3" : "both claim and s3";
    problems.add(
      `${path}.weights`,
      `names ${found}; keep one, or leave weights out to load from Hugging Face`,
    );
    return hub;
  }
  if (claim !== undefined) {
    checkObjectName(`${path}.weights.claim.name`, claim.name, problems);
    checkFolder(`${path}.weights.claim.path`, claim.path, problems);
    checkNoCache(path, args, "claim", problems);
    const model = claim.path === undefined ? claimPath : `${claimPath}/${claim.path}`;
    return { kind: "claim", model, claimName: claim.name };
  }
  return s3 === undefined ? hub : s3Weights(path, modelKey, args, s3, problems);
}

function s3Weights(
  path: string,
  modelKey: string,
  args: VllmArgs,
  s3: VllmS3WeightsArgs,
  problems: Problems,
): ResolvedWeights {
  checkFolder(`${path}.weights.s3.path`, s3.path, problems);
  checkNoCache(path, args, "s3", problems);
  if (args.s3 === undefined) {
    problems.add(`${path}.s3`, "is missing, and weights.s3 reads from its bucket; give bucket and region");
  }
  const { source, revision } = args;
  const folder = s3.path ?? (revision === undefined ? source : `${source}/${revision}`);
  const model = mapInput(args.s3?.bucket ?? "", (bucket) => `s3://${bucket}/${folder}`);
  return { kind: "s3", model, path: folder, mirror: mirrorOf(path, modelKey, args, folder, problems) };
}

function mirrorOf(
  path: string,
  modelKey: string,
  args: VllmArgs,
  folder: string,
  problems: Problems,
): ResolvedMirror | undefined {
  const mirror = args.weights?.s3?.mirror;
  if (mirror === undefined) {
    return undefined;
  }
  const { disk = "60Gi" } = mirror;
  checkMemory(`${path}.weights.s3.mirror.disk`, disk, problems);
  if (args.revision === undefined) {
    problems.add(
      `${path}.revision`,
      "is missing, and the mirror copies once for each revision: the main branch would stay as it is that day; give a commit or a tag",
    );
  }
  const content = JSON.stringify([args.source, args.revision, folder]);
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return { name: `${objectName(modelKey)}-mirror-${hash}`, disk };
}

/** Nothing is downloaded there, so a volume for downloads would stay empty. */
function checkNoCache(path: string, args: VllmArgs, kind: "claim" | "s3", problems: Problems): void {
  if (args.cache?.storageClassName !== undefined) {
    problems.add(
      `${path}.cache.storageClassName`,
      `would keep downloads on a claim, and weights.${kind} downloads none; take one of the two out`,
    );
  }
}

/** A folder is written without slashes around it: `models/qwen3`. */
function checkFolder(path: string, folder: string | undefined, problems: Problems): void {
  const parts = folder?.split("/") ?? [];
  if (folder !== undefined && parts.some((part) => !/^[\w.@=+-]+$/.test(part) || /^\.+$/.test(part))) {
    problems.add(path, `${JSON.stringify(folder)} is not a folder; write it as "models/qwen3"`);
  }
}

/** The bucket, and how pods get at it; reports what is wrong with its declaration. */
export function resolveS3(
  path: string,
  modelKey: string,
  args: VllmArgs,
  weights: ResolvedWeights,
  problems: Problems,
): ResolvedS3 | undefined {
  const { s3 } = args;
  const adapters = Object.values(args.loras ?? {}).flatMap(({ s3Path }) => s3Path ?? []);
  if (s3 === undefined) {
    return undefined;
  }
  checkBucket(`${path}.s3`, s3.bucket, s3.region, problems);
  if (args.weights?.s3 === undefined && adapters.length === 0) {
    problems.add(
      `${path}.s3`,
      "is given, and nothing is read from it; set weights.s3 or the s3Path of an adapter",
    );
  }
  const { podIdentity, serviceAccountName } = s3;
  if ((podIdentity === undefined) === (serviceAccountName === undefined)) {
    const found = podIdentity === undefined ? "neither" : "both";
    problems.add(
      `${path}.s3`,
      `gives ${found} of podIdentity and serviceAccountName, so ${found === "neither" ? "pods could not read it" : "nobody knows which counts"}; keep exactly one`,
    );
  }
  checkObjectName(`${path}.s3.serviceAccountName`, serviceAccountName, problems);
  const base = { bucket: s3.bucket, region: s3.region };
  if (podIdentity === undefined) {
    return { ...base, serviceAccount: serviceAccountName ?? "default", podIdentity: undefined };
  }
  const { clusterName = "" } = podIdentity;
  if (clusterName === "") {
    problems.add(
      `${path}.s3.podIdentity.clusterName`,
      "is missing; name the EKS cluster that the pods run in (an AiPlatform that makes its cluster knows it)",
    );
  }
  const mirrored = weights.kind === "s3" && weights.mirror !== undefined ? [weights.path] : [];
  const identity: ResolvedPodIdentity = {
    clusterName,
    roleArn: podIdentity.roleArn,
    reads: [...(weights.kind === "s3" ? [weights.path] : []), ...adapters],
    writes: mirrored,
  };
  return { ...base, serviceAccount: objectName(modelKey), podIdentity: identity };
}

function checkBucket(path: string, bucket: unknown, region: string, problems: Problems): void {
  if (typeof bucket === "string" && !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    problems.add(
      `${path}.bucket`,
      `${JSON.stringify(bucket)} is not the name of a bucket; use 3 to 63 lower-case letters, digits, "." and "-"`,
    );
  }
  if (!isDnsLabel(region) || !/-\d$/.test(region)) {
    problems.add(`${path}.region`, `${JSON.stringify(region)} is not a region; write it as "us-west-2"`);
  }
}
