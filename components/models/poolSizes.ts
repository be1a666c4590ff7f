import { at, type Problems } from "../shared/problems";
import { checkInteger } from "./checkInteger";
import type { ModelPoolArgs } from "./modelPoolArgs";

/** Most nodes of each pool, by the pool's name; pools of which nobody knows it are left out. */
export type PoolSizes = Readonly<Record<string, number>>;

/** How far the declared pools grow; reports numbers that cannot be meant. */
export function poolSizes(
  path: string,
  pools: Readonly<Record<string, ModelPoolArgs>>,
  problems: Problems,
): PoolSizes {
  const sizes = Object.entries(pools).flatMap(([name, { maxNodes }]) => {
    if (maxNodes === undefined) {
      return [];
    }
    const before = problems.count;
    checkInteger(`${at(path, name)}.maxNodes`, maxNodes, 1, 10_000, problems);
    return problems.count > before ? [] : [[name, maxNodes] as const];
  });
  return Object.fromEntries(sizes);
}
