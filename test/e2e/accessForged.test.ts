import { connect } from "node:http2";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { AccessArgs } from "../../components/budgets/accessArgs";
import { clientKeyHeader, tierHeader } from "../../components/budgets/identityHeaders";
import { tierName } from "../../components/budgets/overflow";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { ApiCalls, bearer, type Headers } from "./support/apiCalls";
import { helloWorld, type TestGateway, useGateway } from "./support/gateway";
import { rawRequest, rawStatus } from "./support/rawHttp";
import { jwt, tokenOf } from "./support/tokens";

const model = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const rules = { all: { models: ["open"] }, admins: { teams: ["admins"], models: ["closed"] } };
const declared = (access: AccessArgs): ModelGatewayArgs => ({
  models: { open: model, closed: model, spare: { ...model, public: false } },
  access: { ...access, rules },
  budgets: {
    over: {
      models: ["open"],
      limit: { requests: 1_000_000 },
      period: "year",
      atLimit: "overflow",
      overflowTo: "spare",
    },
  },
});

/** What each claims to be, or where it wants to go. */
const forged: readonly (readonly [what: string, headers: Headers])[] = [
  ["another key's name", { [clientKeyHeader]: "admin" }],
  ["no name", { [clientKeyHeader]: "" }],
  [
    "a user",
    { "x-user-id": "admin", "x-user": "admin", "x-client-id": "admin", user: "admin", sub: "admin" },
  ],
  ["a team", { "x-team": "admins", "x-team-id": "admins", team: "admins", teams: "admins" }],
  ["a list of teams", { "x-team": '["admins"]', teams: "guests,admins" }],
  ["claims", { "x-jwt-payload": "eyJ0ZWFtcyI6ImFkbWlucyJ9", "x-jwt-claim-teams": "admins" }],
  ["another model for the route", { "x-ai-eg-model": "closed" }],
  ["the model of the body", { "x-ai-eg-model": "open" }],
  ["another path", { "x-ai-eg-original-path": "/v1/models", "x-envoy-original-path": "/v1/models" }],
  ["AI Gateway's other headers", { "x-ai-eg-internal-req-id": "1", "x-ai-eg-team": "admins" }],
  ["a tier", { [tierHeader]: tierName("spare") }],
  ["a credential for the provider", { "x-aigw-api-key": "sk-mine", "x-aigw-team": "admins" }],
  [
    "a backend",
    { "x-gateway-destination-endpoint": "127.0.0.1:1", "x-gateway-model-name-rewrite": "closed" },
  ],
  [
    "metadata",
    { "x-envoy-dynamic-metadata": "aigw.budget", "aigw.budget": "{}", "envoy.filters.http.jwt-authn": "{}" },
  ],
  ["what the processor answers with", { "x-budget-name": "over", "x-budget-tier": tierName("spare") }],
];

/** Ways to write a header so that a check may miss it; `isBroken` where HTTP forbids it, or Envoy Gateway. */
const tricks: readonly {
  trick: string;
  isBroken?: boolean;
  lines: (name: string, value: string) => string[];
}[] = [
  { trick: "in capitals", lines: (name, value) => [`${name.toUpperCase()}: ${value}`] },
  {
    trick: "in capitals and small letters",
    lines: (name, value) => [
      `${name.replace(/[a-z]/g, (letter, at: number) => (at % 2 ? letter : letter.toUpperCase()))}: ${value}`,
    ],
  },
  { trick: "without a space before the value", lines: (name, value) => [`${name}:${value}`] },
  { trick: "with spaces and tabs around the value", lines: (name, value) => [`${name}: \t ${value} \t `] },
  { trick: "twice", lines: (name, value) => [`${name}: ${value}`, `${name}: ${value}`] },
  { trick: "twice, with another value first", lines: (name, value) => [`${name}: x`, `${name}: ${value}`] },
  {
    trick: "twice, in other letters",
    lines: (name, value) => [`${name}: ${value}`, `${name.toUpperCase()}: ${value}`],
  },
  { trick: "for this hop alone", lines: (name, value) => [`connection: ${name}`, `${name}: ${value}`] },
  {
    trick: "with underscores",
    isBroken: true,
    lines: (name, value) => [`${name.replaceAll("-", "_")}: ${value}`],
  },
  { trick: "with a space before the colon", isBroken: true, lines: (name, value) => [`${name} : ${value}`] },
  { trick: "with a tab before the colon", isBroken: true, lines: (name, value) => [`${name}\t: ${value}`] },
  // Which makes it a part of the value before it.
  { trick: "with a space in front", lines: (name, value) => [`x-a: b`, ` ${name}: ${value}`] },
  { trick: "behind a carriage return alone", lines: (name, value) => [`x-a: b\r${name}: ${value}`] },
  { trick: "with a zero byte behind", isBroken: true, lines: (name, value) => [`${name}\0: ${value}`] },
  { trick: "behind a line feed alone", lines: (name, value) => [`x-a: b\n${name}: ${value}`] },
];
const forgedPairs: readonly (readonly [name: string, value: string])[] = [
  [clientKeyHeader, "admin"],
  ["x-ai-eg-model", "closed"],
  [tierHeader, tierName("spare")],
  ["x-team", "admins"],
];

/** `guests`: callers of the team `guests`, by what they prove it with. */
function gainNothing(gateway: TestGateway, guests: Readonly<Record<string, Headers>>, admin: Headers) {
  const calls = new ApiCalls(() => gateway.local.baseUrl, "open");
  const asked = (name: string) => gateway.engine(name).requestCount;
  const callers = Object.entries(guests);

  it("an administrator may call what they are after", async () => {
    expect((await calls.chat(admin, "closed")).status).toBe(200);
    expect((await calls.message(admin, "closed")).status).toBe(200);
    expect(await calls.models(admin)).toEqual(["closed", "open"]);
    gateway.engine("closed").forgetRequests();
  });

  describe.each(forged)("by %s", (_, headers) => {
    it.each(callers)("a guest with %s gains nothing", async (_with, credential) => {
      const all = { ...headers, ...credential };
      const [open, closed] = [asked("open"), asked("closed")];
      expect((await calls.chat(all, "closed")).status).toBe(403);
      expect((await calls.message(all, "closed")).status).toBe(403);
      expect((await calls.chat(all)).status).toBe(200);
      expect((await calls.message(all)).status).toBe(200);
      expect(await calls.models(all)).toEqual(["open"]);
      expect(await calls.models(all, "/anthropic/v1/models")).toEqual(["open"]);
      expect([asked("open"), asked("closed"), asked("spare")]).toEqual([open + 2, closed, 0]);
    });

    it("nobody becomes somebody", async () => {
      const before = asked("open");
      expect((await calls.chat(headers)).status).toBe(401);
      expect((await calls.message(headers)).status).toBe(401);
      for (const path of ["/v1/models", "/anthropic/v1/models", "/nowhere"]) {
        expect((await calls.get(path, headers)).status).toBe(401);
      }
      expect(asked("open")).toBe(before);
    });
  });

  describe.each(tricks)("by a header $trick", ({ isBroken = false, lines }) => {
    it.each(callers)("a guest with %s gains nothing", async (_with, credential) => {
      for (const [name, value] of forgedPairs) {
        const closed = asked("closed");
        const ask = (wanted: string, own: Headers) =>
          rawStatus(
            gateway.local.baseUrl,
            rawRequest(
              [
                ...Object.entries({ "content-type": "application/json", ...own }).map((pair) =>
                  pair.join(": "),
                ),
                ...lines(name, value),
              ],
              JSON.stringify({ model: wanted, messages: helloWorld, max_tokens: 5 }),
            ),
          );
        const found = [await ask("open", credential), await ask("closed", credential), await ask("open", {})];
        expect(found, name).toEqual(isBroken ? [400, 400, 400] : [200, 403, 401]);
        expect([asked("closed"), asked("spare")]).toEqual([closed, 0]);
      }
    });
  });

  it("over HTTP/2 it is the same", async () => {
    const session = connect(gateway.local.baseUrl);
    const ask = (wanted: string, headers: Headers) =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({
          ":method": "POST",
          ":path": "/v1/chat/completions",
          "content-type": "application/json",
          ...headers,
        });
        stream.once("response", (answer) => resolve(Number(answer[":status"])));
        stream.once("error", reject);
        stream.resume();
        stream.end(JSON.stringify({ model: wanted, messages: helloWorld, max_tokens: 5 }));
      });
    try {
      for (const [, headers] of forged) {
        for (const [, credential] of callers) {
          const all = { ...headers, ...credential };
          expect([await ask("open", all), await ask("closed", all), await ask("open", headers)]).toEqual([
            200, 403, 401,
          ]);
        }
      }
    } finally {
      session.close();
    }
    expect(asked("spare")).toBe(0);
  });

  it("nothing of it has reached a model", () => {
    const seen = gateway.engine("open").requests.map(({ headers }) => headers);
    const own = seen.flatMap((headers) =>
      Object.keys(headers).filter((name) => /^x-(ai-gateway|aigw|gateway)-/.test(name)),
    );
    expect(seen.length).toBeGreaterThan(20);
    expect(own).toEqual([]);
    expect([...new Set(seen.map((headers) => headers["x-ai-eg-model"]))]).toEqual(["open"]);
    expect(gateway.engine("closed").requests).toEqual([]);
  });
}

describe("where Envoy checks keys", () => {
  const apiKeys = {
    guest: { key: pulumi.secret("the key of guest"), team: "guests" },
    admin: { key: pulumi.secret("the key of admin"), team: "admins" },
  };
  const gateway = useGateway(declared({ apiKeys }));
  gainNothing(gateway, { "a key": bearer("local-guest") }, bearer("local-admin"));
});

describe("where the processor checks keys beside tokens", () => {
  const apiKeys = {
    guest: { generated: true, team: "guests" },
    admin: { generated: true, team: "admins" },
  };
  const gateway = useGateway(declared({ jwt, apiKeys }));
  const guests = {
    "a key": { "x-api-key": "local-guest" },
    "a token": bearer(tokenOf({ teams: "guests" })),
    "a token of two teams": bearer(tokenOf({ teams: ["guests", "sales"] })),
  };
  gainNothing(gateway, guests, bearer(tokenOf({ teams: ["sales", "admins"] })));

  const raw = (headers: readonly string[]) =>
    rawStatus(
      gateway.local.baseUrl,
      rawRequest(
        ["content-type: application/json", ...headers],
        JSON.stringify({ model: "open", messages: helloWorld, max_tokens: 5 }),
      ),
    );
  it.each<[string, string[], number]>([
    ["a key twice", ["x-api-key: local-guest", "x-api-key: local-guest"], 200],
    ["a wrong key before a good one", ["x-api-key: sk-wrong", "x-api-key: local-guest"], 401],
    ["a wrong key behind a good one", ["x-api-key: local-guest", "x-api-key: sk-wrong"], 401],
    ["two good keys in one header", ["api-key: local-guest", "api-key: local-admin"], 401],
    ["a list of keys", ["x-api-key: local-guest, local-admin"], 401],
    [
      "a wrong key before a good one",
      ["authorization: Bearer sk-wrong", "authorization: Bearer local-guest"],
      401,
    ],
    [
      "two tokens",
      [`authorization: Bearer ${tokenOf()}`, `authorization: Bearer ${tokenOf({ sub: "bob" })}`],
      401,
    ],
    ["a key with a space behind the name", ["x-api-key : local-guest"], 400],
    ["a key in capitals", ["X-API-KEY: local-guest"], 200],
  ])("a header with %s is read as it stands: %j", async (_, headers, status) => {
    expect(await raw(headers)).toBe(status);
  });
});
