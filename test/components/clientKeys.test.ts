import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { ModelGateway } from "../../components/models/modelGateway";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { keyHash } from "../../extproc/contract";
import { type Registration, recordResources, resolved, wireSecret } from "../support/recordResources";

// What this file does not prove: that the processor lets in who has these keys (see test/extproc and test/e2e).

vi.spyOn(pulumi.log, "info").mockImplementation(async () => undefined);

const jwt = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/keys" };
const declaration = (apiKeys: Required<ModelGatewayArgs>["access"]["apiKeys"]): ModelGatewayArgs => ({
  models: { m: { openAICompatible: { url: "https://m.example.com/v1" } } },
  access: { jwt, ...(apiKeys === undefined ? {} : { apiKeys }) },
  processor: { image: "registry.example.com/processor:1" },
});
/** What the provider makes of a name, so that each is another. */
const made = (name: string) => `random-of-${name}`.padEnd(43, "x");
const given = "sk-given-by-somebody-else";

interface Made {
  readonly registered: readonly Registration[];
  readonly apiKeys: Record<string, string>;
  readonly isSecret: boolean;
}

async function make(args: ModelGatewayArgs): Promise<Made> {
  let gateway: ModelGateway | undefined;
  let apiKeys: Record<string, string> = {};
  let isSecret = false;
  const registered = await recordResources(
    () => {
      gateway = new ModelGateway("gw", args);
      void resolved(gateway.apiKeys).then((keys) => {
        apiKeys = keys;
      });
      void pulumi.isSecret(gateway.apiKeys).then((answer) => {
        isSecret = answer;
      });
      return gateway;
    },
    {
      state: (type, inputs, name) =>
        type === "random:index/randomPassword:RandomPassword" ? { ...inputs, result: made(name) } : inputs,
    },
  );
  return { registered, apiKeys, isSecret };
}

const passwords = ({ registered }: Made) =>
  registered.filter(({ kind }) => kind === "RandomPassword").map(({ name, inputs }) => [name, inputs]);

function keysFile({ registered }: Made) {
  const found = registered.filter(
    ({ kind, inputs }) => kind === "Secret" && String(inputs.metadata.name).endsWith(".keys"),
  );
  expect(found).toHaveLength(1);
  const [secret] = found;
  return secret;
}

const versions = {
  "2026-08": { generated: true, expires: "2026-12-01T00:00:00Z" },
  "2026-11": { generated: true },
};

describe("keys of clients", () => {
  it("are made one by one, and only their hashes go to the processor", async () => {
    const all = await make(
      declaration({
        batch: { generated: true, team: "search" },
        chat: { versions },
        own: { key: pulumi.secret(given) },
      }),
    );
    expect(passwords(all)).toEqual([
      ["gw-key-batch", { length: 43, special: false }],
      ["gw-key-chat/2026-08", { length: 43, special: false }],
      ["gw-key-chat/2026-11", { length: 43, special: false }],
    ]);
    const key = (name: string) => `sk-aigw-${made(name)}`;
    expect(all.apiKeys).toEqual({
      batch: key("gw-key-batch"),
      "chat/2026-08": key("gw-key-chat/2026-08"),
      "chat/2026-11": key("gw-key-chat/2026-11"),
    });
    expect(all.isSecret).toBe(true);
    const hashes = {
      batch: keyHash(key("gw-key-batch")),
      chat: {
        "2026-08": keyHash(key("gw-key-chat/2026-08")),
        "2026-11": keyHash(key("gw-key-chat/2026-11")),
      },
      own: keyHash(given),
    };
    expect(keysFile(all)?.inputs.stringData).toEqual(
      wireSecret({ "keys.json": JSON.stringify({ keys: hashes, version: 1 }) }),
    );
  });

  it("have a Secret of their own beside the one with the processor's credentials", async () => {
    const args = declaration({ batch: { generated: true } });
    const webhook = { url: "https://hooks.example.com", authorization: pulumi.secret("Bearer hook") };
    const all = await make({ ...args, processor: { ...args.processor, webhook } });
    const secrets = all.registered.filter(({ kind }) => kind === "Secret");
    expect(secrets.map(({ name }) => name)).toEqual(["gw", "gw-keys"]);
    expect(new Set(secrets.map(({ inputs }) => inputs.metadata.name)).size).toBe(2);
  });

  it("are mounted beside the policy, in the file that the processor is told of", async () => {
    const all = await make(declaration({ batch: { generated: true } }));
    const [pods] = all.registered.filter(({ kind }) => kind === "Deployment");
    const { containers, volumes } = pods?.inputs.spec.template.spec ?? {};
    expect(containers[0].env).toContainEqual({ name: "KEYS_FILE", value: "/etc/ai-gateway/keys/keys.json" });
    expect(containers[0].volumeMounts).toContainEqual({
      name: "keys",
      mountPath: "/etc/ai-gateway/keys",
      readOnly: true,
    });
    const secretName = keysFile(all)?.inputs.metadata.name;
    expect(volumes).toContainEqual({
      name: "keys",
      secret: { secretName, defaultMode: 0o440, items: [{ key: "keys.json", path: "keys.json" }] },
    });
    expect(pods?.dependencies).toContain(`Secret ${keysFile(all)?.name}`);
  });

  it("stand in clear in no plan: neither in arguments, nor in the document, nor anywhere but in secrets", async () => {
    const all = await make(declaration({ batch: { generated: true }, own: { key: pulumi.secret(given) } }));
    const withoutSecrets = JSON.stringify(all.registered, (_, value) =>
      typeof value === "object" &&
      value !== null &&
      Object.values(value).includes("1b47061264138c4ac30d75fd1eb44270")
        ? "a secret"
        : value,
    );
    for (const key of [
      given,
      made("gw-key-batch"),
      keyHash(given),
      keyHash(`sk-aigw-${made("gw-key-batch")}`),
    ]) {
      expect(withoutSecrets).not.toContain(key);
      expect(JSON.stringify(all.registered)).toContain(key === made("gw-key-batch") ? "RandomPassword" : key);
    }
  });

  it("are rotated by a version more: the others stay as they are, and no pod is replaced", async () => {
    const before = await make(declaration({ chat: { versions: { "2026-08": { generated: true } } } }));
    const after = await make(declaration({ chat: { versions } }));
    const inputsOf = (all: Made) =>
      new Map(all.registered.map(({ kind, name, inputs }) => [`${kind} ${name}`, JSON.stringify(inputs)]));
    const [old, now] = [inputsOf(before), inputsOf(after)];
    const changed = [...now].filter(([name, inputs]) => old.get(name) !== inputs).map(([name]) => name);
    expect(changed.filter((name) => !name.startsWith("ModelGateway"))).toEqual([
      "ConfigMap gw",
      "Secret gw-keys",
      "RandomPassword gw-key-chat/2026-11",
    ]);
    expect([...old.keys()].filter((name) => !now.has(name))).toEqual([]);
  });

  it("are not there where Envoy checks them, or none are declared", async () => {
    const { processor: _, ...tokensAlone } = declaration(undefined);
    const none = await make(tokensAlone);
    expect([passwords(none), none.apiKeys]).toEqual([[], {}]);
    expect(none.registered.some(({ inputs }) => /\.keys$/.test(String(inputs.metadata?.name)))).toBe(false);
  });
});
