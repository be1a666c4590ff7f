import { checkMembers } from "../models/checkMembers";
import { checkNamespace, isLabelName, isLabelValue, objectName } from "../shared/names";
import { at, Problems } from "../shared/problems";
import {
  type AlertsArgs,
  type DashboardArgs,
  type ObservabilityArgs,
  observabilityMembers,
} from "./observabilityArgs";
import type { ResolvedAlerts, ResolvedDashboard, ResolvedObservability } from "./resolvedObservability";

/** What is not said otherwise. */
export const observabilityDefaults = Object.freeze({
  /** What the sidecar of Grafana's Helm chart looks for. */
  dashboardLabels: Object.freeze({ grafana_dashboard: "1" }),
  nearlySpent: 0.9,
  lostReports: 0.01,
});

type Labels = Readonly<Record<string, string>>;

/**
 * Fills in the defaults and checks the whole declaration.
 *
 * @throws DeclarationError with all problems at once.
 */
export function resolveObservability(name: string, args: ObservabilityArgs): ResolvedObservability {
  const subject = `Observability "${name}"`;
  const problems = new Problems();
  checkMembers(args, problems, observabilityMembers);
  problems.throwIfAny(subject);
  const { namespace, dashboard = {}, alerts = {}, series = {} } = args;
  checkNamespace("namespace", namespace, problems);
  if (dashboard.enabled === false && alerts.enabled === false) {
    problems.add(
      "alerts.enabled",
      "is false beside the dashboard's; switch one of them on, or leave the component out",
    );
  }
  const sources = { processor: {}, aiGateway: {}, envoy: {}, ...series };
  for (const [source, labels] of Object.entries(sources)) {
    checkSeries(at("series", source), labels, problems);
  }
  const resolved = {
    objectName: objectName(`${name}-observability`),
    namespace,
    series: sources,
    dashboard: resolveDashboard(name, dashboard, problems),
    alerts: resolveAlerts(alerts, problems),
  };
  problems.throwIfAny(subject);
  return resolved;
}

function resolveDashboard(
  name: string,
  { enabled = true, title = `AI gateway: ${name}`, folder, labels }: DashboardArgs,
  problems: Problems,
): ResolvedDashboard | undefined {
  if (title.trim() === "" || title.length > 100) {
    problems.add("dashboard.title", `"${title}" has no or too many characters; use 1 to 100`);
  }
  const all = labels ?? observabilityDefaults.dashboardLabels;
  checkLabels("dashboard.labels", all, problems);
  return enabled ? { title, folder, labels: all } : undefined;
}

function resolveAlerts(args: AlertsArgs, problems: Problems): ResolvedAlerts | undefined {
  const { enabled = true, labels = {}, alertLabels = {} } = args;
  const { nearlySpent = observabilityDefaults.nearlySpent, lostReports = observabilityDefaults.lostReports } =
    args;
  checkLabels("alerts.labels", labels, problems);
  checkSeries("alerts.alertLabels", alertLabels, problems);
  if (alertLabels["severity"] !== undefined) {
    problems.add(
      "alerts.alertLabels.severity",
      "is each alert's own; leave it out, and route by the alert's name",
    );
  }
  if (!(nearlySpent > 0 && nearlySpent <= 1)) {
    problems.add(
      "alerts.nearlySpent",
      `${nearlySpent} is no share of a budget; use more than 0, and at most 1`,
    );
  }
  if (!(lostReports > 0 && lostReports < 1)) {
    problems.add(
      "alerts.lostReports",
      `${lostReports} is no share of settlements; use more than 0, and less than 1`,
    );
  }
  return enabled ? { labels, alertLabels, nearlySpent, lostReports } : undefined;
}

/** Labels of Kubernetes objects. */
function checkLabels(path: string, labels: Labels, problems: Problems): void {
  for (const [key, value] of Object.entries(labels)) {
    const [prefix, name = prefix, ...more] = key.split("/");
    if (!isLabelName(name ?? "") || more.length > 0) {
      problems.add(
        at(path, key),
        "is not the key of a label; use letters, digits and -_. behind at most one slash",
      );
    }
    if (!isLabelValue(value)) {
      problems.add(
        at(path, key),
        `"${value}" is not the value of a label; use at most 63 letters, digits and -_.`,
      );
    }
  }
}

/** Labels of Prometheus. */
function checkSeries(path: string, labels: Labels, problems: Problems): void {
  for (const key of Object.keys(labels)) {
    if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) || key.startsWith("__")) {
      problems.add(
        at(path, key),
        "is not a label of Prometheus; use letters, digits and _, without __ in front",
      );
    }
  }
}
