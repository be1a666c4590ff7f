import { LimitUnit, type Policy } from "../policy/policy";
import { noUsage, type Usage } from "../usage/usage";
import { type Bill, billOf, withImages } from "./billing";
import { budgetNamed, capacityOf } from "./budgetTerms";
import type { Knowledge } from "./modelKnowledge";
import type { Reservation } from "./reservation";
import type { BudgetStore, SettleOutcome, StoreSettlement } from "./store";
import type { BudgetLeft, OnRequest, RequestSummary } from "./summary";
import { DecisionOutcome, type SettleEvent, type Telemetry } from "./telemetry";
import { type News, ToldCosts } from "./toldCosts";

/** What was found out about a request that is over. */
export interface Finding {
  readonly usage: Usage;
  /** `nothing`: no model produced anything. */
  readonly kind: "exact" | "estimated" | "nothing";
  readonly source: SettleEvent["source"];
  /** Kept in the ledger beside the charge. */
  readonly reason: string;
  readonly backend: string | undefined;
  /** Until the first token of a stream, in milliseconds, as the gateway measured it. Default: not known. */
  readonly firstTokenMs?: number | undefined;
}

/** A request to settle, with what was decided about it, as far as this replica knows. */
export interface Settleable {
  readonly reservation: Reservation;
  /** The policy under which it was admitted: its prices count. */
  readonly policy: Policy;
  readonly requestId: string;
  readonly outcome: DecisionOutcome | undefined;
}

/** What a request that produced nothing is charged: nothing, whatever its budgets. */
export function nothingUsed(source: Finding["source"], reason: string): Finding {
  return { usage: noUsage, kind: "nothing", source, reason, backend: undefined };
}

/** Turns what a request used into charges and has them settled, told and learned from. */
export class Settler {
  private readonly told: ToldCosts;

  /** `mostTold`: estimates that are remembered to be corrected. */
  constructor(
    private readonly store: BudgetStore,
    private readonly telemetry: Telemetry,
    private readonly knowledge: Knowledge,
    private readonly onRequest: OnRequest | undefined,
    mostTold: number,
  ) {
    this.told = new ToldCosts(mostTold);
  }

  /** Never throws; `undefined` when the store has it, or resolves then. */
  settle(request: Settleable, found: Finding): Promise<void> | undefined {
    const { reservation, policy } = request;
    this.store.forget(reservation.id);
    const usage = withImages(found.usage, reservation);
    const bill = billOf(policy, reservation, usage, found.backend);
    if (bill.lacksPrice && found.kind !== "nothing") {
      this.telemetry.unknownPrice(reservation.model);
    }
    if (found.kind === "exact") {
      this.knowledge.of(reservation.model).observe(reservation.request, usage);
    }
    const kind = bill.isGuess ? "estimated" : found.kind;
    const finding = kind === found.kind && usage === found.usage ? found : { ...found, usage, kind };
    if (finding.kind === "estimated") {
      this.told.estimating(reservation.id);
    }
    const reported = found.kind === "exact" ? usage : undefined;
    const tell = (outcome: SettleOutcome | undefined) => this.tell(request, finding, bill, reported, outcome);
    const failed = (error: unknown) => this.telemetry.failure("settle", error);
    try {
      const outcome = this.charge(request, finding, bill);
      return outcome instanceof Promise ? outcome.then(tell).catch(failed) : tell(outcome);
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  private charge(
    { reservation, policy }: Settleable,
    { kind, reason }: Finding,
    { charges }: Bill,
  ): Promise<SettleOutcome> | SettleOutcome | undefined {
    if (reservation.budgets.length === 0) {
      return undefined;
    }
    const settlement: StoreSettlement = {
      id: reservation.id,
      charges: kind === "nothing" ? [] : charges,
      // That nothing was produced is as certain as a report can be.
      kind: kind === "estimated" ? "estimated" : "exact",
      reason,
      policy,
      admittedAtMs: reservation.atMs,
    };
    return this.store.settleAtOnce?.(settlement) ?? this.store.settle(settlement);
  }

  private tell(
    request: Settleable,
    finding: Finding,
    bill: Bill,
    reported: Usage | undefined,
    outcome: SettleOutcome | undefined,
  ): undefined {
    const { reservation } = request;
    const { usage, source } = finding;
    const settled = outcome?.outcome ?? "settled";
    const report = { nanodollars: bill.nanodollars ?? 0, isEstimate: finding.kind === "estimated" };
    const news = this.told.news(reservation.id, report, settled, addedMoney(reservation, outcome));
    this.telemetry.settled({
      model: reservation.model,
      endpoint: reservation.endpoint,
      source,
      kind: eventKind(finding.kind, settled, news),
      ratio: news === undefined || news.isCorrection ? undefined : ratioOf(reservation, bill),
      reported: news === undefined ? undefined : reported,
      sentText: isText(reservation),
      nanodollars: news?.nanodollars ?? 0,
      team: reservation.team,
      firstTokenMs: news === undefined ? undefined : finding.firstTokenMs,
    });
    if (news !== undefined) {
      const { model, tier } = reservation;
      const usual = tier === "" ? DecisionOutcome.Admitted : DecisionOutcome.Overflow;
      this.onRequest?.({
        requestId: request.requestId,
        model,
        tier,
        backend: finding.backend,
        outcome: request.outcome ?? usual,
        refusedBy: undefined,
        kind: firstKind(finding.kind, settled),
        usage,
        nanodollars: bill.nanodollars,
        budgets: budgetsLeft(request, outcome),
      });
    }
  }
}

type Outcome = SettleOutcome["outcome"];

function eventKind(found: Finding["kind"], outcome: Outcome, news: News | undefined): SettleEvent["kind"] {
  if (news === undefined) {
    return "repeated";
  }
  return news.isCorrection ? "corrected" : firstKind(found, outcome);
}

/** How a report that says something new was settled, whatever was told before. */
function firstKind(found: Finding["kind"], outcome: Outcome): NonNullable<RequestSummary["kind"]> {
  return outcome === "late" || outcome === "orphan" || outcome === "queued" ? outcome : found;
}

/** What the ledger has changed the charge in money by; `undefined` when no budget of the request is in money. */
function addedMoney({ budgets }: Reservation, outcome: SettleOutcome | undefined): number | undefined {
  const held = budgets.find(({ unit }) => unit === LimitUnit.Nanodollars);
  return held && outcome?.remaining.find(({ account }) => account === held.account)?.added;
}

function isText({ request }: Reservation): boolean {
  const { imageParts, fileParts, audioParts, hasStoredInput } = request;
  return imageParts + fileParts + audioParts === 0 && !hasStoredInput;
}

/** Spent against held in the first budget that held anything; calls and requests at a time say nothing. */
function ratioOf({ budgets }: Reservation, { charges }: Bill): number | undefined {
  const at = budgets.findIndex(
    ({ unit, amount }) => amount > 0 && unit !== "requests" && unit !== "concurrency",
  );
  const [held, charge] = [budgets[at], charges[at]];
  return held === undefined || charge === undefined ? undefined : charge.amount / held.amount;
}

function budgetsLeft(
  { reservation, policy }: Settleable,
  outcome: SettleOutcome | undefined,
): readonly BudgetLeft[] {
  return (outcome?.remaining ?? []).flatMap(({ account, used, held }) => {
    const own = reservation.budgets.find((one) => one.account === account);
    const budget = own === undefined ? undefined : budgetNamed(policy, own.budget);
    if (own === undefined || budget === undefined) {
      return [];
    }
    const limit = capacityOf(budget);
    return [{ budget: own.budget, unit: own.unit, limit, remaining: Math.max(0, limit - used - held) }];
  });
}
