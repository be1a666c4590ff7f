import { Output, output, secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../../components/budgets/accessArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectOf, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "../models/support";
import { apiKeys, documentOf } from "./support";

const key = secret("key");
const issuer = "https://login.example.com/";
const jwksUri = "https://login.example.com/keys";
const localJwks = '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}';
const declaration = (access: AccessArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
  models: { m: endpoint() },
  access,
  ...more,
});
const budgets = { b: { limit: { requests: 5 }, period: "minute" as const } };
const own = ["authorization", "x-api-key", "api-key"];
const targetRefs = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }];
const thisMachine = {
  defaultAction: "Deny",
  rules: [{ name: "this-machine", action: "Allow", principal: { clientCIDRs: ["127.0.0.0/8", "::1/128"] } }],
};

describe("callers with API keys", () => {
  const objects = objectsOf(declaration({ apiKeys }));

  it("are known by one policy on the Gateway, which takes the key out and says its name", () => {
    expect(specOf(objects, "SecurityPolicy", "gw")).toEqual({
      targetRefs,
      apiKeyAuth: {
        credentialRefs: [{ group: "", kind: "Secret", name: "gw.api-keys" }],
        extractFrom: [{ headers: ["Authorization", "x-api-key", "api-key"] }],
        forwardClientIDHeader: "x-ai-gateway-client",
        sanitize: true,
      },
    });
    expect(objects.filter(({ manifest }) => manifest.kind === "SecurityPolicy")).toHaveLength(1);
  });

  it("have their keys in a Secret that comes before the policy, each under its name and sealed", async () => {
    const made = objectOf(objects, "Secret", "gw.api-keys");
    const data = made["stringData"] as Record<string, Output<string>>;
    expect(Object.keys(data)).toEqual(["batch", "chat"]);
    for (const value of Object.values(data)) {
      expect(Output.isInstance(value)).toBe(true);
      expect(await (value as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
    }
    const kinds = objects.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`);
    expect(kinds.indexOf("Secret gw.api-keys")).toBeLessThan(kinds.indexOf("SecurityPolicy gw"));
  });

  it("cannot send the header themselves, nor does it reach a provider", () => {
    const { earlyRequestHeaders } = specOf(objects, "ClientTrafficPolicy", "gw").headers;
    expect(earlyRequestHeaders.removeOnMatch).toEqual([
      { type: "Prefix", value: "x-ai-eg-" },
      { type: "Prefix", value: "x-aigw-" },
      { type: "Prefix", value: "x-ai-gateway-" },
    ]);
    const [rule] = specOf(objects, "AIGatewayRoute", "m").rules;
    expect(rule.backendRefs).toEqual([
      { name: "m", headerMutation: { remove: ["x-ai-gateway-client"] }, weight: 1, priority: 0 },
    ]);
    expect(specOf(objects, "AIServiceBackend", "m").headerMutation.remove).toEqual(own);
  });

  it("may have them in a Secret of yours, some or all", () => {
    const all = objectsOf(declaration({ apiKeys: { a: { team: "t" } }, apiKeySecretName: "mine" }));
    const refs = (list: typeof all) => specOf(list, "SecurityPolicy", "gw").apiKeyAuth.credentialRefs;
    expect(refs(all)).toEqual([{ group: "", kind: "Secret", name: "mine" }]);
    expect(all.some(({ manifest }) => manifest.kind === "Secret")).toBe(false);
    const some = objectsOf(declaration({ apiKeys: { a: {}, b: { key } }, apiKeySecretName: "mine" }));
    expect(refs(some)).toEqual([
      { group: "", kind: "Secret", name: "gw.api-keys" },
      { group: "", kind: "Secret", name: "mine" },
    ]);
    expect(Object.keys(objectOf(some, "Secret", "gw.api-keys")["stringData"] as object)).toEqual(["b"]);
  });

  it("have the attributes of their key", () => {
    const keys = { a: { key, organisation: "o", attributes: { region: "eu" } }, b: { key: secret("b") } };
    const args = declaration({ apiKeys: keys }, { budgets, target: "local" });
    expect(documentOf(args)).toMatchObject({
      identities: { key: { header: "x-ai-gateway-client" } },
      lookups: { key: { a: { organisation: "o", region: "eu" } } },
    });
    expect(documentOf(args).lookups?.["key"]).not.toHaveProperty("b");
  });
});

describe("callers with tokens", () => {
  const claims = { user: "sub", team: "https://example.com/team" };
  const jwt = { issuer, audiences: ["llm"], jwksUri, claims };
  const objects = objectsOf(declaration({ jwt }));

  it("are known by one policy on the Gateway, by the Authorization header alone", () => {
    expect(specOf(objects, "SecurityPolicy", "gw")).toEqual({
      targetRefs,
      jwt: {
        providers: [
          {
            name: "access",
            issuer,
            audiences: ["llm"],
            extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
            remoteJWKS: { uri: jwksUri },
          },
        ],
      },
    });
  });

  it("may be checked with keys that are given, for any audience", () => {
    const local = objectsOf(declaration({ jwt: { issuer, localJwks } }));
    expect(specOf(local, "SecurityPolicy", "gw").jwt.providers).toEqual([
      {
        name: "access",
        issuer,
        extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] },
        localJWKS: { type: "Inline", inline: localJwks },
      },
    ]);
  });

  it("are told apart by claims of the verified token, which no header can forge", () => {
    const args = declaration({ jwt }, { budgets, processor: { image: "processor:1" } });
    const namespace = "envoy.filters.http.jwt_authn";
    expect(documentOf(args).identities).toEqual({
      user: { metadata: { namespace, path: ["access", "sub"] } },
      team: { metadata: { namespace, path: ["access", "https://example.com/team"] } },
    });
    const [extProc] = specOf(objectsOf(args), "EnvoyExtensionPolicy", "gw").extProc;
    expect(extProc.metadata.accessibleNamespaces).toContain(namespace);
  });

  it("have their subject as user unless claims say otherwise", () => {
    const args = declaration({ jwt: { issuer, jwksUri } }, { budgets, target: "local" });
    expect(Object.keys(documentOf(args).identities ?? {})).toEqual(["user"]);
    expect(documentOf(args)).not.toHaveProperty("lookups");
  });
});

describe("callers whom something in front knows", () => {
  const access = { clientHeaders: { team: "x-team" } };
  const perTeam = { per: "team", limit: { requests: 5 }, period: "minute" as const };
  const args = (trustClientHeaders?: boolean): ModelGatewayArgs =>
    declaration(access, {
      target: "local",
      budgets: { b: trustClientHeaders === undefined ? budgets.b : { ...perTeam, trustClientHeaders } },
    });

  it("are told apart by a header where a budget says that it trusts it, and nowhere else", () => {
    expect(documentOf(args(true)).identities).toEqual({ team: { header: "x-team" } });
    expect(documentOf(args())).not.toHaveProperty("identities");
  });

  it("need no policy of their own", () => {
    const objects = objectsOf({ ...declaration(access) });
    expect(objects.some(({ manifest }) => manifest.kind === "SecurityPolicy")).toBe(false);
  });
});

describe("on a laptop", () => {
  it("one policy says who may call and from where", () => {
    const objects = objectsOf(declaration({ apiKeys }, { target: "local" }));
    const policies = objects.filter(({ manifest }) => manifest.kind === "SecurityPolicy");
    expect(policies).toHaveLength(1);
    expect(policies[0]?.manifest["spec"]).toMatchObject({
      apiKeyAuth: { forwardClientIDHeader: "x-ai-gateway-client" },
      authorization: thisMachine,
    });
    const open = objectsOf(declaration({ apiKeys }, { target: "local", local: { host: "0.0.0.0" } }));
    expect(specOf(open, "SecurityPolicy", "gw")).not.toHaveProperty("authorization");
  });

  it("the names of keys are kept, and the keys are ones that open nothing else", async () => {
    const keys = { a: {}, b: { key } };
    const args = declaration({ apiKeys: keys, apiKeySecretName: "mine" }, { target: "local" });
    const made = objectOf(objectsOf(args), "Secret", "gw.api-keys")["stringData"] as Record<string, string>;
    const values = await Promise.all(
      Object.values(made).map((value) => new Promise((resolve) => output(value).apply(resolve))),
    );
    expect(Object.keys(made)).toEqual(["a", "b"]);
    expect(values).toEqual(["local-a", "local-b"]);
    expect(specOf(objectsOf(args), "SecurityPolicy", "gw").apiKeyAuth.credentialRefs).toEqual([
      { group: "", kind: "Secret", name: "gw.api-keys" },
    ]);
    expect(resolvedOf(args).differences).toContain("API keys are local-a, local-b");
  });
});

it("on a laptop says that warnings are sent nowhere, where they would be in a cluster", () => {
  const processor = { image: "processor:1", webhook: { url: "https://hooks.example.com" } };
  const args = declaration({ apiKeys }, { budgets, processor });
  const silent = "warnings of budgets are not sent to processor.webhook";
  expect(resolvedOf({ ...args, target: "local" }).differences).toContain(silent);
  expect(documentOf({ ...args, target: "local" })).not.toHaveProperty("webhook");
  const { webhook: _, ...quiet } = processor;
  expect(resolvedOf({ ...args, processor: quiet, target: "local" }).differences).not.toContain(silent);
});

describe("a key without an attribute that a budget counts by", () => {
  const perUser = { b: { per: "user, model", limit: { requests: 5 }, period: "minute" as const } };

  it("gives a warning", () => {
    expect(resolvedOf(declaration({ apiKeys }, { budgets: perUser, target: "local" })).warnings).toEqual([
      'budget "b" counts per user, and API keys without one ("batch") share a counter; give each a user',
    ]);
  });

  it("gives none where it comes from elsewhere, or is not needed", () => {
    const access = { apiKeys: { a: { key, team: "t" } }, clientHeaders: { user: "x-user" } };
    const trusting = { b: { ...perUser.b, trustClientHeaders: true } };
    expect(resolvedOf(declaration(access, { budgets: trusting, target: "local" })).warnings).toEqual([]);
    expect(resolvedOf(declaration({ apiKeys }, { budgets, target: "local" })).warnings).toEqual([]);
  });
});

type Case = readonly [what: string, access: Wrong, path: string, reason: string];
const jwt = { issuer, jwksUri };
const jwtOf = (args: Wrong): Wrong => ({ jwt: { ...jwt, ...args } });
const keyOf = (args: Wrong): Wrong => ({ apiKeys: { a: { key, ...args } } });

const cases: readonly Case[] = [
  [
    "nothing at all",
    {},
    "access",
    "says nowhere who calls; give jwt, apiKeys or clientHeaders, or leave access out",
  ],

  // Keys
  [
    "no keys",
    { apiKeys: {} },
    "access.apiKeys",
    "is empty, so nobody could call; name the keys, or leave it out",
  ],
  [
    "a key in plain text",
    { apiKeys: { a: { key: "sk-plain" } } },
    'access.apiKeys["a"].key',
    'is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
  ],
  [
    "a key that is nowhere",
    { apiKeys: { a: { team: "t" } } },
    'access.apiKeys["a"]',
    "has no key; give key (a secret output) or generated: true, or keep it in a Secret of yours and name that in access.apiKeySecretName",
  ],
  [
    "one key for two",
    { apiKeys: { a: { key }, b: { key } } },
    'access.apiKeys["b"].key',
    'is the key of "a" too, and then all keys are refused; give each its own',
  ],
  [
    "a name that no Secret takes",
    { apiKeys: { "a/b": { key } } },
    'access.apiKeys["a/b"]',
    'cannot be an entry of a Secret; use 1 to 253 letters, digits, "-", "_" and "."',
  ],
  [
    "a Secret that no key is in",
    { apiKeys: { a: { key } }, apiKeySecretName: "mine" },
    "access.apiKeySecretName",
    "is looked up for entries of apiKeys without a key, and each has one; remove it",
  ],
  [
    "a Secret without names",
    { apiKeySecretName: "mine", clientHeaders: { team: "x-team" } },
    "access.apiKeySecretName",
    "names a Secret, and apiKeys says of none of its keys whose it is; list their names there",
  ],
  [
    "a Secret that cannot be",
    { apiKeys: { a: {} }, apiKeySecretName: "My_Keys" },
    "access.apiKeySecretName",
    '"My_Keys" is not the name of an object; use lower-case letters, digits, "-" and "."',
  ],
  [
    "an empty team",
    keyOf({ team: "" }),
    'access.apiKeys["a"].team',
    '"" is not a name; use 1 to 256 printable characters',
  ],
  [
    "a team among the further attributes",
    keyOf({ attributes: { team: "t" } }),
    'access.apiKeys["a"].attributes["team"]',
    'has a member of its own; write team: "t"',
  ],
  [
    "another name of the key",
    keyOf({ attributes: { key: "b" } }),
    'access.apiKeys["a"].attributes["key"]',
    "is the key's own name already; take it out",
  ],
  [
    "a model of the caller",
    keyOf({ attributes: { model: "m" } }),
    'access.apiKeys["a"].attributes["model"]',
    '"model" is the model of the request; choose another name',
  ],
  [
    "an attribute that starts with a digit",
    keyOf({ attributes: { "1st": "x" } }),
    'access.apiKeys["a"].attributes["1st"]',
    '"1st" is not the name of an attribute; use a letter and up to 62 letters, digits, ".", "-" and "_"',
  ],

  // Tokens
  ["no issuer", { jwt: { jwksUri } }, "access.jwt.issuer", "is missing; give text"],
  [
    "an issuer that Envoy Gateway refuses",
    jwtOf({ issuer: "urn example:1" }),
    "access.jwt.issuer",
    '"urn example:1" is not an issuer; write it as the tokens have it in "iss", at most 253 characters',
  ],
  [
    "no public keys",
    { jwt: { issuer } },
    "access.jwt",
    "gives neither of jwksUri and localJwks; give exactly one",
  ],
  [
    "public keys from two places",
    jwtOf({ localJwks }),
    "access.jwt",
    "gives both of jwksUri and localJwks; give exactly one",
  ],
  [
    "public keys from nowhere",
    jwtOf({ jwksUri: "login.example.com" }),
    "access.jwt.jwksUri",
    '"login.example.com" is not a URL; write it as https://login.example.com/keys',
  ],
  [
    "public keys in the clear",
    jwtOf({ jwksUri: "http://login.example.com/keys" }),
    "access.jwt.jwksUri",
    '"http://login.example.com/keys" is not encrypted, so somebody on the way could put keys of their own in; use https://',
  ],
  [
    "public keys that are none",
    { jwt: { issuer, localJwks: '{"keys":[]}' } },
    "access.jwt.localJwks",
    'is not a set of public keys; give its JSON, {"keys": [...]}',
  ],
  [
    "private keys",
    { jwt: { issuer, localJwks: '{"keys":[{"kty":"RSA","d":"marker"}]}' } },
    "access.jwt.localJwks",
    "holds a private key, which would stand in the clear; give the public keys alone",
  ],
  [
    "no audience",
    jwtOf({ audiences: [] }),
    "access.jwt.audiences",
    "is empty; name the audiences, or leave it out for any",
  ],
  [
    "nine audiences",
    jwtOf({ audiences: [..."abcdefghi"] }),
    "access.jwt.audiences",
    "has 9 entries, and a provider takes 8",
  ],
  [
    "no claims",
    jwtOf({ claims: {} }),
    "access.jwt.claims",
    'is empty, so no caller could be told; write for example { user: "sub" }',
  ],
  [
    "an empty claim",
    jwtOf({ claims: { user: "" } }),
    'access.jwt.claims["user"]',
    '"" is not the name of a claim, for example "sub"',
  ],
  [
    "a model from a claim",
    jwtOf({ claims: { model: "m" } }),
    'access.jwt.claims["model"]',
    '"model" is the model of the request; choose another name',
  ],

  // Headers
  [
    "a header in capitals",
    { clientHeaders: { team: "X-Team" } },
    'access.clientHeaders["team"]',
    '"X-Team" is not a header name in lower case',
  ],
  [
    "a header with another meaning",
    { clientHeaders: { user: "authorization" } },
    'access.clientHeaders["user"]',
    '"authorization" has a meaning of its own; name a header that is there for this alone',
  ],
  [
    "a header of the gateway's own",
    { clientHeaders: { user: "x-ai-gateway-client" } },
    'access.clientHeaders["user"]',
    '"x-ai-gateway-client" is one of the gateway\'s own, which are removed; name another',
  ],
  [
    "a header for what tokens say",
    { jwt, clientHeaders: { user: "x-user" } },
    'access.clientHeaders["user"]',
    "is set by jwt already, which clients cannot forge; take it out here",
  ],
  [
    "a header for what keys say",
    { apiKeys: { a: { key, team: "t" } }, clientHeaders: { key: "x-key" } },
    'access.clientHeaders["key"]',
    "is set by apiKeys already, which clients cannot forge; take it out here",
  ],
];

describe("access that cannot work is refused:", () => {
  it.each(cases)("%s", (_, access, path, reason) => {
    expect(problemsOf({ models: { m: endpoint() }, access })).toEqual([{ path, reason }]);
  });

  it("a header that the gateway takes out", () => {
    const access = { clientHeaders: { team: "x-team" } };
    const args = { models: { m: endpoint() }, access, gateway: { removeHeaders: ["X-Team"] } };
    expect(problemsOf(args)).toEqual([
      {
        path: 'access.clientHeaders["team"]',
        reason:
          '"x-team" is removed from every request by gateway.removeHeaders; take it out of one of the two',
      },
    ]);
  });

  it("without a secret in the message", () => {
    const found = problemsOf({
      models: { m: endpoint() },
      access: {
        apiKeys: { a: { key: "marker" } },
        jwt: { issuer, localJwks: '{"keys":[{"k":"marker"}]}' },
      },
    });
    expect(found.length).toBe(3);
    expect(JSON.stringify(found)).not.toContain("marker");
  });
});
