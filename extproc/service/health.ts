import type { PolicyProblem } from "../policy/documentReader";
import { type Policy, StoreDown } from "../policy/policy";
import { problemLines } from "./logTelemetry";

/** What a replica can do at the moment. */
export interface Health {
  /** Whether new requests should come here. */
  readonly ready: boolean;
  /** Why not; empty when ready. */
  readonly reasons: readonly string[];
  readonly draining: boolean;
  /** Fingerprint of the policy in force; `undefined` when there is none. */
  readonly policy: string | undefined;
  /** What is wrong with the newest document, which is not in force; empty when it is. */
  readonly stalePolicy: readonly string[];
  /** `down` until it has answered once, too. */
  readonly store: "up" | "down";
}

/** What readiness depends on. */
export interface HealthFacts {
  readonly policy: Policy | undefined;
  readonly problems: readonly PolicyProblem[];
  readonly isServing: boolean;
  readonly isDraining: boolean;
  readonly storeIsUp: boolean;
  /** The store has answered once since this replica started. */
  readonly storeWasUp: boolean;
}

/**
 * A replica is ready when it has a policy and is not about to end. It need not have the newest one: an older policy
 * that holds is better than no gateway. The store matters until it has answered once, so that a roll-out with a wrong
 * address stops; afterwards it does not, since without replicas nobody could do what budgets say for when the store is
 * down. A policy without a budget that is closed then does not wait for it.
 */
export function healthOf(facts: HealthFacts): Health {
  const { policy, problems, isServing, isDraining, storeIsUp, storeWasUp } = facts;
  const needsStore =
    policy?.budgets.some(({ whenStoreIsDown }) => whenStoreIsDown === StoreDown.Closed) ?? false;
  const reasons = [
    ...(isDraining ? ["draining"] : []),
    ...(isServing ? [] : ["starting"]),
    ...(policy === undefined ? ["no policy"] : []),
    ...(needsStore && !storeWasUp ? ["the store has not answered yet"] : []),
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    draining: isDraining,
    policy: policy?.id,
    stalePolicy: problemLines(problems),
    store: storeIsUp && storeWasUp ? "up" : "down",
  };
}
