import { describe, expect, it } from "vitest";
import { Settle } from "../../components/budgets/budgetArgs";
import { imageNodeOptions } from "../bench/processor/processorStack";
import { type Check, checksOf, type MemorySample, type SoakOutcome } from "../bench/soak/checks";
import { metricSum, metricValues } from "../bench/soak/metrics";

/** One sample for every hundredth of the requests. */
function memory(requests: number, rssMiB: (share: number) => number): readonly MemorySample[] {
  return Array.from({ length: 101 }, (_, index) => ({
    sent: (index / 100) * requests,
    rssMiB: rssMiB(index / 100),
  }));
}

const good: SoakOutcome = {
  requests: 200_000,
  mode: Settle.Log,
  client: {
    sent: 200_000,
    answered: 140_000,
    streamed: 40_000,
    cut: 10_000,
    refused: 10_000,
    lost: 0,
    unexpected: 0,
  },
  delivered: 96_000_000,
  deliveredCut: 5_000_000,
  charged: 96_000_000,
  chargedCut: 5_500_000,
  holds: 0,
  failures: 0,
  settles: { "stream exact": 180_000, "stream nothing": 10_000, "log estimated": 10_000 },
  memory: memory(200_000, (share) => (share < 0.2 ? 60 + 400 * share : 150)),
};

function failing(outcome: SoakOutcome): readonly Check[] {
  return checksOf(outcome).filter(({ isMet }) => !isMet);
}

describe("the checks of a soak", () => {
  it("are met by a good one", () => {
    expect(failing(good)).toEqual([]);
    expect(checksOf(good)).toHaveLength(7);
  });

  it("notice a lost answer, and one with a status that nobody asked for", () => {
    const client = { ...good.client, answered: 139_998, lost: 1, unexpected: 1, firstBad: "status 503" };
    expect(failing({ ...good, client })).toEqual([
      {
        name: "every request was answered as asked",
        isMet: false,
        detail: "199998 of 200000, 1 lost, 1 with another status; first: status 503",
      },
    ]);
  });

  const exactness = "complete answers are charged exactly";

  it("notice a request that nobody counted", () => {
    const settles = { ...good.settles, "log estimated": 9_999 };
    expect(
      failing({ ...good, settles, client: { ...good.client, cut: 9_999 } }).map(({ name }) => name),
    ).toEqual(["every request was answered as asked"]);
  });

  it("notice a single token too few or too many", () => {
    for (const charged of [good.charged - 1, good.charged + 1]) {
      expect(failing({ ...good, charged }).map(({ name }) => name)).toEqual([exactness]);
    }
  });

  it("notice a complete answer that was estimated, even if the sum is right", () => {
    for (const mode of [Settle.Log, Settle.Stream]) {
      const settles = { "stream exact": 179_999, "stream nothing": 10_000, "log estimated": 10_001 };
      expect(failing({ ...good, mode, settles })).toEqual([
        {
          name: exactness,
          isMet: false,
          detail: "96000000 tokens charged, 96000000 delivered, 1 complete answers estimated",
        },
      ]);
    }
  });

  it("notice cut streams that are charged too little or too much", () => {
    for (const chargedCut of [3_700_000, 6_300_000]) {
      expect(failing({ ...good, chargedCut }).map(({ detail }) => detail)).toEqual([
        `${chargedCut} tokens charged, 5000000 delivered`,
      ]);
    }
  });

  it("notice what is still held, and failures of the processor", () => {
    expect(failing({ ...good, holds: 1, failures: 2 }).map(({ detail }) => detail)).toEqual([
      "1 reservations are open",
      "2 failures",
    ]);
  });

  it("notice memory that grows, or that is too much", () => {
    const growing = memory(good.requests, (share) => 100 + 20 * share);
    expect(failing({ ...good, memory: growing }).map(({ detail }) => detail)).toEqual([
      "106 MiB after the warm-up, 118 MiB at the end",
    ]);
    const peaking = memory(good.requests, (share) => (share === 0.5 ? 200 : 150));
    expect(failing({ ...good, memory: peaking }).map(({ detail }) => detail)).toEqual(["at most 200 MiB"]);
    expect(failing({ ...good, memory: [] }).map(({ detail }) => detail)).toEqual(["at most 0 MiB"]);
  });

  it("do not judge growth of a short one", () => {
    const growing = memory(99_999, (share) => 50 + 100 * share);
    const client = { ...good.client, answered: 39_999 };
    expect(failing({ ...good, requests: 99_999, client, memory: growing })).toEqual([]);
  });
});

describe("metrics as text", () => {
  const text = [
    "# HELP budget_used Spent",
    "# TYPE budget_used gauge",
    'budget_used{budget="whole",unit="tokens"} 3840000',
    'budget_used{budget="cut",unit="tokens"} 1.5e3',
    "budget_holds_live 0",
    'budget_settles_total{source="stream",kind="exact",model="a"} 5',
    'budget_settles_total{source="stream",kind="exact",model="b"} 7',
    'budget_settles_total{source="log",kind="estimated",model="a"} 2',
    "",
  ].join("\n");

  it("give the sum of a metric's series, or of those with a label", () => {
    expect(metricSum(text, "budget_used")).toBe(3_841_500);
    expect(metricSum(text, "budget_used", { budget: "whole" })).toBe(3_840_000);
    expect(metricSum(text, "budget_used", { budget: "who" })).toBe(0);
    expect(metricSum(text, "budget_holds_live")).toBe(0);
    expect(metricSum(text, "budget")).toBe(0);
  });

  it("give values by some of the labels", () => {
    expect(metricValues(text, "budget_settles_total", ["source", "kind"])).toEqual({
      "stream exact": 12,
      "log estimated": 2,
    });
  });
});

describe("the processor of a benchmark", () => {
  it("runs with the image's options of Node", () => {
    const dockerfile =
      'FROM x\nENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=16", "/app/processor.cjs"]\n';
    expect(imageNodeOptions(dockerfile)).toEqual(["--max-semi-space-size=16"]);
    expect(imageNodeOptions('ENTRYPOINT ["/nodejs/bin/node", "/app/processor.cjs"]')).toEqual([]);
    expect(() => imageNodeOptions("FROM x\n")).toThrow("names no entrypoint");
  });
});
