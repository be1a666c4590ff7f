import type { Input } from "@pulumi/pulumi";

/** The budget processor of a gateway: the pods that every request asks before it may cost anything. */
export interface ProcessorArgs extends ProcessorServiceArgs {
  /** How Envoy asks. */
  envoy?: ProcessorEnvoyArgs;
}

/** How the processor's pods run. */
export interface ProcessorServiceArgs {
  /** Image of the processor. In a cluster exactly one of `image` and `build` is given. */
  image?: Input<string>;
  /** Builds the image that comes with this package, and pushes it. */
  build?: ProcessorBuildArgs;
  /**
   * Namespace of the pods, which has to exist. Changing it moves them: a replacement. Default: that of Envoy Gateway,
   * where the password of its Redis is.
   */
  namespace?: string;
  /** Namespace in which Envoy Gateway runs its proxies and Redis. Default: `envoy-gateway-system`. */
  envoyGatewayNamespace?: string;
  /** Pods, 1 to 100; exactly one with `store: "memory"`. Default: 2, or 1 with `store: "memory"`. */
  replicas?: number;
  /** Adds and removes pods by load, in place of `replicas`. Default: none. */
  autoscaling?: ProcessorAutoscalingArgs;
  /** Size, place and names of the pods. */
  pods?: ProcessorPodArgs;
  /** Where budgets are counted. Default: `redis`. */
  store?: ProcessorStore;
  /** The Redis or Valkey of `store: "redis"`. Default: the one that `GatewayInstall` made. */
  redis?: ProcessorRedisArgs;
  /** Seconds that a hold outlives a pod that died, 5 to 3600; it is renewed while its request lives. Default: 60. */
  holdSeconds?: number;
  /** Seconds that a stopping pod gives its running requests, 0 to 86400. Default: 300. */
  drainSeconds?: number;
  /**
   * Whether a policy that changes a price or a limit a thousandfold is taken; else the pods keep the one that they
   * have, since it is most often a mistake of units. Default: false.
   */
  allowJump?: boolean;
  /** Where warnings of `warnAt` are sent. Default: nowhere; they are counted all the same. */
  webhook?: ProcessorWebhookArgs;
  /** TLS between Envoy and the processor. Default: none; the network policy lets only Envoy in. */
  tls?: ProcessorTlsArgs;
  /** Who may talk to the pods, and to whom they may talk. */
  networkPolicy?: ProcessorNetworkPolicyArgs;
  /** Least level that is logged. Prompts, answers and keys never are. Default: `info`. */
  logLevel?: ProcessorLogLevel;
  /** Whether tokens are counted under the names of OpenTelemetry's GenAI conventions, too. Default: false. */
  genAiMetrics?: boolean;
  /**
   * Whether each pod has a page at `/status` of its metrics port that shows budgets, spend and refusals, without users
   * or prompts, to whoever reaches that port. Default: true.
   */
  statusPage?: boolean;
}

/** Where the processor's budgets are counted. */
export const ProcessorStore = {
  /** Redis or Valkey: all pods count together, and a restart forgets nothing. */
  Redis: "redis",
  /** The pod's own memory: one pod only, and what was spent is forgotten with it. */
  Memory: "memory",
} as const;
export type ProcessorStore = (typeof ProcessorStore)[keyof typeof ProcessorStore];

/** Least level that the processor logs. */
export const ProcessorLogLevel = { Debug: "debug", Info: "info", Warn: "warn", Error: "error" } as const;
export type ProcessorLogLevel = (typeof ProcessorLogLevel)[keyof typeof ProcessorLogLevel];

/** How strictly the pods are spread over nodes. */
export const ProcessorSpread = {
  /** Over zones and nodes as far as there are some. */
  Preferred: "preferred",
  /** Never two on one node: a pod without a node of its own waits. Over zones as far as there are some. */
  Required: "required",
} as const;
export type ProcessorSpread = (typeof ProcessorSpread)[keyof typeof ProcessorSpread];

/** Builds the image where the program runs, which needs Docker with buildx there during `pulumi up`. */
export interface ProcessorBuildArgs {
  /**
   * Repository to push to, without a tag, for example `repository.repositoryUrl` of an `aws.ecr.Repository`. Its tag is
   * the version of this package; the pods run the digest.
   */
  repositoryUrl: Input<string>;
  /** Platforms to build for, of `linux/amd64` and `linux/arm64`. Default: `linux/amd64`. */
  platforms?: string[];
  /** User of a registry other than ECR, whose own token is fetched by itself. Default: none. */
  username?: Input<string>;
  /** Password of that user. Must be a secret, not a plain string. */
  password?: Input<string>;
}

/** Pods by load. */
export interface ProcessorAutoscalingArgs {
  /** Least pods, 1 to 100. Default: 2. */
  min?: number;
  /** Most pods, `min` to 100. Default: 10. */
  max?: number;
  /** Share of the CPU that each pod asks for at which more are added, in percent, 10 to 95. Default: 60. */
  cpuPercent?: number;
}

/** The pods themselves. */
export interface ProcessorPodArgs {
  /** CPU that each pod asks for; it may use more. Default: `500m`. */
  cpu?: string;
  /**
   * Memory that each pod asks for, and its limit. Bodies are read whole, so it has to hold several of the gateway's
   * `bufferLimit`. Default: `1Gi`.
   */
  memory?: string;
  /** Default: `preferred`. */
  spread?: ProcessorSpread;
  /** Labels that a node must have. Default: none. */
  nodeSelector?: Record<string, string>;
  /** Taints that the pods stand, by key. Default: none. */
  tolerations?: Record<string, ProcessorTolerationArgs>;
  /** Name of a PriorityClass. Default: none. */
  priorityClassName?: Input<string>;
  /** Name of a Secret of type `kubernetes.io/dockerconfigjson` that the image is pulled with. Default: none. */
  imagePullSecretName?: Input<string>;
  /** Further labels of the pods. Default: none. */
  labels?: Record<string, string>;
  /** Further annotations of the pods. Default: none. */
  annotations?: Record<string, Input<string>>;
}

/** A taint that the pods stand. */
export interface ProcessorTolerationArgs {
  /** Default: any value. */
  value?: string;
  /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`. Default: any. */
  effect?: string;
}

/** A Redis or Valkey: exactly one of `url`, `cluster` and `sentinel`. */
export interface ProcessorRedisArgs {
  /** One server, or the configuration endpoint of one: `redis://host:6379`, or `rediss://` for TLS. No password. */
  url?: Input<string>;
  /** Some nodes of a Redis Cluster with commas between them, each as in `url`; the rest is found. */
  cluster?: Input<string>;
  /** Sentinels that know where the master is. */
  sentinel?: ProcessorSentinelArgs;
  /** User of an access control list. Default: the default user. */
  username?: Input<string>;
  /** Password. Must be a secret, not a plain string. Default: none. */
  password?: Input<string>;
  /** Name of a Secret in the processor's namespace with the password under the key `password`, in its place. */
  passwordSecretName?: Input<string>;
  /** Name of a Secret in the processor's namespace with the authorities of the certificate under `ca.crt`. Default: public ones. */
  caSecretName?: Input<string>;
  /** Name of a `kubernetes.io/tls` Secret in the processor's namespace: the client certificate. Default: none. */
  clientCertificateSecretName?: Input<string>;
  /** Name that the certificate must have. Default: the host. */
  serverName?: Input<string>;
  /** How long a call may take, in milliseconds, 1 to 1000. Past it a budget's `whenStoreIsDown` decides. Default: 20. */
  timeoutMs?: number;
  /**
   * Name of the ledger, 1 to 128 letters, digits and `._:-`. Gateways with one name on one Redis spend from the same
   * budgets; a new name starts all of them at zero. Default: namespace and name of the gateway.
   */
  ledger?: string;
}

/** Sentinels of a Redis. */
export interface ProcessorSentinelArgs {
  /** `host:port` with commas between them. */
  addresses: Input<string>;
  /** What the sentinels call the master. */
  master: Input<string>;
  /** TLS to the sentinels and the servers. Default: false. */
  tls?: boolean;
  /** User of the sentinels. Default: none. */
  username?: Input<string>;
  /** Password of the sentinels. Must be a secret, not a plain string. Default: none. */
  password?: Input<string>;
}

/** How Envoy asks the processor. */
export interface ProcessorEnvoyArgs {
  /**
   * How long Envoy waits for an answer of the processor, 1s to 60s. It bounds a hang, not the work: the largest bodies
   * take half a second to read, and others wait meanwhile. Default: `5s`.
   */
  messageTimeout?: string;
  /**
   * Whether requests pass, uncounted, while no pod answers; else they get 500. Only for budgets that advise: refused
   * where one caps dollars, since what passes is never charged. Default: false.
   */
  failOpen?: boolean;
}

/** A receiver of warnings. */
export interface ProcessorWebhookArgs {
  /** `https://` or `http://`. It stands readable in a ConfigMap, so what is secret belongs into `authorization`. */
  url: string;
  /** How long the receiver may take, in milliseconds, 100 to 60000. Default: 5000. */
  timeoutMs?: number;
  /** Value of the `authorization` header, for example `Bearer ...`. Must be a secret, not a plain string. Default: none. */
  authorization?: Input<string>;
  /** Name of a Secret in the processor's namespace with that value under the key `authorization`, in its place. */
  authorizationSecretName?: Input<string>;
}

/** TLS between Envoy and the processor. */
export interface ProcessorTlsArgs {
  /** Name of a `kubernetes.io/tls` Secret in the processor's namespace. A renewed one is taken without a restart. */
  certificateSecretName: Input<string>;
  /** Host name that the certificate has. Default: that of the Service (the output `hostname`). */
  hostname?: string;
  /**
   * Name of a ConfigMap in the processor's namespace with the authorities under `ca.crt`. Default: `ca.crt` of
   * `certificateSecretName`, where cert-manager puts it.
   */
  caConfigMapName?: Input<string>;
}

/** Who may talk to the pods, and to whom they may talk. */
export interface ProcessorNetworkPolicyArgs {
  /** Whether there is a NetworkPolicy; it needs a network plug-in that enforces it. Default: true. */
  enabled?: boolean;
  /** Namespaces that may read metrics. Default: all. */
  metricsNamespaces?: string[];
  /** TCP ports that the pods may reach besides DNS, Redis and the webhook. Default: none. */
  egressPorts?: number[];
}
