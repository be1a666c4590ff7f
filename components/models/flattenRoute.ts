import { nearestRemedy } from "../shared/nearest";
import { at, type Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { ResolvedRouteTarget } from "./resolved";
import type { RouteArgs } from "./routeArgs";

/** Most backendRefs of a rule in the HTTPRoute that AI Gateway generates (Gateway API v1.5.1). */
export const maxTargets = 16;
/** Largest weight that HTTPRoute takes. */
const maxWeight = 1_000_000n;

interface Share {
  readonly model: string;
  readonly weight: bigint;
}
/** Shares by priority; the first level answers first. */
type Levels = readonly (readonly Share[])[];

interface FlattenContext {
  readonly models: Readonly<Record<string, ModelArgs>>;
  /** Models that are declared, but could not be read. */
  readonly leftOut: ReadonlySet<string>;
  readonly problems: Problems;
  /** Aliases on the way down, to find cycles. */
  readonly trail: readonly string[];
  /** Aliases that are multiplied out already, so that one which is reached on many ways is not done again. */
  readonly done: Map<string, Levels>;
}

/**
 * The backends that answer one public name, with the share of each within its priority.
 * Aliases over aliases are multiplied out. Returns nothing when a problem was reported.
 */
export function flattenRoute(
  key: string,
  models: Readonly<Record<string, ModelArgs>>,
  problems: Problems,
  leftOut: ReadonlySet<string> = new Set(),
): readonly ResolvedRouteTarget[] | undefined {
  const before = problems.count;
  const levels = levelsOf(key, { models, leftOut, problems, trail: [], done: new Map() });
  if (problems.count > before) {
    return undefined;
  }
  checkTwice(key, levels, problems);
  const targets = levels.flatMap((shares, priority) => scaleDown(key, shares, problems, priority));
  if (targets.length > maxTargets) {
    problems.add(
      at("models", key),
      `has ${targets.length} targets, and one rule of the generated HTTPRoute takes ${maxTargets}; put ${targets.length - maxTargets} of them behind one Service or load balancer, or under another public name`,
    );
  }
  return problems.count === before ? targets : undefined;
}

function levelsOf(key: string, context: FlattenContext): Levels {
  const { models, problems, trail } = context;
  const model = models[key];
  const route = model?.route;
  const path = at("models", key);
  if (trail.includes(key)) {
    const cycle = [...trail.slice(trail.indexOf(key)), key].join(" -> ");
    problems.add(
      at("models", trail[0] ?? key),
      `goes round in a circle: ${cycle}; take one of these steps out`,
    );
    return [];
  }
  const down = { ...context, trail: [...trail, key] };
  if (route === undefined) {
    // A model's own fallback belongs to its own name; as a target of an alias it is only itself.
    const fallback = trail.length === 0 ? (model?.fallback ?? []) : [];
    return [[{ model: key, weight: 1n }], ...fallbackLevels(`${path}.fallback`, fallback, down)];
  }
  const done = context.done.get(key);
  if (done !== undefined) {
    return done;
  }
  const first = firstLevels(path, route, down);
  const levels = [...first, ...fallbackLevels(`${path}.route.fallback`, route.fallback ?? [], down)];
  context.done.set(key, levels);
  return levels;
}

/** The targets of an alias, with the canary's share taken off. */
function firstLevels(path: string, route: RouteArgs, context: FlattenContext): Levels {
  const { problems } = context;
  const names = Object.entries(route.targets ?? {});
  const weights = names.map(([name, { weight = 1 }]) =>
    checkWeight(at(`${path}.route.targets`, name), weight, problems),
  );
  if (names.length === 0) {
    problems.add(`${path}.route.targets`, "is empty; name at least one model");
  } else if (weights.every((weight) => weight === 0n)) {
    problems.add(
      `${path}.route.targets`,
      "has weights that add to 0, so nothing would answer; give one a weight",
    );
  }
  const canary = route.canary === undefined ? undefined : canaryShare(path, route, context);
  const rest = canary === undefined ? 1n : 10_000n - canary.share;
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = names.map(([name], index) => ({
    path: at(`${path}.route.targets`, name),
    name,
    weight: (weights[index] ?? 0n) * rest,
  }));
  if (canary !== undefined) {
    parts.push({ path: `${path}.route.canary`, name: canary.model, weight: total * canary.share });
  }
  return mixLevels(parts, context);
}

interface Part {
  readonly path: string;
  readonly name: string;
  readonly weight: bigint;
}

function mixLevels(parts: readonly Part[], context: FlattenContext): Levels {
  const { problems } = context;
  const nested = parts.flatMap((part) => {
    if (!isKnown(part.path, part.name, context)) {
      return [];
    }
    return [{ part, levels: levelsOf(part.name, context) }];
  });
  const only = nested.length === 1 ? nested[0] : undefined;
  if (only !== undefined) {
    return only.levels;
  }
  // Every share is brought to a common denominator, so that weights stay whole numbers.
  const sums = nested.map(({ levels }) => sum(levels[0] ?? []));
  const common = sums.reduce((product, one) => product * (one === 0n ? 1n : one), 1n);
  const shares = nested.flatMap(({ part, levels }, index) => {
    if (levels.length > 1) {
      problems.add(
        part.path,
        `"${part.name}" is an alias with a fallback of its own, which cannot be kept inside a share; name the fallback on the outer alias`,
      );
    }
    const scale = common / (sums[index] || 1n);
    return (levels[0] ?? []).map(({ model, weight }) => ({ model, weight: weight * scale * part.weight }));
  });
  return [join(shares)];
}

/** One share for each model, all divided by what they have in common. */
function join(shares: readonly Share[]): readonly Share[] {
  const joined = new Map<string, bigint>();
  for (const { model, weight } of shares) {
    joined.set(model, (joined.get(model) ?? 0n) + weight);
  }
  const divisor = [...joined.values()].reduce(gcd, 0n) || 1n;
  return [...joined].map(([model, weight]) => ({ model, weight: weight / divisor }));
}

function canaryShare(
  path: string,
  route: RouteArgs,
  context: FlattenContext,
): { readonly model: string; readonly share: bigint } | undefined {
  const { canary } = route;
  if (canary === undefined) {
    return undefined;
  }
  const steps = canary.percent * 100;
  if (!(steps >= 0 && steps <= 10_000) || Math.abs(steps - Math.round(steps)) > 1e-6) {
    context.problems.add(
      `${path}.route.canary.percent`,
      `${canary.percent} is not a share; use 0 to 100 in steps of 0.01`,
    );
    return undefined;
  }
  if (Object.hasOwn(route.targets ?? {}, canary.model)) {
    context.problems.add(
      `${path}.route.canary.model`,
      `"${canary.model}" is among the targets already; take it out there`,
    );
    return undefined;
  }
  return { model: canary.model, share: BigInt(Math.round(steps)) };
}

function fallbackLevels(path: string, names: readonly string[], context: FlattenContext): Levels {
  const self = context.trail[context.trail.length - 1] ?? "";
  return names.flatMap((name, index) => {
    const entry = `${path}[${index}]`;
    if (name === self) {
      context.problems.add(entry, `"${name}" falls back to itself; name another model or remove it`);
      return [];
    }
    return isKnown(entry, name, context) ? levelsOf(name, context) : [];
  });
}

function isKnown(path: string, name: string, { models, leftOut, problems }: FlattenContext): boolean {
  if (Object.hasOwn(models, name) || leftOut.has(name)) {
    return true;
  }
  problems.add(
    path,
    `"${name}" is not in models; ${nearestRemedy(name, Object.keys(models), "declare it there")}`,
  );
  return false;
}

function checkWeight(path: string, weight: number, problems: Problems): bigint {
  if (!Number.isInteger(weight) || weight < 0 || weight > Number(maxWeight)) {
    problems.add(`${path}.weight`, `${weight} is not a whole number from 0 to 1,000,000`);
    return 1n;
  }
  return BigInt(weight);
}

function checkTwice(key: string, levels: Levels, problems: Problems): void {
  const seen = new Map<string, number>();
  levels.forEach((shares, priority) => {
    for (const model of new Set(shares.map((share) => share.model))) {
      const earlier = seen.get(model);
      if (earlier !== undefined) {
        problems.add(
          at("models", key),
          `reaches "${model}" as ${place(earlier)} and again as ${place(priority)}; a model can only stand in one place, so remove one`,
        );
      }
      seen.set(model, earlier ?? priority);
    }
  });
}

function place(priority: number): string {
  return priority === 0 ? "a target" : `fallback ${priority}`;
}

/** The smallest whole weights of a level. */
function scaleDown(
  key: string,
  shares: readonly Share[],
  problems: Problems,
  priority: number,
): readonly ResolvedRouteTarget[] {
  return join(shares).map(({ model, weight: scaled }) => {
    if (scaled > maxWeight) {
      problems.add(
        at("models", key),
        `would give "${model}" the weight ${scaled} once all aliases are multiplied out, and HTTPRoute takes 1,000,000; use rounder weights`,
      );
    }
    return { model, weight: Number(scaled), priority };
  });
}

function sum(shares: readonly Share[]): bigint {
  return shares.reduce((total, { weight }) => total + weight, 0n);
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
