import { LedgerCallError } from "./errors";
import type { Adjustment, Period, ReserveRequest, Settlement } from "./ledger";
import { dayMs } from "./limits";

function fail(what: string, value: unknown, need: string): never {
  throw new LedgerCallError(`${what}: ${String(value)} is not ${need}`);
}

/** Amounts are exact in a double, which is all that the stores calculate with. */
function wholeNumber(what: string, value: number, least = 0): void {
  if (!Number.isSafeInteger(value) || value < least) {
    fail(what, value, `a whole number from ${least} to 2^53 - 1`);
  }
}

function text(what: string, value: string, most = 1024): void {
  if (value.length < 1 || value.length > most) {
    fail(what, `"${value.slice(0, 40)}" (${value.length} characters)`, `a text of 1 to ${most} characters`);
  }
}

function duration(what: string, value: number, most: number): void {
  wholeNumber(what, value, 1);
  if (value > most) {
    fail(what, value, `at most ${most} ms`);
  }
}

function checkPeriod(what: string, period: Period): void {
  if (period.kind === "windows") {
    if (period.windows.length === 0) {
      fail(`${what}.windows`, "an empty list", "at least one window");
    }
    for (const window of period.windows) {
      text(`${what}.windows.id`, window.id, 128);
      wholeNumber(`${what}.windows.startMs`, window.startMs);
      wholeNumber(`${what}.windows.endMs`, window.endMs, window.startMs + 1);
    }
  } else if (period.kind !== "concurrency") {
    duration(`${what}.lengthMs`, period.lengthMs, dayMs);
  }
  if (period.kind === "bucket") {
    wholeNumber(`${what}.burst`, period.burst);
  }
}

/** Refuses what the stores could not count exactly. Throws `LedgerCallError`. */
export function checkReserve(request: ReserveRequest): void {
  text("id", request.id, 256);
  duration("holdMs", request.holdMs, 31 * dayMs);
  if (request.candidates.length === 0) {
    fail("candidates", "an empty list", "at least one candidate");
  }
  for (const claims of request.candidates) {
    const seen = new Set<string>();
    for (const claim of claims) {
      checkQuery(claim);
      const what = `claim on ${claim.account}`;
      wholeNumber(`${what}: amount`, claim.amount);
      wholeNumber(`${what}: chargeOnExpiry`, claim.chargeOnExpiry ?? 0);
      if ((claim.chargeOnExpiry ?? 0) > claim.amount) {
        fail(
          `${what}: chargeOnExpiry`,
          claim.chargeOnExpiry,
          `at most the amount that is held, ${claim.amount}`,
        );
      }
      for (const amount of claim.warnAt ?? []) {
        wholeNumber(`${what}: warnAt`, amount, 1);
      }
      if (seen.has(claim.account)) {
        fail(what, "a second one", "possible: an account stands once in a candidate");
      }
      seen.add(claim.account);
    }
  }
}

export function checkQuery(query: { account: string; period: Period; limit: number }): void {
  text("account", query.account);
  checkPeriod(query.account, query.period);
  wholeNumber(`${query.account}: limit`, query.limit);
}

export function checkSettlement(settlement: Settlement): void {
  text("id", settlement.id, 256);
  const seen = new Set<string>();
  for (const charge of settlement.charges) {
    text("account", charge.account);
    wholeNumber(`charge to ${charge.account}`, charge.amount);
    wholeNumber(`${charge.account}: limit`, charge.limit ?? 0);
    wholeNumber(`${charge.account}: atMs`, charge.atMs ?? 0);
    if (charge.period !== undefined) {
      checkPeriod(charge.account, charge.period);
    }
    if (seen.has(charge.account)) {
      fail(`charge to ${charge.account}`, "a second one", "possible: an account is charged once");
    }
    seen.add(charge.account);
  }
}

export function checkRenewal(ids: readonly string[], holdMs: number): void {
  for (const id of ids) {
    text("id", id, 256);
  }
  duration("holdMs", holdMs, 31 * dayMs);
}

export function checkAdjustment(adjustment: Adjustment): void {
  text("id", adjustment.id, 256);
  checkQuery(adjustment);
  wholeNumber("amount", Math.abs(adjustment.amount));
  text("by", adjustment.by);
  text("reason", adjustment.reason);
  if (adjustment.period.kind === "concurrency") {
    fail("period", "concurrency", "something that is spent: live holds end by themselves");
  }
}
