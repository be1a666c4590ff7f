import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import type { ModelPriceArgs, TokenPriceArgs } from "../../../components/models/priceArgs";
import { objectName } from "../../../components/shared/names";
import {
  costOf,
  LimitUnit,
  limitHeaderNames,
  noUsage,
  type Policy,
  type Price,
} from "../../../extproc/contract";
import { bindingsOf, withLookups } from "../../../extproc/policy/match";
import { endpoint, resolvedOf } from "../models/support";
import { apiKeys, documentOf, policyOf, withBudget } from "./support";

// The components write the policy document, and the processor reads it: whatever is declared has to arrive.

/** Dollars with up to nine decimals, as people and programs write them. */
const usd = (most: number) => fc.integer({ min: 0, max: most * 1e9 }).map((amount) => amount / 1e9);
const share = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const tokenPrice: fc.Arbitrary<TokenPriceArgs> = fc
  .record(
    {
      usdPerMillionInputTokens: usd(100),
      usdPerMillionCachedInputTokens: usd(100),
      usdPerMillionCacheWrite5mTokens: usd(100),
      usdPerMillionCacheWrite1hTokens: usd(100),
      usdPerMillionOutputTokens: usd(100),
      usdPerMillionReasoningTokens: usd(100),
      usdPerMillionAudioInputTokens: usd(100),
      usdPerMillionAudioOutputTokens: usd(100),
    },
    { requiredKeys: ["usdPerMillionInputTokens", "usdPerMillionOutputTokens"] },
  )
  .map((prices) => ({ ...prices }));
const price: fc.Arbitrary<ModelPriceArgs> = fc
  .tuple(
    tokenPrice,
    maybe(usd(10)),
    maybe(usd(10)),
    fc.dictionary(fc.integer({ min: 1, max: 1e6 }).map(String), tokenPrice, { maxKeys: 3 }),
  )
  .map(([tokens, usdPerImage, usdPerRequest, contextTiers]) => ({
    ...tokens,
    ...(usdPerImage === undefined ? {} : { usdPerImage }),
    ...(usdPerRequest === undefined ? {} : { usdPerRequest }),
    contextTiers,
  }));

const names = ["m", "Qwen/Qwen3-1.7B", "spare", "other.model"] as const;
const publicNames = ["m", "Qwen/Qwen3-1.7B", "other.model"];
const model = fc.tuple(price, maybe(fc.integer({ min: 1, max: 1e6 }))).map(
  ([cost, tokens]): ModelArgs => ({
    ...endpoint(),
    price: cost,
    ...(tokens === undefined ? {} : { contextTokens: 1e6, maxOutputTokens: tokens }),
  }),
);
const models: fc.Arbitrary<Record<string, ModelArgs>> = fc
  .tuple(model, model, model, model)
  .map((made) =>
    Object.fromEntries(
      names.map((name, i) => [name, { ...made[i], ...(name === "spare" ? { public: false } : {}) }]),
    ),
  );

const perChoices = ["team", "key", "model", "team, model", "user,key"];
const some = <T>(from: readonly T[]) => fc.subarray([...from], { minLength: 1 });
const common = {
  per: maybe(fc.constantFrom(...perChoices)),
  models: maybe(some(publicNames)),
  teams: maybe(some(["search", "support"])),
  users: maybe(fc.constant(["ann"])),
  status: maybe(fc.constantFrom(429, 402)),
  whenStoreIsDown: maybe(fc.constantFrom("open", "closed", "local")),
  shadow: maybe(fc.boolean()),
};
const count = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const limit = fc.oneof(
  // Up to here a number of dollars and its nanodollars determine each other in plain arithmetic.
  usd(1_000_000)
    .filter((amount) => amount > 0)
    .map((amount) => ({ usd: amount })),
  count.map((tokens) => ({ tokens })),
  count.map((inputTokens) => ({ inputTokens })),
  count.map((outputTokens) => ({ outputTokens })),
  count.map((requests) => ({ requests })),
);
const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia");
const time = fc.oneof(
  fc.record({ period: fc.constantFrom("second", "minute", "hour") }),
  fc.record({ period: fc.constantFrom("second", "minute", "hour", "day"), window: fc.constant("sliding") }),
  fc.record({ period: fc.constantFrom("day", "week", "month", "quarter", "year"), timeZone: maybe(zone) }),
);
const reaction = fc.oneof(
  fc.constant({}),
  fc.record({
    atLimit: fc.constant("overflow"),
    overflowTo: fc.constant("spare"),
    returnBelow: maybe(share.filter((one) => one < 1)),
    dwellSeconds: maybe(fc.integer({ min: 0, max: 86_400 })),
  }),
);
const spent = fc
  .tuple(
    fc.record(common),
    limit,
    time,
    reaction,
    fc.record({
      warnAt: maybe(fc.uniqueArray(share, { maxLength: 3 })),
      settle: maybe(fc.constantFrom("log", "stream")),
      onExpiry: maybe(fc.constantFrom("release", "floor")),
    }),
  )
  .map(([a, one, b, c, d]) => ({ ...a, limit: one, ...b, ...c, ...d }));
const running = fc
  .tuple(fc.record(common), fc.integer({ min: 1, max: 1e6 }), reaction)
  .map(([a, concurrency, b]) => ({ ...a, limit: { concurrency }, ...b }));
const budgets = fc.dictionary(
  fc.constantFrom("a", "b-1", "C.2", "d_3", "7"),
  fc.oneof(spent, running).map((budget) => withoutUndefined(budget) as unknown as BudgetArgs),
  { minKeys: 1 },
);

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));
}

/** The price as far as the log tells its classes apart. */
function loggable({
  usdPerMillionCacheWrite5mTokens: _,
  usdPerMillionCacheWrite1hTokens: __,
  usdPerMillionAudioInputTokens: ___,
  usdPerMillionAudioOutputTokens: ____,
  ...price
}: ModelPriceArgs): ModelPriceArgs {
  const tiers = Object.entries(price.contextTiers ?? {}).map(([from, tier]) => [from, loggable(tier)]);
  return { ...price, ...(tiers.length > 0 ? { contextTiers: Object.fromEntries(tiers) } : {}) };
}

const declaration: fc.Arbitrary<ModelGatewayArgs> = fc
  .record({
    target: fc.constant("local" as const),
    models: models.map((made) => ({
      ...made,
      // Some budget or fallback has to lead to a model that clients do not see.
      m: { ...made["m"], fallback: ["spare"] },
    })),
    access: fc.constant({ apiKeys }),
    budgets,
  })
  .map((args) => {
    const isLogged = Object.values(args.budgets).some(
      ({ limit: { usd: dollars }, settle }) => dollars !== undefined && settle === "log",
    );
    const priced = Object.entries<ModelArgs>(args.models).map(([name, one]) => [
      name,
      one.price === undefined ? one : { ...one, price: loggable(one.price) },
    ]);
    // Dollars by log are refused where a price tells more apart than the log.
    return isLogged ? { ...args, models: Object.fromEntries(priced) } : args;
  });

const nanodollarsOf = (dollars: number) => Math.round(dollars * 1e9);

/** What a declared price asks for one token of each class in a million, in the plainest way. */
function pricesOf(args: TokenPriceArgs): Omit<Price, "image" | "request" | "tiers"> {
  const input = args.usdPerMillionInputTokens;
  const output = args.usdPerMillionOutputTokens;
  const write = args.usdPerMillionCacheWrite5mTokens ?? input;
  return {
    input: nanodollarsOf(input),
    cachedInput: nanodollarsOf(args.usdPerMillionCachedInputTokens ?? input),
    cacheWrite5m: nanodollarsOf(write),
    cacheWrite1h: nanodollarsOf(args.usdPerMillionCacheWrite1hTokens ?? write),
    output: nanodollarsOf(output),
    reasoning: nanodollarsOf(args.usdPerMillionReasoningTokens ?? output),
    audioIn: nanodollarsOf(args.usdPerMillionAudioInputTokens ?? input),
    audioOut: nanodollarsOf(args.usdPerMillionAudioOutputTokens ?? output),
  };
}

function expectedPrice(args: ModelPriceArgs): Price {
  return {
    ...pricesOf(args),
    image: nanodollarsOf(args.usdPerImage ?? 0),
    request: nanodollarsOf(args.usdPerRequest ?? 0),
    tiers: Object.entries(args.contextTiers ?? {})
      .map(([from, tier]) => ({ fromInputTokens: Number(from), ...pricesOf(tier) }))
      .sort((a, b) => a.fromInputTokens - b.fromInputTokens),
  };
}

const units: Readonly<Record<string, LimitUnit>> = { usd: LimitUnit.Nanodollars };

describe("what is declared and what the processor reads", () => {
  it("agree on every price, limit, period and choice, whatever is declared", () => {
    fc.assert(
      fc.property(declaration, (args) => {
        const policy = policyOf(documentOf(args));
        expectPrices(args, policy);
        expectBudgets(args, policy);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("agree on the headers by which Envoy tells clients of every limit, whether answers are watched or not", () => {
    const seen = new Set<boolean>();
    const log = fc.record({
      limit: fc.constantFrom({ tokens: 5 }, { requests: 5 }, { inputTokens: 5 }, { outputTokens: 5 }),
      period: fc.constant("day" as const),
      settle: fc.constantFrom("log" as const, "stream" as const),
      shadow: fc.boolean(),
    });
    const slots = fc.record({ limit: fc.constant({ concurrency: 5 }) });
    const few = fc.dictionary(fc.constantFrom("a", "b"), fc.oneof({ weight: 9, arbitrary: log }, slots), {
      minKeys: 1,
    });
    fc.assert(
      fc.property(few, (declared) => {
        const { processor, policy: text } = resolvedOf({
          ...withBudget({ limit: { requests: 1 }, period: "day" }),
          budgets: declared,
        });
        const policy = policyOf(JSON.parse(text ?? "null"));
        const filled = processor?.wiring.answerHeaders ?? [];
        seen.add(policy.watchesAnswers);
        const told = policy.budgets
          .filter(({ shadow }) => !shadow)
          .flatMap(({ unit }) => limitHeaderNames(unit));
        expect(filled).toEqual([...new Set(told)].sort());
      }),
      { numRuns: 200 },
    );
    expect(seen).toEqual(new Set([true, false]));
  });

  it("agree on which budgets bind a request, and on whose counter", () => {
    const caller = fc.constantFrom("batch", "chat", undefined);
    fc.assert(
      fc.property(declaration, fc.constantFrom(...publicNames), caller, (args, name, key) => {
        const policy = policyOf(documentOf(args));
        const attributes = withLookups(new Map(key === undefined ? [] : [["key", key]]), policy.lookups);
        const { team, user } = { team: undefined, user: undefined, ...(key && apiKeys[key]) } as {
          readonly team?: string;
          readonly user?: string;
        };
        const values: Record<string, string | undefined> = { key, team, user, model: name };
        const bound = Object.entries(args.budgets ?? {})
          .filter(
            ([, { models: only = [name], teams, users }]) =>
              only.includes(name) &&
              (teams === undefined || teams.includes(team ?? "")) &&
              (users === undefined || users.includes(user ?? "")),
          )
          .map(([budget, { per = "" }]) => {
            const parts = per.split(",").filter((part) => part !== "");
            const subject = parts.map((part) => `${part.trim()}=${encoded(values[part.trim()])}`);
            return [budget, subject.join("&")];
          })
          .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
        const found = bindingsOf(policy, name, attributes);
        expect(found.map(({ budget, subject }) => [budget.name, subject])).toEqual(bound);
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("agree to the nanodollar on what a request costs", () => {
    const args: ModelGatewayArgs = {
      target: "local",
      models: {
        m: {
          ...endpoint(),
          price: {
            usdPerMillionInputTokens: 3,
            usdPerMillionCachedInputTokens: 0.3,
            usdPerMillionOutputTokens: 15,
          },
        },
      },
      budgets: { b: { limit: { usd: 1 }, period: "day" } },
    };
    const [found] = policyOf(documentOf(args)).models.get("m")?.pools[0].prices ?? [];
    const usage = { ...noUsage, inputFresh: 800, cachedRead: 200, outputText: 100, requests: 1 };
    expect(found && costOf(found, usage)).toBe(2_400_000 + 60_000 + 1_500_000);
  });
});

function encoded(value: string | undefined): string {
  return encodeURIComponent(value ?? "");
}

function expectPrices({ models: declared }: ModelGatewayArgs, policy: Policy): void {
  expect([...policy.models.keys()].sort()).toEqual([...publicNames].sort());
  for (const [name, { pools }] of policy.models) {
    const backends = pools.flatMap((pool) => [...pool.backends]);
    expect(backends.map(([backend]) => backend)).toContain(`ai-gateway/${objectName(name)}`);
    for (const [backend, found] of backends) {
      const key = names.find((one) => `ai-gateway/${objectName(one)}` === backend) ?? "m";
      expect(found).toEqual(expectedPrice(declared[key]?.price as ModelPriceArgs));
    }
  }
}

function expectBudgets({ budgets: declared = {} }: ModelGatewayArgs, policy: Policy): void {
  expect(policy.budgets.map(({ name }) => name)).toEqual(Object.keys(declared).sort());
  for (const budget of policy.budgets) {
    const args = declared[budget.name] as BudgetArgs;
    const [[unit = "", amount = 0] = []] = Object.entries(args.limit);
    expect(budget.unit).toBe(units[unit] ?? unit);
    expect(budget.limit).toBe(unit === "usd" ? nanodollarsOf(amount) : amount);
    expect(budget).toMatchObject({
      period: args.period,
      window: args.window ?? "fixed",
      timeZone: args.timeZone ?? "UTC",
      atLimit: args.atLimit ?? "reject",
      overflowTo: args.overflowTo,
      dwellMs: (args.dwellSeconds ?? 60) * 1000,
      status: args.status ?? 429,
      hold: "adaptive",
      whenStoreIsDown: args.whenStoreIsDown ?? (unit === "usd" ? "closed" : "open"),
      settle: args.settle ?? (unit === "usd" ? "stream" : "log"),
      onExpiry: args.onExpiry ?? (unit === "usd" ? "floor" : "release"),
      shadow: args.shadow ?? false,
    });
    expect(budget.warnAt.map((one) => one.share)).toEqual([...(args.warnAt ?? [])].sort((a, b) => a - b));
    expect(budget.models && [...budget.models]).toEqual(args.models);
  }
}
