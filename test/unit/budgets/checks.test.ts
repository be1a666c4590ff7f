import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { endpoint, problemsOf, type Wrong } from "../models/support";
import { apiKeys, price, priced, withBudget } from "./support";

const budget = (args: Wrong, more: Wrong = {}): Wrong => withBudget(args as never, more as never) as never;
const minute = { limit: { tokens: 1000 }, period: "minute" };
const dollars = { limit: { usd: 100 }, period: "month" };
const overflow = { ...minute, models: ["m"], atLimit: "overflow" };
const spare = { ...priced("spare.example.com"), public: false };
const anthropic = { anthropic: { apiKey: secret("key") }, price };
/** What Anthropic charges: an hour is dearer than five minutes. */
const cachePrice = { ...price, usdPerMillionCacheWrite5mTokens: 3.75, usdPerMillionCacheWrite1hTokens: 6 };
const whole = "is not a whole number from 1 to 9,007,199,254,740,991";
const exact =
  "is not an amount that can be counted exactly; give US dollars above 0 to 9,007,199 with at most nine decimals";
const units = "usd, tokens, inputTokens, outputTokens, requests, concurrency";
const nothingLeft =
  "means nothing for concurrency, where a request that is over leaves nothing behind; remove it";
const runsNow = "means nothing for concurrency, which counts what runs now; remove it";

type Case = readonly [what: string, args: Wrong, path: string, reason: string];

/** Each declaration has exactly one thing wrong with it. The sentence is the whole one. */
const cases: readonly Case[] = [
  // Names and members
  [
    "a name with a blank",
    { ...budget(minute), budgets: { "a b": minute } },
    'budgets["a b"]',
    'cannot be the name of a budget; use 1 to 63 letters, digits, ".", "-" and "_"',
  ],
  [
    "a misspelt member",
    budget({ ...minute, warnat: [0.5] }),
    'budgets["b"].warnat',
    'is not a member that anything reads; did you mean "warnAt"?',
  ],
  [
    "an unknown period",
    budget({ ...minute, period: "fortnight" }),
    'budgets["b"].period',
    '"fortnight" is not known; use second, minute, hour, day, week, month, quarter, year',
  ],
  [
    "an unknown choice",
    budget({ ...minute, atLimit: "stop" }),
    'budgets["b"].atLimit',
    '"stop" is not known; use reject, shrink, overflow',
  ],
  [
    "an unknown enforcer",
    budget({ ...minute, enforcedBy: "me" }),
    'budgets["b"].enforcedBy',
    '"me" is not known; use processor, gateway',
  ],
  [
    "another status",
    budget({ ...minute, status: 503 }),
    'budgets["b"].status',
    "503 is not a status of a refusal; use 429 or 402",
  ],

  // Limits
  [
    "no unit",
    budget({ limit: {}, period: "day" }),
    'budgets["b"].limit',
    `names no unit; name exactly one of ${units}`,
  ],
  [
    "two units",
    budget({ limit: { usd: 1, tokens: 1000 }, period: "day" }),
    'budgets["b"].limit',
    `names usd and tokens; name exactly one of ${units}, and declare the others as budgets of their own`,
  ],
  ["no tokens", budget({ limit: { tokens: 0 }, period: "day" }), 'budgets["b"].limit.tokens', `0 ${whole}`],
  [
    "half a request",
    budget({ limit: { requests: 0.5 }, period: "day" }),
    'budgets["b"].limit.requests',
    `0.5 ${whole}`,
  ],
  [
    "more tokens than can be counted",
    budget({ limit: { inputTokens: 2 ** 53 }, period: "day" }),
    'budgets["b"].limit.inputTokens',
    `${2 ** 53} ${whole}`,
  ],
  ["no dollars", budget({ limit: { usd: 0 }, period: "day" }), 'budgets["b"].limit.usd', `0 ${exact}`],
  [
    "less than a nanodollar",
    budget({ limit: { usd: 1e-10 }, period: "day" }),
    'budgets["b"].limit.usd',
    `1e-10 ${exact}`,
  ],
  [
    "more dollars than can be counted",
    budget({ limit: { usd: 1e7 }, period: "day" }),
    'budgets["b"].limit.usd',
    `10000000 ${exact}`,
  ],

  // Periods
  [
    "no period",
    budget({ limit: { tokens: 1000 } }),
    'budgets["b"].period',
    "is missing; give one of second, minute, hour, day, week, month, quarter, year",
  ],
  [
    "a period of concurrency",
    budget({ limit: { concurrency: 5 }, period: "day" }),
    'budgets["b"].period',
    runsNow,
  ],
  [
    "a window of concurrency",
    budget({ limit: { concurrency: 5 }, window: "fixed" }),
    'budgets["b"].window',
    runsNow,
  ],
  [
    "warnings of concurrency",
    budget({ limit: { concurrency: 5 }, warnAt: [0.5] }),
    'budgets["b"].warnAt',
    nothingLeft,
  ],
  [
    "settling of concurrency",
    budget({ limit: { concurrency: 5 }, settle: "log" }),
    'budgets["b"].settle',
    nothingLeft,
  ],
  [
    "a month that slides",
    budget({ ...minute, period: "month", window: "sliding" }),
    'budgets["b"].window',
    '"sliding" looks back a day at most, and the period is a month; use fixed',
  ],
  [
    "a burst of fixed windows",
    budget({ ...minute, burst: 10 }),
    'budgets["b"].burst',
    'needs window "sliding"; set it, or remove burst',
  ],
  [
    "a burst of no tokens",
    budget({ ...minute, window: "sliding", burst: 0 }),
    'budgets["b"].burst',
    `0 ${whole}`,
  ],
  [
    "warnings without windows",
    budget({ ...minute, window: "sliding", burst: 10, warnAt: [0.5] }),
    'budgets["b"].warnAt',
    "needs windows, and a budget with burst has none; remove it",
  ],
  [
    "a time zone of minutes",
    budget({ ...minute, timeZone: "UTC" }),
    'budgets["b"].timeZone',
    "means nothing for a minute, which begins at the same time everywhere; remove it",
  ],
  [
    "a time zone of a day that slides",
    budget({ ...minute, period: "day", window: "sliding", timeZone: "UTC" }),
    'budgets["b"].timeZone',
    "needs a fixed window; a sliding one begins nowhere, so remove it",
  ],
  [
    "no time zone",
    budget({ ...minute, period: "day", timeZone: "Berlin" }),
    'budgets["b"].timeZone',
    '"Berlin" is not a time zone; use an IANA name such as "Europe/Berlin"',
  ],

  // Shares
  [
    "a warning in per cent",
    budget({ ...minute, warnAt: [80] }),
    'budgets["b"].warnAt',
    "80 is not a share; use above 0 to 1 with at most three decimals, 0.8 for 80 %",
  ],
  [
    "a warning at nothing",
    budget({ ...minute, warnAt: [0] }),
    'budgets["b"].warnAt',
    "0 is not a share; use above 0 to 1 with at most three decimals, 0.8 for 80 %",
  ],
  [
    "a warning twice",
    budget({ ...minute, warnAt: [0.5, 0.5] }),
    'budgets["b"].warnAt',
    'names "0.5" twice; keep one',
  ],
  [
    "a return at the limit",
    budget({ ...overflow, overflowTo: "n", returnBelow: 1 }),
    'budgets["b"].returnBelow',
    "1 is not a share; use 0.001 to 0.999 with at most three decimals",
  ],
  [
    "half a second of dwelling",
    budget({ ...overflow, overflowTo: "n", dwellSeconds: 0.5 }),
    'budgets["b"].dwellSeconds',
    "0.5 is not a whole number from 0 to 86,400",
  ],

  // Holds
  [
    "a ceiling of strict holds",
    budget(
      { ...minute, hold: "strict", holdCeiling: 10 },
      { models: { m: { ...priced(), maxOutputTokens: 8 } } },
    ),
    'budgets["b"].holdCeiling',
    'needs hold "adaptive"; a strict hold has no ceiling, so remove one of the two',
  ],
  [
    "a ceiling above the limit",
    budget({ ...minute, holdCeiling: 1001 }),
    'budgets["b"].holdCeiling',
    "1001 is above the limit, which nothing can hold anyway; make it at most the limit or leave it out",
  ],
  [
    "a hold of requests",
    budget({ limit: { requests: 5 }, period: "day", hold: "adaptive" }),
    'budgets["b"].hold',
    "means nothing for requests, of which a request holds exactly one; remove it",
  ],
  [
    "a strict hold of what nobody knows",
    budget({ ...minute, hold: "strict" }, { models: { m: priced() } }),
    'models["m"].maxOutputTokens',
    'is missing: budget "b" holds the most that a request can cost (hold "strict") and reaches this model; give its longest output in tokens',
  ],
  [
    "shares smaller than one",
    {
      ...budget({ limit: { concurrency: 3 }, whenStoreIsDown: "local" }),
      target: "cluster",
      processor: { image: "processor:1", replicas: 4 },
    },
    'budgets["b"].whenStoreIsDown',
    '"local" leaves each of 4 processors a share of the limit, and a limit of 3 cannot be shared; use a limit of at least 4, open or closed',
  ],

  // At the limit
  [
    "shrinking requests",
    budget({ limit: { requests: 5 }, period: "day", atLimit: "shrink" }),
    'budgets["b"].atLimit',
    '"shrink" lowers a request\'s limit on output, which is no help with requests; use reject or overflow',
  ],
  [
    "shrinking input",
    budget({ limit: { inputTokens: 5 }, period: "day", atLimit: "shrink" }),
    'budgets["b"].atLimit',
    '"shrink" lowers a request\'s limit on output, which is no help with inputTokens; use reject or overflow',
  ],
  [
    "overflow to nowhere",
    budget(overflow),
    'budgets["b"].overflowTo',
    'is missing; with atLimit "overflow" name the model that answers then',
  ],
  [
    "a place to overflow to without overflow",
    budget({ ...minute, overflowTo: "n" }),
    'budgets["b"].overflowTo',
    'needs atLimit "overflow"; set it, or remove this',
  ],
  [
    "dwelling without overflow",
    budget({ ...minute, dwellSeconds: 5 }),
    'budgets["b"].dwellSeconds',
    'needs atLimit "overflow"; set it, or remove this',
  ],
  [
    "overflow to an unknown model",
    budget({ ...overflow, overflowTo: "nn" }),
    'budgets["b"].overflowTo',
    '"nn" is not in models; did you mean "n"?',
  ],
  [
    "overflow to itself",
    budget({ ...overflow, overflowTo: "m" }),
    'budgets["b"].overflowTo',
    '"m" counts in this budget itself, and has nowhere to go then; take it out of models',
  ],
  [
    "overflow to one of all that count",
    budget({ ...minute, atLimit: "overflow", overflowTo: "n" }),
    'budgets["b"].overflowTo',
    '"n" counts in this budget itself, and has nowhere to go then; name the others in models, or set public: false on it',
  ],
  [
    "overflow to what answers already",
    budget(
      { ...minute, models: ["both"], atLimit: "overflow", overflowTo: "m" },
      { models: { m: priced(), both: { route: { targets: { m: {} } } } } },
    ),
    'budgets["b"].overflowTo',
    '"m" answers for "both" in the first place, so the budget would lead nowhere else; name another model',
  ],
  [
    "overflow to what cannot chat",
    budget(
      { ...overflow, overflowTo: "mute" },
      { models: { m: priced(), mute: { ...anthropic, public: false } } },
    ),
    'models["m"]',
    'reaches "mute" (Anthropic), which cannot answer chat as its other targets do: those requests would get 500; say which APIs clients call, serves: ["messages"], or choose another target',
  ],
  [
    "overflow to what cannot answer what it serves",
    budget(
      { ...overflow, overflowTo: "mute" },
      { models: { m: { ...priced(), serves: ["chat"] }, mute: { ...anthropic, public: false } } },
    ),
    'models["m"].serves',
    '"chat" cannot be spoken to "mute": its schema Anthropic takes messages, and the gateway would answer 500; take it out or choose another target',
  ],

  // What budgets name
  [
    "an unknown model",
    budget({ ...minute, models: ["x"] }),
    'budgets["b"].models',
    '"x" is not in models; did you mean "m"?',
  ],
  [
    "a model that nobody calls",
    budget({ ...minute, models: ["spare"] }, { models: { m: { ...priced(), fallback: ["spare"] }, spare } }),
    'budgets["b"].models',
    '"spare" is not public, so no request names it; name the public models that lead there',
  ],
  [
    "no models",
    budget({ ...minute, models: [] }),
    'budgets["b"].models',
    "is empty, so the budget would count nothing; leave it out for all",
  ],
  [
    "a model twice",
    budget({ ...minute, models: ["m", "m"] }),
    'budgets["b"].models',
    'names "m" twice; keep one',
  ],
  [
    "a team without a name",
    budget({ ...minute, teams: [""] }),
    'budgets["b"].teams',
    "has an empty name; take it out",
  ],
  [
    "a team of nobody",
    budget({ ...minute, teams: ["serch"] }),
    'budgets["b"].teams',
    '"serch" is the team of no API key; did you mean "search"?',
  ],
  [
    "a user of nobody",
    budget({ ...minute, users: ["bob"] }),
    'budgets["b"].users',
    '"bob" is the user of no API key; known are ann',
  ],

  // Who calls
  [
    "an unknown attribute",
    budget({ ...minute, per: "region" }),
    'budgets["b"].per',
    '"region" is an attribute that no authentication sets; say in access.jwt.claims or access.apiKeys where it comes from',
  ],
  [
    "a misspelt attribute",
    budget({ ...minute, per: "model, teams" }),
    'budgets["b"].per',
    '"teams" is an attribute that no authentication sets; did you mean "team"?',
  ],
  [
    "a team where nobody says who calls",
    budget({ ...minute, teams: ["search"] }, { access: undefined }),
    'budgets["b"].teams',
    '"team" is an attribute that no authentication sets; say in access.jwt.claims or access.apiKeys where it comes from',
  ],
  [
    "a header that everybody can set",
    budget({ ...minute, per: "region" }, { access: { apiKeys, clientHeaders: { region: "x-region" } } }),
    'budgets["b"].per',
    '"region" is what the header x-region says, which everybody who reaches the gateway can set; let access.jwt or access.apiKeys set it, or accept that with trustClientHeaders: true',
  ],
  [
    "trust that is not needed",
    budget({ ...minute, per: "team", trustClientHeaders: true }),
    'budgets["b"].trustClientHeaders',
    "is true, and the budget relies on no header of access.clientHeaders; remove it",
  ],
  [
    "nothing between commas",
    budget({ ...minute, per: "team,,model" }),
    'budgets["b"].per',
    '"team,,model" names nothing in one place; write for example "team" or "team, model", or leave it out for one counter',
  ],
  [
    "an attribute twice",
    budget({ ...minute, per: "team, team" }),
    'budgets["b"].per',
    'names "team" twice; keep one',
  ],

  // Money
  [
    "a model without a price",
    budget(dollars, { models: { m: endpoint() } }),
    'models["m"].price',
    'is missing: budget "b" counts dollars and reaches this model; give its price (of a model of your own too), or leave "m" out of the budget',
  ],
  [
    "a model of one's own without a price",
    budget(dollars, { models: { m: { vllm: { source: "a/b" } } } }),
    'models["m"].price',
    'is missing: budget "b" counts dollars and reaches this model; give its price (of a model of your own too), or leave "m" out of the budget',
  ],
  [
    "a fallback without a price",
    budget(
      { ...dollars, models: ["m"] },
      { models: { m: { ...priced(), fallback: ["n"] }, n: endpoint("n.example.com") } },
    ),
    'models["n"].price',
    'is missing: budget "b" counts dollars and reaches this model through "m" as a fallback; give its price (of a model of your own too), or leave "m" out of the budget',
  ],
  [
    "a target of an alias without a price",
    budget(
      { ...dollars, models: ["all"] },
      { models: { n: endpoint(), all: { route: { targets: { n: {} } } } } },
    ),
    'models["n"].price',
    'is missing: budget "b" counts dollars and reaches this model through "all"; give its price (of a model of your own too), or leave "all" out of the budget',
  ],
  [
    "an overflow without a price",
    budget(
      { ...dollars, models: ["m"], atLimit: "overflow", overflowTo: "n" },
      { models: { m: priced(), n: { ...endpoint("n.example.com"), public: false } } },
    ),
    'models["n"].price',
    'is missing: budget "b" counts dollars and reaches this model through "m" as an overflow; give its price (of a model of your own too), or leave "m" out of the budget',
  ],
  [
    "an hour in a cache, of which the log knows nothing",
    budget({ ...dollars, settle: "log" }, { models: { m: { ...anthropic, price: cachePrice } } }),
    'budgets["b"].settle',
    '"log" does not tell apart what the price of "m" does (usdPerMillionCacheWrite1hTokens); use "stream", the default for dollars, or take these prices out',
  ],
  [
    "what OpenAI writes to a cache, of which the log knows nothing",
    budget(
      { ...dollars, settle: "log", models: ["m"] },
      {
        models: {
          m: { ...priced(), fallback: ["n"] },
          n: { ...priced("n.example.com"), price: { ...price, usdPerMillionCacheWrite5mTokens: 3.75 } },
        },
      },
    ),
    'budgets["b"].settle',
    '"log" does not tell apart what the price of "n" through "m" as a fallback does (usdPerMillionCacheWrite5mTokens); use "stream", the default for dollars, or take these prices out',
  ],
  [
    "audio in a tier of a price, of which the log knows nothing",
    budget(
      { ...dollars, settle: "log", models: ["m"] },
      {
        models: {
          m: {
            ...priced(),
            price: {
              ...price,
              contextTiers: {
                1000: { ...price, usdPerMillionAudioInputTokens: 4, usdPerMillionAudioOutputTokens: 20 },
              },
            },
          },
        },
      },
    ),
    'budgets["b"].settle',
    '"log" does not tell apart what the price of "m" does (usdPerMillionAudioInputTokens, usdPerMillionAudioOutputTokens); use "stream", the default for dollars, or take these prices out',
  ],

  // Parts that nothing needs
  [
    "a processor without budgets",
    { models: { m: endpoint() }, processor: { image: "processor:1" } },
    "processor",
    "is given, and nothing needs it: it enforces no budget, checks no key and no rule; declare one or remove it",
  ],
  [
    "a rate limit service without quotas",
    budget(minute, { quotas: {} }),
    "quotas",
    'is given, and no budget says enforcedBy "gateway"; declare one in budgets or remove it',
  ],
  [
    "the gateway's own port",
    budget(minute, { local: { processorPort: 1975 } }),
    "local.processorPort",
    "1975 is the gateway's own port; choose another",
  ],
];

describe("a budget that cannot hold is refused:", () => {
  it.each(cases)("%s", (_, args, path, reason) => {
    expect(problemsOf(args)).toEqual([{ path, reason }]);
  });

  it("with all that is wrong at once, each at its place", () => {
    const budgets = {
      a: { ...minute, per: "region", models: ["x"], limit: { tokens: 0 } },
      c: { limit: { usd: 5 }, timeZone: "Mars/Base" },
    };
    const found = problemsOf({ ...budget(minute), models: { m: endpoint() }, budgets });
    expect(found.map(({ path }) => path).sort()).toEqual([
      'budgets["a"].limit.tokens',
      'budgets["a"].models',
      'budgets["a"].per',
      'budgets["c"].period',
      'models["m"].price',
    ]);
  });

  it("not for what was left out because of its type", () => {
    const models = { m: { openAICompatible: { url: 5 } }, n: priced() };
    const budgets = { b: { ...minute, models: ["m"], atLimit: "overflow", overflowTo: "n" } };
    expect(problemsOf({ ...budget(minute), models, budgets }).map(({ path }) => path)).toEqual([
      'models["m"].openAICompatible.url',
    ]);
    const access = { apiKeys: { a: { key: secret("k"), team: 5 } } };
    expect(problemsOf(budget({ ...minute, per: "team" }, { access })).map(({ path }) => path)).toEqual([
      'access.apiKeys["a"].team',
    ]);
  });
});

describe("dollars that are settled by the log are taken", () => {
  it.each<[string, Wrong, Wrong]>([
    ["where five minutes in a cache have a price", dollars, { usdPerMillionCacheWrite5mTokens: 3.75 }],
    [
      "where an hour costs as much",
      dollars,
      { usdPerMillionCacheWrite5mTokens: 3.75, usdPerMillionCacheWrite1hTokens: 3.75 },
    ],
    ["where the budget counts tokens", minute, cachePrice],
  ])("%s", (_, limit, more) => {
    const m = { ...anthropic, price: { ...price, ...more } };
    expect(problemsOf(budget({ ...limit, settle: "log" }, { models: { m } }))).toEqual([]);
  });

  it("where the answer is read as well, by default", () => {
    expect(problemsOf(budget(dollars, { models: { m: { ...anthropic, price: cachePrice } } }))).toEqual([]);
  });
});
