import { secret } from "@pulumi/pulumi";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { type Policy, type PolicyDocument, parsePolicy, problemText } from "../../../extproc/contract";
import { endpoint, resolvedOf } from "../models/support";

export const price = {
  usdPerMillionInputTokens: 3,
  usdPerMillionCachedInputTokens: 0.3,
  usdPerMillionOutputTokens: 15,
};

/** A model at an endpoint of its own, with a price. */
export const priced = (host = "priced.example.com"): ModelArgs => ({ ...endpoint(host), price });

export const apiKeys = {
  batch: { key: secret("one"), team: "search" },
  chat: { key: secret("two"), team: "support", user: "ann" },
};

/** One budget under the name "b" on a laptop, beside two models and callers with API keys. */
export function withBudget(budget: BudgetArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs {
  return {
    target: "local",
    models: { m: priced(), n: priced("n.example.com") },
    access: { apiKeys },
    budgets: { b: budget },
    ...more,
  };
}

/** The document that the processor gets. */
export function documentOf(args: ModelGatewayArgs): PolicyDocument {
  return JSON.parse(resolvedOf(args).policy ?? "null");
}

/** The document as the processor reads it. */
export function policyOf(document: unknown): Policy {
  const { policy, problems = [] } = parsePolicy(document);
  if (policy === undefined) {
    throw new Error(problems.map(problemText).join("\n"));
  }
  return policy;
}
