// Set-up for the npm scripts. It runs before anything is installed, so it needs nothing but Node:
//   npm ci, when what the lockfile says is not what is installed;
//   then the programs that are not npm packages (tools/setUpTools.ts, through tsx, which is there by then).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const oldestNode = 20;
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const usage = `Usage: node tools/setup.mjs start|test

Installs the npm packages when package-lock.json has changed since the last time, then gets the programs that
are missing: aigw and Envoy for "start", kubectl-validate and pulumi too for "test". Each is looked for in an
environment variable (AIGW_BIN, ENVOY_BIN, KUBECTL_VALIDATE_BIN, PULUMI_BIN), on PATH and in the cache, and else
built or downloaded. Without pulumi the tests of the engine are skipped.
The cache is $AI_GATEWAY_CACHE, or pulumi-ai-gateway in the user's cache folder.
"npx ai-gateway tools" lists what is used.`;

/** What is installed depends on these things alone; editing a script in package.json installs nothing. */
function lockStamp(folder) {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}\n`);
  hash.update(readFileSync(join(folder, "package-lock.json")));
  const { dependencies, devDependencies, optionalDependencies, peerDependencies, overrides, workspaces } =
    JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const parts = [
    dependencies,
    devDependencies,
    optionalDependencies,
    peerDependencies,
    overrides,
    workspaces,
  ];
  return hash.update(JSON.stringify(parts)).digest("hex");
}

const stampFile = (folder) => join(folder, "node_modules", ".pulumi-ai-gateway-setup");

/** Why the npm packages must be installed, or undefined when they need not be. */
function installReason(folder) {
  if (!existsSync(join(folder, "node_modules"))) return "nothing is installed yet";
  if (!existsSync(stampFile(folder))) return "it is not known what node_modules holds";
  const same = readFileSync(stampFile(folder), "utf8") === lockStamp(folder);
  return same ? undefined : "package-lock.json has changed";
}

/** Runs `npm ci` when there is a reason; true when the packages are there afterwards. */
function install(folder) {
  const reason = installReason(folder);
  if (reason === undefined) return true;
  console.error(`npm ci: ${reason}; usually 20 to 60 seconds`);
  const began = Date.now();
  const status = runNpmCi(folder);
  const took = `${((Date.now() - began) / 1000).toFixed(1)} s`;
  if (status !== 0) {
    console.error(`npm ci failed after ${took}; its messages are above`);
    return false;
  }
  writeFileSync(stampFile(folder), lockStamp(folder));
  console.error(`npm ci: done in ${took}`);
  return true;
}

function runNpmCi(folder) {
  // Inside an npm script npm names itself; "npm" on PATH might be another one.
  const npm = process.env.npm_execpath;
  // Warnings are left out: they speak of the Node that installs, and the rest runs on another.
  const words = ["ci", "--loglevel=error"];
  const [command, args] = npm?.endsWith(".js") ? [process.execPath, [npm, ...words]] : ["npm", words];
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: ["ignore", 2, 2] });
  if (error) console.error(`npm cannot be run: ${error.message}`);
  return status ?? 1;
}

/** "npm start -- --help" wants a text and no programs. npm hands the words to the shell that started us only. */
function helpIsWanted() {
  if (process.env.npm_lifecycle_event !== "start") return false;
  let shell = "";
  try {
    shell = readFileSync(`/proc/${process.ppid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    shell = spawnSync("ps", ["-o", "args=", "-p", String(process.ppid)], { encoding: "utf8" }).stdout ?? "";
  }
  return /\s(--help|-h)(\s|$)/.test(shell.replaceAll(/["']/g, ""));
}

async function main(words) {
  if (words.some((word) => word === "--help" || word === "-h")) {
    console.log(usage);
    return 0;
  }
  const [mode] = words;
  if (words.length !== 1 || (mode !== "start" && mode !== "test")) {
    console.error(`${usage}\n\nExpected "start" or "test", got: ${words.join(" ") || "nothing"}`);
    return 2;
  }
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    console.error(
      `Node ${oldestNode} or newer is needed to begin with; this is ${process.version} (${process.execPath}). ` +
        "Install a newer one from https://nodejs.org/ or your system's packages; the rest then runs on the " +
        "Node of this project's npm packages.",
    );
    return 1;
  }
  if (!install(root)) return 1;
  if (mode === "start" && helpIsWanted()) return 0;
  const require = createRequire(import.meta.url);
  require("tsx/cjs/api").register();
  return await require("./setUpTools.ts").setUpTools(mode);
}

process.exitCode = await main(process.argv.slice(2));
