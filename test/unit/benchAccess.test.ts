import { describe, expect, it } from "vitest";
import { parseKeys, parsePolicy } from "../../extproc/contract";
import { accessFiles, benchKey, benchModels } from "../bench/access/documents";
import { accessReport, formatAccessReport } from "../bench/access/report";

describe("what the benchmark of access tells a processor", () => {
  const size = { keys: 10_000, rules: 1_000 };
  const files = accessFiles(size);

  it("fits into a ConfigMap and a Secret", () => {
    expect(Buffer.byteLength(files.policy)).toBeLessThan(1_048_576);
    expect(Buffer.byteLength(files.keys)).toBeLessThan(1_048_576);
  });

  it("has so many keys and rules, and each key's team may call one of two models", () => {
    const { keys } = parseKeys(JSON.parse(files.keys));
    const access = parsePolicy(JSON.parse(files.policy)).policy?.access;
    expect([keys?.size, access?.keys?.size, access?.rules?.all.length]).toEqual([10_000, 10_000, 1_000]);
    for (const index of [0, 1, 999, 1_000, 7_919, 9_999]) {
      const { name = "" } = keys?.find(benchKey(index)) ?? {};
      const attributes = access?.keys?.get(name)?.attributes ?? new Map();
      const subject = { attributes, groups: new Map() };
      const { open, closed } = benchModels(index, size);
      expect([open, closed].map((model) => access?.rules?.mayCall(subject, model))).toEqual([true, false]);
    }
  });

  it("changes everywhere from one generation to the next", () => {
    const next = accessFiles({ ...size, generation: 1 });
    const [before, after] = [files, next].map((one) => parsePolicy(JSON.parse(one.policy)).policy?.access);
    expect(after?.keys?.get("key-5")).not.toEqual(before?.keys?.get("key-5"));
    expect(after?.rules?.all[5]).not.toEqual(before?.rules?.all[5]);
    expect(next.keys).toBe(files.keys);
  });

  it("is one key and no rule to compare with", () => {
    const { policy } = parsePolicy(JSON.parse(accessFiles({ keys: 1, rules: 0 }).policy));
    expect([policy?.access?.keys?.size, policy?.access?.rules]).toEqual([1, undefined]);
  });
});

describe("the report of the benchmark of access", () => {
  const settings = { keys: 10_000, rules: 1_000, rounds: 3, requests: 10, reloads: 3 };
  const reloads = (...times: number[]) => times.map((ms) => ({ ms, cpuMs: ms / 2 }));
  const rounds = [
    { oneKey: 0.5, oneKeyAgain: 0.51, all: 0.52 },
    { oneKey: 0.6, oneKeyAgain: 0.58, all: 0.61 },
    { oneKey: 0.9, oneKeyAgain: 0.9, all: 0.95 },
  ];
  const report = accessReport(
    settings,
    { policyBytes: 900_000, keysBytes: 600_000 },
    reloads(400, 90, 100),
    rounds,
  );

  it("compares within each round", () => {
    expect(report).toMatchObject({
      reload: { firstMs: 400, medianMs: 100, worstMs: 400, medianCpuMs: 50, isMet: true },
      latency: {
        p50Ms: { oneKey: 0.6, oneKeyAgain: 0.58, all: 0.61 },
        addedMs: 0.02,
        addedByRound: [0.02, 0.01, 0.05],
        noiseMs: 0,
        noiseByRound: [0.01, -0.02, 0],
        isMet: true,
      },
    });
  });

  it("says what is missed", () => {
    const slow = rounds.map((one) => ({ ...one, all: one.all + 0.1 }));
    const missed = accessReport(settings, report.files, reloads(1_000.1, 5, 5), slow);
    expect([missed.reload.isMet, missed.latency.isMet]).toEqual([false, false]);
    const text = formatAccessReport(missed);
    expect(text.match(/MISSED/g)).toHaveLength(2);
    expect(text).toContain("10,000 keys, 1,000 rules");
    expect(formatAccessReport(report)).not.toContain("MISSED");
  });
});
