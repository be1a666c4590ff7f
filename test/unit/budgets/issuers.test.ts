import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { localTokens } from "../../../cli/local/localTokens";
import type { AccessArgs, JwtArgs } from "../../../components/budgets/accessArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "../models/support";
import { documentOf, policyOf } from "./support";

const staff: JwtArgs = {
  issuer: "https://login.example.com/",
  audiences: ["llm"],
  jwksUri: "https://login.example.com/keys",
  claims: { user: "sub", team: "groups" },
};
const localJwks = '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}';
const ci: JwtArgs = { issuer: "https://ci.example.com", localJwks };
const issuers = { staff, ci };
const namespace = "envoy.filters.http.jwt_authn";
const place = (...path: string[]) => ({ namespace, path });

const declaration = (access: AccessArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
  target: "local",
  models: { m: endpoint() },
  access,
  budgets: { b: { limit: { requests: 5 }, period: "minute" } },
  ...more,
});

describe("tokens of several issuers", () => {
  it("are known by the one policy on the Gateway, each issuer by its own keys and audiences", () => {
    const objects = objectsOf(declaration({ issuers }));
    const extractFrom = { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] };
    expect(specOf(objects, "SecurityPolicy", "gw").jwt).toEqual({
      providers: [
        {
          name: "staff",
          issuer: staff.issuer,
          audiences: ["llm"],
          extractFrom,
          remoteJWKS: { uri: staff.jwksUri },
        },
        { name: "ci", issuer: ci.issuer, extractFrom, localJWKS: { type: "Inline", inline: localJwks } },
      ],
    });
    expect(objects.filter(({ manifest }) => manifest.kind === "SecurityPolicy")).toHaveLength(1);
  });

  it("come in a header of their own where keys may come too", () => {
    const { jwt } = specOf(
      objectsOf(declaration({ issuers, apiKeys: { a: { key: secret("a-key-of-20-characters") } } })),
      "SecurityPolicy",
      "gw",
    );
    expect(jwt.optional).toBe(true);
    for (const { extractFrom } of jwt.providers) {
      expect(extractFrom.headers).toEqual([{ name: "x-caller-token", valuePrefix: "Bearer " }]);
    }
  });

  it("tell the processor whose they are, and each claim from whichever issuer's", () => {
    const document = documentOf(declaration({ issuers }));
    expect(document.identities).toEqual({
      user: { anyOf: [place("staff", "sub"), place("ci", "sub")] },
      team: { metadata: place("staff", "groups") },
      issuer: { whichOf: { staff: place("staff"), ci: place("ci") } },
    });
    expect(document.access).toEqual({ tokens: [place("staff"), place("ci")] });
    expect(policyOf(document).access?.tokens).toEqual([place("staff"), place("ci")]);
  });

  it("are named too where there is one issuer, and not where it is jwt", () => {
    const one = documentOf(declaration({ issuers: { ci } }));
    expect(one.identities).toEqual({
      user: { metadata: place("ci", "sub") },
      issuer: { whichOf: { ci: place("ci") } },
    });
    expect(one.access).toEqual({ token: place("ci") });
    const { identities, access } = documentOf(declaration({ jwt: ci }));
    expect(identities).toEqual({ user: { metadata: place("access", "sub") } });
    expect(access).toEqual({ token: place("access") });
  });

  it("may have an issuer and a claim of one name", () => {
    const { identities } = documentOf(declaration({ issuers: { sub: ci, constructor: staff } }));
    expect(identities?.["user"]).toEqual({ anyOf: [place("sub", "sub"), place("constructor", "sub")] });
    expect(identities?.["team"]).toEqual({ metadata: place("constructor", "groups") });
    const claims = { constructor: "c" };
    const { identities: inherited } = documentOf(
      declaration({ issuers: { ci, staff: { ...staff, claims } } }),
    );
    expect(inherited?.["constructor"]).toEqual({ metadata: place("staff", "c") });
  });

  it("are told apart by budgets and rules", () => {
    const document = documentOf(
      declaration(
        { issuers, rules: { ci: { attributes: { issuer: ["ci"] } } } },
        { budgets: { each: { per: "issuer, user", limit: { requests: 5 }, period: "day" } } },
      ),
    );
    expect(document.budgets?.["each"]?.per).toEqual(["issuer", "user"]);
    expect(document.access?.rules).toEqual({ ci: { callers: { issuer: ["ci"] } } });
  });

  it.each<[string, readonly string[]]>([
    [
      "team",
      [
        'budget "each" counts per team, and no claim sets it for callers of some issuers ("ci"), who share a counter; name one in their claims',
      ],
    ],
    ["user", []],
    ["issuer", []],
  ])("of issuers without a claim that a budget counts by share a counter: %s", (per, warnings) => {
    const budgets = { each: { per, limit: { requests: 5 }, period: "day" as const } };
    expect(resolvedOf(declaration({ issuers }, { budgets })).warnings).toEqual(warnings);
  });

  it("are signed on a laptop for the first issuer, and no keys are fetched for any", async () => {
    const args = declaration({ issuers });
    const tokens = await localTokens(args, resolvedOf(args).access?.issuers ?? []);
    const access = tokens?.declaration.access;
    expect(access).not.toHaveProperty("jwt");
    const keys = (name: string) =>
      (JSON.parse(String(access?.issuers?.[name]?.localJwks)) as { keys: { kid?: string }[] }).keys;
    expect(keys("staff").map(({ kid }) => kid)).toEqual(["ai-gateway-local"]);
    expect(keys("ci").map(({ kid }) => kid)).toEqual([undefined, "ai-gateway-local"]);
    expect(access?.issuers?.["staff"]).not.toHaveProperty("jwksUri");
    expect(access?.issuers?.["staff"]).toMatchObject({ audiences: ["llm"], claims: staff.claims });
    expect(tokens?.difference).toBe(
      "tokens that this command signs itself count in place of those of https://login.example.com/; " +
        "tokens of https://ci.example.com count, and those that this command signs itself",
    );
    const payload = JSON.parse(
      Buffer.from(tokens?.token({}).split(".")[1] ?? "", "base64url").toString(),
    ) as object;
    expect(payload).toMatchObject({ iss: staff.issuer, aud: "llm", sub: "local-user" });
    expect(documentOf({ ...args, access: access ?? {} })).toEqual(documentOf(args));
  });

  it("are of nobody where none is declared", async () => {
    expect(await localTokens(declaration({}), [])).toBeUndefined();
  });
});

const many = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`i${i}`, { ...ci, issuer: `https://i${i}.example.com` }]),
  );
const rulesFor = (issuer: string) => ({ only: { attributes: { issuer: [issuer] } } });
const namePath = (name: string) => `access.issuers["${name}"]`;
const notName = 'is not a name; use a letter or a digit and up to 62 more, "-", "_" and "."';

describe("issuers that cannot work are refused:", () => {
  it.each<[string, Wrong, readonly (readonly [path: string, reason: string])[]]>([
    [
      "beside jwt",
      { jwt: staff, issuers: { ci } },
      [["access.issuers", "is given beside jwt; add that one here under a name, and take jwt out"]],
    ],
    [
      "none",
      { issuers: {} },
      [["access.issuers", "is empty, so no token would count; name an issuer, or leave it out"]],
    ],
    [
      "seventeen",
      { issuers: many(17) },
      [["access.issuers", "has 17 entries, and the gateway takes 16; take some out"]],
    ],
    [
      "one under two names",
      { issuers: { a: staff, b: { ...ci, issuer: staff.issuer } } },
      [
        [
          `${namePath("b")}.issuer`,
          '"https://login.example.com/" is that of "a" too, and a token does not say which of the two is meant; make one entry of them',
        ],
      ],
    ],
    ["a name with a slash", { issuers: { "a/b": ci } }, [[namePath("a/b"), `"a/b" ${notName}`]]],
    [
      "two without an issuer",
      { issuers: { a: { jwksUri: staff.jwksUri }, b: { localJwks } } },
      [
        [`${namePath("a")}.issuer`, "is missing; give text"],
        [`${namePath("b")}.issuer`, "is missing; give text"],
      ],
    ],
    [
      "names that objects have, or that are too long",
      {
        issuers: {
          ["__proto__"]: ci,
          ["x".repeat(64)]: staff,
        },
      },
      [
        [namePath("__proto__"), `"__proto__" ${notName}`],
        [namePath("x".repeat(64)), `"${"x".repeat(64)}" ${notName}`],
      ],
    ],
    [
      "a claim in the place of the name",
      { issuers: { ci: { ...ci, claims: { issuer: "iss" } } } },
      [
        [
          `${namePath("ci")}.claims["issuer"]`,
          'is the name of the issuer ("ci") already; choose another attribute',
        ],
      ],
    ],
    [
      "whatever is wrong with one of them",
      { issuers: { staff: { ...staff, localJwks }, ci: { ...ci, audiences: [] } } },
      [
        [namePath("staff"), "gives both of jwksUri and localJwks; give exactly one"],
        [`${namePath("ci")}.audiences`, "is empty; name the audiences, or leave it out for any"],
      ],
    ],
    [
      "a header in the place of the name",
      { issuers, clientHeaders: { issuer: "x-issuer" } },
      [
        [
          'access.clientHeaders["issuer"]',
          "is set by issuers already, which clients cannot forge; take it out here",
        ],
      ],
    ],
    [
      "a rule for one that there is not",
      { issuers, rules: rulesFor("stuff") },
      [
        [
          'access.rules["only"].attributes["issuer"]',
          '"stuff" is the issuer of no caller; did you mean "staff"?',
        ],
      ],
    ],
    [
      "a rule by the name of an issuer that has none",
      { jwt: staff, rules: rulesFor("staff") },
      [
        [
          'access.rules["only"].attributes["issuer"]',
          '"issuer" is an attribute that no authentication sets; known are user, team',
        ],
      ],
    ],
  ])("%s", (_, access, expected) => {
    const found = problemsOf({ models: { m: endpoint() }, target: "local", access });
    const key = ({ path, reason }: { path: string; reason: string }) => `${path}: ${reason}`;
    expect(found.map(key).sort()).toEqual(expected.map(([path, reason]) => `${path}: ${reason}`).sort());
  });

  it("sixteen are not, nor is a claim called issuer where jwt has no name", () => {
    expect(problemsOf({ ...declaration({ issuers: many(16) }) })).toEqual([]);
    const access = { jwt: { ...staff, claims: { issuer: "iss" } }, rules: rulesFor("any") };
    expect(problemsOf({ ...declaration(access) })).toEqual([]);
  });
});
