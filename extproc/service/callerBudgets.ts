import { budgetList, budgetListDialect, type ListedCounter } from "../answers/budgetList";
import type { Dialect } from "../answers/dialect";
import { refuseAccess, refuseBudgetsUnread, refuseMethod, refuseUnknownModel } from "../answers/refusals";
import type { RuleSubject } from "../policy/accessRules";
import { accountOf } from "../policy/claims";
import { type Attributes, bindsCaller, subjectOf } from "../policy/match";
import { nearestNames } from "../policy/nearestNames";
import type { BudgetPolicy, Policy } from "../policy/policy";
import type { HeaderReader, ProcessingResponse } from "../wire/messages";
import { queryOf } from "./budgetTerms";
import { immediate } from "./replies";
import type { BudgetStore } from "./store";
import { usableModels } from "./usableModels";

/** Counters of one answer: the store is asked about each. */
export const mostCounters = 100;

/** A counter of the caller's, as the store has it. */
export interface CallerCounter extends ListedCounter {
  readonly account: string;
}

/**
 * The counters that a caller's calls of these models go to, in the order of the budgets: of a budget per model one for
 * each, of any other one. Budgets that no call of these models counts in are not among them.
 */
export function countersFor(
  policy: Policy,
  caller: Attributes,
  models: readonly string[],
): readonly CallerCounter[] {
  return policy.budgets.flatMap((budget) => {
    if (!bindsCaller(budget, caller)) {
      return [];
    }
    const filter = budget.models;
    const counted = filter === undefined ? models : models.filter((model) => filter.has(model));
    if (budget.per.includes("model")) {
      return counted.map((model) => counterOf(budget, undefined, model, caller));
    }
    const told = filter === undefined ? undefined : counted;
    return counted.slice(0, 1).map((model) => counterOf(budget, told, model, caller));
  });
}

function counterOf(
  budget: BudgetPolicy,
  models: readonly string[] | undefined,
  model: string,
  caller: Attributes,
): CallerCounter {
  const of = Object.fromEntries(
    budget.per.map((name) => [name, name === "model" ? model : (caller.get(name) ?? null)]),
  );
  return { budget, models, of, account: accountOf({ budget, subject: subjectOf(budget, model, caller) }) };
}

/** What is asked for in the path, if a list of budgets is. */
interface Asked {
  readonly dialect: Dialect;
  readonly requestId: string | undefined;
  /** Models that are named, each once; none for all. */
  readonly models: readonly string[];
}

/**
 * A caller that asks for its budgets is answered here: where each counter stands that binds it, and nobody else's.
 * `undefined` when it asks for something else.
 */
export function answerBudgets(
  { store }: { readonly store: BudgetStore },
  policy: Policy,
  headers: HeaderReader,
  subject: RuleSubject,
): ProcessingResponse | Promise<ProcessingResponse> | undefined {
  const path = headers.get(":path") ?? "";
  const dialect = budgetListDialect(path);
  if (dialect === undefined) {
    return undefined;
  }
  const requestId = headers.get("x-request-id");
  const method = headers.get(":method");
  if (method !== "GET" && method !== "HEAD") {
    return immediate(refuseMethod(dialect, ["GET", "HEAD"], requestId), "budget_list_method");
  }
  const usable = usableModels(policy, subject).map(({ name }) => name);
  const asked = { dialect, requestId, models: modelsIn(path) };
  const refusal = refuseModels(policy, asked, usable);
  return refusal ?? listed(store, policy, subject.attributes, asked, usable);
}

function modelsIn(path: string): readonly string[] {
  const query = path.indexOf("?");
  return query === -1 ? [] : [...new Set(new URLSearchParams(path.slice(query)).getAll("model"))];
}

/** Whoever asks about a model gets the same answer as for calling it. */
function refuseModels(
  policy: Policy,
  { dialect, requestId, models }: Asked,
  usable: readonly string[],
): ProcessingResponse | undefined {
  const known = new Set(usable);
  const other = models.find((model) => !known.has(model));
  if (other === undefined) {
    return undefined;
  }
  return policy.models.has(other)
    ? immediate(refuseAccess(dialect, other, requestId), "access_forbidden")
    : immediate(
        refuseUnknownModel(dialect, other, requestId, nearestNames(other, usable)),
        "budget_unknown_model",
      );
}

async function listed(
  store: BudgetStore,
  policy: Policy,
  caller: Attributes,
  { dialect, requestId, models }: Asked,
  usable: readonly string[],
): Promise<ProcessingResponse> {
  const all = countersFor(policy, caller, models.length === 0 ? usable : models);
  const counters = withinBounds(all);
  const nowMs = store.nowMs();
  const queries = counters.map(({ budget, account }) => queryOf(budget, account, nowMs));
  const told = queries.length === 0 ? { accounts: [], nowMs } : await store.inspect(queries);
  if (told === undefined) {
    return immediate(refuseBudgetsUnread(dialect, requestId), "budget_store_down");
  }
  const rows = counters.flatMap((counter, index) => {
    const state = told.accounts[index];
    return state === undefined ? [] : [{ ...counter, state }];
  });
  return immediate(budgetList(rows, told.nowMs, all.length - rows.length), "budget_list");
}

/** Where there are too many, those of budgets per model stand back: they can be asked for by the model's name. */
function withinBounds(all: readonly CallerCounter[]): readonly CallerCounter[] {
  if (all.length <= mostCounters) {
    return all;
  }
  const isPerModel = ({ budget }: CallerCounter) => budget.per.includes("model");
  const first = [...all.filter((one) => !isPerModel(one)), ...all.filter(isPerModel)];
  const kept = new Set(first.slice(0, mostCounters));
  return all.filter((one) => kept.has(one));
}
