import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { command, print } from "../command";
import { describeMachine, type MachineFigures, machineFigures } from "../machine";
import { formatTable } from "../table";
import { type ScenarioName, scenario, scenarioNames } from "./envoy";

/** What one request takes in the processor, from its headers to its settlement. */
interface Figures {
  /** Processor's time, garbage collection included: the least of the rounds, in microseconds. */
  readonly cpuUs: number;
  /** What is allocated on the heap. */
  readonly bytes: number;
  /** Of each round. */
  readonly rounds: readonly number[];
}

const run = promisify(execFile);
/** Nothing is collected within a step, so that what it allocates can be told. */
const withoutCollections = ["--max-semi-space-size=256", "--min-semi-space-size=256", "--single-threaded-gc"];

/** Measures the processor without Envoy and without a network. */
export const hotPathCommand = command(
  {
    name: "npm run bench -- hot-path",
    does: "Measures processor time and memory of one request in the processor, without Envoy or a network",
    read: (options) => ({
      json: options.flag("json", "print the report as JSON"),
      rounds: options.whole("rounds", 5, "how often each scenario is measured; the report has the least"),
      requests: options.whole("requests", 8_192, "requests of a measured run, and of the warm-up before it"),
      names: options.someOf("only", scenarioNames, "scenario", "these scenarios alone"),
    }),
  },
  async ({ json, names, rounds, requests }) => {
    const folder = mkdtempSync(join(tmpdir(), "bench-hot-path-"));
    try {
      const scenarios = await measureAll(folder, names, rounds, requests);
      print({ bench: "hot-path", machine: machineFigures(), requests, scenarios }, json, format);
      return 0;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

interface HotPathReport {
  readonly machine: MachineFigures;
  readonly scenarios: Readonly<Record<string, Figures>>;
}

function format({ machine, scenarios }: HotPathReport): string {
  const rows = Object.entries(scenarios).map(([name, { cpuUs, bytes }]) => [
    name,
    cpuUs.toFixed(1),
    Math.round(bytes).toLocaleString("en-US"),
  ]);
  const lines = [describeMachine(machine), "", ...formatTable([["scenario", "CPU us", "bytes"], ...rows])];
  return `${lines.join("\n")}\n`;
}

async function measureAll(
  folder: string,
  names: readonly ScenarioName[],
  rounds: number,
  requests: number,
): Promise<Readonly<Record<string, Figures>>> {
  const bundle = join(folder, "child.cjs");
  const entryPoints = [join(__dirname, "child.ts")];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: "node", target: "node24" });
  const figures: Record<string, Figures> = {};
  for (const name of names) {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(scenario(name)));
    const measure = async (
      options: readonly string[],
      what: "cpu" | "bytes",
      warmUp: number,
      count: number,
    ) => {
      const counts = [String(warmUp), String(count)];
      const { stdout } = await run(process.execPath, [...options, bundle, file, what, ...counts]);
      const { each, settled, failures } = JSON.parse(stdout);
      if (failures > 0 || settled < count / 2) {
        throw new Error(`${name}: ${settled} of ${count} requests were settled, with ${failures} failures`);
      }
      return Number(each);
    };
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      times.push(await measure([], "cpu", requests, requests));
    }
    const bytes = await measure(withoutCollections, "bytes", 6144, 2048);
    figures[name] = { cpuUs: Math.min(...times), bytes, rounds: times };
  }
  return figures;
}
