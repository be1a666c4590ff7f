import { type Attributes, bindingsOf } from "../policy/match";
import { AtLimit, type BudgetPolicy, Hold, type ModelPolicy, type Policy, Settle } from "../policy/policy";
import { Endpoint } from "../usage/endpoint";
import type { ModelRequest } from "../usage/modelRequest";
import { type Bound, boundsOf, type Candidate, candidatesOf, Estimates, tierCandidates } from "./candidates";
import type { Knowledge } from "./modelKnowledge";
import type { OverflowMemory } from "./overflowMemory";
import type { Reservation } from "./reservation";
import { mayShrink, type Shrunk, shrink } from "./shrinking";
import type { BudgetStore, ClaimState, DecidedBy, Decision } from "./store";
import { DecisionOutcome, type Telemetry } from "./telemetry";

/** A request that asks to be let through. */
export interface AdmissionRequest {
  readonly id: string;
  readonly policy: Policy;
  readonly model: ModelPolicy;
  readonly request: ModelRequest;
  readonly body: Buffer;
  readonly caller: Attributes;
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

export type Admission =
  | Admitted
  | {
      readonly kind: "limit";
      readonly decision: Extract<Decision, { readonly reason: "limit" }>;
      readonly status: 429 | 402;
      readonly states: readonly ClaimState[];
    }
  | { readonly kind: "storeDown"; readonly budget: string };

/** Everything that one decision is made of. */
interface Question extends AdmissionRequest {
  readonly bounds: readonly Bound[];
  readonly estimates: Estimates;
  readonly candidates: readonly Candidate[];
  readonly shrunk: Shrunk | undefined;
}

/** Decides which requests are let through, where they go and what they hold. */
export class Admissions {
  constructor(
    private readonly store: BudgetStore,
    private readonly telemetry: Telemetry,
    private readonly knowledge: Knowledge,
    private readonly overflows: OverflowMemory,
  ) {}

  /**
   * One call to the store for a request that budgets bind; a second one only where a budget that is at its limit lets
   * the request through with less output. The body must stay as it is until the first of them is made.
   */
  admit(asked: AdmissionRequest): Promise<Admission> | Admission {
    const { policy, model, request, caller } = asked;
    const bounds = boundsOf(bindingsOf(policy, model.name, caller), model);
    const estimates = new Estimates(request, model, this.knowledge.of(model.name).learned());
    if (bounds.length === 0) {
      return this.unbudgeted(asked, estimates);
    }
    const candidates = this.candidates(bounds, estimates);
    // Whoever gave us the body may use its memory again.
    const body = mayShrink(bounds, request) ? Buffer.from(asked.body) : asked.body;
    return this.ask({ ...asked, body, bounds, estimates, candidates, shrunk: undefined });
  }

  private async ask(question: Question): Promise<Admission> {
    const { id, policy, candidates } = question;
    const decision = await this.store.decide({
      id,
      candidates: candidates.map(({ claims }) => claims),
      policy,
    });
    if (decision.admitted) {
      return this.admitted(question, decision);
    }
    if (decision.reason === "storeDown") {
      this.tell(question, DecisionOutcome.StoreDown, "", decision.budget, "closed");
      return { kind: "storeDown", budget: decision.budget };
    }
    const obstacle = budgetOf(question.bounds, decision.obstacle.account);
    const less =
      question.shrunk === undefined ? this.withLess(question, decision.states, obstacle) : undefined;
    if (less !== undefined) {
      return this.ask(less);
    }
    this.tell(question, DecisionOutcome.Refused, "", decision.obstacle.budget, decision.by);
    const states = limiting(decision.states, []);
    return { kind: "limit", decision, status: obstacle?.status ?? 429, states };
  }

  private candidates(bounds: readonly Bound[], estimates: Estimates): readonly Candidate[] {
    const nowMs = this.store.nowMs();
    const over = bounds.find(
      ({ account, overflowTo, binding }) =>
        overflowTo !== undefined && this.overflows.isOver(account, overflowTo, binding.budget, nowMs),
    );
    return over?.overflowTo === undefined
      ? candidatesOf(bounds, estimates)
      : tierCandidates([over.overflowTo], bounds, estimates);
  }

  /** The question about the same request with less output, if the budget that refused it shrinks. */
  private withLess(
    question: Question,
    states: readonly ClaimState[],
    obstacle: BudgetPolicy | undefined,
  ): Question | undefined {
    if (obstacle?.atLimit !== AtLimit.Shrink) {
      return undefined;
    }
    const { body, bounds, candidates, estimates, model } = question;
    const shrunk = shrink(body, bounds, states, candidates, estimates);
    if (shrunk === undefined) {
      return undefined;
    }
    const less = new Estimates(shrunk.request, model, this.knowledge.of(model.name).learned());
    const pools = new Set(candidates.map(({ pool }) => pool.tier));
    const fewer = candidatesOf(bounds, less).filter(({ pool }) => pools.has(pool.tier));
    return { ...question, request: shrunk.request, estimates: less, candidates: fewer, shrunk };
  }

  private admitted(question: Question, decision: Extract<Decision, { readonly admitted: true }>): Admitted {
    const { bounds, shrunk } = question;
    const { states, nowMs, by } = decision;
    const chosen = question.candidates[decision.candidate] ?? question.candidates[0];
    const tier = chosen?.pool.tier ?? "";
    const isOut = ({ overflowTo }: Bound) => overflowTo !== undefined && overflowTo === tier;
    const sender = this.remember(bounds.filter(isOut), decision, tier);
    const shadow = states.find((state) => state.shadow && !state.fits);
    const outcome =
      shrunk !== undefined
        ? DecisionOutcome.Shrunk
        : tier !== ""
          ? DecisionOutcome.Overflow
          : shadow !== undefined
            ? DecisionOutcome.Shadow
            : DecisionOutcome.Admitted;
    this.tell(question, outcome, tier, sender ?? shadow?.budget ?? "", by);
    return {
      kind: "admitted",
      reservation: this.reservation(question, chosen, tier, nowMs),
      outcome,
      states: limiting(states, bounds.filter(isOut)),
      readsAnswer: bounds.some((bound) => bound.binding.budget.settle === Settle.Stream && !isOut(bound)),
      hasMedia: hasMedia(question.request),
      shrunk,
      nowMs,
    };
  }

  /**
   * Notes which counters sent the request to a tier, and which may have the next one back. Answers the budget of the
   * first that sent it.
   */
  private remember(
    out: readonly Bound[],
    { passedOver, states, nowMs }: Extract<Decision, { readonly admitted: true }>,
    tier: string,
  ): string | undefined {
    let sender: string | undefined;
    for (const { account, binding } of out) {
      const { budget } = binding;
      const state = states.find((one) => one.account === account);
      if (passedOver.includes(account) || state?.fits === false) {
        this.overflows.goOver(account, tier, state?.resetMs, nowMs);
      }
      if (this.overflows.has(account)) {
        sender ??= budget.name;
        const level = state === undefined ? Number.POSITIVE_INFINITY : state.used + state.held;
        const isBack = this.overflows.returns(account, level, budget, nowMs);
        this.telemetry.overflowed(budget.name, isBack ? tier : "", isBack ? "" : tier);
      }
    }
    return sender;
  }

  private unbudgeted(asked: AdmissionRequest, estimates: Estimates): Admitted {
    this.tell(asked, DecisionOutcome.Unbudgeted, "", "", "none");
    const nowMs = this.store.nowMs();
    return {
      kind: "admitted",
      reservation: reservationOf(asked, estimates, "", nowMs, []),
      outcome: DecisionOutcome.Unbudgeted,
      states: [],
      readsAnswer: false,
      hasMedia: hasMedia(asked.request),
      shrunk: undefined,
      nowMs,
    };
  }

  private reservation(
    question: Question,
    chosen: Candidate | undefined,
    tier: string,
    nowMs: number,
  ): Reservation {
    const budgets = (chosen?.claims ?? []).flatMap(({ binding, amount, isOverflow }, index) => {
      const { name: budget, unit } = binding.budget;
      const account = question.bounds[index]?.account;
      return isOverflow === true || account === undefined ? [] : [{ account, budget, unit, amount }];
    });
    return reservationOf(question, question.estimates, tier, nowMs, budgets);
  }

  private tell(
    { model }: AdmissionRequest,
    outcome: DecisionOutcome,
    tier: string,
    budget: string,
    by: DecidedBy | "none",
  ): void {
    this.telemetry.decided({ outcome, model: model.name, tier, budget, by });
  }
}

function budgetOf(bounds: readonly Bound[], account: string): BudgetPolicy | undefined {
  return bounds.find((bound) => bound.account === account)?.binding.budget;
}

/** The budgets that a client can run into. */
function limiting(states: readonly ClaimState[], out: readonly Bound[]): readonly ClaimState[] {
  return states.some(({ shadow }) => shadow) || out.length > 0
    ? states.filter(({ shadow, account }) => !shadow && !out.some((bound) => bound.account === account))
    : states;
}

function hasMedia({ endpoint, audioParts, mayAnswerAudio }: ModelRequest): boolean {
  return endpoint === Endpoint.Images || audioParts > 0 || mayAnswerAudio;
}

function reservationOf(
  { id, model, request }: AdmissionRequest,
  estimates: Estimates,
  tier: string,
  nowMs: number,
  budgets: Reservation["budgets"],
): Reservation {
  const { inputTokens, outputTokens } = estimates.of(Hold.Adaptive);
  const { endpoint, stream: isStream, images } = request;
  const atMs = Math.max(0, Math.floor(nowMs));
  const mostOutput = estimates.of(Hold.Strict).outputTokens;
  const expected = { inputTokens, outputTokens, mostOutput, images, atMs };
  return { id, model: model.name, tier, endpoint, isStream, ...expected, request, budgets };
}
