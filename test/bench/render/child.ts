import { readFileSync } from "node:fs";
import path from "node:path";
import { evaluateProgram } from "../../../cli/evaluate";
import { writeEvaluation } from "../../../cli/render";
import { registerPlan } from "./baseline";
import { declareModels } from "./program";
import type { Mode, Sample } from "./sample";

/**
 * One measured run, in a process of its own: `child.ts <mode> <folder> <models>`. The modules and the plan are
 * loaded before the clock starts; what is measured is evaluation, manifests, plan and files.
 */
async function main(mode: Mode, dir: string, models: number, keys: boolean): Promise<Sample> {
  const program = prepare(mode, dir, models, keys);
  const loaded = performance.now();
  const cpuBefore = process.cpuUsage();
  const evaluation = await evaluateProgram({ projectDir: dir, stack: "bench", program });
  const evaluated = performance.now();
  writeEvaluation(evaluation, path.join(dir, mode), "yaml");
  const written = performance.now();
  const cpu = process.cpuUsage(cpuBefore);
  return {
    resources: evaluation.resources.length,
    loadMs: loaded,
    evaluateMs: evaluated - loaded,
    writeMs: written - evaluated,
    cpuMs: (cpu.user + cpu.system) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

function prepare(mode: Mode, dir: string, models: number, keys: boolean): () => void {
  if (mode === "render") {
    return () => declareModels(models, keys);
  }
  const plan: unknown = JSON.parse(readFileSync(path.join(dir, "render", "plan.json"), "utf8"));
  return () => registerPlan(plan);
}

const [mode, dir, models, keys] = process.argv.slice(2);
main(
  mode === "baseline" ? "baseline" : "render",
  path.resolve(dir ?? "."),
  Number(models),
  keys === "true",
).then(
  (sample) => process.stdout.write(`${JSON.stringify(sample)}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
