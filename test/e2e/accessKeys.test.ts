import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import Anthropic, { AuthenticationError as AnthropicAuthenticationError } from "@anthropic-ai/sdk";
import OpenAI, { AuthenticationError, PermissionDeniedError } from "openai";
import { describe, expect, it } from "vitest";
import type { PolicyDocument } from "../../extproc/contract";
import { helloWorld, useGateway } from "./support/gateway";

const issuer = "https://login.example.com/";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const jwks = {
  keys: [{ ...publicKey.export({ format: "jwk" }), kid: "theirs", alg: "ES256", use: "sig" }],
};
const nowSeconds = Math.floor(Date.now() / 1000);
const instant = (offsetMs: number) => new Date(Date.now() + offsetMs).toISOString();
const hour = 3_600_000;
/** Long enough for the gateway to start and the first tests to be done. */
const overlapMs = 60_000;
const overlapEnds = Date.now() + overlapMs;

const gateway = useGateway({
  models: {
    qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } },
    large: { vllm: { source: "Qwen/Qwen3-1.7B" } },
  },
  access: {
    jwt: {
      issuer,
      audiences: ["llm"],
      localJwks: JSON.stringify(jwks),
      claims: { user: "sub", team: "teams" },
    },
    apiKeys: {
      batch: { generated: true, team: "search" },
      chat: {
        team: "support",
        versions: { old: { generated: true, expires: instant(overlapMs) }, new: { generated: true } },
      },
      over: { generated: true, expires: instant(-hour) },
      early: { generated: true, notBefore: instant(hour) },
    },
    rules: { all: { models: ["qwen"] }, search: { teams: ["search"], models: ["large"] } },
  },
  budgets: { team: { per: "team", limit: { requests: 1_000 }, period: "year" } },
});

interface TokenChange {
  readonly [claim: string]: unknown;
}

/** `key`: null for a token that nobody signed. */
function tokenOf(change: TokenChange = {}, key: KeyObject | null = privateKey): string {
  const payload = { iss: issuer, aud: "llm", sub: "ann", exp: nowSeconds + 3600, ...change };
  const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
  const alg = key === null ? "none" : "ES256";
  const content = `${part({ alg, kid: "theirs" })}.${part(payload)}`;
  const signature =
    key === null
      ? ""
      : sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return `${content}.${signature}`;
}

type Headers = Readonly<Record<string, string>>;
const bearer = (text: string): Headers => ({ authorization: `Bearer ${text}` });

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly text: string;
}

async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  const json = JSON.parse(text.startsWith("{") ? text : "{}") as {
    error?: { type?: string; message?: string };
  };
  return { status: response.status, type: json.error?.type ?? "", message: json.error?.message ?? "", text };
}

const chat = async (headers: Headers, model = "qwen") =>
  read(await gateway.post("/v1/chat/completions", { model, messages: helloWorld, max_tokens: 5 }, headers));
const message = async (headers: Headers, model = "qwen") =>
  read(await gateway.post("/anthropic/v1/messages", { model, messages: helloWorld, max_tokens: 5 }, headers));
const get = async (path: string, headers: Headers) =>
  read(await fetch(`${gateway.local.baseUrl}${path}`, { headers }));
const requests = () => gateway.engine("qwen").requestCount + gateway.engine("large").requestCount;

describe("a token or a key, whichever the caller has", () => {
  it.each<[string, Headers]>([
    ["a token", bearer(tokenOf())],
    ["a token, with the scheme in lower case", { authorization: `bearer ${tokenOf()}` }],
    ["a key", bearer("local-batch")],
    ["a key in x-api-key", { "x-api-key": "local-batch" }],
    ["a key in api-key", { "api-key": "local-batch" }],
    ["the same key twice", { ...bearer("local-batch"), "x-api-key": "local-batch" }],
    ["the newer version", bearer("local-chat-new")],
    ["the older version, while both count", bearer("local-chat-old")],
  ])("is let in: %s", async (_, headers) => {
    expect((await chat(headers)).status).toBe(200);
    expect((await message(headers)).status).toBe(200);
    expect((await get("/v1/models", headers)).status).toBe(200);
  });

  const wrong: readonly [string, Headers, number, RegExp][] = [
    ["nothing", {}, 401, /^Say who you are/],
    ["an empty header", { authorization: "Bearer " }, 401, /^Say who you are/],
    ["a wrong key", bearer("local-nobody"), 401, /^The API key is not valid\.$/],
    ["a wrong key in x-api-key", { "x-api-key": "sk-wrong" }, 401, /^The API key is not valid\.$/],
    ["the name of a key", bearer("batch"), 401, /^The API key is not valid\.$/],
    ["an expired key", bearer("local-over"), 401, /^The API key has expired/],
    ["a key whose time has not come", bearer("local-early"), 401, /^The API key is not valid yet\.$/],
    ["an expired token", bearer(tokenOf({ exp: nowSeconds - 600 })), 401, /Jwt is expired/],
    ["a token that is not valid yet", bearer(tokenOf({ nbf: nowSeconds + 3600 })), 401, /Jwt not yet valid/],
    ["a token for others", bearer(tokenOf({ aud: "other" })), 403, /Audiences in Jwt are not allowed/],
    [
      "a token of another issuer",
      bearer(tokenOf({ iss: "https://elsewhere.example.com/" })),
      401,
      /Jwt issuer is not configured/,
    ],
    ["a token of another's key", bearer(tokenOf({}, stranger)), 401, /Jwt verification fails/],
    ["a token that says it needs no signature", bearer(`${tokenOf({}, null)}c2ln`), 401, /\balg\b/i],
    ["a token that nobody signed", bearer(tokenOf({}, null)), 401, /not in the form/],
    [
      "a token that was changed",
      bearer(
        `${tokenOf().split(".")[0]}.${tokenOf({ sub: "eve" }).split(".")[1]}.${tokenOf().split(".")[2]}`,
      ),
      401,
      /^The token is not valid: /,
    ],
    [
      "both wrong",
      { ...bearer(tokenOf({}, stranger)), "x-api-key": "sk-wrong" },
      401,
      /^The token is not valid: /,
    ],
    [
      "a good token and a wrong key",
      { ...bearer(tokenOf()), "x-api-key": "sk-wrong" },
      401,
      /^The API key is not valid\.$/,
    ],
    [
      "a wrong token and a good key",
      { ...bearer(tokenOf({}, stranger)), "x-api-key": "local-batch" },
      401,
      /^The token is not valid: /,
    ],
    [
      "a good token and a good key",
      { ...bearer(tokenOf()), "x-api-key": "local-batch" },
      401,
      /more than one credential/,
    ],
    [
      "two good keys",
      { ...bearer("local-batch"), "x-api-key": "local-chat-new" },
      401,
      /more than one credential/,
    ],
    [
      "a good token where only the gateway looks",
      { "x-caller-token": `Bearer ${tokenOf({}, stranger)}` },
      401,
      /^The token is not valid: /,
    ],
    [
      "another scheme",
      { authorization: `Basic ${Buffer.from("local-batch:").toString("base64")}` },
      401,
      /^The API key is not valid\.$/,
    ],
    [
      "the header of a name that authentication sets",
      { "x-ai-gateway-client": "batch" },
      401,
      /^Say who you are/,
    ],
    [
      "the same in another case",
      { "X-AI-Gateway-Client": "batch", "X-User-Id": "ann", "x-ai-eg-model": "qwen" },
      401,
      /^Say who you are/,
    ],
  ];
  it.each(wrong)(
    "is not let in, in the words of the API that was called: %s",
    async (_, headers, status, text) => {
      const before = requests();
      const openai = await chat(headers);
      expect([openai.status, openai.type]).toEqual([status, "invalid_request_error"]);
      expect(openai.message).toMatch(text);
      const anthropic = await message(headers);
      expect([anthropic.status, anthropic.type]).toEqual([status, "authentication_error"]);
      for (const path of [
        "/v1/models",
        "/nowhere",
        "/v1/chat/completions/",
        "/v1/embeddings?key=local-batch",
      ]) {
        expect((await get(path, headers)).status, path).toBe(status);
      }
      expect(requests()).toBe(before);
    },
  );

  it("nothing of it reaches a model's backend", async () => {
    for (const headers of [
      bearer(tokenOf()),
      bearer("local-batch"),
      { "x-api-key": "local-batch", "api-key": "local-batch" },
    ]) {
      expect((await chat(headers)).status).toBe(200);
    }
    const seen = JSON.stringify(gateway.engine("qwen").requests.map(({ headers }) => headers));
    expect(seen).not.toMatch(/local-|eyJ|x-caller-token|x-ai-gateway/);
  });

  it("official clients know what happened", async () => {
    const openai = new OpenAI({ baseURL: `${gateway.local.baseUrl}/v1`, apiKey: "sk-wrong", maxRetries: 0 });
    const ask = (client: OpenAI, model = "qwen") =>
      client.chat.completions.create({ model, messages: helloWorld, max_tokens: 5 });
    await expect(ask(openai)).rejects.toThrow(AuthenticationError);
    const known = new OpenAI({
      baseURL: `${gateway.local.baseUrl}/v1`,
      apiKey: "local-chat-new",
      maxRetries: 0,
    });
    expect((await ask(known)).choices).toHaveLength(1);
    await expect(ask(known, "large")).rejects.toThrow(PermissionDeniedError);
    const baseURL = `${gateway.local.baseUrl}/anthropic`;
    const say = (client: Anthropic) =>
      client.messages.create({ model: "qwen", messages: helloWorld, max_tokens: 5 });
    await expect(say(new Anthropic({ baseURL, apiKey: "sk-wrong", maxRetries: 0 }))).rejects.toThrow(
      AnthropicAuthenticationError,
    );
    expect((await say(new Anthropic({ baseURL, apiKey: "local-batch", maxRetries: 0 }))).type).toBe(
      "message",
    );
    const token = new Anthropic({ baseURL, apiKey: null, authToken: tokenOf(), maxRetries: 0 });
    expect((await say(token)).type).toBe("message");
  });
});

describe("what callers may call", () => {
  it.each<[string, Headers, string, number]>([
    ["what everybody may", bearer("local-chat-new"), "qwen", 200],
    ["what their team may", bearer("local-batch"), "large", 200],
    ["what a team of their token may", bearer(tokenOf({ teams: "search" })), "large", 200],
    [
      "what one of the teams of their token may",
      bearer(tokenOf({ teams: ["sales", "search"] })),
      "large",
      200,
    ],
    ["not what another team may", bearer("local-chat-new"), "large", 403],
    ["nor with a token of no team", bearer(tokenOf()), "large", 403],
    [
      "nor by a header that says so",
      { ...bearer(tokenOf()), "x-team": "search", team: "search" },
      "large",
      403,
    ],
    ["nor by one that names the model", { ...bearer(tokenOf()), "x-ai-eg-model": "qwen" }, "large", 403],
    ["nor the other way round", { ...bearer(tokenOf()), "x-ai-eg-model": "large" }, "qwen", 200],
  ])("is %s", async (_, headers, model, status) => {
    const before = gateway.engine("large").requestCount;
    expect((await chat(headers, model)).status).toBe(status);
    expect((await message(headers, model)).status).toBe(status);
    expect(gateway.engine("large").requestCount - before).toBe(model === "large" && status === 200 ? 2 : 0);
  });

  it("is told in the words of the API, with the nearest name", async () => {
    const may = 'You may not use the model "large".';
    expect(await chat(bearer(tokenOf()), "large")).toMatchObject({
      type: "invalid_request_error",
      message: may,
    });
    expect(await message(bearer(tokenOf()), "large")).toMatchObject({
      type: "permission_error",
      message: may,
    });
    expect(await chat(bearer("local-batch"), "larg")).toMatchObject({
      status: 404,
      message: 'The model "larg" does not exist. Did you mean "large"?',
    });
    expect(await chat(bearer(tokenOf()), "larg")).toMatchObject({
      status: 404,
      message: 'The model "larg" does not exist.',
    });
  });
});

it("the list of models is what each caller may call", async () => {
  const listed = async (headers: Headers, path = "/v1/models") =>
    (JSON.parse((await get(path, headers)).text) as { data: { id: string }[] }).data.map(({ id }) => id);
  const callers = [
    bearer("local-batch"),
    bearer("local-chat-new"),
    bearer(tokenOf()),
    bearer(tokenOf({ teams: ["search"] })),
  ];
  for (const headers of callers) {
    const callable: string[] = [];
    for (const model of ["large", "qwen"]) {
      if ((await chat(headers, model)).status === 200) {
        callable.push(model);
      }
    }
    expect(await listed(headers)).toEqual(callable);
    expect(await listed(headers, "/anthropic/v1/models")).toEqual(callable);
  }
  const client = new OpenAI({ baseURL: `${gateway.local.baseUrl}/v1`, apiKey: "local-chat-new" });
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["qwen"]);
  const anthropic = new Anthropic({ baseURL: `${gateway.local.baseUrl}/anthropic`, apiKey: "local-batch" });
  expect((await anthropic.models.list()).data.map(({ id }) => id)).toEqual(["large", "qwen"]);
});

describe("a key that ends", () => {
  it("counts within the overlap with the next one, and not after it", async () => {
    expect((await chat(bearer("local-chat-new"))).status).toBe(200);
    await delay(Math.max(0, overlapEnds - Date.now()) + 50);
    expect(await chat(bearer("local-chat-old"))).toMatchObject({
      status: 401,
      message: expect.stringMatching(/expired/),
    });
    expect((await chat(bearer("local-chat-new"))).status).toBe(200);
  }, 90_000);

  it("while a stream runs lets the stream end, and nothing more begin", async () => {
    const { processor, resolved } = gateway.local;
    const policy = resolved.policy ?? "";
    await gateway.engine("qwen").behave({ tokensPerSecond: 20 });
    const running = gateway.post(
      "/v1/chat/completions",
      { model: "qwen", messages: helloWorld, max_tokens: 40, stream: true },
      bearer("local-batch"),
    );
    const response = await running;
    expect(response.status).toBe(200);
    const { access, ...others } = JSON.parse(policy) as PolicyDocument;
    const { batch: _, ...left } = access?.keys ?? {};
    processor?.use(JSON.stringify({ ...others, access: { ...access, keys: left } }));
    try {
      expect((await chat(bearer("local-batch"))).status).toBe(401);
      expect(await response.text()).toMatch(/data: \[DONE\]\s*$/);
    } finally {
      processor?.use(policy);
      await gateway.engine("qwen").behave({ tokensPerSecond: 0 });
    }
    expect((await chat(bearer("local-batch"))).status).toBe(200);
  });
});

it("nothing of a credential stands in the access log", async () => {
  const requestId = randomUUID();
  expect((await chat({ ...bearer("local-batch"), "x-request-id": requestId })).status).toBe(200);
  expect(JSON.stringify(await gateway.logged(requestId))).not.toMatch(/local-batch|eyJ/);
});
