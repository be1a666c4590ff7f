import { cellPlan } from "./cells";
import {
  accountState,
  bestProspect,
  type CellView,
  crossingsOf,
  obstacleOf,
  type PlannedClaim,
} from "./figures";
import type {
  AccountState,
  Admitted,
  Crossing,
  HoldState,
  Obstacle,
  Refused,
  Reservation,
  ReserveRequest,
} from "./ledger";

/** A reserve call with the cells of every claim; what both stores work on. */
export type Plan = readonly (readonly PlannedClaim[])[];

export function planReserve(request: ReserveRequest, nowMs: number): Plan {
  return request.candidates.map((claims) =>
    claims.map((claim) => ({ claim, plan: cellPlan(claim.period, nowMs) })),
  );
}

/** What a store says to a reserve call. */
export interface Verdict {
  readonly kind: "admitted" | "refused" | "replayed";
  readonly nowMs: number;
  /** Index of the candidate that is held. Without meaning if none is. */
  readonly candidate: number;
  readonly state: HoldState;
  /** Of the candidates that were looked at, in order; of a replay, only the one that is held. */
  readonly views: readonly (readonly CellView[])[];
  /** What the call was planned as at `nowMs`, where that is known. */
  readonly plan?: Plan | undefined;
}

export function reservation(request: ReserveRequest, verdict: Verdict): Reservation {
  // A replay is put into the words of its own time.
  const plan = verdict.plan ?? planReserve(request, verdict.nowMs);
  return verdict.kind === "refused" ? refused(plan, verdict) : admitted(plan, verdict);
}

function admitted(plan: Plan, { kind, nowMs, candidate, state, views }: Verdict): Admitted {
  const replayed = kind === "replayed";
  const claims = plan[candidate] ?? [];
  const held = views[replayed ? 0 : candidate] ?? [];
  return {
    admitted: true,
    candidate,
    accounts: states(claims, held, nowMs),
    passedOver: replayed ? [] : obstacles(plan, views, nowMs),
    replayed,
    state,
    crossings: replayed ? crossingsOf(claims, held, nowMs) : allCrossings(plan, views, nowMs),
    nowMs,
  };
}

function refused(plan: Plan, { nowMs, views }: Verdict): Refused {
  const obstacle = bestProspect(obstacles(plan, views, nowMs));
  if (obstacle === undefined) {
    throw new Error("a refusal without a claim that does not fit");
  }
  return {
    admitted: false,
    obstacle,
    accounts: states(plan[obstacle.candidate] ?? [], views[obstacle.candidate] ?? [], nowMs),
    crossings: allCrossings(plan, views, nowMs),
    nowMs,
  };
}

type Views = readonly (readonly CellView[])[];

function allCrossings(plan: Plan, views: Views, nowMs: number): Crossing[] {
  const crossings: Crossing[] = [];
  views.forEach((view, index) => {
    crossings.push(...crossingsOf(plan[index] ?? [], view, nowMs));
  });
  return crossings;
}

function obstacles(plan: Plan, views: Views, nowMs: number): Obstacle[] {
  const found: Obstacle[] = [];
  views.forEach((view, index) => {
    const obstacle = obstacleOf(index, plan[index] ?? [], view, nowMs);
    if (obstacle !== undefined) {
      found.push(obstacle);
    }
  });
  return found;
}

export function states(claims: readonly PlannedClaim[], views: readonly CellView[], nowMs: number) {
  const found: AccountState[] = [];
  claims.forEach((claim, index) => {
    const view = views[index];
    if (view !== undefined) {
      found.push(accountState(claim, view, nowMs));
    }
  });
  return found;
}
