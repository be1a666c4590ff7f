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

/** Headers that tell a client where it stands: for each unit the budget with the smallest part left. */
export function limitHeaders(
  dialect: Dialect,
  states: readonly BudgetState[],
  nowMs: number,
): readonly Header[] {
  const headers: Header[] = [];
  for (const unit of states.length === 0 ? [] : units) {
    const tightest = tightestOf(states, unit);
    if (tightest !== undefined) {
      addHeaders(headers, dialect, tightest, nowMs);
    }
  }
  return headers;
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

function addHeaders(headers: Header[], dialect: Dialect, state: BudgetState, nowMs: number): void {
  const remaining = remainingOf(state);
  const { unit, limit, resetMs } = state;
  const openAi = openAiNames[unit];
  const anthropic = anthropicNames[unit];
  if (dialect === Dialect.OpenAi && openAi !== undefined) {
    headers.push([`x-ratelimit-limit-${openAi}`, String(limit)]);
    headers.push([`x-ratelimit-remaining-${openAi}`, String(remaining)]);
    if (resetMs !== undefined) {
      headers.push([`x-ratelimit-reset-${openAi}`, waitText(resetMs - nowMs)]);
    }
    return;
  }
  const isTheirs = dialect === Dialect.Anthropic && anthropic !== undefined;
  const prefix = isTheirs ? `anthropic-ratelimit-${anthropic}-` : `${ownPrefix}${ownNames[unit]}-`;
  const shown = unit === LimitUnit.Nanodollars ? dollarsOf : String;
  headers.push([`${prefix}limit`, shown(limit)], [`${prefix}remaining`, shown(remaining)]);
  if (resetMs !== undefined) {
    headers.push([`${prefix}reset`, instantText(resetMs)]);
  }
}

const providerHeader = /^(?:x-ratelimit-|anthropic-ratelimit-|ratelimit(?:-|$)|retry-after(?:-ms)?$)/;

/**
 * The name under which a provider's own limit header is passed on, so that it does not contradict ours; `undefined`
 * for all other headers.
 */
export function upstreamName(header: string): string | undefined {
  return providerHeader.test(header) ? `x-upstream-${header.replace(/^x-/, "")}` : undefined;
}
