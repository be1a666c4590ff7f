import type { AccessDocument, PlaceDocument } from "./accessDocument";
import type { AtLimit, Hold, LimitUnit, OnExpiry, Period, Settle, StoreDown, WindowKind } from "./policy";

/**
 * The policy document as it is written: what the components give to the processor. Version 1. Members that may be
 * left out have defaults, which `parsePolicy` fills in. A processor refuses a document with members or a version that
 * it does not know, and keeps the one that it has: during a rollout the older replica goes on under the older policy.
 */
export interface PolicyDocument {
  version: 1;
  /** Public model name -> who may answer, and at which price. */
  models: Record<string, ModelDocument>;
  /** Name -> budget. Default: none. */
  budgets?: Record<string, BudgetDocument>;
  /** Attribute of the caller (`user`, `team`, `organisation`, `key`, ...) -> where authentication put it. */
  identities?: Record<string, IdentityDocument>;
  /** Attribute -> its value -> further attributes: `{ key: { "search-batch": { team: "search" } } }`. */
  lookups?: Record<string, Record<string, Record<string, string>>>;
  /** Who may call, and how callers prove themselves. Default: everybody may. */
  access?: AccessDocument;
  /** The request header that the overflow rules of the routes match. Needed when a model has tiers. */
  tierHeader?: string;
  /** Where crossings of `warnAt` are sent. Default: nowhere; they are counted all the same. */
  webhook?: WebhookDocument;
  /** Processors that run at most; each holds this share when the store is down. Default: 1. */
  replicas?: number;
}

/** A public model. */
export interface ModelDocument {
  /** Name of the backend, as the gateway reports it -> the backend. At least one. */
  backends: Record<string, BackendDocument>;
  /** Tier -> the backends that answer there: where a budget's overflow may go. Default: none. */
  tiers?: Record<string, { backends: Record<string, BackendDocument> }>;
  /** What lists of models say of it; needed where access has rules. Default: what AI Gateway says. */
  listed?: ListedDocument;
  /** Longest input in tokens. Default: not known. */
  maxInputTokens?: number;
  /** Longest output in tokens of one choice, for calls without a cap of their own. Default: 4096. */
  maxOutputTokens?: number;
  /** Bytes of text to a token until it is learned, 0.5 to 16. Default: 3. */
  bytesPerToken?: number;
  /** Input tokens of an image. Default: 1600. */
  imageTokens?: number;
  /** Input tokens of a file. Default: 20000. */
  fileTokens?: number;
  /** Input tokens of a piece of audio. Default: 2000. */
  audioTokens?: number;
}

/** What lists of models say of a model. */
export interface ListedDocument {
  /** Default: Envoy AI Gateway. */
  ownedBy?: string;
  /** An instant such as `2026-01-31T00:00:00Z`. Default: 1970. */
  createdAt?: string;
  /** Host names that it answers on; `*.` in front stands for one label. Default: all. */
  hostnames?: string[];
}

/** One that may answer for a model. */
export interface BackendDocument {
  /** Default: not known; then no money budget may reach it. */
  price?: PriceDocument;
}

/** Prices of tokens, nanodollars per million. */
export interface TokenPricesDocument {
  input: number;
  /** Default: `input`. */
  cachedInput?: number;
  /** Default: `input`. */
  cacheWrite5m?: number;
  /** Default: `cacheWrite5m`. */
  cacheWrite1h?: number;
  output: number;
  /** Default: `output`. */
  reasoning?: number;
  /** Default: `input`. */
  audioIn?: number;
  /** Default: `output`. */
  audioOut?: number;
}

/** Price of a backend. */
export interface PriceDocument extends TokenPricesDocument {
  /** Nanodollars for an image. Default: 0. */
  image?: number;
  /** Nanodollars for a call. Default: 0. */
  request?: number;
  /** Other prices for calls with so many input tokens or more. Default: none. */
  tiers?: (TokenPricesDocument & { fromInputTokens: number })[];
}

/** Where authentication put an attribute: exactly one member. */
export interface IdentityDocument {
  /** A request header, lower case. */
  header?: string;
  /** A value in Envoy's dynamic metadata. */
  metadata?: PlaceDocument;
  /** What stands at the first of these places where something stands: claims of several issuers. */
  anyOf?: PlaceDocument[];
  /** The name of the first of these places where something stands: which of several issuers it is. */
  whichOf?: Record<string, PlaceDocument>;
}

/** Where warnings go. */
export interface WebhookDocument {
  url: string;
  /** 100 to 60000. Default: 5000. */
  timeoutMs?: number;
  /** Environment variable of the processor with the value of the authorization header. Default: no such header. */
  authorizationFrom?: string;
}

/** A budget. Defaults in brackets depend on the unit. */
export interface BudgetDocument {
  /** One counter for each combination of values: `model` or attributes. Default: one counter for all. */
  per?: string[];
  /** Counts only these models. Default: all. */
  models?: string[];
  /** Counts only these teams. Default: all. */
  teams?: string[];
  /** Counts only these users. Default: all. */
  users?: string[];
  /** Exactly one unit; a whole number from 1. */
  limit: Partial<Record<LimitUnit, number>>;
  /** Needed, save for `concurrency`, which has none. */
  period?: Period;
  /** Default: fixed. Sliding only up to a day, and without a time zone. */
  window?: WindowKind;
  /**
   * Sliding only: the limit comes back evenly over the period, and at most this, in the limit's unit, can be spent at
   * once. Default: none; then what was spent in the last period counts.
   */
  burst?: number;
  /** IANA name, for days and longer. Default: UTC. */
  timeZone?: string;
  /** Shares of the limit, above 0 up to 1, to a thousandth. Default: none. */
  warnAt?: number[];
  /** Default: reject. */
  atLimit?: AtLimit;
  /** The tier, with `overflow` only. */
  overflowTo?: string;
  /** Overflow only: back below this share of the limit, above 0 and below 1. Default: 0.8. */
  returnBelow?: number;
  /** Overflow only: back after this many seconds at the earliest, 0 to 86400. Default: 60. */
  dwellSeconds?: number;
  /** Status of a refusal. Default: 429. */
  status?: 429 | 402;
  /** Default: adaptive. */
  hold?: Hold;
  /** Adaptive only: the most that one request holds, in the limit's unit. Default: no ceiling. */
  holdCeiling?: number;
  /** Default: closed for nanodollars, open otherwise. */
  whenStoreIsDown?: StoreDown;
  /** Default: stream for nanodollars, log otherwise. */
  settle?: Settle;
  /** What a hold that nobody settled becomes. Default: floor for nanodollars, release otherwise. */
  onExpiry?: OnExpiry;
  /** Decide and count, never enforce. Default: false. */
  shadow?: boolean;
}
