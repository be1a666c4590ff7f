import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { startProcessor } from "../../../extproc/processor";
import { defaultSettings } from "../../../extproc/service/settings";
import type { AccessFiles } from "./documents";
import type { Reload } from "./report";

/**
 * `reload.ts FILE TIMES`: a processor in a process of its own that is given two sets of files in turn, and prints how
 * long it took each time from their text until they were in force. Nothing else happens meanwhile.
 */
async function main([file = "", times = ""]: readonly string[]): Promise<void> {
  const [first, second] = JSON.parse(readFileSync(file, "utf8")) as [AccessFiles, AccessFiles];
  const own = { port: 0, healthPort: 0, host: "127.0.0.1", logLevel: "warn", statusPage: false } as const;
  const running = await startProcessor({
    settings: { ...defaultSettings, ...own },
    policy: JSON.parse(first.policy),
    keys: JSON.parse(first.keys),
  });
  const taken: Reload[] = [];
  for (let count = 0; count < Number(times); count += 1) {
    const { policy, keys } = count % 2 === 0 ? second : first;
    const started = performance.now();
    const before = cpuMs();
    const problems = [...running.updateKeys(JSON.parse(keys)), ...running.update(JSON.parse(policy))];
    taken.push({ ms: performance.now() - started, cpuMs: cpuMs() - before });
    if (problems.length > 0) {
      throw new Error(JSON.stringify(problems));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await running.close();
  process.stdout.write(`${JSON.stringify(taken)}\n`);
}

/** Of this process up to now, garbage collector included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 1;
});
