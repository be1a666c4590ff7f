/** Which number of a request a cost reports. */
export const RequestCostType = {
  InputToken: "InputToken",
  CachedInputToken: "CachedInputToken",
  CacheCreationInputToken: "CacheCreationInputToken",
  OutputToken: "OutputToken",
  ReasoningToken: "ReasoningToken",
  TotalToken: "TotalToken",
} as const;
export type RequestCostType = (typeof RequestCostType)[keyof typeof RequestCostType];

/** A number that the gateway reports with each request: exactly one of `type` and `cel`. */
export interface RequestCostArgs {
  /** One of the token counts. */
  type?: RequestCostType;
  /**
   * A CEL expression over `input_tokens`, `cached_input_tokens`, `cache_creation_input_tokens`,
   * `output_tokens`, `reasoning_tokens`, `total_tokens` (all unsigned), `model`, `backend` and `route_name`,
   * with a whole number as its result, for example `input_tokens + output_tokens * 5u`.
   */
  cel?: string;
}
