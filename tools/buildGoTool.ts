import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { GoToolName } from "./catalogue";
import { type GetterContext, GetterError, lastLines } from "./getter";
import { packageRoot } from "./packageRoot";
import { runProgram } from "./runProgram";
import versions from "./versions.json";

/** Older ones cannot fetch a newer toolchain by themselves; they do not understand the go.mod files either. */
const oldestGo = [1, 21] as const;

async function checkGo(env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const { code, tail } = await runProgram("go", ["version"], { cwd, env });
  if (code === "missing") throw new GetterError(`it is built by Go, and there is no "go" on PATH`);
  const found = /go version go((\d+)\.(\d+)\S*)/.exec(tail.join("\n"));
  const [, version = "", major, minor] = found ?? [];
  const usable = Number(major) > oldestGo[0] || Number(minor) >= oldestGo[1];
  if (code !== 0 || !usable) {
    throw new GetterError(
      `it is built by Go ${versions.go} or newer; "go version" says: ${lastLines(tail, 1)}`,
    );
  }
  return version;
}

/**
 * Builds a program from its pinned module. First the list of packages, which fetches the modules and tells how
 * many there are to compile, then the build. The module files are only read.
 */
export async function buildGoTool(name: GoToolName, context: GetterContext): Promise<void> {
  const { onStep, signal, scratch, target } = context;
  const { package: mainPackage, ldflags, version } = versions[name];
  const cwd = join(packageRoot(), "tools", name);
  // Go leaves its work folder behind when it is killed: inside ours it goes with it.
  const env = { ...context.env, GOTMPDIR: join(scratch, "go"), GOWORK: "off", CGO_ENABLED: "0" };
  mkdirSync(env.GOTMPDIR, { recursive: true });
  const go = await checkGo(env, cwd);
  const run = async (args: string[], onLine: (line: string) => void) => {
    const { code, tail } = await runProgram("go", args, { cwd, env, signal, onLine });
    if (code === 0) return;
    const hint = "where the Go module proxy cannot be reached, GOPROXY names another";
    throw new GetterError(`Go ${go} could not build it (${hint}):\n  ${lastLines(tail)}\n`);
  };

  let modules = 0;
  const packages = new Set<string>();
  onStep(`Go ${go} resolves its modules`);
  await run(["list", "-mod=readonly", "-deps", mainPackage], (line) => {
    if (!line.startsWith("go: downloading ")) packages.add(line);
    else onStep(`${++modules} modules downloaded`);
  });

  let compiled = 0;
  onStep(`compiling ${packages.size} packages`);
  const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", `-s -w ${ldflags}`.trim()];
  await run(["build", "-v", ...flags, "-o", join(target, name), mainPackage], (line) => {
    if (packages.has(line)) onStep(`${++compiled} of ${packages.size} packages compiled`);
  });
  onStep(`${name} ${version} is linked`);
}
