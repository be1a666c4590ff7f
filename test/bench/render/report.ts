import { describeMachine } from "../machine";
import { formatTable } from "../table";
import type { RenderReport, SizeReport } from "./run";

const columns: readonly (readonly [string, (size: SizeReport) => string])[] = [
  ["models", ({ models }) => whole(models)],
  ["resources", ({ resources }) => whole(resources)],
  ["render ms", ({ render }) => whole(render.ms)],
  ["ms/model", ({ render }) => render.msPerModel.toFixed(2)],
  ["baseline ms", ({ baseline }) => whole(baseline.ms)],
  ["ratio", ({ timeRatio }) => timeRatio.toFixed(2)],
  ["CPU ratio", ({ cpuRatio }) => cpuRatio.toFixed(2)],
  ["peak MiB", ({ render }) => whole(render.peakMiB)],
  ["baseline MiB", ({ baseline }) => whole(baseline.peakMiB)],
  ["ratio", ({ memoryRatio }) => memoryRatio.toFixed(2)],
];

/** The report as a table for people. */
export function formatReport({ machine, runs, sizes }: RenderReport): string {
  const rows = [
    columns.map(([title]) => title),
    ...sizes.map((size) => columns.map(([, cell]) => cell(size))),
  ];
  return [
    `${describeMachine(machine)}; median of ${runs} runs, largest memory`,
    "Compared: evaluation, manifests, plan and files; loading of modules is left out on both sides.",
    ...formatTable(rows),
    ...growth(sizes),
    "",
  ].join("\n");
}

/** Whether the time grows in line with the models, between the two largest sizes. */
function growth(sizes: readonly SizeReport[]): string[] {
  const [small, large] = sizes.slice(-2);
  if (small === undefined || large === undefined) {
    return [];
  }
  const factor = large.render.msPerModel / small.render.msPerModel;
  return [
    `Time per model from ${whole(small.models)} to ${whole(large.models)} models: x${factor.toFixed(2)}`,
  ];
}

function whole(value: number): string {
  return value.toLocaleString("en-US");
}
