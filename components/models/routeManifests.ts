import { defaultRequestCosts, requestCostList } from "../gateway/requestCosts";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels } from "../shared/manifest";
import { modelAnnotation } from "./modelMetadata";
import type { ResolvedModel, ResolvedModelGateway, ResolvedRoute } from "./resolved";
import { Target } from "./resolved";

/** Header in which AI Gateway puts the model that a request asks for. */
const modelHeader = "x-ai-eg-model";

/** The objects behind one public name: its route, and how failing answers are tried again. */
export function routeManifests(
  route: ResolvedRoute,
  gateway: ResolvedModelGateway,
  models: ReadonlyMap<string, ResolvedModel>,
): readonly Manifest[] {
  return [aiGatewayRoute(route, gateway, models), backendTrafficPolicy(route, gateway, models)];
}

function routeMetadata(route: ResolvedRoute, gateway: ResolvedModelGateway) {
  return {
    name: route.objectName,
    namespace: gateway.namespace,
    labels: managedLabels,
    annotations: { [modelAnnotation]: route.key },
  };
}

function aiGatewayRoute(
  route: ResolvedRoute,
  gateway: ResolvedModelGateway,
  models: ReadonlyMap<string, ResolvedModel>,
): ManifestOf<"AIGatewayRoute"> {
  const isLocal = gateway.target === Target.Local;
  // The standalone gateway does not know GatewayConfig, so every route carries the common costs itself.
  const costs = isLocal ? { ...defaultRequestCosts, ...route.requestCosts } : route.requestCosts;
  const createdAt = route.createdAt ?? (isLocal ? "1970-01-01T00:00:00Z" : undefined);
  return {
    apiVersion: "aigateway.envoyproxy.io/v1beta1",
    kind: "AIGatewayRoute",
    metadata: routeMetadata(route, gateway),
    spec: {
      parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: gateway.gateway.objectName }],
      ...(route.hostnames.length > 0 ? { hostnames: route.hostnames } : {}),
      rules: [
        {
          matches: [{ headers: [{ type: "Exact", name: modelHeader, value: route.key }] }],
          backendRefs: backendRefs(route, gateway, models),
          timeouts: { request: route.timeouts.request },
          ...(route.timeouts.streamIdle === undefined
            ? {}
            : { streamIdleTimeout: route.timeouts.streamIdle }),
          ...(route.ownedBy === undefined ? {} : { modelsOwnedBy: route.ownedBy }),
          ...(createdAt === undefined ? {} : { modelsCreatedAt: createdAt }),
        },
      ],
      ...(Object.keys(costs).length > 0 ? { llmRequestCosts: requestCostList(costs) } : {}),
    },
  };
}

function backendRefs(
  route: ResolvedRoute,
  gateway: ResolvedModelGateway,
  models: ReadonlyMap<string, ResolvedModel>,
) {
  return route.targets.flatMap(({ model: key, weight, priority }) => {
    const model = models.get(key);
    if (model === undefined) {
      return [];
    }
    return [
      {
        name: model.objectName,
        ...(model.namespace === gateway.namespace ? {} : { namespace: model.namespace }),
        ...(model.upstreamName === route.key ? {} : { modelNameOverride: model.upstreamName }),
        weight,
        priority,
      },
    ];
  });
}

function backendTrafficPolicy(
  route: ResolvedRoute,
  gateway: ResolvedModelGateway,
  models: ReadonlyMap<string, ResolvedModel>,
): ManifestOf<"BackendTrafficPolicy"> {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "BackendTrafficPolicy",
    metadata: routeMetadata(route, gateway),
    spec: {
      // AI Gateway generates an HTTPRoute of the route's own name.
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: route.objectName }],
      // Without a merge this policy would replace the Gateway's as a whole.
      mergeType: "StrategicMerge",
      ...retrySpec(route),
      ...healthCheckSpec(route, models),
    },
  };
}

function retrySpec(route: ResolvedRoute) {
  const { attempts, on, statusCodes, perTryTimeout, backoff } = route.retries;
  if (attempts === 0) {
    return {};
  }
  const levels = new Set(route.targets.map(({ priority }) => priority)).size;
  return {
    retry: {
      numRetries: attempts,
      // Without it every attempt goes to the priority that has just failed.
      ...(levels > 1 ? { numAttemptsPerPriority: 1 } : {}),
      retryOn: {
        triggers: on,
        ...(on.includes("retriable-status-codes") && statusCodes.length > 0
          ? { httpStatusCodes: statusCodes }
          : {}),
      },
      perRetry: {
        backOff: { baseInterval: backoff },
        ...(perTryTimeout === undefined ? {} : { timeout: perTryTimeout }),
      },
    },
  };
}

/** Failing backends are left out for a while where another can answer; vLLM's are asked for their health. */
function healthCheckSpec(route: ResolvedRoute, models: ReadonlyMap<string, ResolvedModel>) {
  if (route.targets.length < 2) {
    return {};
  }
  const paths = new Set(route.targets.map(({ model }) => models.get(model)?.healthPath));
  const [path] = paths;
  const active = {
    active: {
      type: "HTTP" as const,
      interval: "5s",
      timeout: "2s",
      unhealthyThreshold: 3,
      healthyThreshold: 1,
      http: { path: path ?? "", method: "GET", expectedStatuses: [200] },
    },
  };
  return {
    healthCheck: {
      passive: {
        consecutive5XxErrors: 5,
        interval: "3s",
        baseEjectionTime: "30s",
        // With one host for each backend Envoy's 10 % would eject none.
        maxEjectionPercent: 100,
      },
      // One check serves all backends of the route.
      ...(paths.size === 1 && path !== undefined ? active : {}),
    },
  };
}
