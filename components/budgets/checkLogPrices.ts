import { LimitUnit, Settle, type TokenPrices } from "../../extproc/contract";
import type { ResolvedModel } from "../models/resolved";
import { ApiSchema } from "../models/schemas";
import { at, type Problems } from "../shared/problems";
import { gaps, type Reachable, through } from "./gaps";
import type { ResolvedBudget } from "./resolvedBudget";

/** Backends of OpenAI's schema tell what they wrote to a cache by a name that AI Gateway does not read. */
const openaiSchemas: readonly ApiSchema[] = [ApiSchema.OpenAI, ApiSchema.AzureOpenAI];

/**
 * Refuses dollars that are settled by the access log where a price tells apart what the log does not: it would be charged
 * at another class's price. An answer that is read (`stream`) tells everything.
 */
export function checkLogPrices(
  budgets: readonly ResolvedBudget[],
  around: Reachable & { readonly problems: Problems },
): void {
  const logged = budgets.filter(
    ({ unit, settle }) => unit === LimitUnit.Nanodollars && settle === Settle.Log,
  );
  for (const budget of logged) {
    for (const [key, gap] of gaps([budget], around, (model) => untold(model).length > 0)) {
      const model = around.models.get(key);
      const members = model === undefined ? [] : untold(model);
      around.problems.add(
        `${at("budgets", budget.name)}.settle`,
        `"log" does not tell apart what the price of "${key}"${through(key, gap)} does (${members.join(", ")}); use "stream", the default for dollars, or take these prices out`,
      );
    }
  }
}

/** Members of a model's price that the log says nothing about. */
function untold({ price, schema }: ResolvedModel): readonly string[] {
  const differs = (one: keyof TokenPrices, other: keyof TokenPrices) =>
    price !== undefined && [price, ...price.tiers].some((prices) => prices[one] !== prices[other]);
  const found: readonly [string, boolean][] = [
    [
      "usdPerMillionCacheWrite5mTokens",
      openaiSchemas.includes(schema.name) && differs("cacheWrite5m", "input"),
    ],
    ["usdPerMillionCacheWrite1hTokens", differs("cacheWrite1h", "cacheWrite5m")],
    ["usdPerMillionAudioInputTokens", differs("audioIn", "input")],
    ["usdPerMillionAudioOutputTokens", differs("audioOut", "output")],
  ];
  return found.flatMap(([member, isSo]) => (isSo ? [member] : []));
}
