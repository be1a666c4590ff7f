import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aigwDataHome } from "../../tools/aigwDataHome";
import { cacheRoot } from "../../tools/cacheRoot";
import { envoyInDataHome, type ToolName, toolNames, tools } from "../../tools/catalogue";
import { findTool, findTools, requireTool, ToolError } from "../../tools/find";
import { packageRoot } from "../../tools/packageRoot";
import { linkedModuleVersion } from "../../tools/readVersion";
import versions from "../../tools/versions.json";

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-find-"));
  env = { PATH: join(folder, "bin"), AI_GATEWAY_CACHE: join(folder, "cache"), HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o755): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** A program that tells a version in each of the ways that the real ones do. */
function fake(path: string, name: ToolName, version: string): string {
  const lines: Record<ToolName, string> = {
    aigw: `echo "Envoy AI Gateway CLI: ${version}"`,
    envoy: `echo "${path}  version: 0ebf/${version}/Clean/RELEASE/BoringSSL"`,
    "kubectl-validate": `# mod\tsigs.k8s.io/kubectl-validate\t${version}\th1:x=`,
    pulumi: `echo "${version}"`,
  };
  return write(path, `#!/bin/sh\n${lines[name]}\n`);
}

function fakeInCache(name: ToolName, index = 0): string {
  const place = tools[name].cached(env)[index];
  if (place === undefined) throw new Error(`no place ${index} for ${name}`);
  return write(join(place.folder, place.file), "#!/bin/sh\nexit 9\n");
}

describe.each(toolNames)("finding %s", (name) => {
  const { version, variable } = tools[name];

  it("prefers the environment variable to PATH, and PATH to the cache", () => {
    expect(findTool(name, env)).toMatchObject({ source: "missing", wanted: version, notes: [] });
    const cached = fakeInCache(name);
    expect(findTool(name, env)).toMatchObject({ source: "cache", path: cached, version });
    const onPath = fake(join(folder, "bin", name), name, version);
    expect(findTool(name, env)).toMatchObject({ source: "PATH", path: onPath, version });
    const given = fake(join(folder, "mine"), name, "v0.0.1");
    env[variable] = given;
    expect(findTool(name, env)).toMatchObject({ source: "environment", path: given });
    expect(requireTool(name, env)).toBe(given);
  });

  it.each([
    ["is not there", (path: string) => path],
    ["may not be run", (path: string) => write(path, "", 0o644)],
    ["is a folder", (path: string) => dirname(write(join(path, "x"), ""))],
  ])("names a variable whose program %s, and tries nothing else", (_, make) => {
    fakeInCache(name);
    env[variable] = make(join(folder, "given"));
    const report = findTool(name, env);
    expect(report.source).toBe("missing");
    expect(report.path).toBeUndefined();
    expect(report.problem).toContain(`${variable}: "${join(folder, "given")}"`);
    expect(() => requireTool(name, env)).toThrow(variable);
  });

  it("treats an empty variable as none", () => {
    env[variable] = "";
    const cached = fakeInCache(name);
    expect(findTool(name, env)).toMatchObject({ source: "cache", path: cached });
  });

  it("passes over a wrong version on PATH, says so, and looks further along PATH", () => {
    const other = name === "envoy" ? "1.35.0" : "v0.0.4";
    const wrong = fake(join(folder, "bin", name), name, other);
    const cached = fakeInCache(name);
    const report = findTool(name, env);
    expect(report).toMatchObject({ source: "cache", path: cached });
    expect(report.notes).toEqual([expect.stringContaining(`${wrong} is passed over: it is ${other}`)]);

    const right = fake(join(folder, "later", name), name, version);
    env["PATH"] = `${join(folder, "bin")}::${join(folder, "later")}`;
    expect(findTool(name, env)).toMatchObject({ source: "PATH", path: right });
  });

  it("passes over a program on PATH that tells no version", () => {
    write(join(folder, "bin", name), "#!/bin/sh\nexit 1\n");
    const report = findTool(name, env);
    expect(report.source).toBe("missing");
    expect(report.notes.join()).toContain("its version cannot be read");
  });

  it("says how to get what is missing", () => {
    expect(() => requireTool(name, env)).toThrow(ToolError);
    expect(() => requireTool(name, env)).toThrow(new RegExp(`--get ${name}.*or set ${variable}`));
  });
});

describe("versions", () => {
  it("takes any Envoy of the tested minor version from PATH, and no other", () => {
    const accepted = ["1.38.0", "1.38.3", "1.38.12", "1.37.9", "1.39.0", "1.3.8"].filter(tools.envoy.accepts);
    expect(accepted).toEqual(["1.38.0", "1.38.3", "1.38.12"]);
  });

  it("takes any Pulumi of the same major version from PATH that is not older", () => {
    const given = [
      "v3.246.0",
      "v3.246.9",
      "v3.270.1",
      "v3.300.0-alpha.1",
      "v3.245.9",
      "v4.0.0",
      "v2.999.0",
      "v3",
    ];
    const accepted = given.filter(tools.pulumi.accepts);
    expect(accepted).toEqual(["v3.246.0", "v3.246.9", "v3.270.1", "v3.300.0-alpha.1"]);
  });

  it("reads Pulumi's version from a line of its own, whatever warnings stand around it", () => {
    const path = write(
      join(folder, "mine"),
      '#!/bin/sh\necho "warning: A new version v9.9.9 is there" >&2\necho v3.250.1\n',
    );
    expect(tools.pulumi.readVersion(path)).toBe("v3.250.1");
  });

  it("finds the Envoy that aigw has downloaded, after the wheel's", () => {
    const second = fakeInCache("envoy", 1);
    expect(findTool("envoy", env)).toMatchObject({ path: second, version: versions.envoy.aigwVersion });
    const first = fakeInCache("envoy", 0);
    expect(findTool("envoy", env)).toMatchObject({ path: first, version: versions.envoy.version });
  });

  it("reads the version of a program that a variable names for the list only", () => {
    env["AIGW_BIN"] = fake(join(folder, "mine"), "aigw", "v9.9.9");
    expect(findTools(env)[0]).toMatchObject({ name: "aigw", source: "environment", version: "v9.9.9" });
  });

  it.each([0, 8 * 1024 * 1024 - 70, 8 * 1024 * 1024 - 20, 9 * 1024 * 1024])(
    "reads a module's version from build information at byte %i",
    (position) => {
      const info = "dep\texample.org/a.b\tv1.2.3\th1:abc=\n";
      const path = write(join(folder, "binary"), `${"\0".repeat(position)}${info}${"\0".repeat(50)}`);
      expect(linkedModuleVersion(path, "example.org/a.b")).toBe("v1.2.3");
      expect(linkedModuleVersion(path, "example.org/aXb")).toBeUndefined();
    },
  );

  it.each(["aigw", "kubectl-validate", "pulumi"] as const)(
    "pins %s in its go.mod as in versions.json",
    (name) => {
      const { module, version, package: mainPackage } = versions[name];
      const goMod = readFileSync(join(packageRoot(), "tools", name, "go.mod"), "utf8");
      const escaped = module.replaceAll(".", "\\.");
      expect(new RegExp(`^(?:require )?\\s*${escaped} (v\\S+)`, "m").exec(goMod)?.[1]).toBe(version);
      expect(/^tool (\S+)/m.exec(goMod)?.[1]).toBe(mainPackage);
      const [major = 0, minor = 0, patch = 0] = (/^go (\S+)/m.exec(goMod)?.[1] ?? "").split(".").map(Number);
      const [pinnedMajor = 0, pinnedMinor = 0, pinnedPatch = 0] = versions.go.split(".").map(Number);
      const weight = (a: number, b: number, c: number) => a * 1e6 + b * 1e3 + c;
      expect(major).toBeGreaterThan(0);
      expect(weight(major, minor, patch)).toBeLessThanOrEqual(weight(pinnedMajor, pinnedMinor, pinnedPatch));
    },
  );

  it("gives the built aigw its version in the form that it parses, and Pulumi its own", () => {
    expect(versions.aigw.ldflags).toContain(`.version=${versions.aigw.version}-0-g`);
    expect(versions.pulumi.ldflags).toContain(`/version.Version=${versions.pulumi.version}`);
  });
});

describe("the cache folder", () => {
  const home = { HOME: "/home/me" };
  it.each<[string, NodeJS.ProcessEnv, NodeJS.Platform, string]>([
    ["its variable", { ...home, AI_GATEWAY_CACHE: "/c", XDG_CACHE_HOME: "/x" }, "linux", "/c"],
    ["XDG", { ...home, XDG_CACHE_HOME: "/x" }, "darwin", "/x/pulumi-ai-gateway"],
    [
      "the home folder for a relative XDG",
      { ...home, XDG_CACHE_HOME: "x" },
      "linux",
      "/home/me/.cache/pulumi-ai-gateway",
    ],
    ["the home folder", home, "linux", "/home/me/.cache/pulumi-ai-gateway"],
    ["the home folder of macOS", home, "darwin", "/home/me/Library/Caches/pulumi-ai-gateway"],
  ])("comes from %s", (_, from, platform, expected) => {
    expect(cacheRoot(from, platform)).toBe(expected);
  });

  it("is aigw's data folder as it lies, and another Envoy is linked into one", () => {
    const cached = fakeInCache("envoy");
    expect(join(aigwDataHome(cached, "/nowhere"), envoyInDataHome)).toBe(cached);
    const other = fake(join(folder, "bin", "envoy"), "envoy", "1.38.3");
    for (const _ of ["first", "again"]) {
      const home = aigwDataHome(other, join(folder, "scratch"));
      expect(readFileSync(join(home, envoyInDataHome), "utf8")).toBe(readFileSync(other, "utf8"));
    }
  });
});
