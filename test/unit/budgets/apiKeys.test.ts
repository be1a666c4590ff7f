import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { AccessArgs, ClientKeyArgs } from "../../../components/budgets/accessArgs";
import { keyObstacle, keyProblems, keysText } from "../../../components/budgets/keysDocument";
import { localApiKeys, localKeysText, usableLocalKey } from "../../../components/budgets/localAccess";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { keyHash, parseKeys } from "../../../extproc/contract";
import { endpoint, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "../models/support";
import { apiKeys, documentOf, policyOf } from "./support";

const key = secret("key");
const jwt = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys" };
const processor = { image: "processor:1" };
const namespace = "envoy.filters.http.jwt_authn";
const declaration = (access: AccessArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
  models: { m: endpoint() },
  access,
  processor,
  ...more,
});
const keyOf = (args: ClientKeyArgs): ModelGatewayArgs => declaration({ apiKeys: { a: args } });
const [november, december] = ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"];
/** As documents have them. */
const [fromNovember, toDecember] = ["2026-11-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"];

describe("tokens beside keys", () => {
  const args = declaration({ jwt, apiKeys });
  const objects = objectsOf(args);

  it("are optional for Envoy, which looks for them in a header of their own, and knows no key", () => {
    expect(specOf(objects, "SecurityPolicy", "gw")).toEqual({
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }],
      jwt: {
        optional: true,
        providers: [
          {
            name: "access",
            issuer: jwt.issuer,
            extractFrom: { headers: [{ name: "x-caller-token", valuePrefix: "Bearer " }] },
            remoteJWKS: { uri: jwt.jwksUri },
          },
        ],
      },
    });
    expect(objects.some(({ manifest }) => manifest.kind === "Secret")).toBe(false);
  });

  it("are copied there by what looks like one, after which nothing removes the header", () => {
    const { earlyRequestHeaders } = specOf(objects, "ClientTrafficPolicy", "gw").headers;
    const [{ name, value }] = earlyRequestHeaders.set;
    expect(name).toBe("x-caller-token");
    // Envoy Gateway takes nothing else as a header's value.
    expect(value).toMatch(/^[!-~]+([\t ]?[!-~]+)*$/);
    expect(earlyRequestHeaders.remove).not.toContain(name);
    for (const { value: prefix } of earlyRequestHeaders.removeOnMatch) {
      expect(name.startsWith(prefix)).toBe(false);
    }
    const [, pattern = ""] = /'(\(\?i\)[^']*)'/.exec(value) ?? [];
    const shape = new RegExp(pattern.replace("(?i)", ""), "i");
    for (const text of [
      "Bearer eyJhbGciOiJub25lIn0.e30.",
      "bearer  ewogImFsZyI6.a.b",
      "Bearer eyJ.e30.c2ln ",
    ]) {
      expect(shape.test(text), text).toBe(true);
    }
    for (const text of [
      "Bearer sk-abc",
      "Bearer eyJ",
      "Bearer eyJ.a",
      "Basic eyJ.a.b",
      "eyJ.a.b",
      "Bearer eyJ.a.b.c",
      "",
    ]) {
      expect(shape.test(text), text).toBe(false);
    }
  });

  it("are known to the processor by what Envoy verified, and keys by what it checks itself", () => {
    const document = documentOf(args);
    expect(document).toMatchObject({
      identities: { user: { metadata: { namespace, path: ["access", "sub"] } } },
      access: {
        token: { namespace, path: ["access"] },
        keys: {
          batch: { attributes: { team: "search" } },
          chat: { attributes: { team: "support", user: "ann" } },
        },
      },
    });
    expect(document).not.toHaveProperty("lookups");
    expect(document.budgets).toEqual({});
    expect(policyOf(document).access?.keys?.size).toBe(2);
  });

  it("have what Envoy refuses said in the words of the API that was called", () => {
    const attributes = (of: AccessArgs) =>
      specOf(
        objectsOf(declaration(of, { budgets: { b: { limit: { requests: 5 }, period: "day" } } })),
        "EnvoyExtensionPolicy",
        "gw",
      ).extProc[0].processingMode.response.attributes;
    const told = ["response.code", "request.path", "response.code_details"];
    expect([{ jwt }, { apiKeys }, { jwt, apiKeys }].map(attributes)).toEqual([told, told, told]);
    expect(attributes({ clientHeaders: { team: "x-team" } })).toEqual(["response.code"]);
  });

  it("let nobody in before the processor is asked about everybody", () => {
    const policy = objects.find(({ manifest }) => manifest.kind === "SecurityPolicy");
    const others = objects.filter(({ manifest: { kind } }) =>
      ["EnvoyProxy", "ClientTrafficPolicy", "EnvoyExtensionPolicy"].includes(kind),
    );
    const { after = [] } = policy ?? {};
    expect(after).toHaveLength(3);
    const names = others.map(
      ({ manifest: { kind, metadata } }) => `${kind}/${metadata.namespace}/${metadata.name}`,
    );
    expect([...after].sort()).toEqual(names.sort());
    for (const other of others) {
      expect(objects.indexOf(other)).toBeLessThan(policy === undefined ? -1 : objects.indexOf(policy));
    }
  });

  it("need a processor, and no server to count in", () => {
    expect(resolvedOf(args).processor?.pods).toMatchObject({ store: { kind: "memory" }, hasKeys: true });
    expect(resolvedOf(args).processor?.pods?.scaling.min).toBe(2);
    expect(resolvedOf(args).budgetSummary).toEqual([
      "the processor checks API keys: Envoy Gateway would demand a token and a key of every request, never one of the two",
    ]);
    const counting = { ...args, budgets: { b: { limit: { requests: 5 }, period: "minute" as const } } };
    expect(resolvedOf(counting).processor?.pods?.store.kind).toBe("redis");
  });

  it("have a header that providers need not be kept from: the processor takes it out", () => {
    const [rule] = specOf(objects, "AIGatewayRoute", "m").rules;
    expect(rule.backendRefs).toEqual([{ name: "m", weight: 1, priority: 0 }]);
  });
});

describe("tokens or keys alone", () => {
  const budgets = { b: { limit: { requests: 5 }, period: "minute" as const } };

  it("stay with Envoy, and the processor refuses who came past it", () => {
    expect(documentOf(declaration({ jwt }, { budgets })).access).toEqual({
      token: { namespace, path: ["access"] },
    });
    const ofKeys = documentOf(declaration({ apiKeys }, { budgets }));
    expect(ofKeys.access).toEqual({ keyHeader: "x-ai-gateway-client" });
    expect(ofKeys.lookups).toEqual({
      key: { batch: { team: "search" }, chat: { team: "support", user: "ann" } },
    });
    expect(resolvedOf(declaration({ apiKeys }, { budgets })).processor?.pods?.hasKeys).toBe(false);
    expect(documentOf(declaration({ clientHeaders: { team: "x-team" } }, { budgets }))).not.toHaveProperty(
      "access",
    );
  });

  it("may be left out where that is said", () => {
    const tokens = objectsOf({ models: { m: endpoint() }, access: { jwt, anonymous: true } });
    expect(specOf(tokens, "SecurityPolicy", "gw").jwt).toMatchObject({
      optional: true,
      providers: [{ extractFrom: { headers: [{ name: "Authorization", valuePrefix: "Bearer " }] } }],
    });
    const keys = declaration({ apiKeys, anonymous: true });
    expect(objectsOf(keys).some(({ manifest }) => manifest.kind === "SecurityPolicy")).toBe(false);
    expect(documentOf(keys).access).toMatchObject({ anonymous: true, keys: { batch: {} } });
  });
});

describe("keys with more to them than a value", () => {
  it("are checked by the processor: times", () => {
    const args = keyOf({ key, team: "t", notBefore: november, expires: december });
    expect(documentOf(args).access).toEqual({
      keys: { a: { attributes: { team: "t" }, notBefore: fromNovember, expires: toDecember } },
    });
    expect(resolvedOf(args).budgetSummary).toEqual([
      'the processor checks API keys: Envoy Gateway knows no times and no versions of keys, and "a" has some',
    ]);
  });

  it("are checked by the processor: versions", () => {
    const versions = { old: { key, expires: "2026-12-01T01:00:00+01:00" }, new: { generated: true } };
    expect(documentOf(keyOf({ versions })).access).toEqual({
      keys: { a: { versions: { old: { expires: toDecember }, new: {} } } },
    });
  });

  it("are checked by the processor: made ones", () => {
    expect(documentOf(keyOf({ generated: true, user: "u" })).access).toEqual({
      keys: { a: { attributes: { user: "u" } } },
    });
    expect(resolvedOf(keyOf({ generated: true })).budgetSummary).toEqual([
      'the processor checks API keys: the key "a" is made here, and its hash alone leaves the state',
    ]);
  });

  it("have an order of their own: adding one never changes another's entry", () => {
    const two = documentOf(
      declaration({ apiKeys: { a: { generated: true, team: "t" }, b: { generated: true } } }),
    );
    const one = documentOf(keyOf({ generated: true, team: "t" }));
    expect(two.access?.keys?.["a"]).toEqual(one.access?.keys?.["a"]);
  });
});

describe("on a laptop", () => {
  const access: AccessArgs = {
    jwt,
    apiKeys: {
      batch: { generated: true },
      chat: { versions: { old: { key, expires: november }, new: { key: secret("n"), notBefore: december } } },
    },
  };
  const resolved = () => resolvedOf({ models: { m: endpoint() }, access, target: "local" });
  const keysOf = () => resolved().access?.apiKeys;

  it("every key of every version is one that opens nothing else, and the file has its hash", () => {
    const keys = keysOf();
    expect(keys === undefined ? [] : localApiKeys(keys)).toEqual([
      "local-batch",
      "local-chat-old",
      "local-chat-new",
    ]);
    const { keys: ring } = parseKeys(JSON.parse(localKeysText(resolved().access) ?? ""));
    expect(ring?.find("local-batch")).toMatchObject({ name: "batch", version: "" });
    expect(ring?.find("local-chat-new")).toMatchObject({ name: "chat", version: "new" });
    expect(ring?.size).toBe(3);
    expect(resolved().differences).toContain("API keys are local-batch, local-chat-old, local-chat-new");
    expect(
      localKeysText(resolvedOf({ models: { m: endpoint() }, access: { apiKeys }, target: "local" }).access),
    ).toBeUndefined();
  });

  it("the first that counts is used", () => {
    const at = (text: string, names: readonly string[]) => {
      const keys = keysOf();
      const versions = Object.fromEntries(names.map((name) => [name, keys?.versions[name] ?? {}]));
      return keys && usableLocalKey({ ...keys, versions }, Date.parse(text));
    };
    expect(at(november, ["batch", "chat"])).toBe("local-batch");
    expect(at("2026-10-31T23:59:59Z", ["chat"])).toBe("local-chat-old");
    expect(at(november, ["chat"])).toBeUndefined();
    expect(at(december, ["chat"])).toBe("local-chat-new");
  });
});

describe("the keys file", () => {
  it("holds hashes by name, the same whatever the order", () => {
    const named = [
      { name: "b", version: "", text: "key of b" },
      { name: "a", version: "2", text: "second" },
      { name: "a", version: "1", text: "first" },
    ];
    const text = keysText(named);
    expect(JSON.parse(text)).toEqual({
      version: 1,
      keys: { a: { "1": keyHash("first"), "2": keyHash("second") }, b: keyHash("key of b") },
    });
    expect(keysText(named.toReversed())).toBe(text);
    expect(text).not.toMatch(/key of b|first|second/);
  });

  it.each([
    ["x".repeat(19), "has 19 characters; use 20 to 1024 that nobody can guess"],
    ["x".repeat(1025), "has 1025 characters; use 20 to 1024 that nobody can guess"],
    [
      `${"x".repeat(20)} y`,
      "has characters that do not pass in a header; use printable ASCII without spaces",
    ],
    [`${"x".repeat(20)}é`, "has characters that do not pass in a header; use printable ASCII without spaces"],
    ["eyJhbGciOiJub25lIn0.e30.abc", "looks like a token, and would be taken for one; use another"],
    ["sk-0123456789abcdefgh", undefined],
    ["eyJ.with.some.more.dots", undefined],
  ])("takes keys that can be one: %s", (text, obstacle) => {
    expect(keyObstacle(text)).toBe(obstacle);
  });
});

it("keys that are known at last are all looked at, and not repeated", () => {
  const good = "sk-0123456789abcdefgh";
  const keys = [
    { name: "a", version: "", text: good },
    { name: "b", version: "", text: "short-marker" },
    { name: "c", version: "old", text: good },
    { name: "c", version: "new", text: `${good}-other` },
  ];
  expect(keyProblems(keys)).toEqual([
    'access.apiKeys["b"].key: has 12 characters; use 20 to 1024 that nobody can guess',
    'access.apiKeys["c"].versions["old"].key: is the key of "a" too; give each its own',
  ]);
  expect(keyProblems(keys).join()).not.toMatch(/marker|sk-/);
});

type Case = readonly [what: string, access: Wrong, path: string, reason: string];
const cases: readonly Case[] = [
  [
    "an end that is no instant",
    { apiKeys: { a: { key, expires: "2026-12-01" } } },
    'access.apiKeys["a"].expires',
    '"2026-12-01" is not an instant; write it as 2026-12-01T00:00:00Z',
  ],
  [
    "a start that is no day",
    { apiKeys: { a: { key, notBefore: "2026-02-30T00:00:00Z" } } },
    'access.apiKeys["a"].notBefore',
    '"2026-02-30T00:00:00Z" is not an instant; write it as 2026-12-01T00:00:00Z',
  ],
  [
    "an end before the start",
    { apiKeys: { a: { key, notBefore: december, expires: november } } },
    'access.apiKeys["a"].expires',
    `"${november}" is not after notBefore, "${december}", so the key would never count; correct one of the two`,
  ],
  [
    "a made key that is given",
    { apiKeys: { a: { key, generated: true } } },
    'access.apiKeys["a"].generated',
    "is true, and key is given too; keep one of the two",
  ],
  [
    "times beside versions",
    { apiKeys: { a: { expires: december, versions: { b: { key } } } } },
    'access.apiKeys["a"].expires',
    "stands beside versions, which have their own; move it into one of them",
  ],
  [
    "no versions",
    { apiKeys: { a: { versions: {} } } },
    'access.apiKeys["a"].versions',
    "is empty, so the key would never count; name one, or leave it out",
  ],
  [
    "a version without a key",
    { apiKeys: { a: { versions: { b: {} } } } },
    'access.apiKeys["a"].versions["b"]',
    "has no key; give key (a secret output) or generated: true",
  ],
  [
    "a version in plain text",
    { apiKeys: { a: { versions: { b: { key: "marker" } } } } },
    'access.apiKeys["a"].versions["b"].key',
    'is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
  ],
  [
    "a version with a slash",
    { apiKeys: { a: { versions: { "b/c": { key } } } } },
    'access.apiKeys["a"].versions["b/c"]',
    'cannot be the name of a version; use 1 to 253 letters, digits, "-", "_" and "."',
  ],
  [
    "one key for two versions",
    { apiKeys: { a: { versions: { b: { key }, c: { key } } } } },
    'access.apiKeys["a"].versions["c"].key',
    'is the key of "a" too, and then all keys are refused; give each its own',
  ],
  [
    "keys of a Secret beside tokens",
    { jwt, apiKeys: { a: {} }, apiKeySecretName: "mine" },
    "access.apiKeySecretName",
    "is read by Envoy, and the processor checks these keys: Envoy Gateway would demand a token and a key of every request, never one of the two; give each as key, a secret output, and remove this",
  ],
  [
    "nobody who is asked",
    { anonymous: true, clientHeaders: { team: "x-team" } },
    "access.anonymous",
    "is true, and nobody is asked for a token or a key; take it out",
  ],
  [
    "a header that is looked at for keys",
    { clientHeaders: { user: "x-api-key" } },
    'access.clientHeaders["user"]',
    '"x-api-key" has a meaning of its own; name a header that is there for this alone',
  ],
];

describe("access that cannot work is refused:", () => {
  it.each(cases)("%s", (_, access, path, reason) => {
    expect(problemsOf({ models: { m: endpoint() }, access, target: "local" })).toEqual([{ path, reason }]);
  });

  it("keys that are checked by nobody while no pod answers", () => {
    const args = declaration({ jwt, apiKeys }, { processor: { ...processor, envoy: { failOpen: true } } });
    expect(problemsOf({ ...args })).toEqual([
      {
        path: "processor.envoy.failOpen",
        reason:
          "is true, and the processor decides who may call: while no pod answers, everybody could; leave it out",
      },
    ]);
  });

  it("keys without a processor", () => {
    expect(problemsOf({ models: { m: endpoint() }, access: { jwt, apiKeys } })).toEqual([
      expect.objectContaining({ path: "processor.image" }),
    ]);
  });

  it.each([
    ["authorization", { jwt }],
    ["x-api-key", { apiKeys }],
    ["x-caller-token", { jwt, apiKeys }],
  ])("headers that callers are known by, and that the gateway removes: %s", (header, access) => {
    const args = declaration(access, { gateway: { removeHeaders: [header] }, target: "local" });
    const { processor: _, ...others } = args;
    expect(problemsOf({ ...others })).toEqual([
      {
        path: "gateway.removeHeaders",
        reason: `removes "${header}", by which access knows callers, before it is looked at; take it out, providers never see it anyway`,
      },
    ]);
  });

  it("more keys than a Secret takes, before any is made", () => {
    const name = (index: number) => `${"n".repeat(60)}-${index}`;
    const many = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [name(index), { generated: true }]),
    );
    const [problem] = problemsOf({ ...declaration({ apiKeys: many }) });
    expect(problem?.path).toBe("access.apiKeys");
    expect(problem?.reason).toMatch(
      /^are 10,000 keys, whose hashes have 1,\d{3},\d{3} bytes, and a Secret takes 1,000,000; /,
    );
  });
});
