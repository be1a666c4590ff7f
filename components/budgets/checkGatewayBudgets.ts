import { AtLimit, Hold, LimitUnit, OnExpiry, Settle, StoreDown, WindowKind } from "../../extproc/contract";
import { type ResolvedModel, type ResolvedRoute, Target } from "../models/resolved";
import { rulesOf } from "../models/routeRules";
import { at, type Problems } from "../shared/problems";
import { modelDimension } from "./attributes";
import { type BudgetArgs, EnforcedBy } from "./budgetArgs";
import { unitName } from "./budgetLimit";
import { reaches } from "./overflow";
import type { ResolvedBudget } from "./resolvedBudget";

/** QuotaPolicy's limits are passed on as numbers of 32 bits. */
const mostTokens = 4_294_967_295;
const units: readonly LimitUnit[] = [LimitUnit.Tokens, LimitUnit.InputTokens, LimitUnit.OutputTokens];
const periods: readonly string[] = ["second", "minute", "hour", "day"];

/** Why AI Gateway cannot hold to a budget: the member that asks for too much, and what AI Gateway does instead. */
export type Obstacle = readonly [member: keyof BudgetArgs, reason: string];

/** What quotas are looked at together with. */
export interface QuotaSurroundings {
  readonly routes: readonly ResolvedRoute[];
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** Namespace of the Gateway. */
  readonly namespace: string;
}

/** Everything about a budget that AI Gateway's QuotaPolicy would ignore, or do otherwise. */
export function gatewayObstacles(budget: ResolvedBudget, around: QuotaSurroundings): readonly Obstacle[] {
  return [...ownObstacles(budget), ...modelObstacles(budget, around)];
}

/** The first of them, which is enough to say why the processor has the budget. */
export function firstObstacle(budget: ResolvedBudget, around: QuotaSurroundings): Obstacle | undefined {
  return ownObstacles(budget)[0] ?? modelObstacles(budget, around)[0];
}

function ownObstacles(budget: ResolvedBudget): readonly Obstacle[] {
  const isToken = units.includes(budget.unit);
  const found: (Obstacle | false)[] = [
    !isToken && ["limit", `counts ${unitName(budget.unit)}, and AI Gateway knows tokens alone`],
    isToken &&
      budget.limit > mostTokens && [
        "limit",
        `is above ${mostTokens.toLocaleString("en")}, the most that AI Gateway counts to`,
      ],
    (budget.per.length !== 1 || budget.per[0] !== modelDimension) && [
      "per",
      `is ${budget.per.length === 0 ? "left out" : JSON.stringify(budget.per.join(", "))}, and AI Gateway counts per "model" alone`,
    ],
    (budget.teams !== undefined || budget.users !== undefined) && [
      budget.teams === undefined ? "users" : "teams",
      "tells callers apart, and AI Gateway charges tokens to all callers together",
    ],
    budget.period !== undefined &&
      !periods.includes(budget.period) && [
        "period",
        `is a ${budget.period}, and AI Gateway's longest is a day`,
      ],
    budget.timeZone !== "UTC" && [
      "timeZone",
      `is ${budget.timeZone}, and AI Gateway's days begin at 00:00 UTC`,
    ],
    budget.window !== WindowKind.Fixed && ["window", "is sliding, and AI Gateway's windows are fixed"],
    budget.warnAt.length > 0 && ["warnAt", "asks for warnings, and AI Gateway gives none"],
    budget.atLimit !== AtLimit.Reject && [
      "atLimit",
      `is "${budget.atLimit}", and AI Gateway can only refuse`,
    ],
    budget.status !== 429 && ["status", `is ${budget.status}, and AI Gateway answers 429`],
    budget.hold !== Hold.Adaptive && ["hold", "is strict, and AI Gateway charges after a request"],
    budget.holdCeiling !== undefined && ["holdCeiling", "bounds what is held, and AI Gateway holds nothing"],
    // Of dollars these follow from the unit, which is refused above.
    isToken &&
      budget.whenStoreIsDown !== StoreDown.Open && [
        "whenStoreIsDown",
        `is "${budget.whenStoreIsDown}", and AI Gateway lets requests pass then`,
      ],
    isToken &&
      budget.settle !== Settle.Log && [
        "settle",
        "is stream, and AI Gateway charges nothing for a stream that is cut",
      ],
    isToken &&
      budget.onExpiry !== OnExpiry.Release && [
        "onExpiry",
        "charges what was held, and AI Gateway holds nothing",
      ],
    budget.shadow && ["shadow", "is true, and AI Gateway knows no shadow for a model's own quota"],
  ];
  return found.filter((one) => one !== false);
}

function modelObstacles(budget: ResolvedBudget, around: QuotaSurroundings): readonly Obstacle[] {
  const users = usersOf(around.routes);
  const reached = around.routes.filter(({ key }) => reaches(budget, key));
  return reached.flatMap((route): readonly Obstacle[] => {
    const [only, ...others] = backendsOf(route);
    if (only === undefined || others.length > 0) {
      return [
        [
          "models",
          `"${route.key}" has several backends, each with a quota of its own in AI Gateway, which lets requests pass while one of them has tokens left`,
        ],
      ];
    }
    const sharing = users.get(only)?.find((key) => key !== route.key);
    return [
      ...namespaceObstacle(route, only, around),
      ...poolObstacle(route, only, around),
      ...(sharing === undefined ? [] : [sharedObstacle(route, sharing)]),
    ];
  });
}

/** Whatever may answer for a public model, each once. */
function backendsOf(route: ResolvedRoute): ReadonlySet<string> {
  return new Set(
    rulesOf(route)
      .flat()
      .map(({ model }) => model),
  );
}

/** Public models by what answers for them. */
function usersOf(routes: readonly ResolvedRoute[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const route of routes) {
    for (const backend of backendsOf(route)) {
      users.set(backend, [...(users.get(backend) ?? []), route.key]);
    }
  }
  return users;
}

function namespaceObstacle(
  route: ResolvedRoute,
  backend: string,
  { models, namespace }: QuotaSurroundings,
): readonly Obstacle[] {
  const other = models.get(backend)?.namespace;
  const reason = `"${route.key}" has its backend in "${other}", and AI Gateway looks in the gateway's own namespace`;
  return other === undefined || other === namespace ? [] : [["models", reason]];
}

function poolObstacle(
  route: ResolvedRoute,
  backend: string,
  { models }: QuotaSurroundings,
): readonly Obstacle[] {
  const reason = `"${route.key}" is behind an endpoint picker, and AI Gateway's quotas find a model only by the name that its route gives a backend`;
  return models.get(backend)?.inferencePool === undefined ? [] : [["models", reason]];
}

function sharedObstacle(route: ResolvedRoute, sharing: string): Obstacle {
  return [
    "models",
    `"${route.key}" shares its backend with "${sharing}", whose requests AI Gateway would count too`,
  ];
}

/** Refuses budgets that AI Gateway would not enforce as they are written. */
export function checkGatewayBudgets(
  budgets: readonly ResolvedBudget[],
  target: Target,
  around: QuotaSurroundings,
  problems: Problems,
): void {
  const counted = new Map<string, string>();
  for (const budget of budgets.filter(({ enforcedBy }) => enforcedBy === EnforcedBy.Gateway)) {
    const path = at("budgets", budget.name);
    if (target === Target.Local) {
      problems.add(
        `${path}.enforcedBy`,
        '"gateway" needs AI Gateway\'s rate limit service, which the standalone gateway does not have, so the budget would be ignored; leave enforcedBy out, and the processor enforces it',
      );
    }
    for (const [member, reason] of gatewayObstacles(budget, around)) {
      problems.add(
        `${path}.${member}`,
        `${reason}, so enforcedBy "gateway" would not hold this budget; change it, or leave enforcedBy out for the processor`,
      );
    }
    for (const { key } of around.routes.filter((route) => reaches(budget, route.key))) {
      const other = counted.get(key);
      if (other !== undefined) {
        problems.add(
          `${path}.models`,
          `"${key}" has its quota from budget "${other}", and AI Gateway takes one for each model; leave enforcedBy out of one of the two`,
        );
      }
      counted.set(key, budget.name);
    }
  }
}
