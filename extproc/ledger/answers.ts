import { cellPlan } from "./cells";
import {
  accountState,
  bestProspect,
  type CellView,
  crossingsOf,
  obstacleOf,
  type PlannedClaim,
} from "./figures";
import type { Admitted, HoldState, Obstacle, Refused, Reservation, ReserveRequest } from "./ledger";

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
}

export function reservation(request: ReserveRequest, verdict: Verdict): Reservation {
  // A replay is put into the words of its own time.
  const plan = planReserve(request, verdict.nowMs);
  return verdict.kind === "refused" ? refused(plan, verdict) : admitted(plan, verdict);
}

function admitted(plan: Plan, { kind, nowMs, candidate, state, views }: Verdict): Admitted {
  const replayed = kind === "replayed";
  const claims = plan[candidate] ?? [];
  const held = views[replayed ? 0 : candidate] ?? [];
  const looked = replayed ? [{ claims, views: held }] : pairs(plan, views);
  return {
    admitted: true,
    candidate,
    accounts: states(claims, held, nowMs),
    passedOver: replayed ? [] : obstacles(plan, views, nowMs),
    replayed,
    state,
    crossings: looked.flatMap((pair) => crossingsOf(pair.claims, pair.views, nowMs)),
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
    crossings: pairs(plan, views).flatMap((pair) => crossingsOf(pair.claims, pair.views, nowMs)),
    nowMs,
  };
}

function pairs(plan: Plan, views: readonly (readonly CellView[])[]) {
  return views.map((view, index) => ({ claims: plan[index] ?? [], views: view }));
}

function obstacles(plan: Plan, views: readonly (readonly CellView[])[], nowMs: number): Obstacle[] {
  return pairs(plan, views).flatMap((pair, index) => obstacleOf(index, pair.claims, pair.views, nowMs) ?? []);
}

export function states(claims: readonly PlannedClaim[], views: readonly CellView[], nowMs: number) {
  return claims.flatMap((claim, index) => {
    const view = views[index];
    return view === undefined ? [] : [accountState(claim, view, nowMs)];
  });
}
