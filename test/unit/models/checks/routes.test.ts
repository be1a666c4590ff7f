import { describe, it } from "vitest";
import { anthropic, endpoint, openai } from "../support";
import { type Case, expectAlone, key, model } from "./cases";

// More in flattenRoute.test.ts.
const cases: readonly Case[] = [
  ["an alias of nothing", model({ route: { targets: {} } }), 'models["m"].route.targets', /is empty/],
  [
    "an unknown target",
    model({ route: { targets: { oh: {} } } }),
    'models["m"].route.targets["oh"]',
    /"oh" is not in models; did you mean "ok"\?/,
  ],
  [
    "weights that add to nothing",
    model({ route: { targets: { ok: { weight: 0 } } } }),
    'models["m"].route.targets',
    /add to 0/,
  ],
  [
    "a negative weight",
    model({ route: { targets: { ok: { weight: -1 } } } }),
    'models["m"].route.targets["ok"].weight',
    /-1 is not a whole number/,
  ],
  [
    "half a weight",
    model({ route: { targets: { ok: { weight: 0.5 } } } }),
    'models["m"].route.targets["ok"].weight',
    /0.5 is not a whole number/,
  ],
  [
    "an unknown fallback",
    model({ ...openai, fallback: ["nope-at-all"] }),
    'models["m"].fallback[0]',
    /not in models; declare it there/,
  ],
  [
    "a fallback to itself",
    model({ ...openai, fallback: ["m"] }),
    'models["m"].fallback[0]',
    /falls back to itself/,
  ],
  [
    "a fallback that is a target too",
    model({ route: { targets: { ok: {} }, fallback: ["ok"] } }),
    'models["m"]',
    /reaches "ok" as a target and again as fallback 1/,
  ],
  [
    "a canary of more than all",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 101 } } }),
    'models["m"].route.canary.percent',
    /101 is not a share/,
  ],
  [
    "a canary without a name",
    model({ route: { targets: { ok: {} }, canary: { percent: 1 } } }),
    'models["m"].route.canary.model',
    /is missing; give text/,
  ],
  [
    "a canary of a thousandth",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 0.001 } } }),
    'models["m"].route.canary.percent',
    /0.001 is not a share/,
  ],
  [
    "a canary among its targets",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 1 } } }),
    'models["m"].route.canary.model',
    /among the targets already/,
  ],
  [
    "an address beside other models",
    { models: { a: { openAICompatible: { url: "http://10.0.0.1:8000" }, fallback: ["b"] }, b: endpoint() } },
    'models["a"]',
    /at the address 10.0.0.1 together with other models/,
  ],
  [
    "h2c beside HTTP/1.1",
    {
      models: {
        a: { openAICompatible: { url: "http://a.example.com", h2c: true }, fallback: ["b"] },
        b: endpoint(),
      },
    },
    'models["a"]',
    /mixes h2c \("a"\) with HTTP\/1.1/,
  ],
  [
    "targets that share no API",
    { models: { a: { ...anthropic, fallback: ["b"] }, b: { cohere: { apiKey: key } } } },
    'models["a"]',
    /share no API/,
  ],
  [
    "a target that cannot chat",
    { models: { a: { ...endpoint(), fallback: ["b"] }, b: anthropic } },
    'models["a"]',
    /cannot answer chat.*serves: \["messages"\]/,
  ],
  [
    "an API that the schema cannot speak",
    model({ ...anthropic, serves: ["chat"] }),
    'models["m"].serves',
    /"chat" cannot be spoken to "m": its schema Anthropic takes messages/,
  ],
  [
    "no API at all",
    model({ ...endpoint(), serves: [] }),
    'models["m"].serves',
    /is empty; name the APIs that clients call, or leave it out/,
  ],
  [
    "an unknown API",
    model({ ...endpoint(), serves: ["poems"] }),
    'models["m"].serves',
    /"poems" is not known/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
