/** What is exported, under which name: the one place that dashboards and alerts depend on. */
export const metricNames = {
  decisions: "budget_decisions_total",
  limit: "budget_limit",
  used: "budget_used",
  held: "budget_held",
  overshoot: "budget_overshoot_total",
  estimateRatio: "budget_estimate_ratio",
  settles: "budget_settles_total",
  holdsLive: "budget_holds_live",
  storeDuration: "budget_store_duration_seconds",
  storeErrors: "budget_store_errors_total",
  degraded: "budget_degraded",
  priceUnknown: "budget_price_unknown_total",
  overflow: "budget_overflow_total",
  warnings: "budget_warnings_total",
  cost: "budget_cost_usd_total",
  costCorrected: "budget_cost_corrected_usd_total",
  teamCost: "budget_team_cost_usd_total",
  teamCostCorrected: "budget_team_cost_corrected_usd_total",
  failures: "budget_failures_total",
  policyInfo: "budget_policy_info",
  policyStale: "budget_policy_stale",
  policyLoads: "budget_policy_loads_total",
  callersRefused: "access_refusals_total",
  keysStale: "access_keys_stale",
  keyLoads: "access_key_loads_total",
  streams: "budget_streams_open",
  /**
   * OpenTelemetry's conventions for generative AI, still in development there: `gen_ai.client.inference.usage.*`, with
   * the dots and the unit of counters as Prometheus wants them.
   */
  genAiInput: "gen_ai_client_inference_usage_input_tokens_total",
  genAiOutput: "gen_ai_client_inference_usage_output_tokens_total",
  genAiCacheRead: "gen_ai_client_inference_usage_cache_read_input_tokens_total",
  genAiCacheWrite: "gen_ai_client_inference_usage_cache_write_input_tokens_total",
  genAiReasoning: "gen_ai_client_inference_usage_reasoning_output_tokens_total",
} as const;
