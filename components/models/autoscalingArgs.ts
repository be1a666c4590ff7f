import type { Input } from "@pulumi/pulumi";

/** Who changes the number of a model's replicas. */
export const AutoscaledBy = {
  /** A ScaledObject of KEDA, which asks Prometheus. */
  Keda: "keda",
  /** A HorizontalPodAutoscaler alone, which asks the metrics API that prometheus-adapter serves. */
  Hpa: "hpa",
} as const;
export type AutoscaledBy = (typeof AutoscaledBy)[keyof typeof AutoscaledBy];

/**
 * How many replicas a model has, by its load: the requests that wait in vLLM, and the share of its KV cache in use.
 * Whichever asks for more replicas wins. GPU and CPU utilisation say nothing of a server that is busy with one request
 * as with a hundred.
 */
export interface AutoscalingArgs {
  /** Fewest replicas, 0 to 1,000; 0 needs `scaleToZero`. Default: 1, or 0 with `scaleToZero`. */
  min?: number;
  /** Most replicas, 1 to 1,000, and no more than the nodes of a known pool hold. */
  max: number;
  /** Who changes the number of replicas; it has to be in the cluster already. Default: `keda`. */
  by?: AutoscaledBy;
  /** Requests in line at each replica above which there are too few replicas, 1 to 100,000. Default: 25. */
  waitingRequests?: number;
  /**
   * Share of each replica's KV cache in use above which there are too few replicas, 0.05 to 1; with 1 only waiting
   * requests count. Default: 0.8.
   */
  kvCacheUsage?: number;
  /**
   * Seconds that the load has to stay low before a replica goes, 60 to 3,600. Default: what loading one is estimated to
   * take, at least 300 and at most 3,600; 900 where that is not known.
   */
  cooldownSeconds?: number;
  /** Where KEDA reads vLLM's metrics; needed with `keda`, and meaningless with `hpa`. */
  prometheus?: AutoscalingPrometheusArgs;
  /**
   * Whether the last replica may go as well. Requests fail then until one is ready again, which takes minutes: the
   * gateway holds none back. Only with `keda`. Default: false.
   */
  scaleToZero?: boolean;
  /**
   * PromQL that is above 0 while requests come for the model although no pod is there, for example a rate of requests
   * at the gateway: pods that do not exist report nothing. Needed with `scaleToZero`.
   */
  wakeQuery?: string;
}

/** A Prometheus server, or what speaks its API. */
export interface AutoscalingPrometheusArgs {
  /** Address inside the cluster or outside, for example `http://prometheus.monitoring.svc:9090`. */
  url: Input<string>;
  /**
   * Further labels of the series, by name, that tell this model from others of the same name in the same Prometheus, for
   * example `namespace`. Default: none, vLLM's own `model_name` alone.
   */
  labels?: Record<string, string>;
  /** Name of a TriggerAuthentication of KEDA in the model's namespace. Default: none. */
  triggerAuthenticationName?: Input<string>;
  /** What that authentication is for, as KEDA's `authModes` names it, for example `bearer`. Default: none. */
  authModes?: string;
  /** AWS region of a workspace of Amazon Managed Service for Prometheus. Default: none. */
  awsRegion?: string;
}
