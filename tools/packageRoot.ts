import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The package's folder: that of the nearest package.json above this file, compiled to dist/ or not. */
export function packageRoot(from = __dirname): string {
  if (existsSync(join(from, "package.json"))) return from;
  const above = dirname(from);
  if (above === from) throw new Error(`no package.json above ${__dirname}`);
  return packageRoot(above);
}
