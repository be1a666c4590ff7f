import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../components/models/modelArgs";
import { ModelGateway } from "../../components/models/modelGateway";
import type { VllmArgs } from "../../components/models/vllmArgs";
import { VllmServing } from "../../components/models/vllmServing";
import { type Registration, recordResources } from "../support/recordResources";

// What this file does not prove: that KEDA or the picker do what their objects ask for, or that AI Gateway leads
// requests to a pool.

const source = "Qwen/Qwen3-8B";
const autoscaling = { max: 4, prometheus: { url: "http://prometheus.monitoring.svc:9090" } };
const scaled: VllmArgs = { source, autoscaling };
const picked: VllmArgs = { source, replicas: 2, endpointPicker: true };
const others: Readonly<Record<string, ModelArgs>> = {
  plain: { vllm: { source } },
  pooled: { vllm: { source, endpointPicker: true, autoscaling } },
  outside: { openAICompatible: { url: "https://llm.example.com/v1" } },
};

const gatewayOf = (models: Readonly<Record<string, ModelArgs>>) =>
  recordResources(() => new ModelGateway("gw", { models: { ...models } }));
const one = (all: readonly Registration[], kind: string, name: string) => {
  const found = all.filter((each) => each.kind === kind && each.name === name);
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0] as Registration;
};

describe("an autoscaled model", () => {
  it("has one writer of its replicas, which comes after its pods", async () => {
    const all = await recordResources(() => new VllmServing("qwen3", { vllm: scaled }));
    const deployment = one(all, "Deployment", "qwen3");
    expect(deployment.inputs.spec).not.toHaveProperty("replicas");
    expect(deployment.ignoreChanges).toEqual(["spec.replicas"]);
    const scaler = one(all, "ScaledObject", "qwen3");
    expect(scaler.type).toBe("kubernetes:keda.sh/v1alpha1:ScaledObject");
    expect(scaler.dependencies).toEqual(["Deployment qwen3"]);
    expect(scaler.inputs.spec.scaleTargetRef.name).toBe(deployment.inputs.metadata.name);
    const fixed = await recordResources(() => new VllmServing("qwen3", { vllm: { source, replicas: 2 } }));
    expect(one(fixed, "Deployment", "qwen3").ignoreChanges).toEqual([]);
    expect(one(fixed, "Deployment", "qwen3").inputs.spec.replicas).toBe(2);
  });

  it("of several nodes has its group scaled", async () => {
    const vllm = { ...scaled, gpus: 8, nodes: 2 };
    const all = await recordResources(() => new VllmServing("big", { vllm }));
    expect(one(all, "LeaderWorkerSet", "big").ignoreChanges).toEqual(["spec.replicas"]);
    expect(one(all, "LeaderWorkerSet", "big").inputs.spec).not.toHaveProperty("replicas");
    expect(one(all, "ScaledObject", "big").dependencies).toEqual(["LeaderWorkerSet big"]);
  });

  it("may be scaled by a HorizontalPodAutoscaler alone", async () => {
    const vllm: VllmArgs = { source, autoscaling: { max: 4, by: "hpa" } };
    const all = await recordResources(() => new VllmServing("qwen3", { vllm }));
    expect(one(all, "HorizontalPodAutoscaler", "qwen3").type).toBe(
      "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    );
    expect(all.filter(({ kind }) => kind === "ScaledObject")).toEqual([]);
  });
});

describe("a model behind an endpoint picker", () => {
  it("whose metrics can be read is bound in the whole cluster, after its account", async () => {
    const all = await gatewayOf({ qwen3: { vllm: { ...picked, picker: { metrics: true } } } });
    const name = "gw-qwen3/picker";
    const bound = one(all, "ClusterRoleBinding", name);
    expect(bound.type).toBe("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding");
    expect(bound.dependencies).toEqual([`ServiceAccount ${name}`]);
  });

  it("is made in the order in which each part can become ready", async () => {
    const all = await gatewayOf({ qwen3: { vllm: picked } });
    const waits = (kind: string, name: string) => one(all, kind, name).dependencies;
    const name = "gw-qwen3/picker";
    expect(waits("RoleBinding", name)).toEqual(["Namespace gw", `Role ${name}`, `ServiceAccount ${name}`]);
    expect(waits("InferencePool", "gw-qwen3")).toEqual(["Namespace gw", `Service ${name}`]);
    expect(waits("InferenceObjective", "gw-qwen3/qwen3-sheddable")).toEqual([
      "InferencePool gw-qwen3",
      "Namespace gw",
    ]);
    expect(waits("Deployment", name)).toEqual([
      "InferencePool gw-qwen3",
      "Namespace gw",
      `RoleBinding ${name}`,
      `ServiceAccount ${name}`,
    ]);
    expect(waits("AIGatewayRoute", "gw-qwen3")).toEqual(
      expect.arrayContaining([`Deployment ${name}`, "InferencePool gw-qwen3"]),
    );
    expect(all.filter(({ kind }) => kind === "AIServiceBackend" || kind === "Backend")).toEqual([]);
  });
});

describe("a gateway of several models", () => {
  it.each<readonly [string, ModelArgs, readonly string[]]>([
    [
      "an autoscaled one",
      { vllm: scaled },
      [
        "AIGatewayRoute",
        "AIServiceBackend",
        "Backend",
        "BackendTrafficPolicy",
        "Deployment",
        "PodDisruptionBudget",
        "ScaledObject",
        "Service",
      ],
    ],
    [
      "one behind a picker",
      { vllm: picked },
      [
        "AIGatewayRoute",
        "BackendTrafficPolicy",
        "Deployment",
        "Deployment",
        "InferenceObjective",
        "InferencePool",
        "PodDisruptionBudget",
        "Role",
        "RoleBinding",
        "Service",
        "Service",
        "ServiceAccount",
      ],
    ],
  ])("is not touched when %s is added", async (_, model, kinds) => {
    const before = await gatewayOf(others);
    const after = await gatewayOf({ ...others, added: model });
    const byUrn = new Map(after.map((each) => [each.urn, each]));
    // The component itself holds the declaration, and so every model.
    for (const each of before.filter(({ kind }) => kind !== "ModelGateway")) {
      expect(byUrn.get(each.urn)).toEqual(each);
    }
    const known = new Set(before.map(({ urn }) => urn));
    const added = after.filter(({ urn }) => !known.has(urn));
    expect(added.map(({ kind }) => kind).sort()).toEqual(kinds);
    expect(added.every(({ name }) => /^gw-added($|\/)/.test(name))).toBe(true);
  });

  it("changes nothing of a model's pods when it gets a picker", async () => {
    const { endpointPicker: _, ...vllm } = picked;
    const before = await gatewayOf({ ...others, qwen3: { vllm } });
    const after = await gatewayOf({ ...others, qwen3: { vllm: picked } });
    for (const kind of ["Deployment", "Service", "PodDisruptionBudget"]) {
      expect(one(after, kind, "gw-qwen3")).toEqual(one(before, kind, "gw-qwen3"));
    }
  });
});
