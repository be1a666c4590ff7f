import { refuseUnproven } from "../answers/refusals";
import { dialectOf } from "../usage/endpoint";
import type { HeaderReader, ProcessingRequest, ProcessingResponse } from "../wire/messages";
import { Unproven } from "./authenticate";
import type { Parts } from "./parts";
import { immediate, replies } from "./replies";
import { refusedSummary } from "./summary";
import { type CallerRefusal, DecisionOutcome, type Telemetry } from "./telemetry";

const messages: Readonly<Record<Unproven, string>> = {
  [Unproven.Missing]: "Say who you are: send a token or an API key, for example as Authorization: Bearer.",
  [Unproven.Wrong]: "The API key is not valid.",
  [Unproven.Expired]: "The API key has expired. Use the one that replaced it.",
  [Unproven.Early]: "The API key is not valid yet.",
  [Unproven.Several]: "The request has more than one credential. Send a token or one API key, not both.",
};

/** Refuses a request of somebody who is not known, in the words of the API that was called. */
export function refuseCaller(
  { telemetry, onRequest }: Pick<Parts, "telemetry" | "onRequest">,
  headers: HeaderReader,
  reason: Unproven,
): ProcessingResponse {
  const requestId = headers.get("x-request-id");
  tell(telemetry, reason);
  onRequest?.(refusedSummary(requestId, DecisionOutcome.Unauthenticated));
  const answer = refuseUnproven(dialectOf(headers.get(":path") ?? ""), messages[reason], requestId);
  return immediate(answer, `access_${reason}`);
}

function tell(telemetry: Telemetry, reason: CallerRefusal): void {
  const outcome = DecisionOutcome.Unauthenticated;
  telemetry.decided({ outcome, model: "", tier: "", budget: "", by: "none" });
  telemetry.callerRefused(reason);
}

/** What Envoy says where the answer is not about callers: it changes to no other protocol, such as WebSocket. */
const upgradeFailed = "upgrade_failed";

/** What Envoy's check of tokens says, such as `jwt_authn_access_denied{Jwt_is_expired}`. */
const jwtDetails = /^jwt_authn_access_denied\{([^{}]{1,100})\}$/;

/**
 * What a client is told whom Envoy itself has refused, before we saw its request: the same status, in the words of the
 * API that was called, where Envoy has a line of text.
 */
export function refusalInFront(
  { policy, telemetry }: Pick<Parts, "policy" | "telemetry">,
  { headers, path, details }: Extract<ProcessingRequest, { kind: "responseHeaders" }>,
): ProcessingResponse {
  const status = headers.get(":status");
  const isRefusal = (status === "401" || status === "403") && details !== upgradeFailed;
  if (policy().access === undefined || path === undefined || !isRefusal) {
    return replies.responseHeaders;
  }
  tell(telemetry, "token");
  const reason = jwtDetails.exec(details ?? "")?.[1]?.replaceAll("_", " ");
  const message =
    reason === undefined ? "The credentials are not valid." : `The token is not valid: ${reason}.`;
  return immediate(refuseUnproven(dialectOf(path), message, undefined, Number(status)), "access_in_front");
}
