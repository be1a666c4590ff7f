import type { Problems } from "../shared/problems";
import { AutoscaledBy, type AutoscalingArgs, type AutoscalingPrometheusArgs } from "./autoscalingArgs";
import { checkAutoscalingSource } from "./checkAutoscalingSource";
import { checkInteger } from "./checkInteger";
import { loadSeconds } from "./loadSeconds";
import type { ResolvedAutoscaling, ResolvedAutoscalingPrometheus } from "./resolvedAutoscaling";
import type { ResolvedWeights } from "./resolvedVllm";
import type { VllmArgs } from "./vllmArgs";
import type { VllmPlace } from "./vllmPlace";
import { weightBytes } from "./weightBytes";

/** The default of each number of `AutoscalingArgs`; requests in line as in AWS's example of vLLM with KEDA (2026). */
export const autoscalingDefaults = Object.freeze({
  waitingRequests: 25,
  kvCacheUsage: 0.8,
  cooldownSeconds: 900,
});

const leastCooldownSeconds = 300;
/** Kubernetes takes no longer window for going down (autoscaling/v2). */
const mostCooldownSeconds = 3_600;

/** What is wanted in place of vLLM's own metrics, and why it would not work. */
const uselessSources: readonly string[] = ["cpu", "memory", "gpu"];

interface AutoscalingContext {
  readonly place: VllmPlace;
  readonly weights: ResolvedWeights["kind"];
  readonly problems: Problems;
  readonly warn: (sentence: string) => void;
}

/** How many replicas a model has by its load; `undefined` where the number is fixed. Reports what is wrong with it. */
export function resolveAutoscaling(
  path: string,
  { autoscaling, replicas }: VllmArgs,
  { place, weights, problems, warn }: AutoscalingContext,
): ResolvedAutoscaling | undefined {
  if (autoscaling === undefined) {
    return undefined;
  }
  if (replicas !== undefined) {
    problems.add(
      `${path}.replicas`,
      `is ${replicas}, and autoscaling changes that number too; keep one of the two (autoscaling.min is the least)`,
    );
  }
  const own = `${path}.autoscaling`;
  const { by = AutoscaledBy.Keda, max, scaleToZero = false, prometheus } = autoscaling;
  const seconds = secondsToLoad(place, weights);
  const resolved: ResolvedAutoscaling = {
    by,
    min: autoscaling.min ?? (scaleToZero ? 0 : 1),
    max,
    waitingRequests: autoscaling.waitingRequests ?? autoscalingDefaults.waitingRequests,
    kvCacheUsage: autoscaling.kvCacheUsage ?? autoscalingDefaults.kvCacheUsage,
    cooldownSeconds: autoscaling.cooldownSeconds ?? cooldown(seconds),
    prometheus: prometheus === undefined ? undefined : resolvePrometheus(prometheus),
    wakeQuery: autoscaling.wakeQuery,
  };
  checkBy(`${own}.by`, by, problems);
  checkRange(own, autoscaling, resolved, problems);
  checkZero(own, autoscaling, resolved, problems);
  checkAutoscalingSource(own, autoscaling, by, problems);
  if (scaleToZero) {
    warn(zeroWarning(own, seconds));
  }
  return resolved;
}

function resolvePrometheus(args: AutoscalingPrometheusArgs): ResolvedAutoscalingPrometheus {
  const { url, labels = {}, triggerAuthenticationName, authModes, awsRegion } = args;
  return { url, labels, triggerAuthenticationName, authModes, awsRegion };
}

/** Seconds that a replica takes until it answers; `undefined` where the node or the model is not known. */
function secondsToLoad({ node, model }: VllmPlace, from: ResolvedWeights["kind"]): number | undefined {
  return node === undefined || model === undefined
    ? undefined
    : loadSeconds(weightBytes(model), from, node.networkGbps);
}

/** A replica that goes too early costs its loading time when the load comes back. */
function cooldown(seconds: number | undefined): number {
  return seconds === undefined
    ? autoscalingDefaults.cooldownSeconds
    : Math.min(mostCooldownSeconds, Math.max(leastCooldownSeconds, Math.ceil(seconds / 60) * 60));
}

function checkBy(path: string, by: string, problems: Problems): void {
  if (uselessSources.includes(by)) {
    problems.add(
      path,
      `"${by}" says nothing of vLLM's load: it takes its memory at start, and one request keeps it as busy as a hundred; use "keda" or "hpa", which count waiting requests and the KV cache`,
    );
  } else if (!Object.values<string>(AutoscaledBy).includes(by)) {
    problems.add(path, `"${by}" is not known; use "keda" or "hpa"`);
  }
}

function checkRange(
  path: string,
  args: AutoscalingArgs,
  { min, max, kvCacheUsage, waitingRequests, cooldownSeconds }: ResolvedAutoscaling,
  problems: Problems,
): void {
  const before = problems.count;
  checkInteger(`${path}.min`, min, 0, 1_000, problems);
  checkInteger(`${path}.max`, max, 1, 1_000, problems);
  if (problems.count === before && min > max) {
    problems.add(`${path}.max`, `${max} is less than min, which is ${min}; swap them`);
  } else if (problems.count === before && min === max) {
    problems.add(
      `${path}.max`,
      `${max} is min as well, so nothing would ever change; raise it, or write replicas: ${max} in place of autoscaling`,
    );
  }
  checkInteger(`${path}.waitingRequests`, waitingRequests, 1, 100_000, problems);
  if (args.cooldownSeconds !== undefined) {
    checkInteger(`${path}.cooldownSeconds`, cooldownSeconds, 60, mostCooldownSeconds, problems);
  }
  if (!(kvCacheUsage >= 0.05 && kvCacheUsage <= 1)) {
    problems.add(`${path}.kvCacheUsage`, `${kvCacheUsage} is not a share of the KV cache from 0.05 to 1`);
  }
}

/** The last replica goes only where somebody has said so, and has said what brings it back. */
function checkZero(
  path: string,
  { scaleToZero = false, wakeQuery }: AutoscalingArgs,
  { by, min }: ResolvedAutoscaling,
  problems: Problems,
): void {
  if (scaleToZero && by === AutoscaledBy.Hpa) {
    problems.add(
      `${path}.scaleToZero`,
      'is true, and a HorizontalPodAutoscaler keeps one replica at least; use by: "keda", or take it out',
    );
  }
  if (scaleToZero && min > 0) {
    problems.add(
      `${path}.scaleToZero`,
      `is true, and min is ${min}, so it would not happen; make min 0, or take scaleToZero out`,
    );
  }
  if (!scaleToZero && min === 0) {
    problems.add(
      `${path}.min`,
      "0 lets requests fail until a replica is ready again; use 1, or say scaleToZero: true if that is meant",
    );
  }
  if (scaleToZero && (wakeQuery === undefined || wakeQuery.trim() === "")) {
    problems.add(
      `${path}.wakeQuery`,
      "is missing, and without pods vLLM reports nothing, so the first replica would never come back; give PromQL that counts requests at the gateway",
    );
  }
  if (!scaleToZero && wakeQuery !== undefined) {
    problems.add(
      `${path}.wakeQuery`,
      "wakes a model that has gone to zero, and this one never does; take it out, or say scaleToZero: true",
    );
  }
}

function zeroWarning(path: string, seconds: number | undefined): string {
  const time =
    seconds === undefined
      ? "which takes minutes"
      : `which takes about ${Math.ceil(seconds / 60)} minutes and whatever its node and image take`;
  return `${path}: may go to zero replicas: requests then fail with 503 until one is ready, ${time}, since the gateway holds none back; clients have to try again, and a GPU has to be free at that moment`;
}
