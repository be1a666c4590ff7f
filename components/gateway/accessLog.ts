const aiGateway = (key: string) => `%DYNAMIC_METADATA(io.envoy.ai_gateway:${key})%`;

/** What one line of the access log says, as Envoy's format operators; no bodies, no credentials. */
export const accessLogFormat: Readonly<Record<string, string>> = {
  start: "%START_TIME%",
  requestId: "%REQ(X-REQUEST-ID)%",
  method: "%REQ(:METHOD)%",
  // Query strings may hold keys.
  path: "%REQ_WITHOUT_QUERY(X-AI-EG-ORIGINAL-PATH?:PATH)%",
  status: "%RESPONSE_CODE%",
  flags: "%RESPONSE_FLAGS%",
  details: "%RESPONSE_CODE_DETAILS%",
  durationMs: "%DURATION%",
  bytesIn: "%BYTES_RECEIVED%",
  bytesOut: "%BYTES_SENT%",
  upstream: "%UPSTREAM_HOST%",
  attempts: "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
  model: "%REQ(X-AI-EG-MODEL)%",
  backendName: aiGateway("backend_name"),
  serviceBackend: aiGateway("ai_service_backend_name"),
  routeName: aiGateway("route_name"),
  upstreamModel: aiGateway("model_name_override"),
  inputTokens: aiGateway("llm_input_token"),
  cachedInputTokens: aiGateway("llm_cached_input_token"),
  outputTokens: aiGateway("llm_output_token"),
  totalTokens: aiGateway("llm_total_token"),
  ttftMs: aiGateway("token_latency_ttft"),
};
