import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../extproc/contract";
import { metricNames } from "../../extproc/service/metricNames";
import { createMetrics, type Metrics, type MetricsOptions } from "../../extproc/service/metrics";
import type { DecisionEvent, SettleEvent } from "../../extproc/service/telemetry";
import { noUsage } from "../../extproc/usage/usage";
import { smallPolicy } from "./support/policies";
import { samplesNamed, samplesOf } from "./support/scrapes";

function policy(document = smallPolicy()) {
  const parsed = parsePolicy(document);
  if (parsed.policy === undefined) {
    throw new Error(JSON.stringify(parsed.problems));
  }
  return parsed.policy;
}

function metrics(
  options: Partial<MetricsOptions["state"]> = {},
  more: Partial<MetricsOptions> = {},
): Metrics {
  const silent = { isPolicyStale: () => false, areKeysStale: () => false, hasStoreAnswered: () => true };
  const state = { openStreams: () => 0, liveHolds: async () => 0, ...silent, ...options };
  const made = createMetrics({ state, ...more });
  made.policyAccepted(policy());
  return made;
}

const decision: DecisionEvent = {
  outcome: "admitted",
  model: "claude",
  tier: "",
  budget: "all-minute",
  by: "store",
};
const reported = { ...noUsage, inputFresh: 10, outputText: 5, requests: 1 };
const settlement: SettleEvent = {
  model: "claude",
  endpoint: "messages",
  source: "stream",
  kind: "exact",
  ratio: 0.5,
  reported,
  sentText: true,
  nanodollars: 105_000_000,
};
/** What is told of a request when another report says nothing new. */
const repeated: SettleEvent = {
  ...settlement,
  kind: "repeated",
  ratio: undefined,
  reported: undefined,
  nanodollars: 0,
};

describe("metrics", () => {
  it("count decisions by outcome, budget, model, tier and what decided", async () => {
    const made = metrics();
    for (let count = 0; count < 3; count += 1) {
      made.decided(decision);
    }
    made.decided({ ...decision, outcome: "refused", by: "local" });
    expect(samplesNamed(await made.scrape(), "budget_decisions_total")).toEqual({
      'budget_decisions_total{outcome="admitted",budget="all-minute",model="claude",tier="",by="store"}': 3,
      'budget_decisions_total{outcome="refused",budget="all-minute",model="claude",tier="",by="local"}': 1,
    });
  });

  it("count settlements, their cost in dollars and how good the estimates were", async () => {
    const made = metrics();
    made.settled(settlement);
    made.settled({ ...settlement, source: "log", ratio: 1.2 });
    made.settled(repeated);
    const text = await made.scrape();
    expect(samplesNamed(text, "budget_settles_total")).toEqual({
      'budget_settles_total{source="stream",kind="exact",model="claude"}': 1,
      'budget_settles_total{source="log",kind="exact",model="claude"}': 1,
      'budget_settles_total{source="stream",kind="repeated",model="claude"}': 1,
    });
    expect(samplesNamed(text, "budget_cost_usd_total")['budget_cost_usd_total{model="claude"}']).toBeCloseTo(
      0.21,
      12,
    );
    const all = samplesOf(text);
    expect(all.get('budget_estimate_ratio_bucket{le="0.25",model="claude"}')).toBe(0);
    expect(all.get('budget_estimate_ratio_bucket{le="0.5",model="claude"}')).toBe(1);
    expect(all.get('budget_estimate_ratio_bucket{le="1.5",model="claude"}')).toBe(2);
    expect(all.get('budget_estimate_ratio_sum{model="claude"}')).toBeCloseTo(1.7, 12);
    expect(all.get('budget_estimate_ratio_count{model="claude"}')).toBe(2);
  });

  it("count what answers to a team cost, and corrections apart", async () => {
    const made = metrics();
    made.settled({ ...settlement, team: "search" });
    made.settled({ ...settlement, kind: "corrected", team: "search", nanodollars: -5_000_000 });
    made.settled(settlement);
    const all = samplesOf(await made.scrape());
    expect(all.get('budget_team_cost_usd_total{team="search"}')).toBeCloseTo(0.105, 12);
    expect(all.get('budget_team_cost_corrected_usd_total{team="search"}')).toBeCloseTo(0.005, 12);
    expect(all.get('budget_team_cost_usd_total{team=""}')).toBeCloseTo(0.105, 12);
  });

  it("tell two hundred teams apart, and add up all others", async () => {
    const made = metrics();
    for (let count = 0; count < 250; count += 1) {
      made.settled({ ...settlement, team: `team-${count % 225}` });
    }
    const teams = samplesNamed(await made.scrape(), "budget_team_cost_usd_total");
    expect(Object.keys(teams)).toHaveLength(201);
    expect(teams['budget_team_cost_usd_total{team="team-0"}']).toBeCloseTo(0.21, 12);
    expect(teams['budget_team_cost_usd_total{team="other"}']).toBeCloseTo(25 * 0.105, 12);
  });

  it("count what an estimate was wrong by, and never fall", async () => {
    const made = metrics();
    const costs = async () => {
      const all = samplesOf(await made.scrape());
      return ["budget_cost_usd_total", "budget_cost_corrected_usd_total"].map((name) =>
        all.get(`${name}{model="claude"}`),
      );
    };
    made.settled({ ...settlement, kind: "estimated", reported: undefined, nanodollars: 3e9 });
    expect(await costs()).toEqual([3, undefined]);
    made.settled({ ...settlement, kind: "corrected", ratio: undefined, nanodollars: -1e9 });
    expect(await costs()).toEqual([3, 1]);
    made.settled({ ...settlement, kind: "corrected", ratio: undefined, nanodollars: 2e9 });
    expect(await costs()).toEqual([5, 1]);
    const settles = samplesNamed(await made.scrape(), "budget_settles_total");
    expect(settles['budget_settles_total{source="stream",kind="corrected",model="claude"}']).toBe(2);
    const ratios = samplesOf(await made.scrape());
    expect(ratios.get('budget_estimate_ratio_count{model="claude"}')).toBe(1);
  });

  it("show where a budget stands by the fullest counter since the last scrape", async () => {
    const made = metrics();
    const figures = async () => {
      const all = samplesOf(await made.scrape());
      return ["limit", "used", "held"].map((name) =>
        all.get(`budget_${name}{budget="all-minute",unit="tokens"}`),
      );
    };
    made.standing("all-minute", "tokens", 100, 10, 5);
    made.standing("all-minute", "tokens", 100, 80, 7);
    made.standing("all-minute", "tokens", 100, 1, 0);
    expect(await figures()).toEqual([100, 80, 7]);
    expect(await figures()).toEqual([100, 80, 7]);
    made.standing("all-minute", "tokens", 100, 2, 3);
    expect(await figures()).toEqual([100, 2, 3]);
    made.standing("all-minute", "tokens", 50, 2, 0);
    expect(await figures()).toEqual([50, 2, 0]);
  });

  it("forget where a budget stands that the policy no longer has", async () => {
    const made = metrics();
    made.standing("all-minute", "tokens", 100, 10, 5);
    made.policyAccepted(policy({ ...smallPolicy(), budgets: {} }));
    expect(samplesNamed(await made.scrape(), "budget_used")).toEqual({});
  });

  it("time calls to the store, and count those that failed", async () => {
    const made = metrics();
    made.storeCall("reserve", 0.7, true);
    made.storeCall("reserve", 20, false);
    const all = samplesOf(await made.scrape());
    expect(all.get('budget_store_duration_seconds_bucket{le="0.0005",operation="reserve"}')).toBe(0);
    expect(all.get('budget_store_duration_seconds_bucket{le="0.001",operation="reserve"}')).toBe(1);
    expect(all.get('budget_store_duration_seconds_bucket{le="0.02",operation="reserve"}')).toBe(2);
    expect(all.get('budget_store_duration_seconds_sum{operation="reserve"}')).toBeCloseTo(0.0207, 12);
    expect(all.get('budget_store_errors_total{operation="reserve"}')).toBe(1);
  });

  it("count what happens seldom", async () => {
    const made = metrics();
    made.overshoot("all-minute", 12);
    made.overshoot("all-minute", 30);
    made.warned("all-minute", 0.8, true);
    made.unknownPrice("claude");
    made.overflowed("all-minute", "", "other");
    made.failure("settle_dropped", new Error("with a prompt in it"));
    made.storeState(false, "store_timeout");
    const text = await made.scrape();
    const all = samplesOf(text);
    expect(all.get('budget_overshoot_total{budget="all-minute"}')).toBe(42);
    expect(all.get('budget_warnings_total{budget="all-minute",share="0.8",delivered="true"}')).toBe(1);
    expect(all.get('budget_price_unknown_total{model="claude"}')).toBe(1);
    expect(all.get('budget_overflow_total{budget="all-minute",from="",to="other"}')).toBe(1);
    expect(all.get('budget_failures_total{code="settle_dropped"}')).toBe(1);
    expect(all.get("budget_degraded")).toBe(1);
    expect(text).not.toContain("prompt");
    made.storeState(true, "");
    expect(samplesOf(await made.scrape()).get("budget_degraded")).toBe(0);
  });

  it("count callers that nobody knows, by the reason", async () => {
    const made = metrics();
    made.callerRefused("wrong");
    made.callerRefused("wrong");
    made.callerRefused("token");
    expect(samplesNamed(await made.scrape(), "access_refusals_total")).toEqual({
      'access_refusals_total{reason="wrong"}': 2,
      'access_refusals_total{reason="token"}': 1,
    });
  });

  it("ask for streams, holds and the policy when they are scraped", async () => {
    let streams = 3;
    let holds: number | undefined = 7;
    let isStale = true;
    const made = metrics({
      openStreams: () => streams,
      liveHolds: async () => holds,
      isPolicyStale: () => isStale,
      areKeysStale: () => !isStale,
    });
    made.policyRefused();
    made.keysLoaded(false);
    const first = samplesOf(await made.scrape());
    expect(first.get("budget_streams_open")).toBe(3);
    expect(first.get("budget_holds_live")).toBe(7);
    expect(first.get("budget_policy_stale")).toBe(1);
    expect(first.get("access_keys_stale")).toBe(0);
    expect(first.get('access_key_loads_total{result="refused"}')).toBe(1);
    expect(first.get('budget_policy_loads_total{result="accepted"}')).toBe(1);
    expect(first.get('budget_policy_loads_total{result="refused"}')).toBe(1);
    [streams, holds, isStale] = [0, undefined, false];
    const second = samplesOf(await made.scrape());
    expect(second.get("budget_streams_open")).toBe(0);
    expect(second.get("budget_policy_stale")).toBe(0);
    expect(second.get("access_keys_stale")).toBe(1);
    // No figure, instead of one of then.
    expect(second.has("budget_holds_live")).toBe(false);
  });

  it("name the policy in force, and no other", async () => {
    const made = metrics();
    const next = policy(smallPolicy(500));
    made.policyAccepted(next);
    expect(samplesNamed(await made.scrape(), "budget_policy_info")).toEqual({
      [`budget_policy_info{id="${next.id}"}`]: 1,
    });
  });
});

describe("labels", () => {
  it("are names of the policy, whatever is told: clients cannot make up more", async () => {
    const made = metrics();
    for (let count = 0; count < 1_000; count += 1) {
      made.decided({ ...decision, model: `made-up-${count}`, budget: `b-${count}`, tier: `t-${count}` });
      made.settled({ ...settlement, model: `made-up-${count}` });
      made.standing(`b-${count}`, "tokens", 10, 1, 1);
      made.unknownPrice(`alice-${count}`);
      made.overflowed(`b-${count}`, "x", "y");
    }
    const text = await made.scrape();
    expect(text).not.toMatch(/made-up|alice|b-\d/);
    expect(samplesNamed(text, "budget_decisions_total")).toEqual({
      'budget_decisions_total{outcome="admitted",budget="other",model="other",tier="other",by="store"}': 1_000,
    });
    expect(samplesNamed(text, "budget_price_unknown_total")).toEqual({
      'budget_price_unknown_total{model="other"}': 1_000,
    });
    expect(samplesNamed(text, "budget_used")).toEqual({});
    expect(samplesOf(text).get('budget_estimate_ratio_count{model="other"}')).toBe(1_000);
  });

  it("are escaped", async () => {
    const name = 'a"b\\c';
    const made = metrics();
    made.policyAccepted(policy({ ...smallPolicy(), models: { [name]: { backends: { b: {} } } } }));
    made.unknownPrice(name);
    expect([...samplesOf(await made.scrape()).keys()]).toContain(
      'budget_price_unknown_total{model="a\\"b\\\\c"}',
    );
  });

  it("keep models and budgets apart whose names run together", async () => {
    const made = metrics();
    const models = { a: smallPolicy().models["claude"], "a,b": smallPolicy().models["claude"] };
    made.policyAccepted(policy({ ...smallPolicy(), models: JSON.parse(JSON.stringify(models)) }));
    made.unknownPrice("a");
    made.unknownPrice("a,b");
    expect(Object.values(samplesNamed(await made.scrape(), "budget_price_unknown_total"))).toEqual([1, 1]);
  });
});

describe("further metrics", () => {
  const genAi = "gen_ai_client_inference_usage_";
  const tokensOf = (text: string) =>
    Object.fromEntries([...samplesOf(text)].filter(([key]) => key.startsWith(genAi)));

  it("count tokens by the GenAI conventions only when they are asked for", async () => {
    const [without, made] = [metrics(), metrics({}, { genAi: true })];
    for (const one of [without, made]) {
      one.settled(settlement);
      one.settled(repeated);
    }
    expect(await without.scrape()).not.toContain("gen_ai");
    const labels =
      '{gen_ai_operation_name="chat",gen_ai_request_model="claude",gen_ai_token_modality="text"}';
    expect(tokensOf(await made.scrape())).toEqual({
      [`${genAi}input_tokens_total${labels}`]: 10,
      [`${genAi}output_tokens_total${labels}`]: 5,
    });
  });

  it("count every class of tokens that a provider reports, and no estimate", async () => {
    const made = metrics({}, { genAi: true });
    const all = {
      ...{ inputFresh: 1, cachedRead: 20, cacheWrite5m: 300, cacheWrite1h: 4_000, audioIn: 50_000 },
      ...{ outputText: 6, reasoning: 70, audioOut: 800, images: 9, requests: 1 },
    };
    made.settled({ ...settlement, kind: "estimated", reported: undefined });
    made.settled({ ...settlement, endpoint: "chat", kind: "corrected", reported: all });
    const labels = (modality: string) =>
      `{gen_ai_operation_name="chat",gen_ai_request_model="claude",gen_ai_token_modality="${modality}"}`;
    expect(tokensOf(await made.scrape())).toEqual({
      [`${genAi}input_tokens_total${labels("text")}`]: 4_321,
      [`${genAi}input_tokens_total${labels("audio")}`]: 50_000,
      [`${genAi}output_tokens_total${labels("text")}`]: 76,
      [`${genAi}output_tokens_total${labels("audio")}`]: 800,
      [`${genAi}cache_read_input_tokens_total${labels("text")}`]: 20,
      [`${genAi}cache_write_input_tokens_total${labels("text")}`]: 4_300,
      [`${genAi}reasoning_output_tokens_total${labels("text")}`]: 70,
    });
  });

  it.each([
    ["responses", "chat", "text"],
    ["completions", "text_completion", "text"],
    ["embeddings", "embeddings", "text"],
    ["images", "image_generation", "image"],
    ["speech", "text_to_speech", "audio"],
    ["transcriptions", "transcription", "text"],
    ["translations", "translation", "text"],
    ["rerank", "rerank", "text"],
  ] as const)("name the operation and what came back: %s", async (endpoint, operation, modality) => {
    const made = metrics({}, { genAi: true });
    made.settled({ ...settlement, endpoint, sentText: false });
    const labels = (of: string) =>
      `{gen_ai_operation_name="${operation}",gen_ai_request_model="claude",gen_ai_token_modality="${of}"}`;
    expect(tokensOf(await made.scrape())).toEqual({
      [`${genAi}input_tokens_total${labels("unknown")}`]: 10,
      [`${genAi}output_tokens_total${labels(modality)}`]: 5,
    });
  });

  it("are those of the process, however many processors it has", async () => {
    const [one, other] = [metrics({}, { ofProcess: true }), metrics({}, { ofProcess: true })];
    for (const made of [one, other]) {
      const all = samplesOf(await made.scrape());
      expect(all.get("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
    }
    expect(await metrics().scrape()).not.toContain("process_");
  });
});

it("the documentation names every metric", () => {
  const text = readFileSync(join(__dirname, "../../docs/processor.md"), "utf8");
  for (const name of Object.values(metricNames)) {
    expect(text).toContain(`\`${name}`);
  }
});
