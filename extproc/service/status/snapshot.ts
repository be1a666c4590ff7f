import type { AccountQuery, AccountState } from "../../ledger/ledger";
import type { Policy } from "../../policy/policy";
import { queryOf } from "../budgetTerms";
import type { Health } from "../health";
import type { Board, BoardFigures } from "./board";
import { type BudgetCounter, countersOf } from "./budgetCounters";

/** Counters that are shown at most: the ledger is asked about each, once a second. */
const mostCounters = 200;

/** One bar of the page. */
export interface BudgetStatus {
  readonly budget: string;
  readonly unit: string;
  /** Absent for concurrency. */
  readonly period?: string;
  readonly per: readonly string[];
  /** The team or model that it counts for, where it is one of several. */
  readonly subject?: string;
  /** Stands for all counters of the budget. */
  readonly isFullest: boolean;
  /** It refuses nothing. */
  readonly isShadow: boolean;
  readonly limit: number;
  /** Absent, like all that follow, while the store does not tell or nothing was counted. */
  readonly used?: number;
  readonly held?: number;
  readonly remaining?: number;
  /** Milliseconds until nothing of what is used now counts any more, by the store's clock. */
  readonly resetInMs?: number;
}

/** All that the page shows. No users, no prompts, no keys. */
export interface StatusSnapshot extends BoardFigures {
  /** By this replica's clock, like all times here. */
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly isReady: boolean;
  /** Why it is not ready. */
  readonly reasons: readonly string[];
  readonly policy?: string;
  /** The newest policy document is refused, and an older one in force. */
  readonly isPolicyStale: boolean;
  readonly store: "up" | "down";
  readonly openRequests: number;
  readonly budgets: readonly BudgetStatus[];
  /** Counters beyond those that are shown. */
  readonly budgetsLeftOut: number;
  /** Models that a price is known for: what others spent is not known. */
  readonly pricedModels: readonly string[];
}

/** What a snapshot is made of. */
export interface SnapshotSources {
  readonly board: Board;
  policy(): Policy | undefined;
  health(): Health;
  openRequests(): number;
  /** By the store's clock. */
  nowMs(): number;
  /** Where accounts stand, in the order of the queries; `undefined` when the store does not tell. */
  inspect(queries: readonly AccountQuery[]): Promise<readonly AccountState[] | undefined>;
  /** Told when a snapshot cannot be made. */
  onError(error: unknown): void;
}

/** Puts together what the page shows at this moment: one question to the store, whatever there is to show. */
export async function takeSnapshot(sources: SnapshotSources): Promise<StatusSnapshot> {
  const { board } = sources;
  const policy = sources.policy();
  const all = policy === undefined ? [] : countersOf(policy, (budget) => board.fullestOf(budget));
  const counters = all.slice(0, mostCounters);
  const nowMs = sources.nowMs();
  const queries = counters.flatMap((counter) =>
    counter.account === undefined ? [] : [queryOf(counter.budget, counter.account, nowMs)],
  );
  const states = queries.length === 0 ? [] : await sources.inspect(queries);
  const byAccount = new Map((states ?? []).map((state) => [state.account, state]));
  for (const { budget, account } of counters) {
    const state = account === undefined ? undefined : byAccount.get(account);
    if (state !== undefined) {
      board.counter(budget.name, state.account, shareOf(state));
    }
  }
  const health = sources.health();
  const figures = board.read();
  return {
    ...figures,
    atMs: board.nowMs(),
    startedAtMs: board.startedAtMs,
    isReady: health.ready,
    reasons: health.reasons,
    ...(health.policy === undefined ? {} : { policy: health.policy }),
    isPolicyStale: health.stalePolicy.length > 0,
    store: health.store,
    openRequests: sources.openRequests(),
    budgets: counters.map((counter) => budgetStatus(counter, byAccount.get(counter.account ?? ""), nowMs)),
    budgetsLeftOut: all.length - counters.length,
    pricedModels: figures.models.flatMap(({ name }) =>
      name !== undefined && policy !== undefined && isPriced(policy, name) ? [name] : [],
    ),
  };
}

function shareOf({ limit, used, held }: AccountState): number {
  return limit > 0 ? (used + held) / limit : 1;
}

function isPriced(policy: Policy, model: string): boolean {
  return policy.models.get(model)?.pools.some(({ prices }) => prices.length > 0) ?? false;
}

function budgetStatus(
  { budget, subject, isFullest }: BudgetCounter,
  state: AccountState | undefined,
  nowMs: number,
): BudgetStatus {
  const { name, unit, period, per, shadow, limit } = budget;
  const resetAtMs = state?.resetAtMs;
  return {
    budget: name,
    unit,
    ...(period === undefined ? {} : { period }),
    per,
    ...(subject === undefined ? {} : { subject }),
    isFullest,
    isShadow: shadow,
    limit: state?.limit ?? budget.burst ?? limit,
    ...(state === undefined ? {} : { used: state.used, held: state.held, remaining: state.remaining }),
    ...(resetAtMs === undefined ? {} : { resetInMs: Math.max(0, resetAtMs - nowMs) }),
  };
}
