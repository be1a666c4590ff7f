import { flowMs, weighted } from "./arithmetic";
import { type CellPlan, type CellWindow, pickWindow } from "./cells";
import type { AccountState, Claim, Crossing, Obstacle } from "./ledger";

/** What a store answers about one claim, before it is put into words. */
export interface CellView {
  /** Of the window that the store's clock is in, as `pickWindow` finds it. */
  readonly used: number;
  /** Spent in the interval before (`sliding`), else 0. */
  readonly previous: number;
  readonly held: number;
  readonly fits: boolean;
  readonly crossed: readonly number[];
}

/** A claim with the cells that it may need. */
export interface PlannedClaim {
  readonly claim: Claim;
  readonly plan: CellPlan;
}

/** What used and held together may reach. */
export function capacity(claim: Pick<Claim, "period" | "limit">): number {
  return claim.period.kind === "bucket" ? claim.period.burst : claim.limit;
}

export function accountState(planned: PlannedClaim, view: CellView, nowMs: number): AccountState {
  const { claim, plan } = planned;
  const window = windowOf(plan, nowMs);
  const used = usedNow(plan, view, nowMs);
  const limit = capacity(claim);
  return {
    account: claim.account,
    windowId: window?.id ?? "",
    limit,
    used,
    held: view.held,
    remaining: Math.max(0, limit - used - view.held),
    resetAtMs: resetAtMs(planned, view, nowMs),
    fits: view.fits,
    shadow: claim.shadow ?? false,
  };
}

function windowOf(plan: CellPlan, nowMs: number): CellWindow | undefined {
  return plan.windows[pickWindow(plan, nowMs)];
}

function endOf(plan: CellPlan, nowMs: number): number {
  return windowOf(plan, nowMs)?.endMs ?? nowMs;
}

/** What counts as spent now: of a sliding limit, the share of the interval before as well. */
export function usedNow(plan: CellPlan, view: Pick<CellView, "used" | "previous">, nowMs: number): number {
  if (plan.kind !== "sliding") {
    return view.used;
  }
  return view.used + weighted(view.previous, endOf(plan, nowMs) - nowMs, plan.lengthMs);
}

function resetAtMs({ claim, plan }: PlannedClaim, view: CellView, nowMs: number): number | undefined {
  const endMs = endOf(plan, nowMs);
  switch (plan.kind) {
    case "concurrency":
      return undefined;
    case "bucket": {
      const wait = flowMs(view.used, claim.limit, plan.lengthMs);
      return wait === undefined ? undefined : nowMs + wait;
    }
    case "sliding":
      return view.used > 0 ? endMs + plan.lengthMs : endMs;
    case "windows":
      return endMs;
  }
}

export function crossingsOf(
  claims: readonly PlannedClaim[],
  views: readonly CellView[],
  nowMs: number,
): Crossing[] {
  const crossings: Crossing[] = [];
  claims.forEach(({ claim, plan }, index) => {
    for (const amount of views[index]?.crossed ?? []) {
      crossings.push({ account: claim.account, windowId: windowOf(plan, nowMs)?.id ?? "", amount });
    }
  });
  return crossings;
}

/** The claim that is in the way of a candidate: one that never fits, else the one that fits last. */
export function obstacleOf(
  candidate: number,
  claims: readonly PlannedClaim[],
  views: readonly CellView[],
  nowMs: number,
): Obstacle | undefined {
  let worst: Obstacle | undefined;
  claims.forEach((planned, index) => {
    const view = views[index];
    if (view === undefined || view.fits || planned.claim.shadow === true) {
      return;
    }
    const obstacle = describe(candidate, planned, view, nowMs);
    if (worst === undefined || isTighter(obstacle, worst)) {
      worst = obstacle;
    }
  });
  return worst;
}

/** Of the candidates' obstacles the one that goes away first. */
export function bestProspect(obstacles: readonly Obstacle[]): Obstacle | undefined {
  return obstacles.reduce<Obstacle | undefined>(
    (best, next) => (best === undefined || isTighter(best, next) ? next : best),
    undefined,
  );
}

function describe(candidate: number, planned: PlannedClaim, view: CellView, nowMs: number): Obstacle {
  const { claim, plan } = planned;
  const state = accountState(planned, view, nowMs);
  if (claim.amount > state.limit) {
    return { candidate, state, cause: "never", retryAtMs: undefined };
  }
  if (state.used + claim.amount <= state.limit) {
    return { candidate, state, cause: "held", retryAtMs: undefined };
  }
  const retryAtMs =
    plan.kind === "bucket" || plan.kind === "sliding" ? laterMs(planned, view, nowMs) : undefined;
  return { candidate, state, cause: "used", retryAtMs: retryAtMs ?? state.resetAtMs };
}

/** When enough of what is used has flowed off, the holds aside. */
function laterMs({ claim, plan }: PlannedClaim, view: CellView, nowMs: number): number | undefined {
  const room = capacity(claim) - claim.amount;
  if (plan.kind === "bucket") {
    const wait = flowMs(view.used - room, claim.limit, plan.lengthMs);
    return wait === undefined ? undefined : nowMs + wait;
  }
  const endMs = endOf(plan, nowMs);
  // While this interval lasts the one before fades; after it, this one does.
  return view.used <= room
    ? fadedMs(view.previous, room - view.used, endMs, plan.lengthMs)
    : fadedMs(view.used, room, endMs + plan.lengthMs, plan.lengthMs);
}

/** When at most `room` of `amount` still counts, which fades until `endMs`. One part early is one part too many. */
function fadedMs(amount: number, room: number, endMs: number, lengthMs: number): number {
  const share = amount === 0 ? 1 : Math.min(1, room / amount);
  return endMs - Math.floor(Math.max(0, share - 1 / 2048) * lengthMs);
}

const rank = { held: 0, used: 1, never: 2 } as const;

function isTighter(a: Obstacle, b: Obstacle): boolean {
  if (rank[a.cause] !== rank[b.cause]) {
    return rank[a.cause] > rank[b.cause];
  }
  const later = (a.retryAtMs ?? 0) - (b.retryAtMs ?? 0);
  return later !== 0 ? later > 0 : a.state.remaining < b.state.remaining;
}
