import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyHash, parseKeys } from "../../../extproc/contract";
import type { Policy } from "../../../extproc/policy/policy";
import { authenticate } from "../../../extproc/service/authenticate";
import { replies, strippedReplies } from "../../../extproc/service/replies";
import { quickestMs } from "../../support/quickest";
import { policyOf } from "../store/support";
import {
  Bench,
  headersOf,
  type Metadata,
  metadataOf,
  type TestHeaders,
  type TestRequest,
} from "./support/exchanges";

const jwt = "envoy.filters.http.jwt_authn";
const token = { namespace: jwt, path: ["access"] };
const identities = { user: { metadata: { namespace: jwt, path: ["access", "sub"] } } };
const text = { batch: "sk-batch-0123456789", old: "sk-chat-old-012345", new: "sk-chat-new-012345" };
const instants = {
  before: "2026-11-20T00:00:00Z",
  now: "2026-11-21T00:00:00Z",
  after: "2026-11-22T00:00:00Z",
};
const nowMs = Date.parse(instants.now);
const accessKeys = {
  batch: { attributes: { team: "search" } },
  chat: { attributes: { team: "support" }, versions: { old: { expires: instants.after }, new: {} } },
};
const ringOf = (keys: Record<string, string | Record<string, string>>) => {
  const { keys: ring } = parseKeys({ version: 1, keys });
  if (ring === undefined) {
    throw new Error("no keys");
  }
  return ring;
};
const ring = ringOf({
  batch: keyHash(text.batch),
  chat: { old: keyHash(text.old), new: keyHash(text.new) },
});
const both = policyOf({}, { identities, access: { token, keys: accessKeys } });
const verified = (claims: object): Metadata => ({ [jwt]: { access: claims } });
/** Whatever it says: Envoy has verified it, or did not. */
const tokenText = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2ln";

function asked(headers: TestHeaders, metadata: Metadata = {}, policy: Policy = both, at = nowMs) {
  const found = authenticate(
    policy,
    ring,
    { headers: headersOf(headers), metadata: metadataOf(metadata) },
    at,
  );
  return found.unproven ?? Object.fromEntries(found.caller);
}

const batch = { key: "batch", team: "search" };
const chat = { key: "chat", team: "support" };

describe("a caller with a token or a key", () => {
  it.each<[string, TestHeaders, object | string]>([
    ["in Authorization", { authorization: `Bearer ${text.batch}` }, batch],
    ["whatever the case of the scheme", { authorization: `bearer  ${text.batch} ` }, batch],
    ["without a scheme", { authorization: text.batch }, batch],
    ["in x-api-key", { "x-api-key": text.batch }, batch],
    ["in api-key", { "api-key": text.batch }, batch],
    ["twice the same", { authorization: `Bearer ${text.batch}`, "x-api-key": text.batch }, batch],
    ["two versions of one", { "api-key": text.old, "x-api-key": text.new }, chat],
    ["beside an empty header", { authorization: "Bearer ", "x-api-key": text.new }, chat],
    ["none", {}, "missing"],
    ["only empty ones", { authorization: "", "x-api-key": "" }, "missing"],
    ["only the scheme of one", { authorization: "Bearer" }, "missing"],
    ["a scheme that only begins so", { authorization: `Bearer2 ${text.batch}` }, "wrong"],
    ["a wrong one", { authorization: "Bearer sk-wrong" }, "wrong"],
    ["a right one and a wrong one", { "x-api-key": text.batch, authorization: "Bearer any" }, "wrong"],
    ["of two", { "x-api-key": text.batch, "api-key": text.new }, "several"],
    ["in a header that is there twice", { "x-api-key": [text.batch, text.batch] }, batch],
    ["behind a wrong one of the same header", { "x-api-key": ["sk-wrong", text.batch] }, "wrong"],
    ["before a wrong one of the same header", { "api-key": [text.batch, "sk-wrong"] }, "wrong"],
    ["of two in one header", { authorization: [`Bearer ${text.batch}`, `Bearer ${text.new}`] }, "several"],
    ["in a list that a proxy made of two headers", { "x-api-key": `${text.batch},${text.new}` }, "wrong"],
    ["by another scheme", { authorization: `Basic ${text.batch}` }, "wrong"],
    ["a token that Envoy did not verify", { authorization: `Bearer ${tokenText}` }, "wrong"],
    ["the hash of one", { "x-api-key": keyHash(text.batch) }, "wrong"],
    ["one that was cut", { "x-api-key": text.batch.slice(0, -1) }, "wrong"],
    ["another header", { "x-key": text.batch, cookie: text.batch }, "missing"],
    ["a name that is none's", { "x-ai-gateway-client": "batch" }, "missing"],
  ])("has a key %s", (_, headers, expected) => {
    expect(asked(headers)).toEqual(expected);
  });

  it.each<[string, TestHeaders, Metadata, object | string]>([
    ["has a token", { authorization: `Bearer ${tokenText}` }, verified({ sub: "ann" }), { user: "ann" }],
    ["has one without claims of ours", { authorization: `Bearer ${tokenText}` }, verified({}), {}],
    [
      "has a good one beside a key",
      { authorization: `Bearer ${tokenText}`, "x-api-key": text.batch },
      verified({ sub: "ann" }),
      "several",
    ],
    [
      "has a good one beside a wrong key",
      { authorization: `Bearer ${tokenText}`, "api-key": "x" },
      verified({ sub: "ann" }),
      "wrong",
    ],
    [
      "has a good one in another header, and a key",
      { authorization: `Bearer ${text.batch}`, "x-caller-token": `Bearer ${tokenText}` },
      verified({ sub: "ann" }),
      "several",
    ],
    [
      "has a good one beside another in the same header",
      { authorization: [`Bearer ${tokenText}`, "Bearer eyJ.e30.other"] },
      verified({ sub: "ann" }),
      "wrong",
    ],
    ["has metadata that is no token", {}, { [jwt]: { access: "ann" } }, "missing"],
    ["has a token of another provider", {}, { [jwt]: { other: { sub: "ann" } } }, "missing"],
  ])("%s", (_, headers, metadata, expected) => {
    expect(asked(headers, metadata)).toEqual(expected);
  });
});

describe("a caller with a token of one of several issuers", () => {
  const place = (...path: string[]) => ({ namespace: jwt, path });
  const ofSeveral = {
    user: { anyOf: [place("staff", "sub"), place("ci", "sub")] },
    team: { anyOf: [place("ci", "project"), place("staff", "team")] },
    issuer: { whichOf: { staff: place("staff"), ci: place("ci") } },
  };
  const tokens = [place("staff"), place("ci")];
  const policy = policyOf({}, { identities: ofSeveral, access: { tokens } });
  const withKeys = policyOf({}, { identities: ofSeveral, access: { tokens, keys: accessKeys } });
  const open = policyOf({}, { identities: ofSeveral, access: { tokens, anonymous: true } });

  it.each<[string, unknown, object | string]>([
    ["of the one", { staff: { sub: "ann", team: "red" } }, { issuer: "staff", user: "ann", team: "red" }],
    ["of the other", { ci: { sub: "ann", project: "p" } }, { issuer: "ci", user: "ann", team: "p" }],
    ["that has a claim of the other alone", { staff: { project: "p" } }, { issuer: "staff" }],
    ["without claims", { ci: {} }, { issuer: "ci" }],
    ["that says it is another's", { ci: { issuer: "staff", iss: "staff" } }, { issuer: "ci" }],
    ["of both", { staff: { sub: "ann" }, ci: { sub: "ann" } }, "several"],
    ["of both, without claims", { staff: {}, ci: {} }, "several"],
  ])("%s", (_, metadata, expected) => {
    const headers = { authorization: `Bearer ${tokenText}` };
    for (const one of [policy, withKeys, open]) {
      expect(asked(headers, { [jwt]: metadata } as Metadata, one)).toEqual(expected);
    }
  });

  it("of neither is nobody, unless that is enough", () => {
    const other = { [jwt]: { access: { sub: "ann" } } };
    expect(asked({}, other, policy)).toBe("missing");
    expect(asked({}, other, open)).toEqual({});
    expect(asked({ "x-api-key": text.batch }, other, withKeys)).toEqual(batch);
  });

  it("is refused with a key beside it", () => {
    const headers = { authorization: `Bearer ${tokenText}`, "x-api-key": text.batch };
    expect(asked(headers, { [jwt]: { ci: {} } }, withKeys)).toBe("several");
  });
});

describe("a key's time", () => {
  const times = { notBefore: instants.before, expires: instants.after };
  const policy = policyOf({}, { access: { keys: { batch: times } } });
  const at = (offsetMs: number, from: string) =>
    asked({ "x-api-key": text.batch }, {}, policy, Date.parse(from) + offsetMs);
  it("begins and ends to the millisecond", () => {
    expect(at(-1, instants.before)).toBe("early");
    expect(at(0, instants.before)).toEqual({ key: "batch" });
    expect(at(-1, instants.after)).toEqual({ key: "batch" });
    expect(at(0, instants.after)).toBe("expired");
  });

  it("overlaps with that of the version that follows, and no longer", () => {
    const late = Date.parse(instants.after);
    for (const version of [text.old, text.new]) {
      expect(asked({ "x-api-key": version }, {}, both, late - 1)).toEqual(chat);
    }
    expect(asked({ "x-api-key": text.old }, {}, both, late)).toBe("expired");
    expect(asked({ "x-api-key": text.new }, {}, both, late)).toEqual(chat);
  });

  it("is over when the policy or the file no longer knows it", () => {
    const without = policyOf({}, { access: { keys: { chat: { versions: { new: {} } } } } });
    expect(asked({ "x-api-key": text.batch }, {}, without)).toBe("wrong");
    expect(asked({ "x-api-key": text.old }, {}, without)).toBe("wrong");
    const fewer = ringOf({ chat: { new: keyHash(text.new) } });
    const credentials = { headers: headersOf({ "x-api-key": text.batch }), metadata: metadataOf() };
    expect(authenticate(both, fewer, credentials, nowMs)).toEqual({ unproven: "wrong" });
  });
});

describe("other ways to be known", () => {
  it("are the tokens alone", () => {
    const policy = policyOf({}, { identities, access: { token } });
    expect(asked({ "x-api-key": "any" }, verified({ sub: "ann" }), policy)).toEqual({ user: "ann" });
    expect(asked({ "x-api-key": text.batch }, {}, policy)).toBe("missing");
  });

  it("are keys that Envoy has checked", () => {
    const policy = policyOf(
      {},
      { identities: { key: { header: "x-client" } }, access: { keyHeader: "x-client" } },
    );
    expect(asked({ "x-client": "batch" }, {}, policy)).toEqual({ key: "batch" });
    expect(asked({}, {}, policy)).toBe("missing");
    expect(asked({ "x-client": "" }, {}, policy)).toBe("missing");
  });

  it("are not to be known, where that is said; wrong is wrong all the same", () => {
    const policy = policyOf({}, { access: { token, keys: accessKeys, anonymous: true } });
    expect(asked({}, {}, policy)).toEqual({});
    expect(asked({ "x-api-key": text.batch }, {}, policy)).toEqual(batch);
    expect(asked({ "x-api-key": "sk-wrong" }, {}, policy)).toBe("wrong");
  });

  it("win over headers that clients may set", () => {
    const trusting = policyOf(
      {},
      {
        identities: { team: { header: "x-team" }, user: { header: "x-user" } },
        access: { keys: accessKeys },
      },
    );
    const headers = { "x-api-key": text.batch, "x-team": "support", "x-user": "ann" };
    expect(asked(headers, {}, trusting)).toEqual({ ...batch, user: "ann" });
  });
});

it("nobody gets in by anything but a key, whatever is in the headers", () => {
  const name = fc.constantFrom(
    "authorization",
    "x-api-key",
    "api-key",
    "x-caller-token",
    "cookie",
    "x-user-id",
  );
  const value = fc.oneof(
    fc.string(),
    fc.constantFrom(tokenText, "Bearer", "Bearer null", "batch", keyHash(text.batch)),
    fc.string().map((one) => `Bearer ${one}`),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value), (headers) => {
      expect(["missing", "wrong"]).toContain(asked(headers));
    }),
  );
});

it("a header of nothing but spaces costs no more than its length", () => {
  const spaces = { authorization: `Bearer ${" ".repeat(60_000)}x` };
  expect(asked(spaces)).toBe("wrong");
  expect(quickestMs(() => asked(spaces))).toBeLessThan(50);
});

describe("a request of nobody", () => {
  const small = policyOf(
    { all: { limit: { tokens: 10_000 }, period: "month" } },
    { access: { token, keys: accessKeys } },
  );
  const bench = () => new Bench(small, { keys: () => ring, clock: () => nowMs });

  it.each<[string, TestRequest, boolean]>([
    ["a chat", { path: "/v1/chat/completions" }, false],
    ["messages", { path: "/anthropic/v1/messages" }, false],
    ["the models", { path: "/v1/models", headers: { ":method": "GET" } }, true],
    ["the models of Anthropic", { path: "/anthropic/v1/models", headers: { ":method": "GET" } }, true],
    ["a path that is none", { path: "/nowhere" }, false],
    ["nothing at all", { path: "", headers: { ":method": "OPTIONS" } }, true],
  ])("is refused, in the words of the API that it called: %s", async (_, { path = "", headers }, isEnd) => {
    const stand = bench();
    const exchange = stand.exchange();
    exchange.sendHeaders({ path, headers: { ...headers, "x-request-id": "r-1" } }, isEnd);
    expect(exchange.immediate).toMatchObject({ status: 401, details: "access_missing" });
    expect(Object.fromEntries(exchange.immediate.headers)).toMatchObject({ "www-authenticate": "Bearer" });
    const message = "Say who you are: send a token or an API key, for example as Authorization: Bearer.";
    expect(JSON.parse(exchange.immediate.body)).toEqual(
      path.startsWith("/anthropic/")
        ? { type: "error", error: { type: "authentication_error", message }, request_id: "r-1" }
        : { error: { message, type: "invalid_request_error", param: null, code: "invalid_api_key" } },
    );
    // Whatever else comes has no answer, and nothing was counted.
    exchange.sendBody({ model: "m" });
    await exchange.end();
    expect(exchange.replies).toHaveLength(1);
    expect(stand.ledger.calls).toEqual([]);
    expect(stand.told.of("decided")).toEqual([
      [{ outcome: "unauthenticated", model: "", tier: "", budget: "", by: "none" }],
    ]);
    expect(stand.summaries).toMatchObject([{ requestId: "r-1", outcome: "unauthenticated", model: "" }]);
  });

  it.each([
    ["sk-wrong", "wrong", "The API key is not valid."],
    [text.old, "expired", "The API key has expired. Use the one that replaced it."],
  ])("says what is wrong, and repeats nothing of it: %s", async (key, reason, message) => {
    const stand = new Bench(small, { keys: () => ring, clock: () => Date.parse(instants.after) });
    const exchange = stand.exchange();
    exchange.sendHeaders({ headers: { "x-api-key": key } });
    expect(exchange.immediate).toMatchObject({ status: 401, details: `access_${reason}` });
    expect(stand.told.of("callerRefused")).toEqual([[reason]]);
    expect(JSON.parse(exchange.immediate.body).error.message).toBe(message);
    expect(JSON.stringify([exchange.replies, stand.told.events, stand.summaries])).not.toContain(key);
  });

  it("takes nothing with it: what is in force is asked for each request", async () => {
    const stand = new Bench(small, { keys: () => current, clock: () => nowMs });
    let current = ring;
    const open = stand.exchange();
    await open.request({ headers: { "x-api-key": text.batch } });
    expect(open.last.kind).toBe("requestBody");
    current = ringOf({});
    const next = stand.exchange();
    next.sendHeaders({ headers: { "x-api-key": text.batch } });
    expect(next.immediate.status).toBe(401);
    // The one that runs goes on to its end, and is settled.
    await open.end();
    expect(stand.failures()).toEqual([]);
  });
});

describe("a request of somebody", () => {
  const policy = policyOf(
    { team: { per: ["team"], limit: { requests: 5 }, period: "month" } },
    {
      access: { token, keys: accessKeys },
      identities: {},
      models: { m: { backends: { a: {} }, tiers: { more: { backends: { b: {} } } } } },
      tierHeader: "x-tier",
    },
  );
  const stand = () => new Bench(policy, { keys: () => ring, clock: () => nowMs });
  const credentials = ["authorization", "x-api-key", "api-key", "x-caller-token"];

  it("goes on without what it was proven by, wherever it goes", () => {
    const known = { "x-api-key": text.batch };
    const chatted = stand().exchange();
    chatted.sendHeaders({ headers: known });
    expect(chatted.last).toBe(strippedReplies.watched);
    expect(chatted.answer.mutation).toEqual({ removeHeaders: credentials });
    const listed = stand().exchange();
    listed.sendHeaders({ path: "/v1/models", headers: { ...known, ":method": "GET" } }, true);
    expect(listed.last).toBe(strippedReplies.skip);
    const routing = stand().exchange();
    routing.sendHeaders({ headers: { ...known, "x-tier": "more", "x-ai-eg-model": "n" } });
    expect(routing.answer.mutation).toEqual({
      removeHeaders: [...credentials, "x-ai-eg-model", "x-tier"],
      clearRouteCache: true,
    });
  });

  it("is counted by what is known of the key", async () => {
    const bench = stand();
    await bench.exchange().request({ headers: { authorization: `Bearer ${text.new}`, "x-team": "search" } });
    expect(await bench.figures("team", "team=support")).toEqual({ used: 0, held: 1 });
  });
});

describe("who is refused in front of us, by Envoy", () => {
  const withAccess = policyOf({}, { access: { token } });
  const answered = (status: string, path: string | undefined, details?: string, policy = withAccess) => {
    const exchange = new Bench(policy).exchange();
    const headers = headersOf({ ":status": status, "content-type": "text/plain" });
    exchange.take({
      kind: "responseHeaders",
      headers,
      endOfStream: false,
      metadata: metadataOf(),
      path,
      details,
    });
    return exchange;
  };

  it.each([
    [
      "401",
      "/v1/models",
      "jwt_authn_access_denied{Jwt_is_expired}",
      "The token is not valid: Jwt is expired.",
    ],
    [
      "403",
      "/v1/chat/completions",
      "jwt_authn_access_denied{Audiences_in_Jwt_are_not_allowed}",
      "The token is not valid: Audiences in Jwt are not allowed.",
    ],
    ["401", "/v1/chat/completions", "api_key_auth", "The credentials are not valid."],
    ["401", "/v1/chat/completions", undefined, "The credentials are not valid."],
    [
      "401",
      "/v1/models",
      "jwt_authn_access_denied{Jwt_header_[alg]_is_not_supported}",
      "The token is not valid: Jwt header [alg] is not supported.",
    ],
  ])("is told so with the same status, as OpenAI would: %s %s %s", (status, path, details, message) => {
    const { immediate } = answered(status, path, details);
    expect(immediate).toMatchObject({ status: Number(status), details: "access_in_front" });
    expect(JSON.parse(immediate.body)).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: "invalid_api_key" },
    });
  });

  it.each([
    ["401", "Jwt_is_missing", "authentication_error", "The token is not valid: Jwt is missing."],
    [
      "403",
      "Audiences_in_Jwt_are_not_allowed",
      "permission_error",
      "The token is not valid: Audiences in Jwt are not allowed.",
    ],
  ])("is told so as Anthropic would: %s %s", (status, reason, type, message) => {
    const path = "/anthropic/v1/messages";
    const { immediate } = answered(status, path, `jwt_authn_access_denied{${reason}}`);
    expect(immediate.status).toBe(Number(status));
    expect(JSON.parse(immediate.body)).toEqual({
      type: "error",
      error: { type, message },
      request_id: null,
    });
  });

  it("is counted as a refused caller", () => {
    const stand = new Bench(withAccess);
    const exchange = stand.exchange();
    const headers = headersOf({ ":status": "401" });
    const message = { kind: "responseHeaders", headers, endOfStream: false, metadata: metadataOf() } as const;
    exchange.take({ ...message, path: "/v1/models" });
    expect(stand.told.of("callerRefused")).toEqual([["token"]]);
    expect(stand.told.of("decided")).toMatchObject([[{ outcome: "unauthenticated" }]]);
  });

  it("and other answers stay as they are", async () => {
    for (const exchange of [
      answered("404", "/v1/models"),
      answered("401", undefined),
      // A protocol that Envoy does not change to, whoever asks.
      answered("403", "/v1/realtime", "upgrade_failed"),
      answered("401", "/v1/models", undefined, policyOf({})),
    ]) {
      expect(exchange.last).toBe(replies.responseHeaders);
    }
    // A provider's own, of a request that we have let through.
    const seen = new Bench(withAccess).exchange();
    await seen.request({ metadata: verified({ sub: "ann" }) });
    const headers = headersOf({ ":status": "401" });
    seen.take({
      kind: "responseHeaders",
      headers,
      endOfStream: true,
      metadata: metadataOf(),
      path: "/v1/models",
    });
    expect(seen.last).toBe(replies.responseHeaders);
  });
});
