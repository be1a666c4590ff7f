/**
 * What the components declare and the processor enforces. Plain data and plain functions: no Pulumi, no gRPC.
 */
export { limitHeaderNames } from "./answers/limitHeaders";
export { appliedHeaders } from "./answers/refusals";
export { credentialHeaders, tokenHeader } from "./policy/access";
export type * from "./policy/accessDocument";
export { canonicalJson } from "./policy/canonicalJson";
export { type PolicyProblem, problemText } from "./policy/documentReader";
export { instantExample, instantMs } from "./policy/instant";
export { keyHash, longestKey } from "./policy/keyRing";
export { budgetDefaults } from "./policy/parseBudgets";
export { type ParsedKeys, parseKeys } from "./policy/parseKeys";
export { highestPrice, highestUnitPrice, modelDefaults, mostTokens } from "./policy/parseModels";
export { type ParsedPolicy, parsePolicy } from "./policy/parsePolicy";
export * from "./policy/policy";
export type * from "./policy/policyDocument";
export { costOf, type Price, type PriceTier, type TokenPrices } from "./policy/price";
export { watchesAnswers } from "./policy/watchesAnswers";
export { isTimeZone } from "./policy/zonedDays";
export { metricNames } from "./service/metricNames";
export { noUsage, type Usage } from "./usage/usage";

/** Namespace of Envoy's dynamic metadata that the processor writes: what the access log needs to settle a request. */
export const budgetNamespace = "aigw.budget";

/** What Envoy is asked to tell of an answer whose headers the processor does not see: its status. */
export const statusAttribute = "response.code";

/** What Envoy is asked to tell of an answer that authentication gave, whose request is never shown: path and reason. */
export const refusalAttributes = { path: "request.path", details: "response.code_details" } as const;

/** Namespace in which AI Gateway says what a request has used, and which backend answered. */
export const gatewayNamespace = "io.envoy.ai_gateway";

/**
 * Nanodollars of an amount in US dollars, or `undefined` when the amount is negative, not a number, not exact
 * to a nanodollar or too large for exact arithmetic.
 */
export function nanodollars(usd: number): number | undefined {
  if (!(usd >= 0 && usd < Number.MAX_SAFE_INTEGER)) {
    return undefined;
  }
  const text = usd.toFixed(9);
  // A price that was calculated may be off by a rounding error or two of the number itself.
  const isExact = Math.abs(Number(text) - usd) <= usd * 2 ** -51;
  const amount = Number(text.replace(".", ""));
  return Number.isSafeInteger(amount) && isExact ? amount : undefined;
}
