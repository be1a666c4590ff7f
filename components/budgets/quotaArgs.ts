import type { Input } from "@pulumi/pulumi";

/**
 * The rate limit service that counts budgets with `enforcedBy: "gateway"`. AI Gateway needs one for a whole cluster,
 * under a name of its own, and no chart installs it. Without it such budgets would let everything pass.
 */
export interface QuotaServiceArgs {
  /**
   * Whether the service is made here. With several gateways in a cluster exactly one makes it, and the others say
   * false. Default: true.
   */
  enabled?: boolean;
  /** Pods, 1 to 100. Default: 2. */
  replicas?: number;
  /** Namespace of Envoy Gateway, where AI Gateway looks for the service. Default: `envoy-gateway-system`. */
  envoyGatewayNamespace?: string;
  /** Namespace of the AI Gateway controller, which tells the service the limits. Default: `envoy-ai-gateway-system`. */
  aiGatewayNamespace?: string;
  /** Image of the service. Default: the one that AI Gateway is tested with. */
  image?: Input<string>;
  /**
   * `redis://host:port`, or `rediss://host:port` for TLS, without user, password, database or options. Default: the
   * Redis that `GatewayInstall` made.
   */
  redisUrl?: Input<string>;
  /** Name of a Secret in Envoy Gateway's namespace with the password under the key `password`. Default: none for `redisUrl`. */
  redisSecretName?: Input<string>;
}
