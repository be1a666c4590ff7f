import { describe, it } from "vitest";
import { endpoint } from "../support";
import { type Case, expectAlone, gateway, model } from "./cases";

const cases: readonly Case[] = [
  // Time limits, retries, prices
  [
    "a time limit without a unit",
    model({ ...endpoint(), timeouts: { request: "60" } }),
    'models["m"].timeouts.request',
    /"60" is not a duration/,
  ],
  [
    "no time at all",
    model({ ...endpoint(), timeouts: { request: "0s" } }),
    'models["m"].timeouts.request',
    /switch the limit off/,
  ],
  [
    "settings of retries that never happen",
    model({ ...endpoint(), retries: { attempts: 0, perTryTimeout: "5s", on: ["5xx"] } }),
    'models["m"].retries.attempts',
    /on, perTryTimeout would do nothing/,
  ],
  [
    "a field of 1.1 under 1.0",
    gateway({ release: "1.0", models: { m: { ...endpoint(), timeouts: { streamIdle: "10s" } } } }),
    'models["m"].timeouts.streamIdle',
    /needs AI Gateway 1.1/,
  ],
  [
    "a wrong default for two models",
    { models: { a: endpoint(), b: endpoint() }, timeouts: { request: "soon" } },
    "timeouts.request",
    /"soon" is not a duration/,
  ],
  [
    "a wrong default of retries",
    { models: { a: endpoint(), b: endpoint() }, retries: { attempts: 16 } },
    "retries.attempts",
    /16 is not a whole number from 0 to 15/,
  ],
  [
    "retries on an unknown condition",
    model({ ...endpoint(), retries: { on: ["5XX"] } }),
    'models["m"].retries.on',
    /"5XX" is not a condition; known are 5xx/,
  ],
  [
    "retries on nothing",
    model({ ...endpoint(), retries: { on: [] } }),
    'models["m"].retries.on',
    /attempts: 0/,
  ],
  [
    "an impossible status code",
    model({ ...endpoint(), retries: { statusCodes: [42] } }),
    'models["m"].retries.statusCodes',
    /42 is not a status code/,
  ],
  [
    "status codes that are not asked for",
    model({ ...endpoint(), retries: { on: ["5xx"], statusCodes: [429] } }),
    'models["m"].retries.statusCodes',
    /count only together with the condition "retriable-status-codes"/,
  ],
  [
    "fewer attempts than fallbacks",
    {
      models: {
        m: { ...endpoint(), fallback: ["a", "b"], retries: { attempts: 1 } },
        a: endpoint(),
        b: endpoint(),
      },
    },
    'models["m"].retries.attempts',
    /1 never reaches the last of 2 fallback steps/,
  ],
  [
    "a try longer than the request",
    model({ ...endpoint(), timeouts: { request: "1m" }, retries: { perTryTimeout: "2m" } }),
    'models["m"].retries.perTryTimeout',
    /longer than the whole request/,
  ],
  [
    "a price that is text",
    model({ ...endpoint(), price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: "3" } }),
    'models["m"].price.usdPerMillionOutputTokens',
    /is text, not a number; write it without quotes/,
  ],
  [
    "a negative price",
    model({
      ...endpoint(),
      price: {
        usdPerMillionInputTokens: 1,
        usdPerMillionCachedInputTokens: -1,
        usdPerMillionOutputTokens: 1,
      },
    }),
    'models["m"].price.usdPerMillionCachedInputTokens',
    /-1 is not a price/,
  ],
  [
    "half a price",
    model({ ...endpoint(), price: { usdPerMillionInputTokens: 1 } }),
    'models["m"].price.usdPerMillionOutputTokens',
    /is missing/,
  ],

  // Request costs (more in requestCosts.test.ts)
  [
    "a cost of an internal key",
    model({ ...endpoint(), requestCosts: { backend_name: { type: "TotalToken" } } }),
    'models["m"].requestCosts["backend_name"]',
    /gateway writes itself/,
  ],
  [
    "a cost that is there already",
    model({ ...endpoint(), requestCosts: { llm_input_token: { type: "TotalToken" } } }),
    'models["m"].requestCosts["llm_input_token"]',
    /reported for every model already/,
  ],
  [
    "a cost with a blank in its key",
    model({ ...endpoint(), requestCosts: { "a b": { type: "TotalToken" } } }),
    'models["m"].requestCosts["a b"]',
    /not a usable metadata key/,
  ],
  [
    "a cost of nothing",
    model({ ...endpoint(), requestCosts: { c: {} } }),
    'models["m"].requestCosts["c"]',
    /exactly one of type and cel/,
  ],
  [
    "a cost of two kinds",
    model({ ...endpoint(), requestCosts: { c: { type: "TotalToken", cel: "1u" } } }),
    'models["m"].requestCosts["c"]',
    /exactly one of type and cel/,
  ],
  [
    "a cost of an unknown type",
    model({ ...endpoint(), requestCosts: { c: { type: "Tokens" } } }),
    'models["m"].requestCosts["c"].type',
    /not a token count/,
  ],
  [
    "31 costs",
    model({
      ...endpoint(),
      requestCosts: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`c${i}`, { cel: "1u" }])),
    }),
    'models["m"].requestCosts',
    /has 31 entries; a route takes 30/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
