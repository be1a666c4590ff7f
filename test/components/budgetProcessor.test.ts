import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { BudgetProcessor } from "../../components/budgets/budgetProcessor";
import type { BudgetProcessorArgs } from "../../components/budgets/budgetProcessorArgs";
import { packageVersion } from "../../components/gateway/releases";
import { ModelGateway } from "../../components/models/modelGateway";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { DeclarationError } from "../../components/shared/problems";
import { type Registration, recordResources, resolved, wireSecret } from "../support/recordResources";

// What this file does not prove: that the cluster takes the objects (see test/schema), or that an image is built.

const folder = mkdtempSync(join(tmpdir(), "processor-package-"));
vi.mock("../../tools/packageRoot", () => ({ packageRoot: () => folder }));

beforeAll(() => {
  mkdirSync(join(folder, "extproc/dist"), { recursive: true });
  writeFileSync(join(folder, "extproc/Dockerfile"), "");
  writeFileSync(join(folder, "extproc/dist/processor.cjs"), "");
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const image = "registry.example.com/processor:1";
const name = "ai-gateway-dev-processor-x946db80e";
const policy = (limit: number) =>
  JSON.stringify({
    version: 1,
    models: { qwen: { backends: { qwen: {} } } },
    budgets: { rate: { limit: { tokens: limit }, period: "hour" } },
  });
const args = (changes: Partial<BudgetProcessorArgs> = {}): BudgetProcessorArgs => ({
  image,
  policy: policy(1000),
  gateway: { name: "dev", namespace: "ai-gateway" },
  ...changes,
});
const make = (changes: Partial<BudgetProcessorArgs> = {}, answers = {}) =>
  recordResources(() => new BudgetProcessor("p", args(changes)), answers);

function one(registered: readonly Registration[], kind: string): Registration {
  const found = registered.filter((each) => each.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as Registration;
}

const containerOf = (registered: readonly Registration[]) =>
  one(registered, "Deployment").inputs.spec.template.spec.containers[0];

describe("the resources of a processor", () => {
  it("are its objects, children of the component and under its name", async () => {
    const registered = await make();
    expect(one(registered, "BudgetProcessor")).toMatchObject({
      type: "ai-gateway:index:BudgetProcessor",
      urn: "urn:pulumi:stack::project::ai-gateway:index:BudgetProcessor::p",
    });
    const children = registered.filter(({ kind }) => kind !== "BudgetProcessor");
    expect(children.map(({ type }) => type).sort()).toEqual([
      "kubernetes:apps/v1:Deployment",
      "kubernetes:core/v1:ConfigMap",
      "kubernetes:core/v1:Service",
      "kubernetes:core/v1:ServiceAccount",
      "kubernetes:gateway.networking.k8s.io/v1beta1:ReferenceGrant",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy",
      "kubernetes:policy/v1:PodDisruptionBudget",
    ]);
    expect(children.filter((child) => child.name !== "p" || child.parent !== "BudgetProcessor p")).toEqual(
      [],
    );
    expect(containerOf(registered).image).toBe(image);
    expect(one(registered, "ConfigMap").inputs.data).toEqual({ "policy.json": policy(1000) });
  });

  it("wait for what they name: pods for their account, their Secret and their policy", async () => {
    const registered = await make({
      redis: { url: "rediss://redis.example.com", password: secret("word") },
      autoscaling: {},
    });
    const waits = registered
      .filter(({ dependencies }) => dependencies.length > 0)
      .map(({ kind, dependencies }) => [kind, dependencies]);
    expect(Object.fromEntries(waits)).toEqual({
      Deployment: ["ConfigMap p", "RandomId p-credentials", "Secret p", "ServiceAccount p"],
      HorizontalPodAutoscaler: ["Deployment p"],
      ReferenceGrant: ["Service p"],
    });
  });

  it("say where the processor is", async () => {
    const seen: unknown[] = [];
    await recordResources(() => {
      const processor = new BudgetProcessor("p", args());
      const outputs = [
        processor.serviceName,
        processor.namespace,
        processor.hostname,
        processor.port,
        processor.metricsPort,
      ];
      void Promise.all(outputs.map((output) => resolved<unknown>(output))).then((all) => seen.push(...all));
      return processor;
    });
    expect(seen).toEqual([
      name,
      "envoy-gateway-system",
      `${name}.envoy-gateway-system.svc.cluster.local`,
      9002,
      9003,
    ]);
  });
});

describe("a change", () => {
  const changed = (before: readonly Registration[], after: readonly Registration[]) => {
    expect(after.map(({ urn }) => urn)).toEqual(before.map(({ urn }) => urn));
    return after
      .filter(({ inputs }, i) => JSON.stringify(inputs) !== JSON.stringify(before[i]?.inputs))
      .map(({ kind }) => kind);
  };

  it("of the policy touches its ConfigMap and nothing else", async () => {
    expect(changed(await make(), await make({ policy: policy(2000) }))).toEqual(["ConfigMap"]);
  });

  it("of a setting touches the pods, and no URN", async () => {
    expect(changed(await make(), await make({ holdSeconds: 90 }))).toEqual(["Deployment", "BudgetProcessor"]);
  });

  it("of a password replaces the pods by a number that follows it", async () => {
    const random = {
      state: (type: string, inputs: Record<string, unknown>) =>
        type === "random:index/randomId:RandomId" ? { ...inputs, hex: "0a1b2c3d" } : inputs,
    };
    const redis = { url: "rediss://redis.example.com", password: secret("word") };
    const registered = await make({ redis }, random);
    expect(one(registered, "RandomId").inputs).toEqual({
      byteLength: 4,
      keepers: { password: wireSecret("word") },
    });
    expect(one(registered, "Deployment").inputs.spec.template.metadata.annotations).toEqual({
      "pulumi-ai-gateway/credentials": "0a1b2c3d",
    });
  });
});

const isSealed = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Object.keys(wireSecret(0)).every((key) => key in value);

describe("secrets", () => {
  it("are secrets wherever they go, outputs that nobody marked too", async () => {
    const registered = await make({
      redis: {
        sentinel: { addresses: "s:26379", master: "m", password: secret("marker-1") },
        password: secret("marker-2"),
      },
      webhook: {
        url: "https://hooks.example.com",
        authorization: Promise.resolve("marker-3"),
      },
    });
    const text = JSON.stringify(registered, (_, value) => (isSealed(value) ? "[secret]" : value));
    expect(text).not.toContain("marker");
    expect(one(registered, "Secret").inputs.stringData).toEqual(
      wireSecret({ password: "marker-2", "sentinel-password": "marker-1", authorization: "marker-3" }),
    );
  });

  it("in plain text are refused before anything is registered", async () => {
    const registered: Registration[] = [];
    const attempt = async () => {
      registered.push(...(await make({ redis: { url: "redis://redis.example.com", password: "word" } })));
    };
    await expect(attempt()).rejects.toThrow(DeclarationError);
    expect(registered).toEqual([]);
  });
});

const repositoryUrl = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/processor";
const ref = `${repositoryUrl}:${packageVersion}@sha256:abc`;
const built = (type: string, inputs: Record<string, unknown>) =>
  type === "docker-build:index:Image" ? { ...inputs, ref } : inputs;

describe("an image that is built", () => {
  it("is pushed to ECR with ECR's own token, and the pods run its digest", async () => {
    const calls: unknown[] = [];
    const registered = await make(
      { image: undefined, build: { repositoryUrl: secretless(repositoryUrl), platforms: ["linux/arm64"] } },
      {
        state: built,
        call: (token: string, inputs: Record<string, unknown>) => {
          calls.push([token, inputs]);
          return { userName: "AWS", password: "token-word" };
        },
      },
    );
    expect(calls).toEqual([
      [
        "aws:ecr/getAuthorizationToken:getAuthorizationToken",
        { registryId: "123456789012", region: "eu-central-1" },
      ],
    ]);
    expect(one(registered, "Image")).toMatchObject({
      name: "p",
      parent: "BudgetProcessor p",
      inputs: {
        context: { location: relative(process.cwd(), join(folder, "extproc")) },
        platforms: ["linux/arm64"],
        tags: [`${repositoryUrl}:${packageVersion}`],
        push: true,
        buildOnPreview: false,
      },
    });
    expect(one(registered, "Image").inputs.registries).toEqual([
      {
        address: "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        username: "AWS",
        password: wireSecret("token-word"),
      },
    ]);
    expect(containerOf(registered).image).toBe(ref);
  });

  it("is pushed elsewhere with the login that is given, and nobody asks AWS", async () => {
    const build = { repositoryUrl: "ghcr.io/org/processor", username: "me", password: secret("word") };
    const registered = await make({ image: undefined, build }, { state: built });
    expect(one(registered, "Image").inputs.registries).toEqual([
      { address: "ghcr.io", username: "me", password: wireSecret("word") },
    ]);
  });

  it("needs the processor's files", async () => {
    rmSync(join(folder, "extproc/dist/processor.cjs"));
    try {
      const build = { repositoryUrl };
      await expect(make({ image: undefined, build }, { call: () => ({}) })).rejects.toThrow(
        `the processor's image cannot be built: ${join(folder, "extproc/dist/processor.cjs")} is missing; in a checkout of this package run npm run build first`,
      );
    } finally {
      writeFileSync(join(folder, "extproc/dist/processor.cjs"), "");
    }
  });
});

/** A repository that is made in the same program. */
function secretless(text: string): Promise<string> {
  return Promise.resolve(text);
}

describe("the processor of a ModelGateway", () => {
  const declaration = (changes: Partial<ModelGatewayArgs> = {}): ModelGatewayArgs => ({
    models: { m: { openAICompatible: { url: "https://llm.example.com/v1" } } },
    budgets: { rate: { limit: { tokens: 1000 }, period: "hour" } },
    processor: { image, envoy: { messageTimeout: "2s" } },
    ...changes,
  });
  const gateway = (changes: Partial<ModelGatewayArgs> = {}) =>
    recordResources(() => new ModelGateway("dev", declaration(changes)));

  it("is ready before Envoy is told of it, and routes come after it", async () => {
    const registered = await gateway();
    expect(one(registered, "BudgetProcessor")).toMatchObject({ name: "dev", parent: "ModelGateway dev" });
    const waits = (kind: string) => one(registered, kind).dependencies;
    // A component is all of its children.
    expect(waits("EnvoyProxy")).toEqual(expect.arrayContaining(["Deployment dev", "Service dev"]));
    expect(waits("EnvoyExtensionPolicy")).toEqual(
      expect.arrayContaining(["Deployment dev", "Service dev", "Gateway dev"]),
    );
    expect(waits("AIGatewayRoute")).toContain("EnvoyExtensionPolicy dev");
  });

  it("has a policy that a change of a budget alone changes", async () => {
    const before = await gateway();
    const after = await gateway({ budgets: { rate: { limit: { tokens: 2000 }, period: "hour" } } });
    const changed = after.filter(
      ({ inputs }, i) => JSON.stringify(inputs) !== JSON.stringify(before[i]?.inputs),
    );
    expect(changed.map(({ kind }) => kind)).toEqual(["ConfigMap", "ModelGateway"]);
  });

  it("comes after the gateway's namespace when it stands there, and needs no grant then", async () => {
    const processor = { image, namespace: "ai-gateway", redis: { url: "redis://redis.example.com" } };
    const registered = await gateway({ processor });
    expect(one(registered, "BudgetProcessor").dependencies).toEqual(["Namespace dev"]);
    expect(registered.filter(({ kind }) => kind === "ReferenceGrant")).toEqual([]);
    expect(one(registered, "EnvoyExtensionPolicy").inputs.spec.extProc[0].backendRefs).toEqual([
      { group: "", kind: "Service", name, namespace: "ai-gateway", port: 9002 },
    ]);
  });

  it("does not exist without budgets, nor on a laptop", async () => {
    const kinds = async (changes: Partial<ModelGatewayArgs>) =>
      (await gateway(changes)).filter(({ kind }) => kind === "BudgetProcessor" || kind === "Deployment");
    expect(await kinds({ budgets: undefined, processor: undefined })).toEqual([]);
    expect(await kinds({ target: "local", processor: undefined })).toEqual([]);
  });
});
