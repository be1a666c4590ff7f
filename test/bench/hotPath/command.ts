import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { build } from "esbuild";
import { describeMachine, machineFigures } from "../machine";
import { formatTable } from "../table";
import { type ScenarioName, scenario, scenarioNames } from "./envoy";

export const hotPathUsage = `npm run bench -- hot-path [--json] [--rounds 5] [--requests 8192] [--only ${scenarioNames.join(",")}]`;

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

/** Measures the processor without Envoy and without a network; returns the exit code. */
export async function hotPathCommand(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "5" },
      requests: { type: "string", default: "8192" },
      only: { type: "string", default: scenarioNames.join(",") },
    },
  });
  const names = scenarioNames.filter((name) => values.only.split(",").includes(name));
  const [rounds, requests] = [Number(values.rounds), Number(values.requests)];
  if (names.length === 0 || !(rounds >= 1) || !(requests >= 1)) {
    process.stderr.write(`Usage: ${hotPathUsage}\n`);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), "bench-hot-path-"));
  try {
    const figures = await measureAll(folder, names, rounds, requests);
    const machine = machineFigures();
    const report = { bench: "hot-path", machine, requests, scenarios: figures };
    const rows = Object.entries(figures).map(([name, { cpuUs, bytes }]) => [
      name,
      cpuUs.toFixed(1),
      Math.round(bytes).toLocaleString("en-US"),
    ]);
    const lines = [describeMachine(machine), "", ...formatTable([["scenario", "CPU us", "bytes"], ...rows])];
    process.stdout.write(`${values.json ? JSON.stringify(report, undefined, 2) : lines.join("\n")}\n`);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
