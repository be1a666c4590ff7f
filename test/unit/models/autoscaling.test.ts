import { output } from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AutoscalingArgs } from "../../../components/models/autoscalingArgs";
import { planVllmServing } from "../../../components/models/planVllmServing";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { expectProblems, objectOf, objectsOf, problemsOf, resolvedOf, specOf, type Wrong } from "./support";

const prometheus = { url: "http://prometheus.monitoring.svc:9090" };
const keda: AutoscalingArgs = { max: 4, prometheus };
const hpa: AutoscalingArgs = { max: 4, by: "hpa" };
const small = { small: { instanceType: "g6.2xlarge" } };

const rendered = (vllm: Partial<VllmArgs>, more: Wrong = {}) =>
  objectsOf({ ...more, models: { m: { vllm: { source: "Qwen/Qwen3-1.7B", ...vllm } } } });
const declared = (autoscaling: Wrong, more: Wrong = {}) => ({
  models: { m: { vllm: { source: "a/b", autoscaling, ...more } } },
});
const own = 'models["m"].vllm.autoscaling';

describe("an autoscaled model", () => {
  it("with KEDA and every default", () => {
    expect(objectOf(rendered({ autoscaling: keda }), "ScaledObject", "m")).toEqual({
      apiVersion: "keda.sh/v1alpha1",
      kind: "ScaledObject",
      metadata: {
        name: "m",
        namespace: "ai-gateway",
        labels: { "app.kubernetes.io/managed-by": "pulumi-ai-gateway" },
        annotations: { "pulumi-ai-gateway/model": "m" },
      },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "m" },
        pollingInterval: 15,
        cooldownPeriod: 900,
        minReplicaCount: 1,
        maxReplicaCount: 4,
        advanced: {
          horizontalPodAutoscalerConfig: {
            behavior: {
              scaleUp: {
                stabilizationWindowSeconds: 30,
                selectPolicy: "Max",
                policies: [{ type: "Pods", value: 2, periodSeconds: 60 }],
              },
              scaleDown: {
                stabilizationWindowSeconds: 900,
                selectPolicy: "Max",
                policies: [{ type: "Pods", value: 1, periodSeconds: 120 }],
              },
            },
          },
        },
        triggers: [
          {
            type: "prometheus",
            name: "waiting-requests",
            metricType: "AverageValue",
            metadata: {
              serverAddress: "http://prometheus.monitoring.svc:9090",
              query: 'sum(vllm:num_requests_waiting{model_name="m"})',
              threshold: "25",
              activationThreshold: "0",
              ignoreNullValues: "false",
            },
          },
          {
            type: "prometheus",
            name: "kv-cache",
            metricType: "AverageValue",
            metadata: {
              serverAddress: "http://prometheus.monitoring.svc:9090",
              query: 'sum(vllm:kv_cache_usage_perc{model_name="m"})',
              threshold: "0.8",
              activationThreshold: "0",
              ignoreNullValues: "false",
            },
          },
        ],
      },
    });
  });

  it("with KEDA and every option, down to zero", () => {
    const url = output("https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1");
    const { spec } = objectOf(
      rendered({
        autoscaling: {
          max: 1,
          waitingRequests: 4,
          kvCacheUsage: 0.6,
          cooldownSeconds: 60,
          prometheus: {
            url,
            labels: { namespace: 'a"b' },
            triggerAuthenticationName: "amp",
            authModes: "bearer,tls",
            awsRegion: "us-west-2",
          },
          scaleToZero: true,
          wakeQuery: "rate(asked_total[1m])",
        },
      }),
      "ScaledObject",
      "m",
      // biome-ignore lint/suspicious/noExplicitAny: a spec whose members are asserted below.
    ) as any;
    expect([spec.minReplicaCount, spec.maxReplicaCount, spec.cooldownPeriod]).toEqual([0, 1, 60]);
    expect(spec.triggers.map(({ name }: { name: string }) => name)).toEqual([
      "waiting-requests",
      "kv-cache",
      "wake",
    ]);
    expect(spec.triggers[0]).toMatchObject({
      authenticationRef: { name: "amp" },
      metadata: {
        serverAddress: url,
        query: 'sum(vllm:num_requests_waiting{model_name="m",namespace="a\\"b"})',
        threshold: "4",
        authModes: "bearer,tls",
        awsRegion: "us-west-2",
        identityOwner: "operator",
      },
    });
    expect(spec.triggers[1].metadata.threshold).toBe("0.6");
    expect(spec.triggers[2].metadata).toMatchObject({
      query: "clamp_max(sum(rate(asked_total[1m])), 1)",
      threshold: "1",
      ignoreNullValues: "true",
    });
  });

  it("with a HorizontalPodAutoscaler alone, whose metrics have no colon", () => {
    const objects = rendered({ autoscaling: { ...hpa, min: 2, waitingRequests: 8, kvCacheUsage: 0.75 } });
    expect(specOf(objects, "HorizontalPodAutoscaler", "m")).toMatchObject({
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "m" },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        {
          type: "Pods",
          pods: {
            metric: { name: "vllm_num_requests_waiting" },
            target: { type: "AverageValue", averageValue: "8" },
          },
        },
        {
          type: "Pods",
          pods: {
            metric: { name: "vllm_kv_cache_usage_perc" },
            target: { type: "AverageValue", averageValue: "750m" },
          },
        },
      ],
      behavior: { scaleDown: { stabilizationWindowSeconds: 900 } },
    });
    expect(objects.filter(({ manifest }) => manifest.kind === "ScaledObject")).toEqual([]);
  });

  it("leaves its number of replicas to the autoscaler, and Pulumi does too", () => {
    const objects = rendered({ autoscaling: keda });
    expect(specOf(objects, "Deployment", "m")).not.toHaveProperty("replicas");
    const ignoring = (all: typeof objects) =>
      all.flatMap(({ manifest, ignoreChanges }) => (ignoreChanges ? [[manifest.kind, ignoreChanges]] : []));
    expect(ignoring(objects)).toEqual([["Deployment", ["spec.replicas"]]]);
    expect(ignoring(rendered({ replicas: 4 }))).toEqual([]);
    expect(specOf(rendered({ replicas: 4 }), "Deployment", "m").replicas).toBe(4);
  });

  it("is rendered for as many replicas as it may have", () => {
    const fixed = rendered({ replicas: 4 }).map(
      ({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`,
    );
    const scaled = rendered({ autoscaling: hpa }).map(
      ({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`,
    );
    expect(scaled.filter((each) => each !== "HorizontalPodAutoscaler m")).toEqual(fixed);
    expect(specOf(rendered({ autoscaling: hpa }), "Service", "m").clusterIP).toBe("None");
  });

  it("of several nodes is scaled by its groups", () => {
    const objects = rendered({ autoscaling: keda, gpus: 8, nodes: 2 });
    const group = objects.find(({ manifest }) => manifest.kind === "LeaderWorkerSet");
    expect(group?.manifest["spec"]).not.toHaveProperty("replicas");
    expect(group?.ignoreChanges).toEqual(["spec.replicas"]);
    expect(specOf(objects, "ScaledObject", "m").scaleTargetRef).toEqual({
      apiVersion: "leaderworkerset.x-k8s.io/v1",
      kind: "LeaderWorkerSet",
      name: group?.manifest.metadata.name,
    });
  });

  it("is told apart by the name that its pods serve", () => {
    const args = { vllm: { source: "a/b", autoscaling: keda }, servedName: "acme/chat" };
    const { objects } = planVllmServing("m", args);
    expect(specOf(objects, "ScaledObject", "m").triggers[0].metadata.query).toBe(
      'sum(vllm:num_requests_waiting{model_name="acme/chat"})',
    );
  });
});

describe("the time that a replica stays after its load has gone", () => {
  const seconds = (vllm: VllmArgs, instanceType: string, maxNodes = 10) =>
    resolvedOf({ pools: { p: { instanceType, maxNodes } }, models: { m: { vllm: { ...vllm, pool: "p" } } } })
      .models[0]?.vllm?.autoscaling?.cooldownSeconds;
  const s3 = { bucket: "models", region: "us-west-2", serviceAccountName: "reader" };

  it.each([
    // 1.7 GB at 100 MB/s and from disk is 40 s, with 150 s of warming up.
    ["five minutes at least", { source: "Qwen/Qwen3-1.7B" }, "g6.2xlarge", 300],
    // 65.5 GB: 655 s from Hugging Face, 104 s from disk, 150 s of warming up.
    ["as long as weights take to come back", { source: "Qwen/Qwen3-32B", gpus: 4 }, "g6e.12xlarge", 960],
    // 65.5 GB over half of 100 Gbit/s are 10 s.
    [
      "less where they are streamed",
      { source: "Qwen/Qwen3-32B", gpus: 4, s3, weights: { s3: { path: "qwen" } } },
      "g6e.12xlarge",
      300,
    ],
  ])("%s", (_, vllm, instanceType, expected) => {
    expect(seconds({ maxModelLen: 8_192, autoscaling: keda, ...vllm }, instanceType)).toBe(expected);
  });

  it("is what is written, where it is", () => {
    const autoscaling = { ...keda, cooldownSeconds: 61 };
    expect(seconds({ source: "Qwen/Qwen3-1.7B", autoscaling }, "g6.2xlarge")).toBe(61);
  });
});

describe("what is wrong with autoscaling", () => {
  it.each<readonly [string, Wrong, readonly (readonly [string, RegExp])[]]>([
    [
      "two writers of the number",
      declared({ ...keda }, { replicas: 2 }),
      [['models["m"].vllm.replicas', /is 2, and autoscaling changes that number too; keep one/]],
    ],
    ["no most", declared({ prometheus }), [[`${own}.max`, /is missing; give a number/]]],
    [
      "no Prometheus",
      declared({ max: 2 }),
      [[`${own}.prometheus`, /is missing, and KEDA reads vLLM's metrics there; give \{ url \}/]],
    ],
    [
      "a Prometheus that nobody asks",
      declared({ ...hpa, prometheus }),
      [[`${own}.prometheus`, /is read by KEDA alone/]],
    ],
    ...["cpu", "memory", "gpu"].map(
      (by) =>
        [
          `scaling by ${by}`,
          declared({ max: 2, by }),
          [[`${own}.by`, new RegExp(`"${by}" says nothing of vLLM's load.*use "keda" or "hpa"`)]],
        ] as const,
    ),
    ["an unknown scaler", declared({ max: 2, by: "knative" }), [[`${own}.by`, /"knative" is not known/]]],
    [
      "a member for CPU",
      declared({ ...keda, cpu: 80 }),
      [[`${own}.cpu`, /is not a member that anything reads/]],
    ],
    [
      "a most below the least",
      declared({ ...keda, min: 5 }),
      [[`${own}.max`, /4 is less than min, which is 5/]],
    ],
    [
      "nothing to scale",
      declared({ ...keda, min: 4 }),
      [[`${own}.max`, /4 is min as well, so nothing would ever change.*replicas: 4/]],
    ],
    ["a most of none", declared({ ...keda, max: 0 }), [[`${own}.max`, /0 is not a whole number from 1/]]],
    ["half a replica", declared({ ...keda, min: 1.5 }), [[`${own}.min`, /1.5 is not a whole number from 0/]]],
    [
      "more replicas than anybody has",
      declared({ ...keda, max: 1_001 }),
      [[`${own}.max`, /1001 is not a whole number from 1 to 1,000/]],
    ],
    [
      "no one in line",
      declared({ ...keda, waitingRequests: 0 }),
      [[`${own}.waitingRequests`, /0 is not a whole number from 1/]],
    ],
    [
      "a share in percent",
      declared({ ...keda, kvCacheUsage: 80 }),
      [[`${own}.kvCacheUsage`, /80 is not a share of the KV cache/]],
    ],
    [
      "a window that Kubernetes refuses",
      declared({ ...keda, cooldownSeconds: 3_601 }),
      [[`${own}.cooldownSeconds`, /3601 is not a whole number from 60 to 3,600/]],
    ],
    [
      "zero by accident",
      declared({ ...keda, min: 0 }),
      [
        [
          `${own}.min`,
          /0 lets requests fail until a replica is ready again; use 1, or say scaleToZero: true/,
        ],
      ],
    ],
    [
      "zero without a way back",
      declared({ ...keda, scaleToZero: true }),
      [[`${own}.wakeQuery`, /is missing, and without pods vLLM reports nothing/]],
    ],
    [
      "zero that never comes",
      declared({ ...keda, min: 1, scaleToZero: true, wakeQuery: "up" }),
      [[`${own}.scaleToZero`, /is true, and min is 1/]],
    ],
    [
      "zero with a HorizontalPodAutoscaler",
      declared({ ...hpa, scaleToZero: true, wakeQuery: "up" }),
      [[`${own}.scaleToZero`, /keeps one replica at least/]],
    ],
    [
      "a way back from nowhere",
      declared({ ...keda, wakeQuery: "up" }),
      [[`${own}.wakeQuery`, /this one never does/]],
    ],
    [
      "an address without a scheme",
      declared({ max: 2, prometheus: { url: "prometheus:9090" } }),
      [[`${own}.prometheus.url`, /"prometheus:9090" is not an address; write it as http:/]],
    ],
    ["no address", declared({ max: 2, prometheus: {} }), [[`${own}.prometheus.url`, /is missing/]]],
    [
      "labels that are none, and one of ours",
      declared({ max: 2, prometheus: { ...prometheus, labels: { "a-b": "c", model_name: "m" } } }),
      [
        [`${own}.prometheus.labels["a-b"]`, /is not the name of a label/],
        [`${own}.prometheus.labels["model_name"]`, /is set by this package/],
      ],
    ],
    [
      "modes without credentials, and an unknown one",
      declared({ max: 2, prometheus: { ...prometheus, authModes: "bearer,sigv4" } }),
      [
        [`${own}.prometheus.authModes`, /"sigv4" is not known to KEDA/],
        [`${own}.prometheus.authModes`, /nothing holds the credentials/],
      ],
    ],
    [
      "a name that no object has, and a region that AWS has not",
      declared({
        max: 2,
        prometheus: { ...prometheus, triggerAuthenticationName: "My Auth", awsRegion: "Oregon" },
      }),
      [
        [`${own}.prometheus.triggerAuthenticationName`, /"My Auth" is not the name of an object/],
        [`${own}.prometheus.awsRegion`, /"Oregon" is not an AWS region/],
      ],
    ],
    [
      "a claim for one node",
      declared({ ...keda }, { cache: { storageClassName: "gp3" } }),
      [['models["m"].vllm.cache.accessMode', /there are 4 replicas; use ReadWriteMany/]],
    ],
  ])("%s", (_, args, expected) => {
    expectProblems(args, expected);
  });

  it("zero that is meant is a warning that says what callers see, and how long", () => {
    const autoscaling = { ...keda, scaleToZero: true, wakeQuery: "up" };
    const warningsOf = (more: Wrong) =>
      resolvedOf({
        ...more,
        models: { m: { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", autoscaling } } },
      }).warnings;
    expect(warningsOf({ pools: small })).toEqual([
      `${own}: may go to zero replicas: requests then fail with 503 until one is ready, which takes about 4 minutes and whatever its node and image take, since the gateway holds none back; clients have to try again, and a GPU has to be free at that moment`,
    ]);
    expect(warningsOf({})[0]).toContain("which takes minutes");
  });
});

describe("how many replicas a pool can hold", () => {
  const problems = (instanceType: string, maxNodes: number, vllm: Partial<VllmArgs>) =>
    problemsOf({
      pools: { p: { instanceType, maxNodes } },
      models: { m: { vllm: { source: "Qwen/Qwen3-1.7B", pool: "p", ...vllm } } },
    });

  it("bounds the most of an autoscaled model, and a fixed number", () => {
    expect(problems("g6.12xlarge", 2, { gpus: 4, autoscaling: { ...keda, max: 2 } })).toEqual([]);
    expect(problems("g6.12xlarge", 2, { gpus: 4, autoscaling: { ...keda, max: 3 } })).toEqual([
      {
        path: `${own}.max`,
        reason:
          '3 replicas are more than the 2 that the pool "p" can hold (at most 2 nodes with 4 GPUs each, 4 for a replica); use at most 2, or let the pool grow',
      },
    ]);
    expect(problems("g6.2xlarge", 2, { replicas: 3 }).map(({ path }) => path)).toEqual([
      'models["m"].vllm.replicas',
    ]);
    expect(problems("g6.2xlarge", 0, {}).map(({ path }) => path)).toEqual(['pools["p"].maxNodes']);
  });

  it("counts whole replicas on a node, and whole groups of nodes", () => {
    const most = (instanceType: string, maxNodes: number, vllm: Partial<VllmArgs>) => {
      for (let replicas = 1; replicas < 100; replicas++) {
        if (
          problems(instanceType, maxNodes, { ...vllm, replicas }).some(({ path }) => /replicas/.test(path))
        ) {
          return replicas - 1;
        }
      }
      return 100;
    };
    expect(most("g6.12xlarge", 3, { gpus: 2 })).toBe(6);
    expect(most("g6.12xlarge", 5, { gpus: 4, nodes: 2 })).toBe(2);
  });

  it("never takes more GPUs than there are", () => {
    fc.assert(
      fc.property(
        fc.record({
          gpus: fc.constantFrom(1, 2, 4),
          maxNodes: fc.integer({ min: 1, max: 6 }),
          replicas: fc.integer({ min: 1, max: 30 }),
        }),
        ({ gpus, maxNodes, replicas }) => {
          const isTaken = problems("g6.12xlarge", maxNodes, { gpus, replicas }).length === 0;
          expect(isTaken).toBe(replicas * gpus <= maxNodes * 4);
        },
      ),
      { numRuns: 60 },
    );
  });
});
