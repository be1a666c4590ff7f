import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { accelerators } from "../cluster/accelerators";
import { nearestRemedy } from "../shared/nearest";
import type { PoolShapes } from "./modelPools";
import type { ModelShape } from "./modelShape";
import { alternatives, cheapestPlacement } from "./placement";
import type { PlacementWanted } from "./placementArgs";
import type { ResolvedLoras } from "./resolvedVllm";
import type { VllmContext } from "./resolveVllm";
import { modelShapeOf, reportOptions, sizeVllm, sizingOptions } from "./sizeVllm";
import type { Sizing } from "./sizingArgs";
import { autoPool, type VllmArgs } from "./vllmArgs";
import type { VllmLayout } from "./vllmParallel";

/** Where a model runs, and whether it fits there. */
export interface VllmPlace {
  readonly layout: VllmLayout;
  /** Name of the pool; `undefined` for any node that has the GPU. */
  readonly pool: string | undefined;
  readonly node: AcceleratorShape | undefined;
  readonly model: ModelShape | undefined;
  readonly sizing: Sizing | undefined;
  /** Whether the model is to run in a pool that is declared, so that its needs are checked, whatever the node. */
  readonly isPlaced: boolean;
}

/** Finds the node of a declaration and sizes the model on it, as far as nodes are known. */
export function placeVllm(
  path: string,
  args: VllmArgs,
  layout: VllmLayout,
  loras: ResolvedLoras | undefined,
  context: VllmContext,
): VllmPlace {
  const { pools, problems } = context;
  const isAuto = args.pool === autoPool;
  const isNamed = args.pool !== undefined && !isAuto;
  const pool = isNamed ? args.pool : undefined;
  const unknown = { layout, pool, node: undefined, sizing: undefined, isPlaced: false };
  if (pools === undefined) {
    return { ...unknown, model: modelShapeOf(path, args, false, problems) };
  }
  const names = [...Object.keys(pools), ...context.unknownPools];
  if (isAuto && names.length === 0) {
    problems.add(
      `${path}.pool`,
      '"auto" chooses among known pools, and none is known; declare pools, or name one',
    );
  }
  const node = isAuto ? undefined : nodeOf(path, args, pools, names, context);
  const isPlaced = names.length > 0 && (isNamed || isAuto);
  const model = modelShapeOf(path, args, isPlaced, problems);
  const hasChoice = isAuto && names.length > 0 && context.unknownPools.length === 0;
  if (model === undefined || !isSizable(args)) {
    return { ...unknown, node, model, isPlaced };
  }
  if (node !== undefined) {
    return onNode(path, args, layout, loras, model, node, context);
  }
  if (hasChoice) {
    return cheapestPool(path, args, model, loras, pools, context);
  }
  if (isPlaced) {
    reportOptions(path, model, sizingOptions(args, layout, loras, undefined), problems);
  }
  return { ...unknown, model, isPlaced };
}

/** Whether the numbers are within their ranges; what is not is reported where it is checked. */
function isSizable({
  maxModelLen,
  concurrency,
  maxSequences,
  gpuMemoryUtilization: share,
}: VllmArgs): boolean {
  const counts = [maxModelLen, concurrency, maxSequences].filter((each) => each !== undefined);
  return (
    counts.every((count) => Number.isInteger(count) && count >= 1) &&
    (share === undefined || (share >= 0.1 && share <= 0.99))
  );
}

/** The node of the pool that a declaration names. */
function nodeOf(
  path: string,
  { pool, accelerator, gpus = 1 }: VllmArgs,
  pools: PoolShapes,
  names: readonly string[],
  { problems, warn, unknownPools }: VllmContext,
): AcceleratorShape | undefined {
  if (names.length === 0) {
    return undefined;
  }
  if (pool === undefined) {
    warn(
      `${path} names no pool, so nobody knows its GPU and no size is checked; name one of ${names.join(", ")}`,
    );
    return undefined;
  }
  const node = Object.hasOwn(pools, pool) ? pools[pool] : undefined;
  if (node === undefined) {
    // What is wrong with a pool is said where it is declared.
    if (unknownPools.includes(pool)) {
      return undefined;
    }
    problems.add(
      `${path}.pool`,
      `"${pool}" is not a known pool; ${nearestRemedy(pool, names, `known are ${names.join(", ")}`)}`,
    );
    return undefined;
  }
  if (accelerator !== undefined && accelerator !== node.vendor) {
    problems.add(
      `${path}.accelerator`,
      `is "${accelerator}", and the pool "${pool}" has GPUs of "${node.vendor}"; take it out, or name another pool`,
    );
    return undefined;
  }
  if (gpus > node.gpus) {
    problems.add(
      `${path}.gpus`,
      `${gpus} GPUs are more than the ${node.gpus} of ${node.name}; use at most ${node.gpus}, several nodes, or a larger pool`,
    );
    return undefined;
  }
  return node;
}

function onNode(
  path: string,
  args: VllmArgs,
  layout: VllmLayout,
  loras: ResolvedLoras | undefined,
  model: ModelShape,
  node: AcceleratorShape,
  { problems, warn }: VllmContext,
): VllmPlace {
  const options = sizingOptions(args, layout, loras, node);
  const wanted = { ...options, maxNodes: layout.nodes, ...weightsPlace(args) };
  const instead = () => orElse(model, wanted, layout, node);
  const sizing = sizeVllm(path, model, node, options, { problems, warn, alternatives: instead });
  return { layout, pool: args.pool, node, model, sizing, isPlaced: true };
}

/** Shapes that work, the cheapest three, as the end of a sentence. */
function orElse(
  model: ModelShape,
  wanted: PlacementWanted,
  layout: VllmLayout,
  node: AcceleratorShape | undefined,
): string {
  const own = node === undefined || accelerators.includes(node) ? [] : [node];
  const known = alternatives(model, wanted, [...accelerators, ...own]).slice(0, 3);
  const list = known.map(({ placement: { shape, sizing, usdPerHour }, change }) => {
    const count = Math.min(shape.gpus, sizing.gpusPerReplica);
    const gpus = count === layout.gpus && shape !== node ? "" : ` with gpus: ${count}`;
    const price = usdPerHour === undefined ? "" : ` (${usdPerHour.toFixed(2)} USD/h)`;
    return `${shape.name}${gpus}${change === "" ? "" : ` and ${change}`}${price}`;
  });
  return list.length === 0 ? "no known instance type holds it" : `these would work: ${list.join(", ")}`;
}

/** The cheapest of the known pools that holds the model as it is wanted. */
function cheapestPool(
  path: string,
  args: VllmArgs,
  model: ModelShape,
  loras: ResolvedLoras | undefined,
  pools: PoolShapes,
  { problems, warn }: VllmContext,
): VllmPlace {
  const fixed = ["gpus", "nodes", "pipelineParallel"] as const;
  for (const member of fixed.filter((each) => args[each] !== undefined)) {
    problems.add(
      `${path}.${member}`,
      `is ${args[member]}, and pool "auto" chooses it; take one of the two out`,
    );
  }
  const shapes = Object.entries(pools)
    .filter(([, shape]) => args.accelerator === undefined || shape.vendor === args.accelerator)
    // Pools may share an instance type; the name of the pool tells them apart.
    .map(([name, shape]) => ({ ...shape, name }));
  const {
    tensorParallel: _,
    pipelineParallel: __,
    ...wanted
  } = sizingOptions(args, oneGpu, loras, undefined);
  const before = problems.count;
  reportOptions(path, model, wanted, problems);
  // No pool would change that.
  const isPossible = problems.count === before;
  const found = isPossible
    ? cheapestPlacement(model, { ...wanted, ...weightsPlace(args) }, shapes)
    : undefined;
  const none = {
    layout: oneGpu,
    pool: undefined,
    node: undefined,
    model,
    sizing: undefined,
    isPlaced: true,
  };
  if (found === undefined) {
    if (isPossible) {
      problems.add(
        `${path}.pool`,
        `"auto" finds no pool with a price that holds ${model.name} as it is wanted; ${orElse(model, wanted, oneGpu, undefined)}`,
      );
    }
    return none;
  }
  const pool = found.shape.name;
  const node = pools[pool] ?? found.shape;
  const { tensorParallel, pipelineParallel, nodes } = found.sizing;
  const layout = {
    gpus: (tensorParallel * pipelineParallel) / nodes,
    nodes,
    tensorParallel,
    pipelineParallel,
  };
  const options = sizingOptions(args, layout, loras, node);
  const sizing = sizeVllm(path, model, node, options, { problems, warn, alternatives: () => "" });
  return { layout, pool, node, model, sizing, isPlaced: true };
}

const oneGpu: VllmLayout = { gpus: 1, nodes: 1, tensorParallel: 1, pipelineParallel: 1 };

/** Weights that are downloaded to the node need its disks. */
function weightsPlace({ weights, cache }: VllmArgs): { readonly weightsOnNode: boolean } {
  return { weightsOnNode: weights === undefined && cache?.storageClassName === undefined };
}
