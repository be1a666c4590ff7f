import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ToolsOptions, toolsCommand } from "../../cli/tools";
import { toolNames } from "../../tools/catalogue";

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-command-"));
  env = { PATH: join(folder, "bin"), AI_GATEWAY_CACHE: join(folder, "cache"), HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(options: ToolsOptions) {
  let out = "";
  let err = "";
  const code = await toolsCommand(options, {
    env,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { code, out, err };
}

function fakeAigw(version: string): string {
  mkdirSync(join(folder, "bin"), { recursive: true });
  const path = join(folder, "bin", "aigw");
  writeFileSync(path, `#!/bin/sh\necho "Envoy AI Gateway CLI: ${version}"\n`);
  chmodSync(path, 0o755);
  return path;
}

it("lists every program with version, source and path, and how to get the missing ones", async () => {
  const path = fakeAigw("v1.0.0");
  const { code, out } = await run({});
  expect(code).toBe(0);
  const lines = out.split("\n");
  expect(lines[0]).toMatch(/^TOOL +VERSION +FOUND IN +PATH$/);
  expect(lines[1]?.split(/ {2,}/)).toEqual(["aigw", "v1.0.0", "PATH", path]);
  expect(lines[2]?.split(/ {2,}/)).toEqual(["envoy", "1.38.3 wanted", "missing", "-"]);
  expect(lines[5]).toBe("To get what is missing: ai-gateway tools --get envoy kubectl-validate pulumi");
});

it("says why a program on PATH is passed over", async () => {
  const path = fakeAigw("v0.9.0");
  const { out } = await run({ names: ["aigw"] });
  expect(out).toContain(`! ${path} is passed over: it is v0.9.0, wanted v1.0.0; AIGW_BIN would force it`);
  expect(out).not.toContain("envoy");
});

it("names the variable that a program comes from, and fails for one that names none", async () => {
  env["AIGW_BIN"] = fakeAigw("v0.9.0");
  expect(await run({ names: ["aigw"] })).toMatchObject({
    code: 0,
    out: expect.stringMatching(/aigw +v0\.9\.0 +AIGW_BIN/),
  });
  env["AIGW_BIN"] = join(folder, "nothing");
  const wrong = await run({});
  expect(wrong.code).toBe(1);
  expect(wrong.out).toContain("! AIGW_BIN: ");
  expect(wrong.out).not.toContain("--get aigw");
});

it("prints JSON for machines", async () => {
  const { out } = await run({ json: true });
  const reports: unknown = JSON.parse(out);
  expect(reports).toEqual(toolNames.map((name) => expect.objectContaining({ name, source: "missing" })));
});

it("tells what could not be had, after the list", async () => {
  const { code, out, err } = await run({ get: true, names: ["kubectl-validate"] });
  expect(code).toBe(1);
  expect(out).toContain("kubectl-validate");
  expect(err).toMatch(/Install Go .* or set KUBECTL_VALIDATE_BIN/);
  expect(err).not.toContain("aigw v1");
});

it("refuses a program that it does not know", async () => {
  expect(await run({ names: ["kubectl"] })).toMatchObject({
    code: 2,
    out: "",
    err: "tools: there is no kubectl; the programs are aigw, envoy, kubectl-validate, pulumi\n",
  });
});
