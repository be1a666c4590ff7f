import type { PolicyProblem } from "../policy/documentReader";
import { CurrentPolicy } from "./currentPolicy";
import type { Log } from "./log";
import { problemLines } from "./logTelemetry";
import type { Metrics } from "./metrics";
import { ledgerProblems } from "./openLedger";
import type { Settings } from "./settings";

/** A processor cannot start with its policy: everything that is wrong with it. */
export class PolicyRefusedError extends Error {
  override readonly name = "PolicyRefusedError";

  constructor(readonly problems: readonly PolicyProblem[]) {
    super(["the policy is refused:", ...problemLines(problems)].join("\n  "));
  }
}

/** A policy whose changes are logged and counted. */
export function watchedPolicy(settings: Settings, log: Log, metrics: Metrics): CurrentPolicy {
  const current: CurrentPolicy = new CurrentPolicy(
    {
      allowJump: settings.allowJump,
      check: (policy) => ledgerProblems(settings, policy),
    },
    {
      accepted(policy) {
        metrics.policyAccepted(policy);
        const { id, models, budgets } = policy;
        const fields = { policy: id, models: models.size, budgets: budgets.length };
        log.info("policy_accepted", "a policy is in force", fields);
      },
      refused(problems) {
        metrics.policyRefused();
        const inForce = current.policy?.id;
        const sentence = `a policy is refused; ${inForce === undefined ? "there is none" : "the one before it stays"}`;
        log.error("policy_refused", sentence, { policy: inForce, problems: problemLines(problems) });
      },
    },
  );
  return current;
}
