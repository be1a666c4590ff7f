import type { ToolName } from "./catalogue";
import { ensureTool } from "./ensureTool";
import { ToolError } from "./find";
import { type ProgressStream, progressReporter } from "./progressReporter";

export interface EnsureToolsOptions {
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** Where progress goes. Default: standard error. */
  out?: ProgressStream;
}

/** Gets what is missing of several programs, with visible progress; the answer is all the problems. */
export async function ensureTools(names: readonly ToolName[], options: EnsureToolsOptions = {}) {
  const { env = process.env, signal, out = process.stderr } = options;
  const problems: ToolError[] = [];
  for (const name of names) {
    const { start, step, end } = progressReporter(out);
    try {
      const path = await ensureTool(name, { env, signal, onStart: start, onProgress: step });
      end(`${name} is ready: ${path}`);
    } catch (error) {
      end(signal?.aborted ? "stopped; what was half done is removed" : `${name} failed`);
      if (!(error instanceof ToolError)) throw error;
      problems.push(error);
    }
  }
  return problems;
}
