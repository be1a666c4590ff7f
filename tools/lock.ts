import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface LockOptions {
  /** Called while another process holds the lock, with that process's id. */
  onWait?: ((holder: number) => void) | undefined;
  signal?: AbortSignal | undefined;
  /** How often to look again, ms. Default: 500. */
  pollMs?: number;
}

/** A holder says that it lives by touching its file; one that has not for this long is gone. */
const heartbeatMs = 5_000;
const staleMs = 60_000;

interface Holder {
  pid: number;
  host: string;
}

function readHolder(path: string): { text: string; holder: Holder | undefined; ageMs: number } | undefined {
  try {
    const text = readFileSync(path, "utf8");
    const ageMs = Date.now() - statSync(path).mtimeMs;
    const [pid, host] = text.split(" ");
    return { text, ageMs, holder: host === undefined ? undefined : { pid: Number(pid), host } };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, under another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes the file of a holder that is gone out of the way; the rename lets only one of several waiters do it. */
function removeStale(path: string, seen: string): void {
  const aside = `${path}.stale-${process.pid}`;
  try {
    if (readFileSync(path, "utf8") !== seen) return;
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another waiter was faster.
  }
}

async function acquire(path: string, mine: string, options: LockOptions): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      writeFileSync(path, mine, { flag: "wx" });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const found = readHolder(path);
    if (found === undefined) continue;
    const { holder } = found;
    const gone = holder !== undefined && holder.host === hostname() && !isAlive(holder.pid);
    if (gone || found.ageMs > staleMs) {
      removeStale(path, found.text);
      continue;
    }
    options.onWait?.(holder?.pid ?? 0);
    await sleep(options.pollMs ?? 500);
  }
}

/**
 * Runs `work` while this process alone holds the lock file. A lock whose holder died is taken over: at once on
 * the same host, after a minute without a sign of life on another (a cache on a shared disk).
 */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const mine = `${process.pid} ${hostname()} ${Date.now()}`;
  await acquire(path, mine, options);
  const heartbeat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date());
    } catch {
      // The cache was deleted meanwhile; the work itself will notice.
    }
  }, heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (readHolder(path)?.text === mine) rmSync(path, { force: true });
  }
}
