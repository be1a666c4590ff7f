import { LimitUnit, type Period } from "../policy/policy";
import { dollarsOf, instantText, waitText } from "./amounts";
import { Dialect } from "./dialect";

/** Where a budget's counter stands, as the store's answer to a reservation says. */
export interface BudgetState {
  readonly budget: string;
  readonly unit: LimitUnit;
  readonly period: Period | undefined;
  readonly limit: number;
  readonly used: number;
  readonly held: number;
  /** When the window ends, in milliseconds since 1970; absent for concurrency. */
  readonly resetMs: number | undefined;
}

/** What is left: never below 0. */
export function remainingOf({ limit, used, held }: BudgetState): number {
  return Math.max(0, limit - used - held);
}

/** What our own headers begin with: money, and what a dialect has no name for. */
export const ownPrefix = "x-budget-";

const openAiNames: Partial<Record<LimitUnit, string>> = { requests: "requests", tokens: "tokens" };
const anthropicNames: Partial<Record<LimitUnit, string>> = {
  requests: "requests",
  tokens: "tokens",
  inputTokens: "input-tokens",
  outputTokens: "output-tokens",
};
const ownNames: Readonly<Record<LimitUnit, string>> = {
  nanodollars: "usd",
  tokens: "tokens",
  inputTokens: "input-tokens",
  outputTokens: "output-tokens",
  requests: "requests",
  concurrency: "concurrency",
};

type Header = readonly [string, string];

/** Parts of a unit's headers. */
const parts = ["limit", "remaining", "reset"] as const;

/** Every header that a budget in this unit may be told by, in any dialect. */
export function limitHeaderNames(unit: LimitUnit): readonly string[] {
  const openAi = openAiNames[unit];
  const anthropic = anthropicNames[unit];
  const own = openAi === undefined || anthropic === undefined ? [ownNames[unit]] : [];
  return parts.flatMap((part) => [
    ...(openAi === undefined ? [] : [`x-ratelimit-${part}-${openAi}`]),
    ...(anthropic === undefined ? [] : [`anthropic-ratelimit-${anthropic}-${part}`]),
    ...own.map((name) => `${ownPrefix}${name}-${part}`),
  ]);
}

/** The order in which units are told. */
const units = Object.values(LimitUnit);

/** Takes one header. */
type Take = (name: string, value: string) => void;

/** Headers that tell a client where it stands: for each unit the budget with the smallest part left. */
export function limitHeaders(
  dialect: Dialect,
  states: readonly BudgetState[],
  nowMs: number,
): readonly Header[] {
  const headers: Header[] = [];
  eachLimitHeader(dialect, states, nowMs, (name, value) => headers.push([name, value]));
  return headers;
}

/** The same headers, one after the other. */
export function eachLimitHeader(
  dialect: Dialect,
  states: readonly BudgetState[],
  nowMs: number,
  take: Take,
): void {
  if (states.length === 0) {
    return;
  }
  for (const unit of units) {
    const tightest = tightestOf(states, unit);
    if (tightest !== undefined) {
      tellHeaders(take, dialect, tightest, nowMs);
    }
  }
}

function tightestOf(states: readonly BudgetState[], unit: LimitUnit): BudgetState | undefined {
  let tightest: BudgetState | undefined;
  for (const state of states) {
    if (
      state.unit === unit &&
      (tightest === undefined || remainingOf(state) / state.limit < remainingOf(tightest) / tightest.limit)
    ) {
      tightest = state;
    }
  }
  return tightest;
}

/** What a unit is told by in a dialect. */
interface Names {
  readonly style: Dialect | "own";
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

const namesIn: Readonly<Record<Dialect, Readonly<Record<LimitUnit, Names>>>> = {
  [Dialect.OpenAi]: namesOf(Dialect.OpenAi),
  [Dialect.Anthropic]: namesOf(Dialect.Anthropic),
};

function namesOf(dialect: Dialect): Readonly<Record<LimitUnit, Names>> {
  const entries = units.map((unit) => {
    const openAi = dialect === Dialect.OpenAi ? openAiNames[unit] : undefined;
    const anthropic = dialect === Dialect.Anthropic ? anthropicNames[unit] : undefined;
    const style = openAi === undefined && anthropic === undefined ? "own" : dialect;
    const name = (part: string) =>
      openAi !== undefined
        ? `x-ratelimit-${part}-${openAi}`
        : anthropic !== undefined
          ? `anthropic-ratelimit-${anthropic}-${part}`
          : `${ownPrefix}${ownNames[unit]}-${part}`;
    return [unit, { style, limit: name("limit"), remaining: name("remaining"), reset: name("reset") }];
  });
  return Object.fromEntries(entries);
}

function tellHeaders(take: Take, dialect: Dialect, state: BudgetState, nowMs: number): void {
  const remaining = remainingOf(state);
  const { unit, limit, resetMs } = state;
  const names = namesIn[dialect][unit];
  const shown = unit === LimitUnit.Nanodollars ? dollarsOf : String;
  take(names.limit, shown(limit));
  take(names.remaining, shown(remaining));
  if (resetMs !== undefined) {
    take(names.reset, names.style === Dialect.OpenAi ? waitText(resetMs - nowMs) : instantText(resetMs));
  }
}
