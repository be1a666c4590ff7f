import { AtLimit, LimitUnit } from "../policy/policy";
import { amountText, instantText, waitText } from "./amounts";
import { type Answer, type Dialect, type ErrorWords, errorAnswer } from "./dialect";
import { type BudgetState, limitHeaders, ownPrefix } from "./limitHeaders";

/** Official clients wait this long at most before they try again by themselves, and ignore longer waits. */
const longestWaitMs = 60_000;
/** When running requests give back what they hold is not known. */
const heldWaitMs = 1000;
/** When the store comes back is not known either. */
const storeWaitMs = 2000;

/** What a refusal is about. */
export interface LimitRefusal {
  /** The budget that has not enough left. */
  readonly exhausted: BudgetState;
  /** What the request would hold in it. */
  readonly needed: number;
  readonly status: 429 | 402;
  /** All budgets that bind the request, for the headers. */
  readonly states: readonly BudgetState[];
  readonly nowMs: number;
  /** When it fits if nothing else is spent. Default: when the window ends, or once running requests are over. */
  readonly retryAtMs?: number | undefined;
  readonly requestId?: string | undefined;
}

/** A budget has not enough left: 429, or 402 where the budget says so. */
export function refuseAtLimit(dialect: Dialect, refusal: LimitRefusal): Answer {
  const { exhausted, nowMs, status } = refusal;
  const wait = waitOf(refusal);
  // Waiting does not help a request that is larger than the whole budget.
  const mayRetry = status === 429 && wait <= longestWaitMs && refusal.needed <= exhausted.limit;
  const isMoney = exhausted.unit === LimitUnit.Nanodollars;
  const countsRequests = exhausted.unit === LimitUnit.Requests || exhausted.unit === LimitUnit.Concurrency;
  const isQuota = isMoney || status === 402 || !mayRetry;
  return errorAnswer(
    dialect,
    {
      status,
      message: limitMessage(refusal),
      openAiType: isQuota ? "insufficient_quota" : countsRequests ? "requests" : "tokens",
      openAiCode: isQuota ? "insufficient_quota" : "rate_limit_exceeded",
      anthropicType: status === 402 ? "billing_error" : "rate_limit_error",
    },
    [
      ...retryHeaders(wait, mayRetry),
      [`${ownPrefix}name`, exhausted.budget],
      ...limitHeaders(dialect, refusal.states, nowMs),
    ],
    refusal.requestId,
  );
}

function waitOf({ exhausted, needed, nowMs, retryAtMs }: LimitRefusal): number {
  const { limit, used, resetMs } = exhausted;
  const untilMs = Math.max(0, (retryAtMs ?? resetMs ?? Number.POSITIVE_INFINITY) - nowMs);
  const isHeld = resetMs === undefined || (retryAtMs === undefined && used + needed <= limit);
  return isHeld ? Math.min(heldWaitMs, untilMs) : untilMs;
}

/** `retry-after` counts whole seconds, so that a client that reads nothing else is not early. */
function retryHeaders(waitMs: number, mayRetry: boolean): readonly (readonly [string, string])[] {
  return [
    ["retry-after", String(Math.ceil(waitMs / 1000))],
    ["retry-after-ms", String(Math.ceil(waitMs))],
    ...(mayRetry ? [] : [["x-should-retry", "false"] as const]),
  ];
}

function limitMessage({ exhausted, needed, nowMs }: LimitRefusal): string {
  const { budget, unit, period, limit, used, held, resetMs } = exhausted;
  const text = (amount: number) => amountText(unit, amount);
  const per = period === undefined ? "" : ` per ${period}`;
  const counts =
    unit === LimitUnit.Concurrency
      ? `${held} running`
      : `${text(used)} used, ${text(held)} held by running requests, ${text(needed)} needed`;
  const reset =
    resetMs === undefined
      ? ""
      : `; it resets at ${instantText(resetMs)}, in ${waitText(Math.ceil((resetMs - nowMs) / 1000) * 1000)}`;
  const tooLarge = needed > limit ? " The request is larger than the whole budget; ask for less output." : "";
  return `Budget "${budget}" allows ${text(limit)}${per}: ${counts}${reset}.${tooLarge}`;
}

/**
 * Nobody knows who calls: 401, or 403 where Envoy says so, as of a token for somebody else. What is said must not tell
 * whether a key exists that was not sent.
 */
export function refuseUnproven(dialect: Dialect, message: string, requestId?: string, status = 401): Answer {
  return errorAnswer(
    dialect,
    {
      status,
      message,
      openAiType: "invalid_request_error",
      openAiCode: "invalid_api_key",
      anthropicType: status === 403 ? "permission_error" : "authentication_error",
    },
    [["www-authenticate", "Bearer"]],
    requestId,
  );
}

/** The caller may not use the model: 403. */
export function refuseAccess(dialect: Dialect, model: string, requestId?: string): Answer {
  return plainAnswer(dialect, requestId, {
    status: 403,
    message: `You may not use the model "${shortened(model)}".`,
    openAiType: "invalid_request_error",
    openAiParam: "model",
    openAiCode: "permission_denied",
    anthropicType: "permission_error",
  });
}

/** There is no such model: 404. `nearest`: models that may have been meant, and that the caller may use. */
export function refuseUnknownModel(
  dialect: Dialect,
  model: string,
  requestId?: string,
  nearest: readonly string[] = [],
): Answer {
  const meant = nearest.map((name) => `"${name}"`).join(" or ");
  const question = meant === "" ? "" : ` Did you mean ${meant}?`;
  return plainAnswer(dialect, requestId, {
    status: 404,
    message: `The model "${shortened(model)}" does not exist.${question}`,
    openAiType: "invalid_request_error",
    openAiParam: "model",
    openAiCode: "model_not_found",
    anthropicType: "not_found_error",
  });
}

/** Nothing is served there: 404. */
export function refuseUnknownPath(dialect: Dialect, requestId?: string): Answer {
  return plainAnswer(dialect, requestId, {
    status: 404,
    message: "The gateway serves nothing at this path.",
    openAiType: "invalid_request_error",
    openAiCode: "not_found",
    anthropicType: "not_found_error",
  });
}

/** The request cannot be read, or could be read in two ways: 400, or 413 when it is too large. */
export function refuseRequest(
  dialect: Dialect,
  message: string,
  requestId?: string,
  status: 400 | 413 = 400,
): Answer {
  return plainAnswer(dialect, requestId, {
    status,
    message,
    openAiType: "invalid_request_error",
    openAiCode: status === 413 ? "request_too_large" : "invalid_request",
    anthropicType: status === 413 ? "request_too_large" : "invalid_request_error",
  });
}

/** A budget that is closed without the store: 503. Clients may try again. */
export function refuseStoreDown(dialect: Dialect, budget: string, requestId?: string): Answer {
  return errorAnswer(
    dialect,
    {
      status: 503,
      message: `Budget "${budget}" cannot be checked at the moment. Try again later.`,
      openAiType: "server_error",
      openAiCode: "service_unavailable",
      anthropicType: "api_error",
    },
    [...retryHeaders(storeWaitMs, true), [`${ownPrefix}name`, budget]],
    requestId,
  );
}

/** The store does not say where budgets stand: 503. Clients may try again. */
export function refuseBudgetsUnread(dialect: Dialect, requestId?: string): Answer {
  return errorAnswer(
    dialect,
    {
      status: 503,
      message: "Budgets cannot be read at the moment. Try again later.",
      openAiType: "server_error",
      openAiCode: "service_unavailable",
      anthropicType: "api_error",
    },
    retryHeaders(storeWaitMs, true),
    requestId,
  );
}

/** Something is there, but not for this method: 405. */
export function refuseMethod(dialect: Dialect, allowed: readonly string[], requestId?: string): Answer {
  return errorAnswer(
    dialect,
    {
      status: 405,
      message: `Only ${allowed.join(" and ")} are answered at this path.`,
      openAiType: "invalid_request_error",
      openAiCode: "method_not_allowed",
      anthropicType: "invalid_request_error",
    },
    [["allow", allowed.join(", ")]],
    requestId,
  );
}

function plainAnswer(dialect: Dialect, requestId: string | undefined, words: ErrorWords): Answer {
  return errorAnswer(dialect, words, [], requestId);
}

function shortened(model: string): string {
  return model.length > 256 ? `${model.slice(0, 256)}...` : model;
}

/** Names of the headers that tell a client what a budget did to its request. */
export const appliedHeaders = {
  [AtLimit.Shrink]: `${ownPrefix}max-output-tokens`,
  [AtLimit.Overflow]: `${ownPrefix}tier`,
} as const;

/** The header that tells a client what a budget did to its request, when it was let through all the same. */
export function appliedHeader(
  applied: keyof typeof appliedHeaders,
  value: number | string,
): readonly [string, string] {
  return [appliedHeaders[applied], String(value)];
}
