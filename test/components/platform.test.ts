import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateProgram } from "../../cli/evaluate";
import type { Evaluation, PlanResource } from "../../cli/evaluate/evaluation";
import { isWireSecret, maskValue } from "../../cli/evaluate/values";
import {
  AiPlatform,
  type AiPlatformArgs,
  DeclarationError,
  GatewayInstall,
  GpuCluster,
  type GpuClusterArgs,
  ModelGateway,
} from "../../components";
import { clusterState } from "../support/clusterAnswers";
import { type Registration, recordResources, resolved } from "../support/recordResources";

// What this file does not prove: that AWS and Kubernetes take the objects (see test/schema), that Envoy Gateway tells
// an address, or in which order the engine really deletes.

const cluster: GpuClusterArgs = {
  purpose: "dev",
  network: {
    zones: { "us-east-1a": {}, "us-east-1b": {} },
    controlPlaneZones: ["us-east-1a", "us-east-1b"],
    natZone: "us-east-1a",
  },
  access: { path: "vpc", fromCidrs: ["10.9.0.0/16"] },
  systemNodes: { zones: ["us-east-1a"] },
  pools: { small: { instanceType: "g6.2xlarge", max: 4, capacity: "spot", zones: ["us-east-1a"] } },
};
const models: AiPlatformArgs["models"] = {
  "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 } },
  "gpt-oss-20b": { vllm: { source: "openai/gpt-oss-20b", pool: "small" }, fallback: ["gpt"] },
  gpt: { openai: { credential: "openai" }, upstreamName: "gpt-5" },
};
const declared = (): AiPlatformArgs => ({
  cluster,
  models,
  credentials: { openai: { apiKey: pulumi.secret("marker-provider") } },
  access: { apiKeys: { batch: { key: pulumi.secret("marker-client"), team: "search" } } },
  budgets: { minute: { per: "team", limit: { tokens: 20_000 }, period: "minute" } },
  processor: { image: "registry.example.com/processor:1" },
});

const evaluate = (program: () => unknown): Promise<Evaluation> =>
  evaluateProgram({ projectDir: process.cwd(), stack: "platform", program });
const platformOf = (args: AiPlatformArgs, opts?: pulumi.ComponentResourceOptions): Promise<Evaluation> =>
  evaluate(() => new AiPlatform("dev", args, opts));

/** Types and name of a URN, from its first component on. */
const short = (urn: string): string => urn.split("::").slice(2).join("::");
const platformType = "ai-gateway:index:AiPlatform";
const typeIs = (type: string) => (resource: PlanResource) => resource.type.endsWith(type);

/** The resources of an evaluation by URN, without the components, whose inputs are the whole declaration. */
function shown({ resources }: Evaluation): Map<string, string> {
  const own = resources.filter(({ type }) => !type.startsWith("ai-gateway:") && !type.endsWith(":Stack"));
  return new Map(own.map((each) => [each.urn, JSON.stringify({ ...each, inputs: maskValue(each.inputs) })]));
}

function changed(before: Evaluation, after: Evaluation): string[] {
  const [old, now] = [shown(before), shown(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((urn) => old.get(urn) !== now.get(urn));
}

/** Everything that has to exist before a resource does, and so may go only after it has gone. */
function neededBy({ resources }: Evaluation, urn: string): ReadonlySet<string> {
  const all = new Map(resources.map((resource) => [resource.urn, resource]));
  const found = new Set<string>();
  const visit = (each: string) => {
    const resource = all.get(each);
    for (const next of [...(resource?.dependencies ?? []), resource?.provider, resource?.parent]) {
      if (next !== undefined && !found.has(next)) {
        found.add(next);
        visit(next);
      }
    }
  };
  visit(urn);
  return found;
}

let whole: Evaluation;
beforeAll(async () => {
  whole = await platformOf(declared());
});

describe("the resources of an AiPlatform", () => {
  it("are a cluster, what a gateway needs, a namespace, and the models", () => {
    const urn = whole.resources.find(({ type }) => type === platformType)?.urn;
    const children = whole.resources.filter(({ parent }) => parent === urn);
    expect(children.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "ai-gateway:index:GatewayInstall dev",
      "ai-gateway:index:GpuCluster dev",
      "ai-gateway:index:ModelGateway dev",
      "kubernetes:core/v1:Namespace dev",
    ]);
  });

  it("have the URNs that each component alone gives them, under the platform", async () => {
    const alone = await evaluate(() => {
      new GpuCluster("dev", { ...cluster, certManager: "install" });
      new GatewayInstall("dev", { certManager: { mode: "external" } });
      const { cluster: _, ...args } = declared();
      new ModelGateway("dev", { ...args, createNamespace: false });
    });
    const expected = alone.resources
      .filter(({ type }) => !type.endsWith(":Stack"))
      .map(({ urn }) => `${platformType}$${short(urn)}`);
    const own = [`${platformType}::dev`, `${platformType}$kubernetes:core/v1:Namespace::dev`];
    const found = whole.resources.filter(({ type }) => !type.endsWith(":Stack")).map(({ urn }) => short(urn));
    expect(found.sort()).toEqual([...expected, ...own].sort());
    expect(found.length).toBeGreaterThan(100);
  });

  it("are untouched when a model is added", async () => {
    const args = declared();
    const more = { ...args.models, another: { vllm: { source: "Qwen/Qwen3-4B", pool: "small" } } };
    const touched = changed(whole, await platformOf({ ...args, models: more }));
    // The processor's document names the models.
    const own = touched.filter((urn) => !urn.includes("BudgetProcessor$"));
    expect(own.length).toBeGreaterThanOrEqual(5);
    expect(own.filter((urn) => !urn.endsWith("::dev-another"))).toEqual([]);
    expect(touched.filter((urn) => urn.includes("BudgetProcessor$")).map((urn) => short(urn))).toEqual([
      expect.stringMatching(/:ConfigMap::dev$/),
    ]);
  });

  it("are untouched when a pool is added", async () => {
    const args = declared();
    const pools = { ...cluster.pools, large: { instanceType: "g6e.12xlarge", max: 2 } };
    const touched = changed(whole, await platformOf({ ...args, cluster: { ...cluster, pools } }));
    // The provider comes after all pools, so one more is what it waits for: no input of it changes.
    const provider = touched.filter((urn) => urn.endsWith("$pulumi:providers:kubernetes::dev"));
    const own = touched.filter((urn) => !provider.includes(urn));
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(own.filter((urn) => !/::dev-large(-|$)/.test(urn))).toEqual([]);
  });

  it("are untouched when the first pool with AMD's GPUs is added, cert-manager too", async () => {
    const args = declared();
    const pools = { ...cluster.pools, rocm: { instanceType: "g4ad.xlarge", amiId: "ami-0a1b2c3d", max: 2 } };
    const after = await platformOf({ ...args, cluster: { ...cluster, pools } });
    const [old, now] = [whole, after].map((each) => each.resources.map(({ urn }) => urn));
    expect(old?.filter((urn) => !now?.includes(urn))).toEqual([]);
    const own = changed(whole, after).filter((urn) => !urn.endsWith("$pulumi:providers:kubernetes::dev"));
    expect(own.filter((urn) => !/::dev-(rocm|amd)(-|$)/.test(urn))).toEqual([]);
    expect(own.map(short)).toEqual(
      expect.arrayContaining([expect.stringMatching(/::dev-amd-gpu-operator$/)]),
    );
    const operator = after.resources.find(({ name }) => name === "dev-amd-gpu-operator");
    expect(operator?.dependencies).toEqual(
      expect.arrayContaining([expect.stringMatching(/GpuCluster\$.*::dev-cert-manager$/)]),
    );
  });
});

describe("the order of an AiPlatform", () => {
  it("keeps the cluster until all that lives in it has gone", () => {
    const inCluster = whole.resources.filter(({ urn }) => urn.includes("$ai-gateway:index:GpuCluster$"));
    const provider = inCluster.find(({ urn }) => urn.endsWith("$pulumi:providers:kubernetes::dev"));
    const living = whole.resources.filter(
      ({ urn, type }) => type.startsWith("kubernetes:") && !urn.includes("GpuCluster$"),
    );
    expect(living.length).toBeGreaterThan(40);
    expect(new Set(living.map((each) => each.provider))).toEqual(new Set([provider?.urn]));
    const kept = neededBy(whole, provider?.urn ?? "");
    const free = inCluster.filter(({ urn }) => urn !== provider?.urn && !kept.has(urn));
    // What may go earlier: the tags by which an empty pool is scaled up.
    const early = free.filter(({ type }) => type !== "aws:autoscaling/tag:Tag");
    expect(early.map(({ urn }) => urn)).toEqual([]);
  });

  it("keeps the controllers until the last object of the models has gone", () => {
    const gateway = whole.resources.find(typeIs(":Gateway"));
    const kept = neededBy(whole, gateway?.urn ?? "");
    const installed = whole.resources.filter(
      ({ urn, name, custom }) =>
        custom && (urn.includes("$ai-gateway:index:GatewayInstall$") || name === "dev-cert-manager"),
    );
    expect(installed).toHaveLength(10);
    expect(installed.filter(({ urn }) => !kept.has(urn)).map(({ urn }) => urn)).toEqual([]);
  });
});

describe("the outputs of an AiPlatform", () => {
  async function made(
    args: AiPlatformArgs,
    status?: object,
  ): Promise<{ readonly platform: AiPlatform; readonly all: readonly Registration[] }> {
    let platform: AiPlatform | undefined;
    const all = await recordResources(
      () => {
        platform = new AiPlatform("dev", args);
        return platform;
      },
      {
        state: (type, inputs) => ({
          ...clusterState(type, inputs),
          ...(type.endsWith(":Gateway") && status !== undefined ? { status } : {}),
        }),
      },
    );
    return { platform: platform as AiPlatform, all };
  }
  const status = { addresses: [{ type: "Hostname", value: "nlb.example.com" }] };

  it("tell where the Gateway is, once Envoy Gateway has said so", async () => {
    const { platform, all } = await made(declared(), status);
    expect(await resolved(platform.address)).toBe("nlb.example.com");
    expect(await resolved(platform.endpoint)).toBe("http://nlb.example.com");
    const gateway = all.find(({ kind }) => kind === "Gateway");
    expect(gateway?.inputs.metadata.annotations["pulumi.com/waitFor"]).toBe("condition=Programmed");
    expect(gateway?.inputs).not.toHaveProperty("status");
  });

  it("have the host name and the port that clients use", async () => {
    const https = { certificateSecretName: "tls", port: 8443 };
    const named = await made({ ...declared(), hostname: "llm.example.com", gateway: { https } }, status);
    expect(await resolved(named.platform.endpoint)).toBe("https://llm.example.com:8443");
    expect(await resolved(named.platform.address)).toBe("nlb.example.com");
  });

  it("are unknown in a preview as far as only the cluster knows them", async () => {
    const { outputs } = await evaluate(() => ({ platform: new AiPlatform("dev", declared()) }));
    expect(maskValue(outputs)).toMatchObject({ platform: { endpoint: "[unknown]", address: "[unknown]" } });
  });

  it("name models, the namespace and the Secrets of keys; the kubeconfig is a secret", async () => {
    const { platform } = await made(declared(), status);
    expect(await resolved(platform.modelNames)).toEqual(["qwen3-1.7b", "gpt-oss-20b", "gpt"]);
    expect(await resolved(platform.namespace)).toBe("ai-gateway");
    expect(await resolved(platform.gatewayName)).toBe("dev");
    expect(await resolved(platform.keySecretNames)).toEqual(["dev.api-keys"]);
    expect(await pulumi.isSecret(platform.kubeconfig as pulumi.Output<string>)).toBe(true);
    expect(platform.provider).toBe(platform.cluster?.provider);
    expect(await resolved(platform.install.release)).toBe("1.1");
    expect(await resolved(platform.models.gatewayName)).toBe("dev");
  });

  it("show no secret in clear, wherever it stands and whether or not its maker said that it is one", async () => {
    const url = "rediss://redis.example.com:6379";
    const { all } = await made(
      {
        ...declared(),
        credentials: { openai: { apiKey: pulumi.output("marker-provider") } },
        access: { apiKeys: { batch: { key: pulumi.output("marker-client"), team: "search" } } },
        install: { redis: { url, password: pulumi.output("marker-install") } },
        processor: { image: "processor:1", redis: { url, password: pulumi.output("marker-processor") } },
      },
      status,
    );
    const whatIsSaid = JSON.stringify(all);
    for (const marker of ["provider", "client", "install", "processor"]) {
      expect(whatIsSaid).toContain(`marker-${marker}`);
    }
    expect(JSON.stringify(all, (_, value) => (isWireSecret(value) ? "secret" : value))).not.toContain(
      "marker",
    );
  });
});

describe("an AiPlatform on a cluster of one's own", () => {
  const { cluster: _, ...elsewhere } = declared();

  it("makes nothing in AWS, and checks models against the pools that it is told", async () => {
    const pools = { small: { instanceType: "g6.2xlarge" } };
    const { resources } = await platformOf({ ...elsewhere, pools });
    expect(resources.filter(({ type }) => /^(aws|eks):/.test(type))).toEqual([]);
    expect(resources.filter(typeIs(":GpuCluster"))).toEqual([]);
    const tiny = { small: { instanceType: "g4dn.xlarge" } };
    expect(() => new AiPlatform("dev", { ...elsewhere, pools: tiny })).toThrow(/models\["gpt-oss-20b"\]/);
  });

  it("leaves load balancers as they are written", async () => {
    const { resources } = await platformOf(elsewhere);
    const proxy = resources.find(typeIs(":EnvoyProxy"));
    expect(JSON.stringify(proxy?.inputs)).not.toContain("aws-load-balancer-type");
  });
});

describe("what the parts of an AiPlatform owe each other", () => {
  const inputsOf = ({ resources }: Evaluation, type: string) => resources.find(typeIs(type))?.inputs as never;

  it("is a Network Load Balancer, by annotation or by the class of Auto Mode", async () => {
    expect(inputsOf(whole, ":EnvoyProxy")).toMatchObject({
      spec: {
        provider: {
          kubernetes: {
            envoyService: { annotations: { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" } },
          },
        },
      },
    });
    const { systemNodes: _, ...rest } = cluster;
    const auto = await platformOf({ ...declared(), cluster: { ...rest, compute: "auto-mode" } });
    expect(inputsOf(auto, ":EnvoyProxy")).toMatchObject({
      spec: { provider: { kubernetes: { envoyService: { loadBalancerClass: "eks.amazonaws.com/nlb" } } } },
    });
  });

  const certManagersOf = ({ resources }: Evaluation) =>
    resources
      .filter(({ name }) => name === "dev-cert-manager")
      .map(({ urn }) => short(urn).split("$").at(-2));

  it("is one cert-manager: the cluster's, or the installation's where that says something about it", async () => {
    const declare = (install: AiPlatformArgs["install"], certManager?: GpuClusterArgs["certManager"]) =>
      platformOf({
        ...declared(),
        ...(install && { install }),
        cluster: { ...cluster, ...(certManager && { certManager }) },
      }).then(certManagersOf);
    expect(certManagersOf(whole)).toEqual(["ai-gateway:index:GpuCluster"]);
    expect(await declare({ certManager: { releaseName: "cm" } })).toEqual([
      "ai-gateway:index:GatewayInstall",
    ]);
    expect(await declare({ certManager: { mode: "external" } })).toEqual([]);
    expect(await declare({ aiGateway: { webhookSecretName: "tls" } })).toEqual([]);
    expect(await declare(undefined, "external")).toEqual([]);
    expect(await declare({ maxConfigSize: 32 }, "install")).toEqual(["ai-gateway:index:GpuCluster"]);
  });

  it("is the cluster's name, for models that read a bucket and name no cluster", async () => {
    const s3 = (podIdentity: object) => ({
      vllm: {
        source: "Qwen/Qwen3-4B",
        pool: "small",
        s3: { bucket: "acme-models", region: "us-east-1", podIdentity },
        weights: { s3: {} },
      },
    });
    const args = { ...declared(), models: { own: s3({}), other: s3({ clusterName: "other" }) } };
    const named = { ...args, cluster: { ...cluster, clusterName: "acme-dev" } };
    const all = await recordResources(() => new AiPlatform("dev", named), { state: clusterState });
    const associations = all.filter(({ kind }) => kind === "PodIdentityAssociation");
    const found = new Map(associations.map(({ name, inputs }) => [name, inputs.clusterName]));
    expect([found.get("dev-own"), found.get("dev-other")]).toEqual(["acme-dev", "other"]);
    // It waits for the cluster.
    expect(associations.find(({ name }) => name === "dev-own")?.dependencies).toContain("Cluster dev");
    const { cluster: _, ...elsewhere } = args;
    expect(() => new AiPlatform("dev", elsewhere)).toThrow(/podIdentity\.clusterName: is missing/);
  });

  it("is one cert-manager, where pools with AMD's GPUs bring it along", async () => {
    const pools = {
      ...cluster.pools,
      instinct: {
        hybrid: { credentials: "ssm" as const },
        accelerator: {
          gpu: "MI300X",
          gpus: 8,
          vcpus: 192,
          memoryGiB: 2_048,
          allocatableMiB: 2_000_000,
          networkGbps: 200,
        },
        max: 1,
      },
    };
    const hybrid = { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.85.0.0/16"] };
    const registered = await recordResources(
      () => new AiPlatform("dev", { ...declared(), cluster: { ...cluster, pools, hybrid } }),
      { state: clusterState, call: () => ({ accountId: "123456789012" }) },
    );
    const found = registered.filter(({ name, kind }) => kind === "Release" && name === "dev-cert-manager");
    expect(found.map(({ parent }) => parent)).toEqual(["GpuCluster dev"]);
  });
});

describe("the controllers that models need", () => {
  const prometheus = { url: "http://prometheus.monitoring.svc:9090" };
  const scaled = { source: "Qwen/Qwen3-4B", pool: "small", autoscaling: { max: 2, prometheus } };
  const several = { source: "Qwen/Qwen3-8B", pool: "small", nodes: 2, maxModelLen: 8_192 };
  const roomy = (): AiPlatformArgs => ({
    ...declared(),
    cluster: { ...cluster, pools: { small: { instanceType: "g6.2xlarge", max: 6, zones: ["us-east-1a"] } } },
  });
  const needing = (): AiPlatformArgs => ({
    ...roomy(),
    models: { ...models, scaled: { vllm: scaled }, several: { vllm: several } },
  });
  const releases = ({ resources }: Evaluation) => resources.filter(typeIs(":Release"));
  const names = (evaluation: Evaluation) =>
    releases(evaluation)
      .map(({ name }) => name)
      .filter((name) => /keda|leader/.test(name));

  it("are installed before the models, in a cluster that is made here", async () => {
    const all = await platformOf(needing());
    expect(names(whole)).toEqual([]);
    expect(names(all).sort()).toEqual(["dev-keda", "dev-leader-worker-set"]);
    const inputsBy = new Map(releases(all).map(({ name, inputs }) => [name, maskValue(inputs)]));
    const common = { createNamespace: true, atomic: true, cleanupOnFail: true, skipAwait: false };
    expect(inputsBy.get("dev-keda")).toMatchObject({
      ...common,
      chart: "keda",
      version: "2.21.0",
      repositoryOpts: { repo: "https://kedacore.github.io/charts" },
      namespace: "keda",
      values: { crds: { additionalAnnotations: { "helm.sh/resource-policy": "keep" } } },
    });
    expect(inputsBy.get("dev-leader-worker-set")).toMatchObject({
      ...common,
      chart: "oci://registry.k8s.io/lws/charts/lws",
      version: "0.9.0",
      name: "lws",
      namespace: "lws-system",
    });
    for (const [kind, controller] of [
      [":ScaledObject", "dev-keda"],
      [":LeaderWorkerSet", "dev-leader-worker-set"],
    ] as const) {
      const object = all.resources.find(typeIs(kind));
      const release = releases(all).find(({ name }) => name === controller);
      expect(neededBy(all, object?.urn ?? "")).toContain(release?.urn);
      expect(release?.provider).toBe(object?.provider);
    }
  });

  it("come with the first model that needs them, and change nothing else", async () => {
    const inputsOf = ({ resources }: Evaluation) =>
      new Map(
        resources
          .filter(({ type }) => !/^ai-gateway:|:Stack$/.test(type))
          .map(({ urn, inputs }) => [urn, JSON.stringify(maskValue(inputs))]),
      );
    const [before, after] = [inputsOf(await platformOf(roomy())), inputsOf(await platformOf(needing()))];
    const touched = [...before]
      .filter(([urn, inputs]) => after.get(urn) !== inputs)
      .map(([urn]) => short(urn));
    expect(touched).toEqual([expect.stringMatching(/BudgetProcessor\$.*:ConfigMap::dev$/)]);
  });

  it.each<[string, Partial<AiPlatformArgs>, readonly string[]]>([
    ["in a cluster of one's own", { cluster: undefined }, ["KEDA", "the LeaderWorkerSet controller"]],
    ["where they are somebody else's", { controllers: { keda: "external" } }, ["KEDA"]],
    [
      "in a cluster of one's own, by choice",
      { cluster: undefined, controllers: { keda: "install" } },
      ["the LeaderWorkerSet controller"],
    ],
  ])("are named in the preview where they are not installed: %s", async (_, change, missing) => {
    const info = vi.spyOn(pulumi.log, "info");
    const all = await recordResources(() => new AiPlatform("dev", { ...needing(), ...change }), {
      state: clusterState,
    });
    const said = info.mock.calls.flatMap(([text]) => (/has to be in the cluster/.test(text) ? [text] : []));
    info.mockRestore();
    const model = { KEDA: ["scaled", "keda"], other: ["several", "leaderWorkerSet"] };
    expect(said).toEqual(
      missing.map((title) => {
        const [key, member] = title === "KEDA" ? model.KEDA : model.other;
        return `${title} has to be in the cluster, for "${key}"; with controllers.${member} "install" it is installed here.`;
      }),
    );
    const installed = all.filter(({ kind, name }) => kind === "Release" && /keda|leader/.test(name));
    expect(installed).toHaveLength(2 - missing.length);
  });

  it("are refused in ways that are none", () => {
    const wrong = { ...declared(), controllers: { keda: "adopt", leaderWorkerSet: "none", lws: "install" } };
    expect(() => new AiPlatform("dev", wrong as AiPlatformArgs)).toThrow(
      /controllers\.lws: .*\n.*controllers\.keda: "adopt" is not possible here.*\n.*controllers\.leaderWorkerSet: "none"/,
    );
  });
});

describe("a wrong AiPlatform", () => {
  function problemsOf(args: AiPlatformArgs): readonly string[] {
    try {
      new AiPlatform("dev", args);
    } catch (error) {
      expect(error).toBeInstanceOf(DeclarationError);
      return (error as DeclarationError).problems.map(({ path }) => path);
    }
    return [];
  }

  it("is refused with the problems of all its parts at once, by the paths that were written", () => {
    const wrong = {
      ...declared(),
      modles: {},
      release: "1.1",
      cluster: {
        ...cluster,
        serviceCidr: "8.8.8.0/24",
        pools: {
          small: { instanceType: "g6.2xlarge", max: 1, min: 2 },
          odd: { instanceType: "g6.3xlarge", max: 1 },
        },
      },
      install: { maxConfigSize: 1, release: "1.0" },
      models: { ...models, "gpt-oss-20b": { vllm: { source: "openai/gpt-oss-20b", pool: "smal" } } },
      processor: {},
    } as unknown as AiPlatformArgs;
    expect(problemsOf(wrong)).toEqual([
      "modles",
      "install.release",
      "cluster.serviceCidr",
      'cluster.pools["small"].min',
      'cluster.pools["odd"].instanceType',
      "install.maxConfigSize",
      'models["gpt-oss-20b"].vllm.pool',
      "processor.image",
    ]);
  });

  it("is refused where models need what their pools do not have", () => {
    const small = { instanceType: "g6.2xlarge", max: 1, zones: ["us-east-1a"], taints: { team: {} } };
    expect(problemsOf({ ...declared(), cluster: { ...cluster, pools: { small } } })).toEqual([
      'cluster.pools["small"].max',
      'models["qwen3-1.7b"].vllm.pool',
      'models["gpt-oss-20b"].vllm.pool',
    ]);
    const unfit = { large: { vllm: { source: "Qwen/Qwen3-32B", pool: "small" } } };
    const { access: _, budgets: __, processor: ___, credentials: ____, ...bare } = declared();
    expect(problemsOf({ ...bare, models: unfit })).toEqual(['models["large"].vllm.gpus']);
    expect(
      problemsOf({ ...bare, models: { a: { vllm: { source: "Qwen/Qwen3-8B", pool: "smal" } } } }),
    ).toEqual(['models["a"].vllm.pool']);
  });

  it("is refused where a model asks for more of the root volume than a node leaves for pods", () => {
    const { access: _, budgets: __, processor: ___, credentials: ____, ...bare } = declared();
    const from = (pool: object, vllm: object = {}) => {
      const small = { instanceType: "g6.2xlarge", max: 1, zones: ["us-east-1a"], ...pool };
      const qwen = { source: "Qwen/Qwen3-1.7B", pool: "small", ...vllm };
      return { ...bare, cluster: { ...cluster, pools: { small } }, models: { qwen: { vllm: qwen } } };
    };
    const onRoot = { instanceStore: false, disk: { size: 100 } };
    expect(problemsOf(from(onRoot))).toEqual(['cluster.pools["small"].disk.size']);
    expect(() => new AiPlatform("dev", from(onRoot))).toThrow(
      /100 GiB leave 85 for pods, and "qwen" asks for 100Gi \(cache.size\); use 118 or more/,
    );
    expect(problemsOf(from({ ...onRoot, disk: { size: 118 } }))).toEqual([]);
    expect(problemsOf(from(onRoot, { cache: { size: "80Gi" } }))).toEqual([]);
    // The root volume is what counts there, not the NVMe disks that nobody uses.
    const large = { cache: { size: "800Gi" } };
    expect(problemsOf(from({ instanceStore: false, disk: { size: 1_000 } }, large))).toEqual([]);
    expect(problemsOf(from({}, large))).toEqual(['models["qwen"].vllm.cache.size']);
  });

  it("is refused where one part takes away what another one needs", () => {
    const args = declared();
    expect(problemsOf({ ...args, pools: {} })).toEqual(["pools"]);
    expect(problemsOf({ ...args, install: { redis: { mode: "none" } } })).toEqual(["processor.redis"]);
    const redis = { url: "rediss://redis.example.com:6379" };
    const own = {
      ...args,
      install: { redis: { mode: "none" as const } },
      processor: { ...args.processor, redis },
    };
    expect(problemsOf(own)).toEqual([]);
  });

  it("is refused where cert-manager would be there twice, or too late", () => {
    const own = { certManager: { mode: "install" } } as const;
    const twice = { ...declared(), install: own, cluster: { ...cluster, certManager: "install" as const } };
    expect(problemsOf(twice)).toEqual(["install.certManager"]);
    const rocm = { instanceType: "g4ad.xlarge", amiId: "ami-0a1b2c3d", max: 2 };
    const late = { ...declared(), install: own, cluster: { ...cluster, pools: { ...cluster.pools, rocm } } };
    expect(problemsOf(late)).toEqual(["install.certManager"]);
    expect(() => new AiPlatform("dev", late)).toThrow(/which the pool "rocm" brings along, needs it before/);
    const odd = { ...cluster, certManager: "none" } as unknown as GpuClusterArgs;
    expect(problemsOf({ ...declared(), cluster: odd })).toEqual(["cluster.certManager"]);
  });

  it("is refused before anything reaches the engine, with a secret in plain text and without a cluster's access", () => {
    const { access: _, ...lost } = cluster;
    const args = { ...declared(), cluster: lost, credentials: { openai: { apiKey: "sk-1" } } };
    expect(problemsOf(args as unknown as AiPlatformArgs)).toEqual([
      "cluster.access",
      'credentials["openai"].apiKey',
    ]);
    for (const nothing of [[], null]) {
      expect(problemsOf(nothing as unknown as AiPlatformArgs)).toEqual(["args"]);
    }
    const parts = { ...declared(), cluster: null, install: [], gateway: 1, processor: "x" };
    expect(problemsOf(parts as unknown as AiPlatformArgs)).toEqual([
      "install",
      "cluster",
      "cluster.access",
      "gateway",
      "processor",
    ]);
  });
});
