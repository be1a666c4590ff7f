import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../components/budgets/accessArgs";
import { ApiCalls, bearer } from "./support/apiCalls";
import { useGateway } from "./support/gateway";
import { type Claims, jwt, nowSeconds, stranger, tokenOf } from "./support/tokens";

const model = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const ci = "https://ci.example.com/";
const ciKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
// Under the id that the other issuer's key has: it is not by the id that the two are told apart.
const ciKey = { ...ciKeys.publicKey.export({ format: "jwk" }), kid: "theirs", alg: "ES256", use: "sig" };

const issuers: NonNullable<AccessArgs["issuers"]> = {
  staff: jwt,
  ci: {
    issuer: ci,
    audiences: ["build"],
    localJwks: JSON.stringify({ keys: [ciKey] }),
    claims: { user: "sub", team: "project" },
  },
};

/** A good token of the second issuer, but for the claims that are changed. */
const ciToken = (claims: Claims = {}, key = ciKeys.privateKey) =>
  tokenOf({ iss: ci, aud: "build", ...claims }, key);

interface Row {
  readonly of: Readonly<Record<string, string | null>>;
  readonly used: number;
}

describe.each<[string, AccessArgs]>([
  ["alone", { issuers }],
  ["beside keys", { issuers, apiKeys: { batch: { generated: true, team: "search" } } }],
])("tokens of two issuers, %s", (_, access) => {
  const gateway = useGateway({
    models: { qwen: model, large: model },
    access: {
      ...access,
      rules: {
        all: { models: ["qwen"] },
        ci: { attributes: { issuer: ["ci"] }, models: ["large"] },
        search: { teams: ["search"], models: ["large"] },
      },
    },
    budgets: { each: { per: "issuer, user", limit: { requests: 1_000 }, period: "year" } },
  });
  const calls = new ApiCalls(() => gateway.local.baseUrl, "qwen");
  const requests = () => gateway.engine("qwen").requestCount + gateway.engine("large").requestCount;
  const usedBy = async (token: string) => {
    const { status, body } = await calls.get("/v1/budgets", bearer(token));
    expect(status).toBe(200);
    return (body as { readonly budgets: readonly Row[] }).budgets.map(({ of, used }) => ({ of, used }));
  };

  it.each<[string, string, string, number]>([
    ["of the one", tokenOf(), "qwen", 200],
    ["of the other", ciToken(), "qwen", 200],
    ["of the other, for what its issuer alone may", ciToken(), "large", 200],
    ["of the one, for what the other alone may", tokenOf(), "large", 403],
    ["of the one, of a team by its own claim", tokenOf({ teams: ["search", "sales"] }), "large", 200],
    ["of the one, of a team by the other's claim", tokenOf({ project: "search" }), "large", 403],
    ["of the one that says it is the other's", tokenOf({ issuer: "ci" }), "large", 403],
    ["of the other, signed by the one's key", tokenOf({ iss: ci, aud: "build" }), "qwen", 401],
    ["of the one, signed by the other's key", tokenOf({}, ciKeys.privateKey), "qwen", 401],
    ["of the other, signed by nobody's key", ciToken({}, stranger.privateKey), "qwen", 401],
    ["of the other, for the one's audience", ciToken({ aud: "llm" }), "qwen", 403],
    ["of the one, for the other's audience", tokenOf({ aud: "build" }), "qwen", 403],
    ["of the other, expired", ciToken({ exp: nowSeconds - 600 }), "qwen", 401],
    ["of a third", ciToken({ iss: "https://elsewhere.example.com/" }), "qwen", 401],
    ["of the name of one", ciToken({ iss: "ci" }), "qwen", 401],
  ])("%s", async (_what, token, name, status) => {
    const before = requests();
    expect((await calls.chat(bearer(token), name)).status).toBe(status);
    expect((await calls.message(bearer(token), name)).status).toBe(status);
    expect(requests() - before).toBe(status === 200 ? 2 : 0);
  });

  it("both in one request are none", async () => {
    const before = requests();
    const both = { ...bearer(tokenOf()), "x-api-key": ciToken() };
    const listed = { authorization: `Bearer ${tokenOf()}, Bearer ${ciToken()}` };
    const headers = access.apiKeys === undefined ? [listed] : [both, listed];
    for (const one of headers) {
      expect((await calls.chat(one)).status).toBe(401);
    }
    expect(requests()).toBe(before);
  });

  it("count for users of their issuer, though users are called the same", async () => {
    const eve = tokenOf({ sub: "eve" });
    const other = ciToken({ sub: "eve" });
    expect((await calls.chat(bearer(eve))).status).toBe(200);
    expect((await calls.chat(bearer(eve))).status).toBe(200);
    expect((await calls.chat(bearer(other))).status).toBe(200);
    expect(await usedBy(eve)).toEqual([{ of: { issuer: "staff", user: "eve" }, used: 2 }]);
    expect(await usedBy(other)).toEqual([{ of: { issuer: "ci", user: "eve" }, used: 1 }]);
  });

  it("see what they may call", async () => {
    expect(await calls.models(bearer(tokenOf()))).toEqual(["qwen"]);
    expect(await calls.models(bearer(ciToken()))).toEqual(["large", "qwen"]);
  });
});
