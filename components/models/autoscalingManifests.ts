import type { Input } from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { AutoscaledBy } from "./autoscalingArgs";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedAutoscaling, ResolvedAutoscalingPrometheus } from "./resolvedAutoscaling";
import type { ServedModel } from "./servedModel";

/** Seconds between two looks at Prometheus, as often as Kubernetes looks at metrics. */
const pollingSeconds = 15;

/** vLLM's gauges, of each pod: requests in line, and the share of the KV cache in use. */
const metrics = { waiting: "vllm:num_requests_waiting", kvCache: "vllm:kv_cache_usage_perc" } as const;

/** What has replicas. */
interface ScaledTarget {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** The object that changes the number of replicas of a workload. */
export function autoscaler(
  model: ServedModel,
  autoscaling: ResolvedAutoscaling,
  { apiVersion, kind, metadata }: Manifest,
): Manifest {
  const target = { apiVersion, kind, name: metadata.name };
  return autoscaling.by === AutoscaledBy.Keda && autoscaling.prometheus !== undefined
    ? scaledObject(model, autoscaling, autoscaling.prometheus, target)
    : horizontalPodAutoscaler(model, autoscaling, target);
}

/**
 * Both metrics are summed over pods and divided by the target of one pod (`AverageValue`). That gives the wanted number
 * of replicas whatever their number is now: a mean (`Value`) would be multiplied by the present number, and while new
 * pods load for minutes without taking any load, it would ask for ever more.
 */
function scaledObject(
  model: ServedModel,
  autoscaling: ResolvedAutoscaling,
  prometheus: ResolvedAutoscalingPrometheus,
  target: ScaledTarget,
): Manifest {
  const { min, max, waitingRequests, kvCacheUsage, cooldownSeconds, wakeQuery } = autoscaling;
  const labels = { model_name: model.upstreamName, ...prometheus.labels };
  const sumOf = (metric: string) => `sum(${metric}{${selectors(labels)}})`;
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: modelMetadata(model),
    spec: {
      scaleTargetRef: target,
      pollingInterval: pollingSeconds,
      // Only of the last replica; the others go by the window below.
      cooldownPeriod: cooldownSeconds,
      minReplicaCount: min,
      maxReplicaCount: max,
      advanced: { horizontalPodAutoscalerConfig: { behavior: behavior(autoscaling) } },
      triggers: [
        trigger("waiting-requests", sumOf(metrics.waiting), waitingRequests, prometheus),
        trigger("kv-cache", sumOf(metrics.kvCache), kvCacheUsage, prometheus),
        // It asks for one replica and never for a second, whatever it counts.
        ...(wakeQuery === undefined
          ? []
          : [trigger("wake", `clamp_max(sum(${wakeQuery}), 1)`, 1, prometheus, true)]),
      ],
    },
  };
}

function selectors(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",");
}

/** `mayBeAbsent`: no answer counts as 0. Otherwise it is an error and nothing changes: pods that are not seen stay. */
function trigger(
  name: string,
  query: string,
  threshold: number,
  { url, triggerAuthenticationName, authModes, awsRegion }: ResolvedAutoscalingPrometheus,
  mayBeAbsent = false,
) {
  const metadata: Readonly<Record<string, Input<string>>> = {
    serverAddress: url,
    query,
    threshold: String(threshold),
    activationThreshold: "0",
    ignoreNullValues: String(mayBeAbsent),
    ...(authModes === undefined ? {} : { authModes }),
    ...(awsRegion === undefined ? {} : { awsRegion, identityOwner: "operator" }),
  };
  return {
    type: "prometheus",
    name,
    metricType: "AverageValue",
    metadata,
    ...(triggerAuthenticationName === undefined
      ? {}
      : { authenticationRef: { name: triggerAuthenticationName } }),
  };
}

/** prometheus-adapter serves them under names without a colon, which a path of the metrics API cannot hold. */
function horizontalPodAutoscaler(
  model: ServedModel,
  autoscaling: ResolvedAutoscaling,
  target: ScaledTarget,
): Manifest {
  const { min, max, waitingRequests, kvCacheUsage } = autoscaling;
  const ofPods = (metric: string, averageValue: string) => ({
    type: "Pods",
    pods: {
      metric: { name: metric.replace(":", "_") },
      target: { type: "AverageValue", averageValue },
    },
  });
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: modelMetadata(model),
    spec: {
      scaleTargetRef: target,
      minReplicas: min,
      maxReplicas: max,
      metrics: [
        ofPods(metrics.waiting, String(waitingRequests)),
        ofPods(metrics.kvCache, `${Math.round(kvCacheUsage * 1_000)}m`),
      ],
      behavior: behavior(autoscaling),
    },
  };
}

/** Quickly up and slowly down, as in AWS's example of vLLM with KEDA (2026): what goes has to be loaded again. */
function behavior({ cooldownSeconds }: ResolvedAutoscaling) {
  return {
    scaleUp: {
      stabilizationWindowSeconds: 30,
      selectPolicy: "Max",
      policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
    },
    scaleDown: {
      stabilizationWindowSeconds: cooldownSeconds,
      selectPolicy: "Max",
      policies: [{ type: "Pods", value: 1, periodSeconds: 120 }],
    },
  };
}
