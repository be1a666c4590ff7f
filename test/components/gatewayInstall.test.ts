import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keepCrds } from "../../components/gateway/createInstall";
import { GatewayInstall } from "../../components/gateway/gatewayInstall";
import type { GatewayInstallArgs } from "../../components/gateway/installArgs";

// What this file does not prove: that charts install, that the engine runs a transform on the children of a
// remote component, or that the Kubernetes provider accepts the import of a release. Mocks do none of the three.

interface Registration {
  readonly type: string;
  readonly name: string;
  /** As it goes over the wire, so a secret shows as one. */
  // biome-ignore lint/suspicious/noExplicitAny: the inputs of many types of resources, each asserted below.
  readonly inputs: any;
  /** Names of the resources that it waits for. */
  readonly dependencies: readonly string[];
  readonly parent: string;
  readonly importId: string;
  readonly retainOnDelete: boolean;
  readonly transforms: number;
}

const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const signatureKey = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [signatureKey]: secretSignature, value });
const lastOf = (urn: string): string => urn.split("::").at(-1) ?? "";

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
      type: req.getType(),
      name: req.getName(),
      inputs: req.getObject().toJavaScript(),
      dependencies: req.getDependenciesList().map(lastOf).sort(),
      parent: lastOf(req.getParent()),
      importId: req.getImportid(),
      retainOnDelete: req.getRetainondelete(),
      transforms: req.getTransformsList().length,
    });
    return original.call(this, req, done);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

const resolved = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((resolve) => output.apply(resolve));

/** What the engine would be: it answers with what it was asked. */
function startEngine(): Promise<void> {
  return pulumi.runtime.setMocks(
    {
      newResource: ({ name, type, inputs }) => ({
        id: `${name}-id`,
        state: type.includes("RandomPassword") ? { ...inputs, result: `${name}-value` } : inputs,
      }),
      call: () => ({}),
    },
    "project",
    "stack",
  );
}

async function install(args?: GatewayInstallArgs): Promise<GatewayInstall> {
  registered = [];
  await startEngine();
  const component = new GatewayInstall("gw", args);
  await resolved(component.urn);
  await resolved(component.ready);
  await pulumi.runtime.disconnect();
  return component;
}

function one(name: string): Registration {
  const found = registered.filter((each) => each.name === name);
  expect(found).toHaveLength(1);
  return found[0] as Registration;
}

const names = (): string[] => registered.map(({ name }) => name).sort();

const chartsOf = { "1.0": "v1.0.0", "1.1": "v1.1.0" } as const;

describe.each(["1.0", "1.1"] as const)("GatewayInstall, release set %s", (release) => {
  it("makes each part once, in the order in which the parts work", async () => {
    await install({ release });
    const after = Object.fromEntries(
      registered.filter(({ name }) => name !== "gw").map(({ name, dependencies }) => [name, dependencies]),
    );
    const namespaces = ["gw-namespace-ai-gateway", "gw-namespace-cert-manager", "gw-namespace-envoy-gateway"];
    const crds = [
      "gw-ai-gateway-crds",
      "gw-envoy-gateway-crds",
      "gw-gateway-api-crds",
      "gw-inference-extension-crds",
    ];
    expect(after).toEqual({
      "gw-session-seed": [],
      "gw-redis-password": [],
      ...Object.fromEntries(namespaces.map((name) => [name, []])),
      "gw-redis-credentials": [...namespaces, "gw-redis-password"].sort(),
      "gw-cert-manager": ["gw-redis-credentials"],
      ...Object.fromEntries(crds.map((name) => [name, ["gw-cert-manager"]])),
      "gw-ai-gateway": [...crds, "gw-session-seed"].sort(),
      "gw-envoy-gateway": ["gw-ai-gateway"],
      "gw-redis-deployment": ["gw-envoy-gateway"],
      "gw-redis-service": ["gw-envoy-gateway"],
    });
    expect(registered.filter(({ name }) => name !== "gw").map(({ parent }) => parent)).toEqual(
      registered.slice(1).map(() => "gw"),
    );
  });

  it("installs the AI Gateway controller with cert-manager and a secret seed", async () => {
    await install({ release });
    const { type, inputs, importId } = one("gw-ai-gateway");
    expect(type).toBe("kubernetes:helm.sh/v3:Release");
    expect(importId).toBe("");
    expect(inputs).toEqual({
      chart: "oci://docker.io/envoyproxy/ai-gateway-helm",
      version: chartsOf[release],
      name: "aieg",
      namespace: "envoy-ai-gateway-system",
      skipCrds: true,
      atomic: true,
      cleanupOnFail: true,
      maxHistory: 10,
      timeout: 600,
      compat: "true",
      values: {
        controller: {
          maxRecvMsgSize: "67108864",
          quotaRateLimitServiceAddr: "envoy-ai-gateway-ratelimit.envoy-gateway-system",
          mutatingWebhook: { certManager: { enable: true } },
          mcp: { sessionEncryption: { seed: secret("gw-session-seed-value") } },
        },
        envoyGateway: { namespace: "envoy-gateway-system" },
      },
    });
  });

  it("installs Envoy Gateway with the extension manager and Redis that AI Gateway needs", async () => {
    await install({ release });
    const { inputs } = one("gw-envoy-gateway");
    expect(inputs).toMatchObject({
      chart: "oci://docker.io/envoyproxy/gateway-helm",
      version: "v1.8.1",
      name: "eg",
      namespace: "envoy-gateway-system",
      skipCrds: true,
    });
    const all = { includeAll: true };
    expect(inputs.values).toEqual({
      config: {
        envoyGateway: {
          gateway: { controllerName: "gateway.envoyproxy.io/gatewayclass-controller" },
          extensionApis: { enableBackend: true },
          extensionManager: {
            failOpen: false,
            maxMessageSize: "64Mi",
            backendResources: [
              { group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1" },
            ],
            hooks: {
              xdsTranslator: {
                translation: { listener: all, route: all, cluster: all, secret: all },
                post: ["Translation", "Cluster", "Route"],
              },
            },
            service: {
              fqdn: {
                hostname: "ai-gateway-controller.envoy-ai-gateway-system.svc.cluster.local",
                port: 1063,
              },
            },
          },
          rateLimit: {
            backend: {
              type: "Redis",
              redis: { url: "ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379" },
            },
          },
          provider: {
            type: "Kubernetes",
            kubernetes: {
              rateLimitDeployment: {
                container: {
                  env: [
                    {
                      name: "REDIS_AUTH",
                      valueFrom: { secretKeyRef: { name: "ai-gateway-redis-credentials", key: "password" } },
                    },
                  ],
                },
              },
            },
          },
        },
      },
    });
  });

  it("keeps cert-manager's definitions with the chart gone", async () => {
    await install({ release });
    expect(one("gw-cert-manager").inputs).toMatchObject({
      chart: "oci://quay.io/jetstack/charts/cert-manager",
      name: "cert-manager",
      namespace: "cert-manager",
      values: { crds: { enabled: true, keep: true } },
    });
  });

  it("keeps all definitions when the stack is destroyed, and only those", async () => {
    await install({ release });
    const kept = registered.filter(({ retainOnDelete, transforms }) => retainOnDelete && transforms === 1);
    const bundles = Object.fromEntries(
      kept.map(({ name, inputs }) => [name, inputs.file ?? [inputs.chart, inputs.version]]),
    );
    expect(bundles).toEqual({
      "gw-gateway-api-crds":
        "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/experimental-install.yaml",
      "gw-inference-extension-crds":
        "https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/v1.0.2/manifests.yaml",
      "gw-envoy-gateway-crds": ["oci://docker.io/envoyproxy/gateway-crds-helm", "v1.8.1"],
      "gw-ai-gateway-crds": ["oci://docker.io/envoyproxy/ai-gateway-crds-helm", chartsOf[release]],
    });
    expect(registered.filter(({ retainOnDelete }) => retainOnDelete)).toHaveLength(4);
    expect(one("gw-envoy-gateway-crds").inputs.values).toEqual({
      crds: { envoyGateway: { enabled: true }, gatewayAPI: { enabled: false } },
    });
  });

  it("publishes scalars to compose with", async () => {
    const component = await install({ release });
    expect(await resolved(component.release)).toBe(release);
    expect(await resolved(component.envoyGatewayNamespace)).toBe("envoy-gateway-system");
    expect(await resolved(component.aiGatewayNamespace)).toBe("envoy-ai-gateway-system");
    expect(component.redisUrl && (await resolved(component.redisUrl))).toBe(
      "redis://ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379",
    );
    expect(component.redisSecretName && (await resolved(component.redisSecretName))).toBe(
      "ai-gateway-redis-credentials",
    );
    expect([...component.nodes.keys()]).toContain("envoy-gateway");
  });
});

describe("Redis", () => {
  it("runs without root, on a read-only root, in memory, with its password from a Secret", async () => {
    await install();
    expect(one("gw-redis-credentials").inputs).toMatchObject({
      metadata: { name: "ai-gateway-redis-credentials", namespace: "envoy-gateway-system" },
      stringData: secret({ password: "gw-redis-password-value" }),
    });
    const { spec } = one("gw-redis-deployment").inputs;
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
    const pod = spec.template.spec;
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 999,
      seccompProfile: { type: "RuntimeDefault" },
    });
    const [container] = pod.containers;
    expect(container.image).toBe("docker.io/library/redis:8.6.4-alpine");
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container.resources).toEqual({
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { memory: "512Mi" },
    });
    expect(container.readinessProbe.exec.command).toHaveLength(3);
    expect(container.livenessProbe.exec.command).toHaveLength(3);
    expect(pod.volumes).toEqual([{ name: "data", emptyDir: { sizeLimit: "64Mi" } }]);
    expect(JSON.stringify(spec)).not.toContain("gw-redis-password-value");
  });

  it("may be the user's own, with TLS and a password", async () => {
    const component = await install({
      redis: { url: pulumi.output("rediss://cache.example:6380"), password: pulumi.secret("hunter2") },
    });
    expect(names().filter((name) => name.includes("redis"))).toEqual(["gw-redis-credentials"]);
    expect(one("gw-redis-credentials").inputs.stringData).toEqual(secret({ password: "hunter2" }));
    const { rateLimit, provider } = one("gw-envoy-gateway").inputs.values.config.envoyGateway;
    expect(rateLimit.backend.redis).toEqual({ url: "cache.example:6380" });
    expect(provider.kubernetes.rateLimitDeployment.container.env).toEqual([
      {
        name: "REDIS_AUTH",
        valueFrom: { secretKeyRef: { name: "ai-gateway-redis-credentials", key: "password" } },
      },
      { name: "REDIS_TLS", value: "true" },
    ]);
    expect(component.redisUrl && (await resolved(component.redisUrl))).toBe("rediss://cache.example:6380");
  });

  it("may ask for a client certificate", async () => {
    await install({
      redis: { url: "rediss://cache.example:6380", clientCertificateSecretName: "redis-client" },
    });
    const config = one("gw-envoy-gateway").inputs.values.config.envoyGateway;
    expect(config.rateLimit.backend.redis).toEqual({
      url: "cache.example:6380",
      tls: { certificateRef: { name: "redis-client" } },
    });
    expect(config).not.toHaveProperty("provider");
  });

  it("may be left out", async () => {
    const component = await install({ redis: { mode: "none" } });
    expect(names().filter((name) => name.includes("redis"))).toEqual([]);
    const config = one("gw-envoy-gateway").inputs.values.config.envoyGateway;
    expect(config).not.toHaveProperty("rateLimit");
    expect(config).not.toHaveProperty("provider");
    expect(component.redisUrl).toBeUndefined();
    expect(component.redisSecretName).toBeUndefined();
  });
});

describe("parts of somebody else", () => {
  it("creates nothing where everything is external", async () => {
    const external = { mode: "external" } as const;
    await install({
      certManager: external,
      gatewayApi: external,
      inferenceExtension: external,
      aiGateway: external,
      envoyGateway: external,
      redis: { mode: "none" },
    });
    expect(names()).toEqual(["gw"]);
  });

  it.each<[string, GatewayInstallArgs, readonly string[]]>([
    ["cert-manager", { certManager: { mode: "external" } }, ["gw-cert-manager", "gw-namespace-cert-manager"]],
    ["Gateway API", { gatewayApi: { mode: "external" } }, ["gw-gateway-api-crds"]],
    ["inference extension", { inferenceExtension: { mode: "external" } }, ["gw-inference-extension-crds"]],
    [
      "AI Gateway",
      { aiGateway: { mode: "external" } },
      ["gw-ai-gateway", "gw-ai-gateway-crds", "gw-namespace-ai-gateway", "gw-session-seed"],
    ],
    [
      "Envoy Gateway",
      { envoyGateway: { mode: "external" } },
      ["gw-envoy-gateway", "gw-envoy-gateway-crds", "gw-namespace-envoy-gateway"],
    ],
  ])("creates nothing of %s when it is external", async (_, args, absent) => {
    await install();
    const all = names();
    await install(args);
    expect(names()).toEqual(all.filter((name) => !absent.includes(name)));
  });

  it("keeps the order over a part that is missing", async () => {
    await install({
      certManager: { mode: "external" },
      aiGateway: { mode: "external" },
      redis: { mode: "none" },
    });
    expect(one("gw-gateway-api-crds").dependencies).toEqual(["gw-namespace-envoy-gateway"]);
    expect(one("gw-envoy-gateway").dependencies).toEqual([
      "gw-envoy-gateway-crds",
      "gw-gateway-api-crds",
      "gw-inference-extension-crds",
    ]);
  });

  it("imports the releases that it adopts, and touches no namespace or definition of theirs", async () => {
    await install({
      certManager: { mode: "adopt", releaseName: "cm" },
      aiGateway: { mode: "adopt" },
      envoyGateway: { mode: "adopt" },
      redis: { mode: "none" },
    });
    const imported = registered.filter(({ importId }) => importId !== "");
    expect(Object.fromEntries(imported.map(({ name, importId }) => [name, importId]))).toEqual({
      "gw-cert-manager": "cert-manager/cm",
      "gw-ai-gateway": "envoy-ai-gateway-system/aieg",
      "gw-envoy-gateway": "envoy-gateway-system/eg",
    });
    expect(names().filter((name) => /namespace|(ai|envoy)-gateway-crds/.test(name))).toEqual([]);
  });

  it("points Envoy Gateway to an AI Gateway elsewhere", async () => {
    await install({
      aiGateway: { mode: "external", extensionServer: { hostname: "ai.platform.svc", port: 2063 } },
    });
    expect(one("gw-envoy-gateway").inputs.values.config.envoyGateway.extensionManager.service).toEqual({
      fqdn: { hostname: "ai.platform.svc", port: 2063 },
    });
  });

  it("leaves pools out of Envoy Gateway without the inference extension", async () => {
    await install({ inferenceExtension: { mode: "none" } });
    expect(one("gw-envoy-gateway").inputs.values.config.envoyGateway.extensionManager).not.toHaveProperty(
      "backendResources",
    );
  });

  it("uses a certificate of the user's own in place of cert-manager", async () => {
    await install({ aiGateway: { webhookSecretName: "webhook-tls" } });
    expect(names().filter((name) => name.includes("cert-manager"))).toEqual([]);
    expect(one("gw-ai-gateway").inputs.values.controller.mutatingWebhook).toEqual({
      certManager: { enable: false },
      tlsCertSecretName: "webhook-tls",
    });
  });
});

describe("settings", () => {
  it("merges the user's values last, into that release alone", async () => {
    await install();
    const before = new Map(registered.map((each) => [each.name, each.inputs]));
    await install({
      envoyGateway: {
        values: {
          deployment: { replicas: 3 },
          config: { envoyGateway: { logging: { level: { default: "warn" } } } },
        },
      },
    });
    const changed = registered.filter(
      ({ name, inputs }) => name !== "gw" && JSON.stringify(inputs) !== JSON.stringify(before.get(name)),
    );
    expect(changed.map(({ name }) => name)).toEqual(["gw-envoy-gateway"]);
    const { values } = one("gw-envoy-gateway").inputs;
    expect(values.deployment).toEqual({ replicas: 3 });
    expect(values.config.envoyGateway).toEqual({
      ...before.get("gw-envoy-gateway").values.config.envoyGateway,
      logging: { level: { default: "warn" } },
    });
  });

  it("takes values that are known late, and keeps a secret among them secret", async () => {
    await install({
      aiGateway: {
        values: pulumi.output({ controller: { logLevel: "debug" } }),
      },
      envoyGateway: { values: { deployment: { envoyGateway: { extraEnv: pulumi.secret(["x"]) } } } },
    });
    // An output is merged as a whole, and our part holds the seed: so the whole is secret.
    expect(one("gw-ai-gateway").inputs.values).toEqual(
      secret(
        expect.objectContaining({
          controller: expect.objectContaining({ logLevel: "debug", maxRecvMsgSize: "67108864" }),
        }),
      ),
    );
    expect(one("gw-envoy-gateway").inputs.values.deployment.envoyGateway.extraEnv).toEqual(secret(["x"]));
  });

  it("raises both ends of the configuration channel together", async () => {
    await install({ maxConfigSize: 256 });
    expect(one("gw-ai-gateway").inputs.values.controller.maxRecvMsgSize).toBe("268435456");
    expect(one("gw-envoy-gateway").inputs.values.config.envoyGateway.extensionManager.maxMessageSize).toBe(
      "256Mi",
    );
  });

  it("uses seeds of the user's own, both secret", async () => {
    await install({
      aiGateway: { sessionSeed: pulumi.secret("now"), previousSessionSeed: pulumi.output("before") },
    });
    expect(names()).not.toContain("gw-session-seed");
    expect(one("gw-ai-gateway").inputs.values.controller.mcp).toEqual({
      sessionEncryption: { seed: secret("now"), fallback: { seed: secret("before") } },
    });
    // The component's own inputs are kept in the state, too.
    expect(one("gw").inputs.aiGateway).toEqual({
      sessionSeed: secret("now"),
      previousSessionSeed: secret("before"),
    });
  });

  it("moves into other namespaces", async () => {
    await install({
      namespaces: { envoyGatewaySystem: { name: "eg" }, aiGatewaySystem: { name: "ai", create: false } },
    });
    expect(names()).not.toContain("gw-namespace-ai-gateway");
    expect(one("gw-namespace-envoy-gateway").inputs.metadata).toEqual({ name: "eg" });
    expect(one("gw-ai-gateway").inputs).toMatchObject({
      namespace: "ai",
      values: {
        controller: { quotaRateLimitServiceAddr: "envoy-ai-gateway-ratelimit.eg" },
        envoyGateway: { namespace: "eg" },
      },
    });
    expect(one("gw-redis-service").inputs.metadata.namespace).toBe("eg");
  });

  it("registers nothing of a wrong declaration", async () => {
    await startEngine();
    expect(() => new GatewayInstall("gw", { release: "9.9" as "1.1" })).toThrow(
      /release: "9\.9" is no release set/,
    );
    await pulumi.runtime.disconnect();
    expect(registered).toEqual([]);
  });
});

describe("keepCrds", () => {
  const child = {
    custom: true,
    type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
    name: "gw-envoy-gateway-crds:backends",
    props: { kind: "CustomResourceDefinition", metadata: { name: "backends", annotations: { a: "1" } } },
    opts: { protect: true },
  };

  it("keeps a child on deletion and takes over its fields, changing nothing else", async () => {
    expect(await keepCrds(child)).toEqual({
      props: {
        kind: "CustomResourceDefinition",
        metadata: { name: "backends", annotations: { a: "1", "pulumi.com/patchForce": "true" } },
      },
      opts: { protect: true, retainOnDelete: true },
    });
    expect(child.props.metadata.annotations).toEqual({ a: "1" });
  });

  it("leaves the component itself alone", async () => {
    expect(await keepCrds({ ...child, custom: false })).toBeUndefined();
  });
});
