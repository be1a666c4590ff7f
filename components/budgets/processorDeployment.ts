import type { Input } from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { ProcessorSpread } from "./processorArgs";
import { processorHealthPort, processorPort } from "./processorDefaults";
import { podSelector, processorMetadata } from "./processorMetadata";
import { drainDelaySeconds, environment, volumesOf } from "./processorSettings";
import type { ResolvedProcessorPods, ResolvedProcessorShape } from "./resolvedProcessor";

/** The user of distroless images that have no root. */
const user = 65_532;
/** Seconds for the last entries of the access log (10), to tell the store (10), and to spare. */
const closeSeconds = 25;

/** What is only known once other resources exist. */
export interface ProcessorParts {
  /** The policy document. */
  readonly policy: Input<string>;
  /** The keys file; absent when the processor checks none. */
  readonly keys?: Input<string> | undefined;
  readonly image: Input<string>;
  /** Changes with the credentials that are given in the declaration, so that the pods are replaced with them. */
  readonly credentialsVersion: Input<string> | undefined;
}

/** The pods. A change of the policy is none of theirs; everything else that they are told replaces them. */
export function processorDeployment(
  pods: ResolvedProcessorPods,
  parts: Omit<ProcessorParts, "policy" | "keys">,
): Manifest {
  const { scaling, shape } = pods;
  const version =
    parts.credentialsVersion === undefined
      ? {}
      : { "pulumi-ai-gateway/credentials": parts.credentialsVersion };
  const annotations = { ...shape.annotations, ...version };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: processorMetadata(pods),
    spec: {
      // The autoscaler's own number must not be undone by each update.
      ...(scaling.cpuPercent === undefined ? { replicas: scaling.min } : {}),
      // A pod goes when the next one is ready: while there is none, every request fails.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: podSelector(pods) },
      template: {
        metadata: {
          labels: { ...shape.labels, ...processorMetadata(pods).labels },
          ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
        },
        spec: podSpec(pods, parts),
      },
    },
  };
}

function podSpec(pods: ResolvedProcessorPods, parts: Omit<ProcessorParts, "policy" | "keys">) {
  const { shape } = pods;
  return {
    serviceAccountName: pods.objectName,
    automountServiceAccountToken: false,
    // Variables that other Services are told by are no settings.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: drainDelaySeconds + pods.drainSeconds + closeSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    topologySpreadConstraints: spread(pods),
    ...(Object.keys(shape.nodeSelector).length === 0 ? {} : { nodeSelector: shape.nodeSelector }),
    ...(Object.keys(shape.tolerations).length === 0 ? {} : { tolerations: tolerations(shape) }),
    ...(shape.priorityClassName === undefined ? {} : { priorityClassName: shape.priorityClassName }),
    ...(shape.imagePullSecretName === undefined
      ? {}
      : { imagePullSecrets: [{ name: shape.imagePullSecretName }] }),
    containers: [container(pods, parts.image)],
    volumes: volumesOf(pods).volumes,
  };
}

function spread(pods: ResolvedProcessorPods) {
  const over = (topologyKey: string, whenUnsatisfiable: string) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: podSelector(pods) },
    // Each rollout is spread by itself; the pods that go would push those that come to one side.
    matchLabelKeys: ["pod-template-hash"],
  });
  const nodes = pods.shape.spread === ProcessorSpread.Required ? "DoNotSchedule" : "ScheduleAnyway";
  return [over("topology.kubernetes.io/zone", "ScheduleAnyway"), over("kubernetes.io/hostname", nodes)];
}

function tolerations(shape: ResolvedProcessorShape) {
  return Object.entries(shape.tolerations).map(([key, { value, effect }]) => ({
    key,
    ...(value === undefined ? { operator: "Exists" } : { operator: "Equal", value }),
    ...(effect === undefined ? {} : { effect }),
  }));
}

function container(pods: ResolvedProcessorPods, image: Input<string>) {
  const { cpu, memory } = pods.shape;
  const probe = (path: string) => ({ httpGet: { path, port: "health" }, timeoutSeconds: 3 });
  return {
    name: "processor",
    image,
    env: environment(pods),
    ports: [
      { name: "grpc", containerPort: processorPort, protocol: "TCP" },
      { name: "health", containerPort: processorHealthPort, protocol: "TCP" },
    ],
    resources: { requests: { cpu, memory }, limits: { memory } },
    readinessProbe: { ...probe("/ready"), periodSeconds: 2, failureThreshold: 2 },
    // One body of the largest size takes half a second of the only thread; a minute of silence is something else.
    livenessProbe: { ...probe("/live"), periodSeconds: 10, failureThreshold: 6 },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: volumesOf(pods).mounts,
  };
}
