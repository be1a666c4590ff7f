import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import { EnforcedBy } from "../../../components/budgets/budgetArgs";
import type { QuotaServiceArgs } from "../../../components/budgets/quotaArgs";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectOf, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "../models/support";
import { price } from "./support";

const quota: BudgetArgs = {
  per: "model",
  limit: { tokens: 1000 },
  period: "hour",
  enforcedBy: EnforcedBy.Gateway,
};
const declaration = (
  budgets: Record<string, BudgetArgs>,
  models: Record<string, ModelArgs> = { m: endpoint() },
): ModelGatewayArgs => ({ models, budgets });

describe("a budget that AI Gateway enforces", () => {
  const objects = objectsOf(declaration({ b: quota }));

  it("is a QuotaPolicy with the name that the route tells the backend", () => {
    expect(specOf(objects, "QuotaPolicy", "m")).toEqual({
      targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "m" }],
      perModelQuotas: [
        { modelName: "m", quota: { mode: "Shared", defaultBucket: { limit: 1000, duration: "1h" } } },
      ],
    });
    const [rule] = specOf(objects, "AIGatewayRoute", "m").rules;
    expect(rule.backendRefs).toEqual([{ name: "m", modelNameOverride: "m", weight: 1, priority: 0 }]);
  });

  it("has the provider's name for the model, where that is another", () => {
    const models = { m: { ...endpoint(), upstreamName: "provider/m" } };
    const renamed = objectsOf(declaration({ b: quota }, models));
    expect(specOf(renamed, "QuotaPolicy", "m").perModelQuotas[0].modelName).toBe("provider/m");
    const [rule] = specOf(renamed, "AIGatewayRoute", "m").rules;
    expect(rule.backendRefs[0].modelNameOverride).toBe("provider/m");
  });

  it.each([
    [{ limit: { inputTokens: 5 }, period: "second" }, "input_tokens", { limit: 5, duration: "1s" }],
    [{ limit: { outputTokens: 5 }, period: "minute" }, "output_tokens", { limit: 5, duration: "1m" }],
    [{ limit: { tokens: 5 }, period: "day" }, undefined, { limit: 5, duration: "1d" }],
    [{ limit: { tokens: 4_294_967_295 } }, undefined, { limit: 4_294_967_295, duration: "1h" }],
  ] as const)("counts what %j says", (args, costExpression, defaultBucket) => {
    const made = objectsOf(declaration({ b: { ...quota, ...args } }));
    const [only] = specOf(made, "QuotaPolicy", "m").perModelQuotas;
    expect(only.quota).toEqual({ mode: "Shared", ...(costExpression && { costExpression }), defaultBucket });
  });

  it("is one for each model that it counts, and none for others", () => {
    const models = {
      a: endpoint("a.example.com"),
      b: endpoint("b.example.com"),
      c: endpoint("c.example.com"),
    };
    const made = objectsOf(declaration({ q: { ...quota, models: ["a", "b"] } }, models));
    const names = made.filter(({ manifest }) => manifest.kind === "QuotaPolicy").map(({ key }) => key);
    expect(names).toEqual(["a", "b"]);
    expect(specOf(made, "AIGatewayRoute", "c").rules[0].backendRefs[0]).not.toHaveProperty(
      "modelNameOverride",
    );
  });

  it("needs no processor, and changes nothing else about the Gateway", () => {
    expect(resolvedOf(declaration({ b: quota })).processor).toBeUndefined();
    expect(resolvedOf(declaration({ b: quota })).policy).toBeUndefined();
    expect(objects.some(({ manifest }) => manifest.kind === "EnvoyExtensionPolicy")).toBe(false);
  });

  it("is not in the document of a processor that has others", () => {
    const args = declaration({ b: quota, c: { limit: { concurrency: 5 } } });
    const policy = resolvedOf({ ...args, processor: { image: "processor:1" } }).policy;
    expect(Object.keys(JSON.parse(policy ?? "").budgets)).toEqual(["c"]);
  });
});

describe("the rate limit service", () => {
  const serviceOf = (quotas?: QuotaServiceArgs) =>
    objectsOf({ ...declaration({ b: quota }), ...(quotas && { quotas }) });
  const name = "envoy-ai-gateway-ratelimit";
  const env = (objects: ReturnType<typeof objectsOf>) =>
    Object.fromEntries(
      specOf(objects, "Deployment", name).template.spec.containers[0].env.map(
        ({ name: key, value, valueFrom }: Record<string, unknown>) => [key, value ?? valueFrom],
      ),
    );

  it("is where AI Gateway looks for it, gets its limits from the controller, and counts in our Redis", () => {
    const objects = serviceOf();
    for (const kind of ["Deployment", "Service"]) {
      expect(objectOf(objects, kind, name).metadata.namespace).toBe("envoy-gateway-system");
    }
    expect(specOf(objects, "Service", name)).toEqual({
      type: "ClusterIP",
      selector: { "app.kubernetes.io/name": name },
      ports: [{ name: "grpc", port: 8081, targetPort: "grpc", appProtocol: "kubernetes.io/h2c" }],
    });
    const { replicas, template } = specOf(objects, "Deployment", name);
    expect(replicas).toBe(2);
    expect(template.spec.containers[0].image).toBe("docker.io/envoyproxy/ratelimit:1631871c");
    expect(env(objects)).toEqual({
      LOG_LEVEL: "info",
      USE_STATSD: "false",
      GRPC_PORT: "8081",
      RUNTIME_ROOT: "/data",
      RUNTIME_SUBDIRECTORY: "ratelimit",
      RUNTIME_IGNOREDOTFILES: "true",
      RUNTIME_WATCH_ROOT: "false",
      CONFIG_TYPE: "GRPC_XDS_SOTW",
      CONFIG_GRPC_XDS_NODE_ID: name,
      CONFIG_GRPC_XDS_SERVER_URL: "ai-gateway-controller.envoy-ai-gateway-system.svc.cluster.local:18002",
      FORCE_START_WITHOUT_INITIAL_CONFIG: "true",
      REDIS_SOCKET_TYPE: "tcp",
      REDIS_URL: "ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379",
      REDIS_TLS: "false",
      REDIS_AUTH: { secretKeyRef: { name: "ai-gateway-redis-credentials", key: "password" } },
    });
  });

  it("runs without rights, with a file system that it cannot write", () => {
    const { spec } = specOf(serviceOf(), "Deployment", name).template;
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65_534,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("takes a Redis, namespaces and an image of yours", () => {
    const objects = serviceOf({
      replicas: 3,
      envoyGatewayNamespace: "eg",
      aiGatewayNamespace: "aieg",
      image: "registry.example.com/ratelimit:1",
      redisUrl: "rediss://redis.example.com",
    });
    expect(objectOf(objects, "Deployment", name).metadata.namespace).toBe("eg");
    const found = env(objects);
    expect(found).toMatchObject({
      REDIS_URL: "redis.example.com:6379",
      REDIS_TLS: "true",
      CONFIG_GRPC_XDS_SERVER_URL: "ai-gateway-controller.aieg.svc.cluster.local:18002",
    });
    expect(found).not.toHaveProperty("REDIS_AUTH");
    expect(specOf(objects, "Deployment", name).replicas).toBe(3);
  });

  it("is not made where another gateway makes it", () => {
    expect(serviceOf({ enabled: false }).some(({ manifest }) => manifest.metadata.name === name)).toBe(false);
    expect(specOf(serviceOf({ enabled: false }), "QuotaPolicy", "m")).toBeDefined();
  });

  it.each<readonly [string, Wrong, string, string]>([
    ["no pods", { replicas: 0 }, "quotas.replicas", "0 is not a whole number from 1 to 100"],
    [
      "a password in the address",
      { redisUrl: "redis://user:marker@redis.example.com" },
      "quotas.redisUrl",
      "holds a user or a password in clear; remove it and give a secret in redis.password",
    ],
    [
      "the password of another Redis",
      { redisSecretName: "mine" },
      "quotas.redisSecretName",
      "belongs to a Redis of your own, and none is named; give redisUrl or remove it",
    ],
    [
      "a namespace in capitals",
      { aiGatewayNamespace: "AI" },
      "quotas.aiGatewayNamespace",
      '"AI" is not a namespace',
    ],
    ["an empty image", { image: "" }, "quotas.image", "is empty; name an image or leave it out"],
    [
      "pods of a service that is made elsewhere",
      { enabled: false, replicas: 3 },
      "quotas.replicas",
      "describes the service, which is made elsewhere with enabled: false; remove one of the two",
    ],
  ])("is refused with %s", (_, quotas, path, reason) => {
    expect(problemsOf({ ...declaration({ b: quota }), quotas })).toEqual([{ path, reason }]);
  });
});

describe("what AI Gateway would ignore, or do otherwise, is refused:", () => {
  const remedy =
    ', so enforcedBy "gateway" would not hold this budget; change it, or leave enforcedBy out for the processor';
  const priced = { m: { ...endpoint(), price, maxOutputTokens: 5 } };

  it.each<readonly [string, Wrong, string, string]>([
    [
      "dollars",
      { limit: { usd: 5 }, period: "day" },
      "limit",
      "counts usd, and AI Gateway knows tokens alone",
    ],
    ["requests", { limit: { requests: 5 } }, "limit", "counts requests, and AI Gateway knows tokens alone"],
    [
      "more tokens than 32 bits hold",
      { limit: { tokens: 4_294_967_296 } },
      "limit",
      "is above 4,294,967,295, the most that AI Gateway counts to",
    ],
    [
      "one counter for all",
      { per: undefined },
      "per",
      'is left out, and AI Gateway counts per "model" alone',
    ],
    [
      "a counter for each key",
      { per: "key, model" },
      "per",
      'is "key, model", and AI Gateway counts per "model" alone',
    ],
    [
      "teams",
      { teams: ["search"] },
      "teams",
      "tells callers apart, and AI Gateway charges tokens to all callers together",
    ],
    [
      "users",
      { users: ["ann"] },
      "users",
      "tells callers apart, and AI Gateway charges tokens to all callers together",
    ],
    ["months", { period: "month" }, "period", "is a month, and AI Gateway's longest is a day"],
    [
      "days of another zone",
      { period: "day", timeZone: "Europe/Berlin" },
      "timeZone",
      "is Europe/Berlin, and AI Gateway's days begin at 00:00 UTC",
    ],
    ["windows that slide", { window: "sliding" }, "window", "is sliding, and AI Gateway's windows are fixed"],
    ["warnings", { warnAt: [0.5] }, "warnAt", "asks for warnings, and AI Gateway gives none"],
    ["shrinking", { atLimit: "shrink" }, "atLimit", 'is "shrink", and AI Gateway can only refuse'],
    ["another status", { status: 402 }, "status", "is 402, and AI Gateway answers 429"],
    ["strict holds", { hold: "strict" }, "hold", "is strict, and AI Gateway charges after a request"],
    ["a ceiling", { holdCeiling: 5 }, "holdCeiling", "bounds what is held, and AI Gateway holds nothing"],
    [
      "refusing without the store",
      { whenStoreIsDown: "closed" },
      "whenStoreIsDown",
      'is "closed", and AI Gateway lets requests pass then',
    ],
    [
      "settling by the stream",
      { settle: "stream" },
      "settle",
      "is stream, and AI Gateway charges nothing for a stream that is cut",
    ],
    [
      "charging what expired",
      { onExpiry: "floor" },
      "onExpiry",
      "charges what was held, and AI Gateway holds nothing",
    ],
    [
      "shadows",
      { shadow: true },
      "shadow",
      "is true, and AI Gateway knows no shadow for a model's own quota",
    ],
  ])("%s", (_, args, member, reason) => {
    const access = { apiKeys: { a: { team: "search", user: "ann" } }, apiKeySecretName: "keys" };
    const found = problemsOf({ models: priced, access, budgets: { b: { ...quota, ...args } } });
    expect(found).toEqual([{ path: `budgets["b"].${member}`, reason: reason + remedy }]);
  });

  it.each<readonly [string, Record<string, ModelArgs>, string]>([
    [
      "several backends",
      { m: { ...endpoint(), fallback: ["n"] }, n: { ...endpoint("n.example.com"), public: false } },
      '"m" has several backends, each with a quota of its own in AI Gateway, which lets requests pass while one of them has tokens left',
    ],
    [
      "a backend in another namespace",
      { m: { ...endpoint(), namespace: "other" } },
      '"m" has its backend in "other", and AI Gateway looks in the gateway\'s own namespace',
    ],
    [
      "a backend of two names",
      { m: endpoint(), alias: { route: { targets: { m: {} } } } },
      '"m" shares its backend with "alias", whose requests AI Gateway would count too',
    ],
  ])("%s", (_, models, reason) => {
    expect(problemsOf({ models, budgets: { b: { ...quota, models: ["m"] } } })).toEqual([
      { path: 'budgets["b"].models', reason: reason + remedy },
    ]);
  });

  it("two quotas for one model", () => {
    expect(problemsOf(declaration({ a: quota, b: { ...quota, period: "day" } }) as never)).toEqual([
      {
        path: 'budgets["b"].models',
        reason:
          '"m" has its quota from budget "a", and AI Gateway takes one for each model; leave enforcedBy out of one of the two',
      },
    ]);
  });

  it("the standalone gateway", () => {
    expect(problemsOf({ ...declaration({ b: quota }), target: "local" } as never)).toEqual([
      {
        path: 'budgets["b"].enforcedBy',
        reason:
          '"gateway" needs AI Gateway\'s rate limit service, which the standalone gateway does not have, so the budget would be ignored; leave enforcedBy out, and the processor enforces it',
      },
    ]);
  });
});

describe("the summary of a preview", () => {
  it("says who enforces what, and why", () => {
    const models = { m: { ...endpoint(), price }, n: endpoint("n.example.com") };
    const only = { models: ["m"] };
    const budgets: Record<string, BudgetArgs> = {
      a: { ...quota, models: ["n"] },
      b: { ...only, limit: { usd: 1500.5 }, period: "month", per: "model" },
      c: { limit: { concurrency: 5 } },
      d: { ...only, per: "model", limit: { tokens: 20_000 }, period: "minute" },
      e: { limit: { requests: 5 }, period: "hour", shadow: true },
    };
    expect(resolvedOf({ models, budgets, processor: { image: "processor:1" } }).budgetSummary).toEqual([
      'AI Gateway enforces budget "a" (1,000 tokens an hour per model), as declared: it charges after a request, so requests at the same time may pass the limit together',
      'the processor enforces budget "b" ($1,500.50 a month per model): limit counts usd, and AI Gateway knows tokens alone',
      'the processor enforces budget "c" (5 requests at a time): limit counts concurrency, and AI Gateway knows tokens alone',
      'the processor enforces budget "d" (20,000 tokens a minute per model): AI Gateway could, but charges after a request, and the processor reserves before it',
      'the processor watches budget "e" (5 requests an hour): limit counts requests, and AI Gateway knows tokens alone',
    ]);
  });

  it("is empty without budgets", () => {
    expect(resolvedOf({ models: { m: endpoint() } }).budgetSummary).toEqual([]);
  });
});
