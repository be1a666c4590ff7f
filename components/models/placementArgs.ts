import type { AcceleratorShape } from "../cluster/acceleratorShape";
import type { Sizing, SizingOptions } from "./sizingArgs";

/** What is looked for. */
export interface PlacementWanted extends SizingOptions {
  /** Whether weights lie on the node's own disks, which must be large enough then. Default: true. */
  readonly weightsOnNode?: boolean;
}

/** USD per hour by the name of a shape, in place of the shapes' own prices. */
export type HourlyPrices = Readonly<Record<string, number>>;

/** A kind of node that holds the model. */
export interface Placement {
  readonly shape: AcceleratorShape;
  readonly sizing: Sizing;
  /** All nodes of one replica; `undefined` where a node has no price by the hour. */
  readonly usdPerHour: number | undefined;
}

/** A placement that needs something else than what was asked for. */
export interface Alternative {
  readonly placement: Placement;
  /** What has to change, as in `use pool g6e.xlarge with FP8 weights`; empty when only the node does. */
  readonly change: string;
}
