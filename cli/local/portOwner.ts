import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** Who listens on a TCP port, such as `envoy (process 4711)`; undefined where that cannot be read. */
export async function portOwner(port: number): Promise<string | undefined> {
  return (await fromProc(port)) ?? (await fromLsof(port));
}

const listening = "0A";

/** Linux: the socket's inode stands in /proc/net/tcp, and some process has it open. */
async function fromProc(port: number): Promise<string | undefined> {
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readText(`/proc/net/${name}`)));
  const inodes = new Set<string>();
  for (const line of tables.join("\n").split("\n")) {
    const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state === listening && Number.parseInt(local.split(":")[1] ?? "", 16) === port) {
      inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) {
    return undefined;
  }
  for (const pid of (await list("/proc")).filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of await list(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (inodes.has(target)) {
        return `${(await readText(`/proc/${pid}/comm`)).trim()} (process ${pid})`;
      }
    }
  }
  return undefined;
}

async function fromLsof(port: number): Promise<string | undefined> {
  const run = promisify(execFile);
  const listed = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]).catch(() => undefined);
  const pid = /^p(\d+)$/m.exec(listed?.stdout ?? "")?.[1];
  const command = /^c(.+)$/m.exec(listed?.stdout ?? "")?.[1];
  return pid === undefined ? undefined : `${command ?? "a program"} (process ${pid})`;
}

const readText = (path: string) => readFile(path, "utf8").catch(() => "");
const list = (path: string) => readdir(path).catch(() => [] as string[]);
