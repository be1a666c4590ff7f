import { command, print, progress, stoppable } from "../command";
import { formatStatusReport, statusReport } from "./report";
import { benchStatus } from "./run";

/** What open status pages cost a processor; the exit code is 1 when requests failed. */
export const statusCommand = command(
  {
    name: "npm run bench -- status",
    does: "Measures what the status page costs a processor under an even load, open in browsers and not",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      rounds: options.whole("rounds", 5, "how often new processors are started"),
      turns: options.whole("turns", 8, "how often each variant is measured then, every other time backwards"),
      seconds: options.whole("seconds", 3, "length of a measured run"),
      warmUp: options.whole("warm-up", 5, "seconds of load before them", 0),
      rate: options.whole("rate", 1_000, "requests a second"),
      watchers: options.whole("watchers", 3, "pages that are open"),
      budgets: options.whole("budgets", 40, "budgets of the policy, each a bar of the page"),
    }),
  },
  ({ json, ...settings }) =>
    stoppable(async (signal) => {
      const report = statusReport(await benchStatus({ ...settings, progress, signal }), settings);
      print(report, json, formatStatusReport);
      const failures = Object.values(report.variants).reduce((sum, one) => sum + one.failures, 0);
      return failures === 0 ? 0 : 1;
    }),
);
