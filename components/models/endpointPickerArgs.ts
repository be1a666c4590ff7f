import type { Input } from "@pulumi/pulumi";

/**
 * What chooses, for each request, the replica of a model that is to answer it. It is one pod, since it remembers which
 * replica holds which prompt; while it is away, the model answers nothing.
 */
export interface EndpointPickerArgs {
  /** Image of the picker. Default: the one of the release set. */
  image?: Input<string>;
  /** CPU that its pod asks for. Default: `500m`. */
  cpu?: string;
  /** Memory that its pod asks for, and its limit. Default: `1Gi`. */
  memory?: string;
  /**
   * Whether its metrics (port 9090) answer whoever may read them. For that its account may ask the API server who is
   * calling: a ClusterRoleBinding to `system:auth-delegator`, which takes rights in the whole cluster to make. Default:
   * false, and they answer nobody.
   */
  metrics?: boolean;
  /**
   * What requests may say of their own importance, by the value of their header `x-gateway-inference-objective`.
   * Default: `<model>-sheddable` with priority -1; `{}` for none.
   */
  objectives?: Record<string, EndpointPickerObjectiveArgs>;
}

/** An InferenceObjective, which requests name in a header. */
export interface EndpointPickerObjectiveArgs {
  /**
   * Below 0: such requests get 429 at once while every replica has more than 5 in line or more than 80 % of its KV cache
   * in use. The picker of this release treats 0 and above alike, so that is refused. -1,000 to -1.
   */
  priority: number;
}
