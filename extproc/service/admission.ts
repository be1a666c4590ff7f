import type { Attributes } from "../policy/match";
import { AtLimit, type ModelPolicy, type Policy } from "../policy/policy";
import type { ModelRequest } from "../usage/modelRequest";
import { type Admitted, admittedBy, limiting, type Question, sentFrom, unbound } from "./admitted";
import { type Bound, type Candidate, candidatesOf, Estimates } from "./candidates";
import { knownBounds } from "./knownBounds";
import type { Knowledge } from "./modelKnowledge";
import type { OverflowMemory } from "./overflowMemory";
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

export type Admission =
  | Admitted
  | {
      readonly kind: "limit";
      readonly decision: Extract<Decision, { readonly reason: "limit" }>;
      readonly status: 429 | 402;
      readonly states: readonly ClaimState[];
    }
  | { readonly kind: "storeDown"; readonly budget: string };

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
   * the request through with less output. The body must stay as it is until this returns.
   */
  admit({ id, policy, model, request, body, caller }: AdmissionRequest): Promise<Admission> | Admission {
    const bounds = knownBounds(policy, model, caller);
    const estimates = new Estimates(request, model, this.knowledge.of(model.name).learned());
    const team = caller.get("team");
    const asked = { id, policy, model, request, team, bounds, estimates, shrunk: undefined };
    if (bounds.length === 0) {
      this.tell(model.name, DecisionOutcome.Unbudgeted, "", "", "none");
      return unbound(asked, this.store.nowMs());
    }
    // Whoever gave us the body may use its memory again.
    const kept = mayShrink(bounds, request) ? Buffer.from(body) : undefined;
    return this.ask(asked, this.candidates(bounds, estimates), kept);
  }

  /** `body` is there as long as the request may be shrunk. */
  private ask(
    question: Question,
    candidates: readonly Candidate[],
    body: Buffer | undefined,
  ): Promise<Admission> | Admission {
    const { id, policy } = question;
    const request = { id, candidates: candidates.map(({ claims }) => claims), policy };
    const decision = this.store.decideAtOnce?.(request);
    return decision === undefined
      ? this.store.decide(request).then((late) => this.answer(question, candidates, body, late))
      : this.answer(question, candidates, body, decision);
  }

  private answer(
    question: Question,
    candidates: readonly Candidate[],
    body: Buffer | undefined,
    decision: Decision,
  ): Promise<Admission> | Admission {
    const { model, bounds } = question;
    if (decision.admitted) {
      return this.admitted(question, candidates[decision.candidate], decision);
    }
    if (decision.reason === "storeDown") {
      this.tell(model.name, DecisionOutcome.StoreDown, "", decision.budget, "closed");
      return { kind: "storeDown", budget: decision.budget };
    }
    const { obstacle, states, by } = decision;
    const budget = bounds.find(({ account }) => account === obstacle.account)?.binding.budget;
    if (body !== undefined && budget?.atLimit === AtLimit.Shrink) {
      const shrunk = shrink(budget, body, bounds, states, candidates, question.estimates);
      if (shrunk !== undefined) {
        return this.askForLess(question, shrunk);
      }
    }
    this.tell(model.name, DecisionOutcome.Refused, "", obstacle.budget, by);
    return { kind: "limit", decision, status: budget?.status ?? 429, states: limiting(states, []) };
  }

  /** Where the request may go. Counters that are still over their limit keep it away from the usual pool. */
  private candidates(bounds: readonly Bound[], estimates: Estimates): readonly Candidate[] {
    const nowMs = this.store.nowMs();
    const over = bounds.find(
      ({ account, overflowTo, binding }) =>
        overflowTo !== undefined && this.overflows.isOver(account, overflowTo, binding.budget, nowMs),
    );
    return candidatesOf(bounds, estimates, over?.overflowTo);
  }

  private askForLess(question: Question, shrunk: Shrunk): Promise<Admission> | Admission {
    const { model, bounds } = question;
    const { request } = shrunk;
    const estimates = new Estimates(request, model, this.knowledge.of(model.name).learned());
    const less = { ...question, request, estimates, shrunk };
    return this.ask(less, this.candidates(bounds, estimates), undefined);
  }

  private admitted(
    question: Question,
    chosen: Candidate | undefined,
    decision: Extract<Decision, { readonly admitted: true }>,
  ): Admitted {
    const admitted = admittedBy(question, chosen, decision);
    const { tier } = admitted.reservation;
    const sender = this.remember(sentFrom(question.bounds, tier), decision, tier);
    const shadow = decision.states.find((state) => state.shadow && !state.fits)?.budget;
    this.tell(
      question.model.name,
      admitted.outcome,
      tier,
      question.shrunk?.budget ?? sender ?? shadow ?? "",
      decision.by,
    );
    return admitted;
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

  private tell(
    model: string,
    outcome: DecisionOutcome,
    tier: string,
    budget: string,
    by: DecidedBy | "none",
  ): void {
    this.telemetry.decided({ outcome, model, tier, budget, by });
  }
}
