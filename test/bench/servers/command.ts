import { parseArgs } from "node:util";
import { watchShutdown } from "../../../cli/local/shutdown";
import { formatServersReport, serversReport } from "./report";
import { benchServers } from "./run";
import { type ServerName, serverNames } from "./servers";

const names = Object.keys(serverNames) as ServerName[];

export const serversUsage = `npm run bench -- servers [--json] [--rounds 5] [--seconds 5] [--warm-up 2] [--only ${names.join(",")}]`;

/** Compares servers of gRPC; returns the exit code: 1 when the product's own failed requests. */
export async function serversCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "5" },
      "warm-up": { type: "string", default: "2" },
      only: { type: "string", default: names.join(",") },
    },
  });
  const wanted = values.only.split(",");
  const [rounds, seconds, warmUp] = [values.rounds, values.seconds, values["warm-up"]].map(Number);
  if (
    !(isWhole(rounds) && isWhole(seconds) && isWhole(warmUp) && wanted.every((name) => name in serverNames))
  ) {
    process.stderr.write(`Usage: ${serversUsage}\n`);
    return 2;
  }
  const shutdown = watchShutdown();
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const chosen = names.filter((name) => wanted.includes(name));
    const options = { names: chosen, rounds, seconds, warmUp, progress, signal: shutdown.signal };
    const report = serversReport(await benchServers(options), options);
    process.stdout.write(
      values.json ? `${JSON.stringify(report, undefined, 2)}\n` : formatServersReport(report),
    );
    return (report.servers["product"]?.failures ?? 0) === 0 ? 0 : 1;
  } catch (error) {
    if (shutdown.signal.aborted) {
      progress("Stopped.");
      return 130;
    }
    throw error;
  } finally {
    shutdown.dispose();
  }
}

function isWhole(value: number | undefined): value is number {
  return value !== undefined && Number.isInteger(value) && value > 0;
}
