import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type MachineFigures, machineFigures } from "../machine";
import { type Mode, medianSample, renderMs, type Sample } from "./sample";

export const defaultSizes = [10, 100, 1_000, 5_000];

/** Figures of one size; times in milliseconds, memory in MiB, of the median run. */
export interface SizeReport {
  readonly models: number;
  readonly resources: number;
  readonly render: Figures;
  readonly baseline: Figures;
  readonly timeRatio: number;
  readonly cpuRatio: number;
  readonly memoryRatio: number;
}

export interface Figures {
  readonly ms: number;
  readonly msPerModel: number;
  readonly evaluateMs: number;
  readonly writeMs: number;
  readonly loadMs: number;
  readonly cpuMs: number;
  readonly peakMiB: number;
  readonly allMs: readonly number[];
}

export interface RenderReport {
  readonly bench: "render";
  readonly machine: MachineFigures;
  readonly runs: number;
  readonly keys: boolean;
  readonly sizes: readonly SizeReport[];
}

export interface BenchOptions {
  readonly sizes: readonly number[];
  /** How often each process is run; the median counts. */
  readonly runs: number;
  /** Whether each model has an API key of its own. */
  readonly keys: boolean;
  readonly progress: (line: string) => void;
}

/** Renders generated programs and their baselines, each run in a process of its own, the two in turn. */
export async function benchRender({ sizes, runs, keys, progress }: BenchOptions): Promise<RenderReport> {
  const reports: SizeReport[] = [];
  for (const models of sizes) {
    reports.push(await benchSize(models, runs, keys, progress));
  }
  return {
    bench: "render",
    machine: machineFigures(),
    runs,
    keys,
    sizes: reports,
  };
}

async function benchSize(
  models: number,
  runs: number,
  keys: boolean,
  progress: (line: string) => void,
): Promise<SizeReport> {
  const dir = path.resolve(__dirname, "../../../.ai-gateway/bench", String(models));
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
  const samples: Record<Mode, Sample[]> = { render: [], baseline: [] };
  for (let run = 1; run <= runs; run++) {
    for (const mode of ["render", "baseline"] as const) {
      const sample = await runChild(mode, dir, models, keys);
      samples[mode].push(sample);
      progress(`${models} models, run ${run} of ${runs}, ${mode}: ${Math.round(renderMs(sample))} ms`);
    }
  }
  rmSync(dir, { recursive: true, force: true });
  return sizeReport(models, samples);
}

function sizeReport(models: number, samples: Record<Mode, Sample[]>): SizeReport {
  const render = figures(models, samples.render);
  const baseline = figures(models, samples.baseline);
  return {
    models,
    resources: medianSample(samples.render).resources,
    render,
    baseline,
    timeRatio: round(render.ms / baseline.ms, 2),
    cpuRatio: round(render.cpuMs / baseline.cpuMs, 2),
    memoryRatio: round(render.peakMiB / baseline.peakMiB, 2),
  };
}

function figures(models: number, samples: readonly Sample[]): Figures {
  const median = medianSample(samples);
  return {
    ms: Math.round(renderMs(median)),
    msPerModel: round(renderMs(median) / models, 2),
    evaluateMs: Math.round(median.evaluateMs),
    writeMs: Math.round(median.writeMs),
    loadMs: Math.round(median.loadMs),
    cpuMs: Math.round(median.cpuMs),
    peakMiB: Math.round(Math.max(...samples.map(({ peakMiB }) => peakMiB))),
    allMs: samples.map((sample) => Math.round(renderMs(sample))),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function runChild(mode: Mode, dir: string, models: number, keys: boolean): Promise<Sample> {
  const args = ["--import", "tsx", path.join(__dirname, "child.ts"), mode, dir, String(models), String(keys)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) {
        resolve(JSON.parse(out.trim().split("\n").at(-1) ?? "") as Sample);
      } else {
        reject(new Error(`The ${mode} of ${models} models ended with ${code}:\n${err}`));
      }
    });
  });
}
