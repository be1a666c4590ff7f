import { Hold, type ModelPolicy, type Policy, Settle } from "../policy/policy";
import { Endpoint } from "../usage/endpoint";
import type { ModelRequest } from "../usage/modelRequest";
import type { Bound, Candidate, Estimates } from "./candidates";
import type { HeldBudget, Reservation } from "./reservation";
import type { Shrunk } from "./shrinking";
import type { ClaimState, Decision } from "./store";
import { DecisionOutcome } from "./telemetry";

/** Everything that one decision is made of. */
export interface Question {
  readonly id: string;
  readonly policy: Policy;
  readonly model: ModelPolicy;
  readonly request: ModelRequest;
  /** Of the caller; `undefined` where nobody named it. */
  readonly team: string | undefined;
  readonly bounds: readonly Bound[];
  readonly estimates: Estimates;
  /** Set where this is the request with less output. */
  readonly shrunk: Shrunk | undefined;
}

/** A request that was let through. */
export interface Admitted {
  readonly kind: "admitted";
  readonly reservation: Reservation;
  readonly outcome: DecisionOutcome;
  /** What limit headers are made of: shadow budgets, and those that overflowed, do not limit this request. */
  readonly states: readonly ClaimState[];
  /** A budget wants the answer read. */
  readonly readsAnswer: boolean;
  /** Images or audio: what the gateway's metadata says of usage is not all. */
  readonly hasMedia: boolean;
  readonly shrunk: Shrunk | undefined;
  readonly nowMs: number;
}

/** What the store's yes means for a request. */
export function admittedBy(
  question: Question,
  chosen: Candidate | undefined,
  decision: Extract<Decision, { readonly admitted: true }>,
): Admitted {
  const { bounds, shrunk } = question;
  const { states, nowMs } = decision;
  const tier = chosen?.pool.tier ?? "";
  const out = sentFrom(bounds, tier);
  return {
    kind: "admitted",
    reservation: reservationOf(question, tier, nowMs, chosen),
    outcome: outcomeOf(shrunk, tier, states),
    states: limiting(states, out),
    readsAnswer: bounds.some(
      (bound) => bound.binding.budget.settle === Settle.Stream && !out.includes(bound),
    ),
    hasMedia: hasMedia(question.request),
    shrunk,
    nowMs,
  };
}

/** A request that no budget binds. */
export function unbound(question: Question, nowMs: number): Admitted {
  return {
    kind: "admitted",
    reservation: reservationOf(question, "", nowMs, undefined),
    outcome: DecisionOutcome.Unbudgeted,
    states: [],
    readsAnswer: false,
    hasMedia: hasMedia(question.request),
    shrunk: undefined,
    nowMs,
  };
}

/** The budgets that a request in this tier was, or would have been, sent away by. */
export function sentFrom(bounds: readonly Bound[], tier: string): readonly Bound[] {
  return tier === "" ? [] : bounds.filter(({ overflowTo }) => overflowTo === tier);
}

/** The budgets that a client can run into. */
export function limiting(states: readonly ClaimState[], out: readonly Bound[]): readonly ClaimState[] {
  return states.some(({ shadow }) => shadow) || out.length > 0
    ? states.filter(({ shadow, account }) => !shadow && !out.some((bound) => bound.account === account))
    : states;
}

function outcomeOf(shrunk: Shrunk | undefined, tier: string, states: readonly ClaimState[]): DecisionOutcome {
  if (shrunk !== undefined) {
    return DecisionOutcome.Shrunk;
  }
  if (tier !== "") {
    return DecisionOutcome.Overflow;
  }
  return states.some(({ shadow, fits }) => shadow && !fits)
    ? DecisionOutcome.Shadow
    : DecisionOutcome.Admitted;
}

function hasMedia({ endpoint, audioParts, mayAnswerAudio }: ModelRequest): boolean {
  return endpoint === Endpoint.Images || audioParts > 0 || mayAnswerAudio;
}

function reservationOf(
  { id, model, request, bounds, estimates, team }: Question,
  tier: string,
  nowMs: number,
  chosen: Candidate | undefined,
): Reservation {
  const { inputTokens, outputTokens } = estimates.of(Hold.Adaptive);
  const mostOutput = estimates.of(Hold.Strict).outputTokens;
  const { endpoint, stream: isStream, images } = request;
  const budgets: HeldBudget[] = [];
  chosen?.claims.forEach(({ binding, amount, isOverflow }, index) => {
    const bound = bounds[index];
    if (isOverflow !== true && bound !== undefined) {
      const { account, text } = bound;
      budgets.push({ account, budget: binding.budget.name, unit: binding.budget.unit, amount, text });
    }
  });
  const atMs = Math.max(0, Math.floor(nowMs));
  return {
    id,
    model: model.name,
    tier,
    endpoint,
    isStream,
    inputTokens,
    outputTokens,
    mostOutput,
    images,
    atMs,
    request,
    budgets,
    ...(team === undefined ? {} : { team }),
    ...(request.keepsForHour ? { keepsForHour: true } : {}),
  };
}
