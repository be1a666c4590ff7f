import { clientKeyHeader, tierHeader } from "../budgets/identityHeaders";
import { quotaOf } from "../budgets/quotaManifests";
import { KeyCheck } from "../budgets/resolvedAccess";
import { defaultRequestCosts, requestCostList } from "../gateway/requestCosts";
import type { AIGatewayRouteBackendRef } from "../shared/crds/generated/types";
import type { ManifestOf } from "../shared/crds/manifestOf";
import { type Manifest, managedLabels } from "../shared/manifest";
import { poolKind } from "./endpointPickerNames";
import { modelAnnotation } from "./modelMetadata";
import type { ResolvedModel, ResolvedModelGateway, ResolvedRoute, ResolvedRouteTarget } from "./resolved";
import { Target } from "./resolved";
import { levelsOf, rulesOf } from "./routeRules";

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
          backendRefs: backendRefs(route, route.targets, ownHeaders(gateway), gateway, models),
          timeouts: timeoutsOf(route),
          ...streamIdleOf(route),
          ...(route.ownedBy === undefined ? {} : { modelsOwnedBy: route.ownedBy }),
          ...(createdAt === undefined ? {} : { modelsCreatedAt: createdAt }),
        },
        ...route.tiers.map(({ name, targets }) => ({
          matches: [
            {
              headers: [
                { type: "Exact" as const, name: tierHeader, value: name },
                // An exact match would list the model twice.
                {
                  type: "RegularExpression" as const,
                  name: modelHeader,
                  value: escapedForRegularExpression(route.key),
                },
              ],
            },
          ],
          backendRefs: backendRefs(route, targets, [...ownHeaders(gateway), tierHeader], gateway, models),
          timeouts: timeoutsOf(route),
          ...streamIdleOf(route),
        })),
      ],
      ...(Object.keys(costs).length > 0 ? { llmRequestCosts: requestCostList(costs) } : {}),
    },
  };
}

function timeoutsOf({ timeouts }: ResolvedRoute) {
  return { request: timeouts.request };
}

function streamIdleOf({ timeouts }: ResolvedRoute) {
  return timeouts.streamIdle === undefined ? {} : { streamIdleTimeout: timeouts.streamIdle };
}

/** Envoy's regular expressions are RE2's, and match the whole value. */
function escapedForRegularExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Headers of our own that tell who calls, which no provider is to see. */
function ownHeaders({ access }: ResolvedModelGateway): readonly string[] {
  return access?.apiKeys?.checkedBy === KeyCheck.Gateway ? [clientKeyHeader] : [];
}

function backendRefs(
  route: ResolvedRoute,
  targets: readonly ResolvedRouteTarget[],
  removed: readonly string[],
  gateway: ResolvedModelGateway,
  models: ReadonlyMap<string, ResolvedModel>,
): readonly AIGatewayRouteBackendRef[] {
  // A quota finds its model by the override alone.
  const hasQuota = quotaOf(route.key, gateway.budgets) !== undefined;
  return targets.flatMap(({ model: key, weight, priority }): readonly AIGatewayRouteBackendRef[] => {
    const model = models.get(key);
    if (model === undefined) {
      return [];
    }
    const namespace = model.namespace === gateway.namespace ? {} : { namespace: model.namespace };
    if (model.inferencePool !== undefined) {
      // It stands alone, and of changes, names and priorities nothing would come of.
      return [{ ...poolKind, name: model.inferencePool, ...namespace }];
    }
    return [
      {
        name: model.objectName,
        ...namespace,
        ...(model.upstreamName === route.key && !hasQuota ? {} : { modelNameOverride: model.upstreamName }),
        // Here and not on the backend, where the user's own list stands.
        ...(removed.length === 0 ? {} : { headerMutation: { remove: removed } }),
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
  const levels = Math.max(...rulesOf(route).map(levelsOf));
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
  if (rulesOf(route).every(({ length }) => length < 2)) {
    return {};
  }
  const paths = new Set(
    rulesOf(route)
      .flat()
      .map(({ model }) => models.get(model)?.healthPath),
  );
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
