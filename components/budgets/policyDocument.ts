import {
  AtLimit,
  type BackendDocument,
  type BudgetDocument,
  LimitUnit,
  type ModelDocument,
  modelDefaults,
  type PolicyDocument,
  type Price,
  type PriceDocument,
  type TokenPrices,
  type TokenPricesDocument,
  WindowKind,
} from "../../extproc/contract";
import type { ResolvedModel, ResolvedRoute, ResolvedRouteTarget } from "../models/resolved";
import { rulesOf } from "../models/routeRules";
import { accessDocument } from "./accessDocument";
import { EnforcedBy } from "./budgetArgs";
import { identitiesOf, lookupsOf } from "./identityDocuments";
import { tierHeader } from "./identityHeaders";
import { tierName } from "./overflow";
import type { ResolvedAccess } from "./resolvedAccess";
import type { ResolvedBudget } from "./resolvedBudget";

/** What the document is made of. */
export interface PolicySource {
  /** Namespace of the Gateway and its routes. */
  readonly namespace: string;
  readonly routes: readonly ResolvedRoute[];
  readonly models: readonly ResolvedModel[];
  readonly budgets: readonly ResolvedBudget[];
  readonly access: ResolvedAccess | undefined;
  /** What the processor's own declaration adds. */
  readonly processor: Pick<PolicyDocument, "replicas" | "webhook">;
}

/**
 * What the processor is told: every public model, and the budgets that it enforces. The defaults of budgets are written
 * out, so that a preview shows what holds, and a newer processor changes nothing by itself.
 */
export function policyDocument(source: PolicySource): PolicyDocument {
  const { namespace, routes, models, budgets, access, processor } = source;
  const byKey = new Map(models.map((model) => [model.key, model]));
  const enforced = budgets.filter(({ enforcedBy }) => enforcedBy === EnforcedBy.Processor);
  const identities = identitiesOf(access, enforced);
  const lookups = lookupsOf(access);
  const callers = accessDocument(access);
  // Only lists that differ by caller are the processor's to answer.
  const listed = (route: ResolvedRoute) => (access?.rules === undefined ? {} : listedDocument(route));
  return {
    version: 1,
    models: Object.fromEntries(
      routes.map((route) => [route.key, { ...modelDocument(route, namespace, byKey), ...listed(route) }]),
    ),
    budgets: Object.fromEntries(enforced.map((budget) => [budget.name, budgetDocument(budget)])),
    ...(Object.keys(identities).length === 0 ? {} : { identities }),
    ...(Object.keys(lookups).length === 0 ? {} : { lookups: { key: lookups } }),
    ...(callers === undefined ? {} : { access: callers }),
    ...(routes.some(({ tiers }) => tiers.length > 0) ? { tierHeader } : {}),
    ...processor,
  };
}

function modelDocument(
  route: ResolvedRoute,
  namespace: string,
  models: ReadonlyMap<string, ResolvedModel>,
): ModelDocument {
  const answering = rulesOf(route)
    .flat()
    .flatMap(({ model }) => models.get(model) ?? []);
  const tiers = route.tiers.map(
    ({ name, targets }) => [name, { backends: backends(targets, namespace, models) }] as const,
  );
  const inputs = answering.map(({ contextTokens }) => contextTokens);
  const outputs = answering.map(({ maxOutputTokens }) => maxOutputTokens);
  return {
    backends: backends(route.targets, namespace, models),
    ...(tiers.length === 0 ? {} : { tiers: Object.fromEntries(tiers) }),
    // Whoever answers, the estimate must not be below what it can cost.
    ...(inputs.every((count) => count !== undefined) ? { maxInputTokens: Math.max(...inputs) } : {}),
    maxOutputTokens: Math.max(...outputs.map((count) => count ?? modelDefaults.maxOutputTokens)),
  };
}

/** What lists of models say of it, where it is not what they say by default. */
function listedDocument({ ownedBy, createdAt, hostnames }: ResolvedRoute): Pick<ModelDocument, "listed"> {
  const listed = {
    ...(ownedBy === undefined ? {} : { ownedBy }),
    ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt).toISOString() }),
    ...(hostnames.length === 0 ? {} : { hostnames: [...hostnames] }),
  };
  return Object.keys(listed).length === 0 ? {} : { listed };
}

/**
 * AI Gateway reports a backend as `namespace/name`: the namespace of the route, wherever the backend stands, and the name
 * that the route gives, which is that of the pool behind an endpoint picker.
 */
function backends(
  targets: readonly ResolvedRouteTarget[],
  namespace: string,
  models: ReadonlyMap<string, ResolvedModel>,
): Record<string, BackendDocument> {
  const answering = targets.flatMap(({ model }) => models.get(model) ?? []);
  return Object.fromEntries(
    answering.map(({ objectName, inferencePool, price }) => [
      `${namespace}/${inferencePool ?? objectName}`,
      price === undefined ? {} : { price: priceDocument(price) },
    ]),
  );
}

function priceDocument({ tiers, image, request, ...tokens }: Price): PriceDocument {
  return {
    ...tokenPrices(tokens),
    ...(image === 0 ? {} : { image }),
    ...(request === 0 ? {} : { request }),
    ...(tiers.length === 0
      ? {}
      : {
          tiers: tiers.map(({ fromInputTokens, ...tier }) => ({ fromInputTokens, ...tokenPrices(tier) })),
        }),
  };
}

/** Without the classes that cost what the document says they cost by default: 2,000 models fit in a ConfigMap. */
function tokenPrices(prices: TokenPrices): TokenPricesDocument {
  const { input, cachedInput, cacheWrite5m, cacheWrite1h, output, reasoning, audioIn, audioOut } = prices;
  return {
    input,
    ...(cachedInput === input ? {} : { cachedInput }),
    ...(cacheWrite5m === input ? {} : { cacheWrite5m }),
    ...(cacheWrite1h === cacheWrite5m ? {} : { cacheWrite1h }),
    output,
    ...(reasoning === output ? {} : { reasoning }),
    ...(audioIn === input ? {} : { audioIn }),
    ...(audioOut === output ? {} : { audioOut }),
  };
}

function budgetDocument(budget: ResolvedBudget): BudgetDocument {
  const { per, models, teams, users, unit, limit, holdCeiling, overflowTo } = budget;
  const isConcurrency = unit === LimitUnit.Concurrency;
  return {
    ...(per.length === 0 ? {} : { per: [...per] }),
    ...(models === undefined ? {} : { models: [...models] }),
    ...(teams === undefined ? {} : { teams: [...teams] }),
    ...(users === undefined ? {} : { users: [...users] }),
    limit: { [unit]: limit },
    ...(isConcurrency ? {} : periodDocument(budget)),
    atLimit: budget.atLimit,
    ...(overflowTo === undefined || budget.atLimit !== AtLimit.Overflow
      ? {}
      : {
          overflowTo: tierName(overflowTo),
          returnBelow: budget.returnBelow,
          dwellSeconds: budget.dwellSeconds,
        }),
    status: budget.status,
    hold: budget.hold,
    ...(holdCeiling === undefined ? {} : { holdCeiling }),
    whenStoreIsDown: budget.whenStoreIsDown,
    onExpiry: budget.onExpiry,
    shadow: budget.shadow,
  };
}

/** What only budgets with a period have. */
function periodDocument({ period, window, burst, timeZone, warnAt, settle }: ResolvedBudget) {
  const isCalendar = !["second", "minute", "hour", undefined].includes(period);
  return {
    ...(period === undefined ? {} : { period }),
    window,
    ...(burst === undefined ? {} : { burst }),
    ...(isCalendar && window === WindowKind.Fixed ? { timeZone } : {}),
    ...(warnAt.length === 0 ? {} : { warnAt: [...warnAt] }),
    settle,
  };
}
