import type { Input } from "@pulumi/pulumi";

/** What chooses among the replicas of a model, with every default filled in. */
export interface ResolvedEndpointPicker {
  readonly image: Input<string>;
  readonly cpu: string;
  readonly memory: string;
  /** Whether its metrics can be read. */
  readonly metrics: boolean;
  /** Priorities by the names of the objectives. */
  readonly objectives: Readonly<Record<string, number>>;
}
