import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ModelGateway } from "../../components/models/modelGateway";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { DeclarationError } from "../../components/shared/problems";
import { type Registration, recordResources, wireSecret } from "../support/recordResources";

// What this file does not prove: that the cluster takes the objects (see test/schema), that Envoy and the processor do
// what they say (see test/e2e), or the processor's own objects (see budgetProcessor.test.ts).

const price = { usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 15 };
const endpoint = (host: string) => ({ openAICompatible: { url: `https://${host}.example.com/v1` } });
const processor = { image: "registry.example.com/processor:1" };

const declaration = (key: pulumi.Input<string>): ModelGatewayArgs => ({
  models: {
    claude: { ...endpoint("claude"), price },
    "on-demand": { ...endpoint("spare"), price, public: false },
    own: { vllm: { source: "a/b" } },
  },
  access: { apiKeys: { batch: { key, team: "search" } } },
  budgets: {
    month: { per: "team", models: ["claude"], limit: { usd: 1500 }, period: "month" },
    provisioned: {
      per: "model",
      models: ["claude"],
      limit: { tokens: 2_000_000 },
      period: "hour",
      atLimit: "overflow",
      overflowTo: "on-demand",
    },
    gateway: {
      per: "model",
      models: ["own"],
      limit: { tokens: 1000 },
      period: "minute",
      enforcedBy: "gateway",
    },
  },
  processor,
});

const make = (args: ModelGatewayArgs) => recordResources(() => new ModelGateway("gw", args));

function one(registered: readonly Registration[], kind: string, name: string): Registration {
  const found = registered.filter((each) => each.kind === kind && each.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0] as Registration;
}

const infos: string[] = [];
const warnings: string[] = [];
vi.spyOn(pulumi.log, "info").mockImplementation(async (line) => void infos.push(line));
vi.spyOn(pulumi.log, "warn").mockImplementation(async (line) => void warnings.push(line));
afterEach(() => {
  infos.length = 0;
  warnings.length = 0;
});

describe("a gateway with budgets", () => {
  it("is its models' objects, the processor, and one more of each kind that budgets need", async () => {
    const registered = await make(declaration(pulumi.secret("marker")));
    const ours = registered
      .filter(({ parent }) => parent === "ModelGateway gw")
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort();
    expect(ours).toEqual(
      [
        "Namespace gw",
        "Secret gw-access/api-keys",
        "GatewayClass gw",
        "EnvoyProxy gw",
        "GatewayConfig gw",
        "Gateway gw",
        "ClientTrafficPolicy gw",
        "BackendTrafficPolicy gw",
        "SecurityPolicy gw",
        "EnvoyExtensionPolicy gw",
        "BudgetProcessor gw",
        ...["claude", "on-demand"].flatMap((model) => [
          `Backend gw-${model}`,
          `BackendTLSPolicy gw-${model}`,
          `AIServiceBackend gw-${model}`,
        ]),
        ...["Deployment", "Service", "Backend", "AIServiceBackend", "QuotaPolicy"].map(
          (kind) => `${kind} gw-own`,
        ),
        "Deployment gw-quotas/rate-limit",
        "Service gw-quotas/rate-limit",
        ...["claude", "own"].flatMap((model) => [
          `AIGatewayRoute gw-${model}`,
          `BackendTrafficPolicy gw-${model}`,
        ]),
      ].sort(),
    );
  });

  it("lets callers in by keys that stand nowhere in the clear", async () => {
    const registered = await make(declaration(pulumi.output("marker")));
    expect(one(registered, "Secret", "gw-access/api-keys").inputs.stringData).toEqual(
      wireSecret({ batch: "marker" }),
    );
    const gateway = one(registered, "ModelGateway", "gw");
    expect(gateway.inputs.access.apiKeys.batch).toEqual({ key: wireSecret("marker"), team: "search" });
    expect(one(registered, "SecurityPolicy", "gw").dependencies).toEqual(
      expect.arrayContaining(["Gateway gw", "Secret gw-access/api-keys"]),
    );
  });

  it("gives the processor the document, in which only its own budgets stand", async () => {
    const registered = await make(declaration(pulumi.secret("marker")));
    const map = registered.find(
      ({ kind, parent }) => kind === "ConfigMap" && parent === "BudgetProcessor gw",
    );
    const document = JSON.parse(map?.inputs.data["policy.json"]);
    expect(Object.keys(document.budgets)).toEqual(["month", "provisioned"]);
    expect(document.lookups).toEqual({ key: { batch: { team: "search" } } });
    expect(document.models.claude.tiers).toEqual({
      "on-demand": {
        backends: { "ai-gateway/on-demand": { price: { input: 3_000_000_000, output: 15_000_000_000 } } },
      },
    });
  });

  it("says at preview who enforces what, once", async () => {
    await make(declaration(pulumi.secret("marker")));
    expect(infos).toEqual([
      'AI Gateway enforces budget "gateway" (1,000 tokens a minute per model), as declared: it charges after a request, so requests at the same time may pass the limit together',
      'the processor enforces budget "month" ($1,500 a month per team): limit counts usd, and AI Gateway knows tokens alone',
      'the processor enforces budget "provisioned" (2,000,000 tokens an hour per model): atLimit is "overflow", and AI Gateway can only refuse',
    ]);
  });

  it("is refused before anything is made, a plain key without being shown", async () => {
    const args = { ...declaration("marker"), models: { claude: endpoint("claude") } };
    const error = await make(args).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeclarationError);
    const { problems, message } = error as DeclarationError;
    expect(problems.map(({ path }) => path)).toEqual([
      'access.apiKeys["batch"].key',
      'budgets["gateway"].models',
      'budgets["provisioned"].overflowTo',
      'models["claude"].price',
    ]);
    expect(message).not.toContain("marker");
  });
});

describe("a change", () => {
  /** Resources whose inputs differ, or that are new. */
  async function changedBy(after: ModelGatewayArgs): Promise<readonly string[]> {
    const key = pulumi.secret("marker");
    const before = new Map(
      (await make(declaration(key))).map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]),
    );
    return (await make(after))
      .filter(({ urn, inputs }) => before.get(urn) !== JSON.stringify(inputs))
      .filter(({ kind }) => kind !== "ModelGateway")
      .map(({ kind, name }) => `${kind} ${name}`)
      .sort();
  }

  it("of a limit, a price or a budget reaches the document alone", async () => {
    const args = declaration(pulumi.secret("marker"));
    const month = { ...args.budgets?.["month"], limit: { usd: 2000 } };
    const more = { ...month, limit: { usd: 9 } };
    const budgets = { ...args.budgets, month, more };
    expect(await changedBy({ ...args, budgets })).toEqual(["ConfigMap gw"]);
    const dearer = { ...args.models["claude"], price: { ...price, usdPerMillionOutputTokens: 16 } };
    expect(await changedBy({ ...args, models: { ...args.models, claude: dearer } })).toEqual([
      "ConfigMap gw",
    ]);
  });

  it("that adds a limit of a new kind has Envoy tell of it, too", async () => {
    const args = declaration(pulumi.secret("marker"));
    const budgets = { ...args.budgets, more: { limit: { concurrency: 9 } } };
    expect(await changedBy({ ...args, budgets })).toEqual(["ClientTrafficPolicy gw", "ConfigMap gw"]);
  });

  it("that adds a model makes its objects, and changes no other's", async () => {
    const args = declaration(pulumi.secret("marker"));
    const models = { ...args.models, extra: endpoint("extra") };
    expect(await changedBy({ ...args, models })).toEqual([
      "AIGatewayRoute gw-extra",
      "AIServiceBackend gw-extra",
      "Backend gw-extra",
      "BackendTLSPolicy gw-extra",
      "BackendTrafficPolicy gw-extra",
      "ConfigMap gw",
    ]);
  });
});
