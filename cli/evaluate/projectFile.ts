import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { UsageError } from "../errors";
import { isRecord } from "./values";

/** What an evaluation needs from a `Pulumi.yaml`. */
export interface ProjectFile {
  readonly name: string;
  /** The folder of `Pulumi.yaml`. */
  readonly dir: string;
  /** Where the program starts: a file, or a folder with an index file. */
  readonly entry: string;
  /** The folder that the program runs in. */
  readonly workingDir: string;
  /** The folder of the `Pulumi.<stack>.yaml` files. */
  readonly stackConfigDir: string;
  /** The `config` block: values and defaults for all stacks. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** The nearest folder with a `Pulumi.yaml`, from `dir` upwards. */
export function findProjectDir(dir: string): string {
  for (let current = path.resolve(dir); ; current = path.dirname(current)) {
    if (projectFileIn(current) !== undefined) {
      return current;
    }
    if (path.dirname(current) === current) {
      throw new UsageError(
        `There is no Pulumi.yaml in ${path.resolve(dir)} or above it. Run the command in a Pulumi project.`,
      );
    }
  }
}

/** Reads the `Pulumi.yaml` of a folder and finds the program, by the rules of the Pulumi command line. */
export function readProjectFile(projectDir: string): ProjectFile {
  const dir = path.resolve(projectDir);
  const file = projectFileIn(dir);
  if (file === undefined) {
    throw new UsageError(`There is no Pulumi.yaml in ${dir}. Run the command in a Pulumi project.`);
  }
  const content = readYamlMap(file);
  const name = content["name"];
  if (typeof name !== "string" || name === "") {
    throw new UsageError(`${file}: name is ${JSON.stringify(name)}; give the project a name.`);
  }
  requireNodeRuntime(file, content["runtime"]);
  const main = content["main"] ?? "";
  if (typeof main !== "string") {
    throw new UsageError(`${file}: main is ${JSON.stringify(main)}; give the path of a file or a folder.`);
  }
  const legacyConfigDir = typeof content["config"] === "string" ? content["config"] : ".";
  const configDir =
    typeof content["stackConfigDir"] === "string" ? content["stackConfigDir"] : legacyConfigDir;
  return {
    name,
    dir,
    ...entryPoint(file, dir, main),
    stackConfigDir: path.resolve(dir, configDir),
    config: isRecord(content["config"]) ? content["config"] : {},
  };
}

/** Reads a YAML file whose content is a map; an empty file is an empty map. */
export function readYamlMap(file: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8")) ?? {};
  } catch (error) {
    throw new UsageError(
      `${file} is not valid YAML: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isRecord(content)) {
    throw new UsageError(`${file} must hold a map of settings.`);
  }
  return content;
}

function projectFileIn(dir: string): string | undefined {
  return ["Pulumi.yaml", "Pulumi.yml"].map((name) => path.join(dir, name)).find((file) => existsSync(file));
}

function requireNodeRuntime(file: string, runtime: unknown): void {
  const name = isRecord(runtime) ? runtime["name"] : runtime;
  if (name !== "nodejs") {
    throw new UsageError(
      `${file}: runtime is ${JSON.stringify(name)}; only nodejs programs can be evaluated.`,
    );
  }
}

/** The program runs in the folder of `main`; without a file name, package.json may name the file. */
function entryPoint(file: string, dir: string, main: string): Pick<ProjectFile, "entry" | "workingDir"> {
  const target = path.resolve(dir, main);
  if (!existsSync(target)) {
    throw new UsageError(`${file}: main is ${JSON.stringify(main)}, and ${target} does not exist.`);
  }
  if (!statSync(target).isDirectory()) {
    return { entry: target, workingDir: path.dirname(target) };
  }
  return { entry: packageEntry(target) ?? target, workingDir: target };
}

function packageEntry(programDir: string): string | undefined {
  const packageRoot = nearestPackage(programDir);
  if (packageRoot === undefined) {
    return undefined;
  }
  const manifest: unknown = JSON.parse(readFileSync(path.join(packageRoot, "package.json"), "utf8"));
  const named = isRecord(manifest) ? (exportedEntry(manifest["exports"]) ?? manifest["main"]) : undefined;
  const entry = typeof named === "string" ? path.join(packageRoot, named) : undefined;
  return entry !== undefined && existsSync(entry) ? entry : undefined;
}

function exportedEntry(exported: unknown): unknown {
  const main = isRecord(exported) ? exported["."] : exported;
  return isRecord(main) ? (main["default"] ?? main["require"] ?? main["import"]) : main;
}

function nearestPackage(dir: string): string | undefined {
  for (let current = dir; ; current = path.dirname(current)) {
    if (existsSync(path.join(current, "package.json"))) {
      return current;
    }
    if (path.dirname(current) === current) {
      return undefined;
    }
  }
}
