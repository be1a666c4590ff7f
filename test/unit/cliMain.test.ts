import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = path.join(__dirname, "../..");
const fixtures = path.join(root, "test/components/fixtures");

interface Result {
  code: number;
  out: string;
  err: string;
}

/** Runs the command line as a user would, from the sources. */
function aiGateway(args: string[], cwd = root): Promise<Result> {
  const command = ["--import", require.resolve("tsx"), path.join(root, "cli/main.ts"), ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "ai-gateway-test-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe("the command line", { timeout: 60_000 }, () => {
  it("shows help with examples, and the version", async () => {
    const help = await aiGateway(["--help"]);
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toMatch(/render.*local.*tools.*Examples:/s);
    const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
    expect(await aiGateway(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
  });

  it.each([
    [["rendr"], /unknown command 'rendr'\n\(Did you mean render\?\)/],
    [["render", "--stak", "x"], /unknown option '--stak'\n\(Did you mean --stack\?\)/],
    [["render"], /Say which stack to render/],
    [["render", "--stack", "x", "--format", "xml"], /Allowed choices are yaml, json/],
  ])("refuses %j with a hint", async (args, message) => {
    const result = await aiGateway(args);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(message);
    expect(result.err).not.toMatch(/^\s+at /m);
  });
});

describe("a reader that goes away", { timeout: 60_000 }, () => {
  it.skipIf(process.platform === "win32")("ends the command without a word", async () => {
    const command = `"${process.execPath}" --import "${require.resolve("tsx")}" cli/main.ts --help | true; echo "code \${PIPESTATUS[0]}"`;
    const result = await new Promise<Result>((resolve) => {
      execFile("bash", ["-c", command], { cwd: root }, (error, out, err) => {
        resolve({ code: error === null ? 0 : 1, out, err });
      });
    });
    expect(result).toEqual({ code: 0, out: "code 0\n", err: "" });
  });
});

describe("ai-gateway render", { timeout: 60_000 }, () => {
  it("says that a folder cannot be written", async () => {
    const file = path.join(dir, "file");
    writeFileSync(file, "");
    const result = await aiGateway(["render", "--stack", "local", "--out", path.join(file, "out")]);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(/cannot be (written|used as a folder)/);
    expect(readFileSync(file, "utf8")).toBe("");
  });

  const render = (stack: string, ...more: string[]) =>
    aiGateway([
      "render",
      "--stack",
      stack,
      "--cwd",
      path.join(fixtures, "cases"),
      "--out",
      path.join(dir, "out"),
      ...more,
    ]);

  it("writes the same bytes twice, and no secret", async () => {
    const args = ["render", "--stack", "dev", "--cwd", path.join(fixtures, "basic"), "--out"];
    const [first, second] = [path.join(dir, "first"), path.join(dir, "second")];
    const result = await aiGateway([...args, first]);
    expect(result).toMatchObject({ code: 0, err: "warning: a warning from the program\n" });
    expect(result.out).toMatch(
      /3 objects.*cluster +1 object\n.*search +2 objects\n.*plan\.json +5 resources/s,
    );
    await aiGateway([...args, second]);
    const files = readdirSync(first).sort();
    expect(files).toEqual([".ai-gateway-render.json", "cluster.yaml", "plan.json", "search.yaml"]);
    expect(readdirSync(second).sort()).toEqual(files);
    for (const file of files) {
      const content = readFileSync(path.join(first, file), "utf8");
      expect(content).toBe(readFileSync(path.join(second, file), "utf8"));
      expect(content).not.toContain("sk-very-secret");
    }
  });

  it("writes JSON lists on request", async () => {
    const out = path.join(dir, "json");
    await aiGateway(
      ["render", "--stack", "dev", "--format", "json", "--out", out],
      path.join(fixtures, "basic"),
    );
    const list = JSON.parse(readFileSync(path.join(out, "search.json"), "utf8"));
    expect(list).toMatchObject({ kind: "List", items: [{ kind: "Secret" }, { kind: "AIGatewayRoute" }] });
  });

  it("shows all problems of a wrong declaration, writes nothing and ends with 2", async () => {
    const { code, out, err } = await render("fail-declaration");
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toBe(
      [
        "error: local: 2 problems in the declaration",
        '  models["qwen"].vllm.gpus: is 3; use 1, 2, 4 or 8',
        '  models["claude"]: names no provider; give one',
        "",
      ].join("\n"),
    );
    expect(readdirSync(dir)).toEqual([]);
  });

  it("keeps an earlier render when the program fails", async () => {
    await render("many");
    const before = readFileSync(path.join(dir, "out/plan.json"), "utf8");
    expect((await render("fail-apply")).code).toBe(2);
    expect(readFileSync(path.join(dir, "out/plan.json"), "utf8")).toBe(before);
    expect(readdirSync(dir)).toEqual(["out"]);
  });

  it("shows where a program broke only with --debug", async () => {
    const plain = await render("fail-throw");
    expect(plain.code).toBe(2);
    expect(plain.err).toMatch(/^error: TypeError: .*\nRun it again with --debug to see where\.\n$/);
    const debug = await render("fail-throw", "--debug");
    expect(debug.code).toBe(2);
    expect(debug.err).toMatch(/fail-throw\.ts:\d+/);
  });

  it("ends a program that waits for ever", async () => {
    const { code, err } = await render("fail-stuck");
    expect(code).toBe(2);
    expect(err).toContain('"waiting" [fixture:index:Thing]');
  });

  it("names the stacks that exist", async () => {
    const { code, err } = await aiGateway(["render", "--stack", "nope", "--out", path.join(dir, "out")]);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: There is no stack "nope": .* The stacks are: .*\blocal\b/);
  });

  it("explains a missing project and a folder that is in use", async () => {
    expect(await aiGateway(["render", "--stack", "dev"], dir)).toMatchObject({
      code: 2,
      err: expect.stringContaining("There is no Pulumi.yaml"),
    });
    writeFileSync(path.join(dir, "notes.txt"), "mine");
    const inUse = await aiGateway([
      "render",
      "--stack",
      "dev",
      "--cwd",
      path.join(fixtures, "basic"),
      "--out",
      dir,
    ]);
    expect(inUse.code).toBe(2);
    expect(inUse.err).toContain("choose another folder");
    expect(existsSync(path.join(dir, "plan.json"))).toBe(false);
  });
});
