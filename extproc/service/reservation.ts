import { LimitUnit } from "../policy/policy";
import { Endpoint } from "../usage/endpoint";
import type { LearnableRequest } from "../usage/modelLearning";
import type { UntoldWrites } from "../usage/usage";

/** What a request holds in one budget. */
export interface HeldBudget {
  readonly account: string;
  readonly budget: string;
  readonly unit: LimitUnit;
  readonly amount: number;
  /** What `budgetText` makes of it, where that is known already. */
  readonly text?: string;
}

/** A request that was admitted: all that is needed to settle it, by any replica. */
export interface Reservation {
  /** Random; the ledger's name for it. */
  readonly id: string;
  readonly model: string;
  /** Empty for the usual one. */
  readonly tier: string;
  readonly endpoint: Endpoint;
  /** A stream of events was asked for. */
  readonly isStream: boolean;
  /** Tokens that it will use in all likelihood. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Output tokens that it may use at most. */
  readonly mostOutput: number;
  /** Images asked for. */
  readonly images: number;
  /** When it was admitted, by the store's clock. */
  readonly atMs: number;
  /** Team of the caller, as authentication named it. Default: not known. */
  readonly team?: string;
  /** It asks for something to be cached for an hour. Default: false. */
  readonly keepsForHour?: boolean;
  readonly request: LearnableRequest;
  /** Empty when no budget binds it. */
  readonly budgets: readonly HeldBudget[];
}

const units: ReadonlySet<unknown> = new Set(Object.values(LimitUnit));
const endpoints: ReadonlySet<unknown> = new Set(Object.values(Endpoint));
/** Version of the text: replicas of different versions run side by side for a while. */
const version = 1;

/** A reservation as the text that travels with the request to its access log entry; `id` is beside it. */
export function writeReservation(reservation: Reservation): string {
  const { request, budgets } = reservation;
  const isPlain = request.imageParts + request.fileParts + request.audioParts === 0;
  const textBytes = isPlain && !request.hasStoredInput ? request.textBytes : 0;
  const { inputTokens, outputTokens, mostOutput, images, atMs } = reservation;
  // Put together by hand: this is done for every request.
  let text = `[${version},${quoted(reservation.model)},${quoted(reservation.tier)},"${reservation.endpoint}"`;
  text += `,${reservation.isStream ? 1 : 0},${inputTokens},${outputTokens},${mostOutput},${images},${atMs}`;
  text += `,${textBytes},${request.tokenInputs},${request.choices},[`;
  for (let at = 0; at < budgets.length; at += 1) {
    const held = budgets[at];
    if (held !== undefined) {
      text += `${at === 0 ? "" : ","}${held.text ?? budgetText(held)}${held.amount}]`;
    }
  }
  // Behind all that a replica of an older version reads, which takes a team that is no text for none.
  const { team, keepsForHour } = reservation;
  if (keepsForHour === true) {
    return `${text}],${team === undefined ? 0 : quoted(team)},1]`;
  }
  return team === undefined ? `${text}]]` : `${text}],${quoted(team)}]`;
}

/** The class of what it wrote to a cache, where an answer or the gateway does not tell for how long. */
export function untoldWrites({ keepsForHour }: Reservation): UntoldWrites {
  return keepsForHour === true ? "cacheWrite1h" : "cacheWrite5m";
}

/** What stands before the amount that is held in a budget. The same for all requests that are counted there. */
export function budgetText({ account, budget, unit }: Omit<HeldBudget, "amount">): string {
  return `[${quoted(account)},${quoted(budget)},"${unit}",`;
}

const needsNoEscape = /^[\w./:=&%@+-]*$/;

function quoted(text: string): string {
  return needsNoEscape.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Reads such a text; `undefined` when it is none. */
export function readReservation(id: unknown, text: unknown): Reservation | undefined {
  const fields = listOf(text);
  const [first, model, tier, endpoint, isStream, ...rest] = fields;
  const numbers = rest.slice(0, 8).filter(isAmount);
  const [inputTokens, outputTokens, mostOutput, images, atMs, textBytes, tokenInputs, choices] = numbers;
  const budgets = heldBudgets(rest[8]);
  if (
    first !== version ||
    typeof id !== "string" ||
    typeof model !== "string" ||
    typeof tier !== "string" ||
    !isEndpoint(endpoint) ||
    inputTokens === undefined ||
    outputTokens === undefined ||
    mostOutput === undefined ||
    images === undefined ||
    atMs === undefined ||
    textBytes === undefined ||
    tokenInputs === undefined ||
    choices === undefined ||
    budgets === undefined
  ) {
    return undefined;
  }
  const parts = { imageParts: 0, fileParts: 0, audioParts: 0, hasStoredInput: textBytes === 0 };
  const request = { textBytes, tokenInputs, choices: Math.max(1, choices), ...parts };
  const expected = { inputTokens, outputTokens, mostOutput, images, atMs };
  const more = {
    ...(typeof rest[9] === "string" ? { team: rest[9] } : {}),
    ...(rest[10] === 1 ? { keepsForHour: true } : {}),
  };
  return { id, model, tier, endpoint, isStream: isStream === 1, ...expected, request, budgets, ...more };
}

function listOf(text: unknown): readonly unknown[] {
  try {
    const value: unknown = typeof text === "string" ? JSON.parse(text) : undefined;
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function heldBudgets(value: unknown): readonly HeldBudget[] | undefined {
  if (!Array.isArray(value)) {
    return undefined;
  }
  const budgets: HeldBudget[] = [];
  for (const item of value) {
    const [account, budget, unit, amount]: readonly unknown[] = Array.isArray(item) ? item : [];
    if (!isName(account) || !isName(budget) || !isUnit(unit) || !isAmount(amount)) {
      return undefined;
    }
    budgets.push({ account, budget, unit, amount });
  }
  return budgets;
}

/** As long as the ledger takes for an account. */
function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 1024;
}

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isUnit(value: unknown): value is LimitUnit {
  return units.has(value);
}

function isEndpoint(value: unknown): value is Endpoint {
  return endpoints.has(value);
}
