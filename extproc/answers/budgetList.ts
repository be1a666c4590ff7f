import type { AccountState } from "../ledger/ledger";
import { type BudgetPolicy, LimitUnit } from "../policy/policy";
import { dollarsOf, instantText } from "./amounts";
import { type Answer, Dialect } from "./dialect";

/** Where callers ask for their budgets, and in whose words errors are told. The list is the same in both. */
const lists: ReadonlyMap<string, Dialect> = new Map([
  ["/v1/budgets", Dialect.OpenAi],
  ["/anthropic/v1/budgets", Dialect.Anthropic],
]);

/** In whose words a path asks for the caller's budgets; `undefined` when it asks for something else. */
export function budgetListDialect(path: string): Dialect | undefined {
  const query = path.indexOf("?");
  return lists.get(query === -1 ? path : path.slice(0, query));
}

/** A counter that calls of a caller go to. */
export interface ListedCounter {
  readonly budget: BudgetPolicy;
  /** What it counts for: the values of the budget's `per`; null for an attribute that the caller lacks. */
  readonly of: Readonly<Record<string, string | null>>;
  /** Models that share the counter, of those that the caller may call; absent: all of them, or the one in `of`. */
  readonly models: readonly string[] | undefined;
}

/** The counters with where they stand. `leftOut`: how many more there are. */
export function budgetList(
  counters: readonly (ListedCounter & { readonly state: AccountState })[],
  nowMs: number,
  leftOut: number,
): Answer {
  const budgets = counters.map((counter) => rowOf(counter, nowMs));
  const body = JSON.stringify({ at: new Date(nowMs).toISOString(), budgets, leftOut });
  return {
    status: 200,
    headers: [
      ["content-type", "application/json"],
      ["content-length", String(Buffer.byteLength(body))],
      ["cache-control", "no-store"],
    ],
    body,
  };
}

function rowOf(
  { budget, of, models, state }: ListedCounter & { readonly state: AccountState },
  nowMs: number,
) {
  const { name, unit, period, limit, burst, atLimit, shadow } = budget;
  const { used, held, remaining, resetAtMs } = state;
  const shown = unit === LimitUnit.Nanodollars ? (amount: number) => Number(dollarsOf(amount)) : Number;
  return {
    name,
    of,
    ...(models === undefined ? {} : { models }),
    unit: unit === LimitUnit.Nanodollars ? "usd" : unit,
    limit: shown(limit),
    ...(burst === undefined ? {} : { burst: shown(burst) }),
    used: shown(used),
    held: shown(held),
    remaining: shown(remaining),
    ...(period === undefined ? {} : { period, window: budget.window }),
    ...(resetAtMs === undefined
      ? {}
      : {
          resetsAt: instantText(resetAtMs),
          resetsInSeconds: Math.max(0, Math.ceil((resetAtMs - nowMs) / 1000)),
        }),
    atLimit,
    shadow,
  };
}
