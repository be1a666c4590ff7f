import { credentialHeaders, StoreDown, tokenHeader } from "../../extproc/contract";
import type { ReleaseSet } from "../gateway/releases";
import type { ResolvedGateway } from "../gateway/resolveGateway";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import type { Target } from "../models/resolved";
import type { LeftOut } from "../models/soundPart";
import { at, type Problems } from "../shared/problems";
import { accessSummary } from "./accessSummary";
import { EnforcedBy } from "./budgetArgs";
import { budgetSummary } from "./budgetSummary";
import { checkAccessRules } from "./checkAccessRules";
import { checkBudgets } from "./checkBudgets";
import { checkGatewayBudgets, type QuotaSurroundings } from "./checkGatewayBudgets";
import { identityHeaderPrefix } from "./identityHeaders";
import { jwtNamespace } from "./jwtProvider";
import { resolveAccess } from "./resolveAccess";
import { resolveBudget } from "./resolveBudget";
import { asksForProof, checksKeys, needsProcessor, type ResolvedAccess, takesTokens } from "./resolvedAccess";
import type { ResolvedBudget } from "./resolvedBudget";
import type { ResolvedProcessor } from "./resolvedProcessor";
import { resolveProcessor } from "./resolveProcessor";
import { type ResolvedQuotaService, resolveQuotas } from "./resolveQuotas";

/** What a declaration says about callers and what they may spend, before its models are looked at. */
export interface Spending {
  readonly access: ResolvedAccess | undefined;
  /** Ordered by name. */
  readonly budgets: readonly ResolvedBudget[];
}

export function resolveSpending(
  { access, budgets = {} }: Pick<ModelGatewayArgs, "access" | "budgets">,
  gateway: ResolvedGateway,
  problems: Problems,
): Spending {
  const resolved = access === undefined ? undefined : resolveAccess(gateway.objectName, access, problems);
  checkCredentialHeaders(resolved, gateway, problems);
  for (const [attribute, header] of Object.entries(resolved?.clientHeaders ?? {})) {
    if (gateway.removeHeaders.includes(header)) {
      problems.add(
        at("access.clientHeaders", attribute),
        `"${header}" is removed from every request by gateway.removeHeaders; take it out of one of the two`,
      );
    }
  }
  return {
    access: resolved,
    budgets: Object.entries(budgets)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, budget]) => resolveBudget(name, budget, problems)),
  };
}

/** Headers go before anybody looks at them: nobody could prove anything by one that is removed. */
function checkCredentialHeaders(
  access: ResolvedAccess | undefined,
  { removeHeaders }: ResolvedGateway,
  problems: Problems,
): void {
  if (!asksForProof(access)) {
    return;
  }
  const used: readonly string[] =
    access?.apiKeys === undefined ? ["authorization", tokenHeader] : credentialHeaders;
  for (const header of removeHeaders.filter((name) => used.includes(name))) {
    problems.add(
      "gateway.removeHeaders",
      `removes "${header}", by which access knows callers, before it is looked at; take it out, providers never see it anyway`,
    );
  }
}

/** What spending needs to be carried out. */
export interface SpendingParts {
  /** Present when a budget is enforced by it. */
  readonly processor: ResolvedProcessor | undefined;
  /** The rate limit service of quotas; absent when there are none, or somebody else makes it. */
  readonly quotas: ResolvedQuotaService | undefined;
  /** Who checks keys and enforces each budget, and why. */
  readonly budgetSummary: readonly string[];
}

/** What spending is looked at together with. */
export interface SpendingPlace extends QuotaSurroundings {
  readonly gateway: ResolvedGateway;
  readonly target: Target;
  readonly release: ReleaseSet;
  readonly leftOut: LeftOut;
}

/** Checks callers and budgets against the models, and resolves what enforces them. */
export function completeSpending(
  args: ModelGatewayArgs,
  spending: Spending,
  place: SpendingPlace,
  problems: Problems,
): SpendingParts {
  const { budgets, access } = spending;
  const { leftOut } = place;
  checkAccessRules(access, place, leftOut.models, problems);
  checkGatewayBudgets(budgets, place.target, place, problems);
  checkBudgets(budgets, {
    ...place,
    declared: new Map(Object.entries(args.models).map(([key, model]) => [key, model.public ?? true])),
    leftOut: leftOut.models,
    access,
    isAccessLeftOut: leftOut.members.has("access"),
    problems,
  });
  // Where it runs decides what the processor needs.
  const isProcessorKnown = !leftOut.members.has("processor") && !leftOut.members.has("target");
  return {
    processor: isProcessorKnown ? processorOf(args, spending, place, problems) : undefined,
    quotas: leftOut.members.has("quotas") ? undefined : quotaServiceOf(args, spending, place, problems),
    budgetSummary: [...accessSummary(access), ...budgetSummary(budgets, place)],
  };
}

function processorOf(
  { processor: args, local }: ModelGatewayArgs,
  { access, budgets }: Spending,
  { gateway, namespace, target, leftOut }: SpendingPlace,
  problems: Problems,
): ResolvedProcessor | undefined {
  const enforced = budgets.filter(({ enforcedBy }) => enforcedBy === EnforcedBy.Processor);
  if (enforced.length === 0 && !needsProcessor(access)) {
    // What was left out may have needed it.
    if (args !== undefined && leftOut.budgets.size === 0 && !leftOut.members.has("access")) {
      problems.add(
        "processor",
        "is given, and nothing needs it: it enforces no budget, checks no key and no rule; declare one or remove it",
      );
    }
    return undefined;
  }
  const context = {
    budgets: enforced,
    decidesAccess: needsProcessor(access),
    hasKeys: checksKeys(access),
    gateway,
    namespace,
    target,
    identityNamespaces: takesTokens(access) ? [jwtNamespace] : [],
    ...(local?.processorPort === undefined ? {} : { localPort: local.processorPort }),
  };
  const processor = resolveProcessor("processor", args ?? {}, context, problems);
  checkShares(enforced, processor, problems);
  return processor;
}

/** Without the store each processor holds to its share of the limit, in whole units. */
function checkShares(
  budgets: readonly ResolvedBudget[],
  { document: { replicas = 1 } }: ResolvedProcessor,
  problems: Problems,
): void {
  for (const { name, limit } of budgets.filter(
    ({ whenStoreIsDown }) => whenStoreIsDown === StoreDown.Local,
  )) {
    if (limit < replicas) {
      problems.add(
        `${at("budgets", name)}.whenStoreIsDown`,
        `"local" leaves each of ${replicas} processors a share of the limit, and a limit of ${limit} cannot be shared; use a limit of at least ${replicas}, open or closed`,
      );
    }
  }
}

function quotaServiceOf(
  { quotas }: ModelGatewayArgs,
  { budgets }: Spending,
  { release, leftOut }: SpendingPlace,
  problems: Problems,
): ResolvedQuotaService | undefined {
  const service = resolveQuotas("quotas", quotas ?? {}, release, problems);
  if (budgets.some(({ enforcedBy }) => enforcedBy === EnforcedBy.Gateway)) {
    return service;
  }
  if (quotas !== undefined && leftOut.budgets.size === 0) {
    problems.add(
      "quotas",
      'is given, and no budget says enforcedBy "gateway"; declare one in budgets or remove it',
    );
  }
  return undefined;
}

/** The Gateway with all that spending needs of it; the same object when it needs nothing. */
export function gatewayFor(
  gateway: ResolvedGateway,
  { access, budgets }: Spending,
  processor: ResolvedProcessor | undefined,
): ResolvedGateway {
  if (access === undefined && budgets.length === 0) {
    return gateway;
  }
  return {
    ...gateway,
    access,
    processor: processor?.wiring,
    removePrefixes: [...gateway.removePrefixes, identityHeaderPrefix],
  };
}
