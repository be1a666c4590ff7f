import { command, print, progress, stoppable } from "../command";
import { formatServersReport, serversReport } from "./report";
import { benchServers } from "./run";
import { type ServerName, serverNames } from "./servers";

const known = Object.keys(serverNames) as ServerName[];

/** Compares servers of gRPC; the exit code is 1 when the product's own failed requests. */
export const serversCommand = command(
  {
    name: "npm run bench -- servers",
    does: "Compares servers of gRPC for Node on the processor's work",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      rounds: options.whole("rounds", 5, "how often each server is measured, every other round backwards"),
      seconds: options.whole("seconds", 5, "length of a measured run"),
      warmUp: options.whole("warm-up", 2, "seconds of load before it"),
      names: options.someOf("only", known, "server", "these servers alone"),
    }),
  },
  ({ json, ...settings }) =>
    stoppable(async (signal) => {
      const options = { ...settings, progress, signal };
      const report = serversReport(await benchServers(options), options);
      print(report, json, formatServersReport);
      return (report.servers["product"]?.failures ?? 0) === 0 ? 0 : 1;
    }),
);
