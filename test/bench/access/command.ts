import { command, print, progress, stoppable } from "../command";
import { formatAccessReport } from "./report";
import { benchAccess } from "./run";

/** What many API keys and rules cost: to put them in force, and in each request. */
export const accessCommand = command(
  {
    name: "npm run bench -- access",
    does: "Measures how long many API keys and access rules take to be put in force, and what they add to a request",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      keys: options.whole("keys", 10_000, "API keys"),
      rules: options.whole("rules", 1_000, "rules, each for a team of its own", 8),
      rounds: options.whole("rounds", 9, "rounds, each with a median of its own"),
      requests: options.whole("requests", 2_000, "requests of each processor in a round"),
      reloads: options.whole("reloads", 15, "how often keys and rules are replaced by others"),
    }),
  },
  ({ json, ...settings }) =>
    stoppable(async (signal) => {
      print(await benchAccess({ ...settings, progress, signal }), json, formatAccessReport);
      return 0;
    }),
);
