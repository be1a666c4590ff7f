import { type MembersOf, requiring } from "../models/memberShapes";

/** Dashboard and alerts of gateways and their budgets, for a Prometheus and a Grafana that the cluster has. */
export interface ObservabilityArgs {
  /**
   * Namespace of the objects, which has to exist: one that Grafana's sidecar and the Prometheus operator look into, for
   * example `monitoring`.
   */
  namespace: string;
  /** The dashboard, as a ConfigMap that Grafana's sidecar reads. */
  dashboard?: DashboardArgs;
  /** The alerts, as a PrometheusRule, which needs the Prometheus operator. */
  alerts?: AlertsArgs;
  /**
   * Which of the series that Prometheus has are meant, by labels that it gives them while scraping. Default: all, which
   * is right where it scrapes one gateway.
   */
  series?: SeriesArgs;
}

/** The dashboard. */
export interface DashboardArgs {
  /** Whether it is made. Default: true. */
  enabled?: boolean;
  /** Its title in Grafana, 1 to 100 characters. Default: `AI gateway: ` and the component's name. */
  title?: string;
  /** Folder in Grafana, told by the annotation `grafana_folder`. Default: Grafana's own. */
  folder?: string;
  /** Labels by which the sidecar finds the ConfigMap. Default: `grafana_dashboard: "1"`. */
  labels?: Record<string, string>;
}

/** The alerts. */
export interface AlertsArgs {
  /** Whether they are made. Default: true. */
  enabled?: boolean;
  /**
   * Labels by which Prometheus finds the rules. Default: none; the chart kube-prometheus-stack wants `release` and the
   * name of its release, unless it is told otherwise.
   */
  labels?: Record<string, string>;
  /** Labels of every alert, beside `severity`, for whoever routes them. Default: none. */
  alertLabels?: Record<string, string>;
  /** Share of a budget, above 0 and up to 1, from which `AiBudgetNearlySpent` tells. Default: 0.9. */
  nearlySpent?: number;
  /** Share of settlements, above 0 and below 1, without any report of their usage that is still taken. Default: 0.01. */
  lostReports?: number;
}

/** Label of a series and its value, for each source of metrics. */
export interface SeriesArgs {
  /** Of the budget processor's pods. Default: none. */
  processor?: Record<string, string>;
  /** Of AI Gateway's own processor, in Envoy's pods. Default: none. */
  aiGateway?: Record<string, string>;
  /** Of Envoy. Default: none. */
  envoy?: Record<string, string>;
}

const texts = { eachOf: "text" } as const;
const dashboard: MembersOf<DashboardArgs> = { enabled: "flag", title: "text", folder: "text", labels: texts };
const alerts: MembersOf<AlertsArgs> = {
  enabled: "flag",
  labels: texts,
  alertLabels: texts,
  nearlySpent: "number",
  lostReports: "number",
};
const series: MembersOf<SeriesArgs> = { processor: texts, aiGateway: texts, envoy: texts };

/** Every member of `ObservabilityArgs`, and what it must be. */
export const observabilityMembers: MembersOf<ObservabilityArgs> = requiring<ObservabilityArgs>(
  { namespace: "text", dashboard, alerts, series },
  "namespace",
);
