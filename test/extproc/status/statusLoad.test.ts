import { afterEach, describe, expect, it } from "vitest";
import { startProcessor } from "../../../extproc/processor";
import { defaultSettings, type Settings } from "../../../extproc/service/settings";
import { scenario } from "../../bench/hotPath/envoy";
import { Load } from "../../bench/status/load";
import { benchPolicy } from "../../bench/status/run";
import { Watchers } from "../../bench/status/watchers";
import { LogLines } from "../support/logLines";
import { samplesOf } from "../support/scrapes";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

async function start(settings: Partial<Settings> = {}) {
  const running = await startProcessor({
    settings: { ...defaultSettings, host: "127.0.0.1", port: 0, healthPort: 0, drainDelayMs: 0, ...settings },
    policy: JSON.parse(benchPolicy(40)),
    log: new LogLines(),
  });
  closers.push(() => running.close());
  const load = new Load(running.port, scenario("log"));
  closers.push(() => load.stop());
  return { running, load, eventsUrl: `http://127.0.0.1:${running.healthPort}/status/events` };
}

const { signal } = new AbortController();

describe("what the status page's benchmark does", () => {
  it("sends requests that are let through and settled, while pages watch", async () => {
    const { running, load, eventsUrl } = await start();
    const watchers = await Watchers.open(eventsUrl, 3);
    closers.push(() => watchers.stop());
    const result = await load.run(100, 2, signal);
    expect(result).toMatchObject({ requests: 200, failures: 0 });
    expect(result.throughput).toBeGreaterThan(50);
    expect(watchers.snapshots).toBeGreaterThanOrEqual(3);
    await expect
      .poll(async () => {
        const samples = samplesOf(await running.metrics());
        return samples.get('budget_settles_total{source="log",kind="exact",model="bench"}');
      })
      .toBe(200);
    expect(running.health().ready).toBe(true);
  });

  it("sees requests that fail, and a page that is not there", async () => {
    const { running, load, eventsUrl } = await start({ statusPage: false });
    await expect(Watchers.open(eventsUrl, 1)).rejects.toThrow("answered 404");
    const run = load.run(50, 1, signal);
    await running.close();
    expect((await run).failures).toBeGreaterThan(0);
  });
});
