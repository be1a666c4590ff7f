import type { Policy } from "../../../extproc/policy/policy";
import { policyOf } from "../store/support";

const price = { input: 2_000, cachedInput: 500, output: 9_000, reasoning: 9_500, image: 40, request: 3 };
const backends = { "default/a": { price } };
const tiers = { more: { backends: { "default/b": { price: { input: 1_000, output: 1_000 } } } } };
const more = {
  models: { m: { backends, tiers }, n: { backends, tiers, maxOutputTokens: 500 } },
  identities: {
    user: { header: "x-user-id" },
    team: { metadata: { namespace: "envoy.filters.http.jwt_authn", path: ["payload", "team"] } },
  },
  tierHeader: "x-tier",
};

const spend = { limit: { nanodollars: 1e12 }, period: "year" };
const calls = { limit: { requests: 1_000 }, period: "year", warnAt: [0.005, 0.01] };
const running = { per: ["user"], limit: { concurrency: 3 } };

/** Budgets of every kind: what settles them, what they hold, what they count over, and what they do at their limit. */
export const policies: readonly [Policy, ...Policy[]] = [
  policyOf({ spend: { ...spend, hold: "strict" }, calls, running }, more),
  policyOf({ spend: { ...spend, settle: "log" }, calls: { ...calls, settle: "log" } }, more),
  policyOf(
    {
      words: {
        per: ["user"],
        limit: { tokens: 2_000 },
        period: "minute",
        atLimit: "shrink",
        whenStoreIsDown: "local",
      },
      said: { limit: { outputTokens: 900 }, period: "hour", atLimit: "shrink", hold: "strict" },
      spend,
    },
    more,
  ),
  policyOf(
    {
      pool: {
        limit: { requests: 5 },
        period: "minute",
        atLimit: "overflow",
        overflowTo: "more",
        dwellSeconds: 0,
      },
      money: { limit: { nanodollars: 20_000 }, period: "day", atLimit: "overflow", overflowTo: "more" },
      spend: { ...spend, settle: "stream" },
      running: { ...running, whenStoreIsDown: "closed" },
    },
    more,
  ),
  policyOf(
    {
      rate: {
        per: ["model"],
        limit: { outputTokens: 9_000 },
        period: "minute",
        window: "sliding",
        burst: 3_000,
      },
      slide: { limit: { inputTokens: 9_000 }, period: "hour", window: "sliding", settle: "stream" },
      seen: {
        per: ["team"],
        limit: { tokens: 400 },
        period: "month",
        timeZone: "Europe/Berlin",
        shadow: true,
      },
      search: { teams: ["search"], limit: { nanodollars: 1e9 }, period: "year", onExpiry: "floor" },
    },
    more,
  ),
  policyOf({ search: { teams: ["search"], limit: { nanodollars: 1e9 }, period: "year" } }, more),
];
