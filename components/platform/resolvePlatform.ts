import type { Input } from "@pulumi/pulumi";
import type { GpuClusterArgs } from "../cluster/gpuClusterArgs";
import type { ResolvedGpuCluster } from "../cluster/resolvedGpuCluster";
import { resolveGpuCluster } from "../cluster/resolveGpuCluster";
import type { GatewayInstallArgs } from "../gateway/installArgs";
import { defaultReleaseSet, releaseSets } from "../gateway/releases";
import { resolveGatewayInstall } from "../gateway/resolveInstall";
import { checkMembers } from "../models/checkMembers";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import { planModelGateway } from "../models/planModelGateway";
import type { ResolvedModelGateway } from "../models/resolved";
import type { AiPlatformArgs } from "../platformArgs";
import { isPlainObject } from "../shared/plainObject";
import { Problems } from "../shared/problems";
import { checkCertManager, checkParts, checkPools } from "./checkPlatform";
import { type ResolvedController, resolveControllers } from "./controllers";
import { gatherProblems } from "./gatherProblems";
import { namedCluster } from "./namedCluster";
import { platformMembers } from "./platformMembers";
import { clusterArgs, installArgs, modelArgs } from "./platformParts";

/** A cluster to make. */
export interface PlatformCluster {
  readonly args: GpuClusterArgs;
  readonly plan: ResolvedGpuCluster;
}

/** A platform that passed every check: the arguments of its parts, and what they come to. */
export interface ResolvedPlatform {
  /** `undefined` with a cluster of the user's own. */
  readonly cluster: PlatformCluster | undefined;
  readonly install: GatewayInstallArgs;
  /** Where models are to be told the name of the cluster that is made, they are not yet. */
  readonly models: ModelGatewayArgs;
  /** What the models come to. */
  readonly plan: ResolvedModelGateway;
  /** What models need beside the gateway. */
  readonly controllers: readonly ResolvedController[];
  readonly createNamespace: boolean;
  readonly hostname: Input<string> | undefined;
}

/**
 * Resolves all parts, each by its own checks, and what they have to agree on.
 *
 * @throws DeclarationError with the problems of all parts at once.
 */
export function resolvePlatform(name: string, args: AiPlatformArgs): ResolvedPlatform {
  const problems = new Problems();
  checkMembers(args, problems, platformMembers);
  if (!isPlainObject(args)) {
    problems.throwIfAny(name);
  }
  checkParts(args, problems);
  const cluster = resolveCluster(name, args, problems);
  const install = installArgs(args);
  // Of another type it was reported already.
  if (isPlainObject(install)) {
    gatherProblems("install", problems, () => resolveGatewayInstall(name, install));
  }
  const models = modelArgs(args);
  const named = args.cluster === undefined ? models : namedCluster(models, cluster?.plan.clusterName ?? name);
  const plan = resolveModels(name, args, named, problems);
  if (cluster !== undefined && plan !== undefined) {
    checkPools(cluster.plan.pools, plan.models, problems);
    checkCertManager(cluster.plan, args, problems);
  }
  const release = releaseSets[plan?.release ?? defaultReleaseSet];
  // Of another type it was reported already.
  const controllers = isPlainObject(args.controllers ?? {})
    ? resolveControllers(args, plan?.models ?? [], release, problems)
    : [];
  problems.throwIfAny(name);
  if (plan === undefined) {
    throw new Error("models that have no plan have a problem");
  }
  const { createNamespace = true, hostname } = args;
  return { cluster, install, models, plan, controllers, createNamespace, hostname };
}

function resolveCluster(name: string, args: AiPlatformArgs, problems: Problems): PlatformCluster | undefined {
  if (args.cluster === undefined) {
    return undefined;
  }
  const cluster = clusterArgs(args.cluster, args);
  const plan = gatherProblems("cluster", problems, () => resolveGpuCluster(name, cluster));
  return plan === undefined ? undefined : { args: cluster, plan };
}

function resolveModels(
  name: string,
  { cluster }: AiPlatformArgs,
  models: ModelGatewayArgs,
  problems: Problems,
): ResolvedModelGateway | undefined {
  const found = new Problems();
  const plan = gatherProblems("", found, () => planModelGateway(name, models));
  for (const { path, reason } of found.all) {
    // What is wrong with the cluster's pools was said where they are declared.
    if (cluster === undefined || !/^pools\b/.test(path)) {
      problems.add(path, reason);
    }
  }
  return plan?.resolved;
}
