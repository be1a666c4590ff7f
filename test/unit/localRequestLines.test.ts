import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type AccessLogEntry, parseAccessLogLine } from "../../cli/local/accessLog";
import { RequestLines } from "../../cli/local/requestLines";
import { noUsage } from "../../extproc/contract";
import type { RequestSummary } from "../../extproc/service/summary";

const entryOf = (requestId: string, path = "/v1/chat/completions"): AccessLogEntry => {
  const entry = parseAccessLogLine(JSON.stringify({ requestId, path, method: "POST", status: 200 }));
  if (entry === undefined) {
    throw new Error("not an entry");
  }
  return entry;
};

const summaryOf = (
  requestId: string,
  nanodollars: number,
  kind: RequestSummary["kind"] = "exact",
): RequestSummary => ({
  requestId,
  model: "m",
  tier: "",
  backend: "ns/m",
  outcome: "admitted",
  refusedBy: undefined,
  kind,
  usage: noUsage,
  nanodollars,
  budgets: [],
});

describe("RequestLines", () => {
  let shown: [string, number | undefined][];
  let lines: RequestLines;
  beforeEach(() => {
    vi.useFakeTimers();
    shown = [];
    lines = new RequestLines({
      show: ({ requestId }, summary) => shown.push([requestId, summary?.nanodollars]),
      isCounted: ({ path }) => path !== "/v1/models",
      waitMs: 1_500,
    });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("shows an entry at once when its summary was there before it", () => {
    lines.addSummary(summaryOf("a", 1));
    expect(shown).toEqual([]);
    lines.addEntry(entryOf("a"));
    expect(shown).toEqual([["a", 1]]);
  });

  it("waits for a summary, and no longer than it may", () => {
    lines.addEntry(entryOf("a"));
    lines.addEntry(entryOf("b"));
    vi.advanceTimersByTime(1_000);
    expect(shown).toEqual([]);
    lines.addSummary(summaryOf("a", 1));
    expect(shown).toEqual([["a", 1]]);
    vi.advanceTimersByTime(499);
    expect(shown).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(shown).toEqual([
      ["a", 1],
      ["b", undefined],
    ]);
  });

  it("keeps the order of the access log", () => {
    lines.addEntry(entryOf("slow"));
    vi.advanceTimersByTime(400);
    lines.addEntry(entryOf("quick"));
    lines.addEntry(entryOf("list", "/v1/models"));
    lines.addSummary(summaryOf("quick", 2));
    expect(shown).toEqual([]);
    vi.advanceTimersByTime(1_100);
    expect(shown).toEqual([
      ["slow", undefined],
      ["quick", 2],
      ["list", undefined],
    ]);
  });

  it("does not wait for what nobody counts", () => {
    lines.addEntry(entryOf("list", "/v1/models"));
    expect(shown).toEqual([["list", undefined]]);
  });

  it("gives requests of one id their summaries in order", () => {
    lines.addSummary(summaryOf("a", 1));
    lines.addSummary(summaryOf("a", 2));
    lines.addEntry(entryOf("a"));
    lines.addEntry(entryOf("a"));
    lines.addEntry(entryOf("a"));
    lines.addSummary(summaryOf("a", 3));
    expect(shown).toEqual([
      ["a", 1],
      ["a", 2],
      ["a", 3],
    ]);
  });

  it("prefers an exact report to the estimate that it corrects", () => {
    lines.addSummary(summaryOf("a", 1, "estimated"));
    lines.addSummary(summaryOf("a", 2));
    lines.addEntry(entryOf("a"));
    lines.addEntry(entryOf("b"));
    lines.addEntry(entryOf("c"));
    lines.addSummary(summaryOf("c", 3, "estimated"));
    lines.addSummary(summaryOf("c", 4));
    lines.addSummary(summaryOf("b", 5));
    expect(shown).toEqual([
      ["a", 2],
      ["b", 5],
      ["c", 4],
    ]);
  });

  it("shows what waits when it is told to end", () => {
    lines.addEntry(entryOf("a"));
    lines.addEntry(entryOf("b"));
    lines.addSummary(summaryOf("b", 2));
    lines.flush();
    expect(shown).toEqual([
      ["a", undefined],
      ["b", 2],
    ]);
    vi.advanceTimersByTime(5_000);
    expect(shown).toHaveLength(2);
  });

  it("forgets summaries that no entry asks for", () => {
    for (let n = 0; n < 1_001; n += 1) {
      lines.addSummary(summaryOf(`n${n}`, n));
    }
    lines.addEntry(entryOf("n0"));
    lines.addEntry(entryOf("n1"));
    vi.advanceTimersByTime(1_500);
    expect(shown).toEqual([
      ["n0", undefined],
      ["n1", 1],
    ]);
  });
});
