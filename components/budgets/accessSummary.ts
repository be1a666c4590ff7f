import { KeyCheck, type ResolvedAccess } from "./resolvedAccess";

/** Who checks API keys, where it is not Envoy itself: what a preview says of it. */
export function accessSummary(access: ResolvedAccess | undefined): readonly string[] {
  const keys = access?.apiKeys;
  return keys?.checkedBy === KeyCheck.Processor ? [`the processor checks API keys: ${keys.why}`] : [];
}
