import { LimitUnit } from "../../extproc/contract";
import { modelMetadata } from "../models/modelMetadata";
import type { ResolvedModelGateway } from "../models/resolved";
import type { ManifestOf } from "../shared/crds/manifestOf";
import type { RenderedObject } from "../shared/manifest";
import { EnforcedBy } from "./budgetArgs";
import { reaches } from "./overflow";
import type { ResolvedBudget } from "./resolvedBudget";

const durations = { second: "1s", minute: "1m", hour: "1h", day: "1d" } as const;

/** What a request costs in each unit, as CEL. Total tokens are the default. */
const costs: Readonly<Partial<Record<LimitUnit, string>>> = {
  [LimitUnit.InputTokens]: "input_tokens",
  [LimitUnit.OutputTokens]: "output_tokens",
};

/** The budget by which AI Gateway itself limits a public model. */
export function quotaOf(publicModel: string, budgets: readonly ResolvedBudget[]): ResolvedBudget | undefined {
  return budgets.find((budget) => budget.enforcedBy === EnforcedBy.Gateway && reaches(budget, publicModel));
}

/** A QuotaPolicy for each model with such a budget. */
export function quotaManifests({ routes, models, budgets }: ResolvedModelGateway): readonly RenderedObject[] {
  return routes.flatMap((route) => {
    const budget = quotaOf(route.key, budgets);
    const model = models.find(({ key }) => key === route.targets[0]?.model);
    return budget === undefined || model === undefined
      ? []
      : [{ key: model.key, manifest: quotaPolicy(budget, model) }];
  });
}

function quotaPolicy(
  { unit, limit, period }: ResolvedBudget,
  model: ResolvedModelGateway["models"][number],
): ManifestOf<"QuotaPolicy"> {
  const costExpression = costs[unit];
  return {
    apiVersion: "aigateway.envoyproxy.io/v1alpha1",
    kind: "QuotaPolicy",
    metadata: modelMetadata(model),
    spec: {
      targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: model.objectName }],
      perModelQuotas: [
        {
          // What the route tells the backend, to the letter: for any other name there is no limit at all.
          modelName: model.upstreamName,
          quota: {
            mode: "Shared",
            ...(costExpression === undefined ? {} : { costExpression }),
            defaultBucket: { limit, duration: durations[period as keyof typeof durations] },
          },
        },
      ],
    },
  };
}
