import { ReleaseSet } from "../gateway/releases";
import { durationInMs } from "../shared/durations";
import type { Problems } from "../shared/problems";
import type { ResolvedRetries, ResolvedTimeouts } from "./resolved";
import type { RetryArgs, TimeoutArgs } from "./trafficArgs";

/** Conditions that BackendTrafficPolicy knows (`retryOn.triggers`), Envoy Gateway v1.8.1. */
const triggers = [
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "retriable-4xx",
  "refused-stream",
  "retriable-status-codes",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
] as const;
export type RetryTrigger = (typeof triggers)[number];

const plainTriggers: readonly RetryTrigger[] = [
  "connect-failure",
  "refused-stream",
  "retriable-status-codes",
];
const fallbackTriggers: readonly RetryTrigger[] = [...plainTriggers, "reset"];

function isTrigger(text: string): text is RetryTrigger {
  return (triggers as readonly string[]).includes(text);
}

/** Enough for every fallback that a route can have. */
const mostAttempts = 15;

/** AI Gateway cuts every request after 60 s unless told otherwise, long streams too. */
const defaultRequestTimeout = "30m";

/** The path of a member, as the user wrote it: a model's own, or the default of the whole gateway. */
type PathOf = (member: string) => string;

export function resolveTimeouts(
  pathOf: PathOf,
  args: TimeoutArgs,
  release: ReleaseSet,
  problems: Problems,
): ResolvedTimeouts {
  const request = args.request ?? defaultRequestTimeout;
  checkDuration(pathOf("request"), request, problems);
  checkDuration(pathOf("streamIdle"), args.streamIdle, problems);
  if (args.streamIdle !== undefined && release === ReleaseSet.V1_0) {
    problems.add(
      pathOf("streamIdle"),
      `${args.streamIdle} needs AI Gateway 1.1, and release set 1.0 would drop it; use release "1.1" or remove it`,
    );
  }
  return { request, streamIdle: args.streamIdle };
}

/** `levels`: how many priorities the route has; with more than one, failing answers move on to the next. */
export function resolveRetries(
  modelPath: string,
  pathOf: PathOf,
  args: RetryArgs,
  levels: number,
  timeouts: ResolvedTimeouts,
  problems: Problems,
): ResolvedRetries {
  const hasFallback = levels > 1;
  const resolved: ResolvedRetries = {
    attempts: args.attempts ?? (hasFallback ? levels - 1 : 2),
    // Unknown ones are reported below.
    on: args.on?.filter(isTrigger) ?? (hasFallback ? fallbackTriggers : plainTriggers),
    statusCodes: args.statusCodes ?? (hasFallback ? [429, 500, 502, 503, 504, 529] : [503]),
    perTryTimeout: args.perTryTimeout,
    backoff: args.backoff ?? "100ms",
  };
  checkAttempts(modelPath, pathOf, args, resolved, levels, problems);
  checkConditions(pathOf, args, resolved, problems);
  const perTryMs = checkDuration(pathOf("perTryTimeout"), args.perTryTimeout, problems);
  const requestMs = durationInMs(timeouts.request);
  if (perTryMs !== undefined && requestMs !== undefined && perTryMs > requestMs) {
    problems.add(
      pathOf("perTryTimeout"),
      `${args.perTryTimeout} is longer than the whole request (${timeouts.request}); make it at most that`,
    );
  }
  checkDuration(pathOf("backoff"), args.backoff, problems);
  checkNeverTried(modelPath, pathOf, args, resolved, problems);
  return resolved;
}

function checkAttempts(
  modelPath: string,
  pathOf: PathOf,
  args: RetryArgs,
  resolved: ResolvedRetries,
  levels: number,
  problems: Problems,
): void {
  const { attempts } = resolved;
  if (!Number.isInteger(attempts) || attempts < 0 || attempts > mostAttempts) {
    problems.add(pathOf("attempts"), `${attempts} is not a whole number from 0 to ${mostAttempts}`);
  } else if (args.attempts !== undefined && attempts < levels - 1) {
    problems.add(
      `${modelPath}.retries.attempts`,
      `${attempts} never reaches the last of ${levels - 1} fallback steps; use at least ${levels - 1} or leave it out`,
    );
  }
}

/** Without further attempts the other members would be dropped. */
function checkNeverTried(
  modelPath: string,
  pathOf: PathOf,
  args: RetryArgs,
  { attempts }: ResolvedRetries,
  problems: Problems,
): void {
  const own = (["on", "statusCodes", "perTryTimeout", "backoff"] as const).filter(
    // A default of the whole gateway may well meet a model that is never tried again.
    (member) => args[member] !== undefined && pathOf(member).startsWith(modelPath),
  );
  if (attempts === 0 && own.length > 0) {
    problems.add(
      pathOf("attempts"),
      `0 means that nothing is tried again, so ${own.join(", ")} would do nothing; remove them or allow attempts`,
    );
  }
}

function checkConditions(
  pathOf: PathOf,
  args: RetryArgs,
  resolved: ResolvedRetries,
  problems: Problems,
): void {
  if (args.on?.length === 0) {
    problems.add(
      pathOf("on"),
      "is empty, so nothing would be tried again; write attempts: 0 if that is meant",
    );
  }
  for (const trigger of args.on ?? []) {
    if (!isTrigger(trigger)) {
      problems.add(pathOf("on"), `"${trigger}" is not a condition; known are ${triggers.join(", ")}`);
    }
  }
  for (const code of resolved.statusCodes) {
    if (!Number.isInteger(code) || code < 100 || code > 599) {
      problems.add(pathOf("statusCodes"), `${code} is not a status code; use 100 to 599`);
    }
  }
  const isRead = resolved.on.includes("retriable-status-codes");
  if (args.statusCodes !== undefined && args.statusCodes.length > 0 && !isRead) {
    problems.add(
      pathOf("statusCodes"),
      `[${args.statusCodes.join(", ")}] count only together with the condition "retriable-status-codes"; add it to retries.on`,
    );
  }
}

function checkDuration(path: string, text: string | undefined, problems: Problems): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const ms = durationInMs(text);
  if (ms === undefined) {
    problems.add(path, `${JSON.stringify(text)} is not a duration; write it as 90s, 10m, 1h30m or 500ms`);
  } else if (ms === 0) {
    problems.add(path, `${text} would switch the limit off in Envoy; write how long it is, or leave it out`);
    return undefined;
  }
  return ms;
}
