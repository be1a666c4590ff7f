import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flattenRoute } from "../../../components/models/flattenRoute";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { RouteArgs } from "../../../components/models/routeArgs";
import { nearest } from "../../../components/shared/nearest";
import { type Problem, Problems } from "../../../components/shared/problems";
import { endpoint } from "./support";

type Models = Readonly<Record<string, ModelArgs>>;

/** Targets as "model weight priority", or the problems. */
function flat(key: string, models: Models): readonly string[] | readonly Problem[] {
  const problems = new Problems();
  const targets = flattenRoute(key, models, problems);
  expect(targets === undefined).toBe(problems.count > 0);
  return targets?.map(({ model, weight, priority }) => `${model} ${weight} ${priority}`) ?? problems.all;
}

const leaves = (names: string): Models => Object.fromEntries([...names].map((name) => [name, endpoint()]));
const alias = (targets: Readonly<Record<string, number>>, more: Partial<RouteArgs> = {}): ModelArgs => ({
  route: {
    targets: Object.fromEntries(Object.entries(targets).map(([name, weight]) => [name, { weight }])),
    ...more,
  },
});

describe("shares and priorities", () => {
  it.each<readonly [string, Models, readonly string[]]>([
    ["a model is its own only target", { ...leaves("x") }, ["x 1 0"]],
    [
      "its fallback follows in order",
      { x: { ...endpoint(), fallback: ["a", "b"] }, ...leaves("ab") },
      ["x 1 0", "a 1 1", "b 1 2"],
    ],
    ["an alias of one model", { x: alias({ a: 7 }), ...leaves("a") }, ["a 1 0"]],
    ["weights are as small as can be", { x: alias({ a: 30, b: 70 }), ...leaves("ab") }, ["a 3 0", "b 7 0"]],
    ["a weight of 0 stays 0", { x: alias({ a: 4, b: 0 }), ...leaves("ab") }, ["a 1 0", "b 0 0"]],
    [
      "an alias in an alias is multiplied out",
      { x: alias({ y: 1, c: 1 }), y: alias({ a: 1, b: 3 }), ...leaves("abc") },
      ["a 1 0", "b 3 0", "c 4 0"],
    ],
    [
      "a model that is reached twice gets both shares",
      { x: alias({ y: 1, a: 1 }), y: alias({ a: 1, b: 1 }), ...leaves("ab") },
      ["a 3 0", "b 1 0"],
    ],
    [
      "a canary takes its share first",
      { x: alias({ a: 1, b: 1 }, { canary: { model: "c", percent: 1 } }), ...leaves("abc") },
      ["a 99 0", "b 99 0", "c 2 0"],
    ],
    [
      "a canary of a hundredth of a per cent",
      { x: alias({ a: 1 }, { canary: { model: "c", percent: 0.01 } }), ...leaves("ac") },
      ["a 9999 0", "c 1 0"],
    ],
    [
      "a canary of nothing",
      { x: alias({ a: 5 }, { canary: { model: "c", percent: 0 } }), ...leaves("ac") },
      ["a 1 0", "c 0 0"],
    ],
    [
      "a canary of all",
      { x: alias({ a: 5 }, { canary: { model: "c", percent: 100 } }), ...leaves("ac") },
      ["a 0 0", "c 1 0"],
    ],
    [
      "a fallback that is an alias keeps its shares",
      { x: alias({ a: 1 }, { fallback: ["y", "d"] }), y: alias({ b: 1, c: 2 }), ...leaves("abcd") },
      ["a 1 0", "b 1 1", "c 2 1", "d 1 2"],
    ],
    [
      "an alias of one alias keeps that one's fallback",
      { x: alias({ y: 1 }, { fallback: ["c"] }), y: alias({ a: 1 }, { fallback: ["b"] }), ...leaves("abc") },
      ["a 1 0", "b 1 1", "c 1 2"],
    ],
    [
      "the own fallback of a target does not come along",
      { x: alias({ a: 1 }), a: { ...endpoint(), fallback: ["b"] }, ...leaves("b") },
      ["a 1 0"],
    ],
    [
      "models may fall back to each other",
      { x: { ...endpoint(), fallback: ["a"] }, a: { ...endpoint(), fallback: ["x"] } },
      ["x 1 0", "a 1 1"],
    ],
  ])("%s", (_, models, expected) => {
    expect(flat("x", models)).toEqual(expected);
  });

  it.each<readonly [string, Models, RegExp]>([
    [
      "a fallback inside a share",
      { x: alias({ y: 1, c: 1 }), y: alias({ a: 1 }, { fallback: ["b"] }), ...leaves("abc") },
      /fallback of its own, which cannot be kept inside a share/,
    ],
    [
      "shares finer than HTTPRoute takes",
      { x: alias({ y: 1_000_000, c: 999_999 }), y: alias({ a: 999_983, b: 1 }), ...leaves("abc") },
      /HTTPRoute takes 1,000,000; use rounder weights/,
    ],
    ["itself", { x: alias({ x: 1 }) }, /circle: x -> x/],
    ["a name of every object", { x: alias({ toString: 1 }) }, /"toString" is not in models/],
  ])("refuses %s", (_, models, gist) => {
    const problems = flat("x", models) as readonly Problem[];
    expect(problems[0]?.reason).toMatch(gist);
  });

  it("does not take longer where aliases meet again and again", () => {
    const layers = Array.from({ length: 60 }, (_, i) => [
      [`l${i}`, alias({ [`l${i + 1}`]: 1, [`r${i + 1}`]: 2 })],
      [`r${i}`, alias({ [`l${i + 1}`]: 3, [`r${i + 1}`]: 1 })],
    ]).flat();
    const models = { ...Object.fromEntries(layers), l60: endpoint(), r60: endpoint() };
    // Their shares are too fine, but that is found at once.
    expect((flat("l0", models) as readonly Problem[])[0]?.reason).toMatch(/use rounder weights/);
  });
});

interface Fraction {
  readonly over: bigint;
  readonly under: bigint;
}
const add = (a: Fraction, b: Fraction): Fraction => ({
  over: a.over * b.under + b.over * a.under,
  under: a.under * b.under,
});
const times = (a: Fraction, b: Fraction): Fraction => ({ over: a.over * b.over, under: a.under * b.under });
const same = (a: Fraction, b: Fraction): boolean => a.over * b.under === b.over * a.under;
const none: Fraction = { over: 0n, under: 1n };

/** What each model's share of an alias should be, by following every way down. */
function sharesOf(key: string, models: Models): ReadonlyMap<string, Fraction> {
  const route = models[key]?.route;
  if (route === undefined) {
    return new Map([[key, { over: 1n, under: 1n }]]);
  }
  const canary = BigInt(Math.round((route.canary?.percent ?? 0) * 100));
  const weights = Object.entries(route.targets).map(
    ([name, { weight = 1 }]) => [name, BigInt(weight)] as const,
  );
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0n);
  const parts = [
    ...weights.map(
      ([name, weight]) => [name, { over: weight * (10_000n - canary), under: total * 10_000n }] as const,
    ),
    ...(route.canary === undefined ? [] : [[route.canary.model, { over: canary, under: 10_000n }] as const]),
  ];
  const found = new Map<string, Fraction>();
  for (const [name, part] of parts) {
    for (const [model, share] of sharesOf(name, models)) {
      found.set(model, add(found.get(model) ?? none, times(part, share)));
    }
  }
  return found;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Aliases a0 to a3, each over later ones and models. */
const nested: fc.Arbitrary<Models> = fc
  .tuple(
    ...[0, 1, 2, 3].map((i) => aliasOver(["m0", "m1", "m2", "m3", "m4"].concat(["a1", "a2", "a3"].slice(i)))),
  )
  .map((aliases) => ({
    ...Object.fromEntries(aliases.map((route, i) => [`a${i}`, { route }])),
    ...Object.fromEntries([0, 1, 2, 3, 4].map((i) => [`m${i}`, endpoint()])),
  }));

function aliasOver(names: readonly string[]): fc.Arbitrary<RouteArgs> {
  const weight = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(50, 90, 100, 1000));
  return fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 4 }),
      fc.array(weight, { minLength: 4, maxLength: 4 }),
      fc.option(fc.integer({ min: 0, max: 10_000 }), { nil: undefined }),
    )
    .map(([chosen, weights, canary]) => {
      const [first = "", ...others] = chosen;
      const isCanary = canary !== undefined && others.length > 0;
      const kept = isCanary ? others : chosen;
      const targets = Object.fromEntries(kept.map((name, i) => [name, { weight: weights[i] ?? 1 }]));
      return { targets, ...(isCanary ? { canary: { model: first, percent: canary / 100 } } : {}) };
    });
}

describe("for any nesting of aliases", () => {
  it("the share of each model is exact", () => {
    let taken = 0;
    fc.assert(
      fc.property(nested, (models) => {
        const problems = new Problems();
        const targets = flattenRoute("a0", models, problems);
        if (targets === undefined) {
          expect(problems.all.map(({ reason }) => reason).join()).toMatch(/add to 0|rounder weights/);
          return;
        }
        taken++;
        const expected = sharesOf("a0", models);
        const total = targets.reduce((sum, { weight }) => sum + weight, 0);
        expect(total).toBeGreaterThan(0);
        expect(targets.map(({ model }) => model).sort()).toEqual([...expected.keys()].sort());
        expect(targets.reduce((common, { weight }) => gcd(common, weight), 0)).toBe(1);
        for (const { model, weight, priority } of targets) {
          expect(priority).toBe(0);
          expect(Number.isInteger(weight) && weight >= 0 && weight <= 1_000_000).toBe(true);
          expect(same({ over: BigInt(weight), under: BigInt(total) }, expected.get(model) ?? none)).toBe(
            true,
          );
        }
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it("priorities count up from 0, and each model stands in one place", () => {
    const order = fc.uniqueArray(fc.constantFrom(..."bcdefghijklmnop"), { maxLength: 15 });
    fc.assert(
      fc.property(order, (fallback) => {
        const models = { x: { ...endpoint(), fallback }, ...leaves("bcdefghijklmnop") };
        expect(flat("x", models)).toEqual(["x", ...fallback].map((name, i) => `${name} 1 ${i}`));
      }),
    );
  });
});

describe("nearest", () => {
  it.each([
    ["qwen3", ["qwen3-1.7b", "claude"], undefined],
    ["cluade", ["claude", "gpt"], "claude"],
    ["gtp", ["claude", "gpt"], undefined],
    ["ok", ["oh", "no"], "oh"],
    ["x", [], undefined],
  ])("%s among %j is %s", (name, known, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });
});
