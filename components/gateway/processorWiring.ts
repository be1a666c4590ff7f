import {
  budgetNamespace,
  gatewayNamespace,
  refusalAttributes,
  statusAttribute,
} from "../../extproc/contract";
import { asksForProof } from "../budgets/resolvedAccess";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels } from "../shared/manifest";
import type { ResolvedGateway } from "./resolveGateway";

/** How the Gateway's Envoy pods reach the budget processor, and what they tell it. */
export interface ResolvedProcessorWiring {
  readonly address: ProcessorAddress;
  /** How long Envoy waits for each answer, as a Gateway API duration. */
  readonly messageTimeout: string;
  /** Whether requests pass while the processor cannot be reached. */
  readonly failOpen: boolean;
  /** Headers of answers that Envoy fills in from what the processor says of the request. */
  readonly answerHeaders: readonly string[];
  /** Namespaces of dynamic metadata that tell who calls, besides the gateway's own. */
  readonly identityNamespaces: readonly string[];
}

/** Where the processor listens: pods behind a Service, or a process of this machine. */
export type ProcessorAddress =
  | {
      readonly kind: "service";
      readonly name: string;
      /** May be another than the Gateway's; then a ReferenceGrant there has to let the Gateway's policy in. */
      readonly namespace: string;
      readonly port: number;
    }
  | { readonly kind: "local"; readonly port: number };

/** Requests that are with the processor at a time, per Envoy. Envoy's own 1,024 would refuse long streams. */
const mostStreams = 65_536;

/**
 * The filter order that puts the processor behind authentication and in front of AI Gateway, so that it sees the
 * client's request and the client's answer. Envoy Gateway needs a buffer filter for it: `requestBuffer`.
 */
export const processorFilterOrder = [
  { name: "envoy.filters.http.ext_proc", before: "envoy.filters.http.buffer" },
] as const;

/** What Envoy's settings and the policy below refer to by name; needed before them. */
export function processorBackends(gateway: ResolvedGateway, namespace: string): readonly Manifest[] {
  const { processor } = gateway;
  return processor?.address.kind === "local"
    ? [localBackend(gateway, processor.address.port, namespace)]
    : [];
}

/** The policy that sends every request of the Gateway through the processor. */
export function processorPolicies(gateway: ResolvedGateway, namespace: string): readonly Manifest[] {
  return gateway.processor === undefined ? [] : [extensionPolicy(gateway, gateway.processor, namespace)];
}

/** The access log that settles requests: entries hold the processor's reservation and AI Gateway's token counts. */
export function settlingLog(gateway: ResolvedGateway, wiring: ResolvedProcessorWiring) {
  return {
    // Requests only: the listener's own entries (connections that matched nothing) settle nothing.
    type: "Route" as const,
    sinks: [
      {
        type: "ALS" as const,
        als: {
          type: "HTTP" as const,
          logName: gateway.objectName,
          backendRefs: backendRefs(gateway, wiring.address),
          backendSettings: { ...connectionSettings, ...logSettings },
        },
      },
    ],
  };
}

/** What the processor has a client told with its answer. A header that it said nothing for is left out. */
export function answerHeaderValues({ answerHeaders }: ResolvedProcessorWiring) {
  return answerHeaders.map((name) => ({ name, value: `%DYNAMIC_METADATA(${budgetNamespace}:${name})%` }));
}

function extensionPolicy(
  gateway: ResolvedGateway,
  wiring: ResolvedProcessorWiring,
  namespace: string,
): ManifestOf<"EnvoyExtensionPolicy"> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyExtensionPolicy",
    metadata: { name: gateway.objectName, namespace, labels: managedLabels },
    spec: {
      // The Gateway, never a route: Envoy reads a route's own settings before it knows the model.
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway.objectName }],
      extProc: [
        {
          backendRefs: backendRefs(gateway, wiring.address),
          backendSettings: { ...connectionSettings, ...streamSettings },
          messageTimeout: wiring.messageTimeout,
          failOpen: wiring.failOpen,
          processingMode: {
            // The processor asks for the body of those answers alone that it has to count as they pass. It never
            // asks for their headers, so their status comes with the body.
            allowModeOverride: true,
            request: { body: "Buffered" },
            response: { attributes: [statusAttribute, ...refusalsInFront(gateway)] },
          },
          metadata: {
            accessibleNamespaces: [gatewayNamespace, ...wiring.identityNamespaces],
            writableNamespaces: [budgetNamespace],
          },
        },
      ],
    },
  };
}

/** What Envoy's own check of callers refused is said in the words of the API that was called. */
function refusalsInFront({ access }: ResolvedGateway): readonly string[] {
  return asksForProof(access) ? Object.values(refusalAttributes) : [];
}

/**
 * A node that is lost answers nothing: a ping finds out, long before Kubernetes takes the pod away. A pod that is only
 * short of CPU has time to answer: closing its connection would cut every answer that runs.
 */
const connectionSettings = {
  // The least busy one, Envoy Gateway's choice, is a replica that takes nothing: tries would all go to the dead one.
  loadBalancer: { type: "RoundRobin" as const },
  timeout: { tcp: { connectTimeout: "1s" } },
  http2: { connectionKeepalive: { interval: "10s", timeout: "9s" } },
};

/** Envoy sends no entry a second time: a replica that cannot be reached loses one batch of them, not more. */
const logSettings = { healthCheck: { passive: passiveHealth(1) } };

const streamSettings = {
  circuitBreaker: { maxParallelRequests: mostStreams, maxPendingRequests: mostStreams },
  // Only what no replica has begun with goes to the next one, so nothing is reserved twice.
  retry: {
    numRetries: 10,
    retryOn: {
      triggers: ["connect-failure" as const, "refused-stream" as const, "reset-before-request" as const],
    },
    // Another replica has not failed: there is no reason to wait. Envoy's own would be up to a second.
    perRetry: { backOff: { baseInterval: "10ms", maxInterval: "100ms" } },
  },
  healthCheck: { passive: passiveHealth(2) },
};

/** A replica that cannot be reached is left out for so long; one that is there again should not have to wait. */
function passiveHealth(consecutiveLocalOriginFailures: number) {
  return {
    consecutiveLocalOriginFailures,
    splitExternalLocalOriginErrors: true,
    interval: "1s",
    baseEjectionTime: "3s",
    maxEjectionPercent: 50,
  };
}

function localName(gateway: ResolvedGateway): string {
  // A dot never stands in the name of a model's Backend, so the two cannot meet.
  return `${gateway.objectName}.processor`;
}

function backendRefs(gateway: ResolvedGateway, address: ProcessorAddress) {
  return address.kind === "local"
    ? [{ group: "gateway.envoyproxy.io", kind: "Backend", name: localName(gateway) }]
    : [
        {
          group: "",
          kind: "Service",
          name: address.name,
          namespace: address.namespace,
          port: address.port,
        },
      ];
}

function localBackend(gateway: ResolvedGateway, port: number, namespace: string): ManifestOf<"Backend"> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "Backend",
    metadata: { name: localName(gateway), namespace, labels: managedLabels },
    spec: {
      appProtocols: ["gateway.envoyproxy.io/h2c"],
      endpoints: [{ ip: { address: "127.0.0.1", port } }],
    },
  };
}
