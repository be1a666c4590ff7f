import { accelerators } from "../../../components/cluster/accelerators";
import { modelCatalogue } from "../../../components/models/modelCatalogue";
import type { ModelShape } from "../../../components/models/modelShape";
import { placeModel } from "../../../components/models/placement";
import { type MachineFigures, machineFigures } from "../machine";

/** What a run of the benchmark found. */
export interface SizingReport {
  readonly machine: MachineFigures;
  readonly models: number;
  readonly shapes: number;
  readonly runs: number;
  /** Placements that were found for all models together. */
  readonly placements: number;
  /** Milliseconds to place every model once; the first run also warms the code up. */
  readonly firstMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
}

/**
 * Places so many models on every node of the catalogue. Each run has models of its own, so that nothing that was
 * remembered for one of them helps the next.
 */
export function benchSizing(models: number, runs: number): SizingReport {
  const times: number[] = [];
  let placements = 0;
  for (let run = 0; run < runs; run++) {
    const wanted = manyModels(models, run);
    const started = performance.now();
    placements = 0;
    for (const model of wanted) {
      placements += placeModel(model, { contextLength: 8_192, concurrency: 4 }, accelerators).length;
    }
    times.push(performance.now() - started);
  }
  const sorted = [...times].sort((a, b) => a - b);
  return {
    machine: machineFigures(),
    models,
    shapes: accelerators.length,
    runs,
    placements,
    firstMs: times[0] ?? 0,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    worstMs: sorted.at(-1) ?? 0,
  };
}

/** Models of the catalogue under other names and with slightly other sizes. */
function manyModels(count: number, run: number): readonly ModelShape[] {
  return Array.from({ length: count }, (_, index) => {
    const base = modelCatalogue[index % modelCatalogue.length];
    if (base === undefined) {
      throw new Error("the catalogue of models is empty");
    }
    const factor = 1 + ((index * 31 + run * 7) % 100) / 1_000;
    return { ...base, name: `${base.name}-${index}`, parametersB: base.parametersB * factor };
  });
}
