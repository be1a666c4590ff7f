import type { ResolvedRoute, ResolvedRouteTarget } from "./resolved";

/** The targets of each rule of a route: first the usual ones, then those of each tier. */
export function rulesOf({
  targets,
  tiers,
}: Pick<ResolvedRoute, "targets" | "tiers">): readonly (readonly ResolvedRouteTarget[])[] {
  return [targets, ...tiers.map((tier) => tier.targets)];
}

/** How many priorities a rule has. */
export function levelsOf(targets: readonly ResolvedRouteTarget[]): number {
  return new Set(targets.map(({ priority }) => priority)).size;
}
