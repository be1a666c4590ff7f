import { command, print } from "../command";
import { describeMachine } from "../machine";
import { benchSizing, type SizingReport } from "./run";

/** The benchmark of sizing and placement. */
export const sizingCommand = command(
  {
    name: "npm run bench -- sizing",
    does: "Measures how long it takes to size models and to place them on the cheapest nodes",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      models: options.whole("models", 1_000, "models to place in a run"),
      runs: options.whole("runs", 9, "runs; the report has their median"),
    }),
  },
  async ({ json, models, runs }) => {
    print(benchSizing(models, runs), json, format);
    return 0;
  },
);

function format({
  machine,
  models,
  shapes,
  runs,
  placements,
  firstMs,
  medianMs,
  worstMs,
}: SizingReport): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return [
    describeMachine(machine),
    `${models} models on ${shapes} kinds of nodes, ${placements} placements, ${runs} runs`,
    `median ${ms(medianMs)}, first ${ms(firstMs)}, worst ${ms(worstMs)}`,
    "",
  ].join("\n");
}
