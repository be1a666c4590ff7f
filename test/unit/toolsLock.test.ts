import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "../../tools/lock";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tools-lock-"));
  path = join(folder, "deep", "lock");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const quick = { pollMs: 5 };
/** The id of a process that has ended. */
const deadPid = () => spawnSync("true").pid;

function held(text: string): void {
  path = join(folder, "lock");
  writeFileSync(path, text);
}

describe("withLock", () => {
  it("lets one work at a time and leaves no file", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(10);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, quick, work)));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it("is given back when the work fails", async () => {
    const failing = withLock(path, quick, () => Promise.reject(new Error("no")));
    await expect(failing).rejects.toThrow("no");
    await expect(withLock(path, quick, async () => "yes")).resolves.toBe("yes");
  });

  it("is taken over at once from a dead process of this host", async () => {
    held(`${deadPid()} ${hostname()} 1`);
    await expect(withLock(path, quick, async () => "mine")).resolves.toBe("mine");
  });

  it("is taken over from another host only after a minute without a sign of life", async () => {
    held(`${deadPid()} another-host 1`);
    const controller = new AbortController();
    const waitedFor: number[] = [];
    const onWait = (pid: number) => {
      waitedFor.push(pid);
      if (waitedFor.length === 3) controller.abort(new Error("tired"));
    };
    const waiting = withLock(path, { ...quick, onWait, signal: controller.signal }, async () => "mine");
    await expect(waiting).rejects.toThrow("tired");
    expect(waitedFor).toHaveLength(3);

    const longAgo = new Date(Date.now() - 61_000);
    utimesSync(path, longAgo, longAgo);
    await expect(withLock(path, quick, async () => "mine")).resolves.toBe("mine");
  });

  it("waits for a live process and says for which", async () => {
    held(`${process.ppid} ${hostname()} 1`);
    let waitedFor = 0;
    const onWait = (pid: number) => {
      waitedFor = pid;
      rmSync(path, { force: true });
    };
    await expect(withLock(path, { ...quick, onWait }, async () => "mine")).resolves.toBe("mine");
    expect(waitedFor).toBe(process.ppid);
  });

  it("does not remove a lock that is another's by now", async () => {
    await withLock(path, quick, async () => writeFileSync(path, "1 elsewhere 1"));
    expect(readFileSync(path, "utf8")).toBe("1 elsewhere 1");
  });
});
