import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultSettings } from "../../extproc/service/settings";
import { type Image, layOut } from "./support/dockerfile";
import { EnvoyClient, refusalOf } from "./support/envoyCalls";
import { smallPolicy } from "./support/policies";
import { ProcessorProcess } from "./support/processes";
import { samplesOf } from "./support/scrapes";

const source = resolve(__dirname, "../../extproc");
const scratch = mkdtempSync(join(tmpdir(), "processor-image-"));
/** What docker gets. */
const context = join(scratch, "context");
/** What the container sees as its root. */
const root = join(scratch, "root");
const policyFile = join(scratch, "policy", "policy.json");
let image: Image;

/** Someone else than who made the files, if this is root: then nothing of them can be written. */
const user = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};
const inRoot = (word: string) => (word.startsWith("/") ? join(root, word) : word);

beforeAll(() => {
  mkdirSync(context);
  execFileSync(process.execPath, [join(source, "build.mjs"), join(context, "dist")], { stdio: "pipe" });
  for (const file of ["Dockerfile", ".dockerignore"]) {
    cpSync(join(source, file), join(context, file));
  }
  image = layOut(context, root);
  mkdirSync(join(root, "nodejs/bin"), { recursive: true });
  cpSync(process.execPath, join(root, "nodejs/bin/node"), { dereference: true });
  mkdirSync(join(scratch, "policy"));
  writeFileSync(policyFile, JSON.stringify(smallPolicy()));
  chmodSync(scratch, 0o755);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** As the image would be run: no variables but its own and those given, and no more files than its own, the policy and the kernel's. */
function run(env: Readonly<Record<string, string>>, ...flags: readonly string[]): ProcessorProcess {
  const [node = "", ...args] = image.entrypoint.map(inRoot);
  const readable = [root, join(scratch, "policy"), "/proc"].map((folder) => `--allow-fs-read=${folder}`);
  return new ProcessorProcess([node, "--permission", ...readable, ...args, ...flags], {
    cwd: inRoot(image.workdir),
    env: { ...image.env, ...env },
    ...user,
  });
}

const local = {
  HOST: "127.0.0.1",
  PORT: "0",
  HEALTH_PORT: "0",
  DRAIN_DELAY_SECONDS: "0",
  LOG_WAIT_SECONDS: "1",
};

describe("the image", () => {
  it("runs as nobody in particular, without a shell, on the ports that are the defaults", () => {
    expect(image.bases).toEqual(Array(2).fill("gcr.io/distroless/nodejs24-debian13:nonroot"));
    expect(image.user).toBe("65532:65532");
    expect(image.entrypoint).toEqual([
      "/nodejs/bin/node",
      "--max-semi-space-size=8",
      "--max-old-space-size=384",
      "/app/processor.cjs",
    ]);
    expect(image.ports).toEqual([defaultSettings.port, defaultSettings.healthPort]);
    expect(image.env).toEqual({ NODE_ENV: "production" });
  });

  it("holds the processor, its page and licences, and nothing else", () => {
    const files = readdirSync(join(root, "app"), { recursive: true, withFileTypes: true });
    const paths = files.map((file) => relative(root, join(file.parentPath, file.name)));
    expect(paths.sort()).toEqual(["app/LICENSE", "app/LICENSES.txt", "app/processor.cjs", "app/status.html"]);
  });

  it("is built from what the context lets in, and the context lets in nothing else", () => {
    const [first, ...others] = readFileSync(join(context, ".dockerignore"), "utf8").trim().split("\n");
    expect(first).toBe("*");
    expect(others.map((line) => line.replace(/^!/, "")).sort()).toEqual([...image.sources].sort());
  });

  it("passes the check that its build makes", () => {
    expect(image.checks).toHaveLength(1);
    for (const [program = "", ...args] of image.checks) {
      const { status, stdout } = spawnSync(inRoot(program), args.map(inRoot), { encoding: "utf8", ...user });
      expect(status).toBe(0);
      expect(stdout).toMatch(/^Usage: processor /);
    }
  });

  it("names the licence of every package in it", () => {
    const text = readFileSync(join(root, "app/LICENSES.txt"), "utf8");
    const { dependencies } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
    for (const name of Object.keys(dependencies)) {
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+, (MIT|Apache-2\\.0)$`, "m"));
    }
    expect(text).toContain("Permission is hereby granted");
  });

  it("stays below 90 MB, packed, with Node", () => {
    const files = [
      "nodejs/bin/node",
      "app/LICENSE",
      "app/LICENSES.txt",
      "app/processor.cjs",
      "app/status.html",
    ];
    const sizes = files.map((file) => gzipSync(readFileSync(join(root, file)), { level: 6 }).length);
    const megabytes = sizes.reduce((sum, size) => sum + size) / 1e6;
    console.log(`the image's files and Node: ${megabytes.toFixed(1)} MB packed (${sizes.join(" + ")} bytes)`);
    expect(megabytes).toBeLessThan(90);
  });
});

describe("what the image holds", () => {
  it("serves, writes no file, reads none outside, and ends with 0 when it is asked to", async () => {
    const running = run({ ...local, POLICY_FILE: policyFile });
    try {
      const { port, healthPort } = await running.started();
      const url = `http://127.0.0.1:${healthPort}`;
      expect((await fetch(`${url}/live`)).status).toBe(200);
      expect(await (await fetch(`${url}/ready`)).json()).toMatchObject({ ready: true, store: "up" });
      expect(await (await fetch(`${url}/status`)).text()).toBe(
        readFileSync(join(source, "service/status/status.html"), "utf8"),
      );
      const client = new EnvoyClient(port);
      const call = client.call();
      const chat = { model: "claude", messages: [{ role: "user", content: "hello" }] };
      expect(refusalOf(await call.request(chat))).toBeUndefined();
      const samples = samplesOf(await (await fetch(`${url}/metrics`)).text());
      expect(samples.get("budget_holds_live")).toBe(1);
      expect(samples.get("process_resident_memory_bytes")).toBeGreaterThan(0);
      await call.end();
      client.close();
      running.child.kill("SIGTERM");
      expect(await running.ended).toBe(0);
    } finally {
      await running.stop();
    }
    expect(running.log.codes()).toEqual(["policy_accepted", "started", "ending", "ended"]);
    expect(running.errors).toBe("");
  });

  it("may not read what it was not given", async () => {
    const running = run({ ...local, POLICY_FILE: join(context, "Dockerfile") });
    expect(await running.ended).toBe(2);
    expect(running.log.of("policy_refused")).toMatchObject([
      { problems: [expect.stringContaining("cannot be read (ERR_ACCESS_DENIED)")] },
    ]);
  });
});
