import type { PolicyProblem } from "../policy/documentReader";
import type { BudgetPolicy, ModelPolicy, Policy } from "../policy/policy";
import type { Price, TokenPrices } from "../policy/price";

/** Mistakes of units, such as dollars for millions of tokens given for thousands, are off by this or more. */
const jump = 1000;

const remedy =
  "or more is most likely a mistake in its unit; correct it, or start the processor with ALLOW_JUMP=true";

const tokenClasses = [
  "input",
  "cachedInput",
  "cacheWrite5m",
  "cacheWrite1h",
  "output",
  "reasoning",
  "audioIn",
  "audioOut",
] as const satisfies readonly (keyof TokenPrices)[];

/**
 * Prices and limits that differ a thousandfold or more between two policies, up or down. What is new, gone, or from
 * or to zero is not compared, nor is a limit in another unit or over another period.
 */
export function jumpsBetween(before: Policy, after: Policy): readonly PolicyProblem[] {
  const old = figuresOf(before);
  const problems: PolicyProblem[] = [];
  for (const [path, figure] of figuresOf(after)) {
    const was = old.get(path);
    if (was !== undefined && was > 0 && figure > 0 && isJump(was, figure)) {
      problems.push({
        path,
        value: String(figure),
        remedy: `after ${was}: a change by ${jump} times ${remedy}`,
      });
    }
  }
  return problems;
}

function isJump(was: number, is: number): boolean {
  return is / was >= jump || was / is >= jump;
}

function figuresOf(policy: Policy): ReadonlyMap<string, number> {
  return new Map([...policy.budgets.map(limitOf), ...[...policy.models.values()].flatMap(pricesOf)]);
}

function limitOf({ name, limit, unit, period }: BudgetPolicy): [string, number] {
  return [`budgets["${name}"].limit.${unit}${period === undefined ? "" : ` per ${period}`}`, limit];
}

function pricesOf({ name, pools }: ModelPolicy): [string, number][] {
  return pools.flatMap(({ tier, backends }) =>
    [...backends].flatMap(([backend, price]) => {
      const pool = tier === "" ? "" : `.tiers["${tier}"]`;
      const path = `models["${name}"]${pool}.backends["${backend}"].price`;
      return price === undefined ? [] : priceFigures(path, price);
    }),
  );
}

function priceFigures(path: string, price: Price): [string, number][] {
  const classes = (at: string, prices: TokenPrices) =>
    tokenClasses.map((name): [string, number] => [`${at}.${name}`, prices[name]]);
  return [
    ...classes(path, price),
    [`${path}.image`, price.image],
    [`${path}.request`, price.request],
    ...price.tiers.flatMap((tier) => classes(`${path}.tiers[from ${tier.fromInputTokens}]`, tier)),
  ];
}
