import type { AccessPolicy } from "./access";
import type { Price } from "./price";

/** Unit of a limit. Money is in nanodollars, billionths of a US dollar. */
export const LimitUnit = {
  Nanodollars: "nanodollars",
  Tokens: "tokens",
  InputTokens: "inputTokens",
  OutputTokens: "outputTokens",
  Requests: "requests",
  Concurrency: "concurrency",
} as const;
export type LimitUnit = (typeof LimitUnit)[keyof typeof LimitUnit];

/** Period of a budget. A day and longer follow the calendar of the time zone; a week starts on Monday (ISO 8601). */
export const Period = {
  Second: "second",
  Minute: "minute",
  Hour: "hour",
  Day: "day",
  Week: "week",
  Month: "month",
  Quarter: "quarter",
  Year: "year",
} as const;
export type Period = (typeof Period)[keyof typeof Period];

/** `fixed`: the counter starts anew with each window. `sliding`: the last period, at any time. */
export const WindowKind = { Fixed: "fixed", Sliding: "sliding" } as const;
export type WindowKind = (typeof WindowKind)[keyof typeof WindowKind];

/** At the limit: refuse, lower the cap on output to what is left, or go to another tier. */
export const AtLimit = { Reject: "reject", Shrink: "shrink", Overflow: "overflow" } as const;
export type AtLimit = (typeof AtLimit)[keyof typeof AtLimit];

/** What a request holds until it is settled: the worst case, or what was learned from requests like it. */
export const Hold = { Strict: "strict", Adaptive: "adaptive" } as const;
export type Hold = (typeof Hold)[keyof typeof Hold];

/** Without the store: let through and count later, refuse with 503, or keep to a share held in memory. */
export const StoreDown = { Open: "open", Closed: "closed", Local: "local" } as const;
export type StoreDown = (typeof StoreDown)[keyof typeof StoreDown];

/** What settles a request: the access log, or the answer as it passes. */
export const Settle = { Log: "log", Stream: "stream" } as const;
export type Settle = (typeof Settle)[keyof typeof Settle];

/** A hold that nobody settled is released, or its input estimate is charged. */
export const OnExpiry = { Release: "release", Floor: "floor" } as const;
export type OnExpiry = (typeof OnExpiry)[keyof typeof OnExpiry];

/** A policy as the processor uses it: every default filled in, every reference checked. */
export interface Policy {
  readonly version: 1;
  /** Fingerprint of the document: the same content has the same id. */
  readonly id: string;
  readonly models: ReadonlyMap<string, ModelPolicy>;
  /** Ordered by name. */
  readonly budgets: readonly BudgetPolicy[];
  /** Whether one of them needs to see answers. */
  readonly watchesAnswers: boolean;
  readonly identities: ReadonlyMap<string, IdentitySource>;
  readonly lookups: Lookups;
  /** Who may call; absent: everybody. */
  readonly access: AccessPolicy | undefined;
  readonly tierHeader: string | undefined;
  readonly webhook: Webhook | undefined;
  readonly replicas: number;
}

/** Attribute -> its value -> further attributes. */
export type Lookups = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, string>>>;

export interface ModelPolicy {
  readonly name: string;
  /** Where requests may go: the first is the usual one, the others are tiers that a budget overflows to. */
  readonly pools: readonly [Pool, ...Pool[]];
  readonly listed: ListedModel;
  readonly maxInputTokens: number | undefined;
  readonly maxOutputTokens: number;
  readonly bytesPerToken: number;
  readonly imageTokens: number;
  readonly fileTokens: number;
  readonly audioTokens: number;
}

/** What lists of models say of a model. */
export interface ListedModel {
  readonly ownedBy: string;
  readonly createdMs: number;
  /** Lower case; absent: all. */
  readonly hostnames: readonly string[] | undefined;
}

export interface Pool {
  /** Value of the tier header; empty for the usual pool, which has no header. */
  readonly tier: string;
  /** Backend as the gateway reports it -> its price, if known. */
  readonly backends: ReadonlyMap<string, Price | undefined>;
  /** The known prices. */
  readonly prices: readonly Price[];
}

/** Where authentication put an attribute of the caller. */
export type IdentitySource =
  | { readonly from: "header"; readonly header: string }
  | ({ readonly from: "metadata" } & Place)
  /** What stands at the first of these places where something stands. */
  | { readonly from: "anyOf"; readonly places: readonly Place[] }
  /** The name of the first of these places where something stands. */
  | { readonly from: "whichOf"; readonly places: ReadonlyMap<string, Place> };

/** A place in Envoy's dynamic metadata. */
export interface Place {
  readonly namespace: string;
  readonly path: readonly string[];
}

export interface Webhook {
  readonly url: string;
  readonly timeoutMs: number;
  readonly authorizationFrom: string | undefined;
}

export interface BudgetPolicy {
  readonly name: string;
  readonly per: readonly string[];
  readonly models: ReadonlySet<string> | undefined;
  readonly teams: ReadonlySet<string> | undefined;
  readonly users: ReadonlySet<string> | undefined;
  readonly unit: LimitUnit;
  readonly limit: number;
  /** Absent for concurrency only. */
  readonly period: Period | undefined;
  readonly window: WindowKind;
  /** Sliding only: the amount comes back evenly, and at most this can be spent at once. */
  readonly burst: number | undefined;
  readonly timeZone: string;
  /** Ascending. `amount` is where the share is crossed, rounded up. */
  readonly warnAt: readonly { readonly share: number; readonly amount: number }[];
  readonly atLimit: AtLimit;
  readonly overflowTo: string | undefined;
  /** Overflow ends below this amount. */
  readonly returnBelow: number;
  readonly dwellMs: number;
  readonly status: 429 | 402;
  readonly hold: Hold;
  readonly holdCeiling: number | undefined;
  readonly whenStoreIsDown: StoreDown;
  readonly settle: Settle;
  readonly onExpiry: OnExpiry;
  readonly shadow: boolean;
}
