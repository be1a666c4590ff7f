import type { KnownKind, ManifestOf } from "../../components/shared/crds/manifestOf";
import type { Manifest } from "../../components/shared/manifest";

/** A change that makes a correct object wrong. */
export interface Break {
  readonly what: string;
  /** Path of the changed field, steps divided by dots; numbers are positions in a list. */
  readonly at: string;
  /** The new value; undefined takes the field away. */
  readonly to: unknown;
}

export interface KindCase<Kind extends KnownKind> {
  readonly good: ManifestOf<Kind>;
  /** Refused by the schema itself. */
  readonly schemaBreaks: readonly Break[];
  /** Refused only by an expression of the schema. */
  readonly ruleBreaks: readonly Break[];
}

const metadata = { name: "example", namespace: "models" };
const gatewayTarget = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gateway" };
const otherTarget = { ...gatewayTarget, kind: "Pod" };

/** For every kind of the field table: a correct object and ways to break it. */
export const kindCases: { readonly [Kind in KnownKind]: KindCase<Kind> } = {
  AIGatewayRoute: {
    good: {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "AIGatewayRoute",
      metadata: { ...metadata, labels: { "app.kubernetes.io/name": "example" } },
      spec: {
        parentRefs: [
          { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gateway", namespace: "gateways" },
        ],
        rules: [
          {
            matches: [{ headers: [{ type: "Exact", name: "x-ai-eg-model", value: "Qwen/Qwen3-1.7B" }] }],
            backendRefs: [
              { name: "qwen", weight: 90 },
              { name: "claude", weight: 10, modelNameOverride: "c" },
            ],
            timeouts: { request: "120s" },
          },
        ],
        llmRequestCosts: [{ metadataKey: "llm_input_token", type: "InputToken" }],
      },
    },
    schemaBreaks: [
      { what: "a weight below 0", at: "spec.rules.0.backendRefs.0.weight", to: -1 },
      { what: "a weight in words", at: "spec.rules.0.backendRefs.0.weight", to: "ninety" },
      { what: "an unknown field", at: "spec.rules.0.backends", to: [] },
      { what: "no rules", at: "spec.rules", to: undefined },
      { what: "more rules than a route takes", at: "spec.rules", to: Array.from({ length: 16 }, () => ({})) },
      { what: "a cost of an unknown type", at: "spec.llmRequestCosts.0.type", to: "Tokens" },
      { what: "a timeout without a unit", at: "spec.rules.0.timeouts.request", to: "120" },
    ],
    ruleBreaks: [
      { what: "a parent that is not a Gateway", at: "spec.parentRefs.0.kind", to: "Service" },
      { what: "a backend timeout above the whole", at: "spec.rules.0.timeouts.backendRequest", to: "240s" },
    ],
  },
  AIServiceBackend: {
    good: {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "AIServiceBackend",
      metadata,
      spec: {
        schema: { name: "OpenAI", prefix: "/v1" },
        backendRef: { group: "gateway.envoyproxy.io", kind: "Backend", name: "qwen" },
        headerMutation: { set: [{ name: "x-team", value: "search" }], remove: ["x-debug"] },
      },
    },
    schemaBreaks: [
      { what: "an unknown schema", at: "spec.schema.name", to: "OpenAi" },
      { what: "no backend", at: "spec.backendRef", to: undefined },
      {
        what: "a header set twice",
        at: "spec.headerMutation.set",
        to: [
          { name: "x-team", value: "a" },
          { name: "x-team", value: "b" },
        ],
      },
    ],
    ruleBreaks: [{ what: "a bare Service", at: "spec.backendRef.kind", to: "Service" }],
  },
  BackendSecurityPolicy: {
    good: {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "BackendSecurityPolicy",
      metadata,
      spec: {
        type: "APIKey",
        apiKey: { secretRef: { group: "", kind: "Secret", name: "key" } },
        targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "qwen" }],
      },
    },
    schemaBreaks: [
      { what: "an unknown type", at: "spec.type", to: "ApiKey" },
      { what: "a secret without a name", at: "spec.apiKey.secretRef.name", to: undefined },
    ],
    ruleBreaks: [{ what: "credentials of another type", at: "spec.type", to: "AzureAPIKey" }],
  },
  GatewayConfig: {
    good: {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "GatewayConfig",
      metadata,
      spec: {
        extProc: {
          kubernetes: { resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: 1 } } },
        },
        globalLLMRequestCosts: [{ metadataKey: "llm_output_token", type: "OutputToken" }],
      },
    },
    schemaBreaks: [
      { what: "a quantity that is none", at: "spec.extProc.kubernetes.resources.limits.cpu", to: "one" },
      { what: "a cost without a key", at: "spec.globalLLMRequestCosts.0.metadataKey", to: undefined },
    ],
    ruleBreaks: [{ what: "an image with a space", at: "spec.extProc.kubernetes.image", to: "a b" }],
  },
  QuotaPolicy: {
    good: {
      apiVersion: "aigateway.envoyproxy.io/v1alpha1",
      kind: "QuotaPolicy",
      metadata,
      spec: {
        targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "qwen" }],
        perModelQuotas: [{ modelName: "qwen", quota: { defaultBucket: { limit: 1000, duration: "1h" } } }],
      },
    },
    schemaBreaks: [
      {
        what: "a duration that is no whole unit",
        at: "spec.perModelQuotas.0.quota.defaultBucket.duration",
        to: 60,
      },
      { what: "a limit in words", at: "spec.perModelQuotas.0.quota.defaultBucket.limit", to: "many" },
    ],
    ruleBreaks: [{ what: "a target of another kind", at: "spec.targetRefs.0.kind", to: "Backend" }],
  },
  Backend: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "Backend",
      metadata,
      spec: { endpoints: [{ fqdn: { hostname: "qwen.models.svc.cluster.local", port: 8000 } }] },
    },
    schemaBreaks: [
      { what: "a port above 65535", at: "spec.endpoints.0.fqdn.port", to: 70000 },
      { what: "a host with a space", at: "spec.endpoints.0.fqdn.hostname", to: "two words" },
      { what: "no endpoint in the list", at: "spec.endpoints", to: [] },
      { what: "an unknown protocol", at: "spec.appProtocols", to: ["h2c"] },
    ],
    ruleBreaks: [
      {
        what: "two addresses in one endpoint",
        at: "spec.endpoints.0.ip",
        to: { address: "10.0.0.1", port: 80 },
      },
    ],
  },
  BackendTrafficPolicy: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "BackendTrafficPolicy",
      metadata,
      spec: {
        targetRefs: [gatewayTarget],
        requestBuffer: { limit: "50Mi" },
        retry: { numRetries: 2, perRetry: { timeout: "30s", backOff: { baseInterval: "100ms" } } },
        timeout: { http: { requestTimeout: "0s" } },
      },
    },
    schemaBreaks: [
      { what: "retries below 0", at: "spec.retry.numRetries", to: -1 },
      { what: "an interval in words", at: "spec.retry.perRetry.timeout", to: "half a minute" },
      { what: "a target without a kind", at: "spec.targetRefs.0.kind", to: undefined },
      { what: "text in place of an object", at: "spec.timeout", to: "30s" },
    ],
    ruleBreaks: [{ what: "a target that no policy takes", at: "spec.targetRefs.0", to: otherTarget }],
  },
  ClientTrafficPolicy: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "ClientTrafficPolicy",
      metadata,
      spec: {
        targetRefs: [gatewayTarget],
        connection: { bufferLimit: "50Mi" },
        http2: { initialStreamWindowSize: "1Mi", maxConcurrentStreams: 1000 },
        headers: { earlyRequestHeaders: { remove: ["x-user"] } },
      },
    },
    schemaBreaks: [
      {
        what: "a header removed twice",
        at: "spec.headers.earlyRequestHeaders.remove",
        to: ["x-user", "x-user"],
      },
      { what: "a true that is text", at: "spec.enableProxyProtocol", to: "true" },
    ],
    ruleBreaks: [{ what: "a target that no policy takes", at: "spec.targetRefs.0", to: otherTarget }],
  },
  EnvoyExtensionPolicy: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyExtensionPolicy",
      metadata,
      spec: {
        targetRefs: [gatewayTarget],
        extProc: [
          {
            backendRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "processor", port: 4000 }],
            processingMode: { request: { body: "Buffered" }, response: {} },
            messageTimeout: "5s",
          },
        ],
      },
    },
    schemaBreaks: [
      { what: "an unknown body mode", at: "spec.extProc.0.processingMode.request.body", to: "All" },
      { what: "a port of 0", at: "spec.extProc.0.backendRefs.0.port", to: 0 },
    ],
    ruleBreaks: [{ what: "a target that no policy takes", at: "spec.targetRefs.0", to: otherTarget }],
  },
  EnvoyProxy: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyProxy",
      metadata,
      spec: {
        filterOrder: [{ name: "envoy.filters.http.ext_proc", before: "envoy.filters.http.buffer" }],
        provider: {
          type: "Kubernetes",
          kubernetes: {
            envoyDeployment: {
              replicas: 2,
              container: {
                resources: { requests: { cpu: "1", memory: "1Gi" } },
                env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
              },
              pod: { nodeSelector: { "kubernetes.io/arch": "amd64" } },
              patch: { value: { spec: { template: { spec: { priorityClassName: "high" } } } } },
            },
            envoyService: { annotations: { "a/b": "c" }, externalTrafficPolicy: "Cluster" },
          },
        },
      },
    },
    schemaBreaks: [
      { what: "an unknown filter", at: "spec.filterOrder.0.name", to: "envoy.filters.http.none" },
      { what: "half a replica", at: "spec.provider.kubernetes.envoyDeployment.replicas", to: 1.5 },
      { what: "a number as a label", at: "spec.provider.kubernetes.envoyService.annotations", to: { a: 1 } },
      { what: "an unknown provider", at: "spec.provider.type", to: "Docker" },
    ],
    ruleBreaks: [
      {
        what: "a filter before and after others",
        at: "spec.filterOrder.0.after",
        to: "envoy.filters.http.cors",
      },
    ],
  },
  SecurityPolicy: {
    good: {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "SecurityPolicy",
      metadata,
      spec: {
        targetRefs: [gatewayTarget],
        jwt: {
          providers: [
            {
              name: "login",
              issuer: "https://login.example.com",
              remoteJWKS: { uri: "https://login.example.com/keys" },
              claimToHeaders: [{ claim: "sub", header: "x-user" }],
            },
          ],
        },
        cors: { allowOrigins: ["https://*.example.com", "http://localhost:3000"] },
      },
    },
    schemaBreaks: [
      { what: "a provider without a name", at: "spec.jwt.providers.0.name", to: undefined },
      { what: "an origin without a scheme", at: "spec.cors.allowOrigins.0", to: "example.com" },
      { what: "a list in place of an object", at: "spec.jwt", to: [] },
    ],
    ruleBreaks: [{ what: "a target that no policy takes", at: "spec.targetRefs.0", to: otherTarget }],
  },
  BackendTLSPolicy: {
    good: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "BackendTLSPolicy",
      metadata,
      spec: {
        targetRefs: [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "openai" }],
        validation: { hostname: "api.openai.com", wellKnownCACertificates: "System" },
      },
    },
    schemaBreaks: [
      { what: "an empty host", at: "spec.validation.hostname", to: "" },
      { what: "no target", at: "spec.targetRefs", to: undefined },
    ],
    ruleBreaks: [
      { what: "no certificates", at: "spec.validation.wellKnownCACertificates", to: undefined },
      {
        what: "certificates of both kinds",
        at: "spec.validation.caCertificateRefs",
        to: [{ group: "", kind: "Secret", name: "ca" }],
      },
    ],
  },
  Gateway: {
    good: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata,
      spec: {
        gatewayClassName: "ai-gateway",
        infrastructure: {
          parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "proxy" },
        },
        listeners: [
          { name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "All" } } },
          {
            name: "https",
            protocol: "HTTPS",
            port: 443,
            tls: { certificateRefs: [{ name: "certificate" }] },
          },
        ],
      },
    },
    schemaBreaks: [
      { what: "no listeners", at: "spec.listeners", to: [] },
      { what: "two listeners of one name", at: "spec.listeners.1.name", to: "http" },
      { what: "a name with a capital", at: "spec.listeners.0.name", to: "HTTP" },
    ],
    ruleBreaks: [
      {
        what: "two listeners alike but for the name",
        at: "spec.listeners.1",
        to: { name: "second", protocol: "HTTP", port: 80 },
      },
    ],
  },
  GatewayClass: {
    good: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: "ai-gateway" },
      spec: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller", description: "for models" },
    },
    schemaBreaks: [
      { what: "a controller without a domain", at: "spec.controllerName", to: "controller" },
      { what: "a long description", at: "spec.description", to: "x".repeat(65) },
    ],
    // Its one rule compares with the object as it was before, which only an API server knows.
    ruleBreaks: [],
  },
  ReferenceGrant: {
    good: {
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata,
      spec: {
        from: [{ group: "aigateway.envoyproxy.io", kind: "AIGatewayRoute", namespace: "gateways" }],
        to: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend" }],
      },
    },
    schemaBreaks: [
      { what: "a source without a namespace", at: "spec.from.0.namespace", to: undefined },
      { what: "a kind with a slash", at: "spec.to.0.kind", to: "a/b" },
      { what: "nothing to refer to", at: "spec.to", to: [] },
    ],
    ruleBreaks: [],
  },
  InferencePool: {
    good: {
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      metadata,
      spec: {
        selector: { matchLabels: { app: "qwen" } },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: { name: "picker", port: { number: 9002 } },
      },
    },
    schemaBreaks: [
      { what: "a port by name", at: "spec.targetPorts.0.number", to: "http" },
      { what: "no picker", at: "spec.endpointPickerRef", to: undefined },
    ],
    ruleBreaks: [{ what: "a picker without a port", at: "spec.endpointPickerRef.port", to: undefined }],
  },
  InferenceObjective: {
    good: {
      apiVersion: "inference.networking.x-k8s.io/v1alpha2",
      kind: "InferenceObjective",
      metadata,
      spec: { priority: 10, poolRef: { name: "qwen" } },
    },
    schemaBreaks: [
      { what: "a priority in words", at: "spec.priority", to: "high" },
      { what: "no pool", at: "spec.poolRef", to: undefined },
    ],
    ruleBreaks: [],
  },
};

/** The cases in a list, of types that do not depend on the kind. */
export const cases = Object.entries(kindCases).map(([kind, entry]) => ({
  kind,
  good: entry.good as Manifest,
  schemaBreaks: entry.schemaBreaks,
  ruleBreaks: entry.ruleBreaks,
}));

/** The correct object with one field changed. */
export function broken(good: Manifest, { at, to }: Break): Manifest {
  const copy = structuredClone(good) as Manifest;
  const steps = at.split(".");
  const last = steps.pop() ?? "";
  let place = copy as Record<string, unknown>;
  for (const step of steps) {
    place = place[step] as Record<string, unknown>;
  }
  if (to === undefined) {
    delete place[last];
  } else {
    place[last] = to;
  }
  return copy;
}
