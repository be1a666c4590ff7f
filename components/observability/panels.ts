import { metricNames as names } from "../../extproc/contract";
import type { SeriesOf } from "./seriesOf";

/** How figures are drawn. */
export type PanelKind = "timeseries" | "stat" | "bargauge";

/** One query, and what its lines are called. */
export interface PanelTarget {
  readonly expr: string;
  /** With labels as `{{label}}`. */
  readonly legend: string;
}

/** One panel. */
export interface Panel {
  readonly title: string;
  readonly kind: PanelKind;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly targets: readonly PanelTarget[];
  /** What the figures mean where their title does not say it. */
  readonly description?: string;
}

/** A heading and the panels under it. */
export interface PanelRow {
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Grafana puts in a time that is long enough for the scrape interval. */
const rate = (series: string) => `rate(${series}[$__rate_interval])`;
const sumBy = (labels: string, expression: string) => `sum by (${labels}) (${expression})`;
const quantile = (share: number, labels: string, buckets: string) =>
  `histogram_quantile(${share}, sum by (le, ${labels}) (${rate(buckets)}))`;

/** What was corrected is there only for names of which anything was corrected. */
const lessCorrected = (cost: string, corrected: string) => `${cost} - (${corrected} or 0 * ${cost})`;

/** All rows of the dashboard. */
export function panelRows(series: SeriesOf): readonly PanelRow[] {
  return [gatewayRow(series), modelsRow(series), budgetsRow(series), teamsRow(series), processorRow(series)];
}

function gatewayRow({ envoy, aiGateway, processor }: SeriesOf): PanelRow {
  const ofClass = (responseClass: string) =>
    `sum(${rate(envoy("requests", "", { envoy_response_code_class: responseClass }))})`;
  return {
    title: "Gateway",
    panels: [
      {
        title: "Requests by status",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          {
            expr: sumBy("envoy_response_code_class", rate(envoy("requests"))),
            legend: "{{envoy_response_code_class}}xx",
          },
        ],
      },
      {
        title: "Failed on the server's side",
        kind: "stat",
        unit: "percentunit",
        targets: [{ expr: `${ofClass("5")} / sum(${rate(envoy("requests"))})`, legend: "5xx" }],
      },
      {
        title: "Time to answer",
        description: "Until the last byte: of streams until their end.",
        kind: "timeseries",
        unit: "ms",
        targets: [0.5, 0.95, 0.99].map((share) => ({
          expr: `histogram_quantile(${share}, ${sumBy("le", rate(envoy("duration", "_bucket")))})`,
          legend: `p${share * 100}`,
        })),
      },
      {
        title: "Requests under way",
        kind: "timeseries",
        unit: "short",
        targets: [{ expr: `sum(${envoy("active")})`, legend: "requests" }],
      },
      {
        title: "Answers of backends that failed",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          {
            expr: sumBy(
              "envoy_cluster_name",
              rate(envoy("upstream", "", { envoy_response_code_class: "5" })),
            ),
            legend: "{{envoy_cluster_name}}",
          },
        ],
      },
      {
        title: "Calls of models that failed",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          {
            expr: sumBy(
              "gen_ai_request_model, error_type",
              rate(aiGateway("duration", "_count", { error_type: "~.+" })),
            ),
            legend: "{{gen_ai_request_model}} {{error_type}}",
          },
        ],
      },
      {
        title: "Callers refused, by reason",
        description: "Nobody knows who calls. Token: Envoy has refused it; all others are API keys.",
        kind: "timeseries",
        unit: "reqps",
        targets: [{ expr: sumBy("reason", rate(processor(names.callersRefused))), legend: "{{reason}}" }],
      },
      {
        title: "Calls that no rule allows, by model",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          {
            expr: sumBy("model", rate(processor(names.decisions, { outcome: "forbidden" }))),
            legend: "{{model}}",
          },
        ],
      },
    ],
  };
}

function modelsRow({ aiGateway, processor }: SeriesOf): PanelRow {
  const model = "gen_ai_request_model";
  const cost = sumBy("model", rate(processor(names.cost)));
  return {
    title: "Models",
    panels: [
      {
        title: "Calls",
        kind: "timeseries",
        unit: "reqps",
        targets: [{ expr: sumBy(model, rate(aiGateway("duration", "_count"))), legend: `{{${model}}}` }],
      },
      {
        title: "Tokens",
        kind: "timeseries",
        unit: "short",
        targets: [
          {
            expr: sumBy(`${model}, gen_ai_token_type`, rate(aiGateway("tokens", "_sum"))),
            legend: `{{${model}}} {{gen_ai_token_type}}`,
          },
        ],
      },
      {
        title: "Time to first token, 95 %",
        kind: "timeseries",
        unit: "s",
        targets: [
          { expr: quantile(0.95, model, aiGateway("firstToken", "_bucket")), legend: `{{${model}}}` },
        ],
      },
      {
        title: "Time per output token, median",
        kind: "timeseries",
        unit: "s",
        targets: [{ expr: quantile(0.5, model, aiGateway("perToken", "_bucket")), legend: `{{${model}}}` }],
      },
      {
        title: "Dollars per hour",
        description: "What answers cost, less what estimates were too high by.",
        kind: "timeseries",
        unit: "currencyUSD",
        targets: [
          {
            expr: `3600 * (${lessCorrected(cost, sumBy("model", rate(processor(names.costCorrected))))})`,
            legend: "{{model}}",
          },
        ],
      },
      {
        title: "Spent of what was held, median",
        description: "Far below 1: holds are too large, and strict budgets refuse early.",
        kind: "timeseries",
        unit: "percentunit",
        targets: [
          {
            expr: quantile(0.5, "model", bucket(processor(names.estimateRatio))),
            legend: "{{model}}",
          },
        ],
      },
    ],
  };
}

/** The buckets of a histogram: the part of the name that is in front of the labels. */
function bucket(selector: string): string {
  return selector.replace(/^\w+/, (name) => `${name}_bucket`);
}

function budgetsRow({ processor }: SeriesOf): PanelRow {
  const used = processor(names.used);
  const held = processor(names.held);
  return {
    title: "Budgets",
    panels: [
      {
        title: "Share of the limit, used and held",
        description: "Of budgets for each user or team the fullest counter since the last scrape.",
        kind: "bargauge",
        unit: "percentunit",
        targets: [
          { expr: `max by (budget) ((${used} + ${held}) / ${processor(names.limit)})`, legend: "{{budget}}" },
        ],
      },
      {
        title: "Used of budgets in dollars",
        kind: "timeseries",
        unit: "currencyUSD",
        targets: [
          {
            expr: `max by (budget) (${processor(names.used, { unit: "nanodollars" })}) / 1e9`,
            legend: "{{budget}}",
          },
        ],
      },
      {
        title: "Decisions",
        kind: "timeseries",
        unit: "reqps",
        targets: [{ expr: sumBy("outcome", rate(processor(names.decisions))), legend: "{{outcome}}" }],
      },
      {
        title: "Refused, by budget",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          {
            expr: sumBy("budget", rate(processor(names.decisions, { outcome: "refused" }))),
            legend: "{{budget}}",
          },
        ],
      },
      {
        title: "Spent beyond the limit in an hour, in the budget's unit",
        kind: "timeseries",
        unit: "short",
        targets: [
          { expr: sumBy("budget", `increase(${processor(names.overshoot)}[1h])`), legend: "{{budget}}" },
        ],
      },
      {
        title: "Changes of tier in an hour",
        kind: "timeseries",
        unit: "short",
        targets: [
          {
            expr: sumBy("budget, to", `increase(${processor(names.overflow)}[1h])`),
            legend: "{{budget}} to {{to}}",
          },
        ],
      },
    ],
  };
}

function teamsRow({ processor }: SeriesOf): PanelRow {
  const of = (name: Parameters<typeof processor>[0]) =>
    sumBy("team", `increase(${processor(name)}[$__range])`);
  const cost = of(names.teamCost);
  return {
    title: "Teams",
    panels: [
      {
        title: "Dollars in the chosen time",
        description:
          "What answers cost, less what estimates were too high by. Without a name: no team is known.",
        kind: "bargauge",
        unit: "currencyUSD",
        targets: [{ expr: lessCorrected(cost, of(names.teamCostCorrected)), legend: "{{team}}" }],
      },
      {
        title: "Dollars per hour",
        kind: "timeseries",
        unit: "currencyUSD",
        targets: [{ expr: `3600 * ${sumBy("team", rate(processor(names.teamCost)))}`, legend: "{{team}}" }],
      },
    ],
  };
}

function processorRow({ processor, envoy }: SeriesOf): PanelRow {
  return {
    title: "Budget processor",
    panels: [
      {
        title: "Calls to the store, 99 %",
        kind: "timeseries",
        unit: "s",
        targets: [
          {
            expr: quantile(0.99, "operation", bucket(processor(names.storeDuration))),
            legend: "{{operation}}",
          },
        ],
      },
      {
        title: "Calls to the store that failed",
        kind: "timeseries",
        unit: "ops",
        targets: [{ expr: sumBy("operation", rate(processor(names.storeErrors))), legend: "{{operation}}" }],
      },
      {
        title: "Open",
        kind: "timeseries",
        unit: "short",
        targets: [
          { expr: `max(${processor(names.holdsLive)})`, legend: "reservations" },
          { expr: `sum(${processor(names.streams)})`, legend: "requests" },
        ],
      },
      {
        title: "How requests were settled",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          { expr: sumBy("source, kind", rate(processor(names.settles))), legend: "{{source}} {{kind}}" },
        ],
      },
      {
        title: "What should not happen, in an hour",
        kind: "timeseries",
        unit: "short",
        targets: [{ expr: sumBy("code", `increase(${processor(names.failures)}[1h])`), legend: "{{code}}" }],
      },
      {
        title: "Envoy's calls of processors that failed",
        description: "Of this one and of AI Gateway's own: broken, too late, or passed by (failOpen).",
        kind: "timeseries",
        unit: "reqps",
        targets: [
          { expr: `sum(${rate(envoy("processorFailed"))})`, legend: "failed" },
          { expr: `sum(${rate(envoy("processorLate"))})`, legend: "too late" },
          { expr: `sum(${rate(envoy("processorSkipped"))})`, legend: "passed by" },
        ],
      },
      {
        title: "State",
        description: "1: the store does not answer, or the newest policy or keys file is refused.",
        kind: "stat",
        unit: "short",
        targets: [
          { expr: `max(${processor(names.degraded)})`, legend: "store down" },
          { expr: `max(${processor(names.policyStale)})`, legend: "policy refused" },
          { expr: `max(${processor(names.keysStale)})`, legend: "keys refused" },
        ],
      },
    ],
  };
}
