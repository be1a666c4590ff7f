import * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { mapInput } from "../shared/mapInput";
import { InstallMode } from "./installArgs";
import type { RateLimitSettings } from "./installValues";
import { parseRedisUrl, type RedisAddress } from "./redisUrl";
import { imageName } from "./releases";
import type { ResolvedGatewayInstall } from "./resolveInstall";
import type { ResolvedRedis } from "./resolveRedis";

/** Name of our Redis: Deployment, Service and, with the suffix "-credentials", its Secret. */
export const redisName = "ai-gateway-redis";
export const redisSecretName = `${redisName}-credentials`;
export const redisSecretKey = "password";

const port = 6379;
/** The user of the official image. */
const user = 999;
const labels = { "app.kubernetes.io/name": redisName, "app.kubernetes.io/managed-by": "pulumi-ai-gateway" };

/** The variables that the rate limit service needs for this Redis beside those that Envoy Gateway sets. */
export function rateLimitEnvNames(redis: ResolvedRedis): readonly string[] {
  const password = redis.mode === InstallMode.Install || redis.password !== null ? ["REDIS_AUTH"] : [];
  const tls =
    redis.mode === InstallMode.External && redis.clientCertificateSecretName === null ? ["REDIS_TLS"] : [];
  return redis.mode === InstallMode.None ? [] : [...password, ...tls];
}

/** The address of our own Redis in Envoy Gateway's namespace. */
export function ownRedisUrl(namespace: string): string {
  return `redis://${redisName}.${namespace}.svc.cluster.local:${port}`;
}

/** The address of Redis as a URL, without the password; null when there is none. */
export function redisUrl(install: ResolvedGatewayInstall): pulumi.Input<string> | null {
  const { redis, namespaces } = install;
  return redis.mode === InstallMode.Install ? ownRedisUrl(namespaces.envoyGateway.name) : redis.url;
}

/** What Envoy Gateway's configuration says about Redis; null when there is none. */
export function rateLimitSettings(install: ResolvedGatewayInstall): RateLimitSettings | null {
  const url = redisUrl(install);
  if (url === null) {
    return null;
  }
  const { redis } = install;
  const certificate = redis.clientCertificateSecretName;
  const env = rateLimitEnvNames(redis).map((name) =>
    name === "REDIS_AUTH"
      ? { name, valueFrom: { secretKeyRef: { name: redisSecretName, key: redisSecretKey } } }
      : // Not by `tls: {}`: without a client certificate Envoy Gateway 1.8.1 then mounts a volume that it does not define.
        { name, value: fromRedisUrl(url, ({ tls }) => String(tls)) },
  );
  return {
    backend: {
      type: "Redis",
      redis: {
        url: fromRedisUrl(url, (address) => `${address.host}:${address.port}`),
        ...(certificate === null ? {} : { tls: { certificateRef: { name: certificate } } }),
      },
    },
    env,
  };
}

/** What a part of the address says; reads it once it is known. */
export function fromRedisUrl(
  url: pulumi.Input<string>,
  read: (address: RedisAddress) => string,
): pulumi.Input<string> {
  return mapInput(url, (text) => {
    const address = parseRedisUrl(text);
    if (typeof address === "string") {
      throw new Error(`redis.url ${address}`);
    }
    return read(address);
  });
}

/** The Secret from which the rate limit service, our Redis and the processor take the password. */
export function redisSecret(install: ResolvedGatewayInstall, password: pulumi.Input<string>): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: redisSecretName, namespace: install.namespaces.envoyGateway.name, labels },
    type: "Opaque",
    stringData: { [redisSecretKey]: pulumi.secret(password) },
  };
}

export function redisDeployment(install: ResolvedGatewayInstall): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: redisName, namespace: install.namespaces.envoyGateway.name, labels },
    spec: {
      replicas: 1,
      // Two at once would each hold half of the counters.
      strategy: { type: "Recreate" },
      selector: { matchLabels: { "app.kubernetes.io/name": redisName } },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [redisContainer(imageName(install.release.redis))],
          volumes: [{ name: "data", emptyDir: { sizeLimit: "64Mi" } }],
        },
      },
    },
  };
}

function redisContainer(image: string): object {
  const ping = ["sh", "-c", 'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ping | grep -q PONG'];
  return {
    name: "redis",
    image,
    // In memory only, and full means an error instead of an evicted counter: a lost counter is a lost limit.
    command: ["sh", "-c"],
    args: [
      'exec redis-server --port 6379 --save "" --appendonly no --maxmemory 384mb --maxmemory-policy noeviction --requirepass "$REDIS_PASSWORD"',
    ],
    env: [
      {
        name: "REDIS_PASSWORD",
        valueFrom: { secretKeyRef: { name: redisSecretName, key: redisSecretKey } },
      },
    ],
    ports: [{ name: "redis", containerPort: port }],
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    readinessProbe: { exec: { command: ping }, periodSeconds: 5, timeoutSeconds: 3 },
    livenessProbe: { exec: { command: ping }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  };
}

export function redisService(install: ResolvedGatewayInstall): Manifest {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: redisName, namespace: install.namespaces.envoyGateway.name, labels },
    spec: {
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": redisName },
      ports: [{ name: "redis", port, targetPort: "redis", appProtocol: "redis" }],
    },
  };
}
