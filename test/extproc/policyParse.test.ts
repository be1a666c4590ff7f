import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, type PolicyDocument, parsePolicy, problemText } from "../../extproc/contract";
import { bindingsOf, withLookups } from "../../extproc/policy/match";

const price = { input: 3_000_000_000, cachedInput: 300_000_000, output: 15_000_000_000 };

const document = (): PolicyDocument => ({
  version: 1,
  models: {
    "Qwen/Qwen3-1.7B": { backends: { "default/qwen": {} } },
    claude: {
      backends: { "default/claude": { price } },
      tiers: { "on-demand": { backends: { "default/claude-2": { price: { ...price, tiers: [] } } } } },
      maxOutputTokens: 8192,
    },
  },
  identities: {
    user: { header: "x-user-id" },
    organisation: { metadata: { namespace: "envoy.filters.http.jwt_authn", path: ["main", "org"] } },
  },
  lookups: { user: { ann: { team: "support" } }, team: { support: { region: "eu" } } },
  tierHeader: "x-tier",
  budgets: {
    "support-month": {
      per: ["team"],
      models: ["claude"],
      teams: ["support"],
      limit: { nanodollars: 1_500_000_000_000 },
      period: "month",
      timeZone: "Europe/Berlin",
      warnAt: [0.8, 0.5],
    },
    provisioned: {
      per: ["model"],
      models: ["claude"],
      limit: { tokens: 2_000_000 },
      period: "hour",
      atLimit: "overflow",
      overflowTo: "on-demand",
    },
    calls: { per: ["user", "model"], limit: { concurrency: 5 } },
  },
  webhook: { url: "https://hooks.example/budgets" },
});

const parsed = (change: (document: PolicyDocument) => void = () => undefined) => {
  const changed = document();
  change(changed);
  // As it travels: written, and read again.
  return parsePolicy(JSON.parse(canonicalJson(changed)));
};
const policy = () => {
  const result = parsed();
  if (result.policy === undefined) {
    throw new Error(result.problems.map(problemText).join("\n"));
  }
  return result.policy;
};

describe("a good document", () => {
  it("gets its defaults", () => {
    const { budgets, models } = policy();
    expect(budgets.map(({ name }) => name)).toEqual(["calls", "provisioned", "support-month"]);
    expect(budgets[2]).toEqual({
      name: "support-month",
      per: ["team"],
      models: new Set(["claude"]),
      teams: new Set(["support"]),
      users: undefined,
      unit: "nanodollars",
      limit: 1_500_000_000_000,
      period: "month",
      window: "fixed",
      burst: undefined,
      timeZone: "Europe/Berlin",
      warnAt: [
        { share: 0.5, amount: 750_000_000_000 },
        { share: 0.8, amount: 1_200_000_000_000 },
      ],
      atLimit: "reject",
      overflowTo: undefined,
      returnBelow: 1_200_000_000_000,
      dwellMs: 60_000,
      status: 429,
      hold: "adaptive",
      holdCeiling: undefined,
      whenStoreIsDown: "closed",
      settle: "stream",
      onExpiry: "floor",
      shadow: false,
    });
    expect(budgets[1]).toMatchObject({ whenStoreIsDown: "open", settle: "log", onExpiry: "release" });
    expect(models.get("claude")?.pools.map(({ tier }) => tier)).toEqual(["", "on-demand"]);
    expect(models.get("claude")?.pools[0].prices).toEqual([
      {
        ...price,
        cacheWrite5m: price.input,
        cacheWrite1h: price.input,
        reasoning: price.output,
        audioIn: price.input,
        audioOut: price.output,
        image: 0,
        request: 0,
        tiers: [],
      },
    ]);
  });

  it("has an id that depends on its content and not on the order of its members", () => {
    const turned = (value: unknown): unknown =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, member]) => [key, turned(member)]),
          )
        : value;
    expect(parsePolicy(turned(document())).policy?.id).toBe(policy().id);
    expect(canonicalJson(turned(document()))).toBe(canonicalJson(document()));
    const other = parsed(({ budgets }) => {
      Object.assign(budgets?.["calls"] ?? {}, { limit: { concurrency: 6 } });
    });
    expect(other.policy?.id).not.toBe(policy().id);
  });
});

describe("a bad document", () => {
  const budget = (members: object) => (to: PolicyDocument) => {
    to.budgets = { b: { limit: { tokens: 5 }, period: "minute", ...members } };
  };
  const claude = (members: object) => (to: PolicyDocument) => {
    Object.assign(to.models["claude"] ?? {}, members);
  };
  const root = (members: object) => (to: PolicyDocument) => {
    Object.assign(to, members);
  };
  it.each<[string, (to: PolicyDocument) => void, string]>([
    ["a newer version", root({ version: 2 }), "version: 2 is not a version"],
    ["an unknown member", root({ quotas: {} }), "quotas: {} is an unknown member"],
    [
      "an unknown member deep in it",
      budget({ onLimit: "x" }),
      'budgets["b"].onLimit: "x" is an unknown member',
    ],
    ["no models", root({ models: {}, budgets: {} }), "models: {} has no model"],
    ["no backends", claude({ backends: {} }), 'models["claude"].backends: {} names no backend'],
    ["an unknown unit", budget({ limit: { euros: 5 } }), "names 0 units"],
    ["two units", budget({ limit: { tokens: 5, requests: 5 } }), "names 2 units; name exactly one"],
    ["no limit", budget({ limit: undefined }), 'budgets["b"].limit: names 0 units'],
    ["a limit of nothing", budget({ limit: { tokens: 0 } }), "limit.tokens: 0 is not a whole number from 1"],
    ["part of a token", budget({ limit: { tokens: 1.5 } }), "limit.tokens: 1.5 is not a whole number"],
    ["an inexact limit", budget({ limit: { tokens: 2 ** 53 } }), "limit.tokens: 9007199254740992 is not"],
    ["a limit as text", budget({ limit: { tokens: "5" } }), 'limit.tokens: "5" is not a whole number'],
    ["no period", budget({ period: undefined }), 'budgets["b"].period: is missing; use one of second,'],
    ["an unknown period", budget({ period: "1mo" }), 'budgets["b"].period: "1mo" is unknown; use one of'],
    ["a zone for minutes", budget({ timeZone: "Europe/Berlin" }), "needs a fixed window of a day or longer"],
    ["no such zone", budget({ period: "month", timeZone: "CEST/X" }), "is not a known time zone"],
    ["sliding months", budget({ period: "month", window: "sliding" }), "needs a period of at most a day"],
    ["burst of a fixed window", budget({ burst: 3 }), 'needs window "sliding"'],
    [
      "warning of a bucket",
      budget({ window: "sliding", burst: 3, warnAt: [0.5] }),
      "has no meaning for a budget with burst",
    ],
    ["concurrency for a minute", budget({ limit: { concurrency: 1 } }), "has no meaning for concurrency"],
    ["warning in percent", budget({ warnAt: [80] }), "80 is not a share above 0 up to 1"],
    ["warning twice", budget({ warnAt: [0.5, 0.5] }), "names a share twice"],
    [
      "an unknown model",
      budget({ models: ["gpt"] }),
      '"gpt" is not a model; the models are Qwen/Qwen3-1.7B, claude',
    ],
    ["no models at all", budget({ models: [] }), "is empty, so the budget would count nothing"],
    ["an unknown attribute", budget({ per: ["planet"] }), '"planet" has no identity'],
    ["one attribute twice", budget({ per: ["user", "user"] }), "names something twice"],
    ["overflow without a tier", budget({ atLimit: "overflow" }), "overflowTo: is missing"],
    ["a tier without overflow", budget({ overflowTo: "on-demand" }), 'needs atLimit "overflow"'],
    ["dwell without overflow", budget({ dwellSeconds: 5 }), 'needs atLimit "overflow"'],
    [
      "a tier that a model lacks",
      budget({ atLimit: "overflow", overflowTo: "on-demand" }),
      'is not a tier of model "Qwen/Qwen3-1.7B"',
    ],
    ["overflow without a header", root({ tierHeader: undefined }), "tierHeader: is missing"],
    [
      "shrinking requests",
      budget({ limit: { requests: 5 }, atLimit: "shrink" }),
      "cannot shrink what requests counts",
    ],
    ["another status", budget({ status: 503 }), "use 429 or 402"],
    ["a ceiling on strict", budget({ hold: "strict", holdCeiling: 2 }), 'needs hold "adaptive"'],
    ["a ceiling above the limit", budget({ holdCeiling: 6 }), "6 is not a whole number from 1 to 5"],
    ["shadow as text", budget({ shadow: "yes" }), "is neither true nor false"],
    [
      "money without a price",
      budget({ limit: { nanodollars: 5 } }),
      'has no price at backend "default/qwen"',
    ],
    [
      "a bad name",
      root({ budgets: { "a b": { limit: { tokens: 1 }, period: "day" } } }),
      'budgets["a b"]: "a b" is not',
    ],
    [
      "a price typed in the wrong unit",
      claude({ backends: { x: { price: { ...price, output: 15_000_000_000_000_000 } } } }),
      "price.output: 15000000000000000 is not a whole number from 0 to 10000000000000",
    ],
    [
      "a price without output",
      claude({ backends: { x: { price: { input: 1 } } } }),
      'models["claude"].backends["x"].price.output: is missing; give a whole number',
    ],
    [
      "tiers out of order",
      claude({
        backends: {
          x: {
            price: { ...price, tiers: [200_001, 1000].map((from) => ({ ...price, fromInputTokens: from })) },
          },
        },
      }),
      "tiers[1].fromInputTokens: 1000 is not above the tier before it",
    ],
    [
      "a header that clients set",
      root({ identities: { user: { header: "authorization" } } }),
      "is set by clients",
    ],
    ["model as an identity", root({ identities: { model: { header: "x-m" } } }), "is taken"],
    [
      "nowhere to read it",
      root({ identities: { user: {} } }),
      "names not exactly one of header, metadata, anyOf and whichOf; name one",
    ],
    ["a webhook that is no URL", root({ webhook: { url: "file:///etc" } }), "is not an http or https URL"],
    [
      "a lookup that is no text",
      root({ lookups: { user: { ann: { team: 5 } } } }),
      'lookups["user"]["ann"]["team"]: 5',
    ],
  ])("%s", (_, change, message) => {
    expect(parsed(change).problems?.map(problemText).join("\n")).toContain(message);
  });

  it("has all of its problems reported at once", () => {
    const { problems } = parsed((to) => {
      to.budgets = { a: { limit: {}, per: ["x"] }, b: { limit: { tokens: -1 }, period: "day" } };
      Object.assign(to, { extra: 1 });
    });
    expect(problems?.map(({ path }) => path)).toEqual([
      'budgets["a"].limit',
      'budgets["a"].period',
      'budgets["b"].limit.tokens',
      "extra",
      'budgets["a"].per',
    ]);
  });

  it("never makes the parser throw", () => {
    let deep: unknown = [];
    for (let depth = 0; depth < 100_000; depth += 1) {
      deep = [deep];
    }
    for (const odd of [deep, { version: 1, models: deep }, null, undefined, [], 5, () => 1]) {
      expect(parsePolicy(odd).policy).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), (odd) => {
        parsePolicy(odd);
        parsePolicy({ version: 1, models: odd, budgets: odd, identities: odd, lookups: odd, webhook: odd });
      }),
    );
  });

  it("never has a change that passes unseen: any member replaced by junk is a problem or an equal policy", () => {
    const paths: string[][] = [];
    const collect = (value: unknown, path: string[]): void => {
      if (typeof value === "object" && value !== null) {
        for (const [key, member] of Object.entries(value)) {
          paths.push([...path, key]);
          collect(member, [...path, key]);
        }
      }
    };
    collect(document(), []);
    for (const path of paths) {
      const changed: unknown = JSON.parse(canonicalJson(document()));
      let parent = changed as Record<string, unknown>;
      for (const key of path.slice(0, -1)) {
        parent = parent[key] as Record<string, unknown>;
      }
      parent[path.at(-1) ?? ""] = { junk: [] };
      expect(parsePolicy(changed).policy, path.join(".")).toBeUndefined();
    }
  });
});

describe("which budgets bind", () => {
  it("follows filters and combines dimensions", () => {
    const { lookups } = policy();
    const ann = withLookups(new Map([["user", "ann"]]), lookups);
    expect([...ann]).toEqual([
      ["user", "ann"],
      ["team", "support"],
      ["region", "eu"],
    ]);
    const names = (model: string, attributes: ReadonlyMap<string, string>) =>
      bindingsOf(policy(), model, attributes).map(({ budget, subject }) => [budget.name, subject]);
    expect(names("claude", ann)).toEqual([
      ["calls", "user=ann&model=claude"],
      ["provisioned", "model=claude"],
      ["support-month", "team=support"],
    ]);
    expect(names("Qwen/Qwen3-1.7B", ann)).toEqual([["calls", "user=ann&model=Qwen%2FQwen3-1.7B"]]);
    // Nobody known: what counts users counts all such callers together.
    expect(names("claude", new Map())).toEqual([
      ["calls", "user=&model=claude"],
      ["provisioned", "model=claude"],
    ]);
  });

  it("never replaces what authentication set", () => {
    const { lookups } = policy();
    const both = new Map([
      ["user", "ann"],
      ["team", "search"],
    ]);
    expect(withLookups(both, lookups).get("team")).toBe("search");
  });

  it("keeps different callers apart, whatever their names", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (a, b) => {
        const subject = (user: string) => bindingsOf(policy(), "m", new Map([["user", user]]))[0]?.subject;
        expect(subject(a) === subject(b)).toBe(a === b);
        expect(subject(a)).toMatch(/^user=[\w.!~*'()%-]*&model=m$/);
      }),
    );
  });
});
