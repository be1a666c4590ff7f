/** An alias over other models. */
export interface RouteArgs {
  /** Models that share the traffic, by name; each may be an alias itself. */
  targets: Record<string, RouteTargetArgs>;
  /** Models that answer when no target can, in order. Default: none. */
  fallback?: string[];
  /** A model that gets a share of the traffic before the others divide the rest. Default: none. */
  canary?: CanaryArgs;
}

/** One of the models that share an alias's traffic. */
export interface RouteTargetArgs {
  /** Share relative to the other targets, an integer from 0 to 1,000,000. Default: 1. */
  weight?: number;
}

/** A share of an alias's traffic for a model on trial. */
export interface CanaryArgs {
  /** Name of the model on trial. */
  model: string;
  /** Share in per cent, 0 to 100, in steps of 0.01. */
  percent: number;
}
