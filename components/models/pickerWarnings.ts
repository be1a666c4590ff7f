import { type ResolvedAccess, takesTokens } from "../budgets/resolvedAccess";
import type { ResolvedModel } from "./resolved";

/**
 * Envoy passes verified tokens on. Elsewhere AI Gateway takes them away at the backend, which a pool is none; the
 * processor takes them away before.
 */
export function pickerWarnings(
  models: readonly ResolvedModel[],
  access: ResolvedAccess | undefined,
  hasProcessor: boolean,
): readonly string[] {
  const picked = models.filter(({ inferencePool }) => inferencePool !== undefined);
  if (!takesTokens(access) || hasProcessor || picked.length === 0) {
    return [];
  }
  const names = picked.map(({ key }) => `"${key}"`).join(", ");
  return [
    `tokens of callers reach the endpoint picker and the pods of ${names}: in front of a pool only the processor takes them away; have it by access.rules or a budget, or leave endpointPicker out`,
  ];
}
