import type { ResolvedModel, ResolvedRoute } from "../models/resolved";
import { rulesOf } from "../models/routeRules";
import { reaches } from "./overflow";
import type { ResolvedBudget } from "./resolvedBudget";

/** A model without what a budget needs to know of it, and the public name by which the budget reaches it. */
export interface Gap {
  readonly budget: ResolvedBudget;
  readonly route: ResolvedRoute;
}

/** What budgets lead to. */
export interface Reachable {
  readonly routes: readonly ResolvedRoute[];
  readonly models: ReadonlyMap<string, ResolvedModel>;
}

/** Models that budgets reach and that lack something, each with the first budget and public name. */
export function gaps(
  budgets: readonly ResolvedBudget[],
  { routes, models }: Reachable,
  lacks: (model: ResolvedModel) => boolean,
): ReadonlyMap<string, Gap> {
  const found = new Map<string, Gap>();
  for (const budget of budgets) {
    for (const route of routes.filter(({ key }) => reaches(budget, key))) {
      for (const { model: key } of rulesOf(route).flat()) {
        const model = models.get(key);
        if (model !== undefined && lacks(model) && !found.has(key)) {
          found.set(key, { budget, route });
        }
      }
    }
  }
  return found;
}

/** How a budget gets to a model that it does not name. */
export function through(key: string, { route }: Gap): string {
  if (route.key === key) {
    return "";
  }
  const target = route.targets.find(({ model }) => model === key);
  const how = target === undefined ? " as an overflow" : target.priority > 0 ? " as a fallback" : "";
  return ` through "${route.key}"${how}`;
}
