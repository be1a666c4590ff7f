import { at as entry, type Problems } from "../shared/problems";
import { bytesOf, checkCpu, checkMemory } from "../shared/quantities";
import { checkInteger } from "./checkProcessor";
import {
  type ProcessorPodArgs,
  type ProcessorServiceArgs,
  ProcessorSpread,
  ProcessorStore,
} from "./processorArgs";
import { autoscalingBounds, processorDefaults } from "./processorDefaults";

/** Most pods; Envoy opens connections to each from each of its threads. */
const mostReplicas = 100;
/** What the processor itself takes, in bytes, besides bodies. */
const ownMemory = 128 * 1024 ** 2;
/** Largest body that the processor reads. */
const mostBody = 1024 ** 3;
/** A body is there as it came, as text, and as it goes back. */
const copiesOfBody = 3;
const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Labels by which we find the pods ourselves. */
export const ownPodLabels = [
  "app.kubernetes.io/name",
  "app.kubernetes.io/instance",
  "app.kubernetes.io/managed-by",
];

export function checkScaling(
  at: (member: string) => string,
  args: ProcessorServiceArgs,
  problems: Problems,
): void {
  const { replicas, autoscaling, store } = args;
  checkInteger(at("replicas"), replicas, 1, mostReplicas, problems);
  const isMemory = store === ProcessorStore.Memory;
  const remedy =
    'with store "memory" each pod would let the whole limit through; keep one pod, or use store "redis"';
  if (isMemory && (replicas ?? 1) > 1) {
    problems.add(at("replicas"), `is ${replicas}, and ${remedy}`);
  }
  if (autoscaling === undefined) {
    return;
  }
  if (replicas !== undefined) {
    problems.add(at("replicas"), "is given beside autoscaling, which sets it; remove one of them");
  }
  if (isMemory) {
    problems.add(at("autoscaling"), `adds pods, and ${remedy}`);
  }
  const { min, max, cpuPercent } = autoscalingBounds(autoscaling);
  checkInteger(at("autoscaling.min"), min, 1, mostReplicas, problems);
  checkInteger(at("autoscaling.max"), max, 1, mostReplicas, problems);
  checkInteger(at("autoscaling.cpuPercent"), cpuPercent, 10, 95, problems);
  if (min > max) {
    problems.add(at("autoscaling.max"), `${max} is below min, ${min}; raise one or lower the other`);
  }
}

/** `path`: where the processor stands; empty for a declaration of its own. */
export function checkBodies(path: string, bufferLimit: string, problems: Problems): void {
  if ((bytesOf(bufferLimit) ?? 0) > mostBody) {
    problems.add(
      path === "" ? "bufferLimit" : "gateway.bufferLimit",
      `${bufferLimit} is more than the 1Gi that the processor reads; lower it`,
    );
  }
}

export function checkShape(
  path: string,
  args: ProcessorPodArgs,
  bufferLimit: string,
  problems: Problems,
): void {
  const { cpu = processorDefaults.cpu, memory = processorDefaults.memory, spread } = args;
  checkCpu(`${path}.cpu`, cpu, problems);
  checkMemory(`${path}.memory`, memory, problems);
  checkRoomForBodies(`${path}.memory`, memory, bufferLimit, problems);
  if (spread !== undefined && !Object.values(ProcessorSpread).includes(spread)) {
    problems.add(`${path}.spread`, `"${spread}" is not known; use "preferred" or "required"`);
  }
  for (const [key, { effect }] of Object.entries(args.tolerations ?? {})) {
    if (effect !== undefined && !effects.includes(effect)) {
      problems.add(
        `${entry(`${path}.tolerations`, key)}.effect`,
        `"${effect}" is not known; use ${effects.join(", ")}`,
      );
    }
  }
  for (const label of Object.keys(args.labels ?? {}).filter((name) => ownPodLabels.includes(name))) {
    problems.add(entry(`${path}.labels`, label), "is what the pods are found by; use another label");
  }
}

function checkRoomForBodies(path: string, memory: string, bufferLimit: string, problems: Problems): void {
  const [bytes, body] = [bytesOf(memory), bytesOf(bufferLimit)];
  if (bytes === undefined || body === undefined) {
    return;
  }
  const least = ownMemory + copiesOfBody * body;
  if (bytes < least) {
    problems.add(
      path,
      `${memory} does not hold one body of the gateway's bufferLimit, ${bufferLimit}; give ${Math.ceil(least / 1024 ** 2)}Mi or more, better several times that`,
    );
  }
}
