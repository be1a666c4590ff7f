import {
  highestPrice,
  highestUnitPrice,
  mostTokens,
  nanodollars,
  type Price,
  type TokenPrices,
} from "../../extproc/contract";
import { at, type Problems } from "../shared/problems";
import type { ModelPriceArgs, TokenPriceArgs } from "./priceArgs";

/** A price in nanodollars with every class filled in; `undefined` when none is given. */
export function resolvePrice(
  path: string,
  args: ModelPriceArgs | undefined,
  problems: Problems,
): Price | undefined {
  if (args === undefined) {
    return undefined;
  }
  const unit = (field: "usdPerImage" | "usdPerRequest") =>
    amount(`${path}.${field}`, args[field] ?? 0, highestUnitPrice, problems);
  return {
    ...tokenPrices(path, args, problems),
    image: unit("usdPerImage"),
    request: unit("usdPerRequest"),
    tiers: contextTiers(`${path}.contextTiers`, args.contextTiers ?? {}, problems),
  };
}

function tokenPrices(path: string, args: TokenPriceArgs, problems: Problems): TokenPrices {
  const read = (field: keyof TokenPriceArgs, fallback?: number): number => {
    const usd = args[field];
    if (usd === undefined && fallback !== undefined) {
      return fallback;
    }
    if (usd === undefined) {
      const what = field === "usdPerMillionInputTokens" ? "input" : "output";
      problems.add(`${path}.${field}`, `is missing; give the price of ${what} tokens too`);
      return 0;
    }
    return amount(`${path}.${field}`, usd, highestPrice, problems);
  };
  const input = read("usdPerMillionInputTokens");
  const output = read("usdPerMillionOutputTokens");
  const cacheWrite5m = read("usdPerMillionCacheWrite5mTokens", input);
  return {
    input,
    cachedInput: read("usdPerMillionCachedInputTokens", input),
    cacheWrite5m,
    cacheWrite1h: read("usdPerMillionCacheWrite1hTokens", cacheWrite5m),
    output,
    reasoning: read("usdPerMillionReasoningTokens", output),
    audioIn: read("usdPerMillionAudioInputTokens", input),
    audioOut: read("usdPerMillionAudioOutputTokens", output),
  };
}

function amount(path: string, usd: number, most: number, problems: Problems): number {
  const found = nanodollars(usd);
  if (found === undefined) {
    problems.add(path, `${usd} is not a price; give US dollars from 0 with at most nine decimals`);
    return 0;
  }
  if (found > most) {
    const limit = (most / 1e9).toLocaleString("en");
    const unit = most === highestPrice ? " for a million tokens" : "";
    problems.add(path, `${usd} is above ${limit} US dollars${unit}, which nobody asks; check the unit`);
  }
  return found;
}

function contextTiers(
  path: string,
  args: Readonly<Record<string, TokenPriceArgs>>,
  problems: Problems,
): Price["tiers"] {
  const tiers = Object.entries(args).map(([key, prices]) => {
    const fromInputTokens = Number(key);
    if (!/^[1-9][0-9]*$/.test(key) || fromInputTokens > mostTokens) {
      problems.add(
        at(path, key),
        `is not a number of input tokens from 1 to ${mostTokens.toLocaleString("en")}; write for example { 200_001: {...} }`,
      );
    }
    return { fromInputTokens, ...tokenPrices(at(path, key), prices, problems) };
  });
  return tiers.sort((a, b) => a.fromInputTokens - b.fromInputTokens);
}
