import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ModelGateway } from "../../components/models/modelGateway";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import { DeclarationError } from "../../components/shared/problems";

// What this file does not prove: that the Kubernetes provider or the cluster takes the objects (see test/schema), or
// what the engine does with them.

interface Registration {
  /** The kind of a Kubernetes object, else the whole type. */
  readonly kind: string;
  readonly type: string;
  readonly name: string;
  /** As it goes over the wire, so a secret shows as one. */
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of many types of resources, each asserted below.
  readonly inputs: any;
  /** "Kind name" of the resources that it waits for. */
  readonly dependencies: readonly string[];
  readonly parent: string;
  readonly provider: string;
}

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const secret = (value: unknown) => ({ [signatureKey]: secretSignature, value });

let registered: Registration[];

beforeEach(() => {
  registered = [];
  const original = MockMonitor.prototype.registerResource;
  vi.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (
    this: MockMonitor,
    req,
    done,
  ) {
    registered.push({
      kind: req.getType().split(":").at(-1) ?? "",
      type: req.getType(),
      name: req.getName(),
      inputs: req.getObject().toJavaScript(),
      dependencies: req.getDependenciesList().map(kindAndName).sort(),
      parent: kindAndName(req.getParent()),
      provider: req.getProvider(),
    });
    return original.call(this, req, done);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** "Kind name" of a URN such as `urn:pulumi:stack::project::parent$kubernetes:core/v1:Secret::name`. */
function kindAndName(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${types.split(/[:$]/).at(-1)} ${name}`;
}

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

async function startEngine(): Promise<void> {
  registered = [];
  await pulumi.runtime.setMocks(
    { newResource: ({ name, inputs }) => ({ id: `${name}-id`, state: inputs }), call: () => ({}) },
    "project",
    "stack",
  );
}

async function make(args: ModelGatewayArgs, opts?: pulumi.ComponentResourceOptions): Promise<ModelGateway> {
  await startEngine();
  const component = new ModelGateway("gw", args, opts);
  await resolved(component.urn);
  await pulumi.runtime.disconnect();
  return component;
}

function one(kind: string, name: string): Registration {
  const found = registered.filter((each) => each.kind === kind && each.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0] as Registration;
}

const children = () => registered.filter(({ kind }) => kind !== "ModelGateway");

const args = (key: pulumi.Input<string>): ModelGatewayArgs => ({
  models: {
    "Qwen/Qwen3": { vllm: { source: "Qwen/Qwen3-1.7B", hfToken: key, cache: { storageClassName: "gp3" } } },
    gpt: { openai: { apiKey: key }, upstreamName: "gpt-5" },
    claude: { anthropic: { credential: "team" }, namespace: "other" },
    chat: { route: { targets: { gpt: {} }, fallback: ["Qwen/Qwen3"] } },
  },
  credentials: { team: { apiKey: key } },
});

/** What each child waits for, besides its namespace. */
function afterWhat(): Readonly<Record<string, readonly string[]>> {
  const entries = children().map(({ kind, name, dependencies }) => {
    const others = dependencies.filter((each) => !each.startsWith("Namespace "));
    return [`${kind} ${name}`, others] as const;
  });
  return Object.fromEntries(entries);
}

describe("the resources of a declaration", () => {
  it("are its objects and no more, under the user's own keys, and children of the component", async () => {
    const declared = args(pulumi.secret("marker"));
    const component = await make(declared);
    const { objects } = planModelGateway("gw", declared);
    const planned = objects.map(({ key, manifest: { apiVersion, kind } }) => {
      const api = apiVersion === "v1" ? "core/v1" : apiVersion;
      return `kubernetes:${api}:${kind} ${key === "" ? "gw" : `gw-${key}`}`;
    });
    expect(
      children()
        .map(({ type, name }) => `${type} ${name}`)
        .sort(),
    ).toEqual([...planned].sort());
    expect(new Set(planned).size).toBe(33);
    expect(new Set(children().map(({ parent }) => parent))).toEqual(new Set(["ModelGateway gw"]));
    expect(await resolved(component.namespace)).toBe("ai-gateway");
    expect(await resolved(component.gatewayName)).toBe("gw");
    expect(await resolved(component.modelNames)).toEqual(["Qwen/Qwen3", "gpt", "claude", "chat"]);
  });

  it("wait for what they refer to: key and backend, then policies, then the route", async () => {
    await make(args(pulumi.secret("marker")));
    expect(afterWhat()).toEqual({
      "Namespace gw": [],
      "GatewayClass gw": [],
      "EnvoyProxy gw": [],
      "GatewayConfig gw": [],
      "Gateway gw": ["EnvoyProxy gw", "GatewayClass gw", "GatewayConfig gw"],
      "ClientTrafficPolicy gw": ["Gateway gw"],
      "BackendTrafficPolicy gw": ["Gateway gw"],
      "ReferenceGrant gw-other-ai-routes": [],
      "ReferenceGrant gw-other-http-routes": [],
      "Secret gw-Qwen/Qwen3": [],
      "Secret gw-gpt": [],
      "Secret gw-credential/team/other": [],
      "PersistentVolumeClaim gw-Qwen/Qwen3": [],
      "Deployment gw-Qwen/Qwen3": ["PersistentVolumeClaim gw-Qwen/Qwen3", "Secret gw-Qwen/Qwen3"],
      "Service gw-Qwen/Qwen3": [],
      "Backend gw-Qwen/Qwen3": [],
      "AIServiceBackend gw-Qwen/Qwen3": ["Backend gw-Qwen/Qwen3"],
      "Backend gw-gpt": [],
      "BackendTLSPolicy gw-gpt": ["Backend gw-gpt"],
      "AIServiceBackend gw-gpt": ["Backend gw-gpt"],
      "BackendSecurityPolicy gw-gpt": ["AIServiceBackend gw-gpt", "BackendTLSPolicy gw-gpt", "Secret gw-gpt"],
      "Backend gw-claude": [],
      "BackendTLSPolicy gw-claude": ["Backend gw-claude"],
      "AIServiceBackend gw-claude": ["Backend gw-claude"],
      "BackendSecurityPolicy gw-claude": [
        "AIServiceBackend gw-claude",
        "BackendTLSPolicy gw-claude",
        "Secret gw-credential/team/other",
      ],
      "AIGatewayRoute gw-Qwen/Qwen3": ["AIServiceBackend gw-Qwen/Qwen3", "Gateway gw"],
      "BackendTrafficPolicy gw-Qwen/Qwen3": ["AIGatewayRoute gw-Qwen/Qwen3"],
      "AIGatewayRoute gw-gpt": [
        "AIServiceBackend gw-gpt",
        "BackendSecurityPolicy gw-gpt",
        "BackendTLSPolicy gw-gpt",
        "Gateway gw",
      ],
      "BackendTrafficPolicy gw-gpt": ["AIGatewayRoute gw-gpt"],
      "AIGatewayRoute gw-claude": [
        "AIServiceBackend gw-claude",
        "BackendSecurityPolicy gw-claude",
        "BackendTLSPolicy gw-claude",
        "Gateway gw",
      ],
      "BackendTrafficPolicy gw-claude": ["AIGatewayRoute gw-claude"],
      "AIGatewayRoute gw-chat": [
        "AIServiceBackend gw-Qwen/Qwen3",
        "AIServiceBackend gw-gpt",
        "BackendSecurityPolicy gw-gpt",
        "BackendTLSPolicy gw-gpt",
        "Gateway gw",
      ],
      "BackendTrafficPolicy gw-chat": ["AIGatewayRoute gw-chat"],
    });
    const inNamespace = (name: string) =>
      children().filter(({ inputs }) => JSON.stringify(inputs["metadata"]).includes(`"namespace":"${name}"`));
    const waits = ({ dependencies }: { readonly dependencies: readonly string[] }) =>
      dependencies.includes("Namespace gw");
    expect(inNamespace("ai-gateway").length).toBeGreaterThan(10);
    expect(inNamespace("ai-gateway").filter((child) => !waits(child))).toEqual([]);
    // Somebody else's namespace is there already.
    expect(inNamespace("other").length).toBeGreaterThan(5);
    expect(inNamespace("other").filter(waits)).toEqual([]);
  });

  it("have the rendered fields as inputs", async () => {
    await make(args(pulumi.secret("marker")));
    expect(one("Secret", "gw-gpt").inputs).toEqual({
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: "gpt",
        namespace: "ai-gateway",
        labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" },
      },
      type: "Opaque",
      stringData: secret({ apiKey: "marker" }),
    });
    expect(one("BackendSecurityPolicy", "gw-claude").inputs).toEqual({
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "BackendSecurityPolicy",
      metadata: {
        name: "claude",
        namespace: "other",
        labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" },
        annotations: { "pulumi-ai-gateway/model": "claude" },
      },
      spec: {
        targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "claude" }],
        type: "AnthropicAPIKey",
        anthropicAPIKey: { secretRef: { name: "team.credential" } },
      },
    });
    expect(one("AIGatewayRoute", "gw-chat").inputs.spec.rules).toEqual([
      {
        matches: [{ headers: [{ type: "Exact", name: "x-ai-eg-model", value: "chat" }] }],
        backendRefs: [
          { name: "gpt", modelNameOverride: "gpt-5", weight: 1, priority: 0 },
          { name: objectNameOfQwen, modelNameOverride: "Qwen/Qwen3", weight: 1, priority: 1 },
        ],
        timeouts: { request: "30m" },
      },
    ]);
  });
});

const objectNameOfQwen = "qwen-qwen3-xcf172107";

/** What goes over the wire in the clear: everything that is not inside a secret. */
function clearText(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(clearText);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if ((value as Record<string, unknown>)[signatureKey] === secretSignature) {
    return "[secret]";
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, clearText(inner)]));
}

describe("secrets", () => {
  const everywhere = (key: pulumi.Input<string>): ModelGatewayArgs => ({
    models: {
      ...args(key).models,
      bedrock: {
        bedrock: {
          modelId: "nova",
          region: "us-west-2",
          aws: { accessKeyId: "AKIA", secretAccessKey: key, sessionToken: key },
        },
      },
      azure: {
        azureOpenAI: {
          url: "https://r.openai.azure.com",
          apiVersion: "v",
          entra: { clientId: "c", tenantId: "t", clientSecret: key },
        },
      },
      vertex: {
        vertex: { modelId: "g", project: "p", region: "us-central1", google: { serviceAccountKey: key } },
      },
    },
    credentials: {
      team: { apiKey: key },
      aws: { aws: { accessKeyId: "AKIA", secretAccessKey: key } },
      entra: { entra: { clientId: "c", tenantId: "t", clientSecret: key } },
      google: { google: { serviceAccountKey: key } },
    },
  });

  it.each<readonly [string, () => pulumi.Input<string>]>([
    ["secret outputs", () => pulumi.secret("marker-1")],
    // Made by somebody who did not say that it is one.
    ["outputs that are not secret", () => pulumi.output("marker-1")],
    ["promises", () => Promise.resolve("marker-1")],
  ])("given as %s are secret in every input, the component's own included", async (_, key) => {
    await make(everywhere(key()));
    expect(JSON.stringify(registered)).toContain("marker-1");
    for (const { kind, name, inputs } of registered) {
      expect(JSON.stringify(clearText(inputs)), `${kind} ${name}`).not.toContain("marker-1");
    }
    const { models, credentials } = one("ModelGateway", "gw").inputs;
    expect(models.gpt).toEqual({ openai: { apiKey: secret("marker-1") }, upstreamName: "gpt-5" });
    expect(models["Qwen/Qwen3"].vllm.hfToken).toEqual(secret("marker-1"));
    expect(models.bedrock.bedrock.aws).toEqual({
      accessKeyId: "AKIA",
      secretAccessKey: secret("marker-1"),
      sessionToken: secret("marker-1"),
    });
    expect(credentials.team).toEqual({ apiKey: secret("marker-1") });
    expect(credentials.google.google).toEqual({ serviceAccountKey: secret("marker-1") });
    const holders = registered.filter(({ inputs }) => JSON.stringify(inputs).includes("marker-1"));
    expect(new Set(holders.map(({ kind }) => kind))).toEqual(new Set(["ModelGateway", "Secret"]));
  });

  it("of AWS are put together to a credentials file", async () => {
    await make(everywhere(pulumi.secret("marker-1")));
    expect(one("Secret", "gw-bedrock").inputs.stringData).toEqual(
      secret({
        credentials:
          "[default]\naws_access_key_id = AKIA\naws_secret_access_key = marker-1\naws_session_token = marker-1\n",
      }),
    );
  });
});

describe("a wrong declaration", () => {
  const wrong: ModelGatewayArgs = {
    models: {
      gpt: { openai: { apiKey: "marker-1" } },
      chat: { route: { targets: { nobody: {} } } },
    },
  };

  it("is refused by the constructor with all problems, and nothing reaches the engine", async () => {
    await startEngine();
    const refused = () => new ModelGateway("gw", wrong);
    expect(refused).toThrow(DeclarationError);
    expect(refused).toThrow(
      /^gw: 2 problems[\s\S]*models\["gpt"\].openai.apiKey: [\s\S]*models\["chat"\].route.targets\["nobody"\]: /,
    );
    await pulumi.runtime.disconnect();
    expect(registered).toEqual([]);
  });

  it("is refused where only the last look at the objects finds it", async () => {
    await startEngine();
    const key = pulumi.secret("k");
    const models = {
      "credential/team": { openai: { apiKey: key } },
      gpt: { openai: { credential: "team" } },
    };
    expect(() => new ModelGateway("gw", { models, credentials: { team: { apiKey: key } } })).toThrow(
      /would be made for "credential\/team"/,
    );
    await pulumi.runtime.disconnect();
    expect(registered).toEqual([]);
  });
});

it("a component that waits for the installation goes after it, and before it when all is destroyed", async () => {
  await startEngine();
  const install = new k8s.core.v1.Namespace("controller");
  const models = { m: { openAICompatible: { url: "https://llm.example.com/v1" } } };
  const component = new ModelGateway("gw", { models }, { dependsOn: [install] });
  await resolved(component.urn);
  await pulumi.runtime.disconnect();
  // Children need no more: the engine makes a parent before, and deletes it after its children.
  expect(one("ModelGateway", "gw").dependencies).toEqual(["Namespace controller"]);
  const parents = children().filter(({ name }) => name !== "controller");
  expect(new Set(parents.map(({ parent }) => parent))).toEqual(new Set(["ModelGateway gw"]));
});

describe("the provider", () => {
  const models = { m: { openAICompatible: { url: "https://llm.example.com/v1" } } };

  it("of the component's options is that of every child", async () => {
    await startEngine();
    const provider = new k8s.Provider("cluster", { kubeconfig: "{}" });
    const component = new ModelGateway("gw", { models }, { provider });
    await resolved(component.urn);
    await pulumi.runtime.disconnect();
    const used = children().filter(({ name }) => name !== "cluster");
    expect(used.length).toBe(12);
    expect(new Set(used.map((each) => each.provider))).toEqual(
      new Set(["urn:pulumi:stack::project::pulumi:providers:kubernetes::cluster::cluster-id"]),
    );
  });

  it("of a local declaration writes files, and makes no namespace", async () => {
    await make({ models, target: "local" });
    const files = one("kubernetes", "gw");
    expect(files.type).toBe("pulumi:providers:kubernetes");
    expect(files.inputs.renderYamlToDirectory).toBe(".ai-gateway/gw");
    const objects = children().filter(({ kind }) => kind !== "kubernetes");
    expect(objects.length).toBeGreaterThan(7);
    expect(objects.filter(({ provider }) => !provider.includes("pulumi:providers:kubernetes::gw::"))).toEqual(
      [],
    );
    expect(objects.map(({ kind }) => kind)).not.toContain("Namespace");
  });
});

describe("a warning", () => {
  it("is logged, not thrown", async () => {
    // Making thousands of objects takes long, and is not what this is about.
    vi.resetModules();
    vi.doMock("../../components/shared/createObjects", () => ({ createObjects: () => undefined }));
    const { ModelGateway: Bare } = await vi.importActual<{ ModelGateway: typeof ModelGateway }>(
      "../../components/models/modelGateway",
    );
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const url = "https://llm.example.com/v1";
    const many = Array.from({ length: 2_001 }, (_, i) => [`m${i}`, { openAICompatible: { url } }] as const);
    await startEngine();
    const component = new Bare("gw", { models: Object.fromEntries(many) });
    await resolved(component.urn);
    await pulumi.runtime.disconnect();
    expect(warn.mock.calls.map(([message]) => message)).toEqual([
      expect.stringMatching(/^2001 public models/),
    ]);
    vi.doUnmock("../../components/shared/createObjects");
  });
});
