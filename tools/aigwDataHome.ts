import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { envoyInDataHome } from "./catalogue";

/**
 * A folder for `AIGW_DATA_HOME` in which `aigw` finds the given Envoy, so that it downloads none: the program's
 * own folder when it lies as `aigw` wants it (the cache does), else `scratch` with a link to the program.
 */
export function aigwDataHome(envoy: string, scratch: string): string {
  if (envoy.endsWith(sep + envoyInDataHome)) return envoy.slice(0, -envoyInDataHome.length - 1);
  const link = join(scratch, envoyInDataHome);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(envoy, link);
  return scratch;
}
