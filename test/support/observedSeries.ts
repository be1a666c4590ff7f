/** Of each call of a model. */
const ofCall = [
  "gen_ai_operation_name",
  "gen_ai_original_model",
  "gen_ai_provider_name",
  "gen_ai_request_model",
  "gen_ai_response_model",
];
const ofListener = ["envoy_http_conn_manager_prefix"];

/**
 * Metrics of AI Gateway v1.0.0 and Envoy 1.38 that are asked for, and their labels, as the gateway on a machine emits
 * them after calls, streams and failures (November 2026). `test/e2e/observability.test.ts` compares them with what it
 * emits now.
 */
export const observedSeries: Readonly<Record<string, readonly string[]>> = {
  envoy_cluster_upstream_rq_xx: ["envoy_cluster_name", "envoy_response_code_class"],
  envoy_http_downstream_rq_active: ofListener,
  envoy_http_downstream_rq_time_bucket: [...ofListener, "le"],
  envoy_http_downstream_rq_xx: [...ofListener, "envoy_response_code_class"],
  envoy_http_ext_proc_failure_mode_allowed: ofListener,
  envoy_http_ext_proc_message_timeouts: ofListener,
  envoy_http_ext_proc_streams_failed: ofListener,
  gen_ai_client_token_usage_sum: [...ofCall, "gen_ai_token_type"],
  gen_ai_server_request_duration_seconds_count: [...ofCall, "error_type"],
  gen_ai_server_time_per_output_token_seconds_bucket: [...ofCall, "le"],
  gen_ai_server_time_to_first_token_seconds_bucket: [...ofCall, "le"],
};
