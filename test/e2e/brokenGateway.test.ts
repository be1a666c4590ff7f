import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatewayError } from "../../cli/local/gatewayError";
import { startGatewayProcess } from "../../cli/local/gatewayProcess";
import { freePort } from "../../cli/local/ports";
import { createRunDirectory } from "../../cli/local/runDirectory";
import { startLocal } from "../../cli/local/startLocal";
import { descendantsOf, stillRunning } from "./support/processes";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "e2e-"));
  vi.stubEnv("TMPDIR", folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A program in place of `aigw`, to see what becomes of one that misbehaves. */
async function startFake(script: string) {
  const program = join(folder, "fake");
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  return startGatewayProcess({ aigw: program, envoy: program, directory: createRunDirectory(), port: 1 });
}

const runDirectories = () => readdirSync(folder).filter((name) => name.startsWith("aigw-"));

describe("the real gateway", () => {
  it("says which port was taken while it started, and leaves nothing", async () => {
    const port = await freePort();
    const taker = createServer();
    const models = { qwen: { vllm: { source: "Qwen/Qwen3-1.7B", maxModelLen: 16_384 } } };
    const progress = (text: string) => void (text.startsWith("starting the gateway") && taker.listen(port));
    try {
      const failed = startLocal({ name: "local", declaration: { models }, port, progress });
      await expect(failed).rejects.toThrow(
        new RegExp(`^A port that the gateway needs was taken in the meantime; run it again.*:${port}'`, "s"),
      );
      expect(runDirectories()).toEqual([]);
    } finally {
      taker.close();
    }
  });
});

describe("a gateway that misbehaves", () => {
  it("ends at once: its last lines and its exit code are shown", async () => {
    const gateway = await startFake('echo "error collecting: no such kind" >&2; exit 3');
    await expect(gateway.ready(1, 5_000)).rejects.toThrow(GatewayError);
    const failure = await gateway.ended;
    expect(failure?.explanation).toBe("The gateway refused the manifests that were rendered for it.");
    expect(failure?.message).toContain("error collecting: no such kind");
    expect(runDirectories()).toEqual([]);
  });

  it("ends without a word: the exit code is shown", async () => {
    const gateway = await startFake("exit 3");
    expect((await gateway.ended)?.explanation).toContain("exit code 3");
  });

  it("never answers: the time-out says so and shows what it printed", async () => {
    const gateway = await startFake("echo still thinking; sleep 60");
    await expect(gateway.ready(1, 500)).rejects.toThrow(
      /did not answer on port 1 within .*\n.*\n {2}still thinking/,
    );
    await gateway.stop();
    expect(runDirectories()).toEqual([]);
  });

  it("cannot open its port: it is not waited for", async () => {
    const gateway = await startFake(
      "echo \"listener 'a': cannot bind '0.0.0.0:1': Address already in use\" >&2; sleep 60",
    );
    await expect(gateway.ready(1, 30_000)).rejects.toThrow(
      /^A port that the gateway needs was taken in the meantime; run it again\.\n.*\n.*cannot bind/,
    );
    await gateway.stop();
  });

  it("ignores SIGTERM and has children: all are killed", async () => {
    const gateway = await startFake("trap '' TERM; sleep 61 & while :; do sleep 1; done");
    await delay(500);
    const pids = [gateway.pid, ...descendantsOf(gateway.pid).map(({ pid }) => pid)];
    expect(pids).toHaveLength(3);
    await gateway.stop();
    await delay(200);
    expect(stillRunning(pids)).toEqual([]);
    expect(runDirectories()).toEqual([]);
  });

  it("is stopped twice: the second time does nothing", async () => {
    const gateway = await startFake("sleep 60");
    await Promise.all([gateway.stop(), gateway.stop()]);
    expect(await gateway.ended).toBeUndefined();
  });
});
