import { createHash } from "node:crypto";
import type { Crossing } from "../ledger/ledger";
import type { BudgetPolicy, Policy } from "../policy/policy";
import { budgetNamed, budgetNameOf, capacityOf, subjectOf } from "./budgetTerms";
import type { Telemetry } from "./telemetry";
import type { Webhooks } from "./webhook";

/** What a webhook is sent: a budget has reached a share of its limit in a window, told once. */
export interface WarningEvent {
  readonly event: "budget.warning";
  /** The same however often it is sent. */
  readonly id: string;
  readonly budget: string;
  /** Of the limit, from 0 to 1. */
  readonly share: number;
  readonly unit: string;
  /** Where the share is crossed, in the unit; money in nanodollars. */
  readonly amount: number;
  readonly limit: number;
  readonly used: number;
  readonly period: string;
  /** The window's name: `2026-08`, `2026-08-02T10:11Z`. */
  readonly window: string;
  /** Whose counter it is, by the members of the budget's `per`; a long one as a digest. Empty for a budget of all. */
  readonly subject: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly time: string;
}

/** Tells about budgets that come near their limits. The ledger sees to it that each warning is told by one replica. */
export class Warnings {
  constructor(
    private readonly telemetry: Telemetry,
    private readonly webhooks: Webhooks,
  ) {}

  tell(policy: Policy, crossing: Crossing, used: number, nowMs: number): void {
    const budget = budgetNamed(policy, budgetNameOf(crossing.account));
    if (budget === undefined) {
      return;
    }
    const share = shareOf(budget, crossing.amount);
    if (policy.webhook === undefined) {
      this.telemetry.warned(budget.name, share, true);
      return;
    }
    this.webhooks.send(policy.webhook, warningEvent(budget, share, crossing, used, nowMs), (delivered) =>
      this.telemetry.warned(budget.name, share, delivered),
    );
  }
}

/** The share that the policy names for an amount; of an amount of an older policy, what it comes to now. */
function shareOf(budget: BudgetPolicy, amount: number): number {
  const declared = budget.warnAt.find((warning) => warning.amount === amount);
  return declared?.share ?? Math.round((amount / budget.limit) * 10_000) / 10_000;
}

function warningEvent(
  budget: BudgetPolicy,
  share: number,
  { account, windowId, amount }: Crossing,
  used: number,
  nowMs: number,
): WarningEvent {
  return {
    event: "budget.warning",
    id: createHash("sha256").update(`${account}\n${windowId}\n${amount}`).digest("hex").slice(0, 32),
    budget: budget.name,
    share,
    unit: budget.unit,
    amount,
    limit: capacityOf(budget),
    used,
    period: budget.period ?? "",
    window: windowId,
    subject: Object.fromEntries(new URLSearchParams(subjectOf(account))),
    time: new Date(nowMs).toISOString(),
  };
}
