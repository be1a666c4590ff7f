import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { GatewayInstall, ModelGateway, type ModelGatewayArgs } from "../../components";
import { type Program, TestEngine } from "./support/engine";
import { describeEngine } from "./support/engineTests";
import {
  changesOf,
  expectAllSame,
  expectDone,
  expectNoSecret,
  generatedSecrets,
  leftOver,
} from "./support/steps";

// What this file does not prove: that a cluster or Helm takes what the stand-ins take.

const secrets = { openaiKey: "sk-openai-0123456789", batchKey: "key-of-batch-0123456789" };

type Change = (args: ModelGatewayArgs) => ModelGatewayArgs;

/** The controllers and a gateway, on a cluster that somebody else made. */
const program =
  (change: Change = (args) => args, settings: k8s.ProviderArgs = {}): Program =>
  () => {
    const config = new pulumi.Config();
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}", ...settings });
    const install = new GatewayInstall("platform", {}, { provider });
    const declaration: ModelGatewayArgs = {
      credentials: { openai: { apiKey: config.requireSecret("openaiKey") } },
      models: {
        "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 } },
        "gpt-5-mini": { openai: { credential: "openai" } },
      },
      access: { apiKeys: { batch: { key: config.requireSecret("batchKey"), team: "search" } } },
      budgets: { all: { per: "model", limit: { tokens: 2_000_000 }, period: "hour" } },
      processor: { image: "registry.example.com/processor:1" },
    };
    new ModelGateway("dev", change(declaration), { provider, dependsOn: [install] });
    return {};
  };

const addModel: Change = (args) => ({
  ...args,
  models: { ...args.models, added: { openai: { credential: "openai" } } },
});
const raiseBudget: Change = (args) => ({
  ...args,
  budgets: { all: { per: "model", limit: { tokens: 3_000_000 }, period: "hour" } },
});

const addCaller: Change = (args) => ({
  ...args,
  access: {
    apiKeys: { ...args.access?.apiKeys, late: { key: pulumi.secret("key-of-late-0123456789"), team: "ads" } },
  },
});

describeEngine("a gateway on a cluster of one's own, through the engine", () => {
  let base: TestEngine;
  let engine: TestEngine;
  beforeAll(async () => {
    const { openaiKey, batchKey } = secrets;
    base = await TestEngine.create({
      config: { openaiKey: { secret: openaiKey }, batchKey: { secret: batchKey } },
    });
    expectDone(await base.up(program()));
  });
  afterAll(() => base.close());
  const copied = async () => {
    engine = await base.copy();
    return engine;
  };
  afterEach(() => engine?.close());

  it("stays the same when nothing has changed", async () => {
    await copied();
    expectAllSame(await engine.up(program()));
    expectAllSame(await engine.refresh());
    expect(engine.journal()).toEqual(base.journal());
  });

  it("makes a model's own objects when one is added, and the policy anew", async () => {
    await copied();
    const done = expectDone(await engine.up(program(addModel)));
    expect(changesOf(done)).toEqual([
      "create AIGatewayRoute dev-added",
      "create AIServiceBackend dev-added",
      "create Backend dev-added",
      "create BackendSecurityPolicy dev-added",
      "create BackendTLSPolicy dev-added",
      "create BackendTrafficPolicy dev-added",
      "replace ConfigMap dev",
      "update ModelGateway dev",
    ]);
  });

  it("takes a model's objects away when it goes, and no others", async () => {
    await copied();
    expectDone(await engine.up(program(addModel)));
    const done = expectDone(await engine.up(program()));
    expect(changesOf(done).filter((change) => !change.endsWith(" dev"))).toEqual(
      ["AIGatewayRoute", "AIServiceBackend", "Backend", "BackendSecurityPolicy"]
        .concat("BackendTLSPolicy", "BackendTrafficPolicy")
        .map((kind) => `delete ${kind} dev-added`),
    );
  });

  it("makes the policy anew when a budget is raised, and nothing else", async () => {
    await copied();
    const done = expectDone(await engine.up(program(raiseBudget)));
    expect(changesOf(done)).toEqual(["replace ConfigMap dev", "update ModelGateway dev"]);
  });

  it("changes the policy in place where the provider may", async () => {
    await copied();
    const mutable = { enableConfigMapMutable: true };
    expectDone(await engine.up(program(undefined, mutable)));
    const done = expectDone(await engine.up(program(raiseBudget, mutable)));
    expect(changesOf(done)).toEqual(["update ConfigMap dev", "update ModelGateway dev"]);
  });

  it.each<[string, string, k8s.ProviderArgs]>([
    ["anew", "replace", {}],
    ["in place where the provider may", "update", { enableSecretMutable: true }],
  ])("changes the Secret of the clients' keys %s", async (_, op, settings) => {
    await copied();
    expectDone(await engine.up(program(undefined, settings)));
    const done = expectDone(await engine.up(program(addCaller, settings)));
    expect(changesOf(done).filter((change) => change.includes(" Secret "))).toEqual([
      `${op} Secret dev-access/api-keys`,
    ]);
  });

  it("has no secret in clear in its state, its history or its configuration", () => {
    const generated = generatedSecrets(base);
    expect(generated).toHaveLength(4);
    expectNoSecret(base, [...Object.values(secrets), ...generated], "qwen3-1.7b");
  });

  it("goes while its controllers still run, and only definitions of custom resources stay", async () => {
    await copied();
    expectDone(await engine.destroy());
    expect(leftOver(engine)).toEqual([]);
    expect(engine.objects().length).toBeGreaterThan(10);
    const deletions = engine.journal().filter(({ op }) => op === "delete");
    const at = (end: string) => deletions.findIndex(({ urn }) => urn.endsWith(end));
    const order = [
      "Gateway::dev",
      "Release::platform-envoy-gateway",
      "Namespace::platform-namespace-envoy-gateway",
    ];
    const positions = order.map(at);
    expect(positions.every((position) => position >= 0)).toBe(true);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  it("comes back onto the definitions that stayed where the provider may take them over", async () => {
    await copied();
    expectDone(await engine.destroy());
    expect((await engine.up(program())).errors).toContain("exists already");
    expectDone(await engine.up(program(undefined, { upsertExistingObjects: true })));
  });
});
