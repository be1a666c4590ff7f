import { type ToolName, toolNames, tools } from "../tools/catalogue";
import { ensureTools } from "../tools/ensureTools";
import { findTools, type ToolReport } from "../tools/find";
import type { ProgressStream } from "../tools/progressReporter";

/** What the command line of `ai-gateway tools` says. */
export interface ToolsOptions {
  /** The programs in question. Default: all; with `get`, those that the local gateway needs. */
  names?: string[] | undefined;
  /** Print the reports as JSON instead of a table. Default: false. */
  json?: boolean | undefined;
  /** Build or download what is missing first. Default: false. */
  get?: boolean | undefined;
}

/** Where the command writes, and what it reads. */
export interface ToolsContext {
  out?: ProgressStream;
  err?: ProgressStream;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
}

const gatewayTools: readonly ToolName[] = ["aigw", "envoy"];

function isToolName(name: string): name is ToolName {
  return (toolNames as readonly string[]).includes(name);
}

function table(rows: readonly string[][]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function describe(reports: readonly ToolReport[]): string {
  const rows = reports.map(({ name, version, wanted, source, path }) => [
    name,
    version ?? (path === undefined ? `${wanted} wanted` : "not known"),
    source === "environment" ? tools[name].variable : source,
    path ?? "-",
  ]);
  const lines = [table([["TOOL", "VERSION", "FOUND IN", "PATH"], ...rows])];
  for (const { problem, notes } of reports) {
    for (const line of [...(problem === undefined ? [] : [problem]), ...notes]) lines.push(`! ${line}`);
  }
  const missing = reports.filter(({ source, problem }) => source === "missing" && problem === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(" ");
    lines.push(`To get what is missing: ai-gateway tools --get ${names}`);
  }
  return `${lines.join("\n")}\n`;
}

/**
 * `ai-gateway tools [names...] [--json] [--get]`: which programs are used, of which version, and from where.
 * The answer is the exit code: 0, also when something is missing but was not asked for; 1 when a program could
 * not be had or an environment variable names none; 2 when a name is not known; 130 when it was stopped.
 */
export async function toolsCommand(options: ToolsOptions, context: ToolsContext = {}): Promise<number> {
  const { out = process.stdout, err = process.stderr, env = process.env, signal } = context;
  const given = options.names ?? [];
  const unknown = given.filter((name) => !isToolName(name));
  if (unknown.length > 0) {
    err.write(`tools: there is no ${unknown.join(", ")}; the programs are ${toolNames.join(", ")}\n`);
    return 2;
  }
  const named = given.filter(isToolName);
  const failures: string[] = [];
  if (options.get) {
    try {
      const wanted = named.length > 0 ? named : gatewayTools;
      const problems = await ensureTools(wanted, { env, signal, out: err });
      failures.push(...problems.map(({ message }) => message));
    } catch (error) {
      if (signal?.aborted) return 130;
      throw error;
    }
  }
  const reports = findTools(env).filter(({ name }) => named.length === 0 || named.includes(name));
  out.write(options.json ? `${JSON.stringify(reports, null, 2)}\n` : describe(reports));
  for (const failure of failures) err.write(`\n${failure}\n`);
  return failures.length > 0 || reports.some(({ problem }) => problem !== undefined) ? 1 : 0;
}
