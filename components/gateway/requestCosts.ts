import { type RequestCostArgs, RequestCostType } from "./requestCostArgs";

/** Costs that every Gateway reports, by metadata key in the access log's `io.envoy.ai_gateway`. */
export const defaultRequestCosts: Readonly<Record<string, RequestCostArgs>> = {
  llm_input_token: { type: RequestCostType.InputToken },
  llm_cached_input_token: { type: RequestCostType.CachedInputToken },
  llm_cache_creation_input_token: { type: RequestCostType.CacheCreationInputToken },
  llm_output_token: { type: RequestCostType.OutputToken },
  llm_reasoning_token: { type: RequestCostType.ReasoningToken },
  llm_total_token: { type: RequestCostType.TotalToken },
};

/** Request costs as AI Gateway lists them. */
export function requestCostList(costs: Readonly<Record<string, RequestCostArgs>>) {
  return Object.entries(costs).map(([metadataKey, { type, cel }]) =>
    cel === undefined
      ? { metadataKey, type: type ?? RequestCostType.TotalToken }
      : { metadataKey, type: "CEL" as const, cel },
  );
}
