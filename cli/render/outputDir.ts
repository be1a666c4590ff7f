import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { UsageError } from "../errors";
import { isRecord } from "../evaluate/values";

/** A file to write, its content in pieces. */
export interface OutputFile {
  readonly name: string;
  readonly chunks: Iterable<string>;
}

/** Lists the files that a render wrote, so that the next one knows which are its own. */
const indexName = ".ai-gateway-render.json";

/** Characters that are gathered before they are written. */
const writeSize = 1 << 20;

/**
 * The files of an earlier render in the folder, which the next one may replace.
 *
 * @throws UsageError when the folder holds something, but no render of ours.
 */
export function ownFiles(dir: string): ReadonlySet<string> {
  if (!existsSync(dir)) {
    return new Set();
  }
  const entries = readDir(dir);
  if (entries.length === 0) {
    return new Set();
  }
  const index = path.join(dir, indexName);
  if (!existsSync(index)) {
    throw new UsageError(
      `${dir} is not empty and was not written by \`ai-gateway render\`; choose another folder with --out.`,
    );
  }
  const content: unknown = JSON.parse(readFileSync(index, "utf8"));
  const files: unknown = isRecord(content) ? content["files"] : [];
  return new Set([indexName, ...(Array.isArray(files) ? files.map(String) : [])]);
}

/**
 * Replaces an earlier render in the folder: all files or none. Files in the folder that are not ours stay.
 *
 * Everything happens without a pause for signals, so a terminated process leaves no half of it.
 */
export function writeOutputDir(dir: string, files: readonly OutputFile[]): void {
  const own = ownFiles(dir);
  const foreign = existsSync(dir) ? readDir(dir).filter((name) => !own.has(name)) : [];
  const names = files.map(({ name }) => name);
  const clash = foreign.find((name) => names.includes(name));
  if (clash !== undefined) {
    throw new UsageError(`${path.join(dir, clash)} was not written by \`ai-gateway render\`; move it away.`);
  }
  try {
    replaceDir(dir, files, foreign);
  } catch (error) {
    if (error instanceof Error && "code" in error && "syscall" in error) {
      throw new UsageError(`${dir} cannot be written (${error.message}); choose another folder with --out.`);
    }
    throw error;
  }
}

function replaceDir(dir: string, files: readonly OutputFile[], foreign: readonly string[]): void {
  const names = files.map(({ name }) => name);
  const parent = path.dirname(dir);
  mkdirSync(parent, { recursive: true });
  const fresh = path.join(parent, `.${path.basename(dir)}.new-${process.pid}`);
  const old = path.join(parent, `.${path.basename(dir)}.old-${process.pid}`);
  const undisturbed = holdSignals();
  try {
    mkdirSync(fresh);
    for (const file of files) {
      writeChunks(path.join(fresh, file.name), file.chunks);
    }
    writeChunks(path.join(fresh, indexName), [`${JSON.stringify({ files: names.sort() }, undefined, 2)}\n`]);
    swap(dir, fresh, old, foreign);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
    undisturbed();
  }
}

function swap(dir: string, fresh: string, old: string, foreign: readonly string[]): void {
  if (!existsSync(dir)) {
    renameSync(fresh, dir);
    return;
  }
  renameSync(dir, old);
  try {
    renameSync(fresh, dir);
  } catch (error) {
    renameSync(old, dir);
    throw error;
  }
  for (const name of foreign) {
    renameSync(path.join(old, name), path.join(dir, name));
  }
}

function writeChunks(file: string, chunks: Iterable<string>): void {
  const descriptor = openSync(file, "w");
  try {
    let gathered = "";
    for (const chunk of chunks) {
      gathered += chunk;
      if (gathered.length >= writeSize) {
        writeSync(descriptor, gathered);
        gathered = "";
      }
    }
    writeSync(descriptor, gathered);
  } finally {
    closeSync(descriptor);
  }
}

function readDir(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    throw new UsageError(`${dir} cannot be used as a folder: ${error instanceof Error ? error.message : ""}`);
  }
}

/** A process with a handler is not ended by a signal until it gives up control. */
function holdSignals(): () => void {
  const hold = (signal: NodeJS.Signals) => {
    process.exitCode = signal === "SIGINT" ? 130 : 143;
    process.exit();
  };
  process.on("SIGINT", hold);
  process.on("SIGTERM", hold);
  return () => {
    setImmediate(() => {
      process.removeListener("SIGINT", hold);
      process.removeListener("SIGTERM", hold);
    });
  };
}
