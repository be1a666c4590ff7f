import { refuseUnproven } from "../answers/refusals";
import { dialectOf } from "../usage/endpoint";
import { noUsage } from "../usage/usage";
import type { HeaderReader, ProcessingResponse } from "../wire/messages";
import { Unproven } from "./authenticate";
import type { Parts } from "./parts";
import { immediate } from "./replies";
import { DecisionOutcome } from "./telemetry";

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
  const outcome = DecisionOutcome.Unauthenticated;
  const requestId = headers.get("x-request-id");
  telemetry.decided({ outcome, model: "", tier: "", budget: "", by: "none" });
  onRequest?.({
    requestId: requestId ?? "",
    model: "",
    tier: "",
    backend: undefined,
    outcome,
    refusedBy: undefined,
    kind: undefined,
    usage: noUsage,
    nanodollars: undefined,
    budgets: [],
  });
  const answer = refuseUnproven(dialectOf(headers.get(":path") ?? ""), messages[reason], requestId);
  return immediate(answer, `access_${reason}`);
}
