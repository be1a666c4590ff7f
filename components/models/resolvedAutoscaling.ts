import type { Input } from "@pulumi/pulumi";
import type { AutoscaledBy } from "./autoscalingArgs";

/** How many replicas a model has, with every default filled in. */
export interface ResolvedAutoscaling {
  readonly by: AutoscaledBy;
  readonly min: number;
  readonly max: number;
  readonly waitingRequests: number;
  readonly kvCacheUsage: number;
  readonly cooldownSeconds: number;
  /** Present with KEDA. */
  readonly prometheus: ResolvedAutoscalingPrometheus | undefined;
  /** What brings the first replica back; absent where there always is one. */
  readonly wakeQuery: string | undefined;
}

export interface ResolvedAutoscalingPrometheus {
  readonly url: Input<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly triggerAuthenticationName: Input<string> | undefined;
  readonly authModes: string | undefined;
  readonly awsRegion: string | undefined;
}
