import { describe, expect, it } from "vitest";
import { readProcessorArguments } from "../bench/processor/command";
import { formatProcessorReport } from "../bench/processor/format";
import type { Sample } from "../bench/processor/measure";
import { failedStacks, processorReport } from "../bench/processor/report";
import type { Measured } from "../bench/processor/run";
import { type StackName, stackNames } from "../bench/processor/stacks";
import { type LoadResult, parseWrk, type StreamsResult } from "../bench/processor/traffic";

function sample(throughput: number, cpuUs: Record<string, number>, failures = 0): Sample {
  return {
    throughput,
    p50Ms: 5,
    p99Ms: 12,
    requests: throughput * 10,
    failures,
    cpuUs,
    rssMiB: { envoy: 60.4 },
    othersShare: 0.25,
  };
}

function load(p50Ms: number, p99Ms: number): LoadResult {
  return { sent: 100, failed: 0, rate: 500, p50Ms, p90Ms: 5, p99Ms };
}

function streams(delayP50Ms: number, delayP99Ms: number): StreamsResult {
  const figures = { gapP50Ms: 10, gapP99Ms: 20, firstP50Ms: 3, firstP99Ms: 9 };
  return { streams: 20, failed: 0, chunks: 16_000, seconds: 8, delayP50Ms, delayP99Ms, ...figures };
}

const measured: Measured = {
  samples: new Map<StackName, Sample[]>([
    ["gateway", [sample(1000, { envoy: 500, aiGateway: 400 }), sample(2000, { envoy: 250, aiGateway: 200 })]],
    [
      "log",
      [
        sample(800, { envoy: 600, aiGateway: 400, processor: 125 }),
        sample(1500, { envoy: 300, aiGateway: 200, processor: 100 }),
      ],
    ],
    ["logRedis", [sample(700, { envoy: 600, processor: 150, redis: 50 }, 3)]],
    ["budgets20", [sample(560, { envoy: 600, processor: 210, redis: 70 })]],
    ["noop", [sample(600, { envoy: 600, processor: 900 }, 40)]],
  ]),
  halfLoad: {
    rates: [480, 500, 900],
    results: new Map<StackName, LoadResult[]>([
      ["gateway", [load(3, 10), load(5, 30)]],
      ["log", [load(3.6, 12), load(5.8, 31)]],
    ]),
  },
  streams: [
    new Map<StackName, StreamsResult[]>([
      ["gateway", [streams(0.7, 4)]],
      ["stream", [streams(1.1, 6.5)]],
    ]),
  ],
  skipped: new Map([["liteLlm", "there is no python3"]]),
};
const report = processorReport(measured, { rounds: 2, seconds: 10 });

describe("the report of the processor's benchmark", () => {
  it("compares each stack with the gateway of the same round", () => {
    // 0.8 and 0.75; the medians alone would say 1150 / 1500.
    expect(report.ratios).toEqual({ log: 0.775, logRedis: 0.7, budgets20: 0.56, noop: 0.6 });
    // 900 / 1125 and 450 / 600.
    expect(report.cpuRatios).toEqual({ log: 0.775, logRedis: 1.125, budgets20: 1.023, noop: 0.6 });
  });

  it("holds medians, sums of requests, and every round's throughput", () => {
    expect(report.stacks["gateway"]).toEqual({
      description: "AI Gateway with Envoy alone, token counts on",
      throughput: 1500,
      p50Ms: 5,
      p99Ms: 12,
      requests: 30_000,
      failures: 0,
      cpuUs: { envoy: 375, aiGateway: 300 },
      rssMiB: { envoy: 60 },
      rounds: [1000, 2000],
      othersShare: 0.25,
    });
  });

  it("says what 20 budgets cost beside one", () => {
    expect(report.budgets20).toEqual({ throughputRatio: 0.8, cpuRatio: 1.4 });
  });

  it("says what is added at half load, and to a chunk's way", () => {
    expect(report.halfLoad).toMatchObject({ rate: 500, addedP50Ms: 0.7, addedP99Ms: 1.5 });
    expect(report.streams).toMatchObject([{ streams: 20, added: { stream: { p50Ms: 0.4, p99Ms: 2.5 } } }]);
  });

  it("names stacks of ours that failed requests, but not the naive filter", () => {
    expect(failedStacks(report)).toEqual(["logRedis: 3 of 7000 requests failed"]);
  });

  it("leaves out what was not measured", () => {
    const samples = new Map<StackName, Sample[]>([["log", [sample(800, { envoy: 1 })]]]);
    const bare = processorReport(
      { samples, halfLoad: undefined, streams: [], skipped: new Map() },
      { rounds: 1, seconds: 1 },
    );
    expect(bare.ratios).toEqual({});
    expect(bare).not.toHaveProperty("budgets20");
    expect(bare).not.toHaveProperty("halfLoad");
    expect(bare.streams).toEqual([]);
  });

  it("is a table for people, with why something is missing", () => {
    const text = formatProcessorReport(report);
    expect(text).toContain(
      "      log       1,150   0.78       0.78    5.00   12.00  0 of 23,000         0.25",
    );
    expect(text).toContain("  logRedis: envoy 600 (60 MiB), processor 150, redis 50");
    expect(text).toContain(
      "20 budgets on a request by one: 1.40 of the time of processor and Redis, 0.80 of",
    );
    expect(text).toContain("  log adds 0.70 ms to p50 and 1.50 ms to p99");
    expect(text).toContain("  stream adds 0.40 ms to p50 of a chunk's way, 2.50 ms to p99");
    expect(text).toContain("liteLlm is left out: there is no python3");
  });
});

describe("wrk's output", () => {
  it("is read from the line that our script prints", () => {
    const lines = [
      "Running 2s test @ http://127.0.0.1:1975",
      "  2722 requests in 3.01s, 1.12MB read",
      '{"requests":2722,"durationUs":3010749,"p50Us":16373,"p90Us":26931,"p99Us":58514,"maxUs":76370,"badStatus":2,"broken":1,"timeouts":4}',
    ];
    expect(parseWrk(lines)).toEqual({
      requests: 2722,
      seconds: 3.010749,
      p50Ms: 16.373,
      p99Ms: 58.514,
      failures: 7,
    });
  });

  it("is nothing when wrk could not connect", () => {
    expect(parseWrk(["unable to connect to 127.0.0.1:1 Connection refused"])).toBeUndefined();
  });
});

describe("the arguments of the processor's benchmark", () => {
  it("have defaults: every stack, five rounds of ten seconds", () => {
    expect(readProcessorArguments([])).toEqual({
      json: false,
      names: stackNames,
      rounds: 5,
      seconds: 10,
      warmUp: 4,
      streams: [20, 200],
      halfLoad: true,
    });
  });

  it("choose stacks, in the report's order, and parts", () => {
    const args = [
      "--only",
      "log,liteLlm,gateway",
      "--no-litellm",
      "--streams",
      "0",
      "--no-half-load",
      "--json",
    ];
    expect(readProcessorArguments(args)).toMatchObject({
      json: true,
      names: ["gateway", "log"],
      streams: [],
      halfLoad: false,
    });
  });

  it.each([
    [["--rounds", "0"], '--rounds: "0" is not a whole number from 1'],
    [["--seconds", "ten"], '--seconds: "ten" is not a whole number from 1'],
    [["--streams", "20,x"], '--streams: "x" is not a whole number from 1'],
    [["--only", "log,toString"], `--only: no stack is called toString; there are ${stackNames.join(", ")}`],
  ])("%j are refused", (args, problem) => {
    expect(readProcessorArguments(args)).toEqual({ problem });
  });

  it("are refused when an option is unknown", () => {
    expect(() => readProcessorArguments(["--round", "3"])).toThrow(TypeError);
  });
});
