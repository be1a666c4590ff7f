import { describe, expect, it } from "vitest";
import { planVllmServing } from "../../../components/models/planVllmServing";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { documentOf, price, withBudget } from "../budgets/support";
import { endpoint, expectProblems, objectOf, objectsOf, resolvedOf, specOf, type Wrong } from "./support";

const picked: VllmArgs = { source: "Qwen/Qwen3-8B", replicas: 2, endpointPicker: true };
const rendered = (vllm: Partial<VllmArgs> = {}, more: Wrong = {}) =>
  objectsOf({ ...more, models: { m: { vllm: { ...picked, ...vllm } } } });

const picker = "picker-m-x4a0f9dc9";
const metadata = {
  name: picker,
  namespace: "ai-gateway",
  labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" },
  annotations: { "pulumi-ai-gateway/model": "m" },
};
const own = { ...metadata, name: "m" };
const labels = { "app.kubernetes.io/name": "endpoint-picker", "app.kubernetes.io/instance": picker };
const pool = { group: "inference.networking.k8s.io", kind: "InferencePool", name: "m" };
const path = 'models["m"]';

describe("a model with an endpoint picker", () => {
  it("has a pool of its pods, which its picker's Service stands in front of", () => {
    expect(objectOf(rendered(), "InferencePool", "m")).toEqual({
      apiVersion: "inference.networking.k8s.io/v1",
      kind: "InferencePool",
      metadata: own,
      spec: {
        selector: {
          matchLabels: { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "m" },
        },
        targetPorts: [{ number: 8000 }],
        endpointPickerRef: {
          group: "",
          kind: "Service",
          name: picker,
          port: { number: 9002 },
          failureMode: "FailClose",
        },
      },
    });
    expect(objectOf(rendered(), "Service", picker)).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, "pulumi.com/skipAwait": "true" },
      },
      spec: {
        selector: labels,
        ports: [{ name: "grpc", port: 9002, targetPort: "grpc", protocol: "TCP", appProtocol: "http2" }],
      },
    });
  });

  it("has one picker, not as root, that cannot write", () => {
    expect(objectOf(rendered(), "Deployment", picker)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels: { ...metadata.labels, ...labels } },
      spec: {
        replicas: 1,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels: { ...metadata.labels, ...labels } },
          spec: {
            enableServiceLinks: false,
            serviceAccountName: picker,
            terminationGracePeriodSeconds: 345,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65_532,
              runAsGroup: 65_532,
              seccompProfile: { type: "RuntimeDefault" },
            },
            tolerations: ["not-ready", "unreachable"].map((state) => ({
              key: `node.kubernetes.io/${state}`,
              operator: "Exists",
              effect: "NoExecute",
              tolerationSeconds: 30,
            })),
            containers: [
              {
                name: "epp",
                image: "registry.k8s.io/gateway-api-inference-extension/epp:v1.0.2",
                args: [
                  "--pool-name",
                  "m",
                  "--pool-namespace",
                  "ai-gateway",
                  "--grpc-port",
                  "9002",
                  "--grpc-health-port",
                  "9003",
                  "--metrics-port",
                  "9090",
                  "--zap-encoder",
                  "json",
                  "--v",
                  "1",
                  "--enable-pprof=false",
                  "--kv-cache-usage-percentage-metric",
                  "vllm:kv_cache_usage_perc",
                  "--lora-info-metric=",
                  "--config-text",
                  '{"apiVersion":"inference.networking.x-k8s.io/v1alpha1","kind":"EndpointPickerConfig","plugins":[{"type":"queue-scorer"},{"type":"kv-cache-utilization-scorer"},{"type":"prefix-cache-scorer"}],"schedulingProfiles":[{"name":"default","plugins":[{"pluginRef":"queue-scorer"},{"pluginRef":"kv-cache-utilization-scorer"},{"pluginRef":"prefix-cache-scorer"}]}]}',
                ],
                ports: [
                  { name: "grpc", containerPort: 9002, protocol: "TCP" },
                  { name: "grpc-health", containerPort: 9003, protocol: "TCP" },
                  { name: "metrics", containerPort: 9090, protocol: "TCP" },
                ],
                resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
                livenessProbe: {
                  grpc: { port: 9003, service: "liveness" },
                  initialDelaySeconds: 5,
                  periodSeconds: 10,
                  failureThreshold: 6,
                },
                readinessProbe: { grpc: { port: 9003, service: "readiness" }, periodSeconds: 2 },
                lifecycle: { preStop: { sleep: { seconds: 15 } } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
              },
            ],
          },
        },
      },
    });
  });

  it("lets its picker see pods, pools and objectives of its namespace, and nothing else", () => {
    const objects = rendered();
    const reading = ["get", "list", "watch"];
    expect(objectOf(objects, "ServiceAccount", picker)).toEqual({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata,
    });
    expect(objectOf(objects, "Role", picker)).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: [
        {
          apiGroups: ["inference.networking.x-k8s.io"],
          resources: ["inferenceobjectives"],
          verbs: reading,
        },
        { apiGroups: ["inference.networking.k8s.io"], resources: ["inferencepools"], verbs: reading },
        { apiGroups: [""], resources: ["pods"], verbs: reading },
      ],
    });
    expect(objectOf(objects, "RoleBinding", picker)).toEqual({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: picker },
      subjects: [{ kind: "ServiceAccount", name: picker, namespace: "ai-gateway" }],
    });
    expect(objects.filter(({ manifest }) => manifest.kind.startsWith("Cluster"))).toEqual([]);
  });

  it("may ask who reads its metrics, where that is wanted, and is bound by a name of its namespace", () => {
    const objects = rendered({ picker: { metrics: true } });
    const bound = objects.filter(({ manifest }) => manifest.kind.startsWith("Cluster"));
    const { namespace, name, ...rest } = metadata;
    expect(bound).toEqual([
      {
        key: "m/picker",
        after: [`ServiceAccount/${namespace}/${name}`],
        manifest: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRoleBinding",
          metadata: { ...rest, name: `${namespace}.${name}` },
          roleRef: {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "ClusterRole",
            name: "system:auth-delegator",
          },
          subjects: [{ kind: "ServiceAccount", name, namespace }],
        },
      },
    ]);
    expect(rendered({ picker: { metrics: false } })).toEqual(rendered());
  });

  it("has the objectives that requests may name: one by default, others, or none", () => {
    const objectives = (vllm: Partial<VllmArgs>) =>
      rendered(vllm).flatMap(({ key, manifest }) =>
        manifest.kind === "InferenceObjective" ? [[key, manifest.metadata.name, manifest["spec"]]] : [],
      );
    expect(objectives({})).toEqual([["m/m-sheddable", "m-sheddable", { priority: -1, poolRef: pool }]]);
    const two = { batch: { priority: -10 }, "batch.low": { priority: -20 } };
    expect(objectives({ picker: { objectives: two } })).toEqual([
      ["m/batch", "batch", { priority: -10, poolRef: pool }],
      ["m/batch.low", "batch.low", { priority: -20, poolRef: pool }],
    ]);
    expect(objectives({ picker: { objectives: {} } })).toEqual([]);
  });

  it("takes another image and size for its picker", () => {
    const objects = rendered({ picker: { image: "mirror/epp:1", cpu: "2", memory: "4Gi" } });
    const [container] = specOf(objects, "Deployment", picker).template.spec.containers;
    expect(container.image).toBe("mirror/epp:1");
    expect(container.resources).toEqual({
      requests: { cpu: "2", memory: "4Gi" },
      limits: { memory: "4Gi" },
    });
  });

  it("is routed to as a pool, alone in its rule and as it is, with no backend", () => {
    const objects = rendered();
    const { rules } = specOf(objects, "AIGatewayRoute", "m");
    expect(rules.map(({ backendRefs }: { backendRefs: unknown }) => backendRefs)).toEqual([[pool]]);
    const kinds = new Set(objects.map(({ manifest }) => manifest.kind));
    expect(kinds).not.toContain("Backend");
    expect(kinds).not.toContain("AIServiceBackend");
    // Whoever watches the pods, or calls them from inside, still finds them.
    expect(specOf(objects, "Service", "m").clusterIP).toBe("None");
  });

  it("comes in the order in which nothing waits for what comes later", () => {
    const objects = rendered();
    const at = (kind: string, name: string) =>
      objects.findIndex(({ manifest }) => manifest.kind === kind && manifest.metadata.name === name);
    const order = [
      at("Service", picker),
      at("InferencePool", "m"),
      at("Deployment", picker),
      at("AIGatewayRoute", "m"),
    ];
    expect(order).not.toContain(-1);
    expect(order).toEqual([...order].sort((a, b) => a - b));
    // The picker is ready only when its pool is there, and the route leads nowhere until the picker is.
    expect(objects[at("Deployment", picker)]?.after).toEqual([
      "InferencePool/ai-gateway/m",
      `RoleBinding/ai-gateway/${picker}`,
    ]);
    expect(objects[at("AIGatewayRoute", "m")]?.after).toEqual([`Deployment/ai-gateway/${picker}`]);
  });

  it("shares pool and picker with its adapters, which count where they are loaded", () => {
    const loras = { sql: { source: "acme/sql", rank: 8 } };
    const objects = rendered({ loras });
    expect(specOf(objects, "AIGatewayRoute", "sql").rules[0].backendRefs).toEqual([pool]);
    const kinds = objects.map(({ manifest }) => manifest.kind);
    expect(kinds.filter((kind) => kind === "InferencePool")).toHaveLength(1);
    expect(kinds).not.toContain("AIServiceBackend");
    const { args } = specOf(objects, "Deployment", picker).template.spec.containers[0];
    expect(args).not.toContain("--lora-info-metric=");
    expect(args.at(-1)).toContain('{"pluginRef":"lora-affinity-scorer"}');
  });

  it("in another namespace needs grants of its own for both controllers", () => {
    const models = {
      m: { vllm: picked, namespace: "llm" },
      n: { ...endpoint(), namespace: "llm" },
      p: { ...endpoint("p.example.com"), namespace: "other" },
    };
    const objects = objectsOf({ models });
    const grants = objects.flatMap(({ manifest: { kind, metadata: own } }) =>
      kind === "ReferenceGrant" ? [`${own.namespace} ${own.name}`] : [],
    );
    expect(grants).toEqual([
      "llm ai-gateway.gw.ai-routes",
      "llm ai-gateway.gw.http-routes",
      "llm ai-gateway.gw.ai-routes-pools",
      "llm ai-gateway.gw.http-routes-pools",
      "other ai-gateway.gw.ai-routes",
      "other ai-gateway.gw.http-routes",
    ]);
    const to = [{ group: "inference.networking.k8s.io", kind: "InferencePool" }];
    expect(specOf(objects, "ReferenceGrant", "ai-gateway.gw.ai-routes-pools")).toEqual({
      from: [{ group: "aigateway.envoyproxy.io", kind: "AIGatewayRoute", namespace: "ai-gateway" }],
      to,
    });
    expect(specOf(objects, "ReferenceGrant", "ai-gateway.gw.http-routes-pools").to).toEqual(to);
    expect(specOf(objects, "AIGatewayRoute", "m").rules[0].backendRefs).toEqual([
      { ...pool, namespace: "llm" },
    ]);
  });

  it("without a gateway has the same pool and picker", () => {
    const { objects } = planVllmServing("m", { vllm: picked });
    expect(objects.map(({ key, manifest }) => [manifest.kind, key])).toEqual([
      ["Deployment", ""],
      ["PodDisruptionBudget", ""],
      ["Service", ""],
      ["ServiceAccount", "picker"],
      ["Role", "picker"],
      ["RoleBinding", "picker"],
      ["Service", "picker"],
      ["InferencePool", ""],
      ["InferenceObjective", "m-sheddable"],
      ["Deployment", "picker"],
    ]);
  });

  it("without the picker is what it always was", () => {
    expect(rendered({ endpointPicker: false })).toEqual(
      objectsOf({ models: { m: { vllm: { source: "Qwen/Qwen3-8B", replicas: 2 } } } }),
    );
  });

  it("on a laptop is an ordinary backend, and that is said", () => {
    const args = { target: "local" as const, models: { m: { vllm: picked } } };
    const objects = objectsOf(args);
    expect(specOf(objects, "AIGatewayRoute", "m").rules[0].backendRefs[0].name).toBe("m");
    expect(objects.map(({ manifest }) => manifest.kind)).not.toContain("InferencePool");
    expect(objectOf(objects, "AIServiceBackend", "m")).toBeDefined();
    expect(resolvedOf(args).differences).toContain(
      "no endpoint picker runs for m: the gateway sends requests straight on",
    );
  });

  it("with one replica is a warning", () => {
    const warnings = (replicas: number) =>
      resolvedOf({ models: { m: { vllm: { ...picked, replicas } } } }).warnings;
    expect(warnings(1)).toEqual([expect.stringMatching(/there is one replica, so nothing is chosen/)]);
    expect(warnings(2)).toEqual([]);
  });

  it("gets the tokens of callers where no processor takes them away, which is a warning", () => {
    const jwt = { issuer: "https://login.example.com/", jwksUri: "https://login.example.com/jwks" };
    const warnings = (more: Wrong, of: VllmArgs = picked) =>
      resolvedOf({ access: { jwt }, processor: undefined, models: { m: { vllm: of } }, ...more }).warnings;
    expect(warnings({})).toEqual([
      expect.stringMatching(
        /^tokens of callers reach the endpoint picker and the pods of "m": .*access\.rules/,
      ),
    ]);
    expect(warnings({ access: { issuers: { staff: jwt } } })).toHaveLength(1);
    const withRules = { jwt, rules: { all: {} } };
    expect(warnings({ access: withRules, processor: { image: "processor:1" } })).toEqual([]);
    expect(warnings({ access: undefined })).toEqual([]);
    expect(warnings({ target: "local" })).toEqual([]);
    expect(warnings({}, { ...picked, endpointPicker: false })).toEqual([]);
  });

  it("offers the APIs whose requests the picker can read", () => {
    const [route] = resolvedOf({ models: { m: { vllm: picked } } }).routes;
    expect(route?.endpoints).toEqual(["chat", "completions", "messages"]);
  });
});

describe("budgets of a model with an endpoint picker", () => {
  const loras = { sql: { source: "acme/sql", rank: 8 } };
  const cluster = { target: "cluster" as const, processor: { image: "processor:1" } };
  const month = { limit: { usd: 5 }, period: "month" as const };

  it("find its price, and that of its adapters, by the pool that the gateway names", () => {
    const models = { m: { vllm: { ...picked, loras }, price } };
    const document = documentOf(withBudget(month, { ...cluster, models }));
    const usual = { price: { input: 3_000_000_000, cachedInput: 300_000_000, output: 15_000_000_000 } };
    expect(document.models["m"]?.backends).toEqual({ "ai-gateway/m": usual });
    expect(document.models["sql"]?.backends).toEqual({ "ai-gateway/m": usual });
    const local = documentOf(withBudget(month, { models }));
    expect(local.models["sql"]?.backends).toEqual({ "ai-gateway/sql": usual });
  });

  it("may lead elsewhere, which is a second rule", () => {
    const budget = { ...month, models: ["m"], atLimit: "overflow" as const, overflowTo: "spare" };
    const models = { m: { vllm: picked, price }, spare: { ...endpoint(), price, public: false } };
    const args = withBudget(budget, { ...cluster, models });
    const { rules } = specOf(objectsOf(args), "AIGatewayRoute", "m");
    expect(rules[0].backendRefs).toEqual([pool]);
    expect(rules[1].backendRefs[0]).toMatchObject({ name: "spare", modelNameOverride: "spare" });
    const document = documentOf(args);
    expect(document.models["m"]?.tiers).toMatchObject({ spare: { backends: { "ai-gateway/spare": {} } } });
  });

  it("cannot be AI Gateway's own", () => {
    const budget = {
      per: "model",
      models: ["m"],
      limit: { tokens: 5 },
      period: "hour",
      enforcedBy: "gateway",
    };
    expectProblems({ models: { m: { vllm: picked } }, budgets: { b: budget } }, [
      ['budgets["b"].models', /"m" is behind an endpoint picker, and AI Gateway's quotas/],
    ]);
  });
});

describe("what an endpoint picker cannot be mixed with", () => {
  const models = (m: Wrong, more: Wrong = {}) => ({ models: { m: { vllm: picked, ...m }, ...more } });
  const vllm = (more: Wrong) => ({ models: { m: { vllm: { ...picked, ...more } } } });

  it.each<readonly [string, Wrong, readonly (readonly [string, RegExp])[]]>([
    [
      "a fallback",
      models({ fallback: ["n"] }, { n: endpoint() }),
      [[path, /reaches "m" together with "n", and a rule takes a model with an endpoint picker alone/]],
    ],
    [
      "being a fallback",
      models({}, { n: { ...endpoint(), fallback: ["m"] } }),
      [['models["n"]', /reaches "m" together with "n".*no fallback/]],
    ],
    [
      "shares",
      models({}, { n: endpoint(), a: { route: { targets: { m: { weight: 9 }, n: { weight: 1 } } } } }),
      [['models["a"]', /reaches "m" together with "n".*no shares, no canary/]],
    ],
    [
      "a canary",
      models({}, { n: endpoint(), a: { route: { targets: { n: {} }, canary: { model: "m", percent: 5 } } } }),
      [['models["a"]', /reaches "m" together with "n"/]],
    ],
    [
      "another picker",
      models({}, { n: { vllm: picked }, a: { route: { targets: { m: {}, n: {} } } } }),
      [['models["a"]', /reaches "m" together with "n"/]],
    ],
    [
      "another name",
      models({}, { a: { route: { targets: { m: {} } } } }),
      [['models["a"]', /reaches "m" under another name, and its pods.*know only "m"/]],
    ],
    [
      "being where a budget leads",
      {
        models: { m: { vllm: picked, price }, n: { ...endpoint(), price } },
        budgets: {
          b: { models: ["n"], limit: { tokens: 5 }, period: "hour", atLimit: "overflow", overflowTo: "m" },
        },
        processor: { image: "processor:1" },
      },
      [['models["n"]', /reaches "m", where budgets lead to "m", under another name/]],
    ],
    ["an upstream name", models({ upstreamName: "q" }), [[`${path}.upstreamName`, /"q" is another name/]]],
    [
      "changes to requests",
      models({ headers: { set: { "x-a": "b" } }, body: { remove: ["user"] } }),
      [
        [`${path}.headers`, /AI Gateway changes nothing on the way to an endpoint picker/],
        [`${path}.body`, /AI Gateway changes nothing on the way to an endpoint picker/],
      ],
    ],
    [
      "APIs without a prompt",
      models({ serves: ["chat", "embeddings"] }),
      [[`${path}.serves`, /"embeddings" cannot be asked of a model with an endpoint picker/]],
    ],
    [
      "another namespace under release set 1.0",
      { ...models({ namespace: "llm" }), release: "1.0" },
      [[`${path}.namespace`, /"llm" is not the gateway's, and release set 1.0/]],
    ],
    [
      "a model that generates nothing",
      {
        pools: { small: { instanceType: "g6.2xlarge" } },
        ...vllm({ source: "Qwen/Qwen3-Embedding-0.6B", pool: "small" }),
      },
      [[`${path}.vllm.endpointPicker`, /Qwen3-Embedding-0.6B does not generate text/]],
    ],
    [
      "a picker that is not asked for",
      vllm({ endpointPicker: false, picker: { cpu: "1" } }),
      [[`${path}.vllm.picker`, /describes pods that are not made; set endpointPicker: true/]],
    ],
    [
      "sizes and an image that are none",
      vllm({ picker: { image: "", cpu: "much", memory: "512m" } }),
      [
        [`${path}.vllm.picker.image`, /is empty/],
        [`${path}.vllm.picker.cpu`, /"much" is not a number of CPUs/],
        [`${path}.vllm.picker.memory`, /"512m" is not a size/],
      ],
    ],
    [
      "objectives that change nothing, or are none",
      vllm({
        picker: { objectives: { high: { priority: 5 }, low: { priority: -1.5 }, Odd: { priority: -1 } } },
      }),
      [
        [
          `${path}.vllm.picker.objectives["high"].priority`,
          /5 changes nothing: this picker treats 0 and above/,
        ],
        [`${path}.vllm.picker.objectives["low"].priority`, /-1.5 is not a whole number from -1000 to -1/],
        [`${path}.vllm.picker.objectives["Odd"]`, /is not the name of an object/],
      ],
    ],
    [
      "an objective of another model's name",
      {
        models: {
          m: { vllm: { ...picked, picker: { objectives: { batch: { priority: -1 } } } } },
          n: { vllm: { ...picked, picker: { objectives: { batch: { priority: -2 } } } } },
        },
      },
      [["InferenceObjective/ai-gateway/batch", /would be made for "n\/batch" and for "m\/batch" alike/]],
    ],
  ])("%s", (_, args, expected) => {
    expectProblems(args, expected);
  });

  it("a header by which a client would choose the model behind the picker is taken out", () => {
    const { headers } = specOf(rendered(), "ClientTrafficPolicy", "gw");
    expect(headers.earlyRequestHeaders.remove).toContain("x-gateway-model-name-rewrite");
  });
});
