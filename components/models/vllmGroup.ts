import { type Manifest, managedLabels, type ObjectMeta } from "../shared/manifest";
import type { ResolvedVllm } from "./resolvedVllm";
import { type ServedModel, servingLabels } from "./servedModel";
import { fixedReplicas, PodRole, podSpec } from "./vllmPod";

/**
 * Replicas of several nodes each: a leader that takes requests, and workers that only compute. When one pod of a group
 * restarts, all of them do, since the engine cannot take a node back.
 */
export function leaderWorkerSet(model: ServedModel, vllm: ResolvedVllm, metadata: ObjectMeta): Manifest {
  const labels = { ...managedLabels, ...servingLabels(model) };
  // The Service must not find workers.
  const workerLabels = { ...labels, "app.kubernetes.io/name": "vllm-worker" };
  return {
    apiVersion: "leaderworkerset.x-k8s.io/v1",
    kind: "LeaderWorkerSet",
    metadata,
    spec: {
      ...fixedReplicas(vllm),
      startupPolicy: "LeaderCreated",
      rolloutStrategy: {
        type: "RollingUpdate",
        // A surge group would ask for nodes that are not there and wait for ever.
        rollingUpdateConfiguration: { maxSurge: 0, maxUnavailable: 1 },
      },
      leaderWorkerTemplate: {
        size: vllm.nodes,
        restartPolicy: "RecreateGroupOnPodRestart",
        leaderTemplate: { metadata: { labels }, spec: podSpec(model, vllm, PodRole.Leader) },
        workerTemplate: {
          metadata: { labels: workerLabels },
          spec: podSpec(model, vllm, PodRole.Worker),
        },
      },
    },
  };
}
