import { createHash } from "node:crypto";
import { type Manifest, managedLabels, type RenderedObject } from "../shared/manifest";
import { alertRules } from "./alertRules";
import { dashboardOf } from "./dashboard";
import { panelRows } from "./panels";
import type { ResolvedObservability } from "./resolvedObservability";
import { seriesOf } from "./seriesOf";

/** The ConfigMap of the dashboard, and the PrometheusRule of the alerts. */
export function observabilityManifests(plan: ResolvedObservability): readonly RenderedObject[] {
  const dashboard = dashboardManifest(plan);
  const alerts = alertsManifest(plan);
  return [
    ...(dashboard === undefined ? [] : [{ key: "dashboard", manifest: dashboard }]),
    ...(alerts === undefined ? [] : [{ key: "alerts", manifest: alerts }]),
  ];
}

function dashboardManifest({
  objectName,
  namespace,
  dashboard,
  series,
}: ResolvedObservability): Manifest | undefined {
  if (dashboard === undefined) {
    return undefined;
  }
  const { title, folder, labels } = dashboard;
  const rows = panelRows(seriesOf(series));
  // Grafana takes 40 characters; two dashboards of one name in two namespaces are two.
  const uid = createHash("sha256").update(`${namespace}/${objectName}`).digest("hex").slice(0, 32);
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      ...{ name: objectName, namespace, labels: { ...managedLabels, ...labels } },
      ...(folder === undefined ? {} : { annotations: { grafana_folder: folder } }),
    },
    data: { [`${objectName}.json`]: `${JSON.stringify(dashboardOf(title, uid, rows), null, 2)}\n` },
  };
}

function alertsManifest({
  objectName,
  namespace,
  alerts,
  series,
}: ResolvedObservability): Manifest | undefined {
  return alerts === undefined
    ? undefined
    : {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PrometheusRule",
        metadata: { name: objectName, namespace, labels: { ...managedLabels, ...alerts.labels } },
        spec: { groups: [{ name: "ai-gateway-budgets", rules: alertRules(alerts, seriesOf(series)) }] },
      };
}
