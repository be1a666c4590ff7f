import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** The machine that a cached program was made for, such as `linux-x64` or `darwin-arm64`. */
export const platformKey = `${process.platform}-${process.arch}`;

/**
 * The folder that keeps the programs, outside the tree so that it survives clones:
 * `$AI_GATEWAY_CACHE`, else `$XDG_CACHE_HOME/pulumi-ai-gateway`, else the user's own cache folder.
 * Relative values of `XDG_CACHE_HOME` are ignored, as the XDG specification asks.
 */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env["AI_GATEWAY_CACHE"]) return resolve(env["AI_GATEWAY_CACHE"]);
  const xdg = env["XDG_CACHE_HOME"];
  if (xdg && isAbsolute(xdg)) return join(xdg, "pulumi-ai-gateway");
  const home = env["HOME"] || homedir();
  return platform === "darwin"
    ? join(home, "Library", "Caches", "pulumi-ai-gateway")
    : join(home, ".cache", "pulumi-ai-gateway");
}
