import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type Tool, type ToolName, toolNames, tools } from "./catalogue";

export type { ToolName } from "./catalogue";
export { toolNames } from "./catalogue";

/** Where a program was found. */
export type ToolSource = "environment" | "PATH" | "cache" | "missing";

/** The answer to "which program would be used, and why that one". */
export interface ToolReport {
  name: ToolName;
  source: ToolSource;
  /** The program's absolute path; absent when it is missing. */
  path?: string;
  /** The version found; absent when it is missing or cannot be read. */
  version?: string;
  /** The version that this package is tested with. */
  wanted: string;
  /** What needs the program. */
  purpose: string;
  /** Programs that were passed over, each a sentence. */
  notes: string[];
  /** Why the environment variable cannot be followed; nothing else is tried then. */
  problem?: string;
}

/** A program cannot be had; the message says what to do about it. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  constructor(
    readonly tool: ToolName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether a path is a file that this user may run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function onPath(tool: Tool, env: NodeJS.ProcessEnv, notes: string[]): Partial<ToolReport> | undefined {
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = resolve(folder, tool.name);
    if (folder === "" || !isExecutable(path)) continue;
    const version = tool.readVersion(path);
    if (version !== undefined && tool.accepts(version)) return { source: "PATH", path, version };
    const reason = version === undefined ? "its version cannot be read" : `it is ${version}`;
    notes.push(`${path} is passed over: ${reason}, wanted ${tool.version}; ${tool.variable} would force it`);
  }
  return undefined;
}

function inCache(tool: Tool, env: NodeJS.ProcessEnv): Partial<ToolReport> | undefined {
  for (const { folder, file, version } of tool.cached(env)) {
    const path = join(folder, file);
    if (isExecutable(path)) return { source: "cache", path, version };
  }
  return undefined;
}

/**
 * Looks for a program: the environment variable, PATH, the cache. A variable is followed without a question
 * about the version; a program on PATH must be the tested version (Envoy: of the tested minor version).
 */
export function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): ToolReport {
  const tool = tools[name];
  const report: ToolReport = {
    name,
    source: "missing",
    wanted: tool.version,
    purpose: tool.purpose,
    notes: [],
  };
  const given = env[tool.variable];
  if (given) {
    const path = resolve(given);
    if (isExecutable(path)) return { ...report, source: "environment", path };
    const problem = `${tool.variable}: "${given}" is not a program that can be run; correct it, or unset it`;
    return { ...report, problem };
  }
  return { ...report, ...(onPath(tool, env, report.notes) ?? inCache(tool, env)) };
}

/** A report for every program, with the version of those that an environment variable names. */
export function findTools(env: NodeJS.ProcessEnv = process.env): ToolReport[] {
  return toolNames.map((name) => {
    const report = findTool(name, env);
    if (report.source !== "environment" || report.path === undefined) return report;
    const version = tools[name].readVersion(report.path);
    return version === undefined ? report : { ...report, version };
  });
}

/**
 * The path of a program that must be there.
 * @throws ToolError saying how to get it.
 */
export function requireTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): string {
  const { path, problem, wanted, notes } = findTool(name, env);
  if (path !== undefined) return path;
  if (problem !== undefined) throw new ToolError(name, problem);
  const remedy = `run "ai-gateway tools --get ${name}" (in a clone: "npm start" or "npm test" once)`;
  const message = `${name} ${wanted} was not found; ${remedy}, or set ${tools[name].variable} to the program`;
  throw new ToolError(name, [message, ...notes].join(". "));
}
