import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../extproc/contract";
import { dueBy } from "../bench/status/load";
import { formatStatusReport, statusReport } from "../bench/status/report";
import { benchPolicy, type StatusSample, type StatusSamples, type VariantName } from "../bench/status/run";

function sample(cpuUs: number, throughput = 1_000, failures = 0): StatusSample {
  return { requests: 5_000, failures, throughput, p50Ms: 1, p99Ms: 4, cpuUs, rssMiB: 90.4, snapshots: 15 };
}

const settings = { rounds: 1, turns: 3, seconds: 5, rate: 1_000, watchers: 3, budgets: 40 };
const samplesOf = (off: StatusSample[], idle: StatusSample[], watched: StatusSample[]): StatusSamples =>
  new Map<VariantName, StatusSample[]>([
    ["off", off],
    ["idle", idle],
    ["watched", watched],
  ]);

describe("the report of the status page's benchmark", () => {
  const report = statusReport(
    samplesOf(
      // The machine was half as fast in the last turn.
      [sample(200), sample(210), sample(400)],
      [sample(201), sample(211), sample(401)],
      [sample(204), sample(212.1, 990), sample(420)],
    ),
    settings,
  );

  it("compares what was measured in the same turn", () => {
    expect(report.page).toEqual({ cpu: 1.02, throughput: 1 });
    expect(report.watching).toEqual({ cpu: 1.015, throughput: 1 });
    expect(report.isWithin).toBe(true);
  });

  it("has the medians of each variant, and every turn", () => {
    expect(report.variants["watched"]).toEqual({
      ...{ throughput: 1_000, cpuUs: 212.1, p50Ms: 1, p99Ms: 4, rssMiB: 90 },
      ...{ requests: 15_000, failures: 0, snapshotsPerSecond: 3, turns: [204, 212.1, 420] },
    });
    expect(Object.keys(report.variants)).toEqual(["off", "idle", "watched"]);
  });

  it.each([
    [206, 1_000, true],
    [206.4, 1_000, false],
    [206, 970, true],
    [206, 969, false],
  ])(
    "says whether %d us by 200 and %d requests/s by 1,000 are within 3 %%",
    (cpuUs, throughput, isWithin) => {
      const few = samplesOf([sample(200)], [sample(200)], [sample(cpuUs, throughput)]);
      expect(statusReport(few, settings).isWithin).toBe(isWithin);
    },
  );

  it("counts failures over all turns", () => {
    const few = samplesOf([sample(200, 1, 2), sample(200, 1, 3)], [sample(200)], [sample(200)]);
    expect(statusReport(few, settings).variants["off"]).toMatchObject({ failures: 5, requests: 10_000 });
  });

  it("is a table for people", () => {
    const text = formatStatusReport(report);
    expect(text).toContain("1000 requests/s, 40 budgets, 3 pages; medians of 1 x 3 runs of 5 s");
    expect(text).toMatch(/^ *watched +1000 +212\.1 +1\.00 +4\.00 +90 +3\.0 +0 of 15000$/m);
    expect(text).toContain(
      "watched by off: 1.020 of the processor's time for a request, 1.000 of the throughput",
    );
    expect(text).toContain("The page is to cost 3 % at most: it does.");
  });
});

describe("the load of the status page's benchmark", () => {
  it("is even: what is due by a time, and never more than all", () => {
    expect([0, 0.9, 1, 1.5, 999, 4_999, 5_000, 60_000].map((ms) => dueBy(ms, 1_000, 5_000))).toEqual([
      1, 1, 2, 2, 1_000, 5_000, 5_000, 5_000,
    ]);
  });

  it("is counted in one of the budgets, and the others are bars of the page", () => {
    const { policy } = parsePolicy(JSON.parse(benchPolicy(40)));
    expect(policy?.budgets).toHaveLength(40);
    expect(policy?.budgets.filter(({ teams }) => teams === undefined).map(({ name }) => name)).toEqual([
      "tokens",
    ]);
    expect(parsePolicy(JSON.parse(benchPolicy(1))).policy?.budgets).toHaveLength(1);
  });
});
