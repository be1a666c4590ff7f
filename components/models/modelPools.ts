import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { resolveAccelerator } from "../cluster/resolveAccelerator";
import { at, type Problems } from "../shared/problems";
import type { ModelPoolArgs } from "./modelPoolArgs";

/** What a node of each pool offers, by the pool's name. */
export type PoolShapes = Readonly<Record<string, AcceleratorShape>>;

/** The nodes of declared pools; reports those that cannot be known. */
export function modelPools(
  path: string,
  pools: Readonly<Record<string, ModelPoolArgs>>,
  problems: Problems,
): PoolShapes {
  const shapes = Object.entries(pools).flatMap(([name, pool]) => {
    const shape = poolNode(at(path, name), name, pool, problems);
    return shape === undefined ? [] : [[name, shape] as const];
  });
  return Object.fromEntries(shapes);
}

/** A node of one pool; `undefined`, with a problem, when it is not known. */
export function poolNode(
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
  const given = accelerator === undefined ? `${path}.instanceType` : `${path}.accelerator`;
  return resolveAccelerator(given, instanceType ?? name, accelerator, problems);
}
