import path from "node:path";
import { evaluateProgram } from "./evaluate";
import type { Evaluation } from "./evaluate/evaluation";
import { findProjectDir } from "./evaluate/projectFile";
import type { Io } from "./io";
import { planChunks } from "./plan";
import { type ChartReference, chartReferences } from "./render/charts";
import { listChunks, objectChunks, RenderFormat } from "./render/format";
import { isPatch, type ManifestFile, manifestFiles } from "./render/manifests";
import { type OutputFile, ownFiles, writeOutputDir } from "./render/outputDir";

export interface RenderOptions {
  readonly stack: string;
  /** The folder to write. Default: `.ai-gateway/render/<stack>` in the project. */
  readonly out?: string;
  /** Default: "yaml". */
  readonly format?: RenderFormat;
  /** Where to look for the project. Default: the current folder. */
  readonly cwd?: string;
  /** Keeps stack traces. Default: false. */
  readonly debug?: boolean;
}

/**
 * Evaluates a program and writes its Kubernetes objects, its charts and its plan. Nothing is written on failure.
 *
 * @throws UsageError and ProgramError for what the user has to change.
 */
export async function renderCommand(options: RenderOptions, io: Io): Promise<number> {
  const cwd = path.resolve(options.cwd ?? ".");
  const projectDir = findProjectDir(cwd);
  const out =
    options.out === undefined
      ? path.join(projectDir, ".ai-gateway", "render", options.stack)
      : path.resolve(cwd, options.out);
  // Refused before the program runs: that may take a while.
  ownFiles(out);
  const evaluation = await evaluateProgram({
    projectDir,
    stack: options.stack,
    debug: options.debug ?? false,
  });
  const { manifests, charts } = writeEvaluation(evaluation, out, options.format ?? RenderFormat.Yaml);
  for (const warning of [...evaluation.warnings, ...patchWarnings(evaluation)]) {
    io.err(`warning: ${warning}`);
  }
  for (const line of summary(evaluation, manifests, charts, path.relative(cwd, out) || ".")) {
    io.out(line);
  }
  return 0;
}

/** Writes everything that `render` writes for an evaluation, replacing an earlier render in the folder. */
export function writeEvaluation(
  evaluation: Evaluation,
  out: string,
  format: RenderFormat,
): { manifests: readonly ManifestFile[]; charts: readonly ChartReference[] } {
  const manifests = manifestFiles(evaluation);
  const charts = chartReferences(evaluation);
  const files: OutputFile[] = manifests.map(({ name, objects }) => ({
    name: `${name}.${format}`,
    chunks: objectChunks(objects, format),
  }));
  if (charts.length > 0) {
    files.push({ name: `charts.${format}`, chunks: listChunks(charts, format) });
  }
  files.push({ name: "plan.json", chunks: planChunks(evaluation) });
  writeOutputDir(out, files);
  return { manifests, charts };
}

function patchWarnings(evaluation: Evaluation): string[] {
  const patches = evaluation.resources.filter(isPatch).length;
  return patches === 0 ? [] : [`${patches} patches of existing objects are in plan.json only.`];
}

function summary(
  evaluation: Evaluation,
  manifests: readonly ManifestFile[],
  charts: readonly ChartReference[],
  out: string,
): string[] {
  const objects = manifests.reduce((sum, file) => sum + file.objects.length, 0);
  const width = Math.max(...manifests.map(({ name }) => name.length), "plan.json".length);
  const bundles =
    charts.length === 0 ? "" : ` and ${count(charts.length, "chart or bundle", "charts or bundles")}`;
  return [
    `Rendered ${evaluation.project}/${evaluation.stack} to ${out}: ${count(objects, "object")}${bundles}.`,
    ...manifests.map((file) => `  ${file.name.padEnd(width)}  ${count(file.objects.length, "object")}`),
    ...(charts.length > 0
      ? [`  ${"charts".padEnd(width)}  ${charts.map(({ name }) => name).join(", ")}`]
      : []),
    `  ${"plan.json".padEnd(width)}  ${count(evaluation.resources.length, "resource")}`,
  ];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}
