import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../../components/budgets/accessArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, problemsOf, resolvedOf, type Wrong } from "../models/support";
import { apiKeys, documentOf, policyOf } from "./support";

const jwt = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys" };
const models = {
  small: { ...endpoint("small.example.com"), fallback: ["spare"] },
  large: endpoint("large.example.com"),
  spare: { ...endpoint("spare.example.com"), public: false },
};
const processor = { image: "processor:1" };
const declaration = (access: AccessArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
  models,
  access,
  processor,
  ...more,
});

describe("rules of a declaration", () => {
  const rules = {
    all: { models: ["small"] },
    search: { teams: ["search"], users: ["ann", "bob"], models: ["large"] },
    admins: { attributes: { role: ["admin"] } },
  };
  const claims = { user: "sub", team: "team", role: "role" };

  it("reach the processor as they are meant, beside tokens and keys", () => {
    const document = documentOf(declaration({ jwt: { ...jwt, claims }, apiKeys, rules }));
    expect(document.access?.rules).toEqual({
      all: { models: ["small"] },
      search: { models: ["large"], callers: { team: ["search"], user: ["ann", "bob"] } },
      admins: { callers: { role: ["admin"] } },
    });
    expect(policyOf(document).access?.rules?.all).toHaveLength(3);
  });

  it("need a processor, and leave keys to Envoy where it can check them", () => {
    const args = declaration({ apiKeys, rules: { all: { models: ["small", "large"] } } });
    expect(documentOf(args).access).toEqual({
      keyHeader: "x-ai-gateway-client",
      rules: { all: { models: ["small", "large"] } },
    });
    expect(resolvedOf(args).processor?.pods).toMatchObject({ hasKeys: false, store: { kind: "memory" } });
    const { processor: _, ...without } = args;
    expect(problemsOf({ ...without })).toEqual([expect.objectContaining({ path: "processor.image" })]);
  });

  it("are enforced whatever budgets say, and so is that somebody is there to do it", () => {
    const budgets = { b: { limit: { tokens: 5 }, period: "minute" as const } };
    const access = { jwt, rules: { all: {} } };
    const failOpen = { ...processor, envoy: { failOpen: true } };
    expect(problemsOf({ ...declaration(access, { budgets, processor: failOpen }) })).toEqual([
      {
        path: "processor.envoy.failOpen",
        reason:
          "is true, and the processor decides who may call: while no pod answers, everybody could; leave it out",
      },
    ]);
    expect(problemsOf({ ...declaration({ jwt }, { budgets, processor: failOpen }) })).toEqual([]);
  });

  it("give a warning where they leave a model to nobody", () => {
    const warnings = (of: Required<AccessArgs>["rules"]) =>
      resolvedOf(declaration({ jwt, rules: of })).warnings;
    expect(warnings({ some: { models: ["small"] } })).toEqual([
      'no rule of access.rules lets anybody call "large"; name it in one, or set public: false',
    ]);
    expect(warnings({ some: { models: ["small"] }, all: { users: ["ann"] } })).toEqual([]);
  });
});

describe("a budget of a team that tokens name", () => {
  it("is not taken for a mistake because no key has that team", () => {
    const budgets = { b: { teams: ["sales"], limit: { tokens: 5 }, period: "minute" as const } };
    const claims = { user: "sub", team: "team" };
    expect(problemsOf({ ...declaration({ jwt: { ...jwt, claims }, apiKeys }, { budgets }) })).toEqual([]);
    expect(problemsOf({ ...declaration({ jwt, apiKeys }, { budgets }) }).map(({ path }) => path)).toEqual([
      'budgets["b"].teams',
    ]);
  });
});

const rule = (args: Wrong): Wrong => ({ apiKeys, rules: { r: args } });
const path = 'access.rules["r"]';
const cases: readonly (readonly [what: string, access: Wrong, path: string, reason: string])[] = [
  [
    "no rules",
    { apiKeys, rules: {} },
    "access.rules",
    "is empty, so nobody could call anything; name a rule, or leave it out",
  ],
  [
    "rules for callers that nobody knows",
    { clientHeaders: { team: "x-team" }, rules: { r: {} } },
    "access.rules",
    "ask who calls, and nobody has to prove that; give jwt or apiKeys, since everybody can set headers",
  ],
  [
    "a model that is none",
    rule({ models: ["smal"] }),
    `${path}.models`,
    '"smal" is not a model that clients can call; did you mean "small"?',
  ],
  [
    "a model that clients cannot see",
    rule({ models: ["spare"] }),
    `${path}.models`,
    '"spare" is not a model that clients can call; there are small, large',
  ],
  ["a model twice", rule({ models: ["small", "small"] }), `${path}.models`, 'names "small" twice; keep one'],
  [
    "no models",
    rule({ models: [] }),
    `${path}.models`,
    "is empty, so the rule allows nothing; name models, or leave it out for all",
  ],
  [
    "nobody",
    rule({ teams: [] }),
    `${path}.teams`,
    "is empty, so the rule is for nobody; name values, or leave it out",
  ],
  [
    "a team that no key has",
    rule({ teams: ["serch"] }),
    `${path}.teams`,
    '"serch" is the team of no API key; did you mean "search"?',
  ],
  [
    "a team among the attributes",
    rule({ attributes: { team: ["search"] } }),
    `${path}.attributes["team"]`,
    "has a member of its own; write teams",
  ],
  [
    "an attribute that nobody sets",
    rule({ attributes: { role: ["x"] } }),
    `${path}.attributes["role"]`,
    '"role" is an attribute that no authentication sets; known are key, team, user',
  ],
  [
    "an attribute of a header",
    { apiKeys, clientHeaders: { role: "x-role" }, rules: { r: { attributes: { role: ["x"] } } } },
    `${path}.attributes["role"]`,
    '"role" is what a header says, which everybody can set; let access.jwt or access.apiKeys set it',
  ],
];

describe("rules that cannot work are refused:", () => {
  it.each(cases)("%s", (_, access, where, reason) => {
    const target = "local";
    expect(problemsOf({ models, access, target })).toEqual([{ path: where, reason }]);
  });
});

it("rules say nothing of a model that is wrong itself", () => {
  const found = problemsOf({
    models: { ...models, broken: { unknown: true } },
    access: { apiKeys, rules: { r: { models: ["broken"] } } },
    target: "local",
  });
  expect(found.map(({ path: where }) => where)).toEqual(['models["broken"].unknown']);
});
