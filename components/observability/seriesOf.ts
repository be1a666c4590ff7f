import type { metricNames } from "../../extproc/contract";
import type { ResolvedSeries, SeriesLabels } from "./resolvedObservability";

/**
 * What AI Gateway counts of calls of models, under OpenTelemetry's names as Prometheus spells them (observed at v1.0.0).
 */
export const aiGatewayMetrics = {
  tokens: "gen_ai_client_token_usage",
  duration: "gen_ai_server_request_duration_seconds",
  firstToken: "gen_ai_server_time_to_first_token_seconds",
  perToken: "gen_ai_server_time_per_output_token_seconds",
} as const;

/** What Envoy counts of clients and of backends (observed at Envoy 1.38). */
export const envoyMetrics = {
  requests: "envoy_http_downstream_rq_xx",
  active: "envoy_http_downstream_rq_active",
  duration: "envoy_http_downstream_rq_time",
  upstream: "envoy_cluster_upstream_rq_xx",
  /** Of external processors, ours and AI Gateway's. */
  processorFailed: "envoy_http_ext_proc_streams_failed",
  processorLate: "envoy_http_ext_proc_message_timeouts",
  processorSkipped: "envoy_http_ext_proc_failure_mode_allowed",
} as const;

/** A matcher of a label: equal to a text, or `~` in front of a regular expression. */
export type Matchers = Readonly<Record<string, string>>;

/** Selectors of the series of a source: `name{label="value"}`. */
export interface SeriesOf {
  processor(name: (typeof metricNames)[keyof typeof metricNames], matchers?: Matchers): string;
  /** `part`: behind the name, such as `_bucket`. */
  aiGateway(name: keyof typeof aiGatewayMetrics, part?: string, matchers?: Matchers): string;
  envoy(name: keyof typeof envoyMetrics, part?: string, matchers?: Matchers): string;
}

/** Envoy counts its own administration and readiness like clients: the listeners of Gateways are called `http-PORT`. */
const ofClients: Matchers = { envoy_http_conn_manager_prefix: "~https?-.*" };

export function seriesOf({ processor, aiGateway, envoy }: ResolvedSeries): SeriesOf {
  return {
    processor: (name, matchers = {}) => selector(name, processor, matchers),
    aiGateway: (name, part = "", matchers = {}) =>
      selector(`${aiGatewayMetrics[name]}${part}`, aiGateway, matchers),
    envoy: (name, part = "", matchers = {}) =>
      selector(`${envoyMetrics[name]}${part}`, envoy, {
        ...(envoyMetrics[name].startsWith("envoy_http_") ? ofClients : {}),
        ...matchers,
      }),
  };
}

function selector(name: string, labels: SeriesLabels, matchers: Matchers): string {
  const own = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  const others = Object.entries(matchers).map(([label, value]) =>
    value.startsWith("~")
      ? `${label}=~${JSON.stringify(value.slice(1))}`
      : `${label}=${JSON.stringify(value)}`,
  );
  const all = [...own, ...others].join(",");
  return all === "" ? name : `${name}{${all}}`;
}
