import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packageRoot } from "../../tools/packageRoot";

/** A small project with the real setup.mjs, and an npm and a tools script that only write down their calls. */
let folder: string;

const fakeNpm = `#!/bin/sh
echo "npm $*" >> calls
[ -e fail ] && exit 7
rm -rf node_modules
mkdir -p node_modules/tsx/cjs
echo 'exports.register = () => { require.extensions[".ts"] = require.extensions[".js"] };' \\
  > node_modules/tsx/cjs/api.js
`;
const fakeSetUpTools = `exports.setUpTools = async (mode) => {
  require("node:fs").appendFileSync("calls", "tools " + mode + "\\n");
  return 0;
};`;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-setup-"));
  mkdirSync(join(folder, "tools"));
  mkdirSync(join(folder, "bin"));
  copyFileSync(join(packageRoot(), "tools", "setup.mjs"), join(folder, "tools", "setup.mjs"));
  writeFileSync(join(folder, "tools", "setUpTools.ts"), fakeSetUpTools);
  writeFileSync(join(folder, "bin", "npm"), fakeNpm);
  chmodSync(join(folder, "bin", "npm"), 0o755);
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writePackage({ dependencies: { tsx: "1" } });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writePackage(content: object): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify(content));
}

function setup(...words: string[]) {
  rmSync(join(folder, "calls"), { force: true });
  const { npm_execpath: _, npm_lifecycle_event: __, ...inherited } = process.env;
  const env = { ...inherited, PATH: `${join(folder, "bin")}:${process.env["PATH"]}` };
  const script = join("tools", "setup.mjs");
  const { status, stderr, stdout } = spawnSync(process.execPath, [script, ...words], {
    cwd: folder,
    env,
    encoding: "utf8",
  });
  const calls = existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "";
  return { status, stderr, stdout, calls: calls.split("\n").filter((line) => line !== "") };
}

const install = "npm ci --loglevel=error";

describe("tools/setup.mjs", () => {
  it("installs the packages once, then only looks at the tools", () => {
    const first = setup("test");
    expect(first).toMatchObject({ status: 0, calls: [install, "tools test"] });
    expect(first.stderr).toMatch(
      /^npm ci: nothing is installed yet; usually .*\nnpm ci: done in \d+\.\d s\n$/,
    );
    expect(setup("start")).toMatchObject({ status: 0, calls: ["tools start"], stderr: "" });
  });

  it("installs again when the lockfile or a dependency changes, and not for anything else", () => {
    setup("test");
    writePackage({ dependencies: { tsx: "1" }, scripts: { test: "true" } });
    expect(setup("test").calls).toEqual(["tools test"]);

    appendFileSync(join(folder, "package-lock.json"), "\n");
    const changed = setup("test");
    expect(changed.calls).toEqual([install, "tools test"]);
    expect(changed.stderr).toContain("package-lock.json has changed");

    writePackage({ dependencies: { tsx: "2" } });
    expect(setup("test").calls).toEqual([install, "tools test"]);
    expect(setup("test").calls).toEqual(["tools test"]);

    rmSync(join(folder, "node_modules"), { recursive: true });
    expect(setup("test").calls).toEqual([install, "tools test"]);
  });

  it("installs when node_modules came from elsewhere", () => {
    mkdirSync(join(folder, "node_modules"));
    const { calls, stderr } = setup("test");
    expect(calls).toEqual([install, "tools test"]);
    expect(stderr).toContain("it is not known what node_modules holds");
  });

  it("stops when the installation fails, and tries again the next time", () => {
    writeFileSync(join(folder, "fail"), "");
    expect(setup("test")).toMatchObject({ status: 1, calls: [install] });
    rmSync(join(folder, "fail"));
    expect(setup("test")).toMatchObject({ status: 0, calls: [install, "tools test"] });
  });

  it("explains itself, and refuses what it does not know", () => {
    expect(setup("--help")).toMatchObject({
      status: 0,
      calls: [],
      stdout: expect.stringContaining("Usage: "),
    });
    expect(setup()).toMatchObject({ status: 2, calls: [] });
    expect(setup("stop").stderr).toContain(`Expected "start" or "test", got: stop`);
    expect(setup("start", "test").status).toBe(2);
  });

  it.each([
    ["--help", ["npm ci --loglevel=error"]],
    ["--port 80", ["npm ci --loglevel=error", "tools start"]],
    ["--stack my--help", ["npm ci --loglevel=error", "tools start"]],
  ])("leaves the tools alone only when help is wanted: npm start -- %s", (words, calls) => {
    const command = `node tools/setup.mjs start && true local ${words}`;
    const env = {
      ...process.env,
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      npm_lifecycle_event: "start",
      npm_execpath: "",
    };
    const { status } = spawnSync("sh", ["-c", command], { cwd: folder, env });
    expect(status).toBe(0);
    expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).toEqual(calls);
  });

  it("is valid for the oldest Node that it may meet: no packages are imported", () => {
    const source = readFileSync(join(packageRoot(), "tools", "setup.mjs"), "utf8");
    const imported = [...source.matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
    expect(imported.length).toBeGreaterThan(0);
    expect(imported.filter((name) => !name?.startsWith("node:"))).toEqual([]);
  });
});
