import { remainingOf } from "../answers/limitHeaders";
import {
  refuseAccess,
  refuseAtLimit,
  refuseRequest,
  refuseStoreDown,
  refuseUnknownModel,
} from "../answers/refusals";
import { budgetNamespace } from "../contract";
import { nearestNames } from "../policy/nearestNames";
import { readRequest } from "../usage/readRequest";
import type { ProcessingResponse } from "../wire/messages";
import type { Admission, AdmissionRequest } from "./admission";
import type { Admitted } from "./admitted";
import { eachAnswerHeader } from "./answerHeaders";
import { recordKeys } from "./logReports";
import type { Parts } from "./parts";
import { immediate } from "./replies";
import type { RequestHead } from "./requestHead";
import { requestId as newId } from "./requestId";
import { writeReservation } from "./reservation";
import type { ClaimState } from "./store";
import { type BudgetLeft, type RequestSummary, refusedSummary } from "./summary";
import { DecisionOutcome } from "./telemetry";
import { usableModels } from "./usableModels";

/** How a request is answered: it goes on if it was admitted. */
export interface BodyVerdict {
  readonly admitted?: Admitted;
  readonly reply: ProcessingResponse;
}

/** Decides on a request by its whole body, which need not outlive the call. */
export function decideOn(parts: Parts, head: RequestHead, body: Buffer): BodyVerdict | Promise<BodyVerdict> {
  const { maxBodyBytes } = parts.settings;
  if (body.length > maxBodyBytes) {
    return refuseInvalid(parts, head, `The body is larger than ${maxBodyBytes} bytes.`, 413);
  }
  const { request, problem } = readRequest(head.endpoint, head.contentType, body);
  if (request === undefined) {
    return refuseInvalid(parts, head, problem.message, problem.status);
  }
  const { policy, dialect, requestId, caller } = head;
  const model = policy.models.get(request.model);
  const rules = policy.access?.rules;
  const subject = { attributes: caller, groups: head.groups };
  if (model === undefined) {
    const usable = usableModels(policy, subject).map(({ name }) => name);
    const answer = refuseUnknownModel(dialect, request.model, requestId, nearestNames(request.model, usable));
    tellUnread(parts, head, DecisionOutcome.UnknownModel);
    return { reply: immediate(answer, "budget_unknown_model") };
  }
  if (rules?.mayCall(subject, model.name) === false) {
    parts.telemetry.decided({
      outcome: DecisionOutcome.Forbidden,
      model: model.name,
      tier: "",
      budget: "",
      by: "none",
    });
    tellRefused(parts, head, DecisionOutcome.Forbidden, { model: model.name });
    return { reply: immediate(refuseAccess(dialect, model.name, requestId), "access_forbidden") };
  }
  const asked = { id: newId(), policy, model, request, body, caller };
  try {
    const admission = parts.admissions.admit(asked);
    return admission instanceof Promise
      ? admission
          .then((late) => verdictOn(parts, head, model.name, late))
          .catch((error: unknown) => giveBack(parts, asked, error))
      : verdictOn(parts, head, model.name, admission);
  } catch (error) {
    return giveBack(parts, asked, error);
  }
}

/** The request is refused without a word about what it may hold by now. */
function giveBack(parts: Parts, { id, policy }: AdmissionRequest, error: unknown): never {
  parts.requests.release(id, policy);
  throw error;
}

/** A request that cannot be read, or could be read in two ways. */
export function refuseInvalid(
  parts: Parts,
  head: RequestHead,
  message: string,
  status: 400 | 413 = 400,
): BodyVerdict {
  const { dialect, requestId } = head;
  tellUnread(parts, head, DecisionOutcome.Invalid);
  return { reply: immediate(refuseRequest(dialect, message, requestId, status), "budget_invalid_request") };
}

function verdictOn(parts: Parts, head: RequestHead, model: string, admission: Admission): BodyVerdict {
  const { dialect, requestId } = head;
  switch (admission.kind) {
    case "admitted":
      return { admitted: admission, reply: goOn(head, admission) };
    case "limit": {
      const { decision, status, states } = admission;
      const refusedBy = decision.obstacle.budget;
      tellRefused(parts, head, DecisionOutcome.Refused, { model, refusedBy, budgets: states.map(leftIn) });
      const { obstacle: exhausted, needed, nowMs, retryAtMs } = decision;
      const answer = refuseAtLimit(dialect, {
        exhausted,
        needed,
        status,
        states,
        nowMs,
        retryAtMs,
        requestId,
      });
      return { reply: immediate(answer, "budget_limit") };
    }
    case "storeDown":
      tellRefused(parts, head, DecisionOutcome.StoreDown, { model, refusedBy: admission.budget });
      return { reply: immediate(refuseStoreDown(dialect, admission.budget, requestId), "budget_store_down") };
  }
}

/** The request goes on, with what its log entry needs to settle it. */
function goOn({ policy, dialect }: RequestHead, admitted: Admitted): ProcessingResponse {
  const { reservation, shrunk } = admitted;
  const { id, tier } = reservation;
  const own: Record<string, string> = {
    [recordKeys.id]: id,
    [recordKeys.reservation]: writeReservation(reservation),
  };
  // Envoy tells the client: it never shows us the headers of answers.
  eachAnswerHeader(dialect, admitted, (name, value) => {
    own[name] = value;
  });
  const metadata = { [budgetNamespace]: own };
  const { tierHeader } = policy;
  const isElsewhere = tier !== "" && tierHeader !== undefined;
  if (!isElsewhere && shrunk === undefined) {
    return { kind: "requestBody", metadata };
  }
  const setHeaders: [string, string][] = [];
  if (isElsewhere) {
    setHeaders.push([tierHeader, tier]);
  }
  if (shrunk !== undefined) {
    setHeaders.push(["content-length", String(shrunk.body.length)]);
  }
  const mutation = {
    setHeaders,
    ...(shrunk === undefined ? {} : { body: shrunk.body }),
    ...(isElsewhere ? { clearRouteCache: true } : {}),
  };
  return { kind: "requestBody", metadata, mutation };
}

/** Whatever a client calls its model is no label. */
function tellUnread(parts: Parts, head: RequestHead, outcome: DecisionOutcome): void {
  parts.telemetry.decided({ outcome, model: "", tier: "", budget: "", by: "none" });
  tellRefused(parts, head, outcome);
}

function tellRefused(
  { onRequest }: Parts,
  { requestId }: RequestHead,
  outcome: DecisionOutcome,
  known: Partial<Pick<RequestSummary, "model" | "refusedBy" | "budgets">> = {},
): void {
  onRequest?.(refusedSummary(requestId, outcome, known));
}

function leftIn(state: ClaimState): BudgetLeft {
  const { budget, unit, limit } = state;
  return { budget, unit, limit, remaining: remainingOf(state) };
}
