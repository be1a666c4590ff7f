import type { AcceleratorArgs } from "../cluster/acceleratorArgs";

/** What the nodes of a pool are, for the checks of models that run there: at least one of the two. */
export interface ModelPoolArgs {
  /** EC2 instance type, for example `g6.2xlarge`. Default: hosts of one's own. */
  instanceType?: string;
  /** Numbers of nodes that this package does not know, or that differ. Default: those of the instance type. */
  accelerator?: AcceleratorArgs;
  /** Most nodes that the pool grows to, 1 to 10,000: what bounds replicas. Default: not known, so they are not bounded. */
  maxNodes?: number;
}
