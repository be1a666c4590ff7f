import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  instantMs,
  keyHash,
  parseKeys,
  parsePolicy,
  problemText,
} from "../../extproc/contract";
import { longestKey } from "../../extproc/policy/keyRing";
import { quickestMs } from "../support/quickest";

const base = { version: 1, models: { m: { backends: { a: {} } } } };
const parsed = (access: unknown, more: object = {}) => parsePolicy({ ...base, ...more, access });
const problems = (access: unknown, more: object = {}) =>
  (parsed(access, more).problems ?? []).map(problemText);
const token = { namespace: "jwt", path: ["access"] };

describe("who may call, in a policy document", () => {
  it("is nobody in particular where it is not said", () => {
    expect(parsePolicy(base).policy?.access).toBeUndefined();
  });

  it("has every default filled in", () => {
    const keys = {
      batch: { attributes: { team: "search" }, expires: "2026-12-01T00:00:00Z" },
      chat: {
        versions: {
          old: { expires: "2026-11-30T12:00:00+01:00" },
          new: { notBefore: "2026-11-01T00:00:00Z" },
        },
      },
      plain: {},
    };
    const { policy } = parsed({ token, keys });
    expect(policy?.access).toEqual({
      tokens: [token],
      keyHeader: undefined,
      anonymous: false,
      keys: new Map([
        [
          "batch",
          {
            name: "batch",
            attributes: new Map([
              ["key", "batch"],
              ["team", "search"],
            ]),
            versions: new Map([["", { fromMs: Number.NEGATIVE_INFINITY, untilMs: Date.UTC(2026, 11, 1) }]]),
          },
        ],
        [
          "chat",
          {
            name: "chat",
            attributes: new Map([["key", "chat"]]),
            versions: new Map([
              ["new", { fromMs: Date.UTC(2026, 10, 1), untilMs: Number.POSITIVE_INFINITY }],
              ["old", { fromMs: Number.NEGATIVE_INFINITY, untilMs: Date.UTC(2026, 10, 30, 11) }],
            ]),
          },
        ],
        [
          "plain",
          {
            name: "plain",
            attributes: new Map([["key", "plain"]]),
            versions: new Map([
              ["", { fromMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY }],
            ]),
          },
        ],
      ]),
    });
  });

  it("takes tokens of several issuers, in the order that is written", () => {
    const places = ["b", "a"].map((name) => ({ namespace: "jwt", path: [name] }));
    expect(parsed({ tokens: places }).policy?.access?.tokens).toEqual(places);
    expect(parsed({ keys: {} }).policy?.access?.tokens).toEqual([]);
  });

  it("reads what several issuers say of a caller", () => {
    const place = (...path: string[]) => ({ namespace: "jwt", path });
    const identities = {
      user: { anyOf: [place("a", "sub"), place("sub", "sub")] },
      issuer: { whichOf: { a: place("a"), b: place("sub") } },
    };
    const { policy } = parsed({ tokens: [place("a"), place("sub")] }, { identities });
    expect(policy?.identities).toEqual(
      new Map<string, unknown>([
        [
          "issuer",
          {
            from: "whichOf",
            places: new Map([
              ["a", place("a")],
              ["b", place("sub")],
            ]),
          },
        ],
        ["user", { from: "anyOf", places: [place("a", "sub"), place("sub", "sub")] }],
      ]),
    );
  });

  it("says all that is wrong with such identities at once", () => {
    const place = { namespace: "jwt", path: ["a"] };
    const identities = {
      both: { header: "x-a", anyOf: [place] },
      empty: { whichOf: {} },
      none: { anyOf: [] },
      wrong: { anyOf: [{ namespace: "", path: "a" }], more: 1 },
      named: { whichOf: { a: { path: ["a"] }, b: 5 } },
    };
    expect(problems({ token }, { identities })).toEqual([
      'identities["both"]: names not exactly one of header, metadata, anyOf and whichOf; name one',
      'identities["empty"].whichOf: {} names no place; name one, or leave it out',
      'identities["named"].whichOf["a"]: needs namespace and path',
      'identities["named"].whichOf["b"]: 5 is not an object; give one',
      'identities["named"].whichOf["b"]: needs namespace and path',
      'identities["none"].anyOf: [] names no place; name one, or leave it out',
      'identities["wrong"].anyOf[0].namespace: "" is not 1 to 256 printable characters',
      'identities["wrong"].anyOf[0].path: "a" is not a list of non-empty strings',
      'identities["wrong"].anyOf[0]: needs namespace and path',
      'identities["wrong"].more: 1 is an unknown member; remove it, or run a newer processor',
    ]);
  });

  it("gives budgets what keys know of their callers", () => {
    const budgets = { b: { per: ["team", "key"], limit: { requests: 1 }, period: "day" } };
    expect(problems({ keys: { a: { attributes: { team: "t" } } } }, { budgets })).toEqual([]);
    expect(problems({ keys: { a: {} } }, { budgets })).toEqual([
      'budgets["b"].per: "team" has no identity; say under identities where authentication puts it',
    ]);
  });

  it.each<[string, unknown, string]>([
    ["nothing", {}, "access: names no way to prove who calls; give token, keyHeader or keys"],
    ["no map", "all", 'access: "all" is not an object; give one'],
    [
      "another member",
      { token, allow: [] },
      "access.allow: [] is an unknown member; remove it, or run a newer processor",
    ],
    [
      "keys checked twice",
      { keyHeader: "x-key", keys: {} },
      'access.keyHeader: "x-key" says that Envoy checks keys, and keys are given to check here; remove one',
    ],
    [
      "a header in capitals",
      { keyHeader: "X-Key" },
      'access.keyHeader: "X-Key" is not a header name in lower case',
    ],
    [
      "a token from nowhere",
      { token: { path: [] } },
      "access.token.namespace: is needed; name where Envoy puts verified tokens",
    ],
    [
      "tokens in one place and in several",
      { token, tokens: [token] },
      'access.token: {"namespace":"jwt","path":["access"]} is one of several places, or the only one; give token or tokens',
    ],
    ["no places", { tokens: [] }, "access.tokens: [] names no place; name one, or leave it out"],
    [
      "no list of places",
      { tokens: { a: token } },
      'access.tokens: {"a":{"namespace":"jwt","path":["access"]}} is not a list',
    ],
    [
      "a place twice",
      { tokens: [token, { ...token }] },
      'access.tokens: [{"namespace":"jwt","path":["access"]},{"namespace":"jwt","path":["access"]}] names a place twice; name each once',
    ],
    ["a place that is nowhere", { tokens: [token, {}] }, "access.tokens[1]: needs namespace and path"],
    [
      "a whole namespace",
      { tokens: [{ ...token, path: [] }] },
      "access.tokens[0].path: [] is empty; name the member",
    ],
    [
      "a place with more",
      { tokens: [{ ...token, name: "a" }] },
      'access.tokens[0].name: "a" is an unknown member; remove it, or run a newer processor',
    ],
    [
      "a name with a slash",
      { keys: { "a/b": {} } },
      'access.keys["a/b"]: "a/b" is not 1 to 253 letters, digits, "-", "_" and "."',
    ],
    [
      "an empty attribute",
      { keys: { a: { attributes: { team: "" } } } },
      'access.keys["a"].attributes["team"]: "" is not a non-empty string for an attribute of the caller',
    ],
    [
      "the key's own name",
      { keys: { a: { attributes: { key: "b" } } } },
      'access.keys["a"].attributes["key"]: "b" is not a non-empty string for an attribute of the caller',
    ],
    [
      "a day that there is not",
      { keys: { a: { expires: "2026-02-30T00:00:00Z" } } },
      'access.keys["a"].expires: "2026-02-30T00:00:00Z" is not an instant such as 2026-12-01T00:00:00Z',
    ],
    [
      "an end before the start",
      { keys: { a: { notBefore: "2026-12-02T00:00:00Z", expires: "2026-12-01T00:00:00Z" } } },
      'access.keys["a"].expires: "2026-12-01T00:00:00Z" is not after notBefore, so the key would never count; correct one of the two',
    ],
    [
      "no versions",
      { keys: { a: { versions: {} } } },
      'access.keys["a"].versions: {} is empty; name one, or leave it out',
    ],
    [
      "times beside versions",
      { keys: { a: { versions: { b: {} }, expires: "2026-12-01T00:00:00Z" } } },
      'access.keys["a"].versions: {"b":{}} have times of their own; remove notBefore and expires beside them',
    ],
    [
      "a key in clear",
      { keys: { a: { key: "sk-1" } } },
      'access.keys["a"].key: "sk-1" is an unknown member; remove it, or run a newer processor',
    ],
  ])("is refused with %s", (_, access, problem) => {
    expect(problems(access)).toContain(problem);
  });
});

describe("an instant", () => {
  it.each([
    ["2026-12-01T00:00:00Z", Date.UTC(2026, 11, 1)],
    ["2026-12-01T00:00:00.250Z", Date.UTC(2026, 11, 1) + 250],
    ["2026-12-01T01:30:00+01:30", Date.UTC(2026, 11, 1)],
    ["2028-02-29T00:00:00Z", Date.UTC(2028, 1, 29)],
    ["2027-02-29T00:00:00Z", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-12-01T25:00:00Z", undefined],
    ["2026-12-01", undefined],
    ["2026-12-01T00:00:00", undefined],
    ["tomorrow", undefined],
  ])("%s is %s", (text, ms) => {
    expect(instantMs(text)).toBe(ms);
  });
});

const secret = "sk-of-somebody-0123456789";

describe("a keys file", () => {
  it("says which key a text is, and nothing of others", () => {
    const { keys } = parseKeys({
      version: 1,
      keys: { batch: keyHash(secret), chat: { old: keyHash("chat-old"), new: keyHash("chat-new") } },
    });
    expect(keys?.size).toBe(3);
    expect(keys?.find(secret)).toMatchObject({ name: "batch", version: "" });
    expect(keys?.find("chat-new")).toMatchObject({ name: "chat", version: "new" });
    for (const wrong of [
      "",
      `${secret} `,
      secret.toUpperCase(),
      keyHash(secret),
      "x".repeat(longestKey + 1),
    ]) {
      expect(keys?.find(wrong)).toBeUndefined();
    }
  });

  it.each<[string, unknown, string]>([
    ["no JSON object", [secret], "version: is not one that this processor reads; it reads version 1"],
    [
      "another version",
      { version: 2, keys: {} },
      "version: is not one that this processor reads; it reads version 1",
    ],
    ["no keys", { version: 1 }, "keys: is not a map; give the hash of each key by its name"],
    ["a list", { version: 1, keys: [secret] }, "keys: is not a map; give the hash of each key by its name"],
    [
      "a key in clear",
      { version: 1, keys: { a: secret } },
      'keys["a"]: is not the SHA-256 of a key as 43 characters of base64url',
    ],
    [
      "a hash whose last bits say nothing",
      { version: 1, keys: { a: `${"A".repeat(42)}B` } },
      'keys["a"]: is not the SHA-256 of a key as 43 characters of base64url',
    ],
    [
      "one key for two",
      { version: 1, keys: { a: keyHash(secret), b: { v: keyHash(secret) } } },
      'keys["b"]["v"]: is the key of "a" too; give each its own',
    ],
    [
      "more",
      { version: 1, keys: {}, secret },
      "secret: is an unknown member; remove it, or run a newer processor",
    ],
  ])("is refused with %s, which is not repeated", (_, file, problem) => {
    const texts = (parseKeys(file).problems ?? []).map(problemText);
    expect(texts).toEqual([problem]);
    expect(texts.join()).not.toContain(secret);
  });

  it("knows each of its keys and no other, whatever they are", () => {
    const text = fc.string({ minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(fc.uniqueArray(text, { maxLength: 30 }), text, (texts, other) => {
        const named = Object.fromEntries(texts.map((one, index) => [`k${index}`, keyHash(one)]));
        const { keys } = parseKeys(JSON.parse(canonicalJson({ version: 1, keys: named })));
        for (const [index, one] of texts.entries()) {
          expect(keys?.find(one)?.name).toBe(`k${index}`);
        }
        expect(keys?.find(other) !== undefined).toBe(texts.includes(other));
      }),
    );
  });

  it("of 10,000 keys is read with its policy in less than a second, and a key is found in microseconds", () => {
    const texts = Array.from({ length: 10_000 }, (_, index) => `sk-${index}-${"x".repeat(40)}`);
    const names = texts.map((_, index) => `team-${index % 100}.key-${index}`);
    const file = JSON.stringify({
      version: 1,
      keys: Object.fromEntries(names.map((name, index) => [name, keyHash(texts[index] ?? "")])),
    });
    const document = JSON.stringify({
      ...base,
      access: {
        keys: Object.fromEntries(
          names.map((name, index) => [
            name,
            { attributes: { team: `team-${index % 100}` }, expires: "2026-12-01T00:00:00Z" },
          ]),
        ),
      },
    });
    // A Secret and a ConfigMap take 1 MiB.
    expect(file.length).toBeLessThan(1_048_576);
    const read = () => ({ ...parseKeys(JSON.parse(file)), ...parsePolicy(JSON.parse(document)) });
    expect(quickestMs(read)).toBeLessThan(1_000);
    const { keys, policy } = read();
    expect(keys?.size).toBe(10_000);
    expect(policy?.access?.keys?.size).toBe(10_000);
    const findAll = () => {
      for (const text of texts) {
        keys?.find(text);
      }
    };
    // 100 us would be felt; it is one or two.
    expect(quickestMs(findAll) / texts.length).toBeLessThan(0.1);
  });
});
