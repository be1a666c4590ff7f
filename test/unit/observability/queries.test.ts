import { beforeAll, describe, expect, it } from "vitest";
import { alertRules } from "../../../components/observability/alertRules";
import { type Panel, panelRows } from "../../../components/observability/panels";
import type { ResolvedSeries } from "../../../components/observability/resolvedObservability";
import { resolveObservability } from "../../../components/observability/resolveObservability";
import { seriesOf } from "../../../components/observability/seriesOf";
import { metricNames, parsePolicy } from "../../../extproc/contract";
import { createMetrics } from "../../../extproc/service/metrics";
import { noUsage } from "../../../extproc/usage/usage";
import { observedSeries } from "../../support/observedSeries";
import { labelsOf, promQl, type SelectorsOf } from "../../support/promQl";

let selectorsOf: SelectorsOf;
beforeAll(async () => {
  selectorsOf = await promQl();
});

const everything: ResolvedSeries = { processor: {}, aiGateway: {}, envoy: {} };
const { alerts } = resolveObservability("prod", { namespace: "monitoring" });

function panels(series = everything): readonly Panel[] {
  return panelRows(seriesOf(series)).flatMap((row) => row.panels);
}

function rules(series = everything) {
  return alerts === undefined ? [] : alertRules(alerts, seriesOf(series));
}

/** Every query, by where it stands. */
function queries(series = everything): readonly (readonly [string, string])[] {
  return [
    ...panels(series).flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
    ...rules(series).map(({ alert, expr }) => [alert, expr] as const),
  ];
}

/** What the processor tells of itself after everything has happened that it counts. */
async function processorScrape(): Promise<string> {
  const state = {
    ...{ openStreams: () => 1, liveHolds: async () => 1, hasStoreAnswered: () => true },
    ...{ isPolicyStale: () => false, areKeysStale: () => false },
  };
  const metrics = createMetrics({ state });
  const { policy } = parsePolicy({
    version: 1,
    models: { m: { backends: { a: {} } } },
    budgets: { b: { limit: { tokens: 100 }, period: "day" } },
  });
  if (policy === undefined) {
    throw new Error("the policy is wrong");
  }
  metrics.policyAccepted(policy);
  metrics.decided({ outcome: "refused", model: "m", tier: "", budget: "b", by: "store" });
  metrics.callerRefused("wrong");
  for (const nanodollars of [1, -1]) {
    metrics.settled({
      ...{ model: "m", endpoint: "chat", source: "log", kind: "exact", ratio: 1, reported: noUsage },
      ...{ sentText: true, nanodollars, team: "search" },
    });
  }
  metrics.standing("b", "tokens", 100, 1, 1);
  metrics.overshoot("b", 1);
  metrics.storeCall("reserve", 1, false);
  metrics.storeState(true, "");
  metrics.warned("b", 0.5, true);
  metrics.unknownPrice("m");
  metrics.overflowed("b", "", "t");
  metrics.failure("code", new Error());
  return metrics.scrape();
}

describe("the queries", () => {
  it("are PromQL, all of them", () => {
    expect(queries().length).toBeGreaterThan(40);
    for (const [title, query] of queries()) {
      expect(selectorsOf(query).length, title).toBeGreaterThan(0);
    }
  });

  it("ask for metrics that somebody emits, by labels that these have", async () => {
    const known = new Map<string, ReadonlySet<string>>([
      ...labelsOf(await processorScrape()),
      ...Object.entries(observedSeries).map(([name, labels]) => [name, new Set(labels)] as const),
    ]);
    const missing = queries().flatMap(([title, query]) =>
      selectorsOf(query).flatMap(({ metric, labels }) => {
        const own = known.get(metric);
        return own === undefined
          ? [`${title}: nobody emits ${metric}`]
          : labels.filter((label) => !own.has(label)).map((label) => `${title}: ${metric} has no ${label}`);
      }),
    );
    expect(missing).toEqual([]);
  });

  it("name in their legends what their results have", () => {
    for (const { title, targets } of panels()) {
      for (const { expr, legend } of targets) {
        const kept = new Set(selectorsOf(expr).flatMap(({ labels }) => labels));
        for (const [, label = ""] of legend.matchAll(/\{\{(\w+)\}\}/g)) {
          expect([...kept], title).toContain(label);
        }
      }
    }
  });

  it("cover every figure of the processor but those of other places", () => {
    const asked = new Set(queries().flatMap(([, query]) => selectorsOf(query).map(({ metric }) => metric)));
    const unasked = Object.values(metricNames).filter(
      (name) => ![name, `${name}_bucket`].some((one) => asked.has(one)),
    );
    // What the GenAI conventions count AI Gateway counts, too; warnings go to the webhook, loads to the log.
    expect(unasked.filter((name) => !name.startsWith("gen_ai_"))).toEqual([
      "budget_warnings_total",
      "budget_policy_loads_total",
      "access_key_loads_total",
    ]);
  });

  it("keep to the series that are meant", () => {
    const series = { processor: { namespace: "p" }, aiGateway: { job: 'a"b\\' }, envoy: { cluster: "e" } };
    for (const [title, query] of queries(series)) {
      for (const { metric, labels } of selectorsOf(query)) {
        const label = /^(budget|access)_/.test(metric)
          ? "namespace"
          : metric.startsWith("gen_ai_")
            ? "job"
            : "cluster";
        expect(labels, `${title}: ${metric}`).toContain(label);
      }
      expect(query).not.toContain('job="a"b');
    }
  });
});

describe("the alerts", () => {
  it("are those that the processor's metrics are worth", () => {
    expect(rules().map(({ alert, labels }) => [alert, labels["severity"]])).toEqual([
      ["AiBudgetProcessorAbsent", "critical"],
      ["AiBudgetProcessorBypassed", "critical"],
      ["AiBudgetPassedBy", "critical"],
      ["AiBudgetStoreDown", "critical"],
      ["AiBudgetOverspent", "warning"],
      ["AiBudgetNearlySpent", "info"],
      ["AiBudgetHoldsLeaked", "warning"],
      ["AiBudgetReportsLost", "warning"],
      ["AiBudgetLogUnreadable", "warning"],
      ["AiBudgetSettlementsDropped", "warning"],
      ["AiBudgetPolicyStale", "warning"],
      ["AiBudgetPoliciesDiffer", "warning"],
      ["AiBudgetPriceUnknown", "warning"],
      ["AiAccessKeysStale", "warning"],
    ]);
  });

  it("say what to do, and use no label that their result lacks", () => {
    for (const { alert, expr, annotations } of rules()) {
      const texts = Object.values(annotations).join(" ");
      expect(annotations.description.length, alert).toBeGreaterThan(40);
      const kept = new Set(selectorsOf(expr).flatMap(({ labels }) => labels));
      for (const [, label = ""] of texts.matchAll(/\$labels\.(\w+)/g)) {
        expect([...kept], alert).toContain(label);
      }
    }
  });

  it("take their thresholds and labels from the declaration", () => {
    const declared = { nearlySpent: 0.5, lostReports: 0.2, alertLabels: { team: "platform" } };
    const plan = resolveObservability("prod", { namespace: "monitoring", alerts: declared });
    const all = plan.alerts === undefined ? [] : alertRules(plan.alerts, seriesOf(everything));
    const exprOf = (name: string) => all.find(({ alert }) => alert === name)?.expr;
    expect(exprOf("AiBudgetNearlySpent")).toMatch(/ > 0\.5$/);
    expect(exprOf("AiBudgetReportsLost")).toMatch(/ > 0\.2$/);
    expect(all.every(({ labels }) => labels["team"] === "platform")).toBe(true);
  });
});

describe("the check of the queries", () => {
  it.each(["sum(", "rate(a[5m", "sum by (a", "a{b=}", "a b", ""])("refuses %j", (query) => {
    expect(() => {
      if (selectorsOf(query).length === 0) {
        throw new Error("no selector");
      }
    }).toThrow();
  });

  it("finds metrics, matched labels and those that aggregations keep", () => {
    expect(selectorsOf('sum by (le, x) (rate(a_bucket{y=~"z"}[$__rate_interval])) / on (w) max(b)')).toEqual([
      { metric: "a_bucket", labels: ["le", "x", "y"] },
      { metric: "b", labels: [] },
    ]);
  });

  it("reads the labels of a scrape", () => {
    expect(labelsOf('# TYPE a counter\na{b="1,c=\\"2\\"",d="}"} 1\na 2\nb_sum 3 1700000000\n')).toEqual(
      new Map([
        ["a", new Set(["b", "d"])],
        ["b_sum", new Set()],
      ]),
    );
  });
});
