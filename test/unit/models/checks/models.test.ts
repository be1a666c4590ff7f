import { describe, it } from "vitest";
import { anthropic, endpoint, openai } from "../support";
import { type Case, expectAlone, model } from "./cases";

const cases: readonly Case[] = [
  // What a model is
  ["no provider", model({}), 'models["m"]', /says nowhere that it is served; give one of vllm, openai/],
  [
    "two providers",
    model({ ...openai, ...anthropic }),
    'models["m"]',
    /is served by openai and anthropic; keep one/,
  ],
  [
    "a provider and a route",
    model({ ...openai, route: { targets: { ok: {} } } }),
    'models["m"]',
    /openai and route/,
  ],
  [
    "a namespace of a model",
    model({ ...openai, namespace: "A_b" }),
    'models["m"].namespace',
    /not a namespace/,
  ],
  [
    "an empty upstream name",
    model({ ...openai, upstreamName: " " }),
    'models["m"].upstreamName',
    /" " is not a name/,
  ],
  [
    "an upstream name of vLLM",
    model({ vllm: { source: "a/b" }, upstreamName: "" }),
    'models["m"].upstreamName',
    /not a name/,
  ],
  [
    "a price on an alias",
    model({
      route: { targets: { ok: {} } },
      price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 1 },
    }),
    'models["m"].price',
    /describes a backend/,
  ],
  [
    "a header on an alias",
    model({ route: { targets: { ok: {} } }, headers: { set: { a: "b" } } }),
    'models["m"].headers',
    /describes a backend/,
  ],
  [
    "a fallback of an alias beside its route",
    model({ route: { targets: { ok: {} } }, fallback: ["ok"] }),
    'models["m"].fallback',
    /belongs into route.fallback/,
  ],
  [
    "host names of a hidden model",
    {
      models: {
        a: { ...endpoint(), fallback: ["m"] },
        m: { ...openai, public: false, hostnames: ["a.example.com"] },
      },
    },
    'models["m"].hostnames',
    /public is false/,
  ],
  [
    "a hidden model that nothing uses",
    model({ ...openai, public: false }),
    'models["m"]',
    /not public and nothing leads to it/,
  ],

  // Names that clients see
  [
    "host names on one model only",
    { models: { a: { ...endpoint(), hostnames: ["a.example.com"] }, m: endpoint() } },
    'models["m"].hostnames',
    /on a.example.com this model would be listed and answer 404/,
  ],
  [
    "a wildcard over another's host name",
    {
      models: {
        a: { ...endpoint(), hostnames: ["a.example.com"] },
        m: { ...endpoint(), hostnames: ["*.example.com"] },
      },
    },
    'models["m"].hostnames',
    /"\*.example.com" covers "a.example.com"/,
  ],
  [
    "a host name twice",
    { models: { m: { ...endpoint(), hostnames: ["a.example.com", "a.example.com"] } } },
    'models["m"].hostnames',
    /twice/,
  ],
  [
    "17 host names",
    {
      models: { m: { ...endpoint(), hostnames: Array.from({ length: 17 }, (_, i) => `h${i}.example.com`) } },
    },
    'models["m"].hostnames',
    /has 17 entries/,
  ],
  [
    "a host name with a port",
    { models: { m: { ...endpoint(), hostnames: ["a.example.com:80"] } } },
    'models["m"].hostnames',
    /not a host name/,
  ],
  [
    "a day for a time",
    model({ ...endpoint(), createdAt: "2026-01-31" }),
    'models["m"].createdAt',
    /not a time/,
  ],
  [
    "a time that never was",
    model({ ...endpoint(), createdAt: "2026-13-31T00:00:00Z" }),
    'models["m"].createdAt',
    /not a time/,
  ],
  [
    "a day that never was",
    model({ ...endpoint(), createdAt: "2026-02-31T00:00:00Z" }),
    'models["m"].createdAt',
    /not a time/,
  ],
  [
    "the 29th of February of a usual year",
    model({ ...endpoint(), createdAt: "2026-02-29T12:00:00.5+01:00" }),
    'models["m"].createdAt',
    /not a time/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
