import type { Input } from "@pulumi/pulumi";

/** The Gateway that clients call. */
export interface GatewayArgs {
  /**
   * Name of the GatewayClass. Default: made for this gateway under its own name. With a name of your own,
   * that class must exist and belong to Envoy Gateway.
   */
  className?: string;
  /** The listener without TLS. Default: on, port 80; off when `https` is given. */
  http?: HttpListenerArgs;
  /** The listener with TLS. Default: none. */
  https?: HttpsListenerArgs;
  /** The Envoy pods and their Service. */
  proxy?: ProxyArgs;
  /**
   * Largest body that Envoy holds in memory, as a Kubernetes quantity. Requests above it get 413. Envoy's own
   * 32 KiB would refuse long prompts. Default: `50Mi`.
   */
  bufferLimit?: string;
  /**
   * Further headers that clients must not set, removed before anything else sees them. The gateway's own
   * (`x-ai-eg-*`, `x-aigw-*`, `x-gateway-destination-endpoint`, `x-gateway-model-name-rewrite`) always are, and so are
   * `cookie` and `proxy-authorization`, which providers would see. 58 at most. Default: none.
   */
  removeHeaders?: string[];
}

/** A listener without TLS. */
export interface HttpListenerArgs {
  /** Whether it exists. Default: true, false when `https` is given. */
  enabled?: boolean;
  /** Port, 1 to 65535. Default: 80. */
  port?: number;
}

/** A listener with TLS. */
export interface HttpsListenerArgs {
  /** Name of a Secret of type `kubernetes.io/tls` in the gateway's namespace. */
  certificateSecretName: Input<string>;
  /** Port, 1 to 65535. Default: 443. */
  port?: number;
}

/** The Envoy pods and the Service in front of them. */
export interface ProxyArgs {
  /** Pods, 1 to 100. Default: 2. */
  replicas?: number;
  /** CPU that each pod asks for. Default: `500m`. */
  cpu?: string;
  /** Memory that each pod asks for, and its limit. Default: `1Gi`. */
  memory?: string;
  /** How the Service is reached. Default: `LoadBalancer`. */
  serviceType?: ServiceType;
  /**
   * Whether the load balancer has private addresses only. Written as annotations for AWS; on another cloud give that
   * cloud's own in `annotations`. Default: true.
   */
  internal?: boolean;
  /** Further annotations of the Service; they win over those that `internal` sets. */
  annotations?: Record<string, Input<string>>;
  /** Class of the load balancer, for example `service.k8s.aws/nlb`. Default: the cluster's own. */
  loadBalancerClass?: string;
  /** Whether each request is logged as a line of JSON on standard output, without bodies or keys. Default: true. */
  accessLog?: boolean;
}

/** How the Service in front of Envoy is reached. */
export const ServiceType = {
  LoadBalancer: "LoadBalancer",
  ClusterIP: "ClusterIP",
  NodePort: "NodePort",
} as const;
export type ServiceType = (typeof ServiceType)[keyof typeof ServiceType];
