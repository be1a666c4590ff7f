import { output } from "@pulumi/pulumi";
import { describe, it } from "vitest";
import { endpoint, openai } from "../support";
import { type Case, expectAlone, gateway, key, model, url } from "./cases";

const cases: readonly Case[] = [
  // The declaration as a whole
  ["no models", { models: {} }, "models", /empty; declare at least one/],
  ["models that are no map", { models: "claude" }, "models", /not a map/],
  [
    "a model that is nothing",
    { models: { m: null } },
    'models["m"]',
    /is null; give an object, or take the name out/,
  ],
  ["a credential that is text", gateway({ credentials: { c: "sk-1" } }), 'credentials["c"]', /not an object/],
  [
    "an unknown target",
    gateway({ target: "moon" }),
    "target",
    /"moon" is not known; use "cluster" or "local"/,
  ],
  [
    "an unknown release set",
    gateway({ release: "2.0" }),
    "release",
    /"2.0" is not a release set; use 1.0 or 1.1/,
  ],
  ["local settings in a cluster", gateway({ local: {} }), "local", /target is "cluster"; remove it, or set/],
  ["a namespace in capitals", gateway({ namespace: "AI" }), "namespace", /"AI" is not a namespace/],
  ["a namespace of 64 characters", gateway({ namespace: "a".repeat(64) }), "namespace", /is not a namespace/],
  [
    "a namespace that the cluster owns",
    gateway({ namespace: "kube-system", models: { m: endpoint() } }),
    "namespace",
    /"kube-system" belongs to the cluster/,
  ],

  // Members that nothing reads
  ["a misspelt member", gateway({ model: {} }), "model", /did you mean "models"\?/],
  [
    "a misspelt option",
    model({ ...openai, upstreamname: "x" }),
    'models["m"].upstreamname',
    /did you mean "upstreamName"/,
  ],
  [
    "a misspelt option of a provider",
    model({ vllm: { source: "a/b", gpu: 2 } }),
    'models["m"].vllm.gpu',
    /did you mean "gpus"/,
  ],
  [
    "a misspelt weight",
    model({ route: { targets: { ok: { weigth: 2 } } } }),
    'models["m"].route.targets["ok"].weigth',
    /did you mean "weight"/,
  ],
  [
    "a field of somebody else",
    gateway({ credentials: { c: { apiKey: key, vault: "x" } } }),
    'credentials["c"].vault',
    /known are apiKey, secretName/,
  ],
  [
    "a misspelt member of the gateway",
    gateway({ gateway: { proxy: { replica: 3 } } }),
    "gateway.proxy.replica",
    /did you mean "replicas"/,
  ],

  // Names
  ["an empty name", { models: { "": endpoint() } }, 'models[""]', /name of 0 characters; use 1 to 253/],
  [
    "a name of 254 characters",
    { models: { ["a".repeat(254)]: endpoint() } },
    `models["${"a".repeat(254)}"]`,
    /254/,
  ],
  ["a blank in a name", { models: { "a b": endpoint() } }, 'models["a b"]', /blank/],
  ["a control character in a name", { models: { "a\u0000b": endpoint() } }, 'models["a\\u0000b"]', /control/],
  ["a letter outside ASCII", { models: { zoë: endpoint() } }, 'models["zoë"]', /outside ASCII/],
  ["Pulumi's own separator", { models: { "a::b": endpoint() } }, 'models["a::b"]', /"::"/],

  // Values of another type (more in memberTypes.test.ts)
  [
    "a flag in quotes",
    model({ ...endpoint(), public: "false" }),
    'models["m"].public',
    /is text, not true or false; write one of the two without quotes/,
  ],
  [
    "a switch in quotes that would switch a check off",
    model({ openAICompatible: { url, tls: { insecureSkipVerify: "false" } } }),
    'models["m"].openAICompatible.tls.insecureSkipVerify',
    /is text, not true or false/,
  ],
  [
    "one API for a list",
    model({ ...endpoint(), serves: "chat" }),
    'models["m"].serves',
    /is text, not a list/,
  ],
  [
    "a number in a list of text",
    model({ ...endpoint(), fallback: ["ok", 5] }),
    'models["m"].fallback[1]',
    /is a number, not text/,
  ],
  [
    "a key that is nothing",
    model({ openai: { apiKey: null } }),
    'models["m"].openai.apiKey',
    /is null; give a secret output, or leave it out/,
  ],
  [
    "a key that is a number",
    gateway({ credentials: { c: { apiKey: 12_345 } } }),
    'credentials["c"].apiKey',
    /^is a number, not a secret output; give one/,
  ],
  [
    "an output that decides what is made",
    model({ ...endpoint(), upstreamName: output("a") }),
    'models["m"].upstreamName',
    /is an output, not text; give the plain value/,
  ],
  [
    "models that are an output",
    { models: output({ m: endpoint() }) },
    "models",
    /is an output, not a map; give the plain value/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
