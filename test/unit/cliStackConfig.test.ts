import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/errors";
import { findProjectDir, readProjectFile } from "../../cli/evaluate/projectFile";
import { readStackConfig } from "../../cli/evaluate/stackConfig";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), "ai-gateway-test-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function write(name: string, content: string): void {
  writeFileSync(path.join(dir, name), content);
}

describe("readProjectFile", () => {
  it("takes the folder as the program when main is absent", () => {
    write("Pulumi.yaml", "name: demo\nruntime: nodejs\n");
    expect(readProjectFile(dir)).toMatchObject({ name: "demo", entry: dir, workingDir: dir });
  });

  it("runs a program file in its own folder", () => {
    write("Pulumi.yaml", "name: demo\nruntime: { name: nodejs }\nmain: app.ts\n");
    write("app.ts", "");
    expect(readProjectFile(dir)).toMatchObject({ entry: path.join(dir, "app.ts"), workingDir: dir });
  });

  it("follows package.json, as Pulumi does, unless the file is missing", () => {
    write("Pulumi.yaml", "name: demo\nruntime: nodejs\n");
    write("package.json", JSON.stringify({ main: "lib.js" }));
    expect(readProjectFile(dir).entry).toBe(dir);
    write("lib.js", "");
    expect(readProjectFile(dir).entry).toBe(path.join(dir, "lib.js"));
    write("package.json", JSON.stringify({ main: "other.js", exports: { ".": { default: "./lib.js" } } }));
    expect(readProjectFile(dir).entry).toBe(path.join(dir, "lib.js"));
  });

  it.each([
    ["no name", "runtime: nodejs\n", /name is undefined/],
    ["another runtime", "name: x\nruntime: python\n", /runtime is "python"/],
    ["no such main", "name: x\nruntime: nodejs\nmain: gone/\n", /main is "gone\/".*does not exist/],
    ["a main that is no path", "name: x\nruntime: nodejs\nmain: [a]\n", /main is \["a"\]/],
    ["bad YAML", "name: [\n", /is not valid YAML/],
    ["a list", "- a\n", /must hold a map/],
  ])("refuses %s", (_, content, message) => {
    write("Pulumi.yaml", content);
    expect(() => readProjectFile(dir)).toThrow(UsageError);
    expect(() => readProjectFile(dir)).toThrow(message);
  });

  it("finds the project from a folder inside, and says so when there is none", () => {
    expect(() => findProjectDir(dir)).toThrow(/There is no Pulumi.yaml/);
    write("Pulumi.yaml", "name: demo\nruntime: nodejs\n");
    expect(findProjectDir(path.join(dir, "a", "b"))).toBe(dir);
  });
});

describe("readStackConfig", () => {
  function read(projectConfig: string, stackFile?: string, extra?: Record<string, string>) {
    write("Pulumi.yaml", `name: demo\nruntime: nodejs\n${projectConfig}`);
    if (stackFile !== undefined) {
      write("Pulumi.dev.yaml", stackFile);
    }
    return readStackConfig(readProjectFile(dir), "dev", extra);
  }

  it("is empty without any file", () => {
    expect(read("")).toEqual({ values: {}, secretKeys: [], warnings: [] });
  });

  it("takes strings as they are and everything else as JSON", () => {
    const config = "config:\n  demo:a: text\n  b: 3\n  aws:config:region: eu\n  demo:o: { x: [1, true] }\n";
    expect(read("", config).values).toEqual({
      "demo:a": "text",
      "demo:b": "3",
      "aws:region": "eu",
      "demo:o": '{"x":[1,true]}',
    });
  });

  it("puts the stack before the project, and the caller before both", () => {
    const project = "config:\n  a: 1\n  b: { default: 2 }\n  c: { type: string }\n  aws:r: { value: x }\n";
    const { values } = read(project, "config:\n  demo:b: 20\n  demo:d: 4\n", { d: "40" });
    expect(values).toEqual({ "demo:a": "1", "demo:b": "20", "aws:r": "x", "demo:d": "40" });
  });

  it("masks encrypted values, also inside maps and lists, and marks the whole key", () => {
    const config = [
      "config:",
      "  demo:key: { secure: v1:abc }",
      "  demo:o: { plain: 1, list: [{ secure: v1:def }] }",
      "  demo:notSecret: { secure: v1:abc, more: 1 }",
    ].join("\n");
    const { values, secretKeys } = read("config:\n  s: { default: x, secret: true }\n", config);
    expect(values["demo:key"]).toBe("[secret]");
    expect(values["demo:o"]).toBe('{"plain":1,"list":["[secret]"]}');
    expect(values["demo:notSecret"]).toContain("v1:abc");
    expect(secretKeys).toEqual(["demo:key", "demo:o", "demo:s"]);
  });

  it("says that environments are not read", () => {
    expect(read("", "environment: [shared]\n").warnings).toHaveLength(1);
  });
});
