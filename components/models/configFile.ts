import { readFileSync } from "node:fs";
import type { Problems } from "../shared/problems";

/**
 * The parsed content of a `config.json` on this machine; `undefined`, with a problem, when there is none. `path`:
 * where the declaration names the file.
 */
export function readConfigFile(path: string, file: string, problems: Problems): unknown {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    problems.add(path, `"${file}" cannot be read${code}; give the path of a model's config.json`);
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch {
    problems.add(path, `"${file}" is not JSON; give the path of a model's config.json`);
    return undefined;
  }
}
