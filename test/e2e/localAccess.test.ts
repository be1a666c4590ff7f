import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkModels } from "../../cli/local/modelChecks";
import type { RequestSummary } from "../../extproc/service/summary";
import { helloWorld, type TestGateway, useGateway } from "./support/gateway";
import { outerAddress } from "./support/outerAddress";

const models = { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } };
const issuer = "https://login.example.com/";

/** Asks for five tokens by a prompt of five; the status of the answer. */
async function ask(gateway: TestGateway, headers: Readonly<Record<string, string>>) {
  const body = { model: "qwen", messages: helloWorld, max_tokens: 5 };
  const response = await gateway.post("/v1/chat/completions", body, headers);
  await response.arrayBuffer();
  return response.status;
}

/** What is left after some more requests of a team, and of a user by a key. */
function less(before: Readonly<Record<string, number>>, ofTeam: number, ofUser: number) {
  const { team = 0, user = 0, key = 0 } = before;
  return { team: team - 10 * ofTeam, user: user - ofUser, key: key - ofUser };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** What is told of a request when it is settled; those before it may be settled later than they are answered. */
function summaryOf(gateway: TestGateway, requestId: string): Promise<RequestSummary> {
  return new Promise((resolve) => {
    const stop = gateway.local.processor?.onSummary((told) => {
      if (told.requestId === requestId) {
        stop?.();
        resolve(told);
      }
    });
  });
}

/** What is left for the caller of a request, by budget. */
async function leftAfter(gateway: TestGateway, headers: Readonly<Record<string, string>>) {
  const requestId = randomUUID();
  const summary = summaryOf(gateway, requestId);
  expect(await ask(gateway, { ...headers, "x-request-id": requestId })).toBe(200);
  return Object.fromEntries((await summary).budgets.map(({ budget, remaining }) => [budget, remaining]));
}

describe("API keys on a laptop", () => {
  // What the run writes is looked at below.
  const before = process.env["TMPDIR"];
  const temporary = mkdtempSync(path.join(tmpdir(), "e2e-"));
  beforeAll(() => {
    process.env["TMPDIR"] = temporary;
  });
  // Before the gateway's own, which then runs first.
  afterAll(() => {
    if (before === undefined) {
      delete process.env["TMPDIR"];
    } else {
      process.env["TMPDIR"] = before;
    }
    const left = readdirSync(temporary);
    rmSync(temporary, { recursive: true, force: true });
    expect(left).toEqual([]);
  });
  const gateway = useGateway({
    models,
    access: {
      apiKeys: {
        alice: { key: pulumi.secret("real-key-of-alice"), team: "red", user: "alice" },
        batch: { key: pulumi.secret("real-key-of-batch"), team: "red", user: "batch" },
        guest: { key: pulumi.secret("real-key-of-guest"), team: "blue" },
        zoe: { key: pulumi.secret("real-key-of-zoe"), team: "green", user: "zoe" },
      },
    },
    budgets: {
      team: { per: "team", limit: { tokens: 1_000 }, period: "year" },
      user: { per: "user", limit: { requests: 100 }, period: "year" },
      key: { per: "key", limit: { requests: 100 }, period: "year" },
    },
  });
  it("let in who has one of this run, and nobody else", async () => {
    expect(await ask(gateway, {})).toBe(401);
    expect(await ask(gateway, bearer("wrong"))).toBe(401);
    expect(await ask(gateway, bearer("real-key-of-alice"))).toBe(401);
    expect(gateway.engine("qwen").requestCount).toBe(0);
    expect(await ask(gateway, gateway.local.caller.headers)).toBe(200);
    expect(await ask(gateway, { "x-api-key": "local-guest" })).toBe(200);
    expect(await ask(gateway, { "api-key": "local-guest" })).toBe(200);
    expect(gateway.engine("qwen").requestCount).toBe(3);
    expect(JSON.stringify(gateway.engine("qwen").requests.map(({ headers }) => headers))).not.toContain(
      "local-",
    );
  });

  it("tell budgets whose a request is, whatever it says of itself", async () => {
    const forged = { ...bearer("local-batch"), "x-ai-gateway-client": "zoe", "x-team": "green" };
    const before = await leftAfter(gateway, bearer("local-alice"));
    expect(await leftAfter(gateway, forged)).toEqual({ team: (before["team"] ?? 0) - 10, user: 99, key: 99 });
    expect(await leftAfter(gateway, bearer("local-zoe"))).toEqual({ team: 990, user: 99, key: 99 });
    expect(await leftAfter(gateway, bearer("local-alice"))).toEqual(less(before, 2, 1));
  });

  it("do not stand in the way of the checks, which cost nothing", async () => {
    const before = await leftAfter(gateway, bearer("local-alice"));
    const check = () => checkModels(gateway.local);
    const checks = (await gateway.local.processor?.withoutBudgets(check)) ?? [];
    expect(checks.map(({ status, problem }) => [status, problem])).toEqual([[200, undefined]]);
    expect(await leftAfter(gateway, bearer("local-alice"))).toEqual(less(before, 1, 1));
  });

  it.skipIf(outerAddress === undefined)("do not let in who calls from another machine", async () => {
    const outside = `${gateway.local.baseUrl.replace("127.0.0.1", outerAddress ?? "")}/v1/chat/completions`;
    const body = JSON.stringify({ model: "qwen", messages: helloWorld, max_tokens: 5 });
    const call = (headers: Readonly<Record<string, string>>) =>
      fetch(outside, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
    const before = await leftAfter(gateway, bearer("local-alice"));
    const asked = gateway.engine("qwen").requestCount;
    const requestId = randomUUID();
    const refused = summaryOf(gateway, requestId);
    expect((await call({ ...bearer("local-alice"), "x-request-id": requestId })).status).toBe(403);
    await refused;
    expect((await call({})).status).toBe(401);
    expect(gateway.engine("qwen").requestCount).toBe(asked);
    // Budgets were asked before the address was looked at, and gave back what they held.
    expect(await leftAfter(gateway, bearer("local-alice"))).toEqual(less(before, 1, 1));
  });

  it("lie in files that only their owner reads, and the real ones in none", () => {
    const [run = ""] = readdirSync(temporary);
    const files = readdirSync(temporary, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const keys = Buffer.from("local-alice").toString("base64");
    const holding = files.filter(
      (file) => /local-alice/.test(readFileSync(file, "utf8")) || readFileSync(file, "utf8").includes(keys),
    );
    expect(holding.map((file) => path.basename(file))).toContain("client-keys.yaml");
    expect(holding.filter((file) => (statSync(file).mode & 0o077) !== 0)).toEqual([]);
    expect(statSync(path.join(temporary, run)).mode & 0o777).toBe(0o700);
    expect(files.filter((file) => readFileSync(file, "utf8").includes("real-key"))).toEqual([]);
  });
});

describe("tokens on a laptop", () => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const jwks = {
    keys: [{ ...publicKey.export({ format: "jwk" }), kid: "theirs", alg: "RS256", use: "sig" }],
  };
  const gateway = useGateway({
    models,
    access: {
      jwt: {
        issuer,
        audiences: ["llm"],
        localJwks: JSON.stringify(jwks),
        claims: { user: "sub", team: "team" },
      },
    },
    budgets: {
      user: { per: "user", limit: { requests: 10 }, period: "year" },
      red: { teams: ["red"], limit: { requests: 100 }, period: "year" },
    },
  });

  function tokenOf(change: object, key: KeyObject = privateKey): string {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const payload = { iss: issuer, aud: "llm", sub: "ann", team: "red", exp, ...change };
    const part = (json: object) => Buffer.from(JSON.stringify(json)).toString("base64url");
    const content = `${part({ alg: "RS256", kid: "theirs" })}.${part(payload)}`;
    return `${content}.${sign("sha256", Buffer.from(content), key).toString("base64url")}`;
  }

  it("let in who has one of the declared issuer, or of this run", async () => {
    expect(await ask(gateway, {})).toBe(401);
    expect(await ask(gateway, bearer(tokenOf({}, stranger)))).toBe(401);
    expect(await ask(gateway, bearer(tokenOf({ iss: "https://elsewhere.example.com/" })))).toBe(401);
    expect(await ask(gateway, bearer(tokenOf({ exp: 1_600_000_000 })))).toBe(401);
    // An audience of others is forbidden, not unknown.
    expect(await ask(gateway, bearer(tokenOf({ aud: "other" })))).toBe(403);
    expect(gateway.engine("qwen").requestCount).toBe(0);
    expect(await ask(gateway, bearer(tokenOf({ sub: "first" })))).toBe(200);
    expect(await ask(gateway, gateway.local.caller.headers)).toBe(200);
  });

  it("tell budgets whose a request is", async () => {
    const { red = 0, user } = await leftAfter(gateway, bearer(tokenOf({})));
    expect(user).toBe(9);
    expect(await leftAfter(gateway, bearer(tokenOf({})))).toEqual({ user: 8, red: red - 1 });
    expect(await leftAfter(gateway, bearer(tokenOf({ sub: "ben" })))).toEqual({ user: 9, red: red - 2 });
    expect(await leftAfter(gateway, bearer(tokenOf({ sub: "cleo", team: "blue" })))).toEqual({ user: 9 });
  });

  it("are no matter for the checks", async () => {
    expect((await checkModels(gateway.local)).map(({ problem }) => problem)).toEqual([undefined]);
  });
});
