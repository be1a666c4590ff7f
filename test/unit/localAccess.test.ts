import { createPublicKey, generateKeyPairSync, type JsonWebKey, verify } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { clientKeysText, putClientKeys } from "../../cli/local/clientKeys";
import { localCaller } from "../../cli/local/localCaller";
import { localTokens } from "../../cli/local/localTokens";
import { createRunDirectory } from "../../cli/local/runDirectory";
import { curlLines } from "../../cli/local/summary";
import type { AccessArgs, JwtArgs } from "../../components/budgets/accessArgs";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";

const issuer = "https://login.example.com/";
const models = { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } };
const budgets = { ours: { teams: ["red"], limit: { tokens: 100 }, period: "day" as const } };
const declarationOf = (access: AccessArgs, more: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
  models,
  access,
  target: "local",
  ...more,
});
const resolve = (declaration: ModelGatewayArgs) => resolveModelGateway("test", declaration);

const theirs = {
  ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
  kid: "theirs",
};

async function tokensOf(jwt: Partial<JwtArgs>) {
  const declaration = declarationOf({ jwt: { issuer, ...jwt } });
  const tokens = await localTokens(declaration, resolve(declaration).access?.issuers ?? []);
  if (tokens === undefined) {
    throw new Error("the declaration has no tokens");
  }
  return tokens;
}

type Tokens = Awaited<ReturnType<typeof tokensOf>>;

function keysOf({ declaration }: Tokens): readonly (JsonWebKey & { kid: string })[] {
  return JSON.parse(String(declaration.access?.jwt?.localJwks)).keys;
}

/** The payload of a token, if one of the declared keys has signed it. */
function verified(tokens: Tokens, token: string): unknown {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const { kid } = JSON.parse(Buffer.from(header, "base64url").toString());
  const key = createPublicKey({
    key: keysOf(tokens).find((one) => one.kid === kid) ?? {},
    format: "jwk",
  });
  const isRight = verify(
    "sha256",
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: "ieee-p1363" },
    Buffer.from(signature, "base64url"),
  );
  return isRight ? JSON.parse(Buffer.from(payload, "base64url").toString()) : undefined;
}

describe("localTokens", () => {
  it("adds a key to those that are declared, and signs for any caller", async () => {
    const tokens = await tokensOf({
      localJwks: JSON.stringify({ keys: [theirs] }),
      audiences: ["llm", "other"],
      claims: { user: "sub", team: "group" },
    });
    expect(keysOf(tokens).map(({ kid }) => kid)).toEqual(["theirs", "ai-gateway-local"]);
    expect(keysOf(tokens).every((key) => !("d" in key))).toBe(true);
    expect(tokens.difference).toBe(`tokens of ${issuer} count, and those that this command signs itself`);
    // The declaration is as right as it was before.
    expect(resolve(tokens.declaration).access?.issuers).toMatchObject([
      { issuer, audiences: ["llm", "other"] },
    ]);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const payload = verified(tokens, tokens.token({ team: "red" })) as Record<string, number>;
    expect(payload).toMatchObject({ iss: issuer, aud: "llm", sub: "local-user", group: "red" });
    expect(payload["exp"]).toBeGreaterThan(nowSeconds + 86_400);
  });

  it("stands in for keys that are fetched, or known only to a deployment", async () => {
    const remote = await tokensOf({ jwksUri: "https://login.example.com/keys" });
    const unknown = await tokensOf({ localJwks: pulumi.output("[unknown]") });
    for (const tokens of [remote, unknown]) {
      expect(keysOf(tokens).map(({ kid }) => kid)).toEqual(["ai-gateway-local"]);
      expect(tokens.declaration.access?.jwt).not.toHaveProperty("jwksUri");
      expect(tokens.difference).toBe(
        `tokens that this command signs itself count in place of those of ${issuer}`,
      );
      expect(() => resolve(tokens.declaration)).not.toThrow();
      expect(verified(tokens, tokens.token({}))).toMatchObject({ iss: issuer, sub: "local-user" });
    }
  });
});

describe("localCaller", () => {
  const apiKeys = { batch: { key: pulumi.secret("real"), team: "red" }, ui: { key: pulumi.secret("other") } };

  it("needs nothing where everybody may call", () => {
    const resolved = resolve({ models, target: "local" });
    const caller = localCaller(resolved, undefined);
    expect(caller).toEqual({ headers: {}, token: undefined });
    expect(curlLines("http://h", resolved, caller).join("\n")).not.toContain("authorization");
  });

  it("comes with the first key, which is not the real one", () => {
    const resolved = resolve(declarationOf({ apiKeys }));
    const caller = localCaller(resolved, undefined);
    expect(caller).toEqual({ headers: { authorization: "Bearer local-batch" }, token: undefined });
    const lines = curlLines("http://h", resolved, caller);
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.includes("-H 'authorization: Bearer local-batch'"))).toBe(true);
  });

  it("comes with a token of a team that budgets count", async () => {
    const tokens = await tokensOf({
      localJwks: JSON.stringify({ keys: [theirs] }),
      claims: { team: "team" },
    });
    const resolved = resolve({ ...tokens.declaration, budgets });
    const caller = localCaller(resolved, tokens);
    expect(verified(tokens, caller.token ?? "")).toMatchObject({ team: "red" });
    expect(caller.headers).toEqual({ authorization: `Bearer ${caller.token}` });
    const [first, ...calls] = curlLines("http://h", resolved, caller);
    expect(first).toBe(`TOKEN=${caller.token}`);
    expect(calls).toHaveLength(4);
    expect(calls[1]).toBe('curl -s http://h/v1/budgets -H "authorization: Bearer $TOKEN"');
    expect(calls.every((line) => line.includes('-H "authorization: Bearer $TOKEN"'))).toBe(true);
  });
});

describe("client keys", () => {
  const declaration = declarationOf({ apiKeys: { "a.b": { key: pulumi.secret("real") } } });
  const { resolved, objects } = planModelGateway("test", declaration);
  const name = resolved.access?.apiKeys?.make?.name;

  it("are data, as an API server would have them", async () => {
    const secret = parse((await clientKeysText(objects, name)) ?? "");
    expect(secret).toMatchObject({ kind: "Secret", metadata: { name, namespace: "ai-gateway" } });
    expect(secret).not.toHaveProperty("stringData");
    expect(secret.data).toEqual({ "a.b": Buffer.from("local-a.b").toString("base64") });
    expect(await clientKeysText(objects, undefined)).toBeUndefined();
  });

  it("are put where the gateway looks, once that is there, for nobody else to read", async () => {
    const directory = createRunDirectory();
    try {
      let isOver = false;
      const put = putClientKeys(directory, "keys", () => isOver);
      mkdirSync(directory.resources, { recursive: true });
      writeFileSync(path.join(directory.resources, "config.yaml"), "");
      await new Promise((done) => setTimeout(done, 50));
      expect(readdirSync(directory.resources)).toEqual(["config.yaml"]);
      writeFileSync(directory.aigwLog, "");
      const file = path.join(directory.resources, "client-keys.yaml");
      await vi.waitFor(() => expect(existsSync(file)).toBe(true));
      // A gateway that was not yet looking gets another chance.
      const first = statSync(file).ino;
      await vi.waitFor(() => expect(statSync(file).ino).not.toBe(first), 10_000);
      isOver = true;
      await put;
      expect(readdirSync(directory.resources)).toEqual(["client-keys.yaml", "config.yaml"]);
      expect(readFileSync(file, "utf8")).toBe("keys");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      // Who waits for a gateway that has ended waits no longer.
      rmSync(directory.aigwLog);
      await putClientKeys(directory, "others", () => isOver);
      expect(readFileSync(file, "utf8")).toBe("keys");
    } finally {
      directory.remove();
    }
  });
});
