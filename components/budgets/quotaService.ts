import { fromRedisUrl, redisSecretKey } from "../gateway/installRedis";
import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import type { ResolvedQuotaService } from "./resolveQuotas";

/** Name under which AI Gateway looks for the service, and the node id that it gives limits to (v1.0.0, v1.1.0). */
const serviceName = "envoy-ai-gateway-ratelimit";
const grpcPort = 8081;
const healthPort = 8080;
/** Port on which the AI Gateway controller tells limits. */
const limitsPort = 18002;
/** The user that Envoy Gateway gives its own rate limit service. */
const user = 65_534;
const selector = { "app.kubernetes.io/name": serviceName };

/** The rate limit service of AI Gateway's quotas; its limits come from the controller. */
export function quotaServiceObjects(service: ResolvedQuotaService): readonly RenderedObject[] {
  const metadata = {
    name: serviceName,
    namespace: service.envoyGatewayNamespace,
    labels: { ...managedLabels, ...selector },
  };
  const objects: readonly Manifest[] = [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: service.replicas,
        selector: { matchLabels: selector },
        template: { metadata: { labels: metadata.labels }, spec: podSpec(service) },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "grpc", port: grpcPort, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" }],
      },
    },
  ];
  return objects.map((manifest) => ({ key: "quotas/rate-limit", manifest }));
}

function podSpec(service: ResolvedQuotaService): object {
  const probe = { httpGet: { path: "/healthcheck", port: "health" } };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "ratelimit",
        image: service.image,
        command: ["/bin/ratelimit"],
        env: environment(service),
        ports: [
          { name: "grpc", containerPort: grpcPort },
          { name: "health", containerPort: healthPort },
        ],
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "256Mi" } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...probe, periodSeconds: 5 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
      },
    ],
  };
}

function environment({ aiGatewayNamespace, redisUrl, redisSecretName }: ResolvedQuotaService): object[] {
  const controller = `ai-gateway-controller.${aiGatewayNamespace}.svc.cluster.local`;
  const plain = {
    LOG_LEVEL: "info",
    USE_STATSD: "false",
    GRPC_PORT: String(grpcPort),
    RUNTIME_ROOT: "/data",
    RUNTIME_SUBDIRECTORY: "ratelimit",
    RUNTIME_IGNOREDOTFILES: "true",
    RUNTIME_WATCH_ROOT: "false",
    CONFIG_TYPE: "GRPC_XDS_SOTW",
    CONFIG_GRPC_XDS_NODE_ID: serviceName,
    CONFIG_GRPC_XDS_SERVER_URL: `${controller}:${limitsPort}`,
    // The controller tells nothing until the first quota is there.
    FORCE_START_WITHOUT_INITIAL_CONFIG: "true",
    REDIS_SOCKET_TYPE: "tcp",
    REDIS_URL: fromRedisUrl(redisUrl, ({ host, port }) => `${host}:${port}`),
    REDIS_TLS: fromRedisUrl(redisUrl, ({ tls }) => String(tls)),
  };
  const password = { secretKeyRef: { name: redisSecretName, key: redisSecretKey } };
  return [
    ...Object.entries(plain).map(([name, value]) => ({ name, value })),
    ...(redisSecretName === undefined ? [] : [{ name: "REDIS_AUTH", valueFrom: password }]),
  ];
}
