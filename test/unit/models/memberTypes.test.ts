import { Output, output, secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import type { ProcessorArgs } from "../../../components/budgets/processorArgs";
import { isListShape, isMapShape, type Shape } from "../../../components/models/memberShapes";
import { modelGatewayMembers } from "../../../components/models/memberTables";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import { DeclarationError } from "../../../components/shared/problems";
import { endpoint, problemsOf } from "./support";

const key = secret("key");
const oidc = { issuer: "https://idp.example.com", clientId: "c", clientSecretName: "s", scopes: ["a"] };
const tls = { hostname: "llm.example.com", caConfigMapName: "ca", insecureSkipVerify: false };
const keys = [{ apiKey: key }, { secretName: "s" }, { credential: "c" }];
const aws = [
  { accessKeyId: "AKIA", secretAccessKey: key, sessionToken: key },
  { secretName: "s" },
  { oidc, roleArn: "arn" },
];
const app = { clientId: "c", tenantId: "t" };
const entra = [
  { ...app, clientSecret: key },
  { ...app, secretName: "s" },
  { ...app, oidc },
];
const workloadIdentity = {
  projectId: "1",
  poolName: "pool",
  providerName: "eks",
  oidc,
  serviceAccountName: "sa",
};
const google = [{ serviceAccountKey: key }, { secretName: "s" }, { workloadIdentity }];

const bedrock = { modelId: "m", region: "us-west-2", url: "https://vpce.example.com" };
const vertex = { modelId: "g", project: "p", region: "us-central1", url: "https://vertex.example.com" };
const azure = { url: "https://r.openai.azure.com", deployment: "d", apiVersion: "v" };

/** Every member of a provider, with each kind of credential. */
const providers: readonly ModelArgs[] = [
  ...keys.map((one) => ({ openai: { ...one, url: "https://a.example.com/v1", tls } })),
  ...keys.map((one) => ({ anthropic: { ...one, url: "https://a.example.com/v1", tls } })),
  ...keys.map((one) => ({ cohere: { ...one, url: "https://a.example.com/v2" } })),
  ...keys.map((one) => ({ openAICompatible: { ...one, url: "https://a.example.com/v1", tls } })),
  { openAICompatible: { url: "http://llm.ns.svc:8000", h2c: true } },
  ...keys.map((one) => ({ azureOpenAI: { ...azure, ...one } })),
  ...entra.map((one) => ({ azureOpenAI: { ...azure, entra: one } })),
  ...aws.map((one) => ({ bedrock: { ...bedrock, aws: one } })),
  ...aws.map((one) => ({ bedrockAnthropic: { ...bedrock, version: "v", aws: one } })),
  { bedrock: { ...bedrock, credential: "aws" } },
  { bedrockAnthropic: { ...bedrock, credential: "aws" } },
  ...google.map((one) => ({ vertex: { ...vertex, google: one } })),
  ...google.map((one) => ({ vertexAnthropic: { ...vertex, version: "v", google: one } })),
  { vertex: { ...vertex, credential: "google" } },
  { vertexAnthropic: { ...vertex, credential: "google" } },
  {
    vllm: {
      source: "a/b",
      revision: "main",
      pool: "small",
      accelerator: "nvidia",
      gpus: 1,
      replicas: 1,
      maxModelLen: 1000,
      image: "image:1",
      hfToken: key,
      cache: { size: "10Gi", storageClassName: "efs", accessMode: "ReadWriteMany" },
      resources: { cpu: "4", memory: "16Gi" },
      startupSeconds: 600,
      shutdownSeconds: 60,
      runAsRoot: true,
      extraArgs: ["--enable-auto-tool-choice"],
    },
  },
  { vllm: { source: "a/b", hfTokenSecretName: "hf" } },
  {
    vllm: {
      source: "a/b",
      nodes: 2,
      pipelineParallel: 2,
      imageDigest: `sha256:${"0123456789abcdef".repeat(4)}`,
      weights: { claim: { name: "models", path: "b" } },
      loras: { adapter: { s3Path: "adapters/one", rank: 8 } },
      s3: { bucket: "models", region: "us-west-2", serviceAccountName: "reader" },
    },
  },
  {
    vllm: {
      source: "a/b",
      autoscaling: {
        min: 0,
        max: 4,
        by: "keda",
        waitingRequests: 10,
        kvCacheUsage: 0.7,
        cooldownSeconds: 600,
        prometheus: {
          url: "http://prometheus.monitoring.svc:9090",
          labels: { namespace: "llm" },
          triggerAuthenticationName: "prometheus",
          authModes: "bearer",
          awsRegion: "us-west-2",
        },
        scaleToZero: true,
        wakeQuery: "rate(requests_total[1m])",
      },
      endpointPicker: true,
      picker: {
        image: "epp:1",
        cpu: "1",
        memory: "2Gi",
        metrics: true,
        objectives: { batch: { priority: -1 } },
      },
    },
  },
  {
    vllm: {
      source: "a/b",
      revision: "v1",
      weights: { s3: { path: "a/b", mirror: { disk: "60Gi" } } },
      s3: {
        bucket: "models",
        region: "us-west-2",
        podIdentity: { clusterName: "prod", roleArn: "arn:aws:iam::123456789012:role/models" },
      },
    },
  },
];

/** Every number of a model and of a node, where each may stand. */
const sized: readonly ModelGatewayArgs[] = [
  {
    pools: {
      table: { instanceType: "g6e.12xlarge", maxNodes: 4 },
      nvidia: {
        accelerator: {
          gpu: "L4",
          gpus: 1,
          vendor: "nvidia",
          gpuMemoryMiB: 23_034,
          computeCapability: 8.9,
          vcpus: 8,
          memoryGiB: 32,
          allocatableMiB: 29_317,
          nvmeGB: 450,
          networkGbps: 5,
          efaInterfaces: 0,
          nvlink: false,
          usdPerHour: 0.978,
        },
      },
      amd: {
        accelerator: {
          gpu: "MI300X",
          gpus: 8,
          gfx: "gfx942",
          vcpus: 192,
          memoryGiB: 2_048,
          allocatableMiB: 2_000_000,
          networkGbps: 100,
        },
      },
    },
    models: {
      m: {
        vllm: {
          source: "a/b",
          shape: {
            parametersB: 8,
            activeParametersB: 8,
            attention: {
              full: { layers: 8, kvHeads: 8, headSize: 128 },
              sliding: { layers: 8, kvHeads: 8, headSize: 128, window: 1_024 },
              latent: { layers: 8, width: 576 },
              state: { layers: 8, bytesPerSequence: 1_000_000 },
            },
            heads: 32,
            hiddenSize: 4_096,
            expertSize: 1_536,
            contextTokens: 40_960,
            weights: "bf16",
            weightBytes: 16_000_000_000,
            task: "generate",
            licence: "Apache-2.0",
            gated: false,
            toolParser: "hermes",
            reasoningParser: "qwen3",
            remoteCode: false,
          },
          pool: "table",
          gpus: 2,
          maxModelLen: 8_192,
          concurrency: 2,
          quantization: "fp8",
          kvCacheFormat: "auto",
          gpuMemoryUtilization: 0.9,
          maxSequences: 64,
          toolParser: "hermes",
          reasoningParser: "none",
          usageInEveryChunk: true,
          loras: { adapter: { source: "a/lora", rank: 16, public: true } },
          loraSlots: 1,
        },
      },
      n: {
        vllm: { source: "c/d", pool: "nvidia", shape: { configFile: "test/unit/models/configs/small.json" } },
      },
    },
  },
];

const tokenPrice = {
  usdPerMillionInputTokens: 3,
  usdPerMillionCachedInputTokens: 1,
  usdPerMillionCacheWrite5mTokens: 4,
  usdPerMillionCacheWrite1hTokens: 6,
  usdPerMillionOutputTokens: 9,
  usdPerMillionReasoningTokens: 9,
  usdPerMillionAudioInputTokens: 5,
  usdPerMillionAudioOutputTokens: 20,
};

/** Every member that is not a provider's. */
const full: ModelArgs = {
  openAICompatible: { url: "https://llm.example.com" },
  public: true,
  fallback: ["other"],
  upstreamName: "up",
  ownedBy: "us",
  createdAt: "2026-01-31T00:00:00Z",
  hostnames: ["a.example.com"],
  namespace: "other",
  serves: ["chat"],
  timeouts: { request: "1h", streamIdle: "45s" },
  retries: {
    attempts: 3,
    on: ["retriable-status-codes"],
    statusCodes: [503],
    perTryTimeout: "1m",
    backoff: "1s",
  },
  headers: { set: { "x-team": "a" }, remove: ["x-trace"] },
  body: { set: { temperature: 0.5 }, remove: ["logprobs"] },
  price: { ...tokenPrice, usdPerImage: 0.04, usdPerRequest: 0.01, contextTiers: { 200001: tokenPrice } },
  contextTokens: 200_000,
  maxOutputTokens: 8_000,
  requestCosts: { a: { type: "TotalToken" }, b: { cel: "input_tokens" } },
};
const other = endpoint("other.example.com");
const shared = [{ apiKey: key }, { secretName: "s" }].concat(
  aws.map((one) => ({ aws: one })) as never,
  entra.map((one) => ({ entra: one })) as never,
  google.map((one) => ({ google: one })) as never,
);

/** Every unit and every member of a budget. */
const budgets: Record<string, BudgetArgs> = {
  money: {
    per: "team",
    models: ["a"],
    teams: ["search"],
    users: ["ann"],
    limit: { usd: 100 },
    period: "month",
    timeZone: "Europe/Berlin",
    window: "fixed",
    warnAt: [0.5],
    status: 402,
    hold: "adaptive",
    holdCeiling: 1,
    whenStoreIsDown: "closed",
    settle: "stream",
    onExpiry: "floor",
    shadow: false,
    enforcedBy: "processor",
  },
  tokens: { limit: { tokens: 1_000 }, period: "minute", window: "sliding", burst: 100 },
  input: { limit: { inputTokens: 1_000 }, period: "day", per: "region", trustClientHeaders: true },
  output: { limit: { outputTokens: 1_000 }, period: "hour", models: ["c"], atLimit: "shrink" },
  requests: {
    models: ["a"],
    limit: { requests: 10 },
    period: "second",
    atLimit: "overflow",
    overflowTo: "b",
    returnBelow: 0.5,
    dwellSeconds: 5,
  },
  running: { limit: { concurrency: 5 } },
};
const spent: Pick<ModelGatewayArgs, "models" | "budgets"> = {
  models: {
    a: { ...endpoint(), price: tokenPrice },
    b: { ...endpoint("b.example.com"), price: tokenPrice, public: false },
    c: endpoint("c.example.com"),
  },
  budgets,
};
const processor: ProcessorArgs = {
  image: "registry.example.com/processor:1",
  namespace: "processors",
  envoyGatewayNamespace: "envoy-gateway-system",
  replicas: 2,
  pods: {
    cpu: "1",
    memory: "1Gi",
    spread: "required",
    nodeSelector: { a: "b" },
    tolerations: { t: { value: "v", effect: "NoSchedule" } },
    priorityClassName: "high",
    imagePullSecretName: "pull",
    labels: { a: "b" },
    annotations: { a: "b" },
  },
  store: "redis",
  redis: {
    url: "rediss://redis.example.com:6379",
    username: "user",
    password: key,
    caSecretName: "ca",
    clientCertificateSecretName: "client",
    serverName: "redis.example.com",
    timeoutMs: 20,
    ledger: "ledger",
  },
  holdSeconds: 60,
  drainSeconds: 300,
  allowJump: false,
  webhook: { url: "https://hooks.example.com", timeoutMs: 1000, authorization: key },
  tls: { certificateSecretName: "tls", hostname: "processor.example.com", caConfigMapName: "ca" },
  networkPolicy: { enabled: true, metricsNamespaces: ["monitoring"], egressPorts: [443] },
  logLevel: "info",
  genAiMetrics: true,
  statusPage: false,
  envoy: { messageTimeout: "5s", failOpen: false },
};
const image = "registry.example.com/processor:1";
const sentinel = { addresses: "s1:26379", master: "main", tls: true, username: "u", password: key };
const one: Pick<ModelGatewayArgs, "models" | "budgets"> = {
  models: { a: endpoint() },
  budgets: { running: { limit: { concurrency: 5 } } },
};
const apiKeys = {
  batch: { key, team: "search", user: "ann", organisation: "org", attributes: { tier: "gold" } },
};

const spending: readonly ModelGatewayArgs[] = [
  { ...spent, access: { apiKeys, clientHeaders: { region: "x-region" } }, processor },
  {
    ...one,
    access: {
      jwt: {
        issuer: "https://login.example.com/",
        audiences: ["llm"],
        jwksUri: "https://login.example.com/keys",
      },
    },
    processor: {
      build: {
        repositoryUrl: "registry.example.com/p",
        platforms: ["linux/arm64"],
        username: "u",
        password: key,
      },
      redis: { sentinel },
      webhook: { url: "https://hooks.example.com", authorizationSecretName: "hook" },
    },
  },
  {
    ...one,
    access: {
      jwt: { issuer: "main", localJwks: '{"keys":[{"kty":"RSA"}]}', claims: { user: "sub" } },
    },
    processor: {
      image,
      redis: { cluster: "redis://a:6379,redis://b:6379", passwordSecretName: "password" },
      autoscaling: { min: 1, max: 5, cpuPercent: 50 },
    },
  },
  {
    ...one,
    access: {
      issuers: {
        main: {
          issuer: "main",
          audiences: ["a"],
          localJwks: '{"keys":[{"kty":"RSA"}]}',
          claims: { user: "sub" },
        },
        ci: { issuer: "https://ci.example.com", jwksUri: "https://ci.example.com/keys" },
      },
    },
    processor: { image },
  },
  {
    ...one,
    access: { apiKeys: { batch: { team: "search" } }, apiKeySecretName: "keys" },
    processor: { image },
  },
  {
    models: { a: endpoint() },
    access: {
      anonymous: true,
      apiKeys: {
        made: {
          generated: true,
          team: "search",
          user: "ann",
          notBefore: "2026-11-01T00:00:00Z",
          expires: "2026-12-01T00:00:00Z",
          attributes: { role: "lead" },
        },
        versioned: {
          versions: {
            old: { key, notBefore: "2026-11-01T00:00:00Z", expires: "2026-12-01T00:00:00Z" },
            new: { generated: true },
          },
        },
      },
      rules: { some: { models: ["a"], teams: ["search"], users: ["ann"], attributes: { role: ["lead"] } } },
    },
    processor: { image },
  },
  {
    models: { a: endpoint() },
    budgets: { quota: { per: "model", limit: { tokens: 1000 }, period: "hour", enforcedBy: "gateway" } },
    quotas: {
      enabled: true,
      replicas: 2,
      envoyGatewayNamespace: "eg",
      aiGatewayNamespace: "aieg",
      image: "registry.example.com/ratelimit:1",
      redisUrl: "redis://redis.example.com:6379",
      redisSecretName: "redis",
    },
  },
  { ...one, target: "local", local: { processorPort: 9100 } },
];

const declarations: readonly ModelGatewayArgs[] = [
  ...spending,
  ...sized,
  ...providers.map((m) => ({
    models: { m },
    credentials: { c: { apiKey: key }, aws: { aws: {} }, google: { google: {} } },
  })),
  ...shared.map((c) => ({ models: { other }, credentials: { c } })),
  { models: { full, other: { ...other, hostnames: ["a.example.com"] } } },
  {
    models: {
      other,
      a: endpoint(),
      m: {
        route: {
          targets: { other: { weight: 2 } },
          fallback: ["a"],
          canary: { model: "b", percent: 5 },
        },
      },
      b: { ...endpoint("b.example.com"), public: false },
    },
    gateway: {
      className: "class",
      http: { enabled: true, port: 8080 },
      https: { certificateSecretName: "tls", port: 8443 },
      bufferLimit: "50Mi",
      removeHeaders: ["x-user"],
      proxy: {
        replicas: 2,
        cpu: "1",
        memory: "1Gi",
        serviceType: "LoadBalancer",
        internal: true,
        annotations: { a: "b" },
        loadBalancerClass: "nlb",
        accessLog: true,
      },
    },
    namespace: "ns",
    createNamespace: true,
    release: "1.1",
    timeouts: { request: "1h", streamIdle: "1m" },
    retries: {
      attempts: 2,
      on: ["retriable-status-codes"],
      statusCodes: [503],
      perTryTimeout: "1m",
      backoff: "1s",
    },
    target: "cluster",
  },
  {
    models: { a: endpoint(), b: other, c: { openai: { apiKey: key } } },
    target: "local",
    local: {
      port: 2000,
      host: "127.0.0.1",
      accessLog: "/dev/stdout",
      engines: { a: "http://localhost:3000" },
      upstreams: { b: "http://localhost:11434/v1" },
      real: ["c"],
    },
  },
];

type Steps = readonly (string | number)[];
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !Output.isInstance(value);

/** Every place in a declaration, the ones inside others too. */
function placesIn(value: unknown, steps: Steps): readonly { steps: Steps; value: unknown }[] {
  const inner = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return [{ steps, value }, ...inner.flatMap(([step, one]) => placesIn(one, [...steps, step]))];
}

/** The same declaration with one place changed. */
function withValue(value: unknown, [step, ...rest]: Steps, to: unknown): unknown {
  if (step === undefined) {
    return to;
  }
  if (Array.isArray(value)) {
    return value.map((one, index) => (index === step ? withValue(one, rest, to) : one));
  }
  const object = value as Record<string, unknown>;
  return { ...object, [step]: withValue(object[step], rest, to) };
}

/** Paths of members in the table, and of a declaration; "*" stands for any name of a map. */
function tablePaths(shape: Shape, path: string): readonly string[] {
  if (typeof shape === "string" || isListShape(shape)) {
    return [path];
  }
  return isMapShape(shape)
    ? tablePaths(shape.eachOf, `${path}.*`)
    : Object.entries(shape).flatMap(([name, inner]) => tablePaths(inner, `${path}.${name}`));
}
function declaredPaths(value: unknown, shape: Shape, path: string): readonly string[] {
  if (typeof shape === "string" || isListShape(shape) || !isObject(value)) {
    return [path];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    isMapShape(shape)
      ? declaredPaths(inner, shape.eachOf, `${path}.*`)
      : declaredPaths(inner, shape[name] as Shape, `${path}.${name}`),
  );
}

/** The path as a message names it. */
function pathOf(steps: Steps): string {
  let shape: Shape = modelGatewayMembers;
  let path = "";
  for (const step of steps) {
    if (typeof step === "number") {
      path += `[${step}]`;
    } else if (typeof shape === "object" && isMapShape(shape)) {
      path += `[${JSON.stringify(step)}]`;
      shape = shape.eachOf;
    } else {
      path += path === "" ? step : `.${step}`;
      shape = (shape as Record<string, Shape>)[step] as Shape;
    }
  }
  return path;
}

const kindOf = (value: unknown) =>
  Array.isArray(value)
    ? "list"
    : value === null
      ? "null"
      : Output.isInstance(value)
        ? "string"
        : typeof value;
const marker = 5_150_417;
const replacements: readonly unknown[] = [null, marker, "x", true, [], [marker], {}, Symbol("s"), () => 1];
const isJson = (steps: Steps) => steps.includes("body") && steps.includes("set") && steps.length > 4;

describe("a declaration of wrong types", () => {
  it("starts from declarations that are right and name every member", () => {
    for (const declaration of declarations) {
      expect(problemsOf(declaration as never)).toEqual([]);
    }
    const declared = declarations.flatMap((one) => declaredPaths(one, modelGatewayMembers, ""));
    const known = tablePaths(modelGatewayMembers, "");
    expect(known.filter((path) => !declared.includes(path))).toEqual([]);
  });

  it("gives one problem at the place of a value of another type, and never repeats it", () => {
    let count = 0;
    for (const declaration of declarations) {
      for (const { steps, value } of placesIn(declaration, [])) {
        for (const wrong of replacements.filter((one) => kindOf(one) !== kindOf(value) && !isJson(steps))) {
          const problems = problemsOf(withValue(declaration, steps, wrong) as never);
          const path = steps.length === 0 ? "args" : pathOf(steps);
          expect(problems.map((problem) => problem.path)).toEqual([path]);
          expect(problems[0]?.reason).toMatch(/^is .+; (give|put|write) /);
          expect(problems[0]?.reason).not.toContain(String(marker));
          count += 1;
        }
      }
    }
    expect(count).toBeGreaterThan(3_000);
  }, 60_000);

  it("is taken or refused with a path, whatever stands in a place, or is missing there", () => {
    for (const declaration of declarations) {
      for (const { steps, value } of placesIn(declaration, [])) {
        const others = replacements.filter((one) => kindOf(one) === kindOf(value) || isJson(steps));
        for (const one of [...others, undefined]) {
          try {
            planModelGateway("gw", withValue(declaration, steps, one) as ModelGatewayArgs);
          } catch (error) {
            expect(error, `${pathOf(steps)} = ${String(one)}`).toBeInstanceOf(DeclarationError);
            const { problems } = error as DeclarationError;
            expect(problems.every(({ path }) => path !== "" && !path.includes("undefined"))).toBe(true);
          }
        }
      }
    }
  }, 60_000);

  it("may have outputs and promises where inputs are typed, and nothing where a member is optional", () => {
    const models = {
      m: { openai: { apiKey: Promise.resolve("k"), url: undefined, tls: { caConfigMapName: output("ca") } } },
      n: { vllm: { source: "a/b", image: output("image:1"), gpus: undefined } },
    };
    expect(problemsOf({ models, credentials: undefined, gateway: { https: undefined } })).toEqual([]);
  });

  it("may be of objects without a prototype, as parsers make them, but not of instances of a class", () => {
    const bare = Object.assign(Object.create(null), { models: { m: endpoint() } });
    expect(problemsOf(bare)).toEqual([]);
    expect(problemsOf({ models: new Map([["m", endpoint()]]) })).toEqual([
      {
        path: "models",
        reason: "is an instance of a class, not a map; give an object with an entry for each name",
      },
    ]);
  });
});
