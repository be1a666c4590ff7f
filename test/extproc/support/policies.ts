import type { PolicyDocument } from "../../../extproc/contract";

/** A small policy: one model, and one budget of so many tokens a minute. */
export function smallPolicy(tokens = 20_000, more: Partial<PolicyDocument> = {}): PolicyDocument {
  return {
    version: 1,
    models: {
      claude: {
        backends: { bedrock: { price: { input: 3_000_000_000, output: 15_000_000_000 } } },
      },
    },
    budgets: { "all-minute": { limit: { tokens }, period: "minute" } },
    ...more,
  };
}
