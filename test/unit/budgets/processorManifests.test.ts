import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Output, output } from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProcessorArgs } from "../../../components/budgets/processorArgs";
import { processorManifests } from "../../../components/budgets/processorManifests";
import type { Manifest } from "../../../components/shared/manifest";
import { readSettings } from "../../../extproc/service/settings";
import { later, podsOf, sealed } from "./processorSupport";

const name = "ai-gateway-dev-processor-x946db80e";
const namespace = "envoy-gateway-system";
const selector = { "app.kubernetes.io/name": "ai-gateway-processor", "app.kubernetes.io/instance": name };
const labels = { "app.kubernetes.io/managed-by": "pulumi-ai-gateway", ...selector };
const annotations = { "pulumi-ai-gateway/gateway": "ai-gateway/dev" };
const metadata = { name, namespace, labels, annotations };

const render = (args: ProcessorArgs, policy = "{}") =>
  processorManifests(podsOf(args), {
    policy,
    image: args.image ?? "registry.example.com/processor:1",
    credentialsVersion: undefined,
  });

function one(objects: readonly Manifest[], kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as Manifest;
}

interface PodSpec {
  readonly containers: readonly {
    readonly env: readonly {
      readonly name: string;
      readonly value?: unknown;
      readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
    }[];
    readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
    readonly image: unknown;
  }[];
  readonly volumes: readonly { readonly name: string }[];
  readonly [member: string]: unknown;
}

const template = (objects: readonly Manifest[]) =>
  (one(objects, "Deployment")["spec"] as { template: { metadata: object; spec: PodSpec } }).template;
const environmentOf = (objects: readonly Manifest[]) => template(objects).spec.containers[0]?.env ?? [];
const redis: ProcessorArgs = { redis: { url: "rediss://redis.example.com:6380", password: sealed } };

describe("the objects of a processor", () => {
  it("are these, in an order in which each finds what it names", () => {
    expect(render({}).map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "ConfigMap",
      "Deployment",
      "Service",
      "PodDisruptionBudget",
      "NetworkPolicy",
      "ReferenceGrant",
    ]);
    const all = render({ ...redis, autoscaling: {}, tls: { certificateSecretName: "cert" } });
    expect(all.map(({ kind }) => kind)).toEqual([
      "ServiceAccount",
      "Secret",
      "ConfigMap",
      "Deployment",
      "Service",
      "PodDisruptionBudget",
      "HorizontalPodAutoscaler",
      "NetworkPolicy",
      "BackendTLSPolicy",
      "ReferenceGrant",
    ]);
    const few = render({
      replicas: 1,
      namespace: "ai-gateway",
      networkPolicy: { enabled: false },
      redis: { url: "redis://redis.example.com" },
    });
    expect(few.map(({ kind }) => kind)).toEqual(["ServiceAccount", "ConfigMap", "Deployment", "Service"]);
  });

  it("are alike but for the ConfigMap when the policy changes", () => {
    const before = render({}, '{"version":1}');
    const after = render({}, '{"version":1,"replicas":2}');
    const changed = before.filter((object, i) => JSON.stringify(object) !== JSON.stringify(after[i]));
    expect(changed.map(({ kind }) => kind)).toEqual(["ConfigMap"]);
    expect(one(after, "ConfigMap")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { "policy.json": '{"version":1,"replicas":2}' },
    });
  });

  it("roll the pods when a setting changes", () => {
    const before = JSON.stringify(template(render({})));
    expect(JSON.stringify(template(render({ holdSeconds: 61 })))).not.toBe(before);
    const version = { policy: "{}", image: "i", credentialsVersion: "0a1b2c3d" };
    expect(template(processorManifests(podsOf({}), version)).metadata).toEqual({
      labels,
      annotations: { "pulumi-ai-gateway/credentials": "0a1b2c3d" },
    });
  });
});

describe("the Deployment", () => {
  it("runs without any right, spread over zones and nodes, and gives running requests their time", () => {
    expect(one(render({}), "Deployment")).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: {
        replicas: 2,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selector },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            // 15 s until Envoy knows, 300 s for running requests, 25 s to settle and to close.
            terminationGracePeriodSeconds: 340,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              fsGroup: 65532,
              seccompProfile: { type: "RuntimeDefault" },
            },
            topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
              (topologyKey) => ({
                maxSkew: 1,
                topologyKey,
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: selector },
                matchLabelKeys: ["pod-template-hash"],
              }),
            ),
            containers: [
              {
                name: "processor",
                image: "registry.example.com/processor:1",
                env: [
                  { name: "POLICY_FILE", value: "/etc/ai-gateway/policy/policy.json" },
                  { name: "PORT", value: "9002" },
                  { name: "HEALTH_PORT", value: "9003" },
                  { name: "STORE", value: "redis" },
                  {
                    name: "REDIS_URL",
                    value: "redis://ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379",
                  },
                  {
                    name: "REDIS_PASSWORD",
                    valueFrom: {
                      secretKeyRef: { name: "ai-gateway-redis-credentials", key: "password" },
                    },
                  },
                  { name: "LEDGER_NAME", value: "ai-gateway.dev" },
                  { name: "STORE_TIMEOUT_MS", value: "20" },
                  { name: "MAX_BODY_MB", value: "50" },
                  { name: "HOLD_SECONDS", value: "60" },
                  { name: "DRAIN_DELAY_SECONDS", value: "15" },
                  { name: "DRAIN_SECONDS", value: "300" },
                  { name: "LOG_LEVEL", value: "info" },
                ],
                ports: [
                  { name: "grpc", containerPort: 9002, protocol: "TCP" },
                  { name: "health", containerPort: 9003, protocol: "TCP" },
                ],
                resources: {
                  requests: { cpu: "500m", memory: "1Gi" },
                  limits: { memory: "1Gi" },
                },
                readinessProbe: {
                  httpGet: { path: "/ready", port: "health" },
                  timeoutSeconds: 3,
                  periodSeconds: 2,
                  failureThreshold: 2,
                },
                livenessProbe: {
                  httpGet: { path: "/live", port: "health" },
                  timeoutSeconds: 3,
                  periodSeconds: 10,
                  failureThreshold: 6,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "policy", mountPath: "/etc/ai-gateway/policy", readOnly: true }],
              },
            ],
            volumes: [{ name: "policy", configMap: { name } }],
          },
        },
      },
    });
  });

  it("leaves the number of pods to the autoscaler", () => {
    const objects = render({ autoscaling: { min: 3, max: 9, cpuPercent: 70 } });
    expect(one(objects, "Deployment")["spec"]).not.toHaveProperty("replicas");
    expect(one(objects, "HorizontalPodAutoscaler")["spec"]).toEqual({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: 3,
      maxReplicas: 9,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
        },
      ],
    });
  });

  it("puts the pods where they are wanted", () => {
    const pods = {
      spread: "required",
      nodeSelector: { pool: "system" },
      tolerations: { CriticalAddonsOnly: {}, team: { value: "platform", effect: "NoSchedule" } },
      priorityClassName: "high",
      imagePullSecretName: "pull",
      labels: { team: "platform" },
      annotations: { note: "mine" },
    } as const;
    const { metadata: own, spec } = template(render({ pods }));
    expect(own).toEqual({ labels: { team: "platform", ...labels }, annotations: { note: "mine" } });
    expect(spec).toMatchObject({
      nodeSelector: { pool: "system" },
      tolerations: [
        { key: "CriticalAddonsOnly", operator: "Exists" },
        { key: "team", operator: "Equal", value: "platform", effect: "NoSchedule" },
      ],
      priorityClassName: "high",
      imagePullSecrets: [{ name: "pull" }],
    });
    const spread = spec["topologySpreadConstraints"] as { whenUnsatisfiable: string }[];
    expect(spread.map(({ whenUnsatisfiable }) => whenUnsatisfiable)).toEqual([
      "ScheduleAnyway",
      "DoNotSchedule",
    ]);
  });

  it("mounts whole folders, so that renewed certificates arrive, and readable for its own group alone", () => {
    const objects = render({
      tls: { certificateSecretName: "cert" },
      redis: {
        url: "rediss://redis.example.com",
        caSecretName: "redis-ca",
        clientCertificateSecretName: "redis-client",
      },
    });
    const { spec } = template(objects);
    const secret = (secretName: string, ...keys: readonly string[]) => ({
      secretName,
      defaultMode: 0o440,
      items: keys.map((key) => ({ key, path: key })),
    });
    expect(spec.volumes).toEqual([
      { name: "policy", configMap: { name } },
      { name: "tls", secret: secret("cert", "tls.crt", "tls.key") },
      { name: "redis-ca", secret: secret("redis-ca", "ca.crt") },
      { name: "redis-certificate", secret: secret("redis-client", "tls.crt", "tls.key") },
    ]);
    expect(spec.containers[0]?.volumeMounts).toEqual([
      { name: "policy", mountPath: "/etc/ai-gateway/policy", readOnly: true },
      { name: "tls", mountPath: "/etc/ai-gateway/tls", readOnly: true },
      { name: "redis-ca", mountPath: "/etc/ai-gateway/redis-ca", readOnly: true },
      { name: "redis-certificate", mountPath: "/etc/ai-gateway/redis-certificate", readOnly: true },
    ]);
  });
});

describe("credentials", () => {
  it("that are given stand in a Secret of the processor's own, as secrets, and in no variable", async () => {
    const objects = render({
      redis: {
        sentinel: { addresses: "s:26379", master: "main", username: "u", password: sealed },
        password: sealed,
      },
      webhook: { url: "https://hooks.example.com", authorization: sealed },
    });
    const { stringData } = one(objects, "Secret") as unknown as {
      stringData: Readonly<Record<string, Output<string>>>;
    };
    expect(Object.keys(stringData)).toEqual(["password", "sentinel-password", "authorization"]);
    for (const value of Object.values(stringData)) {
      expect(await (value as unknown as { isSecret: Promise<boolean> }).isSecret).toBe(true);
    }
    const others = objects.filter(({ kind }) => kind !== "Secret");
    const outputs: unknown[] = [];
    JSON.stringify(others, function (this: Record<string, unknown>, key, value: unknown) {
      if (Output.isInstance(this[key])) {
        outputs.push(key);
        return undefined;
      }
      return value;
    });
    expect(outputs).toEqual([]);
    const from = environmentOf(objects).flatMap(({ name: variable, valueFrom }) =>
      valueFrom === undefined ? [] : [[variable, valueFrom.secretKeyRef]],
    );
    expect(from).toEqual([
      ["REDIS_SENTINEL_PASSWORD", { name, key: "sentinel-password" }],
      ["REDIS_PASSWORD", { name, key: "password" }],
      ["WEBHOOK_AUTHORIZATION", { name, key: "authorization" }],
    ]);
  });

  it("in Secrets of somebody else's are read there", () => {
    const objects = render({
      redis: { url: "redis://redis.example.com", passwordSecretName: "redis" },
      webhook: { url: "https://hooks.example.com", authorizationSecretName: "hook" },
    });
    expect(objects.filter(({ kind }) => kind === "Secret")).toEqual([]);
    const from = environmentOf(objects).flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
    expect(from).toEqual([
      { name: "redis", key: "password" },
      { name: "hook", key: "authorization" },
    ]);
  });
});

describe("the network", () => {
  it("knows each pod by itself, and says that it speaks HTTP/2", () => {
    expect(one(render({}), "Service")).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, annotations: { ...annotations, "pulumi.com/skipAwait": "true" } },
      spec: {
        clusterIP: "None",
        selector,
        ports: [
          {
            name: "grpc",
            port: 9002,
            targetPort: "grpc",
            protocol: "TCP",
            appProtocol: "kubernetes.io/h2c",
          },
          { name: "metrics", port: 9003, targetPort: "health", protocol: "TCP" },
        ],
      },
    });
    const { spec } = one(render({ tls: { certificateSecretName: "cert" } }), "Service") as unknown as {
      spec: { ports: object[] };
    };
    expect(spec.ports[0]).not.toHaveProperty("appProtocol");
  });

  const dns = {
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  };
  const inNamespace = (value: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": value } },
  });

  it("lets in the Envoy pods of this Gateway, and whoever reads metrics; out to DNS and our Redis", () => {
    expect(one(render({}), "NetworkPolicy")).toEqual({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [
              {
                ...inNamespace(namespace),
                podSelector: {
                  matchLabels: {
                    "gateway.envoyproxy.io/owning-gateway-name": "dev",
                    "gateway.envoyproxy.io/owning-gateway-namespace": "ai-gateway",
                  },
                },
              },
            ],
            ports: [{ protocol: "TCP", port: 9002 }],
          },
          { ports: [{ protocol: "TCP", port: 9003 }] },
        ],
        egress: [
          dns,
          {
            to: [
              {
                ...inNamespace(namespace),
                podSelector: { matchLabels: { "app.kubernetes.io/name": "ai-gateway-redis" } },
              },
            ],
            ports: [{ protocol: "TCP", port: 6379 }],
          },
        ],
      },
    });
  });

  const egress = (args: ProcessorArgs) =>
    (one(render(args), "NetworkPolicy")["spec"] as { egress: unknown[] }).egress;
  const ports = (...numbers: readonly number[]) => ({
    ports: numbers.map((port) => ({ protocol: "TCP", port })),
  });

  it("lets out to a Redis of the user's own, the webhook and what is named, each port once", () => {
    expect(egress(redis)).toEqual([dns, ports(6380)]);
    expect(egress({ redis: { cluster: "redis://a:7000,redis://b:7001,redis://c:7000" } })).toEqual([
      dns,
      ports(7000, 7001),
    ]);
    expect(egress({ redis: { sentinel: { addresses: "a,b:26380", master: "m" } } })).toEqual([
      dns,
      ports(6379, 26379, 26380),
    ]);
    expect(
      egress({
        store: "memory",
        webhook: { url: "https://hooks.example.com" },
        networkPolicy: { egressPorts: [443, 9093] },
      }),
    ).toEqual([dns, ports(443, 9093)]);
    expect(egress({ store: "memory", webhook: { url: "http://alerts:9093/x" } })).toEqual([dns, ports(9093)]);
    expect(egress({ store: "memory", webhook: { url: "http://alerts/x" } })).toEqual([dns, ports(80)]);
    expect(egress({ store: "memory" })).toEqual([dns]);
  });

  it("waits for an address that is not known yet, and fails for one that is none", async () => {
    const known = async (url: string) => {
      const [, rule] = egress({ redis: { url: output(url) } }) as [unknown, { ports: Output<unknown> }];
      const { isKnown, isSecret, ...ports } = rule.ports as unknown as Readonly<
        Record<"isKnown" | "isSecret", Promise<boolean>>
      > & { promise(): Promise<unknown>; allResources(): Promise<unknown> };
      // An output has a promise for each thing that is asked of it, and all of them fail.
      const all = [ports.promise(), ports.allResources(), isKnown, isSecret];
      const [value] = await Promise.allSettled(all);
      return value;
    };
    expect(await known("rediss://redis.example.com:7777")).toEqual({
      status: "fulfilled",
      value: [{ protocol: "TCP", port: 7777 }],
    });
    expect(await known("redis://u:hidden@redis.example.com")).toEqual({
      status: "rejected",
      reason: new Error(
        "redis: the address holds a user or a password in clear; remove it and give username and password",
      ),
    });
  });

  it("shows metrics to some namespaces only, when told to", () => {
    const { spec } = one(
      render({ networkPolicy: { metricsNamespaces: ["monitoring"] } }),
      "NetworkPolicy",
    ) as unknown as { spec: { ingress: unknown[] } };
    expect(spec.ingress[1]).toEqual({
      from: [inNamespace("monitoring")],
      ports: [{ protocol: "TCP", port: 9003 }],
    });
  });

  it("makes Envoy check the certificate, of both of its connections", () => {
    const tls = { certificateSecretName: later, caConfigMapName: "ca" };
    const policy = one(render({ tls }), "BackendTLSPolicy");
    expect(policy["spec"]).toEqual({
      targetRefs: [{ group: "", kind: "Service", name, sectionName: "grpc" }],
      validation: {
        hostname: `${name}.${namespace}.svc.cluster.local`,
        caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }],
      },
    });
    expect(policy.metadata.namespace).toBe(namespace);
  });

  it("lets the policy of the Gateway's namespace refer to the Service, where they are apart", () => {
    expect(one(render({}), "ReferenceGrant")).toEqual({
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      metadata,
      spec: {
        from: [{ group: "gateway.envoyproxy.io", kind: "EnvoyExtensionPolicy", namespace: "ai-gateway" }],
        to: [{ group: "", kind: "Service", name }],
      },
    });
  });
});

describe("the settings that the pods are given", () => {
  const folder = mkdtempSync(join(tmpdir(), "processor-settings-"));
  const files = ["tls.crt", "tls.key", "ca.crt"];

  beforeAll(() => {
    for (const file of files) {
      writeFileSync(join(folder, file), "text");
    }
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** The environment of a container as the kubelet would make it, with a word for each secret. */
  function started(args: ProcessorArgs) {
    const variables = environmentOf(render(args)).map(({ name: variable, value, valueFrom }) => {
      const text = valueFrom === undefined ? String(value) : `word-${valueFrom.secretKeyRef.key}`;
      return [variable, text.replace(/^\/etc\/ai-gateway\/(?:redis-\w+|tls)/, folder)] as const;
    });
    return { read: readSettings(Object.fromEntries(variables), []), names: variables.map(([key]) => key) };
  }

  it("are what the processor reads: memory", () => {
    const { read } = started({
      store: "memory",
      holdSeconds: 30,
      drainSeconds: 10,
      logLevel: "warn",
      allowJump: true,
      genAiMetrics: true,
      statusPage: false,
    });
    expect(read).toMatchObject({
      kind: "settings",
      settings: {
        port: 9002,
        healthPort: 9003,
        host: undefined,
        tls: undefined,
        policyFile: "/etc/ai-gateway/policy/policy.json",
        store: { kind: "memory" },
        maxBodyBytes: 50 * 1024 ** 2,
        holdMs: 30_000,
        drainDelayMs: 15_000,
        drainMs: 10_000,
        logLevel: "warn",
        allowJump: true,
        genAiMetrics: true,
        statusPage: false,
      },
    });
  });

  const connection = (args: ProcessorArgs) => {
    const { read } = started(args);
    return read.kind === "settings" && read.settings.store.kind === "redis"
      ? { ...read.settings.store.connection, ledger: read.settings.ledgerName }
      : read;
  };

  it("are what the processor reads: our Redis, one of the user's own, a cluster, sentinels", () => {
    expect(connection({})).toEqual({
      url: "redis://:word-password@ai-gateway-redis.envoy-gateway-system.svc.cluster.local:6379",
      tls: {},
      ledger: "ai-gateway.dev",
    });
    expect(
      connection({
        redis: {
          url: "rediss://redis.example.com:6380",
          username: "me",
          password: sealed,
          caSecretName: "ca",
          clientCertificateSecretName: "client",
          serverName: "redis",
          ledger: "shared",
        },
      }),
    ).toEqual({
      url: "rediss://me:word-password@redis.example.com:6380",
      tls: { ca: "text", cert: "text", key: "text", servername: "redis" },
      ledger: "shared",
    });
    expect(connection({ redis: { cluster: "redis://a:7000,redis://b:7001" } })).toMatchObject({
      cluster: ["redis://a:7000", "redis://b:7001"],
    });
    expect(
      connection({
        redis: {
          sentinel: { addresses: "a,b:26380", master: "main", tls: true, username: "s", password: sealed },
          username: "me",
          passwordSecretName: "redis",
        },
      }),
    ).toMatchObject({
      sentinel: {
        name: "main",
        sentinels: [
          { host: "a", port: 26379 },
          { host: "b", port: 26380 },
        ],
        tls: true,
        sentinelUsername: "s",
        sentinelPassword: "word-sentinel-password",
        username: "me",
        password: "word-password",
      },
    });
  });

  it("name the certificate's files", () => {
    const { read, names } = started({ tls: { certificateSecretName: "cert" } });
    expect(names).toEqual(expect.arrayContaining(["TLS_CERT_FILE", "TLS_KEY_FILE"]));
    // The words in the files make no certificate: they were found and read.
    expect(read).toEqual({
      kind: "problems",
      problems: [expect.stringMatching(/^TLS_CERT_FILE: and TLS_KEY_FILE do not make a certificate/)],
    });
  });
});
