import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { register } from "tsx/cjs/api";
import { tsImport } from "tsx/esm/api";
import { UsageError } from "../errors";

/**
 * Runs a program's entry file and returns what it exports, as the Pulumi language host does: a function as the
 * module's export is called, and its result awaited.
 */
export async function runProgramFile(entry: string): Promise<unknown> {
  const file = entryFile(entry);
  const exported = isEsModule(file) ? await importProgram(file) : requireProgram(file);
  return typeof exported === "function" ? await exported() : await exported;
}

/** Keeps TypeScript loading on until the returned function is called, since programs may require files later. */
export function enableTypeScript(projectDir: string): () => void {
  const cache = createRequire(path.join(projectDir, "program.js")).cache;
  const loadedBefore = new Set(Object.keys(cache));
  const unregister = register();
  return () => {
    unregister();
    // The next evaluation runs the project's files anew. Those that were loaded before are ours.
    for (const file of Object.keys(cache)) {
      if (!loadedBefore.has(file) && isOwnFile(projectDir, file)) {
        delete cache[file];
      }
    }
  };
}

function requireProgram(file: string): unknown {
  return createRequire(file)(file);
}

async function importProgram(file: string): Promise<unknown> {
  const url = pathToFileURL(file).href;
  const exported: unknown = await tsImport(url, url);
  const entries = Object.entries(exported as Record<string, unknown>);
  const main = entries.find(([name]) => name === "default");
  return main === undefined ? Object.fromEntries(entries) : main[1];
}

/** The file that Node would run for a folder; TypeScript files count. */
function entryFile(entry: string): string {
  if (!statSync(entry).isDirectory()) {
    return entry;
  }
  const names = ["index.js", "index.ts", "index.cjs", "index.cts", "index.mjs", "index.mts"];
  const found = names
    .map((name) => path.join(entry, name))
    .find((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
  if (found === undefined) {
    throw new UsageError(`There is no program in ${entry}: expected index.ts or index.js.`);
  }
  return found;
}

function isEsModule(file: string): boolean {
  if (/\.m[jt]s$/.test(file)) {
    return true;
  }
  return !/\.c[jt]s$/.test(file) && nearestPackageType(path.dirname(file)) === "module";
}

function nearestPackageType(dir: string): unknown {
  try {
    return (JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8")) as { type?: unknown }).type;
  } catch {
    return path.dirname(dir) === dir ? undefined : nearestPackageType(path.dirname(dir));
  }
}

function isOwnFile(projectDir: string, file: string): boolean {
  const relative = path.relative(projectDir, file);
  return !relative.startsWith("..") && !relative.split(path.sep).includes("node_modules");
}
