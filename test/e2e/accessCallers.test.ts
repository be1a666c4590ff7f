import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import Anthropic, { AuthenticationError as AnthropicAuthenticationError } from "@anthropic-ai/sdk";
import OpenAI, { AuthenticationError } from "openai";
import { describe, expect, it } from "vitest";
import { ApiCalls, anthropicError, bearer, type Headers, openAiError } from "./support/apiCalls";
import { helloWorld, useGateway } from "./support/gateway";
import { forgedTokens, jwt, nowSeconds, privateClaim, stranger, tokenOf } from "./support/tokens";

const instant = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();
const hour = 3_600_000;
const wrongKey = "sk-wrong-41c7d09e";

/** All that the gateway, Envoy and the processor print. */
const printed: string[] = [];
const keep = (line: string) => printed.push(line);
const gateway = useGateway(
  {
    models: { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } },
    access: {
      jwt,
      apiKeys: {
        batch: { generated: true, team: "search" },
        chat: {
          team: "support",
          versions: { old: { generated: true, expires: instant(hour) }, new: { generated: true } },
        },
        over: { generated: true, expires: instant(-hour) },
        early: { generated: true, notBefore: instant(hour) },
      },
      rules: { all: { models: ["qwen"] } },
    },
    budgets: { team: { per: "team", limit: { requests: 1_000 }, period: "year" } },
  },
  { onOutput: keep, onWarning: keep },
);
const calls = new ApiCalls(() => gateway.local.baseUrl, "qwen");
const requests = () => gateway.engine("qwen").requestCount;

it.each<[string, Headers]>([
  ["a token", bearer(tokenOf())],
  ["a token, with the scheme in lower case", { authorization: `bearer ${tokenOf()}` }],
  ["a token whose time has come", bearer(tokenOf({ nbf: nowSeconds - 600 }))],
  ["a token for several, us among them", bearer(tokenOf({ aud: ["other", "llm"] }))],
  ["a key", bearer("local-batch")],
  ["a key in x-api-key", { "x-api-key": "local-batch" }],
  ["a key in api-key", { "api-key": "local-batch" }],
  ["the same key twice", { ...bearer("local-batch"), "x-api-key": "local-batch" }],
  ["the newer version of a key", bearer("local-chat-new")],
  ["the older version, while both count", bearer("local-chat-old")],
])("lets in: %s", async (_, headers) => {
  const before = requests();
  expect((await calls.chat(headers)).status).toBe(200);
  expect((await calls.message(headers)).status).toBe(200);
  expect(requests()).toBe(before + 2);
  expect(await calls.models(headers)).toEqual(["qwen"]);
  expect(await calls.models(headers, "/anthropic/v1/models")).toEqual(["qwen"]);
});

const missing = "Say who you are: send a token or an API key, for example as Authorization: Bearer.";
const invalidKey = "The API key is not valid.";
const several = "The request has more than one credential. Send a token or one API key, not both.";
const inFront = "The token is not valid: ";
const unverified = `${inFront}Jwt verification fails.`;
const noSuchKey = `${inFront}Jwks doesn't have key to match kid or alg from Jwt.`;

type Refusal = [what: string, headers: Headers, message: string, status: number];
const refused = (
  [
    ["nothing", {}, missing],
    ["an empty header", { authorization: "Bearer " }, missing],
    ["a wrong key", bearer(wrongKey), invalidKey],
    ["a wrong key in x-api-key", { "x-api-key": wrongKey }, invalidKey],
    ["a wrong key in api-key", { "api-key": wrongKey }, invalidKey],
    ["the name of a key", bearer("batch"), invalidKey],
    ["the start of a key", bearer("local-chat"), invalidKey],
    ["an expired key", bearer("local-over"), "The API key has expired. Use the one that replaced it."],
    ["a key whose time has not come", bearer("local-early"), "The API key is not valid yet."],
    ["an expired token", bearer(tokenOf({ exp: nowSeconds - 600 })), `${inFront}Jwt is expired.`],
    [
      "a token that is not valid yet",
      bearer(tokenOf({ nbf: nowSeconds + 3600 })),
      `${inFront}Jwt not yet valid.`,
    ],
    [
      "a token for others",
      bearer(tokenOf({ aud: "other" })),
      `${inFront}Audiences in Jwt are not allowed.`,
      403,
    ],
    [
      "a token for nobody",
      bearer(tokenOf({ aud: undefined })),
      `${inFront}Audiences in Jwt are not allowed.`,
      403,
    ],
    [
      "a token of another issuer",
      bearer(tokenOf({ iss: "https://elsewhere.example.com/" })),
      `${inFront}Jwt issuer is not configured.`,
    ],
    ["a token of no issuer", bearer(tokenOf({ iss: undefined })), `${inFront}Jwt issuer is not configured.`],
    ["a token of another's key", bearer(tokenOf({}, stranger.privateKey)), unverified],
    ["a token that brings its key along", bearer(forgedTokens.ownKey), unverified],
    ["a token that was changed", bearer(forgedTokens.changed), unverified],
    ["a token by a key that there is not", bearer(forgedTokens.otherKey), noSuchKey],
    ["a token by the public key as a secret", bearer(forgedTokens.publicKeyAsSecret), noSuchKey],
    [
      "a token that says it needs no signature",
      bearer(forgedTokens.algNone),
      `${inFront}Jwt header [alg] is not supported.`,
    ],
    [
      "a token that nobody signed",
      bearer(forgedTokens.unsigned),
      `${inFront}Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections.`,
    ],
    ["both wrong", { ...bearer(tokenOf({}, stranger.privateKey)), "x-api-key": wrongKey }, unverified],
    ["a good token and a wrong key", { ...bearer(tokenOf()), "x-api-key": wrongKey }, invalidKey],
    [
      "a wrong token and a good key",
      { ...bearer(tokenOf({}, stranger.privateKey)), "x-api-key": "local-batch" },
      unverified,
    ],
    ["a good token and a good key", { ...bearer(tokenOf()), "x-api-key": "local-batch" }, several],
    ["two good keys", { ...bearer("local-batch"), "x-api-key": "local-chat-new" }, several],
    [
      "a wrong token where only the gateway looks",
      { "x-caller-token": `Bearer ${tokenOf({}, stranger.privateKey)}` },
      unverified,
    ],
    [
      "a good token where only the gateway looks, and a wrong one",
      { ...bearer(forgedTokens.changed), "x-caller-token": `Bearer ${tokenOf()}` },
      unverified,
    ],
    [
      "a key by another scheme",
      { authorization: `Basic ${Buffer.from("local-batch:").toString("base64")}` },
      invalidKey,
    ],
    ["a token without its scheme", { authorization: tokenOf() }, invalidKey],
    ["a token as a key", { "x-api-key": tokenOf() }, invalidKey],
    ["a key in a cookie", { cookie: "api-key=local-batch; authorization=local-batch" }, missing],
  ] satisfies [what: string, headers: Headers, message: string, status?: number][]
).map(([what, headers, message, status = 401]): Refusal => [what, headers, message, status]);

describe.each(refused)("does not let in: %s", (_, headers, message, status) => {
  const isInFront = message.startsWith(inFront);

  it.each([
    "/v1/chat/completions",
    "/v1/models",
    "/v1/budgets",
    "/nowhere",
    "/v1/chat/completions/",
    "/v1/embeddings?key=local-batch",
  ])("as OpenAI says it, on %s", async (path) => {
    const before = requests();
    const reply = await (path === "/v1/chat/completions" ? calls.chat(headers) : calls.get(path, headers));
    expect([reply.status, reply.body]).toEqual([status, openAiError(message, "invalid_api_key")]);
    expect(reply.headers.get("www-authenticate")).toBe("Bearer");
    expect(requests()).toBe(before);
  });

  it.each(["/anthropic/v1/messages", "/anthropic/v1/models", "/anthropic/nowhere"])(
    "as Anthropic says it, on %s",
    async (path) => {
      const before = requests();
      const isCall = path === "/anthropic/v1/messages";
      const reply = await (isCall ? calls.message(headers) : calls.get(path, headers));
      const type = status === 403 ? "permission_error" : "authentication_error";
      // Of a request that Envoy refuses itself, the processor sees the answer alone.
      const id = isInFront ? null : reply.requestId;
      expect([reply.status, reply.body]).toEqual([status, anthropicError(message, type, id)]);
      expect(requests()).toBe(before);
    },
  );
});

it("does not look for tokens in the query, where they would be logged on the way", async () => {
  const query = `?access_token=${tokenOf()}`;
  calls.remember(query);
  const before = requests();
  for (const path of ["/v1/chat/completions", "/v1/models"]) {
    const { status, body } = await calls.get(`${path}${query}`, {});
    expect([status, body]).toEqual([401, openAiError(missing, "invalid_api_key")]);
  }
  expect((await calls.post(`/v1/chat/completions${query}`, {}, { model: "qwen" })).status).toBe(401);
  expect(requests()).toBe(before);
});

it("answers whom it knows on paths where nothing is, as the API does", async () => {
  const message = "The gateway serves nothing at this path.";
  for (const headers of [bearer("local-batch"), bearer(tokenOf())]) {
    const openai = await calls.get("/nowhere", headers);
    expect([openai.status, openai.body]).toEqual([404, openAiError(message, "not_found")]);
    const { status, body, requestId } = await calls.get("/anthropic/nowhere", headers);
    expect([status, body]).toEqual([404, anthropicError(message, "not_found_error", requestId)]);
  }
});

it("gives no backend what callers prove themselves by", async () => {
  for (const headers of [
    bearer(tokenOf()),
    bearer("local-batch"),
    { "x-api-key": "local-batch", "api-key": "local-batch" },
  ]) {
    expect((await calls.chat(headers)).status).toBe(200);
    expect((await calls.message(headers)).status).toBe(200);
  }
  const seen = JSON.stringify(gateway.engine("qwen").requests.map((request) => request.headers));
  expect(seen).not.toMatch(/local-|eyJ|x-caller-token|x-ai-gateway/);
});

it("is understood by the official clients", async () => {
  const baseURL = `${gateway.local.baseUrl}/v1`;
  const ask = (apiKey: string) =>
    new OpenAI({ baseURL, apiKey, maxRetries: 0 }).chat.completions.create({
      model: "qwen",
      messages: helloWorld,
      max_tokens: 5,
    });
  await expect(ask(wrongKey)).rejects.toThrow(AuthenticationError);
  expect((await ask("local-chat-new")).choices).toHaveLength(1);
  const say = (options: ConstructorParameters<typeof Anthropic>[0]) =>
    new Anthropic({
      ...options,
      baseURL: `${gateway.local.baseUrl}/anthropic`,
      maxRetries: 0,
    }).messages.create({ model: "qwen", messages: helloWorld, max_tokens: 5 });
  await expect(say({ apiKey: wrongKey })).rejects.toThrow(AnthropicAuthenticationError);
  expect((await say({ apiKey: "local-batch" })).type).toBe("message");
  expect((await say({ apiKey: null, authToken: tokenOf() })).type).toBe("message");
});

/** Files of the run, by path; sockets and programs are none. */
function filesBelow(folder: string): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path, readFileSync(path, "latin1")]),
  );
}

/** The first event of a stream. */
async function firstEvent(url: string): Promise<string> {
  const response = await fetch(url);
  let text = "";
  for await (const piece of response.body ?? []) {
    text += Buffer.from(piece).toString();
    if (/^data: .*\n\n/m.test(text)) {
      break;
    }
  }
  return text;
}

describe("all that was sent above", () => {
  // Everything that each test above sent; tests run in their order.
  const secrets = () => [...calls.credentials, wrongKey, privateClaim];

  it("stands in no log, no file of the run, no metric and no status page", async () => {
    const last = await calls.chat(bearer("local-batch"));
    const refusal = await calls.chat(bearer(wrongKey));
    await gateway.logged(last.requestId);
    await gateway.logged(refusal.requestId);
    const { processor, resolved } = gateway.local;
    const accessLog = resolved.gateway.local?.accessLog ?? "";
    const files = filesBelow(dirname(accessLog));
    const metrics = await (await fetch(processor?.metricsUrl ?? "")).text();
    const status = await firstEvent(`${processor?.statusUrl}/events`);
    const places = new Map([
      ...files,
      ["what is printed", printed.join("\n")],
      ["metrics", metrics],
      ["status page", status],
    ]);

    // What is looked through is what was written.
    expect(places.get(accessLog)).toContain(last.requestId);
    expect(places.get(accessLog)).toContain("access_wrong");
    expect([...files.keys()].filter((path) => path.endsWith("aigw.log"))).toHaveLength(1);
    expect(metrics).toMatch(/unauthenticated/);
    expect(status).toContain("caller_wrong");
    expect(secrets().length).toBeGreaterThan(50);

    for (const [place, text] of places) {
      const found = secrets().filter((secret) => text.includes(secret));
      expect(found, place).toEqual([]);
    }
  });
});
