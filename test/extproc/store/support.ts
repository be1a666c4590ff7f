import { randomUUID } from "node:crypto";
import { accountOf } from "../../../extproc/policy/claims";
import { bindingsOf } from "../../../extproc/policy/match";
import { parsePolicy } from "../../../extproc/policy/parsePolicy";
import type { Policy } from "../../../extproc/policy/policy";
import type { BudgetClaim, BudgetStore, Decision } from "../../../extproc/service/store";
import type { Telemetry } from "../../../extproc/service/telemetry";

/** A policy with one model, `m`, and these budgets; given as in a policy document. */
export function policyOf(budgets: Record<string, object>, more: object = {}): Policy {
  const { policy, problems } = parsePolicy({
    version: 1,
    models: { m: { backends: { "default/a": { price: { input: 1, output: 1 } } } } },
    identities: { user: { header: "x-user-id" }, team: { header: "x-team" } },
    budgets,
    ...more,
  });
  if (policy === undefined) {
    throw new Error(JSON.stringify(problems));
  }
  return policy;
}

/** A budget, as in a policy document. */
export const hour = { limit: { tokens: 100 }, period: "hour" };

/** Everything that a store tells, in order: `[what, ...arguments]`, errors by their message. */
export class Recorder implements Telemetry {
  readonly events: unknown[][] = [];

  of(what: keyof Telemetry): unknown[][] {
    return this.events.filter(([name]) => name === what).map(([, ...values]) => values);
  }

  decided = this.#recorder("decided");
  settled = this.#recorder("settled");
  callerRefused = this.#recorder("callerRefused");
  standing = this.#recorder("standing");
  overshoot = this.#recorder("overshoot");
  storeState = this.#recorder("storeState");
  warned = this.#recorder("warned");
  unknownPrice = this.#recorder("unknownPrice");
  overflowed = this.#recorder("overflowed");

  storeCall(operation: string, ms: number, isOk: boolean): void {
    this.events.push(["storeCall", operation, isOk, ms]);
  }

  failure(code: string, error: unknown): void {
    this.events.push(["failure", code, error instanceof Error ? error.message : String(error)]);
  }

  #recorder(name: string) {
    return (...values: unknown[]) => {
      this.events.push([name, ...values]);
    };
  }
}

/** Claims of a caller on all budgets that bind it, each with the same amount. */
export function claimsOf(
  policy: Policy,
  amount: number,
  attributes: Record<string, string> = {},
  more: Partial<BudgetClaim> = {},
): BudgetClaim[] {
  return bindingsOf(policy, "m", new Map(Object.entries(attributes))).map((binding) => ({
    binding,
    amount: binding.budget.unit === "concurrency" || binding.budget.unit === "requests" ? 1 : amount,
    chargeOnExpiry: 0,
    ...more,
  }));
}

export function decide(
  store: BudgetStore,
  policy: Policy,
  amount: number,
  id = randomUUID() as string,
  attributes: Record<string, string> = {},
): Promise<Decision> {
  return store.decide({ id, policy, candidates: [claimsOf(policy, amount, attributes)] });
}

/** Settles a request with the same amount in all budgets that bind the caller. */
export function settle(
  store: BudgetStore,
  policy: Policy,
  id: string,
  amount: number,
  kind: "exact" | "estimated" = "exact",
  attributes: Record<string, string> = {},
) {
  const charges = claimsOf(policy, amount, attributes).map(({ binding, amount: spent }) => ({
    account: accountOf(binding),
    budget: binding.budget.name,
    amount: spent,
  }));
  return store.settle({ id, charges, kind, reason: "test", policy });
}
