import { vllmRefusal } from "../cluster/acceleratorRefusals";
import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { formatName, kvFormatRefusal, weightFormatRefusal } from "./formatSupport";
import { isEnough, type PlanInputs, planInputs } from "./memoryPlan";
import { type ModelShape, WeightFormat } from "./modelShape";
import type { Alternative, HourlyPrices, Placement, PlacementWanted } from "./placementArgs";
import { podNeeds, podProblems } from "./podMemory";
import { choosePlan, describePlan } from "./sizing";
import { KvCacheFormat, type Sizing } from "./sizingArgs";
import { optionProblems, splitProblems } from "./sizingProblems";
import { weightBytes } from "./weightBytes";

/** Every kind of node that holds a model as wanted, cheapest first; those without a price come last. */
export function placeModel(
  model: ModelShape,
  wanted: PlacementWanted,
  shapes: readonly AcceleratorShape[],
  prices: HourlyPrices = {},
): readonly Placement[] {
  if (optionProblems(model, wanted).length > 0) {
    return [];
  }
  const inputs = planInputs(model, wanted);
  const fileBytes = weightBytes(model);
  // Instance types with one GPU and number of them differ in what is around the GPUs: they share one sizing.
  const sizings = new Map<string, Sizing | undefined>();
  const found: Placement[] = [];
  for (const shape of shapes) {
    const { key, refused } = gpuKind(shape);
    let sizing = sizings.get(key);
    if (sizing === undefined && !sizings.has(key)) {
      sizing = refused ? undefined : fittingSize(model, wanted, shape, inputs);
      sizings.set(key, sizing);
    }
    if (sizing !== undefined && holdsPod(shape, sizing, fileBytes, wanted)) {
      const each = priceOf(shape, prices);
      found.push({ shape, sizing, usdPerHour: each === undefined ? undefined : each * sizing.nodes });
    }
  }
  return found.sort(byPrice);
}

/** The placement that `pool: "auto"` takes: the cheapest that is sold by the hour. */
export function cheapestPlacement(
  model: ModelShape,
  wanted: PlacementWanted,
  shapes: readonly AcceleratorShape[],
  prices: HourlyPrices = {},
): Placement | undefined {
  return placeModel(model, wanted, shapes, prices).find(({ usdPerHour }) => usdPerHour !== undefined);
}

interface GpuKind {
  /** Everything that the sizing of a model reads from a node. */
  readonly key: string;
  /** Whether vLLM does not run on it at all. */
  readonly refused: boolean;
}

const kinds = new WeakMap<AcceleratorShape, GpuKind>();

function gpuKind(shape: AcceleratorShape): GpuKind {
  let kind = kinds.get(shape);
  if (kind === undefined) {
    const { vendor, gpu, gpus, gpuMemoryMiB, computeCapability, gfx, nvlink } = shape;
    // A refusal may go by the instance type's name.
    const refused = vllmRefusal(shape) !== undefined;
    const key = [vendor, gpu, gpus, gpuMemoryMiB, computeCapability, gfx, nvlink, refused].join("|");
    kind = { key, refused };
    kinds.set(shape, kind);
  }
  return kind;
}

/** The sizing where it fits. Most nodes are ruled out before anything is described. */
function fittingSize(
  model: ModelShape,
  wanted: PlacementWanted,
  shape: AcceleratorShape,
  inputs: PlanInputs,
): Sizing | undefined {
  if (
    weightFormatRefusal(model, shape, wanted) !== undefined ||
    kvFormatRefusal(shape, wanted.kvCacheFormat) !== undefined ||
    splitProblems(model, shape, wanted).length > 0
  ) {
    return undefined;
  }
  const plan = choosePlan(model, shape, inputs);
  return isEnough(plan) ? describePlan(model, shape, wanted, plan, []) : undefined;
}

function holdsPod(
  shape: AcceleratorShape,
  sizing: Sizing,
  fileBytes: number,
  { weightsOnNode = true }: PlacementWanted,
): boolean {
  const gpus = Math.min(shape.gpus, sizing.gpusPerReplica);
  return podProblems(shape, podNeeds(gpus, fileBytes), { weightsOnNode }).length === 0;
}

function priceOf(shape: AcceleratorShape, prices: HourlyPrices): number | undefined {
  return Object.hasOwn(prices, shape.name) ? prices[shape.name] : shape.usdPerHour;
}

/** By price, then fewer GPUs, then name: the same list for the same input, whatever its order. */
function byPrice(a: Placement, b: Placement): number {
  const price = (a.usdPerHour ?? Number.POSITIVE_INFINITY) - (b.usdPerHour ?? Number.POSITIVE_INFINITY);
  // Two infinities have no difference.
  const difference = Number.isNaN(price) ? 0 : price;
  return (
    difference ||
    a.sizing.gpusPerReplica - b.sizing.gpusPerReplica ||
    (a.shape.name < b.shape.name ? -1 : a.shape.name > b.shape.name ? 1 : 0)
  );
}

/** The cheapest placement as it is wanted, and the cheapest with each change that a user can make; cheapest first. */
export function alternatives(
  model: ModelShape,
  wanted: PlacementWanted,
  shapes: readonly AcceleratorShape[],
  prices: HourlyPrices = {},
): readonly Alternative[] {
  const found = new Map<string, Alternative>();
  for (const { change, options } of changes(model, wanted)) {
    const placement = cheapestPlacement(model, options, shapes, prices);
    // A change that leads to the same node is none.
    if (placement !== undefined && !found.has(placement.shape.name)) {
      found.set(placement.shape.name, { placement, change });
    }
  }
  return [...found.values()].sort((a, b) => byPrice(a.placement, b.placement));
}

/** What can be given up, the smallest change first. */
function changes(model: ModelShape, wanted: PlacementWanted) {
  const list: { change: string; options: PlacementWanted }[] = [{ change: "", options: free(wanted) }];
  if (model.weights === WeightFormat.Bf16 && wanted.weightFormat === undefined) {
    const options = { ...free(wanted), weightFormat: WeightFormat.Fp8 };
    list.push({ change: `${formatName(WeightFormat.Fp8)} weights`, options });
  }
  if (wanted.kvCacheFormat !== KvCacheFormat.Fp8) {
    list.push({ change: "an FP8 KV cache", options: { ...free(wanted), kvCacheFormat: KvCacheFormat.Fp8 } });
  }
  if ((wanted.maxNodes ?? 1) < 2) {
    list.push({ change: "two nodes", options: { ...free(wanted), maxNodes: 2 } });
  }
  return list;
}

/** Another node may need another split. */
function free(wanted: PlacementWanted): PlacementWanted {
  const { tensorParallel: _, pipelineParallel: __, ...rest } = wanted;
  return rest;
}
