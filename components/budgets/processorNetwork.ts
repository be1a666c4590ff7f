import { redisName } from "../gateway/installRedis";
import type { ManifestOf } from "../shared/crds/manifestOf";
import type { Manifest } from "../shared/manifest";
import { mapInput } from "../shared/mapInput";
import { processorHealthPort, processorPort } from "./processorDefaults";
import { podSelector, processorMetadata } from "./processorMetadata";
import { listed, parseRedisNode, sentinelPort } from "./redisAddress";
import type {
  ResolvedProcessorNetworkPolicy,
  ResolvedProcessorPods,
  ResolvedProcessorStore,
  ResolvedProcessorTls,
} from "./resolvedProcessor";

/** Label that Kubernetes gives each namespace. */
const namespaceName = "kubernetes.io/metadata.name";
/** Where a master listens, which the sentinels tell only the processor. */
const redisPort = 6379;

/** Without an address of its own, so that Envoy knows each pod and spreads its streams over all of them. */
export function processorService(pods: ResolvedProcessorPods): Manifest {
  const metadata = processorMetadata(pods);
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      ...metadata,
      // Pulumi would wait ten minutes for a pod that is ready; the Deployment is what is waited for.
      annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" },
    },
    spec: {
      clusterIP: "None",
      selector: podSelector(pods),
      ports: [
        {
          name: "grpc",
          port: processorPort,
          targetPort: "grpc",
          protocol: "TCP",
          ...(pods.tls === undefined ? { appProtocol: "kubernetes.io/h2c" } : {}),
        },
        { name: "metrics", port: processorHealthPort, targetPort: "health", protocol: "TCP" },
      ],
    },
  };
}

/** Who may reach the pods, and how Envoy is let in. */
export function networkManifests(pods: ResolvedProcessorPods): readonly Manifest[] {
  return [
    ...(pods.networkPolicy === undefined ? [] : [networkPolicy(pods, pods.networkPolicy)]),
    ...(pods.tls === undefined ? [] : [tlsPolicy(pods, pods.tls)]),
    ...(pods.namespace === pods.gateway.namespace ? [] : [referenceGrant(pods)]),
  ];
}

function networkPolicy(pods: ResolvedProcessorPods, policy: ResolvedProcessorNetworkPolicy): Manifest {
  const { metricsNamespaces } = policy;
  const metrics = { ports: [{ protocol: "TCP", port: processorHealthPort }] };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: processorMetadata(pods),
    spec: {
      podSelector: { matchLabels: podSelector(pods) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        { from: [envoyPods(pods)], ports: [{ protocol: "TCP", port: processorPort }] },
        metricsNamespaces === undefined
          ? metrics
          : { from: metricsNamespaces.map(namespaceSelector), ...metrics },
      ],
      egress: egress(pods, policy),
    },
  };
}

/** The Envoy pods of the one Gateway, by the labels that Envoy Gateway gives them. */
function envoyPods(pods: ResolvedProcessorPods) {
  return {
    ...namespaceSelector(pods.envoyNamespace),
    podSelector: {
      matchLabels: {
        "gateway.envoyproxy.io/owning-gateway-name": pods.gateway.name,
        "gateway.envoyproxy.io/owning-gateway-namespace": pods.gateway.namespace,
      },
    },
  };
}

function namespaceSelector(name: string) {
  return { namespaceSelector: { matchLabels: { [namespaceName]: name } } };
}

/** Addresses are not told here: those of a managed Redis change, and a NetworkPolicy takes no names. */
function egress(pods: ResolvedProcessorPods, { egressPorts }: ResolvedProcessorNetworkPolicy) {
  const { store, webhook } = pods;
  const others = [...egressPorts, ...(webhook === undefined ? [] : [portOf(new URL(webhook.url))])];
  return [
    {
      ports: [
        { protocol: "UDP", port: 53 },
        { protocol: "TCP", port: 53 },
      ],
    },
    ...(store.kind === "redis" ? [redisEgress(pods, store)] : []),
    ...(others.length === 0 ? [] : [{ ports: tcp(others) }]),
  ];
}

function redisEgress(pods: ResolvedProcessorPods, store: Extract<ResolvedProcessorStore, { kind: "redis" }>) {
  const own = {
    ...namespaceSelector(pods.envoyNamespace),
    podSelector: { matchLabels: { "app.kubernetes.io/name": redisName } },
  };
  return store.isOwn ? { to: [own], ports: tcp([redisPort]) } : { ports: redisPorts(store) };
}

function redisPorts(store: Extract<ResolvedProcessorStore, { kind: "redis" }>) {
  const { sentinel } = store;
  if (sentinel !== undefined) {
    return mapInput(sentinel.addresses, (text) =>
      tcp([redisPort, ...listed(text).flatMap((address) => sentinelPort(address) ?? [])]),
    );
  }
  return mapInput(store.url ?? store.cluster ?? "", (text) =>
    tcp(listed(text).map((node) => nodePort(node))),
  );
}

function nodePort(text: string): number {
  const node = parseRedisNode(text);
  if (typeof node === "string") {
    throw new Error(`redis: the address ${node}`);
  }
  return node.port;
}

function tcp(ports: readonly number[]) {
  return [...new Set(ports)].map((port) => ({ protocol: "TCP", port }));
}

function portOf(url: URL): number {
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}

/** How Envoy checks the processor's certificate, for both of its connections. */
function tlsPolicy(pods: ResolvedProcessorPods, tls: ResolvedProcessorTls): ManifestOf<"BackendTLSPolicy"> {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "BackendTLSPolicy",
    metadata: processorMetadata(pods),
    spec: {
      // Metrics stay without TLS; they hold no names of users.
      targetRefs: [{ group: "", kind: "Service", name: pods.objectName, sectionName: "grpc" }],
      validation: {
        hostname: tls.hostname,
        caCertificateRefs: [{ group: "", kind: tls.ca.kind, name: tls.ca.name }],
      },
    },
  };
}

/** Lets the Gateway's EnvoyExtensionPolicy name the Service from its own namespace; the access log needs no leave. */
function referenceGrant(pods: ResolvedProcessorPods): ManifestOf<"ReferenceGrant"> {
  return {
    apiVersion: "gateway.networking.k8s.io/v1beta1",
    kind: "ReferenceGrant",
    metadata: processorMetadata(pods),
    spec: {
      from: [
        {
          group: "gateway.envoyproxy.io",
          kind: "EnvoyExtensionPolicy",
          namespace: pods.gateway.namespace,
        },
      ],
      to: [{ group: "", kind: "Service", name: pods.objectName }],
    },
  };
}
