import { command, print, progress } from "../command";
import { formatReport } from "./report";
import { benchRender, defaultSizes } from "./run";

/** The benchmark of `render`. */
export const renderCommand = command(
  {
    name: "npm run bench -- render",
    does: "Measures the time and memory of rendering many models",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      sizes: options.wholes("models", defaultSizes, "numbers of models to render, one after the other"),
      runs: options.whole("runs", 3, "how often each number is rendered"),
      keys: options.flag("keys", "an API key for each model: a secret output, a Secret and a policy more"),
    }),
  },
  async ({ json, ...options }) => {
    print(await benchRender({ ...options, progress }), json, formatReport);
    return 0;
  },
);
