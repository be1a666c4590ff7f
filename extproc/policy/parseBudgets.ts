import { DocumentReader } from "./documentReader";
import { tierMeaning, tierName } from "./parseModels";
import {
  AtLimit,
  type BudgetPolicy,
  Hold,
  LimitUnit,
  OnExpiry,
  Period,
  Settle,
  StoreDown,
  WindowKind,
} from "./policy";
import { isTimeZone } from "./zonedDays";

/** Names of budgets stand in store keys, header values and metric labels. */
const budgetName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Periods that follow a calendar, and so a time zone. */
const calendarPeriods: readonly (Period | undefined)[] = ["day", "week", "month", "quarter", "year"];
const slidingPeriods: readonly (Period | undefined)[] = ["second", "minute", "hour", "day"];
const shrinkable: readonly LimitUnit[] = ["nanodollars", "tokens", "outputTokens"];

export const budgetDefaults = Object.freeze({ returnBelow: 0.8, dwellSeconds: 60 });

/** The budgets of a document, ordered by name; what they refer to is checked later. */
export function parseBudgets(document: DocumentReader): readonly BudgetPolicy[] {
  return document.entries("budgets", budgetName, tierMeaning).map(([name, path, value]) => {
    const reader = new DocumentReader(document.problems, path, value);
    const budget = parseBudget(name, reader);
    checkTogether(reader, budget);
    reader.finish();
    return budget;
  });
}

function parseBudget(name: string, reader: DocumentReader): BudgetPolicy {
  const { unit, limit } = parseLimit(reader);
  const isMoney = unit === LimitUnit.Nanodollars;
  const filter = (member: string) => {
    const names = reader.texts(member, "is empty, so the budget would count nothing; leave it out for all");
    return names === undefined ? undefined : new Set(names);
  };
  return {
    name,
    per: reader.texts("per", undefined) ?? [],
    models: filter("models"),
    teams: filter("teams"),
    users: filter("users"),
    unit,
    limit,
    ...parseWindow(reader),
    warnAt: parseWarnings(reader, limit),
    atLimit: reader.oneOf("atLimit", AtLimit, AtLimit.Reject),
    overflowTo: reader.text("overflowTo", tierName, tierMeaning),
    returnBelow: parseReturn(reader, limit),
    dwellMs: reader.integer("dwellSeconds", 0, 86_400, budgetDefaults.dwellSeconds) * 1000,
    status: parseStatus(reader),
    hold: reader.oneOf("hold", Hold, Hold.Adaptive),
    holdCeiling: reader.has("holdCeiling") ? reader.integer("holdCeiling", 1, limit) : undefined,
    whenStoreIsDown: reader.oneOf("whenStoreIsDown", StoreDown, isMoney ? StoreDown.Closed : StoreDown.Open),
    settle: reader.oneOf("settle", Settle, isMoney ? Settle.Stream : Settle.Log),
    onExpiry: reader.oneOf("onExpiry", OnExpiry, isMoney ? OnExpiry.Floor : OnExpiry.Release),
    shadow: reader.boolean("shadow", false),
  };
}

function parseWindow(reader: DocumentReader) {
  const timeZone = reader.text("timeZone", /./, "a time zone");
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    reader.problem("timeZone", 'is not a known time zone; use an IANA name such as "Europe/Berlin"');
  }
  return {
    period: reader.oneOf("period", Period, undefined),
    window: reader.oneOf("window", WindowKind, WindowKind.Fixed),
    burst: reader.has("burst") ? reader.integer("burst", 1, Number.MAX_SAFE_INTEGER) : undefined,
    timeZone: timeZone !== undefined && isTimeZone(timeZone) ? timeZone : "UTC",
  };
}

function parseLimit(reader: DocumentReader): { unit: LimitUnit; limit: number } {
  const limits = new DocumentReader(reader.problems, reader.at("limit"), reader.raw("limit") ?? {});
  const units = Object.values(LimitUnit).filter((unit) => limits.has(unit));
  const [unit = LimitUnit.Requests] = units;
  if (units.length !== 1) {
    reader.problem(
      "limit",
      `names ${units.length} units; name exactly one of ${Object.values(LimitUnit).join(", ")}`,
    );
  }
  // Counters are exact up to this: $9,007,199 in nanodollars.
  const amounts = units.map((one) => limits.integer(one, 1, Number.MAX_SAFE_INTEGER));
  limits.finish();
  return { unit, limit: amounts[0] ?? 1 };
}

function parseWarnings(reader: DocumentReader, limit: number): BudgetPolicy["warnAt"] {
  const shares = reader.list("warnAt").filter((share): share is number => {
    const thousandths = typeof share === "number" ? share * 1000 : Number.NaN;
    const isShare =
      thousandths > 0 && thousandths <= 1000 && Math.abs(thousandths - Math.round(thousandths)) < 1e-9;
    if (!isShare) {
      reader.problems.add(
        reader.at("warnAt"),
        share,
        "is not a share above 0 up to 1 with at most three decimals",
      );
    }
    return isShare;
  });
  if (new Set(shares).size !== shares.length) {
    reader.problem("warnAt", "names a share twice; name each once");
  }
  return [...shares].sort((a, b) => a - b).map((share) => ({ share, amount: shareOf(limit, share) }));
}

/** A share of a limit, rounded up: exact, since shares are whole thousandths. */
export function shareOf(limit: number, share: number): number {
  return Number((BigInt(limit) * BigInt(Math.round(share * 1000)) + 999n) / 1000n);
}

function parseReturn(reader: DocumentReader, limit: number): number {
  return shareOf(limit, reader.decimal("returnBelow", 0.001, 0.999, budgetDefaults.returnBelow));
}

function parseStatus(reader: DocumentReader): 429 | 402 {
  const status = reader.raw("status") ?? 429;
  if (status !== 429 && status !== 402) {
    reader.problem("status", "is not a status of a refusal; use 429 or 402");
  }
  return status === 402 ? 402 : 429;
}

/** Members that exclude or need one another. */
function checkTogether(reader: DocumentReader, budget: BudgetPolicy): void {
  const only = (member: string, allowed: boolean, remedy: string) => {
    if (reader.has(member) && !allowed) {
      reader.problem(member, remedy);
    }
  };
  const isConcurrency = budget.unit === LimitUnit.Concurrency;
  const isSliding = budget.window === WindowKind.Sliding;
  only("period", !isConcurrency, "has no meaning for concurrency; remove it");
  only("warnAt", !isConcurrency, "has no meaning for concurrency; remove it");
  only("settle", !isConcurrency, "has no meaning for concurrency; remove it");
  if (budget.period === undefined && !isConcurrency && !reader.has("period")) {
    reader.problem("period", `is missing; use one of ${Object.values(Period).join(", ")}`);
  }
  only(
    "window",
    !isSliding || slidingPeriods.includes(budget.period),
    "needs a period of at most a day; use fixed",
  );
  only(
    "warnAt",
    budget.burst === undefined,
    "has no meaning for a budget with burst, which has no windows; remove it",
  );
  only("burst", isSliding, 'needs window "sliding"; set it, or remove the burst');
  const mayHaveZone = calendarPeriods.includes(budget.period) && !isSliding;
  only("timeZone", mayHaveZone, "needs a fixed window of a day or longer; remove it");
  only(
    "overflowTo",
    budget.atLimit === AtLimit.Overflow,
    'needs atLimit "overflow"; set it, or remove the tier',
  );
  only("returnBelow", budget.atLimit === AtLimit.Overflow, 'needs atLimit "overflow"; remove it');
  only("dwellSeconds", budget.atLimit === AtLimit.Overflow, 'needs atLimit "overflow"; remove it');
  only("holdCeiling", budget.hold === Hold.Adaptive, 'needs hold "adaptive"; a strict hold has no ceiling');
  if (budget.atLimit === AtLimit.Overflow && !reader.has("overflowTo")) {
    reader.problem("overflowTo", 'is missing; with atLimit "overflow" name the tier to go to');
  }
  only(
    "atLimit",
    budget.atLimit !== AtLimit.Shrink || shrinkable.includes(budget.unit),
    `cannot shrink what ${budget.unit} counts; it works with ${shrinkable.join(", ")}`,
  );
}
