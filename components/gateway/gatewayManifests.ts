import { tokenHeader } from "../../extproc/contract";
import { needsTokenHeader } from "../budgets/resolvedAccess";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels } from "../shared/manifest";
import { bytesOf } from "../shared/quantities";
import { accessLogFormat } from "./accessLog";
import {
  answerHeaderValues,
  processorBackends,
  processorFilterOrder,
  processorPolicies,
  settlingLog,
} from "./processorWiring";
import { defaultRequestCosts, requestCostList } from "./requestCosts";
import { ownHeaders, type ResolvedGateway, unreadCredentials } from "./resolveGateway";
import { securityPolicies } from "./securityPolicy";

const gatewayApiGroup = "gateway.networking.k8s.io";
const envoyGatewayGroup = "gateway.envoyproxy.io";
/** Annotation by which AI Gateway finds a Gateway's GatewayConfig. */
const gatewayConfigAnnotation = "aigateway.envoyproxy.io/gateway-config";

/** The objects of the Gateway as a whole, in the order that they are needed. */
export function gatewayManifests(gateway: ResolvedGateway, namespace: string): readonly Manifest[] {
  return [
    ...(gateway.makesClass ? [gatewayClass(gateway)] : []),
    ...processorBackends(gateway, namespace),
    envoyProxy(gateway, namespace),
    ...(gateway.local === undefined ? [gatewayConfig(gateway, namespace)] : []),
    gatewayObject(gateway, namespace),
    clientTrafficPolicy(gateway, namespace),
    backendTrafficPolicy(gateway, namespace),
    ...processorPolicies(gateway, namespace),
    ...securityPolicies(gateway, namespace),
  ];
}

function metadata(gateway: ResolvedGateway, namespace: string) {
  return { name: gateway.objectName, namespace, labels: managedLabels };
}

function gatewayClass(gateway: ResolvedGateway): ManifestOf<"GatewayClass"> {
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: gateway.className, labels: managedLabels },
    spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
  };
}

function envoyProxy(gateway: ResolvedGateway, namespace: string): ManifestOf<"EnvoyProxy"> {
  const inner =
    gateway.local === undefined
      ? { provider: { type: "Kubernetes" as const, kubernetes: kubernetesProvider(gateway) } }
      : {
          logging: { level: { default: "warn" as const } },
          // Envoy writes the log every 10 s unless told otherwise; people watch this one.
          // Without hot restart Envoy leaves no shared memory behind when it stops.
          extraArgs: ["--file-flush-interval-msec", "100", "--disable-hot-restart"],
        };
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyProxy",
    metadata: metadata(gateway, namespace),
    spec: {
      ...inner,
      ...(gateway.processor === undefined ? {} : { filterOrder: processorFilterOrder }),
      telemetry: { accessLog: accessLog(gateway) },
    },
  };
}

/** The log that people read, and the one that settles what requests cost. */
function accessLog(gateway: ResolvedGateway) {
  const { proxy, local, processor } = gateway;
  const path = local === undefined ? "/dev/stdout" : local.accessLog;
  const lines = {
    format: { type: "JSON" as const, json: accessLogFormat },
    sinks: [{ type: "File" as const, file: { path } }],
  };
  const settings = [
    ...(proxy.accessLog || local !== undefined ? [lines] : []),
    ...(processor === undefined ? [] : [settlingLog(gateway, processor)]),
  ];
  return settings.length === 0 ? { disable: true } : { settings };
}

function kubernetesProvider(gateway: ResolvedGateway) {
  const { proxy } = gateway;
  return {
    envoyDeployment: {
      replicas: proxy.replicas,
      container: {
        resources: {
          requests: { cpu: proxy.cpu, memory: proxy.memory },
          limits: { memory: proxy.memory },
        },
      },
    },
    ...(proxy.replicas > 1 ? { envoyPDB: { maxUnavailable: 1 } } : {}),
    envoyService: {
      type: proxy.serviceType,
      ...(Object.keys(proxy.annotations).length > 0 ? { annotations: proxy.annotations } : {}),
      ...(proxy.loadBalancerClass === undefined ? {} : { loadBalancerClass: proxy.loadBalancerClass }),
    },
  };
}

function gatewayConfig(gateway: ResolvedGateway, namespace: string): ManifestOf<"GatewayConfig"> {
  return {
    apiVersion: "aigateway.envoyproxy.io/v1beta1",
    kind: "GatewayConfig",
    metadata: metadata(gateway, namespace),
    spec: { globalLLMRequestCosts: requestCostList(defaultRequestCosts) },
  };
}

function gatewayObject(gateway: ResolvedGateway, namespace: string): ManifestOf<"Gateway"> {
  const { httpPort, https, local } = gateway;
  const http =
    httpPort === undefined
      ? []
      : [{ name: "http", protocol: "HTTP" as const, port: httpPort, allowedRoutes }];
  const tls =
    https === undefined
      ? []
      : [
          {
            name: "https",
            protocol: "HTTPS" as const,
            port: https.port,
            allowedRoutes,
            tls: { mode: "Terminate" as const, certificateRefs: [{ name: https.certificateSecretName }] },
          },
        ];
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: {
      ...metadata(gateway, namespace),
      ...(local === undefined ? { annotations: { [gatewayConfigAnnotation]: gateway.objectName } } : {}),
    },
    spec: {
      gatewayClassName: gateway.className,
      infrastructure: {
        parametersRef: { group: envoyGatewayGroup, kind: "EnvoyProxy", name: gateway.objectName },
      },
      listeners: [...http, ...tls],
    },
  };
}

/** Routes of other namespaces would join the same listener, and the oldest route decides for all. */
const allowedRoutes = { namespaces: { from: "Same" as const } };

function target(gateway: ResolvedGateway) {
  return [{ group: gatewayApiGroup, kind: "Gateway", name: gateway.objectName }];
}

function clientTrafficPolicy(gateway: ResolvedGateway, namespace: string): ManifestOf<"ClientTrafficPolicy"> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "ClientTrafficPolicy",
    metadata: metadata(gateway, namespace),
    spec: {
      targetRefs: target(gateway),
      connection: { bufferLimit: gateway.bufferLimit },
      http2: http2Windows(gateway.bufferLimit),
      headers: {
        // On a laptop the caller's own id finds its line in the log.
        ...(gateway.local === undefined ? {} : { requestID: "PreserveOrGenerate" as const }),
        ...lateResponseHeaders(gateway),
        earlyRequestHeaders: {
          ...earlyHeaders(gateway),
          removeOnMatch: gateway.removePrefixes.map((value) => ({ type: "Prefix" as const, value })),
        },
      },
    },
  };
}

/**
 * What looks like a token in `Authorization` is copied to where Envoy verifies it: three parts, of which the first is
 * JSON. A key, which Envoy would refuse as a token, is not. Envoy removes headers after it has set these, so that header
 * is only removed where nothing is copied to it.
 */
function earlyHeaders({ access, removeHeaders }: ResolvedGateway) {
  const value =
    "%CEL(re.extract(request.headers['authorization'], '(?i)^bearer +(e[wy][a-z0-9_-]*[.][a-z0-9_-]*[.][a-z0-9_-]*) *$', r'Bearer \\1'))%";
  const isCopied = access !== undefined && needsTokenHeader(access);
  const own = [...ownHeaders, ...unreadCredentials, ...(isCopied ? [] : [tokenHeader])];
  return {
    ...(isCopied ? { set: [{ name: tokenHeader, value }] } : {}),
    remove: [...new Set([...own, ...removeHeaders])],
  };
}

function lateResponseHeaders({ processor }: ResolvedGateway) {
  return processor === undefined || processor.answerHeaders.length === 0
    ? {}
    : { lateResponseHeaders: { set: answerHeaderValues(processor) } };
}

/**
 * HTTP/2 has windows of its own: with the buffer alone, uploads over HTTP/2 stall or get 413. A stream gets the
 * whole body at most 16 MiB at a time, a connection half as much again.
 */
function http2Windows(bufferLimit: string) {
  const most = 16 * 1024 ** 2;
  const stream = Math.min(most, Math.floor(bytesOf(bufferLimit) ?? most));
  return {
    initialStreamWindowSize: String(stream),
    initialConnectionWindowSize: String(Math.floor(stream * 1.5)),
  };
}

/** The base that each route's own policy is merged into; a route's policy alone would replace it. */
function backendTrafficPolicy(
  gateway: ResolvedGateway,
  namespace: string,
): ManifestOf<"BackendTrafficPolicy"> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "BackendTrafficPolicy",
    // A dot never stands in the name of a model's own policy, so the two cannot meet.
    metadata: { ...metadata(gateway, namespace), name: `${gateway.objectName}.gateway` },
    spec: {
      targetRefs: target(gateway),
      connection: { bufferLimit: gateway.bufferLimit },
      // Also what makes Envoy Gateway add the buffer filter that the processor stands in front of.
      ...(gateway.processor === undefined ? {} : { requestBuffer: { limit: gateway.bufferLimit } }),
    },
  };
}
