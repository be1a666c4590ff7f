import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { resolveAccelerator } from "../cluster/resolveAccelerator";
import { at, type Problems } from "../shared/problems";
import { checkInteger } from "./checkInteger";
import type { ModelPoolArgs } from "./modelPoolArgs";
import { autoPool } from "./vllmArgs";

/** What a node of each pool offers, by the pool's name. */
export type PoolShapes = Readonly<Record<string, AcceleratorShape>>;

/** Most nodes of each pool, by the pool's name; pools of which nobody knows it are left out. */
export type PoolSizes = Readonly<Record<string, number>>;

/** What is known of the pools that models run in. */
export interface KnownPools {
  /** What the nodes of known pools offer; `undefined` when pools could not be read, so that nothing is checked. */
  readonly pools: PoolShapes | undefined;
  /** Names of pools whose nodes nobody knows, since their declaration is wrong. */
  readonly unknownPools: readonly string[];
  /** How many nodes those pools have at most, where it is known. */
  readonly poolSizes: PoolSizes;
}

/**
 * What declared pools offer and how far they grow; reports nodes that cannot be known, and numbers that cannot be
 * meant. `given`: nodes of pools that the caller knows, besides the declared ones.
 */
export function modelPools(
  path: string,
  declared: Readonly<Record<string, ModelPoolArgs>>,
  given: PoolShapes,
  problems: Problems,
): KnownPools {
  const shapes = byName(declared, (name, pool) => poolNode(at(path, name), name, pool, problems));
  const unknownPools = Object.keys(declared).filter((name) => !Object.hasOwn(shapes, name));
  const poolSizes = byName(declared, (name, pool) => poolSize(at(path, name), pool, problems));
  return { pools: { ...shapes, ...given }, unknownPools, poolSizes };
}

/** What is known of each pool, without those of which nothing is. */
function byName<Known>(
  declared: Readonly<Record<string, ModelPoolArgs>>,
  knownOf: (name: string, pool: ModelPoolArgs) => Known | undefined,
): Readonly<Record<string, Known>> {
  const entries = Object.entries(declared).flatMap(([name, pool]) => {
    const known = knownOf(name, pool);
    return known === undefined ? [] : [[name, known] as const];
  });
  return Object.fromEntries(entries);
}

/** A node of one pool; `undefined`, with a problem, when it is not known. */
function poolNode(
  path: string,
  name: string,
  { instanceType, accelerator }: ModelPoolArgs,
  problems: Problems,
): AcceleratorShape | undefined {
  if (instanceType === undefined && accelerator === undefined) {
    problems.add(
      path,
      "says nothing of its nodes; give an instanceType, or the numbers of hosts of your own as accelerator",
    );
    return undefined;
  }
  if (name === autoPool) {
    problems.add(
      path,
      "is what models write for the cheapest pool, so that none could name this one; choose another one",
    );
  }
  const given = accelerator === undefined ? `${path}.instanceType` : `${path}.accelerator`;
  return resolveAccelerator(given, instanceType ?? name, accelerator, problems);
}

/** Most nodes of one pool; `undefined` when it is not said, or, with a problem, when it cannot be meant. */
function poolSize(path: string, { maxNodes }: ModelPoolArgs, problems: Problems): number | undefined {
  if (maxNodes === undefined) {
    return undefined;
  }
  const before = problems.count;
  checkInteger(`${path}.maxNodes`, maxNodes, 1, 10_000, problems);
  return problems.count > before ? undefined : maxNodes;
}
