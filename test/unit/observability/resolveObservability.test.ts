import { describe, expect, it } from "vitest";
import type { ObservabilityArgs } from "../../../components/observability/observabilityArgs";
import { resolveObservability } from "../../../components/observability/resolveObservability";
import { DeclarationError } from "../../../components/shared/problems";

const namespace = "monitoring";

function problemsOf(args: ObservabilityArgs): readonly string[] {
  try {
    resolveObservability("prod", args);
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems.map(({ path, reason }) => `${path}: ${reason}`);
    }
    throw error;
  }
  return [];
}

describe("dashboard and alerts", () => {
  it("have these defaults", () => {
    expect(resolveObservability("prod", { namespace })).toEqual({
      objectName: "prod-observability",
      namespace,
      series: { processor: {}, aiGateway: {}, envoy: {} },
      dashboard: { title: "AI gateway: prod", folder: undefined, labels: { grafana_dashboard: "1" } },
      alerts: { labels: {}, alertLabels: {}, nearlySpent: 0.9, lostReports: 0.01 },
    });
  });

  it("are as they are declared", () => {
    const labels = { release: "kube-prometheus-stack" };
    const series = { processor: { namespace: "envoy-gateway-system" } };
    expect(
      resolveObservability("prod", {
        namespace,
        series,
        dashboard: { title: "Models", folder: "AI", labels: { "example.com/dashboard": "yes" } },
        alerts: { labels, alertLabels: { team: "platform" }, nearlySpent: 1, lostReports: 0.5 },
      }),
    ).toEqual({
      objectName: "prod-observability",
      namespace,
      series: { ...series, aiGateway: {}, envoy: {} },
      dashboard: { title: "Models", folder: "AI", labels: { "example.com/dashboard": "yes" } },
      alerts: { labels, alertLabels: { team: "platform" }, nearlySpent: 1, lostReports: 0.5 },
    });
  });

  it("can be left out one at a time", () => {
    const off = { enabled: false };
    expect(resolveObservability("prod", { namespace, dashboard: off }).dashboard).toBeUndefined();
    expect(resolveObservability("prod", { namespace, alerts: off }).alerts).toBeUndefined();
    expect(problemsOf({ namespace, dashboard: off, alerts: off })).toEqual([
      "alerts.enabled: is false beside the dashboard's; switch one of them on, or leave the component out",
    ]);
  });

  it("are refused with all problems at once", () => {
    expect(
      problemsOf({
        namespace: "Monitoring",
        dashboard: { title: " ", labels: { "a/b/c": "1", a: "white space" } },
        alerts: {
          labels: { "-x": "1" },
          alertLabels: { severity: "page", "my-team": "a" },
          nearlySpent: 1.1,
          lostReports: 1,
        },
        series: { envoy: { "app.kubernetes.io/name": "envoy", __name__: "x" } },
      }).map((problem) => problem.slice(0, problem.indexOf(":"))),
    ).toEqual([
      "namespace",
      'series["envoy"]["app.kubernetes.io/name"]',
      'series["envoy"]["__name__"]',
      "dashboard.title",
      'dashboard.labels["a/b/c"]',
      'dashboard.labels["a"]',
      'alerts.labels["-x"]',
      'alerts.alertLabels["my-team"]',
      "alerts.alertLabels.severity",
      "alerts.nearlySpent",
      "alerts.lostReports",
    ]);
  });

  it.each([0, -1, Number.NaN, 1.01])("take no share of %d", (share) => {
    expect(problemsOf({ namespace, alerts: { nearlySpent: share } })).toEqual([
      `alerts.nearlySpent: ${share} is no share of a budget; use more than 0, and at most 1`,
    ]);
  });

  it("are refused with a member that nothing reads", () => {
    const misspelt = { namespace, alert: { enabled: false } } as ObservabilityArgs;
    expect(problemsOf(misspelt)[0]).toMatch(/^alert: .*alerts/);
  });
});
