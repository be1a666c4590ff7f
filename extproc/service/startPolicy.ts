import type { PolicyProblem } from "../policy/documentReader";
import type { Policy } from "../policy/policy";
import { CurrentKeys } from "./currentKeys";
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

/** Keys whose changes are logged and counted, never what stands there. */
export function watchedKeys(log: Log, metrics: Metrics): CurrentKeys {
  const current: CurrentKeys = new CurrentKeys({
    accepted({ size }) {
      metrics.keysLoaded(true);
      log.info("keys_accepted", "API keys are in force", { keys: size });
    },
    refused(problems) {
      metrics.keysLoaded(false);
      const sentence = `a keys file is refused; ${current.areGiven ? "the keys before it stay" : "there are none"}`;
      log.error("keys_refused", sentence, { problems: problemLines(problems) });
    },
  });
  return current;
}

/** Keys that a policy names need the file that holds their hashes. */
function keyProblems(keys: CurrentKeys, { access }: Policy): readonly PolicyProblem[] {
  return access?.keys === undefined || keys.areGiven
    ? []
    : [
        {
          path: "access.keys",
          value: undefined,
          remedy: "are checked by their hashes, and there are none; give KEYS_FILE",
        },
      ];
}

/** A policy whose changes are logged and counted. */
export function watchedPolicy(
  settings: Settings,
  keys: CurrentKeys,
  log: Log,
  metrics: Metrics,
): CurrentPolicy {
  const current: CurrentPolicy = new CurrentPolicy(
    {
      allowJump: settings.allowJump,
      check: (policy) => [...ledgerProblems(settings, policy), ...keyProblems(keys, policy)],
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
