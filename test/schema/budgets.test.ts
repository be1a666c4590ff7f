import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../components/budgets/accessArgs";
import { ReleaseSet } from "../../components/gateway/releases";
import type { ModelArgs } from "../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import type { Manifest } from "../../components/shared/manifest";
import { masked } from "./masked";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

const endpoint = (host: string): ModelArgs => ({
  openAICompatible: { url: `https://${host}.example.com/v1` },
});
const issuer = "https://login.example.com/";
const accesses: Readonly<Record<string, AccessArgs>> = {
  "API keys, some of them in a Secret of the user's": {
    apiKeys: { batch: { key: secret("one"), team: "search" }, "chat.web_1": {} },
    apiKeySecretName: "mine",
  },
  "tokens of an issuer": {
    jwt: { issuer, audiences: [..."abcdefgh"], jwksUri: `${issuer}keys`, claims: { user: "sub", team: "t" } },
  },
  "tokens of as many issuers as there may be": {
    issuers: Object.fromEntries(
      Array.from({ length: 16 }, (_, i) => [
        i === 0 ? `A${"-_.".repeat(20)}9z` : `issuer-${i}`,
        { issuer: `https://i${i}.example.com/`, jwksUri: `https://i${i}.example.com/keys` },
      ]),
    ),
  },
  "tokens checked with keys that are given": {
    jwt: { issuer, localJwks: '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}' },
  },
};

/** Tiers up to the limit, names that mean something in a regular expression, and every kind of quota. */
const declaration = (access: AccessArgs): ModelGatewayArgs => {
  const spares = Array.from({ length: 14 }, (_, i) => `spare-${i}`);
  const quota = { per: "model", enforcedBy: "gateway" } as const;
  return {
    access,
    models: {
      "Qwen/Qwen3-1.7B": endpoint("qwen"),
      plain: { vllm: { source: "a/b" } },
      second: endpoint("second"),
      day: endpoint("day"),
      ...Object.fromEntries(spares.map((name) => [name, { ...endpoint(name), public: false }])),
    },
    budgets: {
      ...Object.fromEntries(
        spares.map((name) => [
          `to-${name}`,
          {
            models: ["Qwen/Qwen3-1.7B"],
            limit: { tokens: 5 },
            period: "hour" as const,
            atLimit: "overflow" as const,
            overflowTo: name,
          },
        ]),
      ),
      a: { ...quota, models: ["plain"], limit: { tokens: 4_294_967_295 }, period: "hour" },
      b: { ...quota, models: ["second"], limit: { inputTokens: 1 }, period: "second" },
      c: { ...quota, models: ["day"], limit: { outputTokens: 1 }, period: "day" },
    },
    processor: { image: "registry.example.com/processor:1" },
  };
};

const objectsOf = (args: ModelGatewayArgs): readonly Manifest[] =>
  planModelGateway("gw", args).objects.map(({ manifest }) => masked(manifest) as Manifest);

/** The route with all the tiers. */
function routeIn(objects: readonly Manifest[]): Manifest {
  const found = objects.filter(
    ({ kind, metadata }) => kind === "AIGatewayRoute" && metadata.name.startsWith("qwen"),
  );
  expect(found).toHaveLength(1);
  return found[0] as Manifest;
}

const rulesOf = (route: Manifest) => (route["spec"] as { readonly rules: readonly unknown[] }).rules;

/** What budgets and access add to a gateway; the rest is validated elsewhere. */
const kinds = [
  "Secret",
  "SecurityPolicy",
  "ClientTrafficPolicy",
  "EnvoyProxy",
  "EnvoyExtensionPolicy",
  "AIGatewayRoute",
  "QuotaPolicy",
  "Deployment",
  "Service",
];

describe.each(Object.entries(accesses))("budgets with %s", (_, access) => {
  it.for(Object.values(ReleaseSet))(
    "are valid for the API server under release set %s",
    async (release, context) => {
      const missing = missingCrds(release);
      if (missing !== undefined) {
        skipWithReason(context, missing);
      }
      const objects = objectsOf({ ...declaration(access), release }).filter(({ kind }) =>
        kinds.includes(kind),
      );
      const found = new Set(objects.map(({ kind }) => kind));
      expect(kinds.filter((kind) => !found.has(kind) && kind !== "Secret")).toEqual([]);
      expect(rulesOf(routeIn(objects))).toHaveLength(15);
      expect(await expectAllValid(release, objects)).toBe(objects.length);
    },
  );

  it("are valid for the standalone gateway's release set", async (context) => {
    const missing = missingCrds("1.0");
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
    const { budgets = {}, processor: _, ...args } = declaration(access);
    const ours = Object.entries(budgets).filter(([, { enforcedBy }]) => enforcedBy === undefined);
    const objects = objectsOf({ ...args, budgets: Object.fromEntries(ours), target: "local" });
    expect(objects.map(({ kind }) => kind)).not.toContain("QuotaPolicy");
    await expectAllValid(
      "1.0",
      objects.filter(({ kind }) => kinds.includes(kind)),
    );
  });
});

it("sixteen rules, which no declaration can have, are more than a route takes", async (context) => {
  const missing = missingCrds("1.1");
  if (missing !== undefined) {
    skipWithReason(context, missing);
  }
  const access = accesses["tokens of an issuer"] as AccessArgs;
  const route = routeIn(objectsOf(declaration(access)));
  const rules = rulesOf(route);
  const longer = { ...route, spec: { ...(route["spec"] as object), rules: [...rules, rules[1]] } };
  expect((await validateObjects("1.1", [route, longer])).map(({ ok }) => ok)).toEqual([true, false]);
});
