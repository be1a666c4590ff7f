import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** What AI Gateway and Envoy tell Prometheus, on the ports that they chose themselves. `pid`: that of `aigw`. */
export async function gatewayScrapes(
  pid: number,
): Promise<{ readonly aiGateway: string; readonly envoy: string }> {
  const all = processes();
  const aigw = all.filter((one) => one.pid === pid);
  const port = optionOf(aigw, "--admin-port");
  const address = readFileSync(optionOf(childrenOf(pid, all), "--admin-address-path"), "utf8").trim();
  return {
    aiGateway: await scrape(`http://127.0.0.1:${port}/metrics`),
    envoy: await scrape(`http://${address}/stats/prometheus`),
  };
}

function processes(): readonly Process[] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, parent, command = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

function childrenOf(pid: number, all: readonly Process[]): readonly Process[] {
  return all.filter(({ parent }) => parent === pid).flatMap((one) => [one, ...childrenOf(one.pid, all)]);
}

function optionOf(some: readonly Process[], option: string): string {
  for (const { command } of some) {
    const value = new RegExp(`${option}[ =](\\S+)`).exec(command)?.[1];
    if (value !== undefined) {
      return value;
    }
  }
  throw new Error(`no process has ${option}: ${some.map(({ command }) => command).join("\n")}`);
}

async function scrape(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: ${response.status}`);
  }
  return response.text();
}
