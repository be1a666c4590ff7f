import type { ReleaseSet } from "../gateway/releases";
import type { ResolvedGateway } from "../gateway/resolveGateway";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import type { Target } from "../models/resolved";
import { at, type Problems } from "../shared/problems";
import { EnforcedBy } from "./budgetArgs";
import { identityHeaderPrefix } from "./identityHeaders";
import { jwtNamespace } from "./jwtProvider";
import { resolveAccess } from "./resolveAccess";
import { resolveBudget } from "./resolveBudget";
import type { ResolvedAccess } from "./resolvedAccess";
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

/** The processor that budgets need; `undefined` when none is enforced by it. */
export function processorOf(
  { processor: args }: Pick<ModelGatewayArgs, "processor">,
  { access, budgets }: Spending,
  place: {
    readonly gateway: ResolvedGateway;
    readonly namespace: string;
    readonly target: Target;
    readonly localPort: number | undefined;
  },
  problems: Problems,
): ResolvedProcessor | undefined {
  const enforced = budgets.filter(({ enforcedBy }) => enforcedBy === EnforcedBy.Processor);
  if (enforced.length === 0) {
    if (args !== undefined) {
      problems.add(
        "processor",
        "is given, and no budget is enforced by it; declare one in budgets or remove it",
      );
    }
    return undefined;
  }
  const { gateway, namespace, target, localPort } = place;
  return resolveProcessor(
    "processor",
    args ?? {},
    {
      budgets: enforced,
      gateway,
      namespace,
      target,
      identityNamespaces: access?.jwt === undefined ? [] : [jwtNamespace],
      ...(localPort === undefined ? {} : { localPort }),
    },
    problems,
  );
}

/** The rate limit service that quotas need; `undefined` when there are none, or somebody else makes it. */
export function quotaServiceOf(
  { quotas }: Pick<ModelGatewayArgs, "quotas">,
  { budgets }: Spending,
  release: ReleaseSet,
  problems: Problems,
): ResolvedQuotaService | undefined {
  const service = resolveQuotas("quotas", quotas ?? {}, release, problems);
  if (budgets.some(({ enforcedBy }) => enforcedBy === EnforcedBy.Gateway)) {
    return service;
  }
  if (quotas !== undefined) {
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
