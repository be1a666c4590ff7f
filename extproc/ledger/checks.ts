import { LedgerCallError } from "./errors";
import type { Adjustment, Claim, Period, ReserveRequest, Settlement } from "./ledger";
import { dayMs } from "./limits";

function fail(what: string, value: unknown, need: string): never {
  throw new LedgerCallError(`${what}: ${String(value)} is not ${need}`);
}

/**
 * Amounts are exact in a double, which is all that the stores calculate with. What they are called is put together only
 * where something is wrong: every call is checked.
 */
function wholeNumber(what: string, member: string, value: number, least = 0, before = ""): void {
  if (!Number.isSafeInteger(value) || value < least) {
    fail(before + what + member, value, `a whole number from ${least} to 2^53 - 1`);
  }
}

function text(what: string, value: string, most = 1024): void {
  if (value.length < 1 || value.length > most) {
    fail(what, `"${value.slice(0, 40)}" (${value.length} characters)`, `a text of 1 to ${most} characters`);
  }
}

function duration(what: string, member: string, value: number, most: number): void {
  wholeNumber(what, member, value, 1);
  if (value > most) {
    fail(what + member, value, `at most ${most} ms`);
  }
}

/** Callers share their periods among calls. */
const checkedPeriods = new WeakSet<Period>();

function checkPeriod(what: string, period: Period): void {
  if (checkedPeriods.has(period)) {
    return;
  }
  if (period.kind === "windows") {
    if (period.windows.length === 0) {
      fail(`${what}.windows`, "an empty list", "at least one window");
    }
    for (const window of period.windows) {
      text(`${what}.windows.id`, window.id, 128);
      wholeNumber(what, ".windows.startMs", window.startMs);
      wholeNumber(what, ".windows.endMs", window.endMs, window.startMs + 1);
    }
  } else if (period.kind !== "concurrency") {
    duration(what, ".lengthMs", period.lengthMs, dayMs);
  }
  if (period.kind === "bucket") {
    wholeNumber(what, ".burst", period.burst);
  }
  checkedPeriods.add(period);
}

/** Fewer accounts than this are compared with one another. */
const fewAccounts = 8;

function isSecond(accounts: readonly { readonly account: string }[], index: number): boolean {
  const account = accounts[index]?.account;
  for (let before = 0; before < index; before += 1) {
    if (accounts[before]?.account === account) {
      return true;
    }
  }
  return false;
}

/** The first account that is there twice. */
function twice(accounts: readonly { readonly account: string }[]): string | undefined {
  if (accounts.length < fewAccounts) {
    return accounts.find((_, index) => isSecond(accounts, index))?.account;
  }
  const seen = new Set<string>();
  for (const { account } of accounts) {
    if (seen.has(account)) {
      return account;
    }
    seen.add(account);
  }
  return undefined;
}

/** Refuses what the stores could not count exactly. Throws `LedgerCallError`. */
export function checkReserve(request: ReserveRequest): void {
  text("id", request.id, 256);
  duration("holdMs", "", request.holdMs, 31 * dayMs);
  if (request.candidates.length === 0) {
    fail("candidates", "an empty list", "at least one candidate");
  }
  for (const claims of request.candidates) {
    claims.forEach(checkClaim);
    const second = twice(claims);
    if (second !== undefined) {
      fail(`claim on ${second}`, "a second one", "possible: an account stands once in a candidate");
    }
  }
}

function checkClaim(claim: Claim): void {
  const { account, amount, chargeOnExpiry = 0, warnAt } = claim;
  checkQuery(claim);
  wholeNumber(account, ": amount", amount, 0, "claim on ");
  wholeNumber(account, ": chargeOnExpiry", chargeOnExpiry, 0, "claim on ");
  if (chargeOnExpiry > amount) {
    fail(`claim on ${account}: chargeOnExpiry`, chargeOnExpiry, `at most the amount that is held, ${amount}`);
  }
  for (const at of warnAt ?? []) {
    wholeNumber(account, ": warnAt", at, 1, "claim on ");
  }
}

export function checkQuery(query: { account: string; period: Period; limit: number }): void {
  text("account", query.account);
  checkPeriod(query.account, query.period);
  wholeNumber(query.account, ": limit", query.limit);
}

export function checkSettlement(settlement: Settlement): void {
  text("id", settlement.id, 256);
  for (const charge of settlement.charges) {
    text("account", charge.account);
    wholeNumber(charge.account, "", charge.amount, 0, "charge to ");
    wholeNumber(charge.account, ": limit", charge.limit ?? 0);
    wholeNumber(charge.account, ": atMs", charge.atMs ?? 0);
    if (charge.period !== undefined) {
      checkPeriod(charge.account, charge.period);
    }
  }
  const second = twice(settlement.charges);
  if (second !== undefined) {
    fail(`charge to ${second}`, "a second one", "possible: an account is charged once");
  }
}

export function checkRenewal(ids: readonly string[], holdMs: number): void {
  for (const id of ids) {
    text("id", id, 256);
  }
  duration("holdMs", "", holdMs, 31 * dayMs);
}

export function checkAdjustment(adjustment: Adjustment): void {
  text("id", adjustment.id, 256);
  checkQuery(adjustment);
  wholeNumber("amount", "", Math.abs(adjustment.amount));
  text("by", adjustment.by);
  text("reason", adjustment.reason);
  if (adjustment.period.kind === "concurrency") {
    fail("period", "concurrency", "something that is spent: live holds end by themselves");
  }
}
