import type * as pulumi from "@pulumi/pulumi";
import { withUserValues } from "./helmValues";
import { type HelmValues, InstallMode } from "./installArgs";
import { rateLimitSettings } from "./installRedis";
import type { ResolvedGatewayInstall } from "./resolveInstall";

/** The values of the cert-manager chart that we set. */
export interface CertManagerValues {
  readonly crds: { readonly enabled: boolean; readonly keep: boolean };
}

/** The values of the AI Gateway chart that we set. */
export interface AiGatewayValues {
  readonly controller: {
    /** Bytes, as the chart's flag takes them. */
    readonly maxRecvMsgSize: string;
    /** Where QuotaPolicy looks for its rate limit service. */
    readonly quotaRateLimitServiceAddr: string;
    readonly mutatingWebhook: {
      readonly certManager: { readonly enable: boolean };
      readonly tlsCertSecretName?: string;
    };
    readonly mcp: {
      readonly sessionEncryption: {
        readonly seed: pulumi.Input<string>;
        readonly fallback?: { readonly seed: pulumi.Input<string> };
      };
    };
  };
  readonly envoyGateway: { readonly namespace: string };
}

/** Envoy Gateway's own configuration, as far as AI Gateway needs it. */
export interface EnvoyGatewayConfig {
  readonly gateway: { readonly controllerName: string };
  readonly extensionApis: { readonly enableBackend: boolean };
  readonly extensionManager: {
    readonly failOpen: boolean;
    readonly maxMessageSize: string;
    readonly backendResources?: readonly {
      readonly group: string;
      readonly kind: string;
      readonly version: string;
    }[];
    readonly hooks: {
      readonly xdsTranslator: {
        readonly translation: Readonly<
          Record<"listener" | "route" | "cluster" | "secret", { readonly includeAll: boolean }>
        >;
        readonly post: readonly string[];
      };
    };
    readonly service: { readonly fqdn: { readonly hostname: string; readonly port: number } };
  };
  readonly rateLimit?: { readonly backend: RateLimitSettings["backend"] };
  readonly provider?: {
    readonly type: "Kubernetes";
    readonly kubernetes: {
      readonly rateLimitDeployment: { readonly container: { readonly env: RateLimitSettings["env"] } };
    };
  };
}

/** The values of the Envoy Gateway chart that we set. */
export interface EnvoyGatewayValues {
  readonly config: { readonly envoyGateway: EnvoyGatewayConfig };
}

/** How the rate limit service reaches Redis. */
export interface RateLimitSettings {
  readonly backend: {
    readonly type: "Redis";
    readonly redis: {
      readonly url: pulumi.Input<string>;
      readonly tls?: { readonly certificateRef: { readonly name: string } };
    };
  };
  readonly env: readonly object[];
}

const mebibyte = 1024 * 1024;

export function certManagerValues(install: ResolvedGatewayInstall): pulumi.Input<HelmValues> {
  const ours: CertManagerValues = { crds: { enabled: true, keep: true } };
  return withUserValues({ ...ours }, install.certManager.values);
}

/** `seed` seals MCP sessions; the chart's own default is a published constant. */
export function aiGatewayValues(
  install: ResolvedGatewayInstall,
  seed: pulumi.Input<string>,
  previousSeed: pulumi.Input<string> | null,
): pulumi.Input<HelmValues> {
  const { namespaces, aiGateway } = install;
  const ownSecret = aiGateway.webhookSecretName;
  const ours: AiGatewayValues = {
    controller: {
      maxRecvMsgSize: String(install.maxConfigSize * mebibyte),
      quotaRateLimitServiceAddr: `envoy-ai-gateway-ratelimit.${namespaces.envoyGateway.name}`,
      // Never the chart's own certificate: it expires after a year, and then no Envoy pod starts.
      mutatingWebhook: {
        certManager: { enable: ownSecret === null },
        ...(ownSecret === null ? {} : { tlsCertSecretName: ownSecret }),
      },
      mcp: {
        sessionEncryption: { seed, ...(previousSeed === null ? {} : { fallback: { seed: previousSeed } }) },
      },
    },
    envoyGateway: { namespace: namespaces.envoyGateway.name },
  };
  return withUserValues({ ...ours }, aiGateway.values);
}

/** Also what an Envoy Gateway of the user's own must be configured with (`config.envoyGateway`). */
export function envoyGatewayConfig(install: ResolvedGatewayInstall): EnvoyGatewayConfig {
  const all = { includeAll: true };
  const pools = [{ group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1" }];
  const limits = rateLimitSettings(install);
  return {
    gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
    // An AIServiceBackend can only point to a Backend.
    extensionApis: { enableBackend: true },
    extensionManager: {
      // Closed: with the controller down the proxies keep their last good configuration.
      failOpen: false,
      maxMessageSize: `${install.maxConfigSize}Mi`,
      ...(install.inferenceExtension === InstallMode.None ? {} : { backendResources: pools }),
      hooks: {
        xdsTranslator: {
          translation: { listener: all, route: all, cluster: all, secret: all },
          post: ["Translation", "Cluster", "Route"],
        },
      },
      service: { fqdn: { ...install.aiGateway.extensionServer } },
    },
    ...(limits === null ? {} : { rateLimit: { backend: limits.backend } }),
    ...(limits === null || limits.env.length === 0
      ? {}
      : {
          provider: {
            type: "Kubernetes",
            kubernetes: { rateLimitDeployment: { container: { env: limits.env } } },
          },
        }),
  };
}

export function envoyGatewayValues(install: ResolvedGatewayInstall): pulumi.Input<HelmValues> {
  const ours: EnvoyGatewayValues = { config: { envoyGateway: envoyGatewayConfig(install) } };
  return withUserValues({ ...ours }, install.envoyGateway.values);
}
