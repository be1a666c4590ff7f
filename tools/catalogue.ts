import { join } from "node:path";
import { cacheRoot, platformKey } from "./cacheRoot";
import { linkedModuleVersion, printedVersion } from "./readVersion";
import versions from "./versions.json";

/** The programs that are not npm packages. */
export const toolNames = ["aigw", "envoy", "kubectl-validate", "pulumi"] as const;
export type ToolName = (typeof toolNames)[number];

/** Programs that are built from their Go module. */
export type GoToolName = Exclude<ToolName, "envoy">;

/** What is known about a program before one has looked for it. */
export interface Tool {
  name: ToolName;
  /** The version that this package is tested with. */
  version: string;
  /** The environment variable that names a program to be used instead. */
  variable: string;
  /** What needs it. */
  purpose: string;
  /** Where it lies in the cache, the best first. */
  cached(env: NodeJS.ProcessEnv): CachedTool[];
  /** The version of a program that was found, or undefined when it cannot be read. */
  readVersion(path: string): string | undefined;
  /** Whether a program that was found on PATH is near enough to the tested version. */
  accepts(version: string): boolean;
}

/** A place in the cache. */
export interface CachedTool {
  version: string;
  /** The folder that is put in place as a whole. */
  folder: string;
  /** The program's path inside the folder. */
  file: string;
}

/** The version of Envoy that `aigw` asks for: it looks for a program in a folder of that name. */
export const envoyVersionOfAigw = versions.envoy.aigwVersion;

/** Where `aigw` looks for Envoy inside its data folder. */
export const envoyInDataHome = join("envoy-versions", envoyVersionOfAigw, "bin", "envoy");

const minor = (version: string) => version.replace(/^v/, "").split(".").slice(0, 2).join(".");

const numbers = (version: string) => version.replace(/^v/, "").split(".").map(Number);

function goTool(name: GoToolName, purpose: string): Tool {
  const { version, module } = versions[name];
  return {
    name,
    version,
    purpose,
    variable: `${name.toUpperCase().replace("-", "_")}_BIN`,
    cached: (env) => [{ version, folder: join(cacheRoot(env), name, version, platformKey), file: name }],
    readVersion: (path) => linkedModuleVersion(path, module),
    accepts: (found) => found === version,
  };
}

const aigw = goTool("aigw", "the gateway on this machine: ai-gateway local, end-to-end tests");

/** A user's Pulumi of the same major version is as good as the pinned one, unless it is older. */
function isNotOlderPulumi(version: string): boolean {
  const [major, minor] = numbers(version);
  const [pinnedMajor, pinnedMinor = 0] = numbers(versions.pulumi.version);
  return major === pinnedMajor && minor !== undefined && minor >= pinnedMinor;
}

/** Every program by its name. */
export const tools: Readonly<Record<ToolName, Tool>> = {
  aigw: {
    ...aigw,
    // A release binary is built in the gateway's own repository and may carry no module version.
    readVersion: (path) =>
      aigw.readVersion(path) ?? printedVersion(path, ["version"], /Envoy AI Gateway CLI: (v\S+)/),
  },
  envoy: {
    name: "envoy",
    version: versions.envoy.version,
    variable: "ENVOY_BIN",
    purpose: "the proxy that aigw starts",
    // The second place is for the build that aigw downloads itself where there is no wheel.
    cached: (env) =>
      [versions.envoy.version, envoyVersionOfAigw].map((version) => ({
        version,
        folder: join(cacheRoot(env), "envoy", version, platformKey),
        file: envoyInDataHome,
      })),
    readVersion: (path) => printedVersion(path, ["--version"], /\/(\d+\.\d+\.\d+)\//),
    accepts: (found) => minor(found) === minor(versions.envoy.version),
  },
  "kubectl-validate": goTool("kubectl-validate", "schema checks in the tests"),
  pulumi: {
    ...goTool("pulumi", "the engine that the tests drive; pulumi up brings its own"),
    // A release binary is built in Pulumi's own repository and carries no module version.
    readVersion: (path) => printedVersion(path, ["version"], /^(v\d+\.\d+\.\S+)$/m),
    accepts: isNotOlderPulumi,
  },
};
