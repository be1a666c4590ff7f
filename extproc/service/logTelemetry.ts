import { type PolicyProblem, problemText } from "../policy/documentReader";
import { errorFields } from "./errorFields";
import type { Log } from "./log";
import type { Telemetry } from "./telemetry";

/** The same telemetry, with a line in the log for what an operator should see. Single requests are not logged. */
export function withLog(telemetry: Telemetry, log: Log): Telemetry {
  return {
    decided: (event) => telemetry.decided(event),
    settled: (event) => telemetry.settled(event),
    callerRefused: (reason) => telemetry.callerRefused(reason),
    standing: (budget, unit, limit, used, held) => telemetry.standing(budget, unit, limit, used, held),
    counter: (budget, account, share) => telemetry.counter?.(budget, account, share),
    storeCall: (operation, ms, isOk) => telemetry.storeCall(operation, ms, isOk),
    overshoot(budget, amount) {
      telemetry.overshoot(budget, amount);
      log.warn("budget_overshoot", "more was spent than the limit allows", { budget, amount });
    },
    storeState(isUp, code) {
      telemetry.storeState(isUp, code);
      if (isUp) {
        log.info("store_up", "the store answers");
      } else {
        const sentence = "the store does not answer; each budget does what it says for this";
        log.error("store_down", sentence, { errorCode: code });
      }
    },
    warned(budget, share, delivered) {
      telemetry.warned(budget, share, delivered);
      log.warn("budget_warning", "a share of the limit has been reached", { budget, share, delivered });
    },
    unknownPrice(model) {
      telemetry.unknownPrice(model);
      log.warn("price_unknown", "the policy has no price for the backend that answered", { model });
    },
    overflowed(budget, from, to) {
      telemetry.overflowed(budget, from, to);
      log.info("budget_overflow", "requests go to another tier", { budget, from, to });
    },
    failure(code, error) {
      telemetry.failure(code, error);
      log.error(code, "something failed that should not fail", errorFields(error));
    },
  };
}

/**
 * Problems of a policy document as lines. Names of users and what stands about the webhook, which may hold a key, are
 * left out.
 */
export function problemLines(problems: readonly PolicyProblem[]): readonly string[] {
  return problems.map(({ path, value, remedy }) => {
    const isLookup = /^lookups\b/.test(path);
    const lookup = /^lookups\["(?:[^"\\]|\\.)*"\]/.exec(path)?.[0] ?? "lookups";
    const isPrivate = isLookup || /^webhook\b|\.users$/.test(path);
    return problemText({ path: isLookup ? lookup : path, value: isPrivate ? undefined : value, remedy });
  });
}
