import { describe, expect, it } from "vitest";
import { resolveBudgetProcessor } from "../../../components/budgets/budgetProcessor";
import type { ProcessorArgs } from "../../../components/budgets/processorArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import { limitHeaderNames } from "../../../extproc/contract";
import { budget, later, podsOf, problemsOf, resolved, sealed } from "./processorSupport";

const image = "registry.example.com/processor:1";
const ecr = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/processor";

describe("the defaults in a cluster", () => {
  it("are two pods beside Envoy, on the Redis of GatewayInstall", () => {
    const { pods, ...rest } = resolved({ image });
    expect(rest).toEqual({
      wiring: {
        address: {
          kind: "service",
          name: "ai-gateway-dev-processor-x946db80e",
          namespace: "envoy-gateway-system",
          port: 9002,
        },
        messageTimeout: "5s",
        failOpen: false,
        identityNamespaces: [],
        answerHeaders: limitHeaderNames("tokens").toSorted(),
      },
      document: { replicas: 2 },
      warnings: [],
    });
    expect(pods).toEqual({
      objectName: "ai-gateway-dev-processor-x946db80e",
      namespace: "envoy-gateway-system",
      hostname: "ai-gateway-dev-processor-x946db80e.envoy-gateway-system.svc.cluster.local",
      gateway: { name: "dev", namespace: "ai-gateway" },
      envoyNamespace: "envoy-gateway-system",
      image,
      build: undefined,
      scaling: { min: 2, max: 2, cpuPercent: undefined },
      shape: {
        cpu: "500m",
        memory: "1Gi",
        spread: "preferred",
        nodeSelector: {},
        tolerations: {},
        priorityClassName: undefined,
        imagePullSecretName: undefined,
        labels: {},
        annotations: {},
      },
      store: {
        kind: "redis",
        ledger: "ai-gateway.dev",
        timeoutMs: 20,
        isOwn: true,
        url: "redis://ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379",
        cluster: undefined,
        sentinel: undefined,
        username: undefined,
        password: undefined,
        passwordSecretName: "ai-gateway-redis-credentials",
        caSecretName: undefined,
        clientCertificateSecretName: undefined,
        serverName: undefined,
      },
      maxBody: 50,
      holdSeconds: 60,
      drainSeconds: 300,
      allowJump: false,
      logLevel: "info",
      hasKeys: false,
      genAiMetrics: false,
      statusPage: true,
      webhook: undefined,
      tls: undefined,
      networkPolicy: { metricsNamespaces: undefined, egressPorts: [] },
    });
  });

  it("follow Envoy Gateway to another namespace", () => {
    const pods = podsOf({ envoyGatewayNamespace: "eg" });
    expect([pods.namespace, pods.envoyNamespace]).toEqual(["eg", "eg"]);
    expect(pods.store).toMatchObject({
      url: "redis://ai-gateway-redis.eg.svc.cluster.local:6379",
      passwordSecretName: "ai-gateway-redis-credentials",
    });
  });

  it("keep the processors and ledgers of two gateways apart, whatever their names", () => {
    const of = (namespace: string, objectName: string) => {
      const { store, ...pods } = podsOf({}, { namespace, gateway: { objectName, bufferLimit: "50Mi" } });
      return [pods.objectName, store.kind === "redis" ? store.ledger : ""];
    };
    const all = [of("a", "b-c"), of("a-b", "c"), of("a", "b"), of("b", "a")];
    expect(new Set(all.map(([name]) => name)).size).toBe(4);
    expect(new Set(all.map(([, ledger]) => ledger)).size).toBe(4);
  });

  it("count in one pod's memory when told to", () => {
    const pods = podsOf({ store: "memory" });
    expect(pods.store).toEqual({ kind: "memory" });
    expect(pods.scaling).toEqual({ min: 1, max: 1, cpuPercent: undefined });
  });

  it("scale between bounds, and tell the policy of the most pods, whose shares must not add up to more", () => {
    const args = { image, autoscaling: { max: 8 } };
    expect(podsOf(args).scaling).toEqual({ min: 2, max: 8, cpuPercent: 60 });
    expect(resolved(args).document.replicas).toBe(8);
  });

  it("take the certificate's own authority, unless another is named, and the Service's name", () => {
    const { tls, hostname } = podsOf({ tls: { certificateSecretName: "cert" } });
    expect(tls).toEqual({
      certificateSecretName: "cert",
      hostname,
      ca: { kind: "Secret", name: "cert" },
    });
    const own = { certificateSecretName: "cert", hostname: "p.example.com", caConfigMapName: "ca" };
    expect(podsOf({ tls: own }).tls).toEqual({
      certificateSecretName: "cert",
      hostname: "p.example.com",
      ca: { kind: "ConfigMap", name: "ca" },
    });
  });

  it("have no network policy when it is switched off", () => {
    expect(podsOf({ networkPolicy: { enabled: false } }).networkPolicy).toBeUndefined();
  });

  it("name the webhook in the policy document, and its key by a variable", () => {
    const url = "https://hooks.example.com/x";
    expect(resolved({ image, webhook: { url } }).document.webhook).toEqual({ url });
    expect(
      resolved({ image, webhook: { url, timeoutMs: 900, authorization: sealed } }).document.webhook,
    ).toEqual({ url, timeoutMs: 900, authorizationFrom: "WEBHOOK_AUTHORIZATION" });
    expect(resolved({ image, webhook: { url, authorizationSecretName: "hook" } }).document.webhook).toEqual({
      url,
      authorizationFrom: "WEBHOOK_AUTHORIZATION",
    });
  });
});

describe("on a laptop", () => {
  it("there is nothing but the wiring to a local port, without image, pods and webhook", () => {
    const webhook = { url: "https://hooks.example.com" };
    expect(resolved({ webhook }, { target: "local", localPort: 9100 })).toEqual({
      wiring: {
        address: { kind: "local", port: 9100 },
        messageTimeout: "5s",
        failOpen: false,
        identityNamespaces: [],
        answerHeaders: limitHeaderNames("tokens").toSorted(),
      },
      document: { replicas: 1 },
      pods: undefined,
      warnings: [],
    });
    expect(resolved({}, { target: "local" }).wiring.address).toEqual({ kind: "local", port: 9002 });
  });

  it("the same mistakes are found", () => {
    expect(problemsOf({ replicas: 0 }, { target: "local" })).toEqual([
      "processor.replicas: 0 is not a whole number from 1 to 100",
    ]);
  });
});

const redisUrl = "redis://redis.example.com:6379";
const another = { url: redisUrl };

/** A declaration, and every sentence that it is answered with. */
const refusals: readonly (readonly [string, ProcessorArgs, readonly string[]])[] = [
  [
    "neither an image nor a build",
    {},
    [
      "processor.image: is missing, and nobody publishes one; give an image, or build: { repositoryUrl } to build and push the one that comes with this package",
    ],
  ],
  [
    "both",
    { image, build: { repositoryUrl: ecr } },
    ["processor.build: is given beside image; keep one of them"],
  ],
  ["an empty image", { image: "" }, ["processor.image: is empty; give the image of the processor"]],
  [
    "a repository with a tag",
    { build: { repositoryUrl: `${ecr}:1` } },
    [
      `processor.build.repositoryUrl: "${ecr}:1" is not a repository; write registry/name, without https:// and without a tag`,
    ],
  ],
  [
    "a registry that nobody may push to",
    { build: { repositoryUrl: "ghcr.io/org/processor" } },
    [
      "processor.build.username: is missing; only ECR's token is fetched by itself, so give username and password of this registry",
    ],
  ],
  [
    "half of a login, and in the clear",
    { build: { repositoryUrl: "ghcr.io/org/processor", password: "word" } },
    [
      "processor.build.username: is missing; only ECR's token is fetched by itself, so give username and password of this registry",
      "processor.build.username: is missing; username and password need each other",
      'processor.build.password: is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
    ],
  ],
  [
    "unknown platforms",
    { build: { repositoryUrl: ecr, platforms: ["linux/s390x"] } },
    ['processor.build.platforms: "linux/s390x" is not known; use linux/amd64 or linux/arm64'],
  ],
  [
    "no platform",
    { build: { repositoryUrl: ecr, platforms: [] } },
    ["processor.build.platforms: is empty; name linux/amd64 or linux/arm64, or leave it out"],
  ],
  [
    "names that are no namespaces",
    { image, namespace: "A", envoyGatewayNamespace: "b_c", redis: another },
    [
      'processor.namespace: "A" is not a namespace; use at most 63 lower-case letters, digits and "-"',
      'processor.envoyGatewayNamespace: "b_c" is not a namespace; use at most 63 lower-case letters, digits and "-"',
    ],
  ],
  [
    "the Redis of another namespace",
    { image, namespace: "budgets" },
    [
      'processor.redis: names no server, and the password of GatewayInstall\'s Redis is in "envoy-gateway-system", where pods in "budgets" cannot read it; leave namespace out, or give redis.url with a password',
    ],
  ],
  [
    "several pods that count by themselves",
    { image, store: "memory", replicas: 3 },
    [
      'processor.replicas: is 3, and with store "memory" each pod would let the whole limit through; keep one pod, or use store "redis"',
    ],
  ],
  [
    "memory that scales, and a Redis that nobody asks",
    { image, store: "memory", autoscaling: {}, redis: another },
    [
      'processor.autoscaling: adds pods, and with store "memory" each pod would let the whole limit through; keep one pod, or use store "redis"',
      'processor.redis: is given, and store is "memory"; remove one of them',
    ],
  ],
  [
    "an unknown store",
    { image, store: "disk" as "redis" },
    ['processor.store: "disk" is not known; use "redis" or "memory"'],
  ],
  [
    "bounds that contradict one another",
    { image, replicas: 2, autoscaling: { min: 5, max: 3, cpuPercent: 99 } },
    [
      "processor.replicas: is given beside autoscaling, which sets it; remove one of them",
      "processor.autoscaling.cpuPercent: 99 is not a whole number from 10 to 95",
      "processor.autoscaling.max: 3 is below min, 5; raise one or lower the other",
    ],
  ],
  [
    "pods of a wrong shape",
    {
      image,
      pods: {
        cpu: "fast",
        memory: "200Mi",
        spread: "even" as "required",
        tolerations: { gpu: { effect: "Never" } },
        labels: { "app.kubernetes.io/name": "mine" },
      },
    },
    [
      'processor.pods.cpu: "fast" is not a number of CPUs; write it as "4" or "500m"',
      "processor.pods.memory: 200Mi does not hold one body of the gateway's bufferLimit, 50Mi; give 278Mi or more, better several times that",
      'processor.pods.spread: "even" is not known; use "preferred" or "required"',
      'processor.pods.tolerations["gpu"].effect: "Never" is not known; use NoSchedule, PreferNoSchedule, NoExecute',
      'processor.pods.labels["app.kubernetes.io/name"]: is what the pods are found by; use another label',
    ],
  ],
  [
    "credentials for a Redis that is ours",
    { image, redis: { username: "me", password: sealed } },
    [
      "processor.redis.username: belongs to a Redis of your own, and none is named; give redis.url, redis.cluster or redis.sentinel",
      "processor.redis.password: belongs to a Redis of your own, and none is named; give redis.url, redis.cluster or redis.sentinel",
    ],
  ],
  [
    "two servers",
    { image, redis: { url: redisUrl, cluster: redisUrl } },
    ["processor.redis: names a server by url and by cluster; keep one of them"],
  ],
  [
    "a password in an address, which is not repeated",
    { image, redis: { url: "redis://:hidden@redis.example.com" } },
    ["processor.redis.url: holds a user or a password in clear; remove it and give username and password"],
  ],
  [
    "addresses that are none",
    { image, redis: { cluster: "redis://a:6379, http://b" } },
    [
      "processor.redis.cluster: is not a Redis address; write redis://host:6379, or rediss://host:6379 for TLS",
    ],
  ],
  [
    "a port that is none",
    { image, redis: { url: "redis://a:70000" } },
    ["processor.redis.url: is not a Redis address; write redis://host:6379, or rediss://host:6379 for TLS"],
  ],
  [
    "a cluster of no nodes",
    { image, redis: { cluster: " , " } },
    ["processor.redis.cluster: names no server; write redis://host:6379"],
  ],
  [
    "sentinels that cannot be asked",
    { image, redis: { sentinel: { addresses: "a:b", master: "m", username: "u" } } },
    [
      "processor.redis.sentinel.addresses: are not host:port with commas between them; write host:26379",
      "processor.redis.sentinel.username: has no password; give it, or remove the user",
    ],
  ],
  [
    "a password twice, in the clear, and a Secret that cannot be called so",
    { image, redis: { url: redisUrl, password: "word", passwordSecretName: "A b" } },
    [
      'processor.redis.password: is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
      'processor.redis.passwordSecretName: "A b" is not the name of an object; use lower-case letters, digits, "-" and "."',
      "processor.redis.passwordSecretName: is given beside redis.password; keep one of them",
    ],
  ],
  [
    "a user without a password",
    { image, redis: { url: redisUrl, username: "me" } },
    ["processor.redis.username: has no password; give redis.password or redis.passwordSecretName"],
  ],
  [
    "certificates without TLS",
    {
      image,
      redis: { url: redisUrl, caSecretName: "ca", clientCertificateSecretName: "c", serverName: "s" },
    },
    [
      "processor.redis.caSecretName: has no meaning without TLS; use rediss://, or redis.sentinel.tls with sentinels",
      "processor.redis.clientCertificateSecretName: has no meaning without TLS; use rediss://, or redis.sentinel.tls with sentinels",
      "processor.redis.serverName: has no meaning without TLS; use rediss://, or redis.sentinel.tls with sentinels",
    ],
  ],
  [
    "a ledger that cannot be called so",
    { image, redis: { ledger: "a b" } },
    ['processor.redis.ledger: "a b" cannot be the name of a ledger; use 1 to 128 letters, digits and ._:-'],
  ],
  [
    "times out of bounds",
    {
      image,
      holdSeconds: 1,
      drainSeconds: -1,
      redis: { timeoutMs: 2_000 },
      envoy: { messageTimeout: "90s" },
    },
    [
      'processor.envoy.messageTimeout: "90s" is not a time from 1s to 60s; write it as 5s',
      "processor.redis.timeoutMs: 2000 is not a whole number from 1 to 1000",
      "processor.holdSeconds: 1 is not a whole number from 5 to 3600",
      "processor.drainSeconds: -1 is not a whole number from 0 to 86400",
    ],
  ],
  [
    "an Envoy that would give up before the budgets do",
    { image, redis: { timeoutMs: 600 }, envoy: { messageTimeout: "1s" } },
    [
      "processor.envoy.messageTimeout: 1s is less than twice redis.timeoutMs, 600, so Envoy would give up before a budget's whenStoreIsDown decides; raise it",
    ],
  ],
  [
    "an unknown level",
    { image, logLevel: "loud" as "info" },
    ['processor.logLevel: "loud" is not known; use debug, info, warn, error'],
  ],
  [
    "a webhook that is no address",
    { image, webhook: { url: "hooks.example.com" } },
    ["processor.webhook.url: is not an address; write https://host/path"],
  ],
  [
    "a webhook with a password in its address",
    { image, webhook: { url: "https://u:hidden@hooks.example.com" } },
    ["processor.webhook.url: holds a user or a password in clear; give authorization in its place"],
  ],
  [
    "a webhook's key in the clear",
    { image, webhook: { url: "http://hooks.example.com", authorization: "Bearer x", timeoutMs: 5 } },
    [
      "processor.webhook.url: speaks http://, so the authorization would travel in the clear; use https://",
      "processor.webhook.timeoutMs: 5 is not a whole number from 100 to 60000",
      'processor.webhook.authorization: is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
    ],
  ],
  [
    "a webhook's key twice",
    {
      image,
      webhook: { url: "https://hooks.example.com", authorization: sealed, authorizationSecretName: "hook" },
    },
    ["processor.webhook.authorizationSecretName: is given beside authorization; keep one of them"],
  ],
  [
    "TLS with names that are none",
    { image, tls: { certificateSecretName: "A", hostname: "P_x", caConfigMapName: "B" } },
    [
      'processor.tls.certificateSecretName: "A" is not the name of an object; use lower-case letters, digits, "-" and "."',
      'processor.tls.caConfigMapName: "B" is not the name of an object; use lower-case letters, digits, "-" and "."',
      'processor.tls.hostname: "P_x" is not a host name in lower case',
    ],
  ],
  [
    "a network policy that means nothing",
    { image, networkPolicy: { enabled: false, metricsNamespaces: ["Mon"], egressPorts: [0] } },
    [
      'processor.networkPolicy.metricsNamespaces: "Mon" is not a namespace; use at most 63 lower-case letters, digits and "-"',
      "processor.networkPolicy.egressPorts: 0 is not a whole number from 1 to 65535",
      "processor.networkPolicy.enabled: is false, and the rest of networkPolicy then means nothing; remove it",
    ],
  ],
];

describe("refuses", () => {
  it.each(refusals)("%s", (_, args, expected) => {
    expect(problemsOf(args)).toEqual(expected);
  });

  it("to let requests pass a dead processor where dollars are capped, and nowhere else", () => {
    const args: ProcessorArgs = { image, envoy: { failOpen: true } };
    expect(problemsOf(args)).toEqual([]);
    expect(resolved(args).wiring.failOpen).toBe(true);
    const money = [budget("team", "nanodollars"), budget("rate", "tokens"), budget("year", "nanodollars")];
    expect(problemsOf(args, { budgets: money })).toEqual([
      'processor.envoy.failOpen: is true, and "team", "year" cap dollars: what passes while no pod answers is never charged; leave it out',
    ]);
    expect(problemsOf(args, { budgets: money.slice(0, 1) })).toEqual([
      'processor.envoy.failOpen: is true, and "team" caps dollars: what passes while no pod answers is never charged; leave it out',
    ]);
    expect(problemsOf(args, { budgets: money, target: "local" })).toHaveLength(1);
  });

  it("bodies that the processor would not read", () => {
    const large = { gateway: { objectName: "dev", bufferLimit: "1025Mi" } };
    expect(problemsOf({ image, pods: { memory: "4Gi" } }, large)).toEqual([
      "gateway.bufferLimit: 1025Mi is more than the 1Gi that the processor reads; lower it",
    ]);
    expect(
      podsOf({ pods: { memory: "4Gi" } }, { gateway: { objectName: "dev", bufferLimit: "1Gi" } }).maxBody,
    ).toBe(1024);
    expect(podsOf({}, { gateway: { objectName: "dev", bufferLimit: "64Ki" } }).maxBody).toBe(1);
  });

  it("nothing that only comes with the update", () => {
    const args: ProcessorArgs = {
      build: { repositoryUrl: later },
      redis: { url: later, password: sealed, caSecretName: later, clientCertificateSecretName: later },
      tls: { certificateSecretName: later },
    };
    expect(problemsOf(args)).toEqual([]);
  });

  it("nothing that is right", () => {
    const all: readonly ProcessorArgs[] = [
      { build: { repositoryUrl: ecr, platforms: ["linux/amd64", "linux/arm64"] } },
      { build: { repositoryUrl: "ghcr.io/org/processor", username: "me", password: sealed } },
      {
        image,
        namespace: "ai-gateway",
        redis: { url: "rediss://redis.example.com", passwordSecretName: "r" },
      },
      { image, redis: { cluster: "rediss://a:7000,rediss://b:7001", caSecretName: "ca" } },
      { image, redis: { url: "redis://[fd00::1]:6379/2" } },
      { image, redis: { sentinel: { addresses: "a,b:26380", master: "m", tls: true }, caSecretName: "ca" } },
      { image, pods: { memory: "278Mi" } },
    ];
    expect(all.flatMap((args) => problemsOf(args))).toEqual([]);
  });
});

describe("warns", () => {
  const money = [budget("team", "nanodollars"), budget("rate", "tokens")];

  it("of dollars that a restart forgets", () => {
    expect(resolved({ image }, { budgets: money }).warnings).toEqual([
      '"team": dollars are counted in the Redis of GatewayInstall, which keeps nothing on disk, so a restart forgets what was spent; give processor.redis a server that stores its data',
    ]);
    expect(resolved({ image, store: "memory" }, { budgets: money }).warnings).toEqual([
      '"team": dollars are counted in the processor\'s memory, so a restart forgets what was spent; give processor.redis a server that stores its data',
    ]);
  });

  it("through the ModelGateway that has it", () => {
    const price = { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 1 };
    const plan = planModelGateway("dev", {
      models: { m: { openAICompatible: { url: "https://llm.example.com/v1" }, price } },
      budgets: { month: { limit: { usd: 100 }, period: "month" } },
      processor: { image },
    });
    expect(plan.resolved.warnings).toEqual([
      expect.stringMatching(/^"month": dollars are counted in the Redis of GatewayInstall/),
    ]);
  });

  it("of nothing else", () => {
    expect(resolved({ image, redis: another }, { budgets: money }).warnings).toEqual([]);
    expect(resolved({ image }).warnings).toEqual([]);
  });
});

describe("a processor of its own", () => {
  const gateway = { name: "dev", namespace: "ai-gateway" };
  const policy = '{"version":1,"models":{"qwen":{"backends":{"qwen":{}}}}}';
  const refused = (args: object): string => {
    try {
      resolveBudgetProcessor("mine", args as never);
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };

  it("is the one that a ModelGateway makes", () => {
    expect(resolveBudgetProcessor("mine", { image, gateway, policy })).toEqual(podsOf({}));
  });

  it("checks its members, with paths from the top", () => {
    expect(refused({ image, policy, gateway: { name: "dev" }, envoy: { failOpen: true }, replica: 2 })).toBe(
      [
        'BudgetProcessor "mine": 3 problems in the declaration',
        "  gateway.namespace: is missing; give text",
        `  envoy: is not a member that anything reads; known are ${members.join(", ")}`,
        '  replica: is not a member that anything reads; did you mean "replicas"?',
      ].join("\n"),
    );
    expect(refused({ gateway, policy, replicas: 0 })).toBe(
      [
        'BudgetProcessor "mine": 2 problems in the declaration',
        "  replicas: 0 is not a whole number from 1 to 100",
        "  image: is missing, and nobody publishes one; give an image, or build: { repositoryUrl } to build and push the one that comes with this package",
      ].join("\n"),
    );
  });

  it("checks a policy document that is known, and takes one that is not", () => {
    expect(refused({ image, gateway, policy: "{" })).toContain(
      "policy: is not JSON; give the policy document",
    );
    expect(refused({ image, gateway, policy: '{"version":2,"models":{}}' })).toContain(
      "policy: version: 2 is not a version that this processor reads; it reads version 1",
    );
    expect(refused({ image, gateway, policy: `${policy}${" ".repeat(1_000_000)}` })).toContain(
      "policy: has 1,000,056 bytes, and a ConfigMap takes 1,000,000; spread the models over several gateways",
    );
    expect(refused({ image, gateway, policy: later })).toBe("");
  });
});

const members = [
  "image",
  "build",
  "namespace",
  "envoyGatewayNamespace",
  "replicas",
  "autoscaling",
  "pods",
  "store",
  "redis",
  "holdSeconds",
  "drainSeconds",
  "allowJump",
  "webhook",
  "tls",
  "networkPolicy",
  "logLevel",
  "genAiMetrics",
  "statusPage",
  "policy",
  "keys",
  "gateway",
  "bufferLimit",
];
